//! The ciphertext changed: every region of it flipped, cut, extended, moved.

use cse_envelope::ContentKey;
use cse_tests::{
    case,
    chunking::Chunking,
    keys::Opener,
    policy::Needs,
    read::{decrypt, decrypt_at_once},
};

/// A changed ciphertext and what was done to it.
type Change = (String, Vec<u8>);

fn flips(object: &[u8]) -> impl Iterator<Item = Change> + '_ {
    let len = object.len();
    let tag = len.saturating_sub(17)..len;
    let places =
        [0, 1, 15, 16, 17, len / 4, len / 2, len / 4 * 3].into_iter().filter(move |place| *place < len).chain(tag);
    places.flat_map(move |place| {
        [0x01, 0x80].map(|bit| {
            let mut changed = object.to_vec();
            changed[place] ^= bit;
            (format!("byte {place} ^ {bit:#04x}"), changed)
        })
    })
}

fn cuts_and_additions(object: &[u8]) -> Vec<Change> {
    let len = object.len();
    let mut changes = vec![("emptied".into(), Vec::new())];
    for count in [1, 2, 15, 16, 17, 32, len / 2].into_iter().filter(|count| (1..=len).contains(count)) {
        changes.push((format!("cut by {count} at the end"), object[..len - count].to_vec()));
        changes.push((format!("cut by {count} at the start"), object[count..].to_vec()));
    }
    for count in [1, 15, 16, 17] {
        changes.push((format!("extended by {count} at the end"), [object, &vec![0; count]].concat()));
        changes.push((format!("extended by {count} at the start"), [&vec![0; count], object].concat()));
    }
    changes
}

/// Whole blocks moved, doubled or left out: lengths stay those of some object.
fn moves(object: &[u8]) -> Vec<Change> {
    let blocks: Vec<_> = object.chunks(16).map(<[u8]>::to_vec).collect();
    if blocks.len() < 3 || blocks[0] == blocks[1] {
        return Vec::new();
    }
    let swapped = [&blocks[1], &blocks[0]].into_iter().chain(&blocks[2..]).cloned().collect::<Vec<_>>().concat();
    let doubled = [blocks[0].clone(), object.to_vec()].concat();
    let without = [&object[..16], &object[32.min(object.len())..]].concat();
    vec![("two blocks swapped".into(), swapped), ("block doubled".into(), doubled), ("block left out".into(), without)]
}

/// Reads a changed ciphertext in every way; gives how often other bytes came out.
fn judge(key: &ContentKey, changed: &[u8], original_len: u64, plaintext: &[u8], cbc: bool, what: &str) -> usize {
    let chunking = Chunking::cycle([1000, 7, 0, 4096]);
    let own_len = u64::try_from(changed.len()).ok();
    let announced = [own_len, Some(original_len), None];
    let streamed = announced.map(|announced| decrypt(key, changed, announced, &chunking));
    let mut other_bytes = 0;
    for result in streamed.into_iter().chain([decrypt_at_once(key, changed)]) {
        match result {
            Err(_) => {}
            Ok(body) => {
                assert!(cbc && !body.verified, "{what}: accepted");
                other_bytes += usize::from(body.bytes != plaintext);
            }
        }
    }
    other_bytes
}

#[test]
fn a_changed_ciphertext_never_gives_verified_bytes() {
    let (mut changed_objects, mut other_bytes) = (0, 0);
    for case in case::all() {
        let (ciphertext, plaintext) = (case.ciphertext(), case.plaintext());
        let Some(reading) = case.readings().into_iter().next() else { continue };
        let opener = Opener::new(&reading.keys);
        let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring).unwrap();
        let cbc = reading.cek_alg.contains("CBC");
        let len = u64::try_from(ciphertext.len()).unwrap();
        let changes = flips(&ciphertext).chain(cuts_and_additions(&ciphertext)).chain(moves(&ciphertext));
        // Large objects take long and have the same edges: every fifth change is enough there.
        let step = if ciphertext.len() > 10_000 { 5 } else { 1 };
        for (what, changed) in changes.step_by(step) {
            other_bytes += judge(&key, &changed, len, &plaintext, cbc, &format!("{} {what}", reading.name));
            changed_objects += 1;
        }
    }
    println!("{changed_objects} changed ciphertexts; CBC gave other, unauthenticated, bytes {other_bytes} times");
    assert!(changed_objects > 0);
}

/// A length that no object of the suite has is refused before any byte; one that is not the body's is refused at its end.
#[test]
fn a_wrong_announced_length_is_refused() {
    let mut refused = 0;
    for case in case::all().into_iter().filter(|case| case.plaintext_len <= 100) {
        let ciphertext = case.ciphertext();
        let Some(reading) = case.readings().into_iter().next() else { continue };
        let opener = Opener::new(&reading.keys);
        let key = reading.content_key(&Needs::of(&reading).policy(), &*opener.keyring).unwrap();
        let len = u64::try_from(ciphertext.len()).unwrap();
        for wrong in [0, 1, 15, len - 1, len + 1, len + 16, len.saturating_sub(16), u64::MAX] {
            let body = decrypt(&key, &ciphertext, Some(wrong), &Chunking::whole());
            assert!(body.is_err(), "{}: {len} announced as {wrong}", reading.name);
            refused += 1;
        }
    }
    assert!(refused > 0);
}
