//! Plaintext that nothing has authenticated, as a type.

use core::fmt;

/// Plaintext, or something holding plaintext, that nothing has authenticated (yet).
///
/// There is no way to the value but [`danger::accept_unauthenticated`](crate::danger::accept_unauthenticated) and, for content of
/// an authenticated suite, the end of its [`Decryptor`](crate::Decryptor). Intentionally no `Deref`; `Debug` is redacted.
#[must_use = "plaintext that nothing has authenticated must be verified, or accepted through `danger`"]
pub struct Unauthenticated<T>(T);

impl<T> Unauthenticated<T> {
    /// Marks a value as unauthenticated, which is always safe to say.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    pub(crate) fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Unauthenticated<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unauthenticated(..)")
    }
}

impl Unauthenticated<alloc::vec::Vec<u8>> {
    /// How many bytes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the next piece of the same plaintext.
    pub fn append(&mut self, next: Self) {
        self.0.extend_from_slice(&next.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        let secret = Unauthenticated::new(alloc::vec![1_u8, 2, 3]);
        assert_eq!(alloc::format!("{secret:?}"), "Unauthenticated(..)");
    }
}
