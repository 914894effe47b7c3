//! Instruction files: the key part (V3) or the whole envelope (V1, V2) in an object of its own, `<key>.instruction`.
//!
//! Source: S3EC specification, *metadata strategy* (instruction file).

use super::{
    ContentPart, MetadataKey as Key, V2Content,
    fields::Fields,
    parse::{State, Stored, StoredEnvelope, parse_v1_v2, parse_v3, refuse_v1_v2_keys},
};
use crate::error::{Malformed, Place, Problem};

impl Stored {
    /// Adds the body of the object's instruction file.
    ///
    /// An object whose metadata holds a whole envelope may have one too, after a re-wrap; then the file's key part counts.
    ///
    /// # Errors
    ///
    /// [`Malformed`] if the file is not an envelope's, does not belong to this object, or holds the parts that must be on the object.
    ///
    /// # Security
    ///
    /// Suite, key commitment and message id of a V3 object are never taken from the file: whoever can write the file could
    /// otherwise make the object decrypt to something else (CVE-2025-14763 and its siblings).
    ///
    /// # Example
    ///
    /// ```
    /// # let metadata: [(&str, &str); 0] = [];
    /// # let file = br#"{"x-amz-key":"yeQ8XWXc5GBP0lt+cWdxaQAAAAAAAAAAAAAAAAAAAAA=","x-amz-iv":"AAECAwQFBgcICQoLDA0ODw=="}"#;
    /// let mut stored = cse_envelope::parse(metadata)?;
    /// if stored.needs_instruction_file() {
    ///     stored = stored.with_instruction_file(file)?; // the body of `<key>.instruction`
    /// }
    /// # assert!(stored.envelope().is_some());
    /// # Ok::<(), cse_envelope::error::Malformed>(())
    /// ```
    pub fn with_instruction_file(self, body: &[u8]) -> Result<Self, Malformed> {
        let file = Fields::from_instruction_file(body)?;
        if let Some(key) = file.first_of(&[Key::SuiteV3, Key::Commitment, Key::MessageId]) {
            return Err(key.malformed(Problem::InInstructionFile));
        }
        let stored = match self.0 {
            State::ContentV3(content) => key_part_of_v3(content, &file)?,
            State::Whole(stored) => replace_key_part(stored, &file)?,
            State::Nothing => whole_envelope(&file)?,
        };
        Ok(Self(State::Whole(stored)))
    }
}

/// The object holds nothing: the file holds all of a V1 or V2 envelope.
fn whole_envelope(file: &Fields) -> Result<StoredEnvelope, Malformed> {
    if let Some(stored) = parse_v1_v2(file)? {
        return Ok(stored);
    }
    if file.has(Key::KeyV3) {
        // A V3 key part, but its object has no commitment.
        return Err(Key::Commitment.malformed(Problem::Missing));
    }
    Err(Malformed { place: Place::InstructionFile, problem: Problem::Missing })
}

/// The object holds V3's content part: the file must hold V3's key part and nothing of V1 or V2.
fn key_part_of_v3(content: ContentPart, file: &Fields) -> Result<StoredEnvelope, Malformed> {
    refuse_v1_v2_keys(file, Key::Commitment)?;
    parse_v3(content, file)
}

/// The object holds a whole envelope: the file's must be for the same content.
fn replace_key_part(stored: StoredEnvelope, file: &Fields) -> Result<StoredEnvelope, Malformed> {
    let content = stored.envelope.content;
    if matches!(content, ContentPart::V3 { .. }) {
        return key_part_of_v3(content, file);
    }
    let from_file = whole_envelope(file)?;
    if same_content(&content, from_file.envelope.content()) {
        Ok(from_file)
    } else {
        Err(Key::Iv.malformed(Problem::Contradicts))
    }
}

/// Whether two V1 or V2 content parts have the same cipher and IV; a re-wrap may change the version around them.
fn same_content(one: &ContentPart, other: &ContentPart) -> bool {
    use ContentPart::{V1, V2};
    match (one, other) {
        (V2(V2Content::Gcm { iv: one }), V2(V2Content::Gcm { iv: other })) => one == other,
        (V1 { iv: one } | V2(V2Content::Cbc { iv: one }), V1 { iv: other } | V2(V2Content::Cbc { iv: other })) => {
            one == other
        }
        _ => false,
    }
}
