//! How the body of an answer comes.

use std::{future::poll_fn, io, task::Poll};

use bytes::Bytes;
use futures_util::stream;

use crate::{body::Body, error::Error};

/// The bytes of a body, and the way in which they come.
pub(super) struct Delivery {
    pub(super) bytes: Bytes,
    /// The length that the answer announces.
    pub(super) announced: Option<u64>,
    pub(super) chunk_len: usize,
    /// How often each chunk is waited for.
    pub(super) pending: u32,
    pub(super) ending: Ending,
    /// Whether an empty chunk comes before each other, and at the end.
    pub(super) empty_chunks: bool,
}

pub(super) enum Ending {
    Clean,
    Reset,
}

/// What comes next.
enum Step {
    Empty,
    Chunk,
    End,
}

impl Delivery {
    pub(super) fn into_body(self) -> Body {
        let announced = self.announced;
        let first = if self.empty_chunks { Step::Empty } else { Step::Chunk };
        let chunks = stream::unfold((self, first), |(mut delivery, step)| async move {
            pend(delivery.pending).await;
            let (chunk, step) = delivery.next(step)?;
            Some((chunk, (delivery, step)))
        });
        Body::from_stream(chunks, announced)
    }

    fn next(&mut self, step: Step) -> Option<(Result<Bytes, Error>, Step)> {
        match step {
            Step::Empty => Some((Ok(Bytes::new()), Step::Chunk)),
            Step::Chunk if !self.bytes.is_empty() => {
                let chunk = self.bytes.split_to(self.chunk_len.min(self.bytes.len()));
                Some((Ok(chunk), if self.empty_chunks { Step::Empty } else { Step::Chunk }))
            }
            Step::Chunk => match self.ending {
                Ending::Clean => None,
                Ending::Reset => Some((Err(io::Error::from(io::ErrorKind::ConnectionReset).into()), Step::End)),
            },
            Step::End => None,
        }
    }
}

/// Is pending so often, and asks to be polled again at once.
pub(super) async fn pend(times: u32) {
    for _ in 0..times {
        let mut polled = false;
        poll_fn(|context| {
            if std::mem::replace(&mut polled, true) {
                return Poll::Ready(());
            }
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    }
}
