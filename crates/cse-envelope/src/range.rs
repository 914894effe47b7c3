//! Byte ranges of the plaintext, the ciphertext ranges that cover them, and content ranges.
//!
//! Source: RFC 9110, section 14. All arithmetic holds up to `u64::MAX`.

use core::{
    fmt,
    ops::{Bound, RangeBounds},
    str::FromStr,
};

use crate::{
    error::RangeError,
    suite::{AlgorithmSuite, BLOCK_LEN, TAG_LEN},
};

/// A range of bytes: `a-b`, `a-` or the last `n`.
///
/// ```
/// use cse_envelope::ByteRange;
///
/// let header: ByteRange = "bytes=100-".parse()?;
/// assert_eq!(header, ByteRange::from_bounds(100..)?);
/// assert_eq!(ByteRange::from_bounds(10..20)?.to_string(), "bytes=10-19");
/// assert_eq!(ByteRange::suffix(500).to_string(), "bytes=-500");
/// # Ok::<(), cse_envelope::error::RangeError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ByteRange(pub(crate) Kind);

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Kind {
    /// From the first to the last byte, both included; `first <= last`.
    Bounded {
        first: u64,
        last: u64,
    },
    From {
        first: u64,
    },
    Suffix {
        len: u64,
    },
}

impl ByteRange {
    /// A Rust range: `a..b`, `a..=b`, `a..`, `..b`, `..`.
    ///
    /// # Errors
    ///
    /// [`RangeError::Syntax`] for an empty range, which HTTP cannot say.
    pub fn from_bounds(bounds: impl RangeBounds<u64>) -> Result<Self, RangeError> {
        let first = match bounds.start_bound() {
            Bound::Included(first) => *first,
            Bound::Excluded(before) => before.checked_add(1).ok_or(RangeError::Syntax)?,
            Bound::Unbounded => 0,
        };
        match bounds.end_bound() {
            Bound::Included(last) => Self::bounded(first, *last),
            Bound::Excluded(end) => Self::bounded(first, end.checked_sub(1).ok_or(RangeError::Syntax)?),
            Bound::Unbounded => Ok(Self(Kind::From { first })),
        }
    }

    /// The last `len` bytes, or all if there are fewer.
    #[must_use]
    pub const fn suffix(len: u64) -> Self {
        Self(Kind::Suffix { len })
    }

    const fn bounded(first: u64, last: u64) -> Result<Self, RangeError> {
        if first <= last { Ok(Self(Kind::Bounded { first, last })) } else { Err(RangeError::Syntax) }
    }

    /// The bytes meant, of a plaintext of `plaintext_len` bytes.
    ///
    /// # Errors
    ///
    /// [`RangeError::Unsatisfiable`] if none of them exists.
    pub fn resolve(self, plaintext_len: u64) -> Result<ContentRange, RangeError> {
        let unsatisfiable = RangeError::Unsatisfiable { plaintext_len };
        let end = plaintext_len.checked_sub(1).ok_or(unsatisfiable)?;
        let (first, last) = match self.0 {
            Kind::Bounded { first, last } => (first, last.min(end)),
            Kind::From { first } => (first, end),
            Kind::Suffix { len: 0 } => return Err(unsatisfiable),
            Kind::Suffix { len } => (plaintext_len.saturating_sub(len), end),
        };
        if first > end {
            return Err(unsatisfiable);
        }
        Ok(ContentRange { first, last, complete_len: Some(plaintext_len) })
    }

    /// The ciphertext range to ask the store for, so that this plaintext range can be decrypted.
    ///
    /// No length needs to be known: a suffix is made longer by the tag, or by what CBC pads. If the suite is not known before the
    /// first answer, ask as for GCM and ask again for CBC.
    ///
    /// ```
    /// use cse_envelope::{AlgorithmSuite, ByteRange};
    ///
    /// let range: ByteRange = "bytes=-10".parse()?;
    /// assert_eq!(range.covering(AlgorithmSuite::GcmCommitKey).to_string(), "bytes=-26");
    /// # Ok::<(), cse_envelope::error::RangeError>(())
    /// ```
    #[must_use]
    pub fn covering(self, suite: AlgorithmSuite) -> Self {
        Self(match (suite, self.0) {
            (AlgorithmSuite::Gcm | AlgorithmSuite::GcmCommitKey, Kind::Suffix { len }) => {
                Kind::Suffix { len: len.saturating_add(TAG_LEN) }
            }
            (AlgorithmSuite::Gcm | AlgorithmSuite::GcmCommitKey, other) => other,
            (AlgorithmSuite::Cbc, Kind::Bounded { first, last }) => {
                Kind::Bounded { first: with_block_before(first), last: last | (BLOCK_LEN - 1) }
            }
            (AlgorithmSuite::Cbc, Kind::From { first }) => Kind::From { first: with_block_before(first) },
            // Up to 16 bytes of padding, and the block before the first.
            (AlgorithmSuite::Cbc, Kind::Suffix { len }) => Kind::Suffix {
                len: (len.saturating_add(BLOCK_LEN - 1) & !(BLOCK_LEN - 1)).saturating_add(2 * BLOCK_LEN),
            },
        })
    }
}

/// Where the block before the one that holds `position` begins: CBC decrypts a block with it.
pub(crate) const fn with_block_before(position: u64) -> u64 {
    (position & !(BLOCK_LEN - 1)).saturating_sub(BLOCK_LEN)
}

/// Reads the syntax of the `Range` header: one range of bytes.
impl FromStr for ByteRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let (unit, range) = text.split_once('=').ok_or(RangeError::Syntax)?;
        if !unit.trim().eq_ignore_ascii_case("bytes") {
            return Err(RangeError::Syntax);
        }
        let number = |text| number(text).ok_or(RangeError::Syntax);
        match range.trim().split_once('-').ok_or(RangeError::Syntax)? {
            ("", len) => Ok(Self::suffix(number(len)?)),
            (first, "") => Ok(Self(Kind::From { first: number(first)? })),
            (first, last) => Self::bounded(number(first)?, number(last)?),
        }
    }
}

/// The syntax of the `Range` header.
impl fmt::Display for ByteRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Kind::Bounded { first, last } => write!(f, "bytes={first}-{last}"),
            Kind::From { first } => write!(f, "bytes={first}-"),
            Kind::Suffix { len } => write!(f, "bytes=-{len}"),
        }
    }
}

/// A served range: first and last byte, and the complete length where it is known.
///
/// ```
/// use cse_envelope::ContentRange;
///
/// let served: ContentRange = "bytes 0-9/116".parse()?;
/// assert_eq!((served.first(), served.last(), served.complete_len()), (0, 9, Some(116)));
/// # Ok::<(), cse_envelope::error::RangeError>(())
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ContentRange {
    first: u64,
    last: u64,
    complete_len: Option<u64>,
}

impl ContentRange {
    /// A range of an object of `complete_len` bytes.
    ///
    /// # Errors
    ///
    /// [`RangeError::ContentRangeSyntax`] unless `first <= last < complete_len`.
    pub fn new(first: u64, last: u64, complete_len: Option<u64>) -> Result<Self, RangeError> {
        if first > last || complete_len.is_some_and(|len| last >= len) {
            return Err(RangeError::ContentRangeSyntax);
        }
        Ok(Self { first, last, complete_len })
    }

    /// The whole of an object of `len` bytes, for answers without a `Content-Range`; `None` if it is empty.
    #[must_use]
    pub const fn whole(len: u64) -> Option<Self> {
        match len.checked_sub(1) {
            Some(last) => Some(Self { first: 0, last, complete_len: Some(len) }),
            None => None,
        }
    }

    /// Position of the first byte.
    #[must_use]
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// Position of the last byte.
    #[must_use]
    pub const fn last(&self) -> u64 {
        self.last
    }

    /// The object's length in bytes, where it is known.
    #[must_use]
    pub const fn complete_len(&self) -> Option<u64> {
        self.complete_len
    }

    /// How many bytes the range has less one; the count itself may not fit.
    pub(crate) const fn span(&self) -> u64 {
        self.last - self.first
    }
}

/// Reads the syntax of the `Content-Range` header.
impl FromStr for ContentRange {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let parse = || {
            let (unit, rest) = text.trim().split_once(' ')?;
            let (range, complete) = rest.trim().split_once('/')?;
            let (first, last) = range.split_once('-')?;
            let complete = if complete == "*" { None } else { Some(number(complete)?) };
            unit.eq_ignore_ascii_case("bytes").then_some((number(first)?, number(last)?, complete))
        };
        let (first, last, complete) = parse().ok_or(RangeError::ContentRangeSyntax)?;
        Self::new(first, last, complete)
    }
}

/// The syntax of the `Content-Range` header.
impl fmt::Display for ContentRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "bytes {}-{}/", self.first, self.last)?;
        match self.complete_len {
            Some(len) => write!(f, "{len}"),
            None => f.write_str("*"),
        }
    }
}

/// Digits only: `parse` alone would take a sign.
fn number(text: &str) -> Option<u64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    fn range(text: &str) -> ByteRange {
        text.parse().unwrap()
    }

    #[test]
    fn header_syntax_reads_back() {
        for text in ["bytes=0-0", "bytes=5-", "bytes=-7", "bytes=0-18446744073709551615", "bytes=-18446744073709551615"]
        {
            assert_eq!(range(text).to_string(), text);
        }
        assert_eq!(range("Bytes= 3-4 "), range("bytes=3-4"));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "0-1",
            "items=0-1",
            "bytes=1-0",
            "bytes=a-b",
            "bytes=0-1,3-4",
            "bytes=+1-2",
            "bytes=--1",
            "bytes=18446744073709551616-",
            "bytes=1-2-3",
            "bytes=1 - 2",
        ] {
            assert_eq!(text.parse::<ByteRange>(), Err(RangeError::Syntax), "{text}");
        }
        for text in
            ["", "bytes 1-0/5", "bytes 0-5/5", "bytes */5", "bytes=0-1/5", "bytes 0-1", "items 0-1/5", "bytes 0-1/-5"]
        {
            assert_eq!(text.parse::<ContentRange>(), Err(RangeError::ContentRangeSyntax), "{text}");
        }
        assert!(ByteRange::from_bounds(5..5).is_err());
        assert!(ByteRange::from_bounds(..0).is_err());
        assert!(ByteRange::from_bounds((Bound::Excluded(u64::MAX), Bound::Unbounded)).is_err());
    }

    #[test]
    fn resolving_is_on_the_plaintext() {
        let resolved = |text: &str, len| range(text).resolve(len).map(|r| (r.first(), r.last()));
        assert_eq!(resolved("bytes=0-99", 10), Ok((0, 9)));
        assert_eq!(resolved("bytes=9-", 10), Ok((9, 9)));
        assert_eq!(resolved("bytes=-3", 10), Ok((7, 9)));
        assert_eq!(resolved("bytes=-99", 10), Ok((0, 9)));
        for text in ["bytes=10-", "bytes=10-20", "bytes=-0"] {
            assert_eq!(resolved(text, 10), Err(RangeError::Unsatisfiable { plaintext_len: 10 }), "{text}");
        }
        assert!(resolved("bytes=0-", 0).is_err() && resolved("bytes=-5", 0).is_err());
        assert_eq!(resolved("bytes=-18446744073709551615", u64::MAX), Ok((0, u64::MAX - 1)));
    }

    #[test]
    fn covering_ranges_hold_at_the_edges_of_u64() {
        let covering = |text: &str, suite| range(text).covering(suite).to_string();
        assert_eq!(covering("bytes=-18446744073709551615", AlgorithmSuite::Gcm), "bytes=-18446744073709551615");
        assert_eq!(covering("bytes=-18446744073709551600", AlgorithmSuite::Cbc), "bytes=-18446744073709551615");
        assert_eq!(covering("bytes=0-18446744073709551615", AlgorithmSuite::Cbc), "bytes=0-18446744073709551615");
        assert_eq!(covering("bytes=17-18", AlgorithmSuite::Cbc), "bytes=0-31");
        assert_eq!(covering("bytes=32-47", AlgorithmSuite::Cbc), "bytes=16-47");
        assert_eq!(covering("bytes=5-6", AlgorithmSuite::GcmCommitKey), "bytes=5-6");
    }
}
