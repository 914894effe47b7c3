//! From [`Envelope`] to what is stored: metadata entries and, on request, an instruction file, so that every client reads them.
//!
//! Source: S3EC specification, *content metadata* and *metadata strategy*.

use alloc::{
    string::{String, ToString},
    vec::Vec,
};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{ContentPart, Envelope, KeyContext, KeyPart, MetadataKey as Key, V2Content, fields::VALUE_LIMIT, json};

/// Where the wrapped data key is stored.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyPlacement {
    /// In the object's metadata. S3 takes 2 KB of user metadata in all.
    #[default]
    ObjectMetadata,
    /// In an instruction file, so that the key can be re-wrapped without writing the object again.
    InstructionFile,
}

/// What to store beside a ciphertext.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
pub struct StoredForm {
    /// Metadata of the object, by name without `x-amz-meta-`.
    pub metadata: Vec<(&'static str, String)>,
    /// The body of the object `<key>.instruction`, pure ASCII, if the key goes there.
    pub instruction_file: Option<String>,
}

impl StoredForm {
    /// Metadata of the instruction file itself: a marker that old readers insist on.
    ///
    /// Not empty, because some serialisers drop empty values.
    pub const INSTRUCTION_FILE_METADATA: (&'static str, &'static str) = ("x-amz-crypto-instr-file", "true");
}

impl core::fmt::Debug for StoredForm {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let names: Vec<_> = self.metadata.iter().map(|(name, _)| *name).collect();
        let file = self.instruction_file.is_some();
        f.debug_struct("StoredForm").field("metadata", &names).field("instruction_file", &file).finish_non_exhaustive()
    }
}

type Entries = Vec<(&'static str, String)>;

impl Envelope {
    /// What to store beside the ciphertext.
    ///
    /// ```
    /// # use cse_envelope::{Envelope, KeyPlacement};
    /// fn headers(envelope: &Envelope) -> Vec<(String, String)> {
    ///     let stored = envelope.stored_form(KeyPlacement::ObjectMetadata);
    ///     stored.metadata.into_iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value)).collect()
    /// }
    /// ```
    #[must_use]
    pub fn stored_form(&self, placement: KeyPlacement) -> StoredForm {
        match placement {
            KeyPlacement::ObjectMetadata => {
                let mut metadata = self.all_entries();
                if let (Some(len), ContentPart::V1 { .. } | ContentPart::V2(_)) = (self.plaintext_len, &self.content) {
                    metadata.push((Key::UnencryptedLen.name(), len.to_string()));
                }
                StoredForm { metadata, instruction_file: None }
            }
            KeyPlacement::InstructionFile => {
                let (metadata, file) = match &self.content {
                    ContentPart::V3 { .. } => (content_entries(&self.content), key_entries_v3(&self.key)),
                    _ => (Vec::new(), self.all_entries()),
                };
                let file = json::write(file.iter().map(|(name, value)| (*name, value.as_str())));
                StoredForm { metadata, instruction_file: Some(file) }
            }
        }
    }

    fn all_entries(&self) -> Entries {
        let mut entries = content_entries(&self.content);
        entries.extend(match &self.content {
            ContentPart::V1 { .. } => key_entries_v1(&self.key),
            ContentPart::V2(_) => key_entries_v2(&self.key),
            ContentPart::V3 { .. } => key_entries_v3(&self.key),
        });
        entries
    }
}

fn content_entries(content: &ContentPart) -> Entries {
    let suite = content.suite().name().to_string();
    match content {
        ContentPart::V1 { iv } => alloc::vec![(Key::Iv.name(), base64(&iv.0))],
        ContentPart::V2(V2Content::Cbc { iv }) => {
            alloc::vec![(Key::Iv.name(), base64(&iv.0)), (Key::CekAlg.name(), suite)]
        }
        ContentPart::V2(V2Content::Gcm { iv }) => alloc::vec![
            (Key::Iv.name(), base64(&iv.0)),
            (Key::CekAlg.name(), suite),
            (Key::TagLen.name(), "128".to_string()),
        ],
        ContentPart::V3 { message_id, commitment } => alloc::vec![
            (Key::SuiteV3.name(), suite),
            (Key::Commitment.name(), base64(&commitment.0)),
            (Key::MessageId.name(), base64(&message_id.0)),
        ],
    }
}

fn key_entries_v1(key: &KeyPart) -> Entries {
    alloc::vec![(Key::KeyV1.name(), base64(key.wrapped_data_key())), (Key::MatDesc.name(), map_json(key.context()))]
}

fn key_entries_v2(key: &KeyPart) -> Entries {
    alloc::vec![
        (Key::KeyV2.name(), base64(key.wrapped_data_key())),
        (Key::WrapAlg.name(), key.wrap().name().to_string()),
        // Always, even if empty: C++ and Ruby insist on it.
        (Key::MatDesc.name(), map_json(key.context())),
    ]
}

fn key_entries_v3(key: &KeyPart) -> Entries {
    let mut entries = alloc::vec![(Key::KeyV3.name(), base64(key.wrapped_data_key()))];
    entries.extend(key.wrap().code().map(|code| (Key::WrapV3.name(), code.to_string())));
    match key.context() {
        KeyContext::Encryption(_) => entries.push((Key::ContextV3.name(), map_json(key.context()))),
        KeyContext::Description(description) if !description.is_empty() => {
            entries.push((Key::MatDescV3.name(), map_json(key.context())));
        }
        KeyContext::Description(_) => {}
    }
    entries
}

impl KeyPart {
    /// Whether its values are short enough to be read back.
    pub(crate) fn is_readable(&self) -> bool {
        map_json(self.context()).len() <= VALUE_LIMIT && base64(self.wrapped_data_key()).len() <= VALUE_LIMIT
    }
}

fn map_json(context: &KeyContext) -> String {
    match context {
        KeyContext::Encryption(context) => json::write(context.iter()),
        KeyContext::Description(description) => json::write(description.iter()),
    }
}

fn base64(bytes: &[u8]) -> String {
    BASE64_STANDARD.encode(bytes)
}
