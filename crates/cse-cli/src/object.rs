//! An object as it lies on the disk: metadata, and an instruction file where there is one.

use std::path::Path;

use cse_envelope::{MetadataKey, Stored, parse};

use crate::{
    error::Failure,
    metadata::{self, Metadata, Pairs},
    source,
};

/// What is stored beside a body.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) metadata: Metadata,
    pub(crate) instruction: Option<Vec<u8>>,
}

impl Object {
    pub(crate) fn read(metadata: &Path, instruction: Option<&Path>) -> Result<Self, Failure> {
        let metadata = metadata::read(&source::read_text_file(metadata)?)?;
        let instruction = instruction.map(source::read_text_file).transpose()?;
        Ok(Self { metadata, instruction })
    }

    /// The envelope of both.
    pub(crate) fn stored(&self) -> Result<Stored, Failure> {
        let stored = parse(self.metadata.iter().map(|(name, value)| (name, value)))?;
        match &self.instruction {
            Some(body) => stored.with_instruction_file(body).map_err(Into::into),
            None => Ok(stored),
        }
    }

    /// A value of the object's own metadata; empty ones count.
    pub(crate) fn on_object(&self, key: MetadataKey) -> Option<&[u8]> {
        let found = self.metadata.iter().find(|(name, _)| MetadataKey::from_name(name) == Some(key));
        found.map(|(_, value)| value.as_slice())
    }

    /// The instruction file's entries in order, if there is a file; values that are no texts are left out.
    pub(crate) fn in_file(&self) -> Option<Vec<(MetadataKey, String)>> {
        let body = self.instruction.as_ref()?;
        let Pairs(pairs) = serde_json::from_slice::<Pairs<serde_json::Value>>(body).ok()?;
        let ours = |(name, value): (String, serde_json::Value)| {
            Some((MetadataKey::from_name(&name)?, value.as_str().unwrap_or_default().to_owned()))
        };
        Some(pairs.into_iter().filter_map(ours).collect())
    }
}
