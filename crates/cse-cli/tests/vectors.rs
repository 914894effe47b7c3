//! Objects of real clients, through the program: `inspect` tells the flags, `open` takes them, the plaintext is the writer's.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use support::{Sandbox, Vector, words};

/// The words that `inspect` gives, with the user's own files in place of its stand-ins.
fn flags(report: &Value, key: &str) -> Vec<String> {
    let own = |word: &Value| match word.as_str().unwrap() {
        "SRC" | "FILE" => key.to_owned(),
        word => word.to_owned(),
    };
    report["flags"].as_array().unwrap().iter().map(own).collect()
}

#[test]
fn what_inspect_says_opens_every_object() {
    let mut opened = 0;
    for vector in Vector::all() {
        let Some(plaintext) = vector.plaintext() else { continue };
        let sandbox = Sandbox::new();
        let options = sandbox.put(&vector);
        let mut inspect = vec!["--json", "inspect", "meta.json"];
        if options.iter().any(|word| word == "I.json") {
            inspect.extend(["--instruction", "I.json"]);
        }
        let report = sandbox.run(&inspect).ok().stdout_json();
        let mut open: Vec<String> = ["open", "body", "--metadata", "meta.json"].map(str::to_owned).to_vec();
        open.extend(flags(&report, options.last().unwrap()));
        open.extend(special(&vector));
        if vector.case["stored_context_damaged"] == true && report["context"].is_object() {
            // Only the writer knows what the context was.
            let stored = open.iter().position(|word| word == "--context").unwrap();
            open.truncate(stored);
            let known = vector.case["user_encryption_context"].as_object().unwrap();
            for (name, value) in known {
                open.extend(["--context".to_owned(), format!("{name}={}", value.as_str().unwrap())]);
            }
            open.push("--caller-context".to_owned());
        }
        let done = sandbox.run(&words(&open));
        assert_eq!((done.code, &done.stdout), (0, &plaintext), "{}: {}\n{open:?}", vector.name, done.stderr);
        let is_cbc = report["content"] == "AES/CBC/PKCS5Padding";
        assert_eq!(done.stderr.contains("unauthenticated: "), is_cbc, "{}", vector.name);
        opened += 1;
    }
    assert!(opened > 350, "{opened}");
}

/// Switches that no metadata shows.
fn special(vector: &Vector) -> Vec<String> {
    match (vector.text("wrap_alg"), vector.text("oaep_mgf1")) {
        ("RSA/ECB/NoPadding", _) => vec!["--textbook-rsa".to_owned()],
        (_, "SHA-256") => vec!["--oaep-mgf1-sha256".to_owned()],
        _ => Vec::new(),
    }
}

#[test]
fn inspect_knows_the_writers_family() {
    for vector in Vector::all() {
        // Made by hand from a real object: no client writes such a file.
        if vector.name.starts_with("go-v4/") && vector.name.ends_with("-instr") {
            continue;
        }
        let sandbox = Sandbox::new();
        let options = sandbox.put(&vector);
        let mut inspect = vec!["--json", "inspect", "meta.json"];
        if options.iter().any(|word| word == "I.json") {
            inspect.extend(["--instruction", "I.json"]);
        }
        let report = sandbox.run(&inspect).ok().stdout_json();
        let family = match vector.text("writer") {
            "go-v4" => "go",
            "java-v3" | "java-v4" => "java-v3-v4",
            "ruby-v2" => "ruby",
            "s3ec-python" => "python",
            writer => writer,
        };
        let found = report["probably_written_by"].as_array().unwrap();
        assert!(found.iter().any(|it| it == family), "{}: {found:?}", vector.name);
    }
}

#[test]
fn some_writers_show_themselves() {
    for (name, family) in [
        ("s3ec-python/v3-kmsctx-0000033", "python"),
        ("s3ec-python/v2-kmsctx-0000033", "python"),
        ("aioboto3/v2-kms-gcm-0000033", "aioboto3"),
        ("java-v1/v2-aeswrap256-0000033", "java-v1"),
        ("java-v1/v2-oaep256-rsa2048-0000033", "java-v1"),
        ("java-v1/v1-aes256-instr-0000033", "java-v1"),
        ("go-v4/v3-kmsctx-0000033", "go"),
        ("ruby-v2/v2-aesgcm256-instr-0000100", "ruby"),
        ("java-v4/v3-aesgcm256-instr-0000033", "java-v3-v4"),
    ] {
        let sandbox = Sandbox::new();
        let options = sandbox.put(&Vector::new(name));
        let mut inspect = vec!["--json", "inspect", "meta.json"];
        if options.iter().any(|word| word == "I.json") {
            inspect.extend(["--instruction", "I.json"]);
        }
        let report = sandbox.run(&inspect).ok().stdout_json();
        assert_eq!(report["probably_written_by"], serde_json::json!([family]), "{name}");
    }
}

#[test]
fn families_known_from_documents_only() {
    let key = "vUSlvg80q98TFmRojveuzT/1zXmhq2F7VVr75s4PesMnGPd/b1VKhqdkPvPPIheH";
    let v1 = |more: &str| format!(r#"{{"x-amz-key":"{key}","x-amz-iv":"9TLMbt6opTKRg7p3aO+0Tg=="{more}}}"#);
    let v2 = |wrap: &str, content: &str, iv: &str, more: &str| {
        format!(
            r#"{{"x-amz-key-v2":"{key}","x-amz-iv":"{iv}","x-amz-wrap-alg":"{wrap}","x-amz-cek-alg":"{content}"{more}}}"#
        )
    };
    let (gcm, cbc) = ("AES/GCM/NoPadding", "AES/CBC/PKCS5Padding");
    for (metadata, family) in [
        (v1(""), "redshift"),
        (v1(r#","x-amz-matdesc":"{\"queryId\":\"1\",\"smkId\":\"2\",\"keySize\":\"256\"}""#), "snowflake"),
        (
            v2(
                "kms",
                gcm,
                "n1NacFXZWOIJV05J",
                r#","x-amz-matdesc":"{\"aws:ses:message-id\":\"m\",\"kms_cmk_id\":\"k\"}""#,
            ),
            "ses",
        ),
        (
            v2(
                "kms+context",
                gcm,
                "n1NacFXZWOIJV05J",
                r#","x-amz-matdesc":"{\"aws:x-amz-cek-alg\":\"AES\\/GCM\\/NoPadding\"}""#,
            ),
            "php",
        ),
        (v2("AESWrap", cbc, "9TLMbt6opTKRg7p3aO+0Tg==", r#","x-amz-tag-len":"0""#), "cpp"),
    ] {
        let sandbox = Sandbox::new();
        sandbox.write("meta.json", &metadata);
        let report = sandbox.cse("--json inspect meta.json").ok().stdout_json();
        assert_eq!(report["probably_written_by"], serde_json::json!([family]), "{metadata}");
    }
}
