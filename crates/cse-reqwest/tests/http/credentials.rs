//! The default chain of credentials, each link in a process of its own, because it reads the environment.

use std::{env, fs, process::Command};

use cse_client::{Transport, transport::HeadObject};
use cse_reqwest::{Credentials, ReqwestTransport, RetryPolicy};

use crate::support::{
    http, object,
    scripted::{Scripted, answer},
};

/// Where the process of a link finds its store.
const STORE: &str = "CSE_TEST_STORE";

/// Run by the others, never by itself.
#[tokio::test]
#[ignore = "is a process of the other tests"]
async fn signs_with_the_chain() {
    let Ok(url) = env::var(STORE) else { return };
    let transport = ReqwestTransport::new(http(), "eu-west-1").endpoint(&url).unwrap().retry(RetryPolicy::never());
    let transport = transport.credentials(Credentials::default_chain(&http()));
    transport.head_object(HeadObject::new(object())).await.unwrap();
}

/// Runs the above in this environment; whether it worked, and the signature that came.
fn signature(variables: &[(&str, &str)]) -> (bool, Option<String>) {
    let home = tempfile::tempdir().unwrap();
    let store = Scripted::start(vec![answer("200 OK", &[], b"")]);
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "credentials::signs_with_the_chain", "--ignored"])
        .env_clear()
        .env("HOME", home.path())
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env(STORE, &store.url)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let signature = store.requests().first().and_then(|request| request.header("authorization").map(str::to_owned));
    (output.status.success(), signature)
}

fn signs(variables: &[(&str, &str)], access_key: &str) {
    let (worked, signature) = signature(variables);
    let signature = signature.unwrap_or_default();
    assert!(worked && signature.contains(&format!("Credential={access_key}/")), "{signature}");
}

#[test]
fn from_the_environment() {
    signs(&[("AWS_ACCESS_KEY_ID", "AKENV"), ("AWS_SECRET_ACCESS_KEY", "SKENV")], "AKENV");
}

#[test]
fn from_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    fs::write(&file, "[mine]\naws_access_key_id = AKFILE\naws_secret_access_key = SKFILE\n").unwrap();
    signs(&[("AWS_PROFILE", "mine"), ("AWS_SHARED_CREDENTIALS_FILE", file.to_str().unwrap())], "AKFILE");
}

#[test]
fn from_a_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    let said = r#"{"Version":1,"AccessKeyId":"AKPROCESS","SecretAccessKey":"SKPROCESS"}"#;
    let answer = folder.path().join("answer");
    fs::write(&answer, said).unwrap();
    fs::write(&file, format!("[default]\ncredential_process = cat {}\n", answer.display())).unwrap();
    let path = env::var("PATH").unwrap();
    signs(&[("AWS_CONFIG_FILE", file.to_str().unwrap()), ("PATH", &path)], "AKPROCESS");
}

#[test]
fn from_a_container() {
    let said =
        br#"{"AccessKeyId":"AKTASK","SecretAccessKey":"SKTASK","Token":"T","Expiration":"2999-01-01T00:00:00Z"}"#;
    let server = Scripted::start(vec![answer("200 OK", &[], said)]);
    signs(&[("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/task", server.url))], "AKTASK");
}

#[test]
fn without_any_nothing_is_sent() {
    assert_eq!(signature(&[]), (false, None));
}
