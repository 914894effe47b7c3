//! `cse verify`.

use cse_client::Metadata;
use serde_json::{Value, json};

use crate::world::{World, json_lines};

const OPTIONS: &str = "--aes-key aes.key --legacy --policy require-encrypt-allow-decrypt";

#[test]
fn every_kind_of_object() {
    let world = World::new();
    world.put("good", "0123456789", "");
    world.put("empty", "", "--instruction-file");
    world.put("cbc", "0123456789", "--format v1 --legacy");
    world.put("changed", "0123456789", "");
    world.change("changed");
    world.store("plain", Metadata::new(), b"xy".to_vec());
    let done = world.cse(&format!("verify -r s3://bucket {OPTIONS} --jobs 1 --json"));
    assert_eq!(done.code, 1);
    assert_eq!(done.stderr_json()["error"]["kind"], "some-failed");
    let lines = json_lines(&done);
    let status =
        |key: &str| -> &Value { lines.iter().find(|line| line["object"] == format!("s3://bucket/{key}")).unwrap() };
    for (key, expected) in [
        ("good", "verified"),
        ("empty", "verified"),
        ("cbc", "unauthenticated"),
        ("changed", "failed"),
        ("plain", "plain"),
    ] {
        assert_eq!(status(key)["status"], expected, "{key}");
    }
    assert_eq!(lines.len(), 5);
    let good = json!({
        "object": "s3://bucket/good", "status": "verified", "version": "V3", "content": "115", "wrap": "AES/GCM", "plaintext_len": 10,
    });
    assert_eq!(*status("good"), good);
    assert_eq!(status("changed")["error"]["kind"], "decrypt");
    assert!(status("changed")["error"]["next"].is_string());
    assert_eq!(world.files.files(), ["aes.key", "other.key"]);
}

#[test]
fn plain_objects_are_no_success_unasked() {
    let world = World::new();
    world.put("good", "0123456789", "");
    world.store("plain", Metadata::new(), b"xy".to_vec());
    let done = world.cse("verify -r s3://bucket --aes-key aes.key");
    assert_eq!(done.code, 1);
    assert_eq!(done.stderr, "error: 1 of 2 not encrypted\nnext: if plain objects are meant to be there, add --plain\n");
    assert!(done.stdout_text().contains("plain            s3://bucket/plain  2 bytes"));
    world.cse("verify -r s3://bucket --aes-key aes.key --plain").ok();
}

#[test]
fn for_a_person() {
    let world = World::new();
    world.put("good", "0123456789", "");
    world.put("old", "0123456789", "--format v2");
    let done = world.cse("verify s3://bucket/good --aes-key aes.key").ok();
    assert_eq!(
        done.stdout_text(),
        "verified         s3://bucket/good  10 bytes: V3, AES-GCM with key commitment, data key wrapped by AES/GCM\n"
    );
    assert_eq!(done.stderr, "");
    let done = world.cse("verify s3://bucket/* --aes-key aes.key");
    assert_eq!(done.code, 1);
    assert!(
        done.stdout_text().contains(
            "failed           s3://bucket/old: refused by the read policy: the object has no key commitment\n"
        )
    );
    assert!(
        done.stdout_text()
            .contains("next: if you trust where the object comes from, add --policy require-encrypt-allow-decrypt\n")
    );
    assert_eq!(done.stderr, "error: 1 of 2 failed\nnext: see what is said of each of them on standard output\n");
    let done = world.cse("verify s3://bucket/none --aes-key aes.key");
    assert_eq!(
        (done.code, done.stdout_text().starts_with("failed           s3://bucket/none: there is no such object\n")),
        (1, true)
    );
}
