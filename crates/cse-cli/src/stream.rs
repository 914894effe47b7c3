//! Encrypting and decrypting from an input into an output, in constant memory.

use cse_envelope::{
    ByteRange, ContentKey, ContentRange, Decryptor, Encryptor, Unauthenticated, danger, error::RangeError,
};

use crate::{
    draft::Draft,
    error::{Failure, Kind},
    files::Input,
    progress::Progress,
};

/// Bytes at a time.
const CHUNK: usize = 1024 * 1024;

/// How much went in and came out, in bytes.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lengths {
    pub(crate) plaintext: u64,
    pub(crate) ciphertext: u64,
}

/// A decrypted object, not yet published.
#[derive(Debug)]
pub(crate) enum Opened {
    /// The tag matched.
    Verified(Draft),
    /// CBC content, or a range.
    Unauthenticated(Unauthenticated<Draft>),
}

/// Encrypts all of `input`.
pub(crate) fn encrypt(
    mut encryptor: Encryptor,
    input: &mut Input,
    draft: &mut Draft,
    progress: &mut Progress,
) -> Result<Lengths, Failure> {
    let mut lengths = Lengths::default();
    let mut chunk = Vec::new();
    loop {
        input.read_chunk(&mut chunk, CHUNK)?;
        if chunk.is_empty() {
            break;
        }
        progress.add(chunk.len());
        add(&mut lengths.plaintext, chunk.len());
        chunk = encryptor.update(chunk)?;
        add(&mut lengths.ciphertext, chunk.len());
        draft.put(&chunk)?;
    }
    let end = encryptor.finish()?;
    add(&mut lengths.ciphertext, end.len());
    draft.put(&end)?;
    Ok(lengths)
}

/// Decrypts all of `input`. What comes back is complete, and its type says whether it was verified.
pub(crate) fn decrypt(
    key: &ContentKey,
    input: &mut Input,
    mut draft: Draft,
    progress: &mut Progress,
) -> Result<(Opened, Lengths), Failure> {
    let mut lengths = Lengths::default();
    let mut decryptor = key.decryptor(input.len)?;
    let mut chunk = Vec::new();
    loop {
        input.read_chunk(&mut chunk, CHUNK)?;
        if chunk.is_empty() {
            break;
        }
        progress.add(chunk.len());
        add(&mut lengths.ciphertext, chunk.len());
        // Into a draft, which nobody sees before it is published.
        chunk = danger::accept_unauthenticated(decryptor.update(chunk)?);
        add(&mut lengths.plaintext, chunk.len());
        draft.put(&chunk)?;
    }
    let opened = match decryptor {
        Decryptor::Gcm(gcm) => Opened::Verified(gcm.finish_assuming_all(Unauthenticated::new(draft))?),
        Decryptor::Cbc(cbc) => {
            let end = danger::accept_unauthenticated(cbc.finish()?);
            add(&mut lengths.plaintext, end.len());
            draft.put(&end)?;
            Opened::Unauthenticated(Unauthenticated::new(draft))
        }
    };
    Ok((opened, lengths))
}

/// Decrypts a range of the plaintext out of a whole body.
pub(crate) fn decrypt_range(
    key: &ContentKey,
    wanted: ByteRange,
    input: Input,
    mut draft: Draft,
    progress: &mut Progress,
) -> Result<(Opened, ContentRange, Lengths), Failure> {
    let mut lengths = Lengths::default();
    let (mut input, body_len) = input.seekable()?;
    let served = covering(key, wanted, body_len)?;
    let mut decryptor = key.range_decryptor(wanted, served)?;
    input.seek(served.first())?;
    let mut left = (served.last() - served.first()).saturating_add(1);
    let mut chunk = Vec::new();
    while left > 0 {
        input.read_chunk(&mut chunk, usize::try_from(left).unwrap_or(CHUNK).min(CHUNK))?;
        if chunk.is_empty() {
            break;
        }
        progress.add(chunk.len());
        left = left.saturating_sub(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        add(&mut lengths.ciphertext, chunk.len());
        chunk = danger::accept_unauthenticated(decryptor.update(chunk)?);
        add(&mut lengths.plaintext, chunk.len());
        draft.put(&chunk)?;
    }
    let end = decryptor.finish()?;
    let tail = danger::accept_unauthenticated(end.tail);
    add(&mut lengths.plaintext, tail.len());
    draft.put(&tail)?;
    Ok((Opened::Unauthenticated(Unauthenticated::new(draft)), end.content_range, lengths))
}

/// The part of the body that holds the range.
fn covering(key: &ContentKey, wanted: ByteRange, body_len: u64) -> Result<ContentRange, Failure> {
    let suite = key.suite();
    // Refuses a length that no object of the suite has.
    key.decryptor(Some(body_len))?;
    match wanted.covering(suite).resolve(body_len) {
        // Said in terms of the plaintext, where its length is certain.
        Err(RangeError::Unsatisfiable { .. }) => match suite.plaintext_len(body_len) {
            Some(plaintext_len) => Err(RangeError::Unsatisfiable { plaintext_len }.into()),
            None => Err(Failure::new(
                Kind::Range,
                format!("the range lies outside the plaintext, which has fewer than {body_len} bytes"),
                "ask for bytes that exist",
            )),
        },
        served => served.map_err(Into::into),
    }
}

/// Adds a length; nothing that is counted here comes near the limit.
fn add(total: &mut u64, len: usize) {
    *total = total.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
}
