//! Planning an upload: one continuous ciphertext over all parts, whose tag joins the last one.
//!
//! Source: S3EC specification, *multipart upload*.

use bytes::Bytes;
use cse_envelope::Encryptor;
use zeroize::Zeroizing;

use crate::error::{Error, InvalidRequest};

/// S3's limit: parts of one upload.
const MAX_PARTS: u16 = 10_000;

/// A part's stored bytes: encrypted once, and sent as often as it takes.
#[derive(Debug)]
pub(crate) struct EncryptedPart {
    /// 1 to 10,000.
    pub(crate) part_number: u16,
    /// What is stored.
    pub(crate) body: Bytes,
}

/// Encrypts parts in their order. Holds the latest one back, because the tag joins whichever is last.
#[derive(Debug)]
pub(crate) struct PartEncryptor {
    encryptor: Encryptor,
    held: Option<Zeroizing<Vec<u8>>>,
    parts: u16,
}

impl PartEncryptor {
    pub(crate) const fn new(encryptor: Encryptor) -> Self {
        Self { encryptor, held: None, parts: 0 }
    }

    /// Takes the next part's plaintext, and gives the part before it.
    pub(crate) fn update(&mut self, plaintext: Bytes) -> Result<Option<EncryptedPart>, Error> {
        if plaintext.is_empty() {
            return Ok(None);
        }
        if self.parts.saturating_add(u16::from(self.held.is_some())) >= MAX_PARTS {
            return Err(InvalidRequest::TooManyParts.into());
        }
        let before = self.held.replace(Zeroizing::new(plaintext.into()));
        before
            .map(|mut before| {
                let body = self.encryptor.update(std::mem::take(&mut *before))?;
                Ok(self.number(body))
            })
            .transpose()
    }

    /// The last part: what was held back, and the tag. An empty content is one part that holds the tag alone.
    pub(crate) fn finish(mut self) -> Result<EncryptedPart, Error> {
        let mut held = self.held.take().unwrap_or_default();
        let mut body = self.encryptor.update(std::mem::take(&mut *held))?;
        let number = self.parts.saturating_add(1);
        body.extend(self.encryptor.finish()?);
        Ok(EncryptedPart { part_number: number, body: body.into() })
    }

    fn number(&mut self, body: Vec<u8>) -> EncryptedPart {
        self.parts = self.parts.saturating_add(1);
        EncryptedPart { part_number: self.parts, body: body.into() }
    }
}
