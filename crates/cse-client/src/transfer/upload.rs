//! Uploads: small contents in one put, others in parts.

use core::pin::pin;
#[cfg(feature = "fs")]
use std::path::PathBuf;

use cse_envelope::WriteFormat;
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};

use super::{
    Settings,
    pieces::{Beginning, Pieces, read_up_to},
    progress::Meter,
    transfer_setters,
};
use crate::{
    body::Body,
    error::Error,
    operations::{
        self, StartUpload,
        prepare_put::{MAX_PUT_LEN, write_setters},
    },
    plan::upload_part_len,
    transport::{CompletedPart, Written},
};

/// Uploads a file or a stream: made by [`transfer::upload`](super::upload).
///
/// Contents up to [`Config::multipart_threshold`](crate::Config::multipart_threshold) are one put. Larger ones go up in parts: they are
/// encrypted in order, as one content, and several parts are under way at once. The transport may send a part again; its plaintext is
/// never read or encrypted again.
///
/// Memory: a part for each request under way and two more, or the threshold if that is more.
#[derive(Debug)]
#[must_use = "nothing is uploaded until `send_body` or `send_file`"]
pub struct Upload {
    start: StartUpload,
    settings: Settings,
}

impl Upload {
    pub(super) fn new(start: StartUpload) -> Self {
        Self { start, settings: Settings::default() }
    }

    write_setters!(start);
    transfer_setters!();

    /// The length of parts in bytes: 8 MiB, if not set. S3 takes none below 5 MiB, but for the last.
    ///
    /// A content of known length gets longer parts if it would be more than 10,000 of them. One of unknown length ends with an error
    /// there, which with parts of 7 MiB or more no object reaches.
    pub fn part_len(mut self, part_len: u64) -> Self {
        self.settings.part_len = part_len;
        self
    }

    pub(crate) fn format(mut self, format: WriteFormat) -> Self {
        self.start = self.start.format(format);
        self
    }

    /// Uploads a stream, of known or unknown length.
    ///
    /// Dropping the future leaves no object. Parts that were sent are aborted in the background if the transport can, otherwise they
    /// stay until [`Client::uploads`](crate::Client::uploads) or a rule of the bucket removes them; an instruction file may stay, if
    /// it was dropped at the very end.
    ///
    /// # Errors
    ///
    /// Any [`Error`] of a write, and the stream's own. The upload is aborted then; an object and an instruction file that were there
    /// before are as they were.
    pub async fn send_body(mut self, body: impl Into<Body>) -> Result<Written, Error> {
        let body = body.into();
        self.start.prepare.plaintext_len = body.content_len();
        self.start.prepare.check()?;
        // The encryption adds at most 16 bytes.
        let threshold = self.start.client.config.multipart_threshold.min(MAX_PUT_LEN.saturating_sub(16));
        match body.content_len() {
            Some(len) if len <= threshold => self.put(body).await,
            Some(_) => self.send_parts(body).await,
            None => match read_up_to(body, threshold).await? {
                Beginning::All(bytes) => self.put(bytes.into()).await,
                Beginning::More(body) => self.send_parts(body).await,
            },
        }
    }

    /// Uploads a file. What is no regular file, a pipe for example, is a stream of unknown length.
    ///
    /// # Errors
    ///
    /// As [`send_body`](Self::send_body), and [`Error::Length`] if the file's length changes while it is read.
    #[cfg(feature = "fs")]
    pub async fn send_file(self, path: impl Into<PathBuf>) -> Result<Written, Error> {
        let body = super::files::read(path.into()).await?;
        self.send_body(body).await
    }

    async fn put(self, body: Body) -> Result<Written, Error> {
        let len = body.content_len();
        let mut meter = self.settings.observer.begin(len);
        let written = self.start.into_put(body).send().await?;
        meter.add(len.and_then(|len| usize::try_from(len).ok()).unwrap_or(usize::MAX));
        Ok(written)
    }

    async fn send_parts(self, body: Body) -> Result<Written, Error> {
        let Self { start, settings } = self;
        let len = body.content_len();
        let mut meter = settings.observer.begin(len);
        let pieces = Pieces::new(body, upload_part_len(settings.part_len, len));
        let mut upload = start.start().await?;
        let sent = match send_all(&mut upload, pieces, settings.concurrency, &mut meter).await {
            Ok(parts) => upload.finish(parts).await,
            Err(error) => Err(error),
        };
        match sent {
            Ok(written) => Ok(written),
            Err(error) => Err(upload.fail(error).await),
        }
    }
}

/// Sends all parts, several at once. At the first error the others are dropped.
async fn send_all(
    upload: &mut operations::Upload,
    mut pieces: Pieces,
    concurrency: usize,
    meter: &mut Meter,
) -> Result<Vec<CompletedPart>, Error> {
    let mut sending = Sending { in_flight: FuturesUnordered::new(), parts: Vec::new(), meter };
    // The length of the piece that is held back, because it may be the last.
    let mut held_len = 0;
    let mut is_last = false;
    while !is_last {
        sending.until_fewer_than(concurrency).await?;
        let piece = sending.meanwhile(pieces.next()).await??;
        let piece_len = piece.len();
        is_last = piece_len == 0;
        let part = if is_last { Some(upload.encrypt_last()?) } else { upload.encrypt(piece)? };
        if let Some(part) = part {
            sending.in_flight.push(sent(upload.send(part), held_len));
        }
        held_len = piece_len;
    }
    sending.until_fewer_than(1).await?;
    Ok(sending.parts)
}

/// A part that was sent, and the length of its plaintext.
type Sent = Result<(CompletedPart, usize), Error>;

async fn sent(part: impl Future<Output = Result<CompletedPart, Error>>, plaintext_len: usize) -> Sent {
    Ok((part.await?, plaintext_len))
}

/// Parts under way, and those that have arrived.
struct Sending<'a, F> {
    in_flight: FuturesUnordered<F>,
    parts: Vec<CompletedPart>,
    meter: &'a mut Meter,
}

impl<F: Future<Output = Sent>> Sending<'_, F> {
    async fn until_fewer_than(&mut self, count: usize) -> Result<(), Error> {
        while self.in_flight.len() >= count {
            let Some(sent) = self.in_flight.next().await else { break };
            self.arrived(sent)?;
        }
        Ok(())
    }

    /// Does other work while parts are under way, whose errors end it.
    async fn meanwhile<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Error> {
        let mut work = pin!(work);
        while !self.in_flight.is_empty() {
            match select(work.as_mut(), self.in_flight.next()).await {
                Either::Left((output, _)) => return Ok(output),
                Either::Right((Some(sent), _)) => self.arrived(sent)?,
                Either::Right((None, _)) => break,
            }
        }
        Ok(work.await)
    }

    fn arrived(&mut self, sent: Sent) -> Result<(), Error> {
        let (part, plaintext_len) = sent?;
        self.meter.add(plaintext_len);
        self.parts.push(part);
        Ok(())
    }
}
