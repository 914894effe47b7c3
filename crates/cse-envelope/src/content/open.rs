//! Reading, last step before the content: the data key becomes the content key, if it is the right one.

use zeroize::Zeroizing;

use super::{ContentCipher, ContentKey, GcmKey, PORTABLE, derive, engine::Engine};
use crate::{
    data_key::DataKey,
    envelope::{Admitted, ContentPart, V2Content},
    error::DecryptError,
    suite::AlgorithmSuite,
};

/// Makes the content key from an admitted envelope and its unwrapped data key.
///
/// For V3 the key commitment is compared, in constant time, before the content key exists.
///
/// # Errors
///
/// [`DecryptError`] if the commitment differs, or the data key has a length the content cannot be encrypted under.
///
/// # Example
///
/// Reading in three calls, with a data key that a keyring unwrapped:
///
/// ```
/// use cse_envelope::{DataKey, Plaintext, ReadPolicy, open, parse};
/// # use cse_envelope::Admitted;
/// # fn unwrap_data_key(_: &Admitted) -> DataKey { unreachable!() }
/// # type Result<T> = core::result::Result<T, Box<dyn core::error::Error>>;
///
/// fn read(metadata: &[(&str, &str)], ciphertext: Vec<u8>) -> Result<Vec<u8>> {
///     let admitted = parse(metadata.iter().copied())?.admit(&ReadPolicy::default())?;
///     let data_key = unwrap_data_key(&admitted); // a keyring of the crate cse-keys, or your own
///     match open(&admitted, data_key)?.decrypt(ciphertext)? {
///         Plaintext::Verified(bytes) => Ok(bytes),
///         Plaintext::Unauthenticated(_) => Err("only legacy policies come here".into()),
///     }
/// }
/// ```
pub fn open(admitted: &Admitted, data_key: DataKey) -> Result<ContentKey, DecryptError> {
    open_with_engine(admitted, data_key, PORTABLE)
}

/// [`open`] on another engine.
#[doc(hidden)]
pub fn open_with_engine(
    admitted: &Admitted,
    data_key: DataKey,
    engine: &'static dyn Engine,
) -> Result<ContentKey, DecryptError> {
    let cipher = match admitted.envelope().content() {
        ContentPart::V3 { message_id, commitment } => {
            let key = derive::committed_key(&data_key, message_id, commitment)?;
            let gcm = GcmKey { key, iv: derive::IV_V3, aad: &derive::AAD_V3 };
            ContentCipher::Gcm { suite: AlgorithmSuite::GcmCommitKey, gcm }
        }
        ContentPart::V2(V2Content::Gcm { iv }) => {
            let key = data_key.expose_secret().try_into().map(Zeroizing::new).map_err(|_| DecryptError)?;
            ContentCipher::Gcm { suite: AlgorithmSuite::Gcm, gcm: GcmKey { key, iv: iv.0, aad: &[] } }
        }
        #[cfg(feature = "legacy")]
        ContentPart::V1 { iv } | ContentPart::V2(V2Content::Cbc { iv }) => {
            ContentCipher::Cbc { key: data_key, iv: iv.0 }
        }
        // Not reached: without the feature such an envelope is not admitted.
        #[cfg(not(feature = "legacy"))]
        ContentPart::V1 { .. } | ContentPart::V2(V2Content::Cbc { .. }) => return Err(DecryptError),
    };
    Ok(ContentKey { cipher, engine })
}
