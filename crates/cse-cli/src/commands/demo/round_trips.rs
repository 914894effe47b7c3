//! A text put and got with each kind of key.

use bytes::Bytes;
use cse_envelope::{CommitmentPolicy, EncryptionContext, KeyPlacement, MaterialDescription, ReadPolicy, WriteFormat};
use cse_keys::{AesKeyring, KeyringSet, KmsKeyring, RsaKeyring, system_rng};

use super::{
    Row,
    stage::{How, Stage},
};
use crate::{error::Failure, keys::Keys};

/// A key to try, with the context it takes.
struct Trial {
    name: &'static str,
    keys: Keys,
    context: EncryptionContext,
}

/// A key of each kind, and a set of all three.
fn trials(stage: &Stage) -> Result<Vec<Trial>, Failure> {
    let kms = || KmsKeyring::new(stage.kms.clone(), stage.kms_alias());
    let described =
        |generation: &str| MaterialDescription::from_pairs([("generation", generation)]).unwrap_or_default();
    let rsa = RsaKeyring::generate(2048, &mut system_rng())?;
    let set = KeyringSet::new(AesKeyring::new(&[2; 32])?.with_description(described("2")))
        .with(AesKeyring::new(&[1; 32])?.with_description(described("1")))
        .with(kms());
    let none = EncryptionContext::new;
    Ok(vec![
        Trial { name: "AES", keys: Keys::of(AesKeyring::new(&[7; 32])?), context: none() },
        Trial { name: "RSA", keys: Keys::of(rsa), context: none() },
        Trial { name: "KMS", keys: Keys::of(kms()), context: super::purpose() },
        Trial { name: "set of keys", keys: Keys::of(set), context: none() },
    ])
}

/// Puts and gets `plaintext` with each key, in V3 and V2, with the key in the metadata and in an instruction file.
pub(super) async fn run(stage: &Stage, plaintext: &Bytes) -> Result<Vec<Row>, Failure> {
    let mut rows = Vec::new();
    for trial in &trials(stage)? {
        for (format, name) in [(WriteFormat::V3, "V3"), (WriteFormat::V2, "V2")] {
            for (placement, place) in
                [(KeyPlacement::ObjectMetadata, "metadata"), (KeyPlacement::InstructionFile, "instruction file")]
            {
                let how = How { format, placement, context: trial.context.clone() };
                let key = format!("round-trips/{}-{name}-{place}", trial.name);
                let happened = there_and_back(stage, trial, &key, plaintext, &how).await;
                rows.push(Row::new([trial.name, name, place], "verified", happened, true));
            }
        }
    }
    Ok(rows)
}

async fn there_and_back(
    stage: &Stage,
    trial: &Trial,
    key: &str,
    plaintext: &Bytes,
    how: &How,
) -> Result<(bool, bool), Failure> {
    stage.put(&trial.keys, key, plaintext, how).await?;
    let client = stage.client(&trial.keys, ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
    let (verified, read) = stage.get(&client, key, &trial.context).await?;
    Ok((verified, read == plaintext))
}
