//! What the faults that strike a request do to it and to its answer.

use bytes::Bytes;

use super::{
    answers::typical,
    delivery::{Delivery, Ending},
    encoded_word,
    fault::Effect,
    store::Store,
};
use crate::{
    location::ObjectLocation,
    metadata::Metadata,
    transport::{
        CompleteMultipartUpload, CopyObject, DeleteObject, GetObject, HeadObject, ObjectAttributes, TransportError,
        UploadPartCopy,
    },
};

/// The tag of no object.
const STALE_ETAG: &str = "\"00000000000000000000000000000000\"";

/// The effects on one request.
pub(super) struct Strikes(pub(super) Vec<Effect>);

impl Strikes {
    /// How often the request is pending.
    pub(super) fn pending(&self) -> u32 {
        self.find(|effect| if let Effect::Slow { pending } = effect { Some(*pending) } else { None }).unwrap_or(0)
    }

    pub(super) fn refusal(&self) -> Option<TransportError> {
        self.find(|effect| if let Effect::Refuse(kind) = effect { Some(typical(*kind)) } else { None })
    }

    pub(super) fn lost_answer(&self) -> Option<TransportError> {
        self.find(|effect| if let Effect::LoseAnswer(kind) = effect { Some(typical(*kind)) } else { None })
    }

    /// After how many bytes a body breaks off.
    pub(super) fn cut(&self) -> Option<usize> {
        self.find(|effect| match effect {
            Effect::CutBody { after } | Effect::ResetBody { after } => Some(position(*after)),
            _ => None,
        })
    }

    /// What happens to the store right after the request.
    pub(super) fn change(&self, store: &mut Store, location: &ObjectLocation) {
        for effect in &self.0 {
            match effect {
                Effect::Replace { key, bytes, metadata } => {
                    let key = key.as_deref().unwrap_or(&location.key);
                    store.put_raw(&location.bucket, key, bytes.clone(), metadata.clone());
                }
                Effect::Remove { key } => {
                    if let Some(bucket) = store.buckets.get_mut(&location.bucket) {
                        bucket.objects.remove(key.as_deref().unwrap_or(&location.key));
                    }
                }
                _ => {}
            }
        }
    }

    /// What the attributes of an answer become.
    pub(super) fn shape(&self, attributes: &mut ObjectAttributes) {
        for effect in &self.0 {
            match effect {
                Effect::ReverseHeaders => {
                    let entries: Vec<_> = owned(&attributes.metadata);
                    attributes.metadata = entries.into_iter().rev().collect();
                    attributes.headers.reverse();
                }
                Effect::CanonicalNames => map_metadata(attributes, |name, value| (canonical(&name), value)),
                Effect::EncodedWords { encoding, ascii_too } => map_metadata(attributes, |name, value| {
                    let value =
                        if *ascii_too || !value.is_ascii() { encoded_word::encode(&value, *encoding) } else { value };
                    (name, value)
                }),
                Effect::Latin1Values => map_metadata(attributes, |name, value| (name, latin1(&value))),
                Effect::StaleEtag => attributes.etag = Some(STALE_ETAG.to_owned()),
                Effect::UnannouncedLen => attributes.content_len = None,
                Effect::TruncateBody { to } => {
                    attributes.content_len = attributes.content_len.map(|len| len.min(*to));
                }
                _ => {}
            }
        }
    }

    /// How an answer's body is delivered.
    pub(super) fn delivery(&self, mut bytes: Bytes, announced: Option<u64>, chunk_len: usize) -> Delivery {
        let (mut ending, mut empty_chunks, mut chunk_len) = (Ending::Clean, false, chunk_len);
        for effect in &self.0 {
            match effect {
                Effect::FlipBit { at } => bytes = flipped(&bytes, position(*at)),
                Effect::TruncateBody { to } => bytes.truncate(position(*to)),
                Effect::LongerBody { by } => bytes = [&bytes, vec![0; position(*by)].as_slice()].concat().into(),
                Effect::ChunkLen(len) => chunk_len = *len,
                Effect::EmptyChunks => empty_chunks = true,
                Effect::ResetBody { after } if position(*after) < bytes.len() => ending = Ending::Reset,
                _ => {}
            }
        }
        if let Some(cut) = self.cut() {
            bytes.truncate(cut);
        }
        Delivery { bytes, announced, chunk_len: chunk_len.max(1), pending: self.pending(), ending, empty_chunks }
    }

    fn ignore_conditions(&self) -> bool {
        self.0.iter().any(|effect| matches!(effect, Effect::IgnoreConditions))
    }

    fn find<T>(&self, found: impl FnMut(&Effect) -> Option<T>) -> Option<T> {
        self.0.iter().find_map(found)
    }
}

/// Requests that S3 understands otherwise than they were meant.
impl Strikes {
    pub(super) fn get(&self, request: &mut GetObject) {
        for effect in &self.0 {
            match effect {
                Effect::IgnoreRange => request.range = None,
                Effect::ServeRange(range) => request.range = Some(*range),
                Effect::IgnoreConditions => (request.if_match, request.if_none_match) = (None, None),
                _ => {}
            }
        }
    }

    pub(super) fn head(&self, request: &mut HeadObject) {
        request.if_match = self.condition(request.if_match.take());
    }

    pub(super) fn copy(&self, request: &mut CopyObject) {
        request.source_if_match = self.condition(request.source_if_match.take());
        request.if_match = self.condition(request.if_match.take());
        request.if_none_match = self.condition(request.if_none_match.take());
    }

    pub(super) fn delete(&self, request: &mut DeleteObject) {
        request.if_match = self.condition(request.if_match.take());
    }

    pub(super) fn copy_part(&self, request: &mut UploadPartCopy) {
        request.source_if_match = self.condition(request.source_if_match.take());
    }

    pub(super) fn complete(&self, request: &mut CompleteMultipartUpload) {
        request.if_match = self.condition(request.if_match.take());
        request.if_none_match = self.condition(request.if_none_match.take());
    }

    /// The condition, unless it is ignored.
    pub(super) fn condition(&self, condition: Option<String>) -> Option<String> {
        condition.filter(|_| !self.ignore_conditions())
    }
}

fn position(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

fn flipped(bytes: &Bytes, at: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1;
    }
    bytes.into()
}

fn owned(metadata: &Metadata) -> Vec<(String, Vec<u8>)> {
    metadata.iter().map(|(name, value)| (name.to_owned(), value.to_vec())).collect()
}

fn map_metadata(attributes: &mut ObjectAttributes, map: impl Fn(String, Vec<u8>) -> (String, Vec<u8>)) {
    attributes.metadata = owned(&attributes.metadata).into_iter().map(|(name, value)| map(name, value)).collect();
}

/// `x-amz-key-v2` becomes `X-Amz-Key-V2`.
fn canonical(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{}", first.to_ascii_uppercase(), rest.to_ascii_lowercase())
    });
    words.collect::<Vec<_>>().join("-")
}

/// Text in Latin-1; what is no text stays as it is.
fn latin1(value: &[u8]) -> Vec<u8> {
    let Ok(text) = str::from_utf8(value) else { return value.to_vec() };
    text.chars().map(|char| u8::try_from(u32::from(char)).unwrap_or(b'?')).collect()
}
