//! What became of a mutated object.

use core::ops::AddAssign;

use cse_envelope::{ReadPolicy, Switch};
use cse_tests::{
    case::{self, Case},
    keys::Opener,
    policy::{self, Needs, switched_on},
    read::{ReadError, Reading, decrypt_at_once},
};

use crate::{memo::Memo, secrets::Secrets};

/// An object with all it takes to read it again and again.
pub(crate) struct Subject {
    pub(crate) reading: Reading,
    pub(crate) ciphertext: Vec<u8>,
    pub(crate) plaintext: Vec<u8>,
    pub(crate) secrets: Secrets,
    policy: ReadPolicy,
    keyring: Memo,
}

/// How many mutations ended how.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) refused: usize,
    pub(crate) unchanged: usize,
    /// Other bytes than the plaintext: possible for CBC content only, and never as verified ones.
    pub(crate) changed_cbc: usize,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.refused += other.refused;
        self.unchanged += other.unchanged;
        self.changed_cbc += other.changed_cbc;
    }
}

impl Subject {
    /// A way to read an object, under the widest policy there is: what no policy allows must hold there.
    pub(crate) fn new(case: &Case, reading: Reading) -> Self {
        let needs = Needs::of(&reading);
        let own = needs.switches.iter().filter(|switch| **switch == Switch::CallerContext);
        let policy = own.fold(policy::widest(), |policy, switch| switched_on(policy, *switch));
        let keyring = Memo::new(Opener::new(&reading.keys).keyring);
        let secrets = Secrets::of(&reading, &policy, &keyring);
        Self { reading, ciphertext: case.ciphertext(), plaintext: case.plaintext(), secrets, policy, keyring }
    }

    /// Every way to read the objects that are no longer than `longest` plaintext bytes.
    pub(crate) fn all(longest: usize) -> impl Iterator<Item = Self> {
        let cases = case::all().into_iter().filter(move |case| case.plaintext_len <= longest);
        cases.flat_map(|case| {
            case.readings().into_iter().map(move |reading| Self::new(&case, reading)).collect::<Vec<_>>()
        })
    }

    pub(crate) fn is_cbc(&self) -> bool {
        self.reading.cek_alg.contains("CBC")
    }

    /// Reads the object in a changed form.
    pub(crate) fn read(&self, changed: &Reading) -> Result<(Vec<u8>, bool), ReadError> {
        let key = changed.content_key(&self.policy, &self.keyring)?;
        let body = decrypt_at_once(&key, &self.ciphertext)?;
        Ok((body.bytes, body.verified))
    }

    /// Judges a changed form; `what` was changed.
    pub(crate) fn judge(&self, changed: &Reading, what: &str) -> Tally {
        let outcome = self.read(changed);
        self.judge_outcome(outcome, what)
    }

    pub(crate) fn judge_outcome(&self, outcome: Result<(Vec<u8>, bool), ReadError>, what: &str) -> Tally {
        let name = &self.reading.name;
        match outcome {
            Err(error) => {
                self.secrets.assert_absent_from(&error, &format!("{name}, {what}"));
                Tally { refused: 1, ..Tally::default() }
            }
            Ok((bytes, _)) if bytes == self.plaintext => Tally { unchanged: 1, ..Tally::default() },
            Ok((_, verified)) => {
                assert!(self.is_cbc() && !verified, "{name}, {what}: other bytes than the plaintext");
                Tally { changed_cbc: 1, ..Tally::default() }
            }
        }
    }
}
