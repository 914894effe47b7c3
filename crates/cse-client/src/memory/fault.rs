//! Faults, as data: what goes wrong, and which requests it strikes.

use bytes::Bytes;
use cse_envelope::ByteRange;

use super::record::Operation;
use crate::{metadata::Metadata, transport::TransportErrorKind};

/// Something that goes wrong with some of the requests of a [`MemoryTransport`](super::MemoryTransport).
///
/// Without further words it strikes every request that its [`Effect`] can apply to. Each word makes it narrower.
///
/// ```
/// use cse_client::memory::{Effect, Fault, MemoryTransport, Operation};
///
/// let s3 = MemoryTransport::new();
/// let cut = s3.inject(Fault::new(Effect::CutBody { after: 100 }).on(Operation::GetObject).key_suffix(".csv").nth(2));
/// assert_eq!(s3.strikes(cut), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Fault {
    pub(super) effect: Effect,
    pub(super) operation: Option<Operation>,
    pub(super) keys: Keys,
    pub(super) part_number: Option<u16>,
    /// Matching requests that it lets pass first.
    pub(super) skip: u64,
    /// How many it strikes then; all, if `None`.
    pub(super) times: Option<u64>,
}

/// Which keys a fault is about.
#[derive(Clone, Debug)]
pub(super) enum Keys {
    Any,
    Exactly(String),
    Suffix(String),
}

/// What goes wrong.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Effect {
    /// The request fails with such an error, and nothing was done.
    Refuse(TransportErrorKind),
    /// The request is done, and then its answer is lost: the caller gets such an error.
    LoseAnswer(TransportErrorKind),
    /// The request waits this often, and then before each chunk of an answer's body. It asks to be polled again at once, so that
    /// no timer is needed and other futures of the task get their turn.
    Slow {
        /// How often a poll is answered with `Pending`.
        pending: u32,
    },
    /// The connection ends after so many bytes: an answer's body just ends there, short of the announced length. The body of a
    /// `PutObject` is read so far, and the request fails as unavailable.
    CutBody {
        /// How many bytes come through.
        after: u64,
    },
    /// As [`CutBody`](Self::CutBody), but the end is an error of the connection.
    ResetBody {
        /// How many bytes come through.
        after: u64,
    },
    /// An answer's body is shorter than what is stored, and so is the length that is announced.
    TruncateBody {
        /// How many bytes it has.
        to: u64,
    },
    /// An answer's body goes on behind its announced end, with zeros.
    LongerBody {
        /// How many bytes it has too many.
        by: u64,
    },
    /// An answer does not say how long its body is. With [`CutBody`](Self::CutBody) nothing but the contents show that it was cut.
    UnannouncedLen,
    /// A bit of an answer's body is wrong.
    FlipBit {
        /// Position of the byte, in the answer's body.
        at: u64,
    },
    /// An answer's body comes in chunks of this many bytes.
    ChunkLen(usize),
    /// An empty chunk comes before each chunk of an answer's body, and at its end.
    EmptyChunks,
    /// Metadata and headers come in the reverse order.
    ReverseHeaders,
    /// The names of metadata come in canonical letter case, as Go's HTTP servers write headers: `X-Amz-Iv`.
    CanonicalNames,
    /// Values of metadata come as RFC 2047 encoded words, in S3's form: each byte of the UTF-8 is taken for a Latin-1 character, and
    /// those characters are encoded as UTF-8.
    EncodedWords {
        /// How the words are encoded.
        encoding: WordEncoding,
        /// Whether values in ASCII are encoded too. S3 leaves them as they are.
        ascii_too: bool,
    },
    /// Values of metadata come as Latin-1, with `?` for what it does not have.
    Latin1Values,
    /// An answer has an entity tag that the object does not have (any more).
    StaleEtag,
    /// Once the request is answered, somebody puts another object.
    Replace {
        /// Where; the request's own key, if `None`.
        key: Option<String>,
        /// Its stored bytes.
        bytes: Bytes,
        /// Its metadata.
        metadata: Metadata,
    },
    /// Once the request is answered, somebody deletes the object, with all its versions.
    Remove {
        /// Where; the request's own key, if `None`.
        key: Option<String>,
    },
    /// The range is ignored: the answer is all of the object, and says so.
    IgnoreRange,
    /// Another range than the one that was asked for is answered, and says so.
    ServeRange(ByteRange),
    /// All conditions of the request are ignored.
    IgnoreConditions,
}

/// The two encodings of RFC 2047.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum WordEncoding {
    /// `=?UTF-8?B?…?=`: Base64.
    B,
    /// `=?UTF-8?Q?…?=`: like quoted-printable.
    Q,
}

/// A fault of a [`MemoryTransport`](super::MemoryTransport), by which its strikes are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FaultId(pub(super) usize);

impl Fault {
    /// A fault that strikes every request.
    #[must_use]
    pub const fn new(effect: Effect) -> Self {
        Self { effect, operation: None, keys: Keys::Any, part_number: None, skip: 0, times: None }
    }

    /// S3 asks for fewer requests (`SlowDown`).
    #[must_use]
    pub const fn throttle() -> Self {
        Self::new(Effect::Refuse(TransportErrorKind::Throttled))
    }

    /// Only requests of this operation.
    #[must_use]
    pub fn on(self, operation: Operation) -> Self {
        Self { operation: Some(operation), ..self }
    }

    /// Only requests about this key.
    ///
    /// A fault that names keys strikes single objects of `DeleteObjects`, with [`Effect::Refuse`]; one that does not strikes the whole
    /// request.
    #[must_use]
    pub fn key(self, key: impl Into<String>) -> Self {
        Self { keys: Keys::Exactly(key.into()), ..self }
    }

    /// Only requests about keys that end like this; see [`key`](Self::key).
    #[must_use]
    pub fn key_suffix(self, suffix: impl Into<String>) -> Self {
        Self { keys: Keys::Suffix(suffix.into()), ..self }
    }

    /// Only requests about the part of this number.
    #[must_use]
    pub fn part(self, part_number: u16) -> Self {
        Self { part_number: Some(part_number), ..self }
    }

    /// Only the `n`th of the requests that match otherwise, from 1.
    #[must_use]
    pub const fn nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self.times = Some(1);
        self
    }

    /// Only requests after the first `n` that match otherwise.
    #[must_use]
    pub const fn after(mut self, n: u64) -> Self {
        self.skip = n;
        self
    }

    /// At most `n` requests.
    #[must_use]
    pub const fn times(mut self, n: u64) -> Self {
        self.times = Some(n);
        self
    }
}

/// Faults that are installed, with what they have seen.
#[derive(Default)]
pub(super) struct Faults(Vec<(Fault, Count)>);

#[derive(Clone, Copy, Default)]
struct Count {
    matched: u64,
    struck: u64,
}

impl Faults {
    pub(super) fn inject(&mut self, fault: Fault) -> FaultId {
        self.0.push((fault, Count::default()));
        FaultId(self.0.len().saturating_sub(1))
    }

    /// Makes all faults strike no more; their counts stay.
    pub(super) fn clear(&mut self) {
        self.0.iter_mut().for_each(|(fault, _)| fault.times = Some(0));
    }

    pub(super) fn struck(&self, id: FaultId) -> u64 {
        self.0.get(id.0).map_or(0, |(_, count)| count.struck)
    }

    /// The effects on a request, or, with the key of one of its objects, on that object.
    pub(super) fn strike(&mut self, request: &Target<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for (fault, count) in self.0.iter_mut().filter(|(fault, _)| fault.matches(request)) {
            count.matched = count.matched.saturating_add(1);
            let strikes = count.matched > fault.skip && fault.times.is_none_or(|times| count.struck < times);
            if strikes {
                count.struck = count.struck.saturating_add(1);
                effects.push(fault.effect.clone());
            }
        }
        effects
    }
}

/// What a fault is matched with.
pub(super) struct Target<'a> {
    pub(super) operation: Operation,
    /// `None` if the request is not about one object.
    pub(super) key: Option<&'a str>,
    pub(super) part_number: Option<u16>,
    /// Whether this is one object of a request that was matched as a whole already.
    pub(super) single_object: bool,
}

impl Fault {
    fn matches(&self, target: &Target<'_>) -> bool {
        let key = match (&self.keys, target.key) {
            (Keys::Any, _) => !target.single_object,
            (Keys::Exactly(key), Some(other)) => key == other,
            (Keys::Suffix(suffix), Some(other)) => other.ends_with(suffix.as_str()),
            (Keys::Exactly(_) | Keys::Suffix(_), None) => false,
        };
        key && self.operation.is_none_or(|operation| operation == target.operation)
            && self.part_number.is_none_or(|part_number| target.part_number == Some(part_number))
            && self.effect.applies_to(target.operation)
    }
}

impl Effect {
    /// Whether it can make a difference to such a request at all.
    fn applies_to(&self, operation: Operation) -> bool {
        use Operation as Op;
        match self {
            Self::Refuse(_) | Self::LoseAnswer(_) | Self::Slow { .. } | Self::Replace { .. } | Self::Remove { .. } => {
                true
            }
            Self::CutBody { .. } | Self::ResetBody { .. } => matches!(operation, Op::GetObject | Op::PutObject),
            Self::TruncateBody { .. }
            | Self::LongerBody { .. }
            | Self::UnannouncedLen
            | Self::FlipBit { .. }
            | Self::ChunkLen(_)
            | Self::EmptyChunks
            | Self::IgnoreRange
            | Self::ServeRange(_) => operation == Op::GetObject,
            Self::ReverseHeaders
            | Self::CanonicalNames
            | Self::EncodedWords { .. }
            | Self::Latin1Values
            | Self::StaleEtag => matches!(operation, Op::GetObject | Op::HeadObject),
            Self::IgnoreConditions => {
                !matches!(operation, Op::DeleteObjects | Op::ListObjects | Op::ListMultipartUploads)
            }
        }
    }
}
