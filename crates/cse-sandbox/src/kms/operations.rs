//! Operations of KMS.

use alloc::collections::BTreeMap;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{DataKey, EncryptionContext};
use cse_keys::{
    BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
    LocalKms, system_rng,
};
use futures_util::FutureExt;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::{
    error::Refusal,
    keys::{ACCOUNT, Key, KeyState, Keys},
};

/// What an operation did.
pub(super) struct Outcome {
    pub(super) answer: Value,
    /// Whether the keys are to be written.
    pub(super) changed: bool,
}

type Answer = Result<Value, Refusal>;

/// Does what the target names.
///
/// # Errors
///
/// Those of KMS.
pub(super) fn run(operation: &str, body: &[u8], keys: &mut Keys) -> Result<Outcome, Refusal> {
    let read = |answer: Answer| Ok(Outcome { answer: answer?, changed: false });
    let wrote = |answer: Answer| Ok(Outcome { answer: answer?, changed: true });
    match operation {
        "GenerateDataKey" => read(generate_data_key(parse(body)?, keys, true)),
        "GenerateDataKeyWithoutPlaintext" => read(generate_data_key(parse(body)?, keys, false)),
        "Encrypt" => read(encrypt(&parse(body)?, keys)),
        "Decrypt" => read(decrypt(&parse(body)?, keys)),
        "DescribeKey" => read(describe_key(&parse(body)?, keys)),
        "ListKeys" => read(Ok(list_keys(keys))),
        "ListAliases" => read(Ok(list_aliases(keys))),
        "CreateKey" => wrote(create_key(parse(body)?, keys)),
        "CreateAlias" => wrote(create_alias(&parse(body)?, keys)),
        "EnableKey" => wrote(set_state(&parse(body)?, keys, KeyState::Enabled)),
        "DisableKey" => wrote(set_state(&parse(body)?, keys, KeyState::Disabled)),
        "ScheduleKeyDeletion" => wrote(schedule_deletion(&parse(body)?, keys)),
        "CancelKeyDeletion" => wrote(cancel_deletion(&parse(body)?, keys)),
        _ => Err(Refusal::unknown_operation(operation)),
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    // The error of serde_json may quote a plaintext.
    serde_json::from_slice(body).map_err(|_| Refusal::validation("the body is not the JSON that this operation takes"))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GenerateDataKey {
    key_id: String,
    key_spec: Option<String>,
    number_of_bytes: Option<u32>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Encrypt {
    key_id: String,
    plaintext: Zeroizing<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
    encryption_algorithm: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Decrypt {
    ciphertext_blob: String,
    key_id: Option<String>,
    #[serde(default)]
    encryption_context: BTreeMap<String, String>,
    encryption_algorithm: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ByKey {
    key_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateKey {
    description: Option<String>,
    key_spec: Option<String>,
    key_usage: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CreateAlias {
    alias_name: String,
    target_key_id: String,
}

fn generate_data_key(request: GenerateDataKey, keys: &Keys, with_plaintext: bool) -> Answer {
    let key = usable(keys, &request.key_id)?;
    let len = match (request.key_spec.as_deref(), request.number_of_bytes) {
        (Some("AES_256"), None) => 32,
        (Some("AES_128"), None) => 16,
        (None, Some(len @ (16 | 24 | 32))) => len,
        (None, Some(_)) => return Err(Refusal::validation("the sandbox makes data keys of 16, 24 or 32 bytes only")),
        _ => return Err(Refusal::validation("give KeySpec, AES_256 or AES_128, or NumberOfBytes: one of them")),
    };
    let context = context(request.encryption_context);
    let local = keys.local();
    let made = if len == 32 {
        let request = GenerateDataKeyRequest::new(&key.arn, &context, &[]);
        now(local.generate_data_key(request, &mut system_rng()))?
    } else {
        let data_key = drawn(len)?;
        let ciphertext_blob = wrap(&local, key, &data_key, &context)?;
        KmsDataKey::new(data_key, ciphertext_blob)
    };
    let mut answer = json!({ "CiphertextBlob": BASE64_STANDARD.encode(&made.ciphertext_blob), "KeyId": key.arn });
    if let (true, Some(answer)) = (with_plaintext, answer.as_object_mut()) {
        let plaintext = BASE64_STANDARD.encode(made.data_key.expose_secret());
        answer.insert("Plaintext".to_owned(), plaintext.into());
    }
    Ok(answer)
}

fn drawn(len: u32) -> Result<DataKey, Refusal> {
    let len = usize::try_from(len).map_err(|_| Refusal::internal())?;
    let mut bytes = Zeroizing::new(vec![0; len]);
    getrandom::fill(&mut bytes).map_err(|_| Refusal::internal())?;
    DataKey::from_slice(&bytes).map_err(|_| Refusal::internal())
}

fn encrypt(request: &Encrypt, keys: &Keys) -> Answer {
    check_algorithm(request.encryption_algorithm.as_deref())?;
    let key = usable(keys, &request.key_id)?;
    let not_base64 = |_| Refusal::validation("Plaintext is not Base64");
    let plaintext = BASE64_STANDARD.decode(&*request.plaintext).map(Zeroizing::new).map_err(not_base64)?;
    let data_key = DataKey::from_slice(&plaintext)
        .map_err(|_| Refusal::validation("the sandbox encrypts data keys only: 16, 24 or 32 bytes"))?;
    let blob = wrap(&keys.local(), key, &data_key, &context(request.encryption_context.clone()))?;
    Ok(json!({
        "CiphertextBlob": BASE64_STANDARD.encode(blob),
        "KeyId": key.arn,
        "EncryptionAlgorithm": SYMMETRIC,
    }))
}

fn wrap(local: &LocalKms, key: &Key, data_key: &DataKey, context: &EncryptionContext) -> Result<Vec<u8>, Refusal> {
    now(local.encrypt(EncryptRequest::new(&key.arn, data_key, context, &[]), &mut system_rng()))
}

fn decrypt(request: &Decrypt, keys: &Keys) -> Answer {
    check_algorithm(request.encryption_algorithm.as_deref())?;
    let not_base64 = |_| Refusal::validation("CiphertextBlob is not Base64");
    let blob = BASE64_STANDARD.decode(&request.ciphertext_blob).map_err(not_base64)?;
    // Which key it says it is under; whether that is true, decryption tells.
    let named = key_of(&blob).and_then(|arn| keys.resolve(arn)).ok_or_else(Refusal::invalid_ciphertext)?;
    let key = usable(keys, &named.arn)?;
    if let Some(key_id) = &request.key_id {
        let wanted = keys.resolve(key_id).ok_or_else(|| Refusal::not_found(key_id))?;
        if wanted.arn != key.arn {
            return Err(Refusal::incorrect_key());
        }
    }
    let context = context(request.encryption_context.clone());
    let data_key = now(keys.local().decrypt(DecryptRequest::new(Some(&key.arn), &blob, &context, &[])))?;
    Ok(json!({
        "Plaintext": BASE64_STANDARD.encode(data_key.expose_secret()),
        "KeyId": key.arn,
        "EncryptionAlgorithm": SYMMETRIC,
    }))
}

/// The key id in a blob of [`LocalKms`].
fn key_of(blob: &[u8]) -> Option<&str> {
    let ([_, high, low], rest) = blob.split_first_chunk::<3>()?;
    let id = rest.get(..usize::from(u16::from_be_bytes([*high, *low])))?;
    core::str::from_utf8(id).ok()
}

fn describe_key(request: &ByKey, keys: &Keys) -> Answer {
    let key = keys.resolve(&request.key_id).ok_or_else(|| Refusal::not_found(&request.key_id))?;
    Ok(json!({ "KeyMetadata": metadata(key) }))
}

fn list_keys(keys: &Keys) -> Value {
    let entries: Vec<_> = keys.iter().map(|key| json!({ "KeyId": key.id, "KeyArn": key.arn })).collect();
    json!({ "Keys": entries, "Truncated": false })
}

fn list_aliases(keys: &Keys) -> Value {
    let entry = |(name, arn, id)| json!({ "AliasName": name, "AliasArn": arn, "TargetKeyId": id });
    json!({ "Aliases": keys.aliases().map(entry).collect::<Vec<_>>(), "Truncated": false })
}

fn create_key(request: CreateKey, keys: &mut Keys) -> Answer {
    let symmetric = request.key_spec.as_deref().unwrap_or(SYMMETRIC) == SYMMETRIC;
    let encrypts = request.key_usage.as_deref().unwrap_or(USAGE) == USAGE;
    if !symmetric || !encrypts {
        return Err(Refusal::validation("the sandbox has keys of SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT only"));
    }
    let key = keys.create(request.description.unwrap_or_default()).map_err(|_| Refusal::internal())?;
    Ok(json!({ "KeyMetadata": metadata(key) }))
}

fn create_alias(request: &CreateAlias, keys: &mut Keys) -> Answer {
    let name = request.alias_name.as_str();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-');
    let rest = name.strip_prefix("alias/").filter(|rest| !rest.is_empty() && !rest.starts_with("aws/"));
    if name.len() > 256 || !rest.is_some_and(|rest| rest.chars().all(allowed)) {
        return Err(Refusal::validation("an alias is alias/ and letters, digits, slashes, underscores and hyphens"));
    }
    if keys.has_alias(name) {
        return Err(Refusal::alias_exists(name));
    }
    let key = keys.resolve(&request.target_key_id).ok_or_else(|| Refusal::not_found(&request.target_key_id))?;
    let id = key.id.clone();
    keys.add_alias(name, id).map_err(|_| Refusal::internal())?;
    Ok(json!({}))
}

fn set_state(request: &ByKey, keys: &mut Keys, state: KeyState) -> Answer {
    let key = keys.resolve_mut(&request.key_id).ok_or_else(|| Refusal::not_found(&request.key_id))?;
    if key.state == KeyState::PendingDeletion {
        return Err(Refusal::pending_deletion(&key.arn));
    }
    key.state = state;
    Ok(json!({}))
}

/// The key can be used no more; it is never deleted.
fn schedule_deletion(request: &ByKey, keys: &mut Keys) -> Answer {
    let key = keys.resolve_mut(&request.key_id).ok_or_else(|| Refusal::not_found(&request.key_id))?;
    if key.state == KeyState::PendingDeletion {
        return Err(Refusal::pending_deletion(&key.arn));
    }
    key.state = KeyState::PendingDeletion;
    Ok(json!({ "KeyId": key.arn, "KeyState": "PendingDeletion", "PendingWindowInDays": 30 }))
}

fn cancel_deletion(request: &ByKey, keys: &mut Keys) -> Answer {
    let key = keys.resolve_mut(&request.key_id).ok_or_else(|| Refusal::not_found(&request.key_id))?;
    if key.state != KeyState::PendingDeletion {
        return Err(Refusal::not_pending(&key.arn));
    }
    key.state = KeyState::Disabled;
    Ok(json!({ "KeyId": key.arn }))
}

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
const USAGE: &str = "ENCRYPT_DECRYPT";

fn metadata(key: &Key) -> Value {
    let state = match key.state {
        KeyState::Enabled => "Enabled",
        KeyState::Disabled => "Disabled",
        KeyState::PendingDeletion => "PendingDeletion",
    };
    json!({
        "AWSAccountId": ACCOUNT,
        "Arn": key.arn,
        "CreationDate": key.created.second(),
        "CustomerMasterKeySpec": SYMMETRIC,
        "Description": key.description,
        "Enabled": key.state == KeyState::Enabled,
        "EncryptionAlgorithms": [SYMMETRIC],
        "KeyId": key.id,
        "KeyManager": "CUSTOMER",
        "KeySpec": SYMMETRIC,
        "KeyState": state,
        "KeyUsage": USAGE,
        "MultiRegion": false,
        "Origin": "AWS_KMS",
    })
}

fn usable<'a>(keys: &'a Keys, name: &str) -> Result<&'a Key, Refusal> {
    let key = keys.resolve(name).ok_or_else(|| Refusal::not_found(name))?;
    match key.state {
        KeyState::Enabled => Ok(key),
        KeyState::Disabled => Err(Refusal::disabled(&key.arn)),
        KeyState::PendingDeletion => Err(Refusal::pending_deletion(&key.arn)),
    }
}

fn check_algorithm(algorithm: Option<&str>) -> Result<(), Refusal> {
    match algorithm {
        None | Some(SYMMETRIC) => Ok(()),
        Some(_) => Err(Refusal::validation("the sandbox has SYMMETRIC_DEFAULT only")),
    }
}

fn context(entries: BTreeMap<String, String>) -> EncryptionContext {
    EncryptionContext::from_pairs(entries).expect("a map has no name twice")
}

/// [`LocalKms`] never waits.
fn now<T>(answer: BoxFuture<'_, Result<T, KmsError>>) -> Result<T, Refusal> {
    let answer = answer.now_or_never().ok_or_else(Refusal::internal)?;
    answer.map_err(|error| match error.kind() {
        KmsErrorKind::InvalidCiphertext => Refusal::invalid_ciphertext(),
        _ => Refusal::internal(),
    })
}
