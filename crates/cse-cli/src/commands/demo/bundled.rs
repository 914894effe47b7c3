//! Objects that other clients wrote, inside the program: one of each format, wrap, content cipher and place of the key.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_keys::{AesKeyring, KmsKeyring, RsaKeyring};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::{
    error::{Failure, Kind},
    keys::Keys,
    metadata::{self, Metadata},
    object::Object,
    replay_kms::ReplayKms,
};

/// The three files of an object, copied from the vectors of this project (a test proves it).
pub(super) struct Bundled {
    pub(super) path: &'static str,
    pub(super) json: &'static [u8],
    pub(super) ciphertext: &'static [u8],
    pub(super) plaintext: &'static [u8],
}

macro_rules! bundled {
    ($($path:literal,)*) => {
        /// All of them.
        pub(super) const OBJECTS: &[Bundled] = &[$(Bundled {
            path: $path,
            json: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/", $path, "/case.json")),
            ciphertext: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/", $path, "/ciphertext.bin")),
            plaintext: include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/demo/", $path, "/plaintext.bin")),
        },)*];
    };
}

bundled! {
    "aioboto3/v1-aes256-0000033",
    "java-v1/v1-aes256-instr-ctx-ascii",
    "aioboto3/v1-rsa2048-0000033",
    "java-v1/v1-rsa2048-instr-0000033",
    "java-v1/v1-rsa2048-bc-0000033",
    "ruby-v2/v2-aesgcm256-0000033",
    "java-v2/v2-aesgcm256-instr-0000033",
    "java-v1/v2-aeswrap256-0000033",
    "java-v1/v2-aeswrap256-instr-0000033",
    "java-v3/v2-rsaoaep2048-0000033",
    "ruby-v2/v2-rsaoaep2048-instr-0000100",
    "java-v1/v2-oaep256-rsa2048-0000033",
    "java-v1/v2-oaep256-rsa2048-instr-0000033",
    "java-v1/v2-oaep256-rsa2048-bc-0000033",
    "java-v1/v2-nowrapalg-rsa2048-0000033",
    "java-v1/v2-nowrapalg-rsa2048-instr-0000033",
    "aioboto3/v2-kms-cbc-0000033",
    "java-v1/v2-kms-cbc-instr-reenc-toaes-0000100",
    "aioboto3/v2-kms-gcm-0000033",
    "java-v1/v2-kms-gcm-instr-0000033",
    "s3ec-python/v2-kmsctx-0000033",
    "java-v3/v2-kmsctx-instr-0000033",
    "java-v4/v3-aesgcm256-0000033",
    "java-v4/v3-aesgcm256-instr-0000033",
    "java-v4/v3-rsaoaep2048-0000033",
    "java-v4/v3-rsaoaep2048-instr-0000033",
    "go-v4/v3-kmsctx-0000033",
    "java-v4/v3-kmsctx-instr-0000033",
}

/// What of `case.json` opening takes.
#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) writer: String,
    pub(super) format: String,
    pub(super) wrap_alg: String,
    pub(super) cek_alg: String,
    pub(super) oaep_mgf1: Option<String>,
    instruction_file: Option<InstructionFile>,
    keys: CaseKeys,
}

#[derive(Deserialize)]
struct InstructionFile {
    body: String,
}

#[derive(Deserialize)]
struct CaseKeys {
    aes_key_b64: Option<Zeroizing<String>>,
    rsa_private_pkcs8_pem_b64: Option<Zeroizing<String>>,
}

impl Bundled {
    pub(super) fn case(&self) -> Result<Case, Failure> {
        serde_json::from_slice(self.json).map_err(|error| broken(&error.to_string()))
    }

    /// What is stored beside the body.
    pub(super) fn object(&self, case: &Case) -> Result<Object, Failure> {
        let metadata: Metadata = metadata::read(self.json)?;
        Ok(Object { metadata, instruction: case.instruction_file.as_ref().map(|file| file.body.clone().into_bytes()) })
    }

    /// The key it opens with.
    pub(super) fn keys(&self, case: &Case) -> Result<Keys, Failure> {
        let decode =
            |text: &str| BASE64_STANDARD.decode(text).map(Zeroizing::new).map_err(|error| broken(&error.to_string()));
        if let Some(key) = &case.keys.aes_key_b64 {
            return Ok(Keys::of(AesKeyring::new(&decode(key)?)?));
        }
        if let Some(key) = &case.keys.rsa_private_pkcs8_pem_b64 {
            let pem = decode(key)?;
            let pem = core::str::from_utf8(&pem).map_err(|error| broken(&error.to_string()))?;
            return Ok(Keys::of(RsaKeyring::from_pem(pem)?));
        }
        Ok(Keys::of(KmsKeyring::discovery(ReplayKms::read(self.json)?)))
    }
}

impl Case {
    pub(super) fn has_instruction_file(&self) -> bool {
        self.instruction_file.is_some()
    }
}

fn broken(problem: &str) -> Failure {
    Failure::new(Kind::File, format!("a bundled object cannot be read: {problem}"), "install cse again")
}
