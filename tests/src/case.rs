//! The vectors: `case.json` by type, with its ciphertext and plaintext.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Names and values, as JSON holds them.
pub type TextMap = BTreeMap<String, String>;

/// One object that a real client wrote.
#[derive(Clone, Debug, Deserialize)]
pub struct Case {
    /// The client that wrote it.
    pub writer: String,
    /// The case's name, unique for its writer.
    pub case: String,
    /// `V1`, `V2` or `V3`.
    pub format: String,
    /// The wrapping algorithm; for V1 the Java transformation.
    pub wrap_alg: String,
    /// The content algorithm as stored, or as V1 implies it.
    pub cek_alg: String,
    /// User metadata as the endpoint returned it; one character is one byte of the header.
    pub metadata: TextMap,
    /// The instruction file the object was written with.
    pub instruction_file: Option<InstructionFile>,
    /// Every instruction file of an object that was re-encrypted.
    #[serde(default)]
    pub instruction_files: Vec<ReencryptedFile>,
    /// The key the object was written with, before its default instruction file was replaced.
    pub rotated_from: Option<RotatedFrom>,
    /// What opens it.
    pub keys: Keys,
    /// The caller's entries of the encryption context.
    pub user_encryption_context: TextMap,
    /// The hash of MGF1 where OAEP-SHA-256 wraps the key.
    pub oaep_mgf1: Option<String>,
    /// Whether the writer's HTTP layer damaged the stored context.
    #[serde(default)]
    pub stored_context_damaged: bool,
    /// Length of the ciphertext, in bytes.
    pub ciphertext_len: usize,
    /// SHA-256 of the ciphertext, in hexadecimal.
    pub ciphertext_sha256: String,
    /// Length of the plaintext, in bytes.
    pub plaintext_len: usize,
    /// SHA-256 of the plaintext, in hexadecimal.
    pub plaintext_sha256: String,
    /// What the plaintext is made from.
    plaintext_seed: String,
    #[serde(skip)]
    folder: PathBuf,
}

/// An instruction file.
#[derive(Clone, Debug, Deserialize)]
pub struct InstructionFile {
    /// What follows the object's key.
    pub suffix: String,
    /// The file's text.
    pub body: String,
}

/// One of several instruction files of an object, each with the key that opens it.
#[derive(Clone, Debug, Deserialize)]
pub struct ReencryptedFile {
    /// The file.
    #[serde(flatten)]
    pub file: InstructionFile,
    /// `V1`, `V2` or `V3`.
    pub format: String,
    /// The wrapping algorithm.
    pub wrap_alg: String,
    /// The content algorithm.
    pub cek_alg: String,
    /// What opens it.
    pub keys: Keys,
    /// The caller's entries of the encryption context.
    pub user_encryption_context: TextMap,
}

/// What opened the object before it was re-encrypted.
#[derive(Clone, Debug, Deserialize)]
pub struct RotatedFrom {
    /// The old key.
    pub keys: Keys,
}

/// The keys of a case: exactly one of the three.
#[derive(Clone, Debug, Deserialize)]
pub struct Keys {
    /// A wrapping key for AES.
    pub aes_key_b64: Option<String>,
    /// A private RSA key.
    pub rsa_private_pkcs8_pem_b64: Option<String>,
    /// What the key service answered.
    #[serde(default)]
    pub kms: Vec<KmsAnswer>,
}

/// One answer of the key service.
#[derive(Clone, Debug, Deserialize)]
pub struct KmsAnswer {
    /// The wrapped data key.
    pub ciphertext_blob_b64: String,
    /// The context it is bound to.
    pub encryption_context: TextMap,
    /// The data key.
    pub plaintext_b64: String,
    /// The key it is wrapped under.
    pub key_id: String,
}

impl Case {
    /// Writer and name, for messages.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}/{}", self.writer, self.case)
    }

    /// The metadata with its values as header bytes.
    #[must_use]
    pub fn header_bytes(&self) -> Vec<(String, Vec<u8>)> {
        self.metadata.iter().map(|(name, value)| (name.clone(), latin1(value))).collect()
    }

    /// The object's body; compared with its recorded hash.
    #[must_use]
    pub fn ciphertext(&self) -> Vec<u8> {
        let bytes = fs::read(self.folder.join("ciphertext.bin")).expect("ciphertext.bin is readable");
        assert_eq!(sha256_hex(&bytes), self.ciphertext_sha256, "{}: ciphertext.bin", self.name());
        bytes
    }

    /// What was encrypted: read or made, and compared with its recorded hash.
    #[must_use]
    pub fn plaintext(&self) -> Vec<u8> {
        let made = generated_plaintext(&self.plaintext_seed, self.plaintext_len);
        if let Ok(read) = fs::read(self.folder.join("plaintext.bin")) {
            assert_eq!(read, made, "{}: plaintext.bin", self.name());
        }
        assert_eq!(sha256_hex(&made), self.plaintext_sha256, "{}: plaintext", self.name());
        made
    }
}

/// `block_i = SHA-256("s3cse-vector" 0x00 seed 0x00 u64be(i))`, concatenated and cut.
fn generated_plaintext(seed: &str, len: usize) -> Vec<u8> {
    let blocks =
        (0_u64..).map(|i| Sha256::digest([b"s3cse-vector\0", seed.as_bytes(), b"\0", &i.to_be_bytes()].concat()));
    blocks.take(len.div_ceil(32)).flatten().take(len).collect()
}

/// One character per header byte back to the byte.
fn latin1(value: &str) -> Vec<u8> {
    value.chars().map(|c| u8::try_from(c).expect("a header character of case.json is one byte")).collect()
}

/// SHA-256 in hexadecimal.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the vectors are this package's own, not others that `CSE_VECTORS` names.
#[must_use]
pub fn is_default_folder() -> bool {
    env::var_os("CSE_VECTORS").is_none()
}

/// Every case of the vectors, in a fixed order.
#[must_use]
pub fn all() -> Vec<Case> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors");
    let mut folders = Vec::new();
    collect(&env::var_os("CSE_VECTORS").map_or_else(default, PathBuf::from), &mut folders);
    folders.sort();
    folders.into_iter().map(load).collect()
}

/// Finds the folders that hold a `case.json`, at any depth.
fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder of the vectors is readable") {
        let path = entry.expect("the folder of the vectors is readable").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.ends_with("case.json") {
            found.push(folder.to_owned());
        }
    }
}

fn load(folder: PathBuf) -> Case {
    let text = fs::read_to_string(folder.join("case.json")).expect("case.json is readable");
    let case: Case = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    Case { folder, ..case }
}
