//! Encryption contexts and material descriptions: ordered maps of text to text without duplicate names.

use alloc::{collections::BTreeSet, string::String, vec::Vec};

/// A name occurs twice.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a name occurs twice")]
#[non_exhaustive]
pub struct DuplicateName;

/// Declares one map type; both have the same shape and must not be mixed up.
macro_rules! text_map {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default)]
        pub struct $name(Vec<(String, String)>);

        impl $name {
            /// An empty one.
            #[must_use]
            pub const fn new() -> Self {
                Self(Vec::new())
            }

            /// The entries in this order.
            ///
            /// # Errors
            ///
            /// [`DuplicateName`] if a name occurs twice.
            pub fn from_pairs<K, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Result<Self, DuplicateName>
            where
                K: Into<String>,
                V: Into<String>,
            {
                let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
                let mut names = BTreeSet::new();
                if pairs.iter().all(|(name, _): &(String, String)| names.insert(name.as_str())) {
                    Ok(Self(pairs))
                } else {
                    Err(DuplicateName)
                }
            }

            /// Adds an entry at the end.
            ///
            /// # Errors
            ///
            /// [`DuplicateName`] if the name is there already.
            pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) -> Result<(), DuplicateName> {
                let name = name.into();
                if self.get(&name).is_some() {
                    return Err(DuplicateName);
                }
                self.0.push((name, value.into()));
                Ok(())
            }

            /// The value stored under `name`.
            #[must_use]
            pub fn get(&self, name: &str) -> Option<&str> {
                self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
            }

            /// The entries, in order.
            pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
                self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
            }

            /// How many entries there are.
            #[must_use]
            pub fn len(&self) -> usize {
                self.0.len()
            }

            /// Whether there are none.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        /// Equal when the entries are, in whatever order.
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.len() == other.len() && self.iter().all(|(name, value)| other.get(name) == Some(value))
            }
        }

        impl Eq for $name {}
    };
}

text_map! {
    /// AWS KMS encryption context: names and values that KMS authenticates together with the data key.
    ///
    /// Stored in the clear beside the object, so never a place for secrets. Order is kept, because some clients compare it.
    ///
    /// ```
    /// use cse_envelope::EncryptionContext;
    ///
    /// let context = EncryptionContext::from_pairs([("department", "payroll"), ("year", "2026")])?;
    /// assert_eq!(context.get("year"), Some("2026"));
    /// # Ok::<(), cse_envelope::error::DuplicateName>(())
    /// ```
    EncryptionContext
}

text_map! {
    /// Material description: names a caller's own AES or RSA key, so that the right one is found again.
    ///
    /// # Security
    ///
    /// Not authenticated by anything. It may *select* a key, never authorise a read.
    MaterialDescription
}

impl EncryptionContext {
    /// The entry under which `kms+context` stores the algorithm suite.
    pub const CEK_ALG: &'static str = "aws:x-amz-cek-alg";
    /// The entry under which the wrap `kms` stores the key id its writer was given.
    pub const KMS_CMK_ID: &'static str = "kms_cmk_id";

    /// Whether `name` is written by clients themselves, so that no caller may use it.
    #[must_use]
    pub fn is_reserved(name: &str) -> bool {
        name == Self::CEK_ALG || name == Self::KMS_CMK_ID
    }

    /// The entries a caller chose: all but the reserved ones.
    pub fn caller_entries(&self) -> impl Iterator<Item = (&str, &str)> {
        self.iter().filter(|(name, _)| !Self::is_reserved(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept_and_does_not_count_in_comparisons() {
        let one = EncryptionContext::from_pairs([("b", "1"), ("a", "2")]).unwrap();
        let two = EncryptionContext::from_pairs([("a", "2"), ("b", "1")]).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.iter().next(), Some(("b", "1")));
    }

    #[test]
    fn different_values_or_more_entries_are_not_equal() {
        let one = MaterialDescription::from_pairs([("a", "1")]).unwrap();
        let other = MaterialDescription::from_pairs([("a", "2")]).unwrap();
        let more = MaterialDescription::from_pairs([("a", "1"), ("b", "1")]).unwrap();
        assert_ne!(one, other);
        assert_ne!(one, more);
        assert_ne!(more, one);
    }

    #[test]
    fn a_name_cannot_occur_twice() {
        assert_eq!(EncryptionContext::from_pairs([("a", "1"), ("a", "1")]), Err(DuplicateName));
    }
}
