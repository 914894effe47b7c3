//! From key options to a keyring.

use alloc::sync::Arc;
use std::path::{Path, PathBuf};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{Admitted, DataKey, EncryptionContext, GeneratedDataKey, MaterialDescription, WriteFormat};
use cse_keys::{
    AesKeyring, ExpectedContext, Keyring, KeyringError, KeyringSet, KmsApi, KmsKeyring, RsaKeyring, now, system_rng,
};
use zeroize::Zeroizing;

use crate::{
    args::{KeyOptions, NewKey, OwnKey, OwnKeyKind},
    error::{Failure, Kind},
    replay_kms::ReplayKms,
    source,
};

/// A line of traditional encrypted PEM (RFC 1421), which PKCS#8 replaced.
const OLD_ENCRYPTION: &[u8] = b"Proc-Type: 4,ENCRYPTED";

/// The keyrings that the options name: one, or a set.
#[derive(Debug)]
pub(crate) struct Keys(Arc<dyn Keyring>);

impl Keys {
    /// One keyring.
    pub(crate) fn of(keyring: impl Keyring) -> Self {
        Self(Arc::new(keyring))
    }

    /// Reads the one key to seal with.
    pub(crate) fn to_seal(options: &KeyOptions) -> Result<Self, Failure> {
        let count = options.own.len() + usize::from(options.kms_answers.is_some());
        if count > 1 {
            return Err(Failure::usage(
                "seal takes one key, and several are given",
                "seal with one of them; opening takes several",
            ));
        }
        if options.kms_answers.is_some() && options.kms_key.is_none() {
            return Err(Failure::usage("sealing with KMS needs to know the key", "add --kms-key KEYID"));
        }
        Self::read(options)
    }

    /// Reads all keys.
    pub(crate) fn read(options: &KeyOptions) -> Result<Self, Failure> {
        check(options)?;
        let mut keys = own_keys(options)?;
        if let Some(answers) = &options.kms_answers {
            keys.push(Arc::new(recorded(answers, options)?));
        }
        Self::set(keys).ok_or_else(|| Failure::usage("no key is given", "add --aes-key, --rsa-key or --kms-answers"))
    }

    /// Reads the one key to put objects with; KMS is the service, unless its answers are recorded.
    pub(crate) fn to_put(options: &KeyOptions, kms: &Arc<dyn KmsApi>) -> Result<Self, Failure> {
        let has_kms = options.kms_key.is_some() || options.kms_answers.is_some();
        match options.own.len() + usize::from(has_kms) {
            0 => Err(Failure::usage(
                "no key is given",
                "add --kms-key KEYID, --aes-key SRC or --rsa-key SRC; `cse keygen aes` makes a key",
            )),
            1 if options.kms_answers.is_some() => Self::to_seal(options),
            1 => Self::to_read(options, kms),
            _ => Err(Failure::usage(
                "put takes one key, and several are given",
                "put with one of them; reading takes several",
            )),
        }
    }

    /// Reads all keys for reading. Where none is given, KMS finds its own.
    pub(crate) fn to_read(options: &KeyOptions, kms: &Arc<dyn KmsApi>) -> Result<Self, Failure> {
        check(options)?;
        let mut keys = own_keys(options)?;
        match (&options.kms_answers, &options.kms_key) {
            (Some(answers), _) => keys.push(Arc::new(recorded(answers, options)?)),
            (None, None) if !keys.is_empty() => {}
            (None, _) => keys.push(Arc::new(kms_keyring(kms.clone(), options)?)),
        }
        Self::set(keys).ok_or_else(|| Failure::usage("no key is given", "add --aes-key, --rsa-key or --kms-key"))
    }

    /// Reads the key of new wraps.
    pub(crate) fn to_rewrap(new: &NewKey, kms: &Arc<dyn KmsApi>) -> Result<Self, Failure> {
        match (&new.new_kms_key, new.own()) {
            (None, Some(own)) => own_key(&own).map(Self),
            (Some(key_id), _) => Ok(Self::of(KmsKeyring::new(kms.clone(), key_id.as_str()))),
            (None, None) => {
                Err(Failure::usage("no new key is given", "add --new-aes-key, --new-rsa-key or --new-kms-key"))
            }
        }
    }

    /// The keyring, for a client.
    pub(crate) fn keyring(&self) -> Arc<dyn Keyring> {
        Arc::clone(&self.0)
    }

    fn set(keys: Vec<Arc<dyn Keyring>>) -> Option<Self> {
        let mut keys = keys.into_iter();
        let first = keys.next()?;
        if keys.len() == 0 {
            return Some(Self(first));
        }
        Some(Self::of(keys.fold(KeyringSet::new(first), KeyringSet::with)))
    }

    /// Makes a new object's data key.
    pub(crate) fn generate(
        &self,
        format: WriteFormat,
        context: &EncryptionContext,
    ) -> Result<GeneratedDataKey, KeyringError> {
        now(self.0.generate_data_key(format, context, &mut system_rng()))
    }

    /// Recovers an object's data key.
    pub(crate) fn unwrap(&self, object: &Admitted, expected: &ExpectedContext) -> Result<DataKey, KeyringError> {
        now(self.0.unwrap_data_key(object, expected, &mut system_rng()))
    }
}

/// Whether a key opens a wrap.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Opens {
    Yes,
    No,
    /// The public half of an RSA key cannot tell.
    Unknown,
}

impl Keys {
    /// Whether these keys open an object.
    pub(crate) async fn opens(&self, object: &Admitted, expected: &ExpectedContext) -> Opens {
        match self.0.unwrap_data_key(object, expected, &mut system_rng()).await {
            Ok(data_key) => cse_envelope::open(object, data_key).map_or(Opens::No, |_| Opens::Yes),
            Err(KeyringError::PublicHalfOnly) => Opens::Unknown,
            _ => Opens::No,
        }
    }

    /// Whether new wraps of it have an encryption context.
    pub(crate) fn takes_context(&self) -> bool {
        self.0.material_description().is_none()
    }
}

/// Every path among the options that may be `-`.
pub(crate) fn inputs(options: &KeyOptions) -> impl Iterator<Item = &PathBuf> {
    let own = options.own.iter().flat_map(|key| core::iter::once(&key.source).chain(&key.password));
    own.chain(&options.kms_answers).chain(&options.grant_tokens)
}

/// Refuses options that go with no key, and keys that no object could tell apart.
fn check(options: &KeyOptions) -> Result<(), Failure> {
    match options.stray {
        Some("--rsa-password") => Err(Failure::usage(
            "--rsa-password belongs to the RSA key before it, and there is none",
            "put it after its --rsa-key",
        )),
        Some(option) => Err(Failure::usage(
            format!("{option} belongs to the AES or RSA key before it, and there is none"),
            if options.own.is_empty() { "use --context with KMS" } else { "put it after the key it describes" },
        )),
        None => check_distinct(&options.own),
    }
}

fn check_distinct(keys: &[OwnKey]) -> Result<(), Failure> {
    for (i, key) in keys.iter().enumerate() {
        let is_same = |other: &OwnKey| other.kind == key.kind && is_equal(&other.description, &key.description);
        if keys.iter().skip(i + 1).any(is_same) {
            return Err(Failure::usage(
                "two keys of one kind have the same --description: an object cannot tell which of them is its own",
                "give each a --description after it, or open with one key at a time",
            ));
        }
    }
    Ok(())
}

/// In whatever order.
fn is_equal(one: &[(String, String)], other: &[(String, String)]) -> bool {
    one.len() == other.len() && one.iter().all(|entry| other.contains(entry))
}

fn own_keys(options: &KeyOptions) -> Result<Vec<Arc<dyn Keyring>>, Failure> {
    options.own.iter().map(own_key).collect()
}

fn own_key(key: &OwnKey) -> Result<Arc<dyn Keyring>, Failure> {
    let description = MaterialDescription::from_pairs(key.description.iter().cloned())
        .map_err(|_| Failure::usage("a name occurs twice among the --description of a key", "give each name once"))?;
    Ok(match key.kind {
        OwnKeyKind::Aes => Arc::new(aes(&key.source)?.with_description(description)),
        OwnKeyKind::Rsa => Arc::new(rsa(&key.source, key.password.as_deref())?.with_description(description)),
    })
}

fn aes(place: &Path) -> Result<AesKeyring, Failure> {
    let text = source::read_secret("--aes-key", place)?;
    let key = BASE64_STANDARD.decode(text.trim_ascii()).map(Zeroizing::new).map_err(|_| {
        Failure::new(
            Kind::Key,
            "the AES key is not base64",
            "give base64 of 16, 24 or 32 bytes; for a file of raw bytes: base64 < raw.key > aes.key",
        )
    })?;
    AesKeyring::new(&key).map_err(Into::into)
}

fn rsa(place: &Path, password: Option<&Path>) -> Result<RsaKeyring, Failure> {
    let key = source::read_secret("--rsa-key", place)?;
    let password = password.map(|place| source::read_secret("--rsa-password", place)).transpose()?;
    // A file of one line ends in a newline that is not the password's.
    let password = password.as_ref().map(|text| text.strip_suffix(b"\n").unwrap_or(text));
    let password = password.map(|text| text.strip_suffix(b"\r").unwrap_or(text));
    if key.windows(OLD_ENCRYPTION.len()).any(|window| window == OLD_ENCRYPTION) {
        return Err(Failure::new(
            Kind::Key,
            "the RSA key is encrypted in an old way of OpenSSL (Proc-Type: 4,ENCRYPTED), which is not read",
            "convert it with `openssl pkcs8 -topk8 -in OLD.pem -out NEW.pem`, and give that with its --rsa-password",
        ));
    }
    let pem = core::str::from_utf8(&key).ok().filter(|text| text.contains("-----BEGIN"));
    match (pem, password) {
        (Some(pem), None) => RsaKeyring::from_pem(pem),
        (Some(pem), Some(password)) => RsaKeyring::from_encrypted_pem(pem, password),
        (None, None) => RsaKeyring::from_der(&key),
        (None, Some(password)) => RsaKeyring::from_encrypted_der(&key, password),
    }
    .map_err(Into::into)
}

fn recorded(answers: &Path, options: &KeyOptions) -> Result<KmsKeyring, Failure> {
    kms_keyring(ReplayKms::read(&source::read_secret("--kms-answers", answers)?)?, options)
}

fn kms_keyring(kms: impl KmsApi, options: &KeyOptions) -> Result<KmsKeyring, Failure> {
    let tokens = options.grant_tokens.iter().map(|place| {
        let text = source::read_secret("--grant-token", place)?;
        let token = core::str::from_utf8(text.trim_ascii());
        token
            .map(str::to_owned)
            .map_err(|_| Failure::new(Kind::Key, "the grant token is not text", "check which file it is"))
    });
    let tokens = tokens.collect::<Result<_, _>>()?;
    Ok(match &options.kms_key {
        Some(key_id) => KmsKeyring::new(kms, key_id.as_str()),
        None => KmsKeyring::discovery(kms),
    }
    .with_grant_tokens(tokens))
}
