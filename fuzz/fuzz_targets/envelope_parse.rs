//! Metadata and an instruction file of any content: reading them never panics, and what can be read can be stored again.
//!
//! The input is text as in HTTP: lines `name: value`; an empty line ends them, and all after it is the instruction file.

#![no_main]

use std::borrow::Cow;

use cse_envelope::{
    Admitted, CommitmentPolicy, Envelope, KeyPlacement, ReadPolicy, danger,
    error::{AdmitError, Malformed, Problem},
    parse,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (metadata, file) = split(input);
    match read(&metadata, file, &widest_policy()) {
        Ok(admitted) => {
            stores_again(admitted.envelope(), KeyPlacement::ObjectMetadata);
            stores_again(admitted.envelope(), KeyPlacement::InstructionFile);
        }
        Err(error) => {
            assert!(!matches!(error, AdmitError::Refused(_)), "{error}");
            tells_no_key(&error);
        }
    }
    match read(&metadata, file, &ReadPolicy::default()) {
        Ok(admitted) => assert!(admitted.suite().is_committing()),
        Err(error) => tells_no_key(&error),
    }
});

type Metadata<'a> = Vec<(Cow<'a, str>, &'a [u8])>;

fn split(mut input: &[u8]) -> (Metadata<'_>, Option<&[u8]>) {
    let mut metadata = Vec::new();
    while !input.is_empty() {
        let (line, rest) = cut(input, b"\n");
        if line.is_empty() {
            return (metadata, Some(rest));
        }
        let (name, value) = cut(line, b": ");
        metadata.push((String::from_utf8_lossy(name), value));
        input = rest;
    }
    (metadata, None)
}

/// What is before and after the first separator.
fn cut<'a>(bytes: &'a [u8], separator: &[u8]) -> (&'a [u8], &'a [u8]) {
    match bytes.windows(separator.len()).position(|window| window == separator) {
        Some(at) => (&bytes[..at], &bytes[at + separator.len()..]),
        None => (bytes, &[]),
    }
}

fn widest_policy() -> ReadPolicy {
    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let policy = danger::allow_missing_wrap_algorithm(danger::allow_legacy(policy));
    danger::send_caller_context(danger::allow_oaep_mgf1_sha256(danger::allow_textbook_rsa(policy)))
}

fn read(
    metadata: &[(impl AsRef<str>, impl AsRef<[u8]>)],
    file: Option<&[u8]>,
    policy: &ReadPolicy,
) -> Result<Admitted, AdmitError> {
    let mut stored = parse(metadata.iter().map(|(name, value)| (name, value)))?;
    if let Some(file) = file {
        stored = stored.with_instruction_file(file)?;
    }
    let needs = stored.requirements();
    let admitted = stored.admit(policy);
    if let Err(AdmitError::Refused(refused)) = &admitted {
        assert!(refused.needs.iter().all(|need| needs.contains(need)));
    }
    admitted
}

fn stores_again(envelope: &Envelope, placement: KeyPlacement) {
    let stored = envelope.stored_form(placement);
    let file = stored.instruction_file.as_deref().map(str::as_bytes);
    let again = match read(&stored.metadata, file, &widest_policy()) {
        Ok(again) => again.into_envelope(),
        // Escapes may make a long context longer than what is read.
        Err(AdmitError::Malformed(Malformed { problem: Problem::TooLong { .. }, .. })) => return,
        Err(error) => panic!("{placement:?}: {error}"),
    };
    assert_eq!((again.version(), again.suite()), (envelope.version(), envelope.suite()));
    assert_eq!(again.key_part(), envelope.key_part());
}

/// The shortest wrapped key has 44 characters of base64. No word of an error's texts is that long.
fn tells_no_key(error: &AdmitError) {
    let texts = format!("{error} {error:?}");
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    assert!(texts.split(|c| !is_base64(c)).all(|word| word.len() < 44), "{texts}");
}
