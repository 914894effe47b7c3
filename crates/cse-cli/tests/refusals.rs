//! Every refusal of an object or a file: what a user reads, and what to do next.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Sandbox, Vector, words};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
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
fn refused_names_the_very_flags() {
    for (name, what, flags) in [
        ("java-v4/v2-aesgcm256-0000033", "the object has no key commitment", "--policy require-encrypt-allow-decrypt"),
        (
            "aioboto3/v1-aes256-0000033",
            "the content is AES-CBC, which nothing authenticates; the wrapping algorithm AES is legacy; the object has no key \
             commitment",
            "--legacy --policy require-encrypt-allow-decrypt",
        ),
        (
            "java-v1/v2-nowrapalg-rsa2048-0000033",
            "the wrapping algorithm RSA is legacy; the object names no wrapping algorithm; the object has no key commitment",
            "--legacy --missing-wrap-algorithm --policy require-encrypt-allow-decrypt",
        ),
    ] {
        let (sandbox, open) = object(name);
        let next = format!("if you trust where the object comes from, add {flags}");
        sandbox.cse(&open).fails(1, &format!("refused by the read policy: {what}"), &next);
        sandbox.cse(&format!("{open} {flags}")).ok();
    }
}

#[test]
fn refused_before_any_key_is_read() {
    let (sandbox, _) = object("java-v4/v2-aesgcm256-0000033");
    let done = sandbox.cse("open body --metadata meta.json --aes-key missing.key");
    assert!(done.stderr.starts_with("error: refused by the read policy"), "{}", done.stderr);
}

#[test]
fn missing_instruction_file() {
    let (sandbox, _) = object("java-v4/v3-aesgcm256-instr-0000033");
    let what = "the object's data key is in its instruction file (<key>.instruction): read that as well";
    let next = "fetch the object KEY.instruction and add --instruction FILE";
    sandbox.cse(OPEN).fails(1, what, next);
}

#[test]
fn no_envelope() {
    let sandbox = Sandbox::new();
    sandbox.write("meta.json", r#"{"colour": "blue"}"#);
    let what = "no envelope in the metadata: the object is not encrypted by an S3 encryption client, or its instruction file is \
                needed or lost";
    let next =
        "if there is an object KEY.instruction, fetch it and add --instruction FILE; else the object is not encrypted";
    sandbox.cse(OPEN).fails(1, what, next);
    sandbox.cse("inspect meta.json").fails(1, what, next);
}

#[test]
fn malformed_envelopes() {
    let sandbox = sealed();
    let next = "see that the metadata is complete, unchanged and of this object; `cse inspect` reads it without a key";
    let good = sandbox.json("meta.json");
    for (name, value, what) in [
        ("x-amz-d", Some("AAAA"), "x-amz-d: has 3 bytes, must have 28"),
        ("x-amz-i", Some("??"), "x-amz-i: is not base64 with padding"),
        ("x-amz-w", Some("99"), "x-amz-w: unknown algorithm \"99\""),
        ("x-amz-w", None, "x-amz-w: is missing"),
        ("x-amz-iv", Some("AAAA"), "x-amz-iv: does not belong beside x-amz-3"),
    ] {
        let mut bad = good.clone();
        match value {
            Some(value) => bad[name] = value.into(),
            None => drop(bad.as_object_mut().unwrap().remove(name)),
        }
        sandbox.write("meta.json", bad.to_string());
        sandbox.cse(OPEN).fails(1, &format!("not a well-formed envelope: {what}"), next);
    }
    sandbox.write("meta.json", r#"{"x-amz-iv": "a", "X-Amz-Meta-X-Amz-IV": "b"}"#);
    sandbox.cse(OPEN).fails(1, "not a well-formed envelope: x-amz-iv: occurs twice", next);
    sandbox.write("meta.json", good.to_string());
    sandbox.write("i.json", "not JSON");
    let done = sandbox.cse(&format!("{OPEN} --instruction i.json"));
    done.fails(1, "not a well-formed envelope: instruction file: is not a JSON object of text values", next);
}

#[test]
fn metadata_that_is_none() {
    let sandbox = Sandbox::new();
    let next = "give {\"name\": \"value\", ...}, or what `aws s3api head-object` prints";
    for (json, problem) in [
        ("[]", "see line 1, column 0"),
        ("", "see line 1, column 0"),
        (r#"{"a": 1}"#, "the value of \"a\" is not a text"),
        (r#"{"Metadata": []}"#, "its member \"Metadata\" is not an object"),
        (r#"{"Metadata": null}"#, "its member \"Metadata\" is not an object"),
        (r#"{"Metadata": {"a": null}}"#, "the value of \"a\" is not a text"),
    ] {
        sandbox.write("meta.json", json);
        sandbox.cse("inspect meta.json").fails(
            1,
            &format!("the metadata is not a JSON object of texts: {problem}"),
            next,
        );
    }
    sandbox.write("meta.json", vec![b' '; (1 << 20) + 1]);
    let what = "meta.json has more than 1048576 bytes, which no metadata has";
    sandbox.cse("inspect meta.json").fails(1, what, "check which file it is");
}

#[test]
fn wrong_or_missing_contexts() {
    let (sandbox, open) = object("java-v4/v3-kmsctx-ctx-ascii");
    sandbox.cse(&open).fails(
        1,
        DECRYPT,
        "an encryption context is stored and none was given: name its entries with --context K=V (`cse inspect` shows them), or \
         add --accept-stored-context",
    );
    sandbox.cse(&format!("{open} --context department=finance")).fails(
        1,
        DECRYPT,
        "compare --context, and the KMS key if you name one, with what `cse inspect` shows; if they are the object's, it was changed; if transport damaged the stored context, add --caller-context",
    );
    sandbox.cse(&format!("{open} --context purpose=interop --context department=finance")).ok();
    sandbox.cse(&format!("{open} --accept-stored-context")).ok();
    sandbox.write("kms.json", "[]");
    let next = "see that --kms-answers has the answer for this object, and that metadata and body belong together";
    sandbox.cse(&format!("{open} --accept-stored-context")).fails(1, DECRYPT, next);
}

#[test]
fn switches_that_no_metadata_shows() {
    let (sandbox, open) = object("java-v1/v1-rsa2048-bc-0000033");
    let open = format!("{open} --legacy --policy require-encrypt-allow-decrypt");
    let next = TOGETHER.replacen("; ", "; if Android or Java under Bouncy Castle wrote it, add --textbook-rsa; ", 1);
    let next = next.replace("AES/GCM", "RSA");
    sandbox.cse(&open).fails(1, DECRYPT, &next);
    sandbox.cse(&format!("{open} --textbook-rsa")).ok();
    let (sandbox, open) = object("java-v1/v2-oaep256-rsa2048-bc-0000033");
    let open = format!("{open} --legacy --policy require-encrypt-allow-decrypt");
    let next = TOGETHER.replacen("; ", "; if Bouncy Castle wrote it, add --oaep-mgf1-sha256; ", 1);
    let next = next.replace("AES/GCM", "RSA/ECB/OAEPWithSHA-256AndMGF1Padding");
    sandbox.cse(&open).fails(1, DECRYPT, &next);
    sandbox.cse(&format!("{open} --oaep-mgf1-sha256")).ok();
}

#[test]
fn bodies_of_an_impossible_length() {
    let sandbox = sealed();
    sandbox.write("body", "short");
    sandbox.cse(OPEN).fails(1, DECRYPT, TOGETHER);
    sandbox.cse(&format!("{OPEN} --range 0-1")).fails(1, DECRYPT, TOGETHER);
}

#[test]
fn ranges() {
    let sandbox = sealed();
    let what = "not a byte range: write bytes=FIRST-LAST, bytes=FIRST- or bytes=-LENGTH";
    for range in ["a-b", "5-1", "items=0-1", "0-1,3-4", ""] {
        let done = sandbox.run(&["open", "body", "--metadata", "meta.json", "--aes-key", "aes.key", "--range", range]);
        done.fails(2, what, "for example --range bytes=0-99, --range 100- or --range=-50");
    }
    let next = "ask for bytes that exist; a plaintext of 0 bytes has no ranges";
    sandbox.cse(&format!("{OPEN} --range 10-")).fails(1, "the range lies outside the plaintext of 10 bytes", next);
    sandbox.cse(&format!("{OPEN} --range 26-")).fails(1, "the range lies outside the plaintext of 10 bytes", next);
    let (sandbox, open) = object("aioboto3/v1-aes256-0000033");
    let done = sandbox.cse(&format!("{open} --legacy --policy require-encrypt-allow-decrypt --range 64-"));
    let what = "the range lies outside the plaintext, which has fewer than 48 bytes";
    done.fails(1, what, "ask for bytes that exist");
}

#[test]
fn files_that_cannot_be_read_or_written() {
    let sandbox = sealed();
    std::fs::create_dir(sandbox.path("folder")).unwrap();
    let (check, folder) = ("check the path", "name a file, not a folder");
    sandbox.cse("inspect nowhere.json").fails(1, "cannot read nowhere.json: No such file or directory", check);
    sandbox.cse("inspect folder").fails_by_system(1, "cannot read folder", folder);
    sandbox.cse("open gone --metadata meta.json --aes-key aes.key").fails_by_system(1, "cannot read gone", check);
    sandbox.cse("open folder --metadata meta.json --aes-key aes.key").fails_by_system(1, "cannot read folder", folder);
    sandbox.cse(&format!("{OPEN} --instruction gone")).fails_by_system(1, "cannot read gone", check);
    sandbox.cse("seal gone --out b --metadata m --aes-key aes.key").fails_by_system(1, "cannot read gone", check);
    let what = "cannot write gone/out: No such file or directory";
    sandbox.cse(&format!("{OPEN} --out gone/out")).fails(1, what, "make the folder first");
    let next = "choose another name: a folder has this one";
    sandbox.cse(&format!("{OPEN} --out folder")).fails_by_system(1, "cannot write folder", next);
    assert_eq!(sandbox.files(), ["aes.key", "body", "folder", "meta.json", "plain"]);
}

/// A sparse file of one byte more than the limit: refused before any work.
#[cfg(unix)]
#[test]
fn plaintexts_too_long_for_one_object() {
    let sandbox = sealed();
    std::fs::File::create(sandbox.path("huge")).unwrap().set_len((1 << 36) - 31).unwrap();
    let what = "the plaintext is too long: at most 68719476704 bytes fit one object";
    sandbox.cse("seal huge --out b --metadata m --aes-key aes.key").fails(
        1,
        what,
        "split the input into several objects",
    );
}

/// Files of the kernel have bytes, but say that they have none.
#[cfg(target_os = "linux")]
#[test]
fn inputs_that_grow() {
    let sandbox = sealed();
    sandbox.cse("seal /proc/version --out b --metadata m --aes-key aes.key").fails(
        1,
        "the plaintext does not have the 0 bytes that were declared",
        "the input changed while it was read: try again when nothing writes to it, or give it as standard input (-)",
    );
    assert_eq!(sandbox.files(), ["aes.key", "body", "meta.json", "plain"]);
}
