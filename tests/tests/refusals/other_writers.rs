//! Objects as services and old drivers write them, made here with the bare ciphers: SES, Redshift, Snowflake, the old .NET client.

use aes::{
    Aes128, Aes192, Aes256,
    cipher::{BlockCipherEncrypt, BlockModeEncrypt, KeyInit, KeyIvInit, block_padding::Pkcs7},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use cse_envelope::{
    CommitmentPolicy, KeyContext, ReadPolicy, danger,
    error::{AdmitError, Requirement},
    open, parse,
};
use cse_keys::{AesKeyring, ExpectedContext, Keyring, KmsKeyring, now};
use cse_tests::{
    case::KmsAnswer,
    known_key::{Entries, KnownKey},
    read::decrypt_at_once,
    replay_kms::ReplayKms,
    rng,
};

use crate::{PLAINTEXT, assert_opens, v2};

const IV: [u8; 16] = *b"an IV of 16 byte";
const MASTER_KEY: [u8; 32] = *b"the customer's own master key...";

/// AES/ECB with PKCS#7 padding, from the bare block cipher.
fn ecb(key: &[u8], data: &[u8]) -> Vec<u8> {
    let padding = 16 - data.len() % 16;
    let mut blocks = [data, &vec![u8::try_from(padding).unwrap(); padding]].concat();
    for block in blocks.chunks_exact_mut(16) {
        let block: &mut [u8; 16] = block.try_into().unwrap();
        match key.len() {
            16 => Aes128::new_from_slice(key).unwrap().encrypt_block(block.into()),
            24 => Aes192::new_from_slice(key).unwrap().encrypt_block(block.into()),
            _ => Aes256::new_from_slice(key).unwrap().encrypt_block(block.into()),
        }
    }
    blocks
}

/// AES/CBC with PKCS#7 padding, one shot.
fn cbc(key: &[u8], data: &[u8]) -> Vec<u8> {
    match key.len() {
        16 => cbc::Encryptor::<Aes128>::new_from_slices(key, &IV).unwrap().encrypt_padded_vec::<Pkcs7>(data),
        24 => cbc::Encryptor::<Aes192>::new_from_slices(key, &IV).unwrap().encrypt_padded_vec::<Pkcs7>(data),
        _ => cbc::Encryptor::<Aes256>::new_from_slices(key, &IV).unwrap().encrypt_padded_vec::<Pkcs7>(data),
    }
}

/// Key and IV of a V1 object under [`MASTER_KEY`], cut to the data key's length as Snowflake does.
fn v1_parts(data_key: &[u8]) -> (String, String) {
    (BASE64_STANDARD.encode(ecb(&MASTER_KEY[..data_key.len()], data_key)), BASE64_STANDARD.encode(IV))
}

fn legacy() -> ReadPolicy {
    danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt))
}

/// Reads a CBC object with an AES keyring.
fn read(metadata: &Entries, file: Option<&str>, key: &[u8], ciphertext: &[u8]) -> Vec<u8> {
    let mut stored = parse(metadata.iter().map(|(name, value)| (name, value))).unwrap();
    if let Some(body) = file {
        stored = stored.with_instruction_file(body.as_bytes()).unwrap();
    }
    let admitted = stored.admit(&legacy()).unwrap();
    let keyring = AesKeyring::new(key).unwrap();
    let data_key =
        now(keyring.unwrap_data_key(&admitted, &ExpectedContext::default(), &mut rng::fixed("read"))).unwrap();
    decrypt_at_once(&open(&admitted, data_key).unwrap(), ciphertext).unwrap().bytes
}

/// Redshift's UNLOAD writes key and IV, and no description.
#[test]
fn redshift_v1_without_matdesc() {
    let data_key = [0x42; 32];
    let (key, iv) = v1_parts(&data_key);
    let metadata = vec![("x-amz-key".into(), key), ("x-amz-iv".into(), iv)];
    assert_eq!(read(&metadata, None, &MASTER_KEY, &cbc(&data_key, PLAINTEXT)), PLAINTEXT);
}

/// Snowflake: the data key has the master key's size; three text entries in the description.
#[test]
fn snowflake_v1_with_every_key_size() {
    for size in [16, 24, 32] {
        let data_key = vec![0x42; size];
        let (key, iv) = v1_parts(&data_key);
        let description = format!(r#"{{"queryId":"01b7-0001","smkId":"4821","keySize":"{}"}}"#, size * 8);
        let metadata =
            vec![("x-amz-key".into(), key), ("x-amz-iv".into(), iv), ("x-amz-matdesc".into(), description.clone())];
        let stored = parse(metadata.iter().map(|(name, value): &(String, String)| (name, value))).unwrap();
        let KeyContext::Description(read_back) = stored.envelope().unwrap().key_part().context() else { panic!() };
        assert_eq!(read_back.get("keySize"), Some((size * 8).to_string().as_str()));
        assert_eq!(read_back.get("queryId"), Some("01b7-0001"));
        let ciphertext = cbc(&data_key, PLAINTEXT);
        assert_eq!(read(&metadata, None, &MASTER_KEY[..size], &ciphertext), PLAINTEXT, "{size}");
        // As a number, which is what the entry means.
        let number = description.replace(&format!("\"{}\"", size * 8), &(size * 8).to_string());
        let metadata =
            metadata.iter().cloned().map(|(n, v)| if n == "x-amz-matdesc" { (n, number.clone()) } else { (n, v) });
        assert_eq!(read(&metadata.collect(), None, &MASTER_KEY[..size], &ciphertext), PLAINTEXT, "{size}");
    }
}

/// The old .NET client: suffix `INSTRUCTION_SUFFIX`, two names of its own, no algorithm.
#[test]
fn dotnets_old_instruction_file() {
    let data_key = [0x42; 32];
    let (key, iv) = v1_parts(&data_key);
    let body = serde_json::json!({ "EncryptedEnvelopeKey": key, "IV": iv }).to_string();
    assert_eq!(read(&Vec::new(), Some(&body), &MASTER_KEY, &cbc(&data_key, PLAINTEXT)), PLAINTEXT);
}

/// Its names mean something in a file only, exactly spelled, and not beside the names they stand for.
#[test]
fn dotnets_old_names_elsewhere_are_nothing() {
    let (key, iv) = v1_parts(&[0x42; 32]);
    let in_metadata = parse([("EncryptedEnvelopeKey", &key), ("IV", &iv)]).unwrap();
    assert!(in_metadata.envelope().is_none());
    for body in [
        serde_json::json!({ "encryptedenvelopekey": key, "iv": iv }),
        serde_json::json!({ "EncryptedEnvelopeKey": key }),
        serde_json::json!({ "IV": iv }),
        serde_json::json!({ "EncryptedEnvelopeKey": key, "IV": iv, "x-amz-key": key }),
        serde_json::json!({ "EncryptedEnvelopeKey": key, "IV": iv, "x-amz-iv": iv }),
        serde_json::json!({ "EncryptedEnvelopeKey": key, "IV": iv, "x-amz-key-v2": key }),
    ] {
        let plain = parse([("colour", "blue")]).unwrap();
        assert!(plain.with_instruction_file(body.to_string().as_bytes()).is_err(), "{body}");
    }
}

const SES_CONTEXT: &str = concat!(
    r#"{"aws:ses:message-id":"0100018f","aws:ses:rule-name":"inbound","aws:ses:source-account":"123456789012","#,
    r#""kms_cmk_id":"arn:aws:kms:us-east-1:123456789012:alias/aws/ses"}"#
);

/// Mail that SES stored: GCM under `kms`, a context without content algorithm, a length, a tag length.
fn ses_mail() -> KnownKey {
    v2().with("x-amz-wrap-alg", "kms").with("x-amz-matdesc", SES_CONTEXT).with("x-amz-unencrypted-content-length", "38")
}

#[test]
fn ses_mail_opens_with_the_stored_context() {
    assert_opens(&ses_mail());
    let admitted =
        parse(ses_mail().metadata.iter().map(|(name, value)| (name, value))).unwrap().admit(&legacy()).unwrap();
    let kms = ReplayKms::new(&[KmsAnswer {
        ciphertext_blob_b64: BASE64_STANDARD.encode(KnownKey::WRAPPED),
        encryption_context: serde_json::from_str(SES_CONTEXT).unwrap(),
        plaintext_b64: BASE64_STANDARD.encode(KnownKey::DATA_KEY),
        key_id: "arn:aws:kms:us-east-1:123456789012:key/of-ses".into(),
    }]);
    let keyring = KmsKeyring::discovery(kms);
    let stored = ExpectedContext::AcceptStored;
    let data_key = now(keyring.unwrap_data_key(&admitted, &stored, &mut rng::fixed("ses"))).unwrap();
    let opened = decrypt_at_once(&open(&admitted, data_key).unwrap(), &ses_mail().ciphertext).unwrap();
    assert!(opened.verified);
    assert_eq!(opened.bytes, PLAINTEXT);
    // Without a word about the context, its entries are a surprise.
    let silent = ExpectedContext::default();
    assert!(now(keyring.unwrap_data_key(&admitted, &silent, &mut rng::fixed("ses"))).is_err());
}

/// It is authenticated content: only the wrap is legacy.
#[test]
fn ses_mail_needs_the_legacy_wrap_and_a_policy_without_commitment() {
    let stored = parse(ses_mail().metadata.iter().map(|(name, value)| (name, value))).unwrap();
    let kms = cse_envelope::WrapAlgorithm::from_name("kms").unwrap();
    let needs = [Requirement::LegacyWrap(kms), Requirement::NoCommitment];
    assert_eq!(stored.requirements(), needs);
    let AdmitError::Refused(refused) = stored.admit(&ReadPolicy::default()).unwrap_err() else { panic!() };
    assert_eq!(refused.needs, needs);
}
