//! Several keyrings as one: one writes, each reads what it can.

use alloc::{boxed::Box, vec::Vec};

use cse_envelope::{Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, Rng, WriteFormat};

use crate::{
    error::KeyringError,
    future::{BoxFuture, ready},
    keyring::{ExpectedContext, Fit, Keyring},
};

/// Several keyrings: the first writes; an object is read by the one it belongs to.
///
/// That is the keyring whose material description equals the stored one, else the only one for that kind of wrap. Several that fit
/// are an error that names the descriptions: trying keys one after the other would hide mistakes. A KMS wrap does not name its key,
/// so a set takes one KMS keyring; to read under several keys, let it be a discovery keyring.
///
/// # Security
///
/// A set is as trustworthy as its weakest reader: with an `RsaKeyring` in it, whoever has that public key can write objects that the
/// set opens.
///
/// # Example
///
/// ```
/// use cse_envelope::MaterialDescription;
/// use cse_keys::{AesKeyring, KeyringSet};
///
/// let described = |year| MaterialDescription::from_pairs([("year", year)]);
/// let this_year = AesKeyring::new(&[26; 32])?.with_description(described("2026")?);
/// let last_year = AesKeyring::new(&[25; 32])?.with_description(described("2025")?);
/// let keyring = KeyringSet::new(this_year).with(last_year);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct KeyringSet {
    writer: Box<dyn Keyring>,
    readers: Vec<Box<dyn Keyring>>,
}

impl KeyringSet {
    /// A set of one, which writes and reads.
    pub fn new(writer: impl Keyring) -> Self {
        Self { writer: Box::new(writer), readers: Vec::new() }
    }

    /// Adds a keyring that only reads.
    #[must_use]
    pub fn with(mut self, reader: impl Keyring) -> Self {
        self.readers.push(Box::new(reader));
        self
    }

    fn all(&self) -> impl Iterator<Item = &dyn Keyring> {
        core::iter::once(&self.writer).chain(&self.readers).map(|keyring| &**keyring)
    }

    /// The one keyring that fits best.
    fn reader(&self, key_part: &KeyPart) -> Result<&dyn Keyring, KeyringError> {
        let best = self.fit(key_part);
        if best == Fit::None {
            return Err(KeyringError::OtherWrap(key_part.wrap()));
        }
        let fitting: Vec<_> = self.all().filter(|keyring| keyring.fit(key_part) == best).collect();
        match fitting.as_slice() {
            [only] => Ok(*only),
            several => {
                let descriptions = several.iter().filter_map(|keyring| keyring.material_description().cloned());
                Err(KeyringError::SeveralFit { descriptions: descriptions.collect() })
            }
        }
    }
}

impl Keyring for KeyringSet {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        self.writer.generate_data_key(format, context, rng)
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        self.writer.wrap_data_key(data_key, format, context, rng)
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        match self.reader(object.key_part()) {
            Ok(keyring) => keyring.unwrap_data_key(object, expected, rng),
            Err(error) => ready(Err(error)),
        }
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        self.all().map(|keyring| keyring.fit(key_part)).max().unwrap_or(Fit::None)
    }
}
