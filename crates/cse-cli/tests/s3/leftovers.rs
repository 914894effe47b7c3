//! Instruction files that a later object of the same name leaves unused.

use cse_client::Metadata;
use serde_json::json;

use crate::world::World;

#[test]
fn an_instruction_file_that_is_left_is_shown_and_stays() {
    let world = World::new();
    world.put("k", "first", "--instruction-file");
    assert!(!world.cse("head s3://bucket/k").ok().stdout_text().contains("unused"));
    let file = world.stored("k.instruction").unwrap().1;
    world.put("k", "second", "");
    assert_eq!(world.stored("k.instruction").unwrap().1, file);
    let line = "unused       s3://bucket/k.instruction, an instruction file that is left of an earlier object of this name, unless this \
                one's key was rotated into it: `cse verify` with --instruction-suffix .instruction tells; if it does not open, `cse rm \
                s3://bucket/k.instruction` removes it\n";
    for verb in ["head", "inspect"] {
        let text = world.cse(&format!("{verb} s3://bucket/k")).ok();
        assert!(text.stdout_text().ends_with(line), "{}", text.stdout_text());
    }
    let report = world.cse("inspect s3://bucket/k --json").ok().stdout_json();
    assert_eq!(report["unused_instruction_file"], json!({"object": "s3://bucket/k.instruction", "foreign": null}));
    // What the line says is so.
    world.cse("verify s3://bucket/k --aes-key aes.key").ok();
    world.cse("verify s3://bucket/k --aes-key aes.key --instruction-suffix .instruction").code(1);
    world.cse("rm s3://bucket/k.instruction").ok();
    let report = world.cse("head s3://bucket/k --json").ok().stdout_json();
    assert_eq!(report["encryption"].get("unused_instruction_file"), None);
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"second");
}

/// Files of V1 and V2 have the IV of their object's content.
#[test]
fn a_file_that_is_certainly_another_objects() {
    let world = World::new();
    world.put("k", "first", "--instruction-file --format v2");
    world.put("k", "second", "--format v2");
    let line = "unused       s3://bucket/k.instruction, an instruction file that does not belong to this object: `cse rm \
                s3://bucket/k.instruction` removes it\n";
    let text = world.cse("head s3://bucket/k").ok();
    assert!(text.stdout_text().ends_with(line), "{}", text.stdout_text());
    let report = world.cse("head s3://bucket/k --json").ok().stdout_json();
    let unused = &report["encryption"]["unused_instruction_file"];
    assert_eq!(*unused, json!({"object": "s3://bucket/k.instruction", "foreign": true}));
}

/// What is named is not unused, and of an old version nothing is known.
#[test]
fn what_is_not_looked_for() {
    let world = World::new();
    world.keep_versions();
    world.put("k", "first", "");
    let version_id = world.attributes("k").version_id.unwrap();
    world.store("k.instruction", Metadata::new(), b"no instruction file".to_vec());
    let text = world.cse("head s3://bucket/k").ok();
    assert!(text.stdout_text().contains("does not belong to this object"), "{}", text.stdout_text());
    let text = world.cse(&format!("head s3://bucket/k --version-id {version_id}")).ok();
    assert!(!text.stdout_text().contains("unused"), "{}", text.stdout_text());
}
