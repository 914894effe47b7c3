//! [`ReadMode::VerifiedTwice`](crate::ReadMode::VerifiedTwice): a first pass verifies, a second one releases, and both must be the same.

use std::vec;

use bytes::Bytes;
use cse_envelope::{ContentKey, Decryptor, Unauthenticated, danger::accept_unauthenticated};
use futures_util::{TryStreamExt, stream};
use sha2::{Digest, Sha256};

use super::read::Read;
use crate::{body::Body, crypt, error::Error, plan::check_whole, transport::ObjectAttributes};

/// What is compared, and released, at once: 1 MiB.
const BLOCK_LEN: usize = 1024 * 1024;

type BlockDigest = [u8; 32];

/// Reads `first` to its end, and gives the plaintext of a second answer.
pub(super) async fn read(
    read: Read,
    attributes: &ObjectAttributes,
    first: Body,
    key: ContentKey,
) -> Result<Body, Error> {
    let Decryptor::Gcm(decryptor) = key.decryptor(attributes.content_len)? else { return Err(Error::Unverifiable) };
    let mut digests = BlockDigests::default();
    crypt::verify(first, decryptor, |chunk| digests.update(chunk)).await?;

    let second = read.fetch_again(attributes, None).await?;
    check_whole(&second.attributes)?;
    let pass = SecondPass {
        ciphertext: second.body,
        decryptor: key.decryptor(attributes.content_len)?,
        digests: digests.finish().into_iter(),
        left_over: Bytes::new(),
    };
    let len = attributes.content_len.and_then(|len| key.suite().plaintext_len(len));
    Ok(Body::from_stream(stream::try_unfold(Some(pass), SecondPass::next), len))
}

/// Digests of each block of the ciphertext, as it streams by.
#[derive(Default)]
struct BlockDigests {
    block: Sha256,
    in_block: usize,
    digests: Vec<BlockDigest>,
}

impl BlockDigests {
    fn update(&mut self, mut chunk: &[u8]) {
        while !chunk.is_empty() {
            let (now, later) = chunk.split_at(chunk.len().min(BLOCK_LEN.saturating_sub(self.in_block)));
            self.block.update(now);
            self.in_block = self.in_block.saturating_add(now.len());
            if self.in_block == BLOCK_LEN {
                self.end_block();
            }
            chunk = later;
        }
    }

    fn end_block(&mut self) {
        self.digests.push(self.block.finalize_reset().into());
        self.in_block = 0;
    }

    fn finish(mut self) -> Vec<BlockDigest> {
        if self.in_block > 0 {
            self.end_block();
        }
        self.digests
    }
}

struct SecondPass {
    ciphertext: Body,
    decryptor: Decryptor,
    digests: vec::IntoIter<BlockDigest>,
    /// What is left of the answer's latest chunk.
    left_over: Bytes,
}

impl SecondPass {
    /// The plaintext of the next block, if it is the block that was verified.
    async fn next(state: Option<Self>) -> Result<Option<(Bytes, Option<Self>)>, Error> {
        let Some(mut pass) = state else { return Ok(None) };
        let block = pass.block().await?;
        if block.is_empty() {
            return pass.finish();
        }
        if pass.digests.next() != Some(Sha256::digest(&block).into()) {
            return Err(Error::Replaced);
        }
        // The same bytes were verified by the first pass, so a reader that never asks for the end misses nothing.
        let plaintext = accept_unauthenticated(pass.decryptor.update(block)?);
        Ok(Some((plaintext.into(), Some(pass))))
    }

    /// The next block of the ciphertext; a shorter one is the last, and an empty one the end.
    async fn block(&mut self) -> Result<Vec<u8>, Error> {
        let mut block = Vec::new();
        while block.len() < BLOCK_LEN {
            if self.left_over.is_empty() {
                match self.ciphertext.try_next().await? {
                    Some(chunk) => self.left_over = chunk,
                    None => break,
                }
            }
            let wanted = BLOCK_LEN.saturating_sub(block.len());
            block.extend_from_slice(&self.left_over.split_to(wanted.min(self.left_over.len())));
        }
        Ok(block)
    }

    fn finish(mut self) -> Result<Option<(Bytes, Option<Self>)>, Error> {
        if self.digests.next().is_some() {
            return Err(Error::Replaced);
        }
        match self.decryptor {
            Decryptor::Gcm(gcm) => gcm.finish_assuming_all(Unauthenticated::new(()))?,
            Decryptor::Cbc(_) => return Err(Error::Unverifiable),
        }
        Ok(None)
    }
}
