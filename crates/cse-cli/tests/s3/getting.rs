//! `cse get` and `cse cat`.

use std::fs;

use cse_client::Metadata;
use serde_json::json;

use crate::world::World;

const KEY: &str = "--aes-key aes.key";

#[test]
fn to_files_as_offline() {
    let world = World::new();
    world.put("a/k", "0123456789", "");
    let done = world.cse(&format!("get s3://bucket/a/k {KEY}")).ok();
    assert_eq!(
        done.stderr,
        "got and verified s3://bucket/a/k as ./k: 10 bytes: V3, AES-GCM with key commitment, data key wrapped by AES/GCM\n"
    );
    assert_eq!(world.files.read("k"), b"0123456789");
    world.cse(&format!("get s3://bucket/a/k {KEY}")).fails(
        1,
        "./k exists already",
        "choose another name, or add --force to replace it",
    );
    world.files.write("k", "old");
    world.cse(&format!("get s3://bucket/a/k k --force {KEY}")).ok();
    assert_eq!(world.files.read("k"), b"0123456789");
    fs::create_dir(world.files.path("folder")).unwrap();
    world.cse(&format!("get s3://bucket/a/k folder {KEY}")).ok();
    world.cse(&format!("get s3://bucket/a/k new/ {KEY}")).ok();
    assert_eq!(
        (world.files.read("folder/k"), world.files.read("new/k")),
        (b"0123456789".to_vec(), b"0123456789".to_vec())
    );
    world.cse(&format!("get s3://bucket/a/k no/such {KEY}")).fails(
        1,
        "cannot write no/such: No such file or directory",
        "make the folder first",
    );
    assert_eq!(world.files.files(), ["aes.key", "folder", "k", "new", "other.key"]);
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_permissions_stay() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
    let world = World::new();
    world.put("k", "new", "");
    world.files.write("real", "old");
    fs::set_permissions(world.files.path("real"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real", world.files.path("link")).unwrap();
    world.cse(&format!("get s3://bucket/k link --force {KEY}")).ok();
    assert!(world.files.path("link").is_symlink());
    assert_eq!(world.files.read("real"), b"new");
    assert_eq!(fs::metadata(world.files.path("real")).unwrap().mode() & 0o777, 0o640);
}

#[test]
fn to_standard_output() {
    let world = World::new();
    world.put("k", "0123456789", "");
    for line in ["get s3://bucket/k -", "cat s3://bucket/k", "cat s3://bucket/k --unverified-stream -q"] {
        let done = world.cse(&format!("{line} {KEY}")).ok();
        assert_eq!(done.stdout, b"0123456789", "{line}");
    }
    let done = world.cse(&format!("cat s3://bucket/k s3://bucket/k {KEY} --json")).ok();
    assert_eq!(done.stdout, b"01234567890123456789");
    let reports: Vec<serde_json::Value> = done.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(reports.len(), 2);
    assert_eq!(reports[0]["verified"], true);
}

#[test]
fn the_report_as_json() {
    let world = World::new();
    world.put("k", "0123456789", "");
    let report = world.cse(&format!("get s3://bucket/k out {KEY} --json")).ok().stdout_json();
    let expected = json!({
        "object": "s3://bucket/k", "out": "out", "verified": true, "version": "V3", "content": "115", "wrap": "AES/GCM",
        "plaintext_len": 10, "etag": world.attributes("k").etag,
    });
    assert_eq!(report, expected);
}

#[test]
fn a_changed_object_gives_nothing() {
    let world = World::new();
    world.put("k", "0123456789", "");
    world.change("k");
    let next = "check that the key is the object's, which names AES/GCM and no description; if it is, the object or its metadata was \
                changed; if the key was rotated, the newer wrapped key is in an instruction file: add --instruction-suffix .instruction";
    for line in ["get s3://bucket/k out", "get s3://bucket/k -", "cat s3://bucket/k"] {
        let what =
            "s3://bucket/k: decryption failed: the key or the context is not the object's, or the object was changed";
        world.cse(&format!("{line} {KEY}")).fails(1, what, next);
    }
    assert_eq!(world.files.files(), ["aes.key", "other.key"]);
    let done = world.cse(&format!("cat s3://bucket/k {KEY} --unverified-stream"));
    // How much is out before the tag is seen depends on how the bytes arrive.
    assert_eq!(done.code, 1);
    assert!(done.stdout.len() <= 10, "{:?}", done.stdout);
    assert!(
        done.stderr.starts_with("warning: the plaintext comes out before it is verified: if this fails, discard it\n")
    );
    assert!(done.stderr.contains("next: discard what came out: it may be anything; then check"), "{}", done.stderr);
    let stream = world.cse(&format!("get s3://bucket/k out {KEY} --unverified-stream"));
    stream.fails(
        2,
        "--unverified-stream is for standard output: a file appears only when it is verified",
        "leave it out, or name - as the target",
    );
}

#[test]
fn a_wrong_key_gives_nothing() {
    let world = World::new();
    world.put("k", "0123456789", "");
    let done = world.cse("get s3://bucket/k out --aes-key other.key");
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("next: check that the key is the object's"), "{}", done.stderr);
    let done = world.cse("get s3://bucket/k out --kms-key alias/sandbox");
    done.fails(
        1,
        "s3://bucket/k: the data key is wrapped by AES/GCM, and no key of that kind is given",
        "give the key with --aes-key SRC",
    );
    world.cse("get s3://bucket/k out").fails(
        1,
        "s3://bucket/k: the data key is wrapped by AES/GCM, and no key of that kind is given",
        "give the key with --aes-key SRC",
    );
    // What the object says of its key is how a user finds it.
    world.put("named", "x", "--description generation=1");
    let done = world.cse("cat s3://bucket/named --aes-key other.key");
    assert!(
        done.stderr.contains(
            "next: check that the key is the object's, which names AES/GCM and the description {\"generation\": \"1\"}; if it is"
        ),
        "{}",
        done.stderr
    );
    world.cse("cat s3://bucket/named").fails(
        1,
        "s3://bucket/named: the data key is wrapped by AES/GCM, and no key of that kind is given",
        "give the key with --aes-key SRC; the object names the description {\"generation\": \"1\"}",
    );
    assert_eq!(world.files.files(), ["aes.key", "other.key"]);
}

#[test]
fn the_kms_key_that_an_old_object_names() {
    let world = World::new();
    world.files.write("plain", "x");
    world.cse("put plain s3://bucket/k --kms-key alias/sandbox --format v2-kms-gcm --legacy").ok();
    let named = "; the object names the KMS key \"alias/sandbox\"\n";
    let done = world.cse("cat s3://bucket/k --aes-key aes.key --legacy --policy require-encrypt-allow-decrypt");
    assert!(done.stderr.contains("next: give the key with --kms-key KEYID"), "{}", done.stderr);
    assert!(done.stderr.ends_with(named), "{}", done.stderr);
    world.change("k");
    let done = world.cse("cat s3://bucket/k --legacy --policy require-encrypt-allow-decrypt");
    assert_eq!(done.code, 1);
    assert!(done.stderr.ends_with(named), "{}", done.stderr);
}

#[test]
fn contexts() {
    let world = World::new();
    world.files.write("plain", "x");
    world.cse("put plain s3://bucket/k --kms-key alias/sandbox --context a=1").ok();
    let what =
        "s3://bucket/k: decryption failed: the key or the context is not the object's, or the object was changed";
    world.cse("cat s3://bucket/k").fails(
        1,
        what,
        "an encryption context is stored and none was given: name its entries with --context K=V (`cse inspect` shows them), or add \
         --accept-stored-context",
    );
    world.cse("cat s3://bucket/k --context a=2").fails(
        1,
        what,
        "compare --context, and the KMS key if you name one, with what `cse inspect` shows; if they are the object's, it was changed; if transport damaged the stored context, add --caller-context",
    );
    assert_eq!(world.cse("cat s3://bucket/k --context a=1").ok().stdout, b"x");
    assert_eq!(world.cse("cat s3://bucket/k --accept-stored-context").ok().stdout, b"x");
}

#[test]
fn ranges_are_labelled() {
    let world = World::new();
    world.put("k", "0123456789", "");
    let label = "unauthenticated: s3://bucket/k: a range is not covered by an authentication tag: whoever can write the object may have \
                 changed it\n";
    for (range, text) in [("2-4", "234"), ("bytes=8-", "89"), ("-3", "789"), ("0-100", "0123456789")] {
        let done = world.cse(&format!("cat s3://bucket/k {KEY} -q --range={range}")).ok();
        assert_eq!((done.stdout_text(), done.stderr.as_str()), (text, label), "{range}");
    }
    world.cse(&format!("get s3://bucket/k out {KEY} --range 2-4 -q")).ok();
    assert_eq!(world.files.read("out"), b"234");
    let report = world.cse(&format!("get s3://bucket/k out -f {KEY} --range 2-4 --json")).ok().stdout_json();
    assert_eq!((&report["verified"], &report["content_range"]), (&json!(false), &json!("bytes 2-4/10")));
    let done = world.cse(&format!("cat s3://bucket/k {KEY} --range 10-"));
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.ends_with("next: ask for bytes that exist; a plaintext of 0 bytes has no ranges\n"),
        "{}",
        done.stderr
    );
    world.cse(&format!("cat s3://bucket/k {KEY} --range x")).fails(
        2,
        "not a byte range: write bytes=FIRST-LAST, bytes=FIRST- or bytes=-LENGTH",
        "for example --range bytes=0-99, --range 100- or --range=-50",
    );
}

#[test]
fn plain_objects_and_lost_instruction_files() {
    let world = World::new();
    world.store("plain", Metadata::new(), b"plain".to_vec());
    let what = "s3://bucket/plain: not encrypted, or its instruction file is lost: nothing tells these apart";
    let next = "if it is not meant to be encrypted, add --plain; if its instruction file has another name, add --instruction-suffix SUFFIX; \
                if the file is lost, restore it";
    world.cse(&format!("get s3://bucket/plain out {KEY}")).fails(1, what, next);
    let label =
        "unauthenticated: s3://bucket/plain: the object is not encrypted: whoever can write it may have put it there\n";
    for line in ["cat s3://bucket/plain", "get s3://bucket/plain out"] {
        let done = world.cse(&format!("{line} {KEY} --plain -q")).ok();
        assert_eq!(done.stderr, label);
    }
    assert_eq!(world.files.read("out"), b"plain");
    world.put("k", "x", "--instruction-file");
    let (attributes, file) = world.stored("k.instruction").unwrap();
    world.store("k.other", attributes.metadata, file);
    world.cse("rm s3://bucket/k.instruction").ok();
    let next = "if the file has another name, add --instruction-suffix SUFFIX; if it is lost, restore it";
    let what = "s3://bucket/k: its data key is in an instruction file, which is not there";
    world.cse(&format!("cat s3://bucket/k {KEY}")).fails(1, what, next);
    assert_eq!(world.cse(&format!("cat s3://bucket/k {KEY} --instruction-suffix .other")).ok().stdout, b"x");
}

#[test]
fn refusals_name_the_flags() {
    let world = World::new();
    world.put("v2", "x", "--format v2");
    world.put("v1", "x", "--format v1 --legacy");
    world.cse(&format!("cat s3://bucket/v2 {KEY}")).fails(
        1,
        "s3://bucket/v2: refused by the read policy: the object has no key commitment",
        "if you trust where the object comes from, add --policy require-encrypt-allow-decrypt",
    );
    let done = world.cse(&format!("get s3://bucket/v1 out {KEY}"));
    assert_eq!(done.code, 1);
    let next = "next: if you trust where the object comes from, add --legacy --policy require-encrypt-allow-decrypt\n";
    assert!(done.stderr.ends_with(next), "{}", done.stderr);
    world.cse(&format!("get s3://bucket/v1 out {KEY} --legacy --policy require-encrypt-allow-decrypt")).ok();
    assert_eq!(world.files.read("out"), b"x");
}

#[test]
fn versions_are_for_one_object() {
    let world = World::new();
    let done = world.cse(&format!("get -r s3://bucket/in out --version-id x {KEY}"));
    let next = "name one object, without a pattern";
    done.fails(2, "--version-id is for one object, and several are named", next);
    let done = world.cse(&format!("cat s3://bucket/* --instruction-version-id x {KEY}"));
    done.fails(2, "--instruction-version-id is for one object, and several are named", next);
    world.cse(&format!("get s3://bucket/a s3://bucket/b - {KEY}")).fails(
        2,
        "standard output takes one object, and several are named",
        "name a folder, or use `cse cat`, which prints one after the other",
    );
    world.cse(&format!("get out {KEY}")).fails(
        2,
        "no object is named",
        "name one, and then the target: cse get s3://BUCKET/KEY FILE",
    );
}
