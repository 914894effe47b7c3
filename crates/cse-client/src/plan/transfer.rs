//! Planning transfers: into which parts a content is divided.

#[cfg(feature = "fs")]
use cse_envelope::{ContentRange, error::RangeError};

/// S3's limit: parts of one upload.
const MAX_PARTS: u64 = 10_000;

/// The length of an upload's parts: what is wanted, or more if a content of a known length would not fit otherwise.
pub(crate) fn upload_part_len(wanted: u64, plaintext_len: Option<u64>) -> u64 {
    wanted.max(plaintext_len.unwrap_or_default().div_ceil(MAX_PARTS)).max(1)
}

/// The ranges of `part_len` bytes that, one after the other, are an object of `complete_len` bytes from its byte `from` on.
#[cfg(feature = "fs")]
pub(crate) fn ranges(
    from: u64,
    complete_len: u64,
    part_len: u64,
) -> impl Iterator<Item = Result<ContentRange, RangeError>> + Send + use<> {
    let step = usize::try_from(part_len.max(1)).unwrap_or(usize::MAX);
    (from..complete_len).step_by(step).map(move |first| {
        let end = first.saturating_add(part_len.max(1)).min(complete_len);
        ContentRange::new(first, end.saturating_sub(1), Some(complete_len))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_grow_only_where_they_must() {
        assert_eq!(upload_part_len(8, None), 8);
        assert_eq!(upload_part_len(8, Some(80_000)), 8);
        assert_eq!(upload_part_len(8, Some(80_001)), 9);
        assert_eq!(upload_part_len(0, Some(0)), 1);
    }

    #[test]
    fn the_largest_object_fits() {
        let len = (1_u64 << 36) - 32;
        let part_len = upload_part_len(5 << 20, Some(len));
        assert!(len.div_ceil(part_len) <= 10_000);
    }

    #[cfg(feature = "fs")]
    #[test]
    fn ranges_are_the_rest_without_gaps() {
        let ranges = |from, complete_len, part_len| -> Vec<(u64, u64)> {
            ranges(from, complete_len, part_len).map(|range| range.map(|it| (it.first(), it.last())).unwrap()).collect()
        };
        assert_eq!(ranges(10, 10, 10), []);
        assert_eq!(ranges(10, 11, 10), [(10, 10)]);
        assert_eq!(ranges(10, 30, 10), [(10, 19), (20, 29)]);
        assert_eq!(ranges(10, 31, 10), [(10, 19), (20, 29), (30, 30)]);
        assert_eq!(ranges(0, 2, 0), [(0, 0), (1, 1)]);
    }
}
