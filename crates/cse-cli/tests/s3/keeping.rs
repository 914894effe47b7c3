//! What `cse get` keeps apart: inputs from outputs, old versions from new ones, recorded answers from KMS.

use cse_client::Metadata;
use serde_json::json;

use crate::{support::Vector, world::World};

const KEY: &str = "--aes-key aes.key";

#[test]
fn a_key_file_is_never_replaced() {
    let world = World::new();
    world.put("aes.key", "x", "");
    for target in ["aes.key", "."] {
        let done = world.cse(&format!("get s3://bucket/aes.key {target} --force {KEY}"));
        assert_eq!(done.code, 2);
        assert!(
            done.stderr.ends_with("is also an input of this run\nnext: give the output a name of its own\n"),
            "{}",
            done.stderr
        );
    }
    assert_eq!(world.files.read("aes.key"), crate::world::KEY.as_bytes());
}

#[test]
fn old_versions() {
    let world = World::new();
    world.keep_versions();
    world.put("k", "first", "");
    let first = world.attributes("k").version_id.unwrap();
    world.put("k", "second", "");
    assert_eq!(world.cse(&format!("cat s3://bucket/k {KEY}")).ok().stdout, b"second");
    assert_eq!(world.cse(&format!("cat s3://bucket/k {KEY} --version-id {first}")).ok().stdout, b"first");
    assert_eq!(
        world.cse(&format!("head s3://bucket/k --version-id {first} --json")).ok().stdout_json()["version_id"],
        json!(first)
    );
    world.cse(&format!("cp s3://bucket/k s3://bucket/old --version-id {first}")).ok();
    assert_eq!(world.cse(&format!("cat s3://bucket/old {KEY}")).ok().stdout, b"first");
    world.cse(&format!("rm s3://bucket/k --version-id {first}")).ok();
    world.cse(&format!("cat s3://bucket/k {KEY} --version-id {first}")).code(1);
    assert_eq!(world.cse(&format!("cat s3://bucket/k {KEY}")).ok().stdout, b"second");
}

#[test]
fn recorded_answers_of_kms() {
    let world = World::new();
    let vector = Vector::new("go-v4/v3-kmsctx-0000033");
    let metadata = vector.case["metadata"].as_object().unwrap();
    let metadata = metadata.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    world.store("k", Metadata::from_iter(metadata), vector.file("ciphertext.bin"));
    world.files.put_key(&vector);
    let done = world.cse("cat s3://bucket/k --kms-answers kms.json --accept-stored-context").ok();
    assert_eq!(done.stdout, vector.plaintext().unwrap());
    // The key is another account's.
    world.cse("cat s3://bucket/k --accept-stored-context").code(1);
}
