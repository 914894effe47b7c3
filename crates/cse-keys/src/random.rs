//! The operating system's generator.

use cse_envelope::{AnyRng, RngError};
use rand_core::TryCryptoRng;

/// The operating system's random number generator, as every keyring and [`seal`](cse_envelope::seal) take it.
#[must_use]
pub fn system_rng() -> impl TryCryptoRng<Error = RngError> + Send {
    AnyRng(getrandom::SysRng)
}
