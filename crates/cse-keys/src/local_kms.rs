//! A key service in software, for tests, demonstrations and offline use.

use alloc::{collections::BTreeMap, string::String, vec::Vec};
use core::fmt;

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use cse_envelope::{DataKey, EncryptionContext, Rng, draw};
use zeroize::Zeroizing;

use crate::{
    error::{KeyError, KmsError, KmsErrorKind, RngError},
    future::{BoxFuture, ready},
    kms_api::{DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey},
};

/// Key ids, aliases, and ciphertext blobs that authenticate the encryption context, as AWS KMS has them.
///
/// A blob is `version (1) ‖ length of the key id (2) ‖ key id ‖ nonce (12) ‖ ciphertext ‖ tag (16)`, sealed with AES-256-GCM; the key
/// id and the context, sorted by name, are additional authenticated data.
///
/// # Security
///
/// Keys are in this process's memory and nowhere else: whoever loses them loses every object. It is no replacement for KMS. Nonces are
/// random: at most 2^32 blobs under one key.
#[derive(Default)]
pub struct LocalKms {
    keys: BTreeMap<String, Zeroizing<[u8; 32]>>,
    aliases: BTreeMap<String, String>,
}

const VERSION: u8 = 1;
const NONCE_LEN: usize = 12;

impl LocalKms {
    /// One without keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Draws a new key.
    ///
    /// # Errors
    ///
    /// [`KeyError::KeyId`] if the id is taken or longer than 2,048 bytes, [`KeyError::Rng`] if the generator fails.
    pub fn create_key(&mut self, key_id: impl Into<String>, rng: &mut Rng<'_>) -> Result<(), KeyError> {
        let key = DataKey::generate(rng)?;
        let key = key.expose_secret().try_into().map(Zeroizing::new).map_err(|_| KeyError::AesLength)?;
        self.insert(key_id.into(), key)
    }

    /// Takes a key that exists already; the caller wipes its own copy.
    ///
    /// # Errors
    ///
    /// [`KeyError::KeyId`] if the id is taken or longer than 2,048 bytes, [`KeyError::AesZero`] for a key that was never set.
    pub fn add_key(&mut self, key_id: impl Into<String>, key: &[u8; 32]) -> Result<(), KeyError> {
        if *key == [0; 32] {
            return Err(KeyError::AesZero);
        }
        self.insert(key_id.into(), Zeroizing::new(*key))
    }

    /// A second name for a key.
    ///
    /// # Errors
    ///
    /// [`KeyError::KeyId`] if the name is taken or there is no such key.
    pub fn add_alias(&mut self, alias: impl Into<String>, key_id: &str) -> Result<(), KeyError> {
        let alias = alias.into();
        if self.resolve(&alias).is_some() || !self.keys.contains_key(key_id) {
            return Err(KeyError::KeyId);
        }
        self.aliases.insert(alias, key_id.into());
        Ok(())
    }

    fn insert(&mut self, key_id: String, key: Zeroizing<[u8; 32]>) -> Result<(), KeyError> {
        if self.resolve(&key_id).is_some() || key_id.len() > 2048 {
            return Err(KeyError::KeyId);
        }
        self.keys.insert(key_id, key);
        Ok(())
    }

    /// The id and key behind a key id or alias.
    fn resolve(&self, name: &str) -> Option<(&str, &[u8; 32])> {
        let id = self.aliases.get(name).map_or(name, String::as_str);
        self.keys.get_key_value(id).map(|(id, key)| (id.as_str(), &**key))
    }

    fn seal(
        &self,
        name: &str,
        data_key: &DataKey,
        context: &EncryptionContext,
        rng: &mut Rng<'_>,
    ) -> Result<Vec<u8>, KmsError> {
        let (id, key) = self.resolve(name).ok_or(KmsError::new(KmsErrorKind::NotFound))?;
        let failed = |error: RngError| KmsError::with_source(KmsErrorKind::Other, error);
        let mut nonce = [0; NONCE_LEN];
        draw(rng, &mut nonce).map_err(failed)?;
        let mut sealed = data_key.expose_secret().to_vec();
        let cipher = Aes256Gcm::new(key.into());
        // Fails only for a plaintext of 64 GiB.
        cipher
            .encrypt_in_place(&nonce.into(), &associated_data(id, context), &mut sealed)
            .map_err(|_| KmsError::new(KmsErrorKind::Other))?;
        let id_len = u16::try_from(id.len()).unwrap_or(u16::MAX).to_be_bytes();
        Ok([&[VERSION], id_len.as_slice(), id.as_bytes(), &nonce, &sealed].concat())
    }

    fn open(&self, request: &DecryptRequest<'_>) -> Result<DataKey, KmsError> {
        let invalid = || KmsError::new(KmsErrorKind::InvalidCiphertext);
        let (id, nonce, sealed) = split(request.ciphertext_blob).ok_or_else(invalid)?;
        if let Some(name) = request.key_id {
            let (wanted, _) = self.resolve(name).ok_or(KmsError::new(KmsErrorKind::NotFound))?;
            if wanted != id {
                return Err(invalid());
            }
        }
        let key = self.keys.get(id).ok_or_else(invalid)?;
        let mut plaintext = Zeroizing::new(sealed.to_vec());
        let cipher = Aes256Gcm::new((&**key).into());
        cipher
            .decrypt_in_place(&(*nonce).into(), &associated_data(id, request.context), &mut *plaintext)
            .map_err(|_| invalid())?;
        DataKey::from_slice(&plaintext).map_err(|_| invalid())
    }
}

fn split(blob: &[u8]) -> Option<(&str, &[u8; NONCE_LEN], &[u8])> {
    let ([VERSION, high, low], rest) = blob.split_first_chunk::<3>()? else { return None };
    let (id, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
    let (nonce, sealed) = rest.split_first_chunk()?;
    Some((core::str::from_utf8(id).ok()?, nonce, sealed))
}

/// Key id and sorted context, each text with its length before it, so that no two contexts give the same bytes.
fn associated_data(id: &str, context: &EncryptionContext) -> Vec<u8> {
    let sorted: BTreeMap<_, _> = context.iter().collect();
    let texts = [id].into_iter().chain(sorted.into_iter().flat_map(|(name, value)| [name, value]));
    texts.flat_map(|text| [(text.len() as u64).to_be_bytes().as_slice(), text.as_bytes()].concat()).collect()
}

impl KmsApi for LocalKms {
    fn generate_data_key<'a>(
        &'a self,
        request: GenerateDataKeyRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        let answer = DataKey::generate(rng)
            .map_err(|error| KmsError::with_source(KmsErrorKind::Other, error))
            .and_then(|data_key| {
                let ciphertext_blob = self.seal(request.key_id, &data_key, request.context, rng)?;
                Ok(KmsDataKey::new(data_key, ciphertext_blob))
            });
        ready(answer)
    }

    fn encrypt<'a>(
        &'a self,
        request: EncryptRequest<'a>,
        rng: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        ready(self.seal(request.key_id, request.data_key, request.context, rng))
    }

    fn decrypt<'a>(&'a self, request: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        ready(self.open(&request))
    }
}

/// Shows ids and aliases, no keys.
impl fmt::Debug for LocalKms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.keys().collect();
        f.debug_struct("LocalKms").field("key_ids", &ids).field("aliases", &self.aliases).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use cse_envelope::AnyRng;
    use rand_core::{TryCryptoRng, TryRng};

    use super::*;

    /// Counts up: enough to tell draws apart.
    struct Counter(u8);

    impl TryRng for Counter {
        type Error = core::convert::Infallible;

        fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
            self.0 += 1;
            Ok(self.0.into())
        }

        fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
            self.0 += 1;
            Ok(self.0.into())
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
            self.0 += 1;
            out.fill(self.0);
            Ok(())
        }
    }

    impl TryCryptoRng for Counter {}

    fn context(value: &str) -> EncryptionContext {
        EncryptionContext::from_pairs([("a", value), ("b", "2")]).unwrap()
    }

    fn kms() -> LocalKms {
        let mut kms = LocalKms::new();
        kms.add_key("first", &[1; 32]).unwrap();
        kms.add_key("second", &[2; 32]).unwrap();
        kms.add_alias("alias/first", "first").unwrap();
        kms
    }

    fn sealed(kms: &LocalKms) -> Vec<u8> {
        let data_key = DataKey::from_slice(&[9; 32]).unwrap();
        kms.seal("alias/first", &data_key, &context("1"), &mut AnyRng(Counter(0))).unwrap()
    }

    fn open(kms: &LocalKms, key_id: Option<&str>, blob: &[u8], context: &EncryptionContext) -> Option<KmsErrorKind> {
        let request = DecryptRequest::new(key_id, blob, context, &[]);
        kms.open(&request).err().map(|error| error.kind())
    }

    #[test]
    fn a_blob_opens_with_its_key_or_alias_or_none_named_and_its_context_in_any_order() {
        let kms = kms();
        let blob = sealed(&kms);
        let turned = EncryptionContext::from_pairs([("b", "2"), ("a", "1")]).unwrap();
        for key_id in [None, Some("first"), Some("alias/first")] {
            assert_eq!(open(&kms, key_id, &blob, &turned), None);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let kms = kms();
        let blob = sealed(&kms);
        let invalid = Some(KmsErrorKind::InvalidCiphertext);
        assert_eq!(open(&kms, None, &blob, &context("other")), invalid);
        assert_eq!(open(&kms, None, &blob, &EncryptionContext::new()), invalid);
        assert_eq!(open(&kms, Some("second"), &blob, &context("1")), invalid);
        assert_eq!(open(&kms, Some("none"), &blob, &context("1")), Some(KmsErrorKind::NotFound));
        for at in 0..blob.len() {
            let mut changed = blob.clone();
            changed[at] ^= 1;
            assert_eq!(open(&kms, None, &changed, &context("1")), invalid, "{at}");
            assert_eq!(open(&kms, None, &blob[..at], &context("1")), invalid, "cut at {at}");
        }
    }

    #[test]
    fn contexts_that_look_alike_when_joined_differ() {
        let one = EncryptionContext::from_pairs([("ab", "c")]).unwrap();
        let other = EncryptionContext::from_pairs([("a", "bc")]).unwrap();
        assert_ne!(associated_data("id", &one), associated_data("id", &other));
    }

    #[test]
    fn ids_and_aliases_are_taken_once() {
        let mut kms = kms();
        for name in ["first", "alias/first"] {
            assert_eq!(kms.add_key(name, &[3; 32]), Err(KeyError::KeyId));
            assert_eq!(kms.add_alias(name, "second"), Err(KeyError::KeyId));
        }
        assert_eq!(kms.add_alias("alias/new", "none"), Err(KeyError::KeyId));
        assert_eq!(kms.add_key("zero", &[0; 32]), Err(KeyError::AesZero));
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = alloc::format!("{:?}", kms());
        assert!(shown.contains("alias/first") && !shown.contains("1, 1"), "{shown}");
        let answer = KmsDataKey::new(DataKey::from_slice(&[9; 32]).unwrap(), sealed(&kms()));
        assert_eq!(alloc::format!("{answer:?}"), "KmsDataKey(..)");
    }
}
