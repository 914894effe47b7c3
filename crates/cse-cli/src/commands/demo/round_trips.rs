//! A file sealed and reopened with each kind of key.

use std::{fs, path::Path};

use cse_envelope::{
    ByteRange, CommitmentPolicy, EncryptionContext, MaterialDescription, ReadPolicy, WriteFormat, danger,
};
use cse_keys::{AesKeyring, ExpectedContext, KeyringSet, KmsKeyring, LocalKms, RsaKeyring, system_rng};

use super::Row;
use crate::{
    commands::{open::Reading, seal::Targets},
    error::Failure,
    files::{Input, Target},
    keys::Keys,
    object::Object,
    output::Console,
    stream::Opened,
};

/// A key to try, with the context it takes.
pub(super) struct Trial {
    name: &'static str,
    keys: Keys,
    context: EncryptionContext,
}

/// Where a sealed object lies.
pub(super) struct Files<'a> {
    pub(super) folder: &'a Path,
    pub(super) has_instruction: bool,
}

/// A key of each kind, and a set of all three.
pub(super) fn trials() -> Result<Vec<Trial>, Failure> {
    let mut rng = system_rng();
    let kms = |rng: &mut cse_envelope::Rng<'_>| {
        let mut kms = LocalKms::new();
        kms.create_key("demo-key", rng)?;
        Ok::<_, cse_keys::KeyError>(KmsKeyring::new(kms, "demo-key"))
    };
    let described =
        |generation: &str| MaterialDescription::from_pairs([("generation", generation)]).unwrap_or_default();
    let rsa = RsaKeyring::generate(2048, &mut rng)?;
    let set = KeyringSet::new(AesKeyring::new(&[2; 32])?.with_description(described("2")))
        .with(AesKeyring::new(&[1; 32])?.with_description(described("1")))
        .with(kms(&mut rng)?);
    let context = EncryptionContext::from_pairs([("purpose", "a demo")]).unwrap_or_default();
    let none = EncryptionContext::new;
    Ok(vec![
        Trial { name: "AES", keys: Keys::of(AesKeyring::new(&[7; 32])?), context: none() },
        Trial { name: "RSA", keys: Keys::of(rsa), context: none() },
        Trial { name: "KMS", keys: Keys::of(kms(&mut rng)?), context },
        Trial { name: "set of keys", keys: Keys::of(set), context: none() },
    ])
}

/// Seals and reopens `plaintext` with each key, in V3 and V2, with the key in the metadata and in an instruction file.
pub(super) fn run(plaintext: &Path, trials: &[Trial], folder: &Path, console: &Console) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for (i, trial) in trials.iter().enumerate() {
        for (format, name) in [(WriteFormat::V3, "V3"), (WriteFormat::V2, "V2")] {
            for has_instruction in [false, true] {
                let folder = folder.join(format!("{i}-{name}-{has_instruction}"));
                fs::create_dir(&folder).map_err(|error| Failure::writing(folder.display(), &error))?;
                let files = Files { folder: &folder, has_instruction };
                let place = if has_instruction { "instruction file" } else { "metadata" };
                let result = files
                    .seal(plaintext, trial, format, console)
                    .and_then(|()| files.open(trial, None, &folder.join("opened"), console))
                    .and_then(|is_verified| Ok((is_verified, super::is_same(plaintext, &folder.join("opened"))?)));
                rows.push(Row::new([trial.name, name, place], "verified", result, true));
            }
        }
    }
    Ok(rows)
}

impl Files<'_> {
    pub(super) fn body(&self) -> std::path::PathBuf {
        self.folder.join("body")
    }

    pub(super) fn object(&self) -> Result<Object, Failure> {
        let instruction = self.folder.join("instruction.json");
        Object::read(&self.folder.join("metadata.json"), self.has_instruction.then_some(instruction.as_path()))
    }

    /// As `cse seal` does.
    fn seal(&self, plaintext: &Path, trial: &Trial, format: WriteFormat, console: &Console) -> Result<(), Failure> {
        let target = |name: &str| Target::new(Some(&self.folder.join(name)), false);
        let instruction = self.has_instruction.then(|| target("instruction.json")).transpose()?;
        let targets = Targets { body: target("body")?, metadata: target("metadata.json")?, instruction };
        targets.fill(&mut Input::open(plaintext)?, &trial.keys, format, &trial.context, console).map(drop)
    }

    /// As `cse open` does; tells whether the plaintext is verified.
    pub(super) fn open(
        &self,
        trial: &Trial,
        range: Option<ByteRange>,
        out: &Path,
        console: &Console,
    ) -> Result<bool, Failure> {
        let reading = Reading {
            object: &self.object()?,
            policy: ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt),
            expected: ExpectedContext::Exactly(trial.context.clone()),
            range,
            target: &Target::new(Some(out), false)?,
        };
        let (opened, report) = reading.decrypt(&self.body(), || Ok(&trial.keys), console)?;
        match opened {
            Opened::Verified(draft) => draft.publish()?,
            Opened::Unauthenticated(draft) => danger::accept_unauthenticated(draft).publish()?,
        }
        Ok(report.verified)
    }
}
