//! Randomness comes in as an argument; this is its type.

use core::fmt;

use rand_core::{TryCryptoRng, TryRng};

/// What every function that draws randomness takes: a cryptographic generator that may fail.
pub type Rng<'a> = dyn TryCryptoRng<Error = RngError> + Send + 'a;

/// The generator failed, or drew only zeros, which no working generator does.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, thiserror::Error)]
#[error("the random number generator failed")]
#[non_exhaustive]
pub struct RngError;

/// Turns any cryptographic generator of `rand_core` 0.10 into an [`Rng`].
///
/// ```
/// # struct Fixed;
/// # impl rand_core::TryRng for Fixed {
/// #     type Error = core::convert::Infallible;
/// #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { Ok(7) }
/// #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { Ok(7) }
/// #     fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> { out.fill(7); Ok(()) }
/// # }
/// # impl rand_core::TryCryptoRng for Fixed {}
/// # fn some_generator() -> Fixed { Fixed }
/// use cse_envelope::{AnyRng, DataKey, RngError};
///
/// let mut rng = AnyRng(some_generator()); // for example getrandom::SysRng
/// let data_key = DataKey::generate(&mut rng)?;
/// # Ok::<(), RngError>(())
/// ```
pub struct AnyRng<R>(pub R);

impl<R> fmt::Debug for AnyRng<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AnyRng(..)")
    }
}

impl<R: TryCryptoRng> TryRng for AnyRng<R> {
    type Error = RngError;

    fn try_next_u32(&mut self) -> Result<u32, RngError> {
        self.0.try_next_u32().map_err(|_| RngError)
    }

    fn try_next_u64(&mut self) -> Result<u64, RngError> {
        self.0.try_next_u64().map_err(|_| RngError)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RngError> {
        self.0.try_fill_bytes(out).map_err(|_| RngError)
    }
}

impl<R: TryCryptoRng> TryCryptoRng for AnyRng<R> {}

/// Fills `out`. What keyrings of one's own draw nonces with.
///
/// # Errors
///
/// [`RngError`] when the generator fails, or draws only zeros.
pub fn draw(rng: &mut Rng<'_>, out: &mut [u8]) -> Result<(), RngError> {
    rng.try_fill_bytes(out)?;
    if out.iter().all(|byte| *byte == 0) { Err(RngError) } else { Ok(()) }
}
