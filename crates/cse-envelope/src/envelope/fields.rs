//! The S3EC entries of object metadata or of an instruction file, as text, before any of them is understood.

use alloc::{collections::BTreeMap, string::String, vec::Vec};

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{MetadataKey, header_text, json};
use crate::error::{Malformed, Place, Problem};

/// The longest value that is read or written, in bytes: the longest context KMS takes (8,192 characters), each written as an escape of
/// up to 12 bytes.
pub(super) const VALUE_LIMIT: usize = 128 * 1024;
/// The longest instruction file that is read, in bytes: escaped once more, such a value may double.
const INSTRUCTION_FILE_LIMIT: usize = 3 * VALUE_LIMIT;

/// Non-empty values by key; every name occurred once.
pub(super) struct Fields(BTreeMap<MetadataKey, String>);

impl Fields {
    /// Reads object metadata, any iterator of names and raw header values. Names that are not ours are the user's.
    pub(super) fn from_metadata<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, Malformed>
    where
        K: AsRef<str>,
        V: AsRef<[u8]>,
    {
        let mut found = Collector::default();
        for (name, value) in pairs {
            if let Some(key) = MetadataKey::from_name(name.as_ref()) {
                let value = value.as_ref();
                check_len(key, value.len())?;
                found.add(key, header_text::decode(value))?;
            }
        }
        Ok(found.finish())
    }

    /// Reads the body of an instruction file; its text is UTF-8 and never was a header.
    pub(super) fn from_instruction_file(body: &[u8]) -> Result<Self, Malformed> {
        let whole = |problem| Malformed { place: Place::InstructionFile, problem };
        if body.len() > INSTRUCTION_FILE_LIMIT {
            return Err(whole(Problem::TooLong { limit: INSTRUCTION_FILE_LIMIT }));
        }
        let text = core::str::from_utf8(body).map_err(|_| whole(Problem::Json))?;
        let mut found = Collector::default();
        for (name, value) in json::parse(text).map_err(whole)? {
            if let Some(key) = MetadataKey::from_name(&name).or_else(|| old_dotnet_key(&name)) {
                check_len(key, value.len())?;
                found.add(key, value)?;
            }
        }
        Ok(found.finish())
    }

    pub(super) fn has(&self, key: MetadataKey) -> bool {
        self.0.contains_key(&key)
    }

    pub(super) fn text(&self, key: MetadataKey) -> Option<&str> {
        self.0.get(&key).map(String::as_str)
    }

    pub(super) fn required(&self, key: MetadataKey) -> Result<&str, Malformed> {
        self.text(key).ok_or_else(|| key.malformed(Problem::Missing))
    }

    /// The decoded bytes of a required value.
    pub(super) fn bytes(&self, key: MetadataKey) -> Result<Vec<u8>, Malformed> {
        BASE64_STANDARD.decode(self.required(key)?).map_err(|_| key.malformed(Problem::Base64))
    }

    /// The decoded bytes of a required value that must be `N` long.
    pub(super) fn array<const N: usize>(&self, key: MetadataKey) -> Result<[u8; N], Malformed> {
        let bytes = self.bytes(key)?;
        let found = bytes.len();
        bytes.try_into().map_err(|_| key.malformed(Problem::Length { found, expected: N }))
    }

    /// Refuses every key of `strangers` that is present, because `shown` shows another version.
    pub(super) fn refuse(&self, strangers: &[MetadataKey], shown: MetadataKey) -> Result<(), Malformed> {
        match strangers.iter().find(|key| self.has(**key)) {
            Some(key) => Err(key.malformed(Problem::NotBeside { other: shown })),
            None => Ok(()),
        }
    }

    /// The first key of `keys` that is present.
    pub(super) fn first_of(&self, keys: &[MetadataKey]) -> Option<MetadataKey> {
        keys.iter().copied().find(|key| self.has(*key))
    }
}

impl MetadataKey {
    pub(crate) const fn malformed(self, problem: Problem) -> Malformed {
        Malformed { place: Place::Key(self), problem }
    }
}

/// Collects values; a name that occurs twice is refused even if one of the two is empty.
#[derive(Default)]
struct Collector(BTreeMap<MetadataKey, String>);

impl Collector {
    fn add(&mut self, key: MetadataKey, value: String) -> Result<(), Malformed> {
        match self.0.insert(key, value) {
            Some(_) => Err(key.malformed(Problem::Repeated)),
            None => Ok(()),
        }
    }

    /// Empty values count as absent: some transports drop them, some clients write them.
    fn finish(mut self) -> Fields {
        self.0.retain(|_, value| !value.is_empty());
        Fields(self.0)
    }
}

fn check_len(key: MetadataKey, len: usize) -> Result<(), Malformed> {
    if len > VALUE_LIMIT { Err(key.malformed(Problem::TooLong { limit: VALUE_LIMIT })) } else { Ok(()) }
}

/// The two names in old .NET instruction files (suffix `INSTRUCTION_SUFFIX`, without a dot).
fn old_dotnet_key(name: &str) -> Option<MetadataKey> {
    match name {
        "EncryptedEnvelopeKey" => Some(MetadataKey::KeyV1),
        "IV" => Some(MetadataKey::Iv),
        _ => None,
    }
}
