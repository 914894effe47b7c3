//! Every message about the command line itself, and errors as JSON.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Sandbox, Vector};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
const OTHER: &str = "k3HuugkhtnkSdjrIZW8NMgMUAji8ELkRoAInBr9RL6U=";
const OPEN: &str = "open body --metadata meta.json --aes-key aes.key";

/// A sealed object under `aes.key`.
fn sealed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", KEY);
    sandbox.write("plain", "0123456789");
    sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key").ok();
    sandbox
}

#[test]
fn options_that_do_not_go_together() {
    let sandbox = sealed();
    sandbox.put_key(&Vector::new("java-v4/v3-rsaoaep2048-0000033"));
    sandbox.write("kms.json", "[]");
    let once = "standard input can be read once, but `-` is given twice";
    sandbox.cse("open - --metadata - --aes-key aes.key").fails(2, once, "put one of the two in a file");
    sandbox.cse("seal - --metadata m --aes-key -").fails(2, once, "put one of the two in a file");
    let seal = "seal plain --out b --metadata m";
    for (line, what, next) in [
        (
            "--aes-key aes.key --rsa-key rsa.pem",
            "seal takes one key, and several are given",
            "seal with one of them; opening takes several",
        ),
        ("--kms-answers kms.json", "sealing with KMS needs to know the key", "add --kms-key KEYID"),
        (
            "--aes-key aes.key --context a=1",
            "--context is for KMS, and an AES or RSA key is given",
            "use --description in place of --context",
        ),
        (
            "--kms-answers kms.json --kms-key k --description a=1",
            "--description belongs to the AES or RSA key before it, and there is none",
            "use --context with KMS",
        ),
        (
            "--kms-answers kms.json --kms-key k --context a=1 --context a=2",
            "a name occurs twice among --context",
            "give each name once",
        ),
        (
            "--aes-key aes.key --description a=1 --description a=2",
            "a name occurs twice among the --description of a key",
            "give each name once",
        ),
        (
            "--kms-answers kms.json --kms-key k --context kms_cmk_id=1",
            "the encryption context must not use the reserved name kms_cmk_id",
            "choose another name: clients write this one themselves",
        ),
        (
            "--aes-key aes.key --format v2-kms-gcm --legacy",
            "the key does not go with the format: v2-kms-gcm and v2-kms-cbc need KMS, v1 needs an AES or RSA key",
            "choose a --format that goes with the key: v3 and v2 go with every key",
        ),
        (
            "--aes-key aes.key --format v1",
            "the format v1 is legacy: whoever can write the object can change what readers of it see",
            "use v3 (or v2 for older readers); if a reader knows nothing newer, add --legacy",
        ),
    ] {
        sandbox.cse(&format!("{seal} {line}")).fails(2, what, next);
    }
    assert_eq!(sandbox.files(), ["aes.key", "body", "kms.json", "meta.json", "plain", "rsa.pem"]);
}

#[test]
fn options_without_their_key_and_outputs_without_a_place() {
    let sandbox = sealed();
    sandbox.put_key(&Vector::new("java-v4/v3-rsaoaep2048-0000033"));
    sandbox.write("b.key", OTHER);
    let description = "--description belongs to the AES or RSA key before it, and there is none";
    sandbox.cse("open body --metadata meta.json --description a=1 --aes-key aes.key --aes-key b.key").fails(
        2,
        description,
        "put it after the key it describes",
    );
    sandbox.cse("open body --metadata meta.json --rsa-password b.key --aes-key aes.key --rsa-key rsa.pem").fails(
        2,
        "--rsa-password belongs to the RSA key before it, and there is none",
        "put it after its --rsa-key",
    );
    for context in ["--context a=1", "--accept-stored-context"] {
        let what = "--context and --accept-stored-context are for KMS, and no KMS key is given";
        sandbox.cse(&format!("{OPEN} {context}")).fails(2, what, "leave them out, or add --kms-answers FILE");
    }
    sandbox.cse(&format!("{OPEN} --aes-key b.key")).fails(
        2,
        "two keys of one kind have the same --description: an object cannot tell which of them is its own",
        "give each a --description after it, or open with one key at a time",
    );
    let next = "give each a file of its own";
    sandbox.cse("seal plain --out m --metadata m --aes-key aes.key").fails(2, "two outputs go to m", next);
    sandbox.cse("seal plain --metadata - --aes-key aes.key").fails(2, "two outputs go to standard output", next);
    assert_eq!(sandbox.files(), ["aes.key", "b.key", "body", "meta.json", "plain", "rsa.pem"]);
}

#[test]
fn what_the_parser_refuses() {
    let sandbox = Sandbox::new();
    sandbox.cse("open body --metadata m").is_usage("<--aes-key <SRC>|--rsa-key <SRC>|--kms-answers <FILE>>");
    sandbox.cse("open body --aes-key k").is_usage("--metadata <M.json>");
    sandbox
        .cse("open body --metadata m --aes-key k --policy lax")
        .is_usage("[possible values: forbid-encrypt-allow-decrypt");
    sandbox.cse("open body --metadata m --kms-answers k --context a").is_usage("write NAME=VALUE");
    sandbox.cse("open body --metadata m --kms-answers k --context =b").is_usage("write NAME=VALUE");
    sandbox
        .cse("open body --metadata m --kms-answers k --context a=b --accept-stored-context")
        .is_usage("cannot be used with '--accept-stored-context'");
    sandbox.cse("open body --metadata m --kms-answers k --caller-context").is_usage("--context <K=V>");
    sandbox.cse("open body --metadata m --aes-key k --kms-key k").is_usage("--kms-answers <FILE>");
    sandbox
        .cse("seal plain --metadata m --aes-key k --format v4")
        .is_usage("[possible values: v3, v2, v1, v2-kms-gcm, v2-kms-cbc]");
}

/// In the two lines of every other failure, and with the help of the very verb.
#[test]
fn where_the_help_is() {
    let sandbox = Sandbox::new();
    for (line, what, next) in [
        ("put --foo", "unexpected argument '--foo' found", "try `cse put --help`"),
        ("--foo", "unexpected argument '--foo' found", "try `cse --help`"),
        ("unseal x", "unrecognized subcommand 'unseal'", "a similar subcommand exists: 'seal'; try `cse --help`"),
        ("keygen aes --foo", "unexpected argument '--foo' found", "try `cse keygen aes --help`"),
        (
            "get s3://bucket/key --rang 0-1",
            "unexpected argument '--rang' found",
            "a similar argument exists: '--range'; try `cse get --help`",
        ),
        (
            "open body --aes-key k",
            "the following required arguments were not provided: --metadata <M.json>",
            "try `cse open --help`",
        ),
        (
            "seal plain --metadata m --aes-key k --format v4",
            "invalid value 'v4' for '--format <FORMAT>' [possible values: v3, v2, v1, v2-kms-gcm, v2-kms-cbc]",
            "try `cse seal --help`",
        ),
        (
            "uploads s3://bucket --older-than x",
            "invalid value 'x' for '--older-than <AGE>': write a number and a unit, such as 30min, 2h or 7days",
            "try `cse uploads --help`",
        ),
    ] {
        sandbox.cse(line).fails(2, what, next);
    }
}

#[test]
fn errors_as_json() {
    let sandbox = sealed();
    for (line, code, kind) in [
        (format!("{OPEN} --range x"), 2, "usage"),
        ("inspect gone".to_owned(), 1, "file"),
        ("open body --metadata meta.json --aes-key env:CSE_NO_SUCH".to_owned(), 1, "key"),
        (format!("{OPEN} --range 10-"), 1, "range"),
    ] {
        let done = sandbox.cse(&format!("{line} --json"));
        let error = &done.stderr_json()["error"];
        assert_eq!((done.code, done.stdout.as_slice()), (code, b"".as_slice()));
        assert_eq!(error["kind"], kind);
        assert!(error["what"].is_string() && error["next"].is_string());
    }
}

#[test]
fn what_the_parser_refuses_as_json() {
    let sandbox = Sandbox::new();
    for (line, what, next) in [
        ("open body --json --aes-key k", "--metadata <M.json>", "--help"),
        ("--json open body --metadata m --aes-key k --rang 0-1", "unexpected argument '--rang'", "'--range'"),
        ("seal plain --metadata m --aes-key k --format v4 --json", "[possible values: v3, v2", "--help"),
        ("--json", "", "--help"),
        ("--json sea", "unrecognized subcommand 'sea'", "'seal'"),
    ] {
        let done = sandbox.cse(line);
        assert_eq!((done.code, done.stdout.as_slice()), (2, b"".as_slice()), "{line}");
        let error = &done.stderr_json()["error"];
        assert_eq!(error["kind"], "usage", "{line}");
        assert!(error["what"].as_str().unwrap().contains(what), "{error}");
        assert!(error["next"].as_str().unwrap().contains(next), "{error}");
    }
    for line in ["--json --help", "--version --json"] {
        assert!(sandbox.cse(line).ok().stdout_text().starts_with(if line.contains("help") {
            "Amazon"
        } else {
            "cse "
        }));
    }
}
