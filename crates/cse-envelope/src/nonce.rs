//! IVs, message ids and key commitments. Intentionally not `Clone`: one is made for one object.

use crate::rng::{self, Rng, RngError};

/// Length of a message id and of a key commitment, in bytes.
pub(crate) const V3_LEN: usize = 28;

/// The 12-byte GCM IV of a V2 object.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct GcmIv(pub(crate) [u8; 12]);

/// The 16-byte CBC IV of a V1 or V2 object.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct CbcIv(pub(crate) [u8; 16]);

/// The 28-byte message id of a V3 object: the salt its keys are derived with.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct MessageId(pub(crate) [u8; V3_LEN]);

/// The 28-byte key commitment of a V3 object: public, compared in constant time.
#[derive(Debug)]
pub(crate) struct Commitment(pub(crate) [u8; V3_LEN]);

impl GcmIv {
    pub(crate) fn generate(rng: &mut Rng<'_>) -> Result<Self, RngError> {
        let mut iv = [0; 12];
        rng::draw(rng, &mut iv).map(|()| Self(iv))
    }
}

impl CbcIv {
    #[cfg(feature = "legacy")]
    pub(crate) fn generate(rng: &mut Rng<'_>) -> Result<Self, RngError> {
        let mut iv = [0; 16];
        rng::draw(rng, &mut iv).map(|()| Self(iv))
    }
}

impl MessageId {
    pub(crate) fn generate(rng: &mut Rng<'_>) -> Result<Self, RngError> {
        let mut id = [0; V3_LEN];
        rng::draw(rng, &mut id).map(|()| Self(id))
    }
}
