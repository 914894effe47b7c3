//! A store that serves ranges of a ciphertext by the text of the `Range` header, as S3 does; it shares no code with what it tests.

use cse_envelope::ContentRange;

/// A range of bytes, in the words of the `Range` header.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Wanted {
    /// `a-b`
    FirstLast(u64, u64),
    /// `a-`
    From(u64),
    /// `-n`
    Last(u64),
}

impl Wanted {
    /// The header's value.
    #[must_use]
    pub fn header(self) -> String {
        match self {
            Self::FirstLast(first, last) => format!("bytes={first}-{last}"),
            Self::From(first) => format!("bytes={first}-"),
            Self::Last(len) => format!("bytes=-{len}"),
        }
    }

    fn parse(header: &str) -> Option<Self> {
        let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
        match (first, last) {
            ("", len) => len.parse().ok().map(Self::Last),
            (first, "") => first.parse().ok().map(Self::From),
            (first, last) => Some(Self::FirstLast(first.parse().ok()?, last.parse().ok()?)),
        }
    }

    /// First and last position in something of this length; `None` if the range holds none of its bytes.
    #[must_use]
    pub fn positions(self, len: usize) -> Option<(usize, usize)> {
        let end = len.checked_sub(1)?;
        let clamp = |position: u64| usize::try_from(position).map_or(end, |position| position.min(end));
        let (first, last) = match self {
            Self::FirstLast(first, last) => (first, clamp(last)),
            Self::From(first) => (first, end),
            Self::Last(0) => return None,
            Self::Last(n) => (u64::try_from(end - clamp(n - 1)).ok()?, end),
        };
        let first = usize::try_from(first).ok()?;
        (first <= end).then_some((first, last))
    }

    /// The bytes meant; `None` where a server answers 416.
    #[must_use]
    pub fn slice(self, bytes: &[u8]) -> Option<&[u8]> {
        self.positions(bytes.len()).and_then(|(first, last)| bytes.get(first..=last))
    }
}

/// Serves a `Range` header: the `Content-Range` header, read by the code under test, and the body. `None` is status 416.
#[must_use]
pub fn serve<'a>(object: &'a [u8], range_header: &str) -> Option<(ContentRange, &'a [u8])> {
    let asked = Wanted::parse(range_header).expect("a Range header as HTTP defines it");
    let (first, last) = asked.positions(object.len())?;
    let content_range = format!("bytes {first}-{last}/{}", object.len());
    Some((content_range.parse().expect("a Content-Range header"), object.get(first..=last)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_those_of_http() {
        let cases = [
            (Wanted::FirstLast(0, 0), Some((0, 0))),
            (Wanted::FirstLast(3, 99), Some((3, 9))),
            (Wanted::FirstLast(10, 11), None),
            (Wanted::From(9), Some((9, 9))),
            (Wanted::From(10), None),
            (Wanted::Last(1), Some((9, 9))),
            (Wanted::Last(10), Some((0, 9))),
            (Wanted::Last(u64::MAX), Some((0, 9))),
            (Wanted::Last(0), None),
        ];
        for (wanted, positions) in cases {
            assert_eq!(wanted.positions(10), positions, "{wanted:?}");
            assert_eq!(wanted.positions(0), None, "{wanted:?}");
            assert_eq!(Wanted::parse(&wanted.header()), Some(wanted));
        }
    }
}
