//! From metadata to [`Stored`]: which version it is, and whether each key of that version, and no other, is there.
//!
//! Source: S3EC specification, *content metadata* (mapkeys, determining the format).

use alloc::{string::String, vec::Vec};

use super::{ContentPart, Envelope, KeyPart, MetadataKey as Key, V2Content, fields::Fields, json};
use crate::{
    context::{DuplicateName, EncryptionContext, MaterialDescription},
    error::{AlgorithmName, Malformed, Problem},
    nonce::{CbcIv, Commitment, GcmIv, MessageId},
    suite::AlgorithmSuite,
    wrap::{AesWrap, RsaWrap, WrapAlgorithm},
};

/// What was found in an object's metadata, well formed and not yet admitted by a policy.
///
/// Next: [`with_instruction_file`](Self::with_instruction_file) if [`needs_instruction_file`](Self::needs_instruction_file), then
/// [`admit`](Self::admit).
#[derive(Debug)]
pub struct Stored(pub(super) State);

#[derive(Debug)]
pub(super) enum State {
    /// A whole envelope.
    Whole(StoredEnvelope),
    /// The content part of a V3 object whose key part is in an instruction file.
    ContentV3(ContentPart),
    /// No envelope: a plain object, or all of a V1 or V2 envelope is in an instruction file.
    Nothing,
}

/// An envelope as stored, with what its values alone no longer tell.
#[derive(Debug)]
pub(super) struct StoredEnvelope {
    pub(super) envelope: Envelope,
    pub(super) wrap_is_named: bool,
}

/// Reads the envelope from an object's metadata: any iterator of names and raw values.
///
/// Names may have any letter case, and `x-amz-meta-` before them; names that are not an envelope's are skipped. Values are the
/// header's bytes: UTF-8 or Latin-1, with or without S3's encoding of what is not ASCII. Empty values count as absent.
///
/// # Errors
///
/// [`Malformed`] tells which key is wrong and why: mixed versions, missing or repeated keys, values that are not what they must be.
///
/// # Example
///
/// ```
/// use cse_envelope::{FormatVersion, parse};
///
/// let metadata = [
///     ("x-amz-meta-x-amz-key", "yeQ8XWXc5GBP0lt+cWdxaQAAAAAAAAAAAAAAAAAAAAA="),
///     ("x-amz-meta-x-amz-iv", "AAECAwQFBgcICQoLDA0ODw=="),
///     ("x-amz-meta-colour", "blue"),
/// ];
/// let stored = parse(metadata)?;
/// assert_eq!(stored.envelope().map(|envelope| envelope.version()), Some(FormatVersion::V1));
/// # Ok::<(), cse_envelope::error::Malformed>(())
/// ```
pub fn parse<K, V>(metadata: impl IntoIterator<Item = (K, V)>) -> Result<Stored, Malformed>
where
    K: AsRef<str>,
    V: AsRef<[u8]>,
{
    Fields::from_metadata(metadata).and_then(|fields| parse_object(&fields)).map(Stored)
}

impl Stored {
    /// The envelope, if all of it is here.
    #[must_use]
    pub const fn envelope(&self) -> Option<&Envelope> {
        match &self.0 {
            State::Whole(stored) => Some(&stored.envelope),
            _ => None,
        }
    }

    /// Whether the envelope, if there is one, needs an instruction file to be whole.
    ///
    /// True for plain objects too: V1 and V2 objects with an instruction file look exactly like them. False for an object that was
    /// re-wrapped into an instruction file while its metadata stayed whole: where keys are rotated so, fetch the file anyway.
    #[must_use]
    pub const fn needs_instruction_file(&self) -> bool {
        self.envelope().is_none()
    }
}

const CONTENT_V3: [Key; 3] = [Key::SuiteV3, Key::Commitment, Key::MessageId];

pub(super) fn parse_object(fields: &Fields) -> Result<State, Malformed> {
    if let Some(stored) = parse_v1_v2(fields)? {
        return Ok(State::Whole(stored));
    }
    if fields.has(Key::KeyV3) {
        let content = parse_content_v3(fields, Key::KeyV3)?;
        return parse_v3(content, fields).map(State::Whole);
    }
    if let Some(shown) = fields.first_of(&CONTENT_V3) {
        fields.refuse(&[Key::WrapV3, Key::ContextV3, Key::MatDescV3], shown)?;
        return parse_content_v3(fields, shown).map(State::ContentV3);
    }
    refuse_leftovers(fields)?;
    Ok(State::Nothing)
}

/// The whole V1 or V2 envelope in `fields`, be they an object's or an instruction file's; `None` if no key of theirs is there.
pub(super) fn parse_v1_v2(fields: &Fields) -> Result<Option<StoredEnvelope>, Malformed> {
    if fields.has(Key::KeyV1) {
        fields.refuse(&[Key::KeyV2, Key::KeyV3, Key::WrapAlg, Key::CekAlg, Key::TagLen], Key::KeyV1)?;
        refuse_v3_keys(fields, Key::KeyV1)?;
        return parse_v1(fields).map(Some);
    }
    if fields.has(Key::KeyV2) {
        refuse_v3_keys(fields, Key::KeyV2)?;
        return parse_v2(fields).map(Some);
    }
    Ok(None)
}

fn refuse_v3_keys(fields: &Fields, shown: Key) -> Result<(), Malformed> {
    fields.refuse(&CONTENT_V3, shown)?;
    fields.refuse(&[Key::KeyV3, Key::WrapV3, Key::ContextV3, Key::MatDescV3], shown)
}

fn parse_v1(fields: &Fields) -> Result<StoredEnvelope, Malformed> {
    let iv = CbcIv(fields.array(Key::Iv)?);
    let wrapped = fields.bytes(Key::KeyV1)?;
    let wrap = infer_wrap(&wrapped);
    let key = key_part(AlgorithmSuite::Cbc, wrap, wrapped, fields, Key::MatDesc)?;
    let envelope = Envelope::new(ContentPart::V1 { iv }, key, plaintext_len_hint(fields));
    Ok(StoredEnvelope { envelope, wrap_is_named: false })
}

fn parse_v2(fields: &Fields) -> Result<StoredEnvelope, Malformed> {
    let suite = parse_cek_alg(fields)?;
    let content = match suite {
        AlgorithmSuite::Gcm => V2Content::Gcm { iv: GcmIv(fields.array(Key::Iv)?) },
        _ => V2Content::Cbc { iv: CbcIv(fields.array(Key::Iv)?) },
    };
    if suite == AlgorithmSuite::Gcm && fields.text(Key::TagLen).is_some_and(|bits| bits != "128") {
        return Err(Key::TagLen.malformed(Problem::TagLength));
    }
    let wrapped = fields.bytes(Key::KeyV2)?;
    let named = fields.text(Key::WrapAlg);
    let wrap = match named {
        Some(name) => WrapAlgorithm::from_name(name).ok_or_else(|| unknown(Key::WrapAlg, name))?,
        None => infer_wrap(&wrapped),
    };
    if suite == AlgorithmSuite::Cbc && !wrap.is_legacy() {
        return Err(Key::CekAlg.malformed(Problem::Combination { suite, wrap }));
    }
    let key = key_part(suite, wrap, wrapped, fields, Key::MatDesc)?;
    let envelope = Envelope::new(ContentPart::V2(content), key, plaintext_len_hint(fields));
    Ok(StoredEnvelope { envelope, wrap_is_named: named.is_some() })
}

/// The V2 suite; without `x-amz-cek-alg` it is CBC.
fn parse_cek_alg(fields: &Fields) -> Result<AlgorithmSuite, Malformed> {
    let Some(name) = fields.text(Key::CekAlg) else { return Ok(AlgorithmSuite::Cbc) };
    match AlgorithmSuite::from_name(name) {
        Some(suite @ (AlgorithmSuite::Gcm | AlgorithmSuite::Cbc)) => Ok(suite),
        _ => Err(unknown(Key::CekAlg, name)),
    }
}

/// The content part of V3: suite, message id and commitment, all from the object itself.
fn parse_content_v3(fields: &Fields, shown: Key) -> Result<ContentPart, Malformed> {
    refuse_v1_v2_keys(fields, shown)?;
    let name = fields.required(Key::SuiteV3)?;
    if AlgorithmSuite::from_name(name) != Some(AlgorithmSuite::GcmCommitKey) {
        return Err(unknown(Key::SuiteV3, name));
    }
    let commitment = Commitment(fields.array(Key::Commitment)?);
    Ok(ContentPart::V3 { message_id: MessageId(fields.array(Key::MessageId)?), commitment })
}

/// V1 and V2 keys beside V3 ones. The length hint is let through: it is never used to decide anything.
pub(super) fn refuse_v1_v2_keys(fields: &Fields, shown: Key) -> Result<(), Malformed> {
    fields.refuse(&[Key::KeyV1, Key::KeyV2, Key::Iv, Key::MatDesc, Key::WrapAlg, Key::CekAlg, Key::TagLen], shown)
}

/// Joins a V3 content part with the key part in `fields`.
pub(super) fn parse_v3(content: ContentPart, fields: &Fields) -> Result<StoredEnvelope, Malformed> {
    let wrapped = fields.bytes(Key::KeyV3)?;
    let code = fields.required(Key::WrapV3)?;
    let wrap = WrapAlgorithm::from_code(code).ok_or_else(|| unknown(Key::WrapV3, code))?;
    let (own, other) = match wrap {
        WrapAlgorithm::Kms(_) => (Key::ContextV3, Key::MatDescV3),
        _ => (Key::MatDescV3, Key::ContextV3),
    };
    fields.refuse(&[other], Key::WrapV3)?;
    let key = key_part(content.suite(), wrap, wrapped, fields, own)?;
    Ok(StoredEnvelope { envelope: Envelope::new(content, key, None), wrap_is_named: true })
}

fn key_part(
    suite: AlgorithmSuite,
    wrap: WrapAlgorithm,
    wrapped: Vec<u8>,
    fields: &Fields,
    map_key: Key,
) -> Result<KeyPart, Malformed> {
    let json = fields.text(map_key).unwrap_or("{}");
    let pairs = json::parse(json).map_err(|problem| map_key.malformed(problem))?;
    let repeated = |DuplicateName| map_key.malformed(Problem::JsonRepeated);
    let description = |pairs| MaterialDescription::from_pairs::<String, String>(pairs).map_err(repeated);
    Ok(match wrap {
        WrapAlgorithm::Aes(wrap) => KeyPart::aes(suite, wrap, wrapped, description(pairs)?),
        WrapAlgorithm::Rsa(wrap) => KeyPart::rsa(suite, wrap, wrapped, description(pairs)?),
        WrapAlgorithm::Kms(wrap) => {
            KeyPart::kms(suite, wrap, wrapped, EncryptionContext::from_pairs(pairs).map_err(repeated)?)
        }
    })
}

/// V1 names no wrap: an AES key wraps to 32 or 48 bytes, an RSA key to 128 and more.
const fn infer_wrap(wrapped: &[u8]) -> WrapAlgorithm {
    if wrapped.len() > 48 { WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15) } else { WrapAlgorithm::Aes(AesWrap::Ecb) }
}

/// Keys that only make sense beside a wrapped key, where none is. A description or a length alone may be a user's own.
fn refuse_leftovers(fields: &Fields) -> Result<(), Malformed> {
    let missing = if fields.first_of(&[Key::WrapAlg, Key::CekAlg, Key::TagLen]).is_some() {
        Key::KeyV2
    } else if fields.has(Key::Iv) {
        Key::KeyV1
    } else if fields.first_of(&[Key::WrapV3, Key::ContextV3, Key::MatDescV3]).is_some() {
        Key::KeyV3
    } else {
        return Ok(());
    };
    Err(missing.malformed(Problem::Missing))
}

/// The length hint; one that is no number is no hint.
fn plaintext_len_hint(fields: &Fields) -> Option<u64> {
    fields.text(Key::UnencryptedLen)?.parse().ok()
}

fn unknown(key: Key, name: &str) -> Malformed {
    key.malformed(Problem::UnknownAlgorithm { name: AlgorithmName::new(name) })
}
