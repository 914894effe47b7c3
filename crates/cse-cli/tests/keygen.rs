//! `cse keygen` and `cse completions`.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde_json::json;
use support::Sandbox;

#[cfg(unix)]
fn mode(sandbox: &Sandbox, name: &str) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o777
}

#[test]
fn aes_keys_are_base64_and_a_newline() {
    let sandbox = Sandbox::new();
    for (bits, len) in [("128", 16), ("192", 24), ("256", 32)] {
        let done = sandbox.run(&["keygen", "aes", "--bits", bits]).ok();
        let key = BASE64_STANDARD.decode(done.stdout_text().strip_suffix('\n').unwrap()).unwrap();
        assert_eq!(key.len(), len);
        assert_eq!(done.stderr, format!("made an AES key of {bits} bits\n"));
    }
    let (one, two) = (sandbox.cse("keygen aes").ok(), sandbox.cse("keygen aes -q").ok());
    assert_ne!(one.stdout, two.stdout);
    assert_eq!(two.stderr, "");
}

#[test]
fn key_files_are_private_and_never_replaced() {
    let sandbox = Sandbox::new();
    let report = sandbox.cse("keygen aes --out a.key --json").ok().stdout_json();
    assert_eq!(report, json!({"kind": "aes", "bits": 256, "out": "a.key"}));
    let before = sandbox.read("a.key");
    let again = sandbox.cse("keygen aes --out a.key");
    again.fails(1, "a.key exists already", "choose another name: a key file is never replaced");
    assert_eq!(sandbox.read("a.key"), before);
    #[cfg(unix)]
    assert_eq!(mode(&sandbox, "a.key"), 0o600);
    assert_eq!(sandbox.files(), ["a.key"]);
}

#[test]
fn rsa_keys_are_pem() {
    let sandbox = Sandbox::new();
    let done = sandbox.cse("keygen rsa --bits 2048 --out private.pem --public-out public.pem --json").ok();
    let expected = json!({"kind": "rsa", "bits": 2048, "out": "private.pem", "public_out": "public.pem"});
    assert_eq!(done.stdout_json(), expected);
    assert!(sandbox.read("private.pem").starts_with(b"-----BEGIN PRIVATE KEY-----\n"));
    assert!(sandbox.read("public.pem").starts_with(b"-----BEGIN PUBLIC KEY-----\n"));
    #[cfg(unix)]
    {
        assert_eq!(mode(&sandbox, "private.pem"), 0o600);
        assert_ne!(mode(&sandbox, "public.pem"), 0o600);
    }
    // The public half seals, the private half opens.
    sandbox.write("plain", "text");
    sandbox.cse("seal plain --out body --metadata meta.json --rsa-key public.pem").ok();
    assert_eq!(sandbox.cse("open body --metadata meta.json --rsa-key private.pem").ok().stdout, b"text");
    sandbox.cse("open body --metadata meta.json --rsa-key public.pem").fails(
        1,
        "the RSA key is the public half only: it seals, but opening needs the private half",
        "give the private key with --rsa-key",
    );
}

#[test]
fn an_rsa_key_on_standard_output() {
    let sandbox = Sandbox::new();
    let done = sandbox.cse("keygen rsa --bits 2048 --json").ok();
    assert!(done.stdout_text().starts_with("-----BEGIN PRIVATE KEY-----\n"));
    assert!(done.stdout_text().ends_with("-----END PRIVATE KEY-----\n"));
    assert_eq!(done.stderr_json(), json!({"kind": "rsa", "bits": 2048, "out": null}));
}

#[test]
fn both_halves_in_one_file_is_a_mistake() {
    let sandbox = Sandbox::new();
    sandbox.cse("keygen rsa --out k.pem --public-out ./k.pem").fails(
        2,
        "two outputs go to k.pem",
        "give each a file of its own",
    );
    assert!(sandbox.files().is_empty());
}

#[test]
fn lengths_that_are_none() {
    let sandbox = Sandbox::new();
    sandbox.cse("keygen aes --bits 100").is_usage("[possible values: 128, 192, 256]");
    sandbox.cse("keygen rsa --bits 1024").is_usage("1024 is not in 2048..=8192");
    sandbox.cse("keygen").is_usage("Usage: cse keygen");
}

#[test]
fn completions_for_every_shell() {
    let sandbox = Sandbox::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let done = sandbox.run(&["completions", shell]).ok();
        for word in ["accept-stored-context", "uploads", "rewrap", "kms-endpoint-url", "older-than"] {
            assert!(done.stdout_text().contains(word), "{shell} {word}");
        }
    }
    sandbox.cse("completions tcsh").is_usage("invalid value 'tcsh'");
}

#[test]
fn version_and_help() {
    let sandbox = Sandbox::new();
    let version = sandbox.cse("--version").ok();
    assert_eq!(version.stdout_text(), format!("cse {}\n", env!("CARGO_PKG_VERSION")));
    assert!(sandbox.cse("open --help").ok().stdout_text().contains("64 MiB"));
    sandbox.cse("").is_usage("Usage: cse");
    sandbox.cse("unseal x").is_usage("unrecognized subcommand 'unseal'");
}
