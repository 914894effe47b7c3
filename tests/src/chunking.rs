//! Ways to cut a stream into chunks: none of them may change what comes out.

/// The lengths of successive chunks; after the last, the first comes again.
#[derive(Clone, Debug)]
pub struct Chunking(Vec<usize>);

impl Chunking {
    /// Chunks of these lengths, in turn. An empty chunk is allowed, as long as another is not.
    #[must_use]
    pub fn cycle(lengths: impl Into<Vec<usize>>) -> Self {
        let lengths = lengths.into();
        assert!(lengths.iter().any(|len| *len > 0), "empty chunks alone never end");
        Self(lengths)
    }

    /// Everything at once.
    #[must_use]
    pub fn whole() -> Self {
        Self::cycle([usize::MAX])
    }

    /// Chunkings that meet every edge of blocks, tags and tiles: smaller, equal, one off, larger, mixed with empty ones.
    #[must_use]
    pub fn telling() -> Vec<Self> {
        let uniform = [1, 7, 15, 16, 17, 1024, 4096, 65_536].map(|len| Self::cycle([len]));
        let mixed = [Self::cycle([0, 1, 0, 31]), Self::cycle([5, 1023, 0, 16, 4097])];
        [Self::whole()].into_iter().chain(uniform).chain(mixed).collect()
    }

    /// The chunks of these bytes, each of its own.
    pub fn split<'a>(&'a self, mut bytes: &'a [u8]) -> impl Iterator<Item = Vec<u8>> + 'a {
        let mut lengths = self.0.iter().cycle();
        core::iter::from_fn(move || {
            let len = *lengths.next()?;
            if bytes.is_empty() {
                return None;
            }
            let (chunk, rest) = bytes.split_at(len.min(bytes.len()));
            bytes = rest;
            Some(chunk.to_vec())
        })
    }
}
