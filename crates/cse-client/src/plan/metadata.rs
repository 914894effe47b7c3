//! Whose metadata is whose: the user's entries and the encryption's.

use std::collections::HashSet;

use cse_envelope::{MetadataKey, StoredForm};

use crate::{error::InvalidRequest, location::INSTRUCTION_SUFFIX, metadata::Metadata};

/// What S3 takes of user metadata, in bytes of names and values.
const METADATA_LIMIT: usize = 2048;

const PREFIX: &str = "x-amz-meta-";

/// Whether a metadata name is one that encryption clients write, on objects or on instruction files.
pub(crate) fn is_envelope_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix(PREFIX).unwrap_or(&name);
    MetadataKey::from_name(name).is_some() || name == StoredForm::INSTRUCTION_FILE_METADATA.0
}

/// Checks that an object of this key is not taken for an instruction file.
pub(crate) fn check_key(key: &str) -> Result<(), InvalidRequest> {
    if key.ends_with(INSTRUCTION_SUFFIX) {
        return Err(InvalidRequest::InstructionKey { key: key.to_owned() });
    }
    Ok(())
}

/// The user's entries of what was read.
pub(crate) fn user_entries(metadata: &Metadata) -> Metadata {
    metadata.filtered(|name| !is_envelope_name(name))
}

/// The encryption's entries of what was read.
pub(crate) fn envelope_entries(metadata: &Metadata) -> Metadata {
    metadata.filtered(is_envelope_name)
}

/// Checks what a caller wants to store, before anything is done.
pub(crate) fn check_user_metadata(metadata: &Metadata) -> Result<(), InvalidRequest> {
    let mut seen = HashSet::new();
    for (name, value) in metadata.iter() {
        let is_token = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"(),/:;<=>?@[\\]{}".contains(&byte));
        let is_text = str::from_utf8(value).is_ok_and(|value| !value.chars().any(char::is_control));
        if !is_token || !is_text {
            return Err(InvalidRequest::MetadataSyntax { name: name.to_owned() });
        }
        if is_envelope_name(name) {
            return Err(InvalidRequest::ReservedMetadata { name: name.to_owned() });
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(InvalidRequest::RepeatedMetadata { name: name.to_owned() });
        }
    }
    check_len(metadata)
}

/// Checks S3's limit, which an answer of S3 would only tell after the body was sent.
pub(crate) fn check_len(metadata: &Metadata) -> Result<(), InvalidRequest> {
    let len = metadata.stored_len();
    if len > METADATA_LIMIT {
        return Err(InvalidRequest::MetadataTooLong { len, limit: METADATA_LIMIT });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_encryption_are_refused_in_any_form() {
        for name in [
            "x-amz-key",
            "X-Amz-Key-V2",
            "x-amz-3",
            "x-amz-meta-x-amz-iv",
            "x-amz-crypto-instr-file",
            "x-amz-unencrypted-content-length",
        ] {
            let metadata = Metadata::from_iter([(name, "1")]);
            assert!(matches!(check_user_metadata(&metadata), Err(InvalidRequest::ReservedMetadata { .. })), "{name}");
        }
        assert_eq!(check_user_metadata(&Metadata::from_iter([("colour", "blue"), ("x-amz-note", "é")])), Ok(()));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for (name, value) in [("", "1"), ("a b", "1"), ("a:b", "1"), ("é", "1"), ("a", "1\n2"), ("a", "\u{7f}")] {
            let metadata = Metadata::from_iter([(name, value)]);
            assert!(matches!(check_user_metadata(&metadata), Err(InvalidRequest::MetadataSyntax { .. })), "{name:?}");
        }
        let not_text = Metadata::from_iter([("a", vec![0xff])]);
        assert!(matches!(check_user_metadata(&not_text), Err(InvalidRequest::MetadataSyntax { .. })));
    }

    #[test]
    fn a_name_occurs_once_in_any_letter_case() {
        for (first, second) in [("colour", "colour"), ("colour", "Colour"), ("COLOUR", "colour")] {
            let metadata = Metadata::from_iter([(first, "blue"), ("shape", "round"), (second, "red")]);
            assert_eq!(
                check_user_metadata(&metadata),
                Err(InvalidRequest::RepeatedMetadata { name: second.to_owned() })
            );
        }
    }

    #[test]
    fn the_limit_counts_names_and_values() {
        let metadata = |len: usize| Metadata::from_iter([("name", "x".repeat(len))]);
        assert_eq!(check_user_metadata(&metadata(2044)), Ok(()));
        assert_eq!(
            check_user_metadata(&metadata(2045)),
            Err(InvalidRequest::MetadataTooLong { len: 2049, limit: 2048 })
        );
    }
}
