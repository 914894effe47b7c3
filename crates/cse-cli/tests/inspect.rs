//! `cse inspect`, for people and for scripts. Which writers it knows is tested in vectors.rs.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::{Sandbox, Vector, words};

/// An object of the vectors, and `open` with what it takes.
fn object(name: &str) -> (Sandbox, String) {
    let sandbox = Sandbox::new();
    let options = sandbox.put(&Vector::new(name));
    (sandbox, format!("open {}", words(&options).join(" ")))
}

#[test]
fn inspect_for_people() {
    let (sandbox, _) = object("java-v1/v1-rsa2048-bc-0000033");
    assert_eq!(
        sandbox.cse("inspect meta.json").ok().stdout_text(),
        "format       V1, key in the metadata\n\
         content      AES-CBC (0x0070, not authenticated)\n\
         wrap         RSA\n\
         plaintext    33 bytes, says the metadata, which nothing protects\n\
         to read it   cse open BODY --metadata M.json --rsa-key SRC --legacy --policy require-encrypt-allow-decrypt\n\
         perhaps      --textbook-rsa, if Android or Java under Bouncy Castle wrote it\n\
         written by   probably one of: AWS SDK for Java 1.x, AmazonS3EncryptionClient; aioboto3; cse\n"
    );
    let (sandbox, _) = object("java-v4/v3-kmsctx-instr-ctx-quotes");
    let text = sandbox.cse("inspect meta.json --instruction I.json").ok();
    assert!(
        text.stdout_text().contains("written by   probably S3 Encryption Client for Java 3.x or 4.x\n"),
        "{text:?}"
    );
    let (sandbox, _) = object("java-v1/v2-oaep256-rsa2048-0000033");
    let text = sandbox.cse("inspect meta.json").ok();
    assert!(text.stdout_text().contains("perhaps      --oaep-mgf1-sha256, if Bouncy Castle wrote it\n"), "{text:?}");
}

/// It is for finding out: what can be read is shown, and the exit code tells that not all can.
#[test]
fn inspect_of_what_is_not_well_formed() {
    let sandbox = Sandbox::new();
    sandbox.write("meta.json", r#"{"x-amz-meta-x-amz-iv":"AAAA","X-Amz-Key":"AAAA","colour":"blue"}"#);
    let done = sandbox.cse("inspect meta.json");
    assert_eq!(
        done.stdout_text(),
        "format       not a well-formed envelope: x-amz-iv: has 3 bytes, must have 16\n\
         stored       x-amz-iv = AAAA\n             x-amz-key = (3 bytes of base64)\n"
    );
    assert_eq!(
        (done.code, done.stderr.as_str()),
        (
            1,
            "error: not a well-formed envelope: x-amz-iv: has 3 bytes, must have 16\nnext: compare the fields that are stored with those of \
             another object of the same writer; a copy or an older version may have them whole\n"
        )
    );
    let done = sandbox.cse("inspect meta.json --json");
    assert_eq!(
        done.stdout_json(),
        serde_json::json!({
            "malformed": "not a well-formed envelope: x-amz-iv: has 3 bytes, must have 16",
            "stored": {"x-amz-iv": "AAAA", "x-amz-key": "(3 bytes of base64)"},
        })
    );
    assert_eq!((done.code, &done.stderr_json()["error"]["kind"]), (1, &serde_json::json!("malformed")));
}

#[test]
fn inspect_as_json_from_head_object() {
    let sandbox = Sandbox::new();
    let vector = Vector::new("java-v4/v3-kmsctx-ctx-ascii");
    let head = serde_json::json!({"ContentLength": 49, "ETag": "\"x\"", "Metadata": vector.case["metadata"]});
    let done = sandbox.run_with(&["inspect", "-", "--json"], head.to_string().as_bytes(), &[]);
    assert_eq!(
        done.ok().stdout_json(),
        serde_json::json!({
            "version": "V3", "content": "115", "content_id": "0x0073", "authenticated": true, "committing": true,
            "wrap": "kms+context", "key_in": "metadata",
            "context": {"department": "finance", "aws:x-amz-cek-alg": "115", "purpose": "interop"},
            "plaintext_len_hint": null,
            "flags": ["--kms-answers", "FILE", "--context", "department=finance", "--context", "purpose=interop"],
            "perhaps": [],
            "probably_written_by": ["java-v3-v4", "php", "cpp"],
        })
    );
}
