//! The faults, and what may be expected of each.

use cse_client::{
    Metadata,
    memory::{Effect, WordEncoding},
    transport::TransportErrorKind,
};

/// A fault: effects that strike one request together.
#[derive(Clone, Debug)]
pub(crate) struct Struck {
    pub(crate) effects: Vec<Effect>,
    /// Every operation succeeds all the same.
    pub(crate) is_harmless: bool,
    /// Somebody else changes what is stored.
    pub(crate) is_foreign: bool,
    /// Bytes are wrong without a sign: nothing can tell, where nothing authenticates them.
    pub(crate) is_silent: bool,
}

impl Struck {
    pub(crate) fn new(effect: Effect) -> Self {
        Self { effects: vec![effect], is_harmless: false, is_foreign: false, is_silent: false }
    }

    fn harmless(effect: Effect) -> Self {
        Self { is_harmless: true, ..Self::new(effect) }
    }

    fn foreign(effect: Effect) -> Self {
        Self { is_foreign: true, ..Self::new(effect) }
    }

    fn silent(effect: Effect) -> Self {
        Self { is_silent: true, ..Self::new(effect) }
    }

    /// Whether the store says of what there is that it is not there, or another. Whether something was written is not to be known then.
    pub(crate) fn is_lie(&self) -> bool {
        use TransportErrorKind::NotFound;
        matches!(self.effects[..], [Effect::Refuse(NotFound) | Effect::LoseAnswer(NotFound) | Effect::StaleEtag])
    }

    fn and(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }
}

/// Every fault there is.
pub(crate) fn all() -> Vec<Struck> {
    let mut all = failures();
    all.extend(bodies());
    all.extend(shapes());
    all.extend(changes());
    all
}

fn failures() -> Vec<Struck> {
    use TransportErrorKind as Kind;
    let refused = [
        Kind::NotFound,
        Kind::AccessDenied,
        Kind::PreconditionFailed,
        Kind::RangeNotSatisfiable,
        Kind::Throttled,
        Kind::Unavailable,
        Kind::NotSent,
        Kind::Other,
    ];
    // What a transport's own second attempt meets, where the answer to its first was lost. A transport that says that it was denied,
    // or that nothing was sent, is believed.
    let lost = [Kind::Unavailable, Kind::PreconditionFailed, Kind::NotFound, Kind::Other];
    let refused = refused.into_iter().map(|kind| Struck::new(Effect::Refuse(kind)));
    refused.chain(lost.into_iter().map(|kind| Struck::new(Effect::LoseAnswer(kind)))).collect()
}

fn bodies() -> Vec<Struck> {
    let mut all = Vec::new();
    for len in [0, 1, 15, 16, 20, 39, 60] {
        all.push(Struck::new(Effect::CutBody { after: len }));
        all.push(Struck::new(Effect::ResetBody { after: len }));
        all.push(Struck::silent(Effect::TruncateBody { to: len }));
        all.push(Struck::silent(Effect::CutBody { after: len }).and(Effect::UnannouncedLen));
        all.push(Struck::silent(Effect::FlipBit { at: len }));
    }
    for by in [1, 16, 100] {
        all.push(Struck::new(Effect::LongerBody { by }));
        all.push(Struck::silent(Effect::LongerBody { by }).and(Effect::UnannouncedLen));
    }
    all
}

fn shapes() -> Vec<Struck> {
    let words = |encoding, ascii_too| Struck::harmless(Effect::EncodedWords { encoding, ascii_too });
    vec![
        Struck::harmless(Effect::Slow { pending: 3 }),
        Struck::harmless(Effect::UnannouncedLen),
        Struck::harmless(Effect::ChunkLen(1)),
        Struck::harmless(Effect::ChunkLen(10_000)),
        Struck::harmless(Effect::EmptyChunks),
        Struck::harmless(Effect::ReverseHeaders),
        Struck::harmless(Effect::CanonicalNames),
        words(WordEncoding::B, false),
        words(WordEncoding::B, true),
        words(WordEncoding::Q, true),
        Struck::harmless(Effect::Latin1Values),
        Struck::new(Effect::StaleEtag),
        Struck::new(Effect::IgnoreRange),
        Struck::new(Effect::ServeRange("bytes=0-3".parse().unwrap())),
        Struck::new(Effect::ServeRange("bytes=5-30".parse().unwrap())),
        Struck::harmless(Effect::IgnoreConditions),
    ]
}

/// What somebody else does between two requests.
fn changes() -> Vec<Struck> {
    let plain = |key: Option<&str>| Effect::Replace {
        key: key.map(str::to_owned),
        bytes: "theirs, and not encrypted".into(),
        metadata: Metadata::new(),
    };
    vec![
        Struck::foreign(plain(None)),
        Struck::foreign(plain(Some("key"))),
        Struck::foreign(plain(None)).and(Effect::IgnoreConditions),
        Struck::foreign(Effect::Remove { key: None }),
        Struck::foreign(Effect::Remove { key: Some("key".to_owned()) }),
        Struck::foreign(Effect::Remove { key: Some("key.instruction".to_owned()) }),
    ]
}
