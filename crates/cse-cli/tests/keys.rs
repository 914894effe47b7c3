//! Every message about keys.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Sandbox, Vector, words};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
const OTHER: &str = "k3HuugkhtnkSdjrIZW8NMgMUAji8ELkRoAInBr9RL6U=";
const DECRYPT: &str = "decryption failed: the key or the context is not the object's, or the object was changed";
const TOGETHER: &str = "check that the key is the object's, which names AES/GCM and no description, and that metadata and body belong together; if the key \
                        was rotated, the newer wrapped key is in the instruction file: add --instruction FILE";
const OPEN: &str = "open body --metadata meta.json --aes-key aes.key";

/// An object of the vectors, and `open` with what it takes.
fn object(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let options = sandbox.put(&Vector::new(name));
    (sandbox, format!("open {}", words(&options).join(" ")))
}

/// A sealed object under `aes.key`.
fn sealed() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", KEY);
    sandbox.write("plain", "0123456789");
    sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key").ok();
    sandbox
}

#[test]
fn wrong_keys() {
    let sandbox = sealed();
    sandbox.write("other.key", OTHER);
    sandbox.cse("open body --metadata meta.json --aes-key other.key").fails(1, DECRYPT, TOGETHER);
    let rsa = Vector::new("java-v4/v3-rsaoaep2048-0000033");
    sandbox.put_key(&rsa);
    let what = "the data key is wrapped by AES/GCM, and no key of that kind is given";
    sandbox.cse("open body --metadata meta.json --rsa-key rsa.pem").fails(1, what, "give the key with --aes-key SRC");
    let (sandbox, _) = object("java-v4/v3-rsaoaep2048-0000033");
    sandbox.write("aes.key", KEY);
    let what = "the data key is wrapped by RSA-OAEP-SHA1, and no key of that kind is given";
    sandbox.cse(OPEN).fails(1, what, "give the key with --rsa-key SRC");
    let (sandbox, _) = object("java-v4/v3-kmsctx-0000033");
    sandbox.write("aes.key", KEY);
    let what = "the data key is wrapped by kms+context, and no key of that kind is given";
    sandbox.cse(OPEN).fails(1, what, "give the key with --kms-answers FILE");
    sandbox.write("other.key", OTHER);
    let several = sandbox.cse(&format!("{OPEN} --aes-key other.key --description a=1"));
    several.fails(1, what, "give the key with --kms-answers FILE");
}

#[test]
fn places_of_keys() {
    let sandbox = sealed();
    let open = |source: &str| sandbox.run(&["open", "body", "--metadata", "meta.json", "--aes-key", source]);
    let typed = "--aes-key takes a place to read from, and the value given looks like a key itself";
    let next =
        "put the key in a file or a variable (env:NAME), and make a new one: this one is in your shell's history";
    open(KEY).fails(2, typed, next);
    open("gone.key").fails_by_system(
        1,
        "cannot read gone.key (--aes-key)",
        "check the path; --aes-key takes a file, env:NAME, or - for standard input",
    );
    open("env:CSE_NO_SUCH").fails(
        1,
        "the environment variable CSE_NO_SUCH (--aes-key) is not set",
        "set CSE_NO_SUCH, or name another variable",
    );
    let empty = sandbox.run_with(
        &["open", "body", "--metadata", "meta.json", "--aes-key", "env:CSE_EMPTY"],
        b"",
        &[("CSE_EMPTY", "")],
    );
    empty.fails(
        1,
        "the environment variable CSE_EMPTY (--aes-key) is empty",
        "set CSE_EMPTY, or name another variable",
    );
    open("-").fails(1, "the place given with --aes-key is empty", "check which file or variable it is");
    sandbox.write("long.key", vec![b'A'; (1 << 20) + 1]);
    open("long.key").fails(1, "the file given with --aes-key is too long", "check which file it is");
    // A password typed by mistake is not repeated.
    sandbox.put_key(&Vector::new("java-v4/v3-rsaoaep2048-0000033"));
    let done = sandbox.cse("open body --metadata meta.json --rsa-key rsa.pem --rsa-password hunter2");
    done.fails_by_system(
        1,
        "cannot read the file given with --rsa-password",
        "check the path; --rsa-password takes a file, env:NAME, or - for standard input",
    );
}

#[test]
fn keys_that_are_none() {
    let sandbox = sealed();
    let base64 = "give base64 of 16, 24 or 32 random bytes; `cse keygen aes` makes them";
    for (text, what, next) in [
        (
            "not base64!",
            "the AES key is not base64",
            "give base64 of 16, 24 or 32 bytes; for a file of raw bytes: base64 < raw.key > aes.key",
        ),
        ("AAAA", "an AES key has 16, 24 or 32 bytes", base64),
        ("AAAAAAAAAAAAAAAAAAAAAA==", "the AES key is all zeros", base64),
    ] {
        sandbox.write("bad.key", text);
        sandbox.cse("open body --metadata meta.json --aes-key bad.key").fails(1, what, next);
    }
    sandbox.write("rsa.pem", "nonsense");
    let what = "not an RSA key: PEM or DER of PKCS#1, PKCS#8 or SubjectPublicKeyInfo is expected";
    let next = "give a PEM or DER file; `cse keygen rsa` makes a key pair";
    sandbox.cse("open body --metadata meta.json --rsa-key rsa.pem").fails(1, what, next);
    let next = "`cse keygen rsa` makes a key pair";
    sandbox.write("rsa.pem", include_bytes!("data/rsa-512.pem"));
    let what = "the RSA key must have 2048 to 8192 bits (1024 are enough to read old objects)";
    sandbox.cse("open body --metadata meta.json --rsa-key rsa.pem").fails(1, what, next);
    sandbox.write("rsa.pem", include_bytes!("data/rsa-1024.pem"));
    let what = "the RSA key is too small for new objects: use one of at least 2048 bits";
    sandbox.cse("seal plain --out b --metadata m --rsa-key rsa.pem").fails(1, what, next);
}

#[test]
fn recorded_answers_that_are_none() {
    let (sandbox, open) = object("java-v4/v3-kmsctx-0000033");
    let next = "give a JSON list of {ciphertext_blob_b64, encryption_context, plaintext_b64, key_id}, alone or under `kms` or \
                `keys.kms`";
    let answer = |blob: &str, context: &str, key: &str| {
        format!(
            r#"[{{"ciphertext_blob_b64":"{blob}","encryption_context":{context},"plaintext_b64":"{key}","key_id":"k"}}]"#
        )
    };
    for (json, problem) in [
        ("{}".to_owned(), "no list of recorded answers"),
        ("nonsense".to_owned(), "no list of recorded answers"),
        (answer("?", "{}", KEY), "a value is not base64"),
        (answer("AAAA", "{}", "AAAA"), "a data key has 16, 24 or 32 bytes"),
        (answer("AAAA", r#"{"a":"1","a":"2"}"#, KEY), "an encryption context has a name twice"),
    ] {
        sandbox.write("kms.json", json);
        sandbox.cse(&open).fails(1, &format!("cannot use the file given with --kms-answers: {problem}"), next);
    }
    sandbox.put_key(&Vector::new("java-v4/v3-kmsctx-0000033"));
    sandbox.write("token", b"\xff");
    sandbox.cse(&format!("{open} --grant-token token")).fails(
        1,
        "the grant token is not text",
        "check which file it is",
    );
    sandbox.write("token", "a token");
    sandbox.cse(&format!("{open} --grant-token token")).ok();
}

#[cfg(unix)]
#[test]
fn variables_that_are_no_text() {
    use std::os::unix::ffi::OsStrExt as _;
    let sandbox = sealed();
    let output = assert_cmd::Command::new(env!("CARGO_BIN_EXE_cse"))
        .current_dir(sandbox.path("."))
        .args("open body --metadata meta.json --aes-key env:CSE_KEY".split(' '))
        .env("CSE_KEY", std::ffi::OsStr::from_bytes(b"\xff"))
        .output()
        .unwrap();
    let expected = "error: the environment variable CSE_KEY (--aes-key) is not text\nnext: set CSE_KEY, or name another variable\n";
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap().as_str()), (Some(1), expected));
}
