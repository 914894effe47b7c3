//! An RSA key pair the caller holds.

mod encoding;
#[cfg(feature = "legacy")]
mod legacy;
mod oaep;

use alloc::boxed::Box;
use core::fmt;

use cse_envelope::{
    Admitted, DataKey, EncryptionContext, GeneratedDataKey, KeyPart, MaterialDescription, Rng, RsaWrap, WrapAlgorithm,
    WriteFormat,
};
use rsa::{PrivateKey, PublicKey, traits::PublicKeyParts};

use crate::{
    error::{DecryptError, KeyError, KeyringError, RngError},
    future::{BoxFuture, ready},
    keyring::{ExpectedContext, Fit, Keyring},
    raw,
};

/// Wraps data keys by an RSA key pair that the caller holds: the public half writes, the private half reads.
///
/// Writes `RSA-OAEP-SHA1`; reads it and, under the policies that allow them, `RSA` (PKCS#1 v1.5) and RSA-OAEP-SHA-256. Answers at the
/// first poll, so [`now`](crate::now) is enough.
///
/// # Security
///
/// Whoever has the *public* half can write objects that this keyring opens as verified: RSA proves no origin. Use an AES or KMS keyring
/// where writers must be told apart. Private-key operations are blinded with the generator the caller gives. Keys of 1024 to 8192 bits
/// read; new objects need 2048. SHA-1 is what the format prescribes; OAEP does not rely on its collision resistance.
///
/// # Example
///
/// ```no_run
/// use cse_keys::RsaKeyring;
///
/// let keyring = RsaKeyring::from_pem(&std::fs::read_to_string("key.pem")?)?;
/// assert!(keyring.has_private_half());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RsaKeyring {
    pair: Pair,
    description: MaterialDescription,
}

/// What is there of a key pair.
enum Pair {
    Public(PublicKey),
    Private(Box<PrivateHalf>),
}

/// The private half, with what implicit rejection needs of it.
struct PrivateHalf {
    key: PrivateKey,
    #[cfg(feature = "legacy")]
    rejection: legacy::RejectionSecret,
}

/// Fewer bits are refused for new objects.
const MIN_WRITING_BITS: u32 = 2048;
/// Fewer bits are refused altogether.
const MIN_READING_BITS: u32 = 1024;
/// More bits are refused.
const MAX_BITS: u32 = 8192;

impl RsaKeyring {
    /// Generates a key pair of `bits` bits, from 2048 to 8192.
    ///
    /// # Errors
    ///
    /// [`KeyError::RsaSize`] for another size, [`KeyError::Rng`] if the generator fails.
    pub fn generate(bits: usize, rng: &mut Rng<'_>) -> Result<Self, KeyError> {
        if !(2048..=8192).contains(&bits) {
            return Err(KeyError::RsaSize);
        }
        let key = PrivateKey::new(rng, bits).map_err(|_| KeyError::Rng(RngError::default()))?;
        Self::from_private(key)
    }

    /// Names the key: stored with each object, and what a [`KeyringSet`](crate::KeyringSet) finds it by.
    #[must_use]
    pub fn with_description(self, description: MaterialDescription) -> Self {
        Self { description, ..self }
    }

    /// Whether it can read; with the public half only it writes.
    #[must_use]
    pub const fn has_private_half(&self) -> bool {
        matches!(self.pair, Pair::Private(_))
    }

    fn from_private(key: PrivateKey) -> Result<Self, KeyError> {
        check_size(&key)?;
        #[cfg(feature = "legacy")]
        let rejection = legacy::RejectionSecret::new(&key);
        let half = PrivateHalf {
            key,
            #[cfg(feature = "legacy")]
            rejection,
        };
        Ok(Self { pair: Pair::Private(Box::new(half)), description: MaterialDescription::new() })
    }

    fn from_public(key: PublicKey) -> Result<Self, KeyError> {
        check_size(&key)?;
        Ok(Self { pair: Pair::Public(key), description: MaterialDescription::new() })
    }

    fn public(&self) -> &PublicKey {
        match &self.pair {
            Pair::Public(key) => key,
            Pair::Private(half) => half.key.as_public_key(),
        }
    }

    fn wrap(&self, data_key: &DataKey, format: WriteFormat, rng: &mut Rng<'_>) -> Result<KeyPart, KeyringError> {
        let wrap = raw::wrap_of(format, RsaWrap::OaepSha1, RsaWrap::Pkcs1v15)?;
        let public = self.public();
        if public.n().bit_width() < MIN_WRITING_BITS {
            return Err(KeyringError::RsaKeyTooSmall);
        }
        let wrapped = match wrap {
            RsaWrap::OaepSha1 => oaep::wrap(public, data_key, format.suite(), rng)?,
            #[cfg(feature = "legacy")]
            RsaWrap::Pkcs1v15 => legacy::wrap_pkcs1v15(public, data_key, rng)?,
            _ => return Err(KeyringError::LegacyFeature),
        };
        Ok(KeyPart::rsa(format.suite(), wrap, wrapped, self.description.clone()))
    }

    fn unwrap(&self, wrap: RsaWrap, object: &Admitted, rng: &mut Rng<'_>) -> Result<DataKey, KeyringError> {
        let Pair::Private(half) = &self.pair else { return Err(KeyringError::PublicHalfOnly) };
        let wrapped = object.key_part().wrapped_data_key();
        // Public: every wrap is as long as the modulus.
        if wrapped.len() != half.key.size() {
            return Err(DecryptError::default().into());
        }
        match wrap {
            RsaWrap::OaepSha1 => oaep::unwrap(&half.key, wrapped, object.suite(), rng),
            #[cfg(feature = "legacy")]
            RsaWrap::OaepSha256 => legacy::unwrap_oaep_sha256(&half.key, wrapped, object, rng),
            #[cfg(feature = "legacy")]
            RsaWrap::Pkcs1v15 => legacy::unwrap_rsa(half, wrapped, object, rng),
            _ => Err(KeyringError::LegacyFeature),
        }
    }
}

/// Refuses keys too small to protect anything, and those so large that using one stalls the program.
fn check_size(key: &impl PublicKeyParts) -> Result<(), KeyError> {
    if (MIN_READING_BITS..=MAX_BITS).contains(&key.n().bit_width()) { Ok(()) } else { Err(KeyError::RsaSize) }
}

/// What a failed private-key operation may say: that the generator failed, which depends on no secret, or nothing.
fn opaque(error: rsa::Error) -> KeyringError {
    match error {
        rsa::Error::Rng => RngError::default().into(),
        _ => DecryptError::default().into(),
    }
}

/// Why a public-key operation failed: the generator, or a message that does not fit the key.
fn not_wrapped(error: rsa::Error) -> KeyringError {
    match error {
        rsa::Error::Rng => RngError::default().into(),
        _ => KeyringError::RsaKeyTooSmall,
    }
}

impl Keyring for RsaKeyring {
    fn generate_data_key<'a>(
        &'a self,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<GeneratedDataKey, KeyringError>> {
        ready(raw::generate(format, context, rng, |data_key, rng| self.wrap(data_key, format, rng)))
    }

    fn wrap_data_key<'a>(
        &'a self,
        data_key: &'a DataKey,
        format: WriteFormat,
        context: &'a EncryptionContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KeyPart, KeyringError>> {
        ready(raw::refuse_context(context).and_then(|()| self.wrap(data_key, format, rng)))
    }

    fn unwrap_data_key<'a>(
        &'a self,
        object: &'a Admitted,
        expected: &'a ExpectedContext,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<DataKey, KeyringError>> {
        ready(raw::refuse_expectation(expected).and_then(|()| match object.key_part().wrap() {
            WrapAlgorithm::Rsa(wrap) => self.unwrap(wrap, object, rng),
            other => Err(KeyringError::OtherWrap(other)),
        }))
    }

    fn fit(&self, key_part: &KeyPart) -> Fit {
        match key_part.wrap() {
            WrapAlgorithm::Rsa(_) => raw::fit(key_part, &self.description),
            _ => Fit::None,
        }
    }

    fn material_description(&self) -> Option<&MaterialDescription> {
        Some(&self.description)
    }
}

impl fmt::Debug for RsaKeyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RsaKeyring")
            .field("bits", &self.public().n().bit_width())
            .field("has_private_half", &self.has_private_half())
            .field("description", &self.description)
            .finish_non_exhaustive()
    }
}
