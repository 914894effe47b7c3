//! `cse seal` and `cse open`: round trips, pipes, ranges, and files that appear complete or not at all.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::json;
use support::{Sandbox, Vector};

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
const OTHER: &str = "k3HuugkhtnkSdjrIZW8NMgMUAji8ELkRoAInBr9RL6U=";
/// Reads every format.
const ALL: &str = "--legacy --policy require-encrypt-allow-decrypt";

/// A folder with a key and a plaintext of 100 different bytes.
fn ready() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", format!("{KEY}\n"));
    sandbox.write("plain", plaintext());
    sandbox
}

fn plaintext() -> Vec<u8> {
    (0..100).collect()
}

fn seal(sandbox: &Sandbox) {
    sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key -q").ok();
}

#[test]
fn v3_is_the_default_and_verified() {
    let sandbox = ready();
    let done = sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key").ok();
    assert_eq!(
        (done.stdout_text(), done.stderr.as_str()),
        ("", "sealed 100 bytes: V3, AES-GCM with key commitment, data key wrapped by AES/GCM\n")
    );
    let names: Vec<_> = sandbox.json("meta.json").as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["x-amz-3", "x-amz-c", "x-amz-d", "x-amz-i", "x-amz-w"]);
    assert_eq!(sandbox.read("body").len(), 116);
    let done = sandbox.cse("open body --metadata meta.json --aes-key aes.key").ok();
    assert_eq!(done.stdout, plaintext());
    assert_eq!(
        done.stderr,
        "opened and verified 100 bytes: V3, AES-GCM with key commitment, data key wrapped by AES/GCM\n"
    );
    assert_eq!(sandbox.files(), ["aes.key", "body", "meta.json", "plain"]);
}

#[test]
fn reports_as_json() {
    let sandbox = ready();
    let report =
        sandbox.cse("seal plain --out body --metadata m --instruction i --aes-key aes.key --format v2 --json").ok();
    assert_eq!(
        report.stdout_json(),
        json!({"version": "V2", "content": "AES/GCM/NoPadding", "wrap": "AES/GCM", "plaintext_len": 100,
            "ciphertext_len": 116, "body": "body", "metadata": "m", "instruction": "i", "warnings": []})
    );
    assert_eq!(report.stderr, "");
    let open = "open body --metadata m --instruction i --aes-key aes.key --policy require-encrypt-allow-decrypt --json";
    let expected = json!({"verified": true, "version": "V2", "content": "AES/GCM/NoPadding", "wrap": "AES/GCM",
        "plaintext_len": 100, "out": null});
    let done = sandbox.cse(open).ok();
    assert_eq!((&done.stdout, done.stderr_json()), (&plaintext(), expected));
    let done = sandbox.cse(&format!("{open} --out o --range 0-9")).ok();
    let expected = json!({"verified": false, "version": "V2", "content": "AES/GCM/NoPadding", "wrap": "AES/GCM",
        "plaintext_len": 10, "content_range": "bytes 0-9/100", "out": "o"});
    assert_eq!((done.stdout_json(), done.stderr.as_str()), (expected, ""));
}

#[test]
fn every_format_key_and_place() {
    let sandbox = ready();
    sandbox.cse("keygen rsa --bits 2048 --out rsa.pem -q").ok();
    for key in ["--aes-key aes.key", "--rsa-key rsa.pem"] {
        for format in ["v3", "v2", "v1"] {
            for instruction in ["", "--instruction i.json"] {
                let line = format!("--metadata m.json {instruction} {key} --legacy --force");
                sandbox.cse(&format!("seal plain --out body --format {format} {line}")).ok();
                let done = sandbox.cse(&format!("open body {line} --policy require-encrypt-allow-decrypt")).ok();
                assert_eq!(done.stdout, plaintext(), "{key} {format} {instruction}");
                let label = "unauthenticated: AES-CBC content has no authentication tag: whoever can write the object may \
                             have changed it\n";
                assert_eq!(done.stderr.starts_with(label), format == "v1", "{}", done.stderr);
            }
        }
    }
}

#[test]
fn pipes() {
    let sandbox = ready();
    let sealed = sandbox.run_with(
        &["seal", "-", "--metadata", "meta.json", "--aes-key", "env:CSE_KEY"],
        &plaintext(),
        &[("CSE_KEY", KEY)],
    );
    let sealed = sealed.ok();
    assert_eq!(sealed.stdout.len(), 116);
    let open = ["open", "-", "--metadata", "meta.json", "--aes-key", "aes.key"];
    assert_eq!(sandbox.run_with(&open, &sealed.stdout, &[]).ok().stdout, plaintext());
    let range = ["open", "-", "--metadata", "meta.json", "--aes-key", "aes.key", "--range", "-5"];
    assert_eq!(sandbox.run_with(&range, &sealed.stdout, &[]).ok().stdout, [95, 96, 97, 98, 99]);
    sandbox.write("body", &sealed.stdout);
    let key = ["open", "body", "--metadata", "meta.json", "--aes-key", "-", "--out", "-"];
    assert_eq!(sandbox.run_with(&key, KEY.as_bytes(), &[]).ok().stdout, plaintext());
    let metadata = ["open", "body", "--metadata", "-", "--aes-key", "aes.key"];
    assert_eq!(sandbox.run_with(&metadata, &sandbox.read("meta.json"), &[]).ok().stdout, plaintext());
    let unknown_len = sandbox.run_with(
        &["seal", "-", "--out", "b2", "--metadata", "m2.json", "--aes-key", "aes.key", "--format", "v2"],
        &plaintext(),
        &[],
    );
    unknown_len.ok();
    assert!(sandbox.json("m2.json").get("x-amz-unencrypted-content-length").is_none());
}

#[test]
fn ranges_of_every_syntax_are_labelled() {
    let sandbox = ready();
    let plain = plaintext();
    for format in ["v3", "v2", "v1"] {
        sandbox
            .cse(&format!("seal plain --out body --metadata m --aes-key aes.key --format {format} --legacy --force"))
            .ok();
        for (range, expected) in [
            ("bytes=0-9", 0..10),
            ("0-9", 0..10),
            ("90-", 90..100),
            ("-5", 95..100),
            ("95-1000", 95..100),
            ("17-17", 17..18),
        ] {
            let open = format!("open body --metadata m --aes-key aes.key {ALL} --range {range}");
            let done = sandbox.cse(&open).ok();
            assert_eq!(done.stdout, plain[expected.clone()], "{format} {range}");
            let label = "unauthenticated: a range is not covered by an authentication tag: whoever can write the object may \
                         have changed it\n";
            let summary = format!(
                "opened, not verified: {} bytes (bytes {}-{}/",
                expected.len(),
                expected.start,
                expected.end - 1
            );
            assert!(done.stderr.starts_with(&format!("{label}{summary}")), "{}", done.stderr);
        }
        for range in ["100-", "200-300", "bytes=-0"] {
            let done = sandbox.cse(&format!("open body --metadata m --aes-key aes.key {ALL} --range {range} --out o"));
            assert_eq!(done.code, 1, "{format} {range}");
            assert!(done.stderr.starts_with("error: the range lies outside the plaintext"), "{}", done.stderr);
            assert!(!sandbox.path("o").exists());
        }
    }
}

#[test]
fn the_label_stays_when_quiet() {
    let sandbox = ready();
    seal(&sandbox);
    let done = sandbox.cse("open body --metadata meta.json --aes-key aes.key --range 0-0 -q").ok();
    assert!(done.stderr.starts_with("unauthenticated: ") && done.stderr.lines().count() == 1, "{}", done.stderr);
}

#[test]
fn nothing_is_left_of_a_failed_open() {
    let sandbox = ready();
    seal(&sandbox);
    let mut body = sandbox.read("body");
    body[50] ^= 1;
    sandbox.write("body", &body);
    let before = sandbox.files();
    for out in ["", "--out opened"] {
        sandbox.cse(&format!("open body --metadata meta.json --aes-key aes.key {out}")).fails(
            1,
            "decryption failed: the key or the context is not the object's, or the object was changed",
            "check that the key is the object's, which names AES/GCM and no description, and that metadata and body belong together; if \
             the key was rotated, the newer wrapped key is in the instruction file: add --instruction FILE",
        );
        assert_eq!(sandbox.files(), before);
    }
}

/// The plaintext so far is not verified: not even Ctrl-C may leave it.
#[cfg(unix)]
#[test]
fn nothing_is_left_of_an_interrupted_open() {
    use core::time::Duration;
    use std::{
        io::{Read as _, Write as _},
        process::{Command, Stdio},
        thread::sleep,
    };
    let sandbox = ready();
    seal(&sandbox);
    let before = sandbox.files();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cse"))
        .args("open - --metadata meta.json --aes-key aes.key --out opened".split(' '))
        .current_dir(sandbox.path("."))
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&vec![0; 3 << 20]).unwrap();
    while sandbox.files() == before {
        sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "interrupted; nothing was written\n");
    assert_eq!(sandbox.files(), before);
}

#[test]
fn existing_files_are_replaced_on_demand_only() {
    let sandbox = ready();
    let next = "choose another name, or add --force to replace it";
    for existing in ["body", "meta.json", "i.json"] {
        sandbox.write(existing, "precious");
        let line = "seal plain --out body --metadata meta.json --instruction i.json --aes-key missing.key";
        sandbox.cse(line).fails(1, &format!("{existing} exists already"), next);
        assert_eq!(sandbox.read(existing), b"precious");
        std::fs::remove_file(sandbox.path(existing)).unwrap();
    }
    seal(&sandbox);
    sandbox.write("out", "precious");
    let open = "open body --metadata meta.json --aes-key aes.key --out out";
    sandbox.cse(open).fails(1, "out exists already", next);
    sandbox.cse(&format!("{open} --force")).ok();
    assert_eq!(sandbox.read("out"), plaintext());
}

#[cfg(unix)]
#[test]
fn devices_are_written_to_and_never_replaced() {
    use std::os::unix::fs::FileTypeExt as _;
    let sandbox = ready();
    seal(&sandbox);
    sandbox.cse("open body --metadata meta.json --aes-key aes.key --out /dev/null --force").ok();
    assert!(std::fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_not_replaced() {
    let sandbox = ready();
    seal(&sandbox);
    sandbox.write("target", "old");
    std::os::unix::fs::symlink(sandbox.path("target"), sandbox.path("link")).unwrap();
    sandbox.cse("open body --metadata meta.json --aes-key aes.key --out link --force").ok();
    assert_eq!(sandbox.read("target"), plaintext());
    assert!(sandbox.path("link").is_symlink());
}

#[test]
fn several_keys_find_their_object() {
    let sandbox = ready();
    sandbox.write("other.key", OTHER);
    sandbox.cse("keygen rsa --bits 2048 --out rsa.pem -q").ok();
    sandbox.cse("seal plain --out body --metadata meta.json --aes-key aes.key --description generation=1").ok();
    assert_eq!(sandbox.json("meta.json")["x-amz-m"], r#"{"generation":"1"}"#);
    let open = "open body --metadata meta.json";
    // By description; the order of the keys does not matter.
    for keys in [
        "--aes-key other.key --description generation=2 --aes-key aes.key --description generation=1 --rsa-key rsa.pem",
        "--rsa-key rsa.pem --aes-key aes.key --description generation=1 --aes-key other.key --description generation=2",
        // The only key of its kind needs none.
        "--rsa-key rsa.pem --aes-key aes.key",
    ] {
        assert_eq!(sandbox.cse(&format!("{open} {keys}")).ok().stdout, plaintext(), "{keys}");
    }
    let keys = "--aes-key other.key --description generation=2 --aes-key aes.key --description generation=3";
    let done = sandbox.cse(&format!("{open} {keys}"));
    assert!(done.stderr.contains(r#"{"generation": "2"} {"generation": "3"}"#), "{}", done.stderr);
    assert!(done.stderr.ends_with(
        "next: give the object's key, with its --description after it; the object names the description {\"generation\": \"1\"}\n"
    ));
    // With one key a description may come first.
    sandbox.cse("seal plain --out b2 --metadata m2 --description a=1 --aes-key aes.key --description b=2").ok();
    assert_eq!(sandbox.json("m2")["x-amz-m"], r#"{"a":"1","b":"2"}"#);
}

#[test]
fn encrypted_rsa_keys() {
    let sandbox = ready();
    sandbox.write("rsa.pem", include_bytes!("data/rsa-encrypted.pem"));
    sandbox.write("password", "correct horse\n");
    sandbox.write("wrong", "battery staple");
    let seal = "seal plain --out body --metadata meta.json --rsa-key rsa.pem";
    let refused = "the RSA key is encrypted: its password is missing or wrong";
    let next = "add --rsa-password SRC after the key, or correct it";
    sandbox.cse(seal).fails(1, refused, next);
    sandbox.cse(&format!("{seal} --rsa-password wrong")).fails(1, refused, next);
    sandbox.cse(&format!("{seal} --rsa-password password")).ok();
    let open = "open body --metadata meta.json --rsa-password password --rsa-key rsa.pem";
    assert_eq!(sandbox.cse(open).ok().stdout, plaintext());
}

#[test]
fn recorded_answers_seal_once_and_open() {
    let sandbox = ready();
    let vector = Vector::new("s3ec-python/v3-kmsctx-0000033");
    sandbox.write("kms.json", serde_json::to_vec(&vector.case["keys"]["kms"]).unwrap());
    let key = vector.case["keys"]["kms"][0]["key_id"].as_str().unwrap();
    let seal = |context: &str| {
        format!("seal plain --out body --metadata meta.json --kms-answers kms.json --kms-key {key} {context}")
    };
    sandbox.cse(&seal("--context a=1")).fails(
        1,
        &format!(
            "the key service failed: no recorded answer is left for the key {key:?} and the context {{\"a\": \"1\", \
             \"aws:x-amz-cek-alg\": \"115\"}}"
        ),
        "record an answer for this key and context, or correct --kms-key and --context",
    );
    sandbox.cse(&seal("")).ok();
    for kms_key in [String::new(), format!("--kms-key {key}"), "--kms-key alias/any".to_owned()] {
        let done = sandbox.cse(&format!("open body --metadata meta.json --kms-answers kms.json {kms_key}")).ok();
        assert_eq!(done.stdout, plaintext());
    }
    sandbox.cse("open body --metadata meta.json --kms-answers kms.json --kms-key 00000000-other").fails(
        1,
        "decryption failed: the key or the context is not the object's, or the object was changed",
        "see that --kms-answers has the answer for this object, and that metadata and body belong together",
    );
}

#[test]
fn the_old_kms_formats() {
    let sandbox = ready();
    for (format, case) in [("v2-kms-gcm", "aioboto3/v2-kms-gcm-0000033"), ("v2-kms-cbc", "aioboto3/v2-kms-cbc-0000033")]
    {
        let vector = Vector::new(case);
        sandbox.write("kms.json", vector.file("case.json"));
        let key = vector.case["keys"]["kms"][0]["key_id"].as_str().unwrap();
        let files = "--metadata meta.json --kms-answers kms.json --legacy --force";
        sandbox.cse(&format!("seal plain --out body --format {format} --kms-key {key} {files}")).ok();
        let done = sandbox.cse(&format!("open body {files} --policy require-encrypt-allow-decrypt")).ok();
        assert_eq!(done.stdout, plaintext());
    }
}

#[test]
fn empty_plaintexts() {
    let sandbox = ready();
    sandbox.write("plain", "");
    for format in ["v3", "v2", "v1"] {
        let line = format!("--metadata meta.json --aes-key aes.key --force {ALL}");
        sandbox
            .cse(&format!(
                "seal plain --out body --format {format} --metadata meta.json --aes-key aes.key --force --legacy"
            ))
            .ok();
        assert_eq!(sandbox.cse(&format!("open body {line}")).ok().stdout, b"");
        let done = sandbox.cse(&format!("open body {line} --range 0-0"));
        assert!(done.stderr.starts_with("error: the range lies outside the plaintext"), "{}", done.stderr);
    }
}

#[test]
fn sizes_around_chunks_stream() {
    let sandbox = ready();
    for len in [1 << 20, (1 << 20) - 16, (1 << 20) + 1, 3 << 20] {
        let plain: Vec<u8> = (0..len).map(|i: u32| i.to_le_bytes()[i as usize % 3]).collect();
        sandbox.write("plain", &plain);
        for format in ["v3", "v1"] {
            sandbox
                .cse(&format!(
                    "seal plain --out body --format {format} --metadata m --aes-key aes.key --force --legacy"
                ))
                .ok();
            sandbox.cse(&format!("open body --metadata m --aes-key aes.key --out out --force {ALL}")).ok();
            assert!(sandbox.read("out") == plain, "{format} {len}");
        }
    }
}
