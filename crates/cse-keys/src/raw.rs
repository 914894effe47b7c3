//! What keyrings of a caller's own key have in common.

use cse_envelope::{
    DataKey, EncryptionContext, FormatVersion, GeneratedDataKey, KeyContext, KeyPart, MaterialDescription, Rng,
    WriteFormat,
};

use crate::{
    error::KeyringError,
    keyring::{ExpectedContext, Fit},
};

/// The wrap that a format takes: today's for V2 and V3, the old one for V1. The legacy V2 formats are for KMS.
pub(crate) fn wrap_of<W>(format: WriteFormat, today: W, old: W) -> Result<W, KeyringError> {
    match (format.is_legacy(), format.version()) {
        (false, _) => Ok(today),
        (true, FormatVersion::V1) => Ok(old),
        (true, _) => Err(KeyringError::OtherFormat),
    }
}

/// How well a keyring of the right kind and this description fits.
pub(crate) fn fit(key_part: &KeyPart, description: &MaterialDescription) -> Fit {
    match key_part.context() {
        KeyContext::Description(stored) if stored == description => Fit::Description,
        _ => Fit::Kind,
    }
}

/// Draws a data key and wraps it.
pub(crate) fn generate(
    format: WriteFormat,
    context: &EncryptionContext,
    rng: &mut Rng<'_>,
    wrap: impl FnOnce(&DataKey, &mut Rng<'_>) -> Result<KeyPart, KeyringError>,
) -> Result<GeneratedDataKey, KeyringError> {
    refuse_context(context)?;
    let data_key = DataKey::generate(rng)?;
    let key_part = wrap(&data_key, rng)?;
    Ok(GeneratedDataKey::new(format, data_key, key_part))
}

/// On a write: nothing would authenticate a context.
pub(crate) fn refuse_context(context: &EncryptionContext) -> Result<(), KeyringError> {
    if context.is_empty() { Ok(()) } else { Err(KeyringError::ContextWithoutKms) }
}

/// On a read: there is no context that could be the expected one, unless that is the empty one.
pub(crate) fn refuse_expectation(expected: &ExpectedContext) -> Result<(), KeyringError> {
    match expected {
        ExpectedContext::Exactly(context) => refuse_context(context),
        ExpectedContext::AcceptStored => Ok(()),
    }
}
