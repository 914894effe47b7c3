//! An envelope that is not well formed, as it is stored: for finding out what became of it.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::MetadataKey;
use serde::Serialize;

use super::inspect::printable;
use crate::{error::Failure, metadata::Pairs, object::Object};

/// What is stored, and why it cannot be read.
#[derive(Debug, Serialize)]
pub(super) struct Broken {
    malformed: String,
    stored: Pairs<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction_file: Option<File>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum File {
    Fields(Pairs<String>),
    /// No JSON object, of so many bytes.
    Text {
        bytes: usize,
    },
}

impl Broken {
    pub(super) fn new(object: &Object, failure: &Failure) -> Self {
        let own = object.metadata.iter().filter_map(|(name, value)| {
            let key = MetadataKey::from_name(name)?;
            Some((key.name().to_owned(), shown(key, &String::from_utf8_lossy(value))))
        });
        let in_file = |fields: Vec<(MetadataKey, String)>| {
            let fields = fields.into_iter().map(|(key, value)| (key.name().to_owned(), shown(key, &value)));
            File::Fields(Pairs(fields.collect()))
        };
        let file = object.instruction.as_ref();
        Self {
            malformed: failure.what.clone(),
            stored: Pairs(own.collect()),
            instruction_file: file.map(|body| object.in_file().map_or(File::Text { bytes: body.len() }, in_file)),
        }
    }

    pub(super) fn text(&self) -> String {
        let mut lines = vec![format!("format       {}", printable(&self.malformed))];
        let mut list = |title: &str, Pairs(fields): &Pairs<String>| {
            for (i, (name, value)) in fields.iter().enumerate() {
                lines.push(format!("{:<12} {name} = {}", if i == 0 { title } else { "" }, printable(value)));
            }
        };
        list("stored", &self.stored);
        match &self.instruction_file {
            Some(File::Fields(fields)) => list("in the file", fields),
            Some(File::Text { bytes }) => lines.push(format!("in the file  no JSON object, {bytes} bytes")),
            None => {}
        }
        lines.join("\n")
    }
}

/// The reason, with what to do for whoever sees the fields already.
pub(super) fn reason(failure: Failure) -> Failure {
    let next = "compare the fields that are stored with those of another object of the same writer; a copy or an older version may have them whole";
    Failure { next: next.to_owned(), ..failure }
}

/// A value as text; of a wrapped key only what it looks like.
fn shown(key: MetadataKey, value: &str) -> String {
    if !matches!(key, MetadataKey::KeyV1 | MetadataKey::KeyV2 | MetadataKey::KeyV3) {
        return value.to_owned();
    }
    match BASE64_STANDARD.decode(value) {
        Ok(bytes) => format!("({} bytes of base64)", bytes.len()),
        Err(_) => format!("({} characters, not base64)", value.chars().count()),
    }
}
