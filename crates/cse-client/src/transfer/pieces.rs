//! A stream in pieces of one length, and the question whether there is more of it than fits one put.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{body::Body, error::Error};

/// The beginning of a stream of unknown length.
#[derive(Debug)]
pub(super) enum Beginning {
    /// That was all of it.
    All(Bytes),
    /// There is more than the limit: the whole stream again.
    More(Body),
}

/// Reads a stream until it ends, or until there is more than `limit` bytes of it.
pub(super) async fn read_up_to(mut body: Body, limit: u64) -> Result<Beginning, Error> {
    // One buffer: chunks that are joined at the end are there twice.
    let mut all = Vec::new();
    while let Some(chunk) = body.try_next().await? {
        let len = all.len().saturating_add(chunk.len());
        if u64::try_from(len).unwrap_or(u64::MAX) > limit {
            let begun = stream::iter([Bytes::from(all), chunk]).map(Ok::<_, Error>);
            return Ok(Beginning::More(Body::from_stream(begun.chain(body), None)));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(Beginning::All(all.into()))
}

/// What is reserved for a piece at once, at most: 8 MiB.
const USUAL_LEN: usize = 8 * 1024 * 1024;

/// The pieces of a stream: all of one length, but the last.
#[derive(Debug)]
pub(super) struct Pieces {
    body: Body,
    /// What is left of the stream's latest chunk.
    left: Bytes,
    piece_len: usize,
}

impl Pieces {
    /// Pieces of `piece_len` bytes, which is at least 1.
    pub(super) fn new(body: Body, piece_len: u64) -> Self {
        Self { body, left: Bytes::new(), piece_len: usize::try_from(piece_len).unwrap_or(usize::MAX) }
    }

    /// The next piece; an empty one is the end.
    pub(super) async fn next(&mut self) -> Result<Bytes, Error> {
        let mut piece = Vec::new();
        while piece.len() < self.piece_len {
            if self.left.is_empty() {
                match self.body.try_next().await? {
                    Some(chunk) => self.left = chunk,
                    None => break,
                }
            }
            let wanted = self.piece_len.saturating_sub(piece.len());
            let taken = self.left.split_to(wanted.min(self.left.len()));
            if taken.len() == self.piece_len {
                return Ok(taken);
            }
            if piece.is_empty() {
                piece.reserve(self.piece_len.min(USUAL_LEN));
            }
            piece.extend_from_slice(&taken);
        }
        Ok(piece.into())
    }
}

#[cfg(test)]
mod tests {
    use std::{io, sync::Arc};

    use super::*;

    fn body(chunks: &[&'static str]) -> Body {
        let chunks: Vec<_> = chunks.iter().map(|chunk| Ok::<_, Error>(Bytes::from_static(chunk.as_bytes()))).collect();
        Body::from_stream(stream::iter(chunks), None)
    }

    async fn pieces(chunks: &[&'static str], len: u64) -> Vec<Bytes> {
        let mut pieces = Pieces::new(body(chunks), len);
        let mut all = Vec::new();
        loop {
            match pieces.next().await.unwrap() {
                piece if piece.is_empty() => return all,
                piece => all.push(piece),
            }
        }
    }

    #[tokio::test]
    async fn pieces_do_not_depend_on_chunks() {
        for chunks in
            [&["abcdefg"][..], &["a", "b", "c", "d", "e", "f", "g"], &["ab", "", "cde", "fg", ""], &["abc", "defg"]]
        {
            assert_eq!(pieces(chunks, 3).await, ["abc", "def", "g"], "{chunks:?}");
            assert_eq!(pieces(chunks, 7).await, ["abcdefg"]);
            assert_eq!(pieces(chunks, 100).await, ["abcdefg"]);
        }
        assert!(pieces(&[], 3).await.is_empty());
        assert!(pieces(&["", ""], 3).await.is_empty());
        assert_eq!(pieces(&["abcdef"], 3).await, ["abc", "def"]);
    }

    #[tokio::test]
    async fn an_error_of_the_stream_is_no_end() {
        let chunks = [Ok(Bytes::from_static(b"ab")), Err(io::Error::other("cut"))];
        let mut pieces = Pieces::new(Body::from_stream(stream::iter(chunks), None), 3);
        assert!(matches!(pieces.next().await, Err(Error::Io(_))));
    }

    /// A chunk that knows whether it is still there.
    struct Counted(#[expect(dead_code, reason = "it counts by being there")] Arc<()>);

    impl AsRef<[u8]> for Counted {
        fn as_ref(&self) -> &[u8] {
            b"abc"
        }
    }

    #[tokio::test]
    async fn what_was_read_is_there_once() {
        let alive = Arc::new(());
        let count = Arc::clone(&alive);
        let chunks = stream::iter(0..100).map(move |_| {
            assert!(Arc::strong_count(&count) <= 2, "earlier chunks are kept");
            Ok::<_, Error>(Bytes::from_owner(Counted(Arc::clone(&count))))
        });
        let read = read_up_to(Body::from_stream(chunks, None), 300).await.unwrap();
        assert!(matches!(read, Beginning::All(bytes) if bytes.len() == 300));
        assert_eq!(Arc::strong_count(&alive), 1);
    }

    #[tokio::test]
    async fn the_beginning_tells_whether_there_is_more() {
        for (limit, more) in [(0, true), (4, true), (5, false), (6, false)] {
            let read = read_up_to(body(&["ab", "cde"]), limit).await.unwrap();
            let all = match read {
                Beginning::All(bytes) if !more => bytes,
                Beginning::More(body) if more => body.collect().await.unwrap(),
                other => panic!("{limit}: {other:?}"),
            };
            assert_eq!(all, "abcde");
        }
        assert!(matches!(read_up_to(body(&[]), 0).await, Ok(Beginning::All(bytes)) if bytes.is_empty()));
    }
}
