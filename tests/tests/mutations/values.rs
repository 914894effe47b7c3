//! Ways to change one stored value.

/// A changed value and what was done to it; `None` is a removed entry.
pub(crate) type Change = (String, Option<Vec<u8>>);

/// Removed, emptied, cut, extended, and single bits flipped in telling places.
pub(crate) fn changes(value: &[u8]) -> Vec<Change> {
    let len = value.len();
    let mut changes = vec![
        ("removed".into(), None),
        ("emptied".into(), Some(Vec::new())),
        ("cut by one".into(), Some(value[..len.saturating_sub(1)].to_vec())),
        ("cut by four".into(), Some(value[..len.saturating_sub(4)].to_vec())),
        ("halved".into(), Some(value[..len / 2].to_vec())),
        ("extended".into(), Some([value, b"A"].concat())),
        ("preceded".into(), Some([b"A", value].concat())),
        ("doubled".into(), Some([value, value].concat())),
        ("with white space".into(), Some([value, b" "].concat())),
    ];
    for place in places(len) {
        for bit in [0x01, 0x20, 0x80] {
            let mut flipped = value.to_vec();
            flipped[place] ^= bit;
            changes.push((format!("byte {place} ^ {bit:#04x}"), Some(flipped)));
        }
    }
    changes
}

/// First, last, and some bytes between: in base64 the first and the last lie in other bytes of what is encoded.
fn places(len: usize) -> Vec<usize> {
    let wanted = [0, 1, len / 4, len / 2, len * 3 / 4, len.saturating_sub(3), len.saturating_sub(1)];
    let mut places: Vec<_> = wanted.into_iter().filter(|place| *place < len).collect();
    places.sort_unstable();
    places.dedup();
    places
}
