//! `cse rewrap`.

use serde_json::json;

use crate::world::World;

#[test]
fn from_key_to_key() {
    let world = World::new();
    world.put("k", "0123456789", "--instruction-file");
    let before = world.stored("k").unwrap().1;
    let done = world.cse("rewrap s3://bucket/k --aes-key aes.key --new-kms-key alias/sandbox --new-context a=1").ok();
    assert_eq!(done.stderr, "wrapped the data key of s3://bucket/k anew, in s3://bucket/k.instruction\n");
    assert_eq!(world.cse("cat s3://bucket/k --context a=1").ok().stdout, b"0123456789");
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").code, 1);
    world.cse("rewrap s3://bucket/k --context a=1 --new-aes-key other.key --new-description generation=2").ok();
    assert_eq!(world.cse("cat s3://bucket/k --aes-key other.key").ok().stdout, b"0123456789");
    assert_eq!(world.stored("k").unwrap().1, before);
    world.cse("keygen rsa --bits 2048 --out rsa.pem --public-out rsa.pub").ok();
    let report = world.cse("rewrap s3://bucket/k --aes-key other.key --new-rsa-key rsa.pub --json").ok().stdout_json();
    let etag = json!(world.attributes("k.instruction").etag);
    assert_eq!(
        report,
        json!({"object": "s3://bucket/k", "instruction_file": "s3://bucket/k.instruction", "etag": etag})
    );
    assert_eq!(world.cse("cat s3://bucket/k --rsa-key rsa.pem").ok().stdout, b"0123456789");
}

#[test]
fn for_another_reader() {
    let world = World::new();
    world.put("k", "x", "--instruction-file");
    let line =
        "rewrap s3://bucket/k --aes-key aes.key --new-aes-key other.key --new-description for=them --to-suffix .them";
    world.cse(line).ok();
    assert_eq!(world.cse("cat s3://bucket/k --aes-key other.key --instruction-suffix .them").ok().stdout, b"x");
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"x");
    world.cse(line).fails(
        1,
        "s3://bucket/k: an instruction file of that suffix is there already",
        "add --overwrite, or choose another --to-suffix",
    );
    world.cse(&format!("{line} --overwrite")).ok();
    // In its own place.
    world.cse("rewrap s3://bucket/k --aes-key other.key --instruction-suffix .them --new-aes-key aes.key").ok();
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key --instruction-suffix .them").ok().stdout, b"x");
    assert_eq!(world.keys(), ["k", "k.instruction", "k.them"]);
}

#[test]
fn what_cannot_be_rotated() {
    let world = World::new();
    world.put("meta", "x", "");
    world.put("k", "x", "--instruction-file");
    world.cse("rewrap s3://bucket/meta --aes-key aes.key --new-aes-key other.key").fails(
        1,
        "s3://bucket/meta: it has no instruction file: its data key is in its own metadata, or it is not encrypted",
        "a key in the metadata changes only with the object: `cse get` it, and `cse put` it with the new key (--instruction-file makes the \
         next time easier); if the file has another name, add --instruction-suffix",
    );
    let file = world.stored("k.instruction").unwrap().1;
    world.cse("rewrap s3://bucket/k --aes-key aes.key --new-aes-key aes.key --enforce-rotation").fails(
        2,
        "s3://bucket/k: the old keyring opens the new wrap as well, so the key would not be rotated: give another key",
        "give another new key",
    );
    let done = world.cse("rewrap s3://bucket/k --aes-key other.key --new-aes-key aes.key");
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.starts_with("error: s3://bucket/k: its data key is wrapped by the new key already"),
        "{}",
        done.stderr
    );
    assert_eq!(world.stored("k.instruction").unwrap().1, file);
    let done = world.cse("rewrap -r s3://bucket --aes-key aes.key --new-aes-key other.key");
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.ends_with("error: 1 of 2 failed\nnext: see what is said of each of them above\n"),
        "{}",
        done.stderr
    );
    assert_eq!(world.cse("cat s3://bucket/k --aes-key other.key").ok().stdout, b"x");
}

/// As when a rotation of many objects is run a second time.
#[test]
fn what_was_rotated_before() {
    let world = World::new();
    world.cse("keygen rsa --bits 2048 --out rsa.pem --public-out rsa.pub").ok();
    let what = "s3://bucket/k: its data key is wrapped by the new key already, and the old key does not open it";
    let next = "nothing is left to do here; `cse verify` with the new key shows that the object opens";
    for new in [
        "--new-aes-key other.key --new-description generation=2",
        "--new-kms-key alias/sandbox --new-context a=1",
        "--new-rsa-key rsa.pem",
    ] {
        world.put("k", "x", "--instruction-file --overwrite-instruction-file");
        let line = format!("rewrap s3://bucket/k --aes-key aes.key {new}");
        world.cse(&line).ok();
        let file = world.stored("k.instruction").unwrap().1;
        world.cse(&line).fails(1, what, next);
        assert_eq!(world.stored("k.instruction").unwrap().1, file);
        let kind = world.cse(&format!("{line} --json")).stderr_json()["error"]["kind"].clone();
        assert_eq!(kind, json!("conflict"));
    }
}

#[test]
fn keys_that_are_neither() {
    let world = World::new();
    world.cse("keygen aes --out third.key").ok();
    world.cse("keygen rsa --bits 2048 --out rsa.pem --public-out rsa.pub").ok();
    world.put("k", "x", "--instruction-file --description generation=1");
    let what =
        "s3://bucket/k: decryption failed: the key or the context is not the object's, or the object was changed";
    let key = "check that the key is the object's, which names AES/GCM and the description {\"generation\": \"1\"}; if it is, the object \
               or its metadata was changed";
    let line = "rewrap s3://bucket/k --aes-key other.key";
    world.cse(&format!("{line} --new-aes-key third.key")).fails(
        1,
        what,
        &format!("{key}; the new key does not open it either"),
    );
    world.cse("rewrap s3://bucket/k --aes-key aes.key --new-rsa-key rsa.pub").ok();
    let done =
        world.cse("rewrap s3://bucket/k --rsa-key rsa.pem --new-aes-key third.key --new-description generation=3").ok();
    assert!(done.stderr.starts_with("wrapped the data key"));
    world.put("k", "x", "--instruction-file --overwrite-instruction-file");
    world.cse(&format!("{line} --new-rsa-key rsa.pub")).fails(
        1,
        what,
        "check that the key is the object's, which names AES/GCM and no description; if it is, the object or its metadata was changed; the \
         new key does not open it either",
    );
    world.cse("rewrap s3://bucket/k --aes-key aes.key --new-rsa-key rsa.pub").ok();
    // Only the private half could tell that it is there already.
    world.cse("rewrap s3://bucket/k --aes-key aes.key --new-rsa-key rsa.pub").fails(
        1,
        "s3://bucket/k: the data key is wrapped by RSA-OAEP-SHA1, and no key of that kind is given",
        "give the key with --rsa-key SRC",
    );
}

#[test]
fn usage() {
    let world = World::new();
    let line = "rewrap s3://bucket/k --aes-key aes.key --new-aes-key other.key";
    world
        .cse("rewrap s3://bucket/k --aes-key aes.key")
        .is_usage("--new-aes-key <SRC>|--new-rsa-key <SRC>|--new-kms-key <KEYID>");
    world.cse(&format!("{line} --new-kms-key x")).is_usage("cannot be used with");
    world.cse(&format!("{line} --overwrite")).is_usage("--to-suffix <SUFFIX>");
    world.cse(&format!("{line} --new-context a=1")).is_usage("cannot be used with");
    world.cse(&format!("{line} --accept-stored-context")).fails(
        2,
        "rewrap needs to know the encryption context, because the new wrap gets one as well",
        "name it with --context; `cse inspect` shows it",
    );
    world.cse(&format!("{line} --version-id x")).fails(
        2,
        "rewrap changes the newest version only",
        "leave --version-id and the like out",
    );
}
