//! `cse rm`.

use cse_client::Metadata;
use serde_json::json;

use crate::world::{World, json_lines};

#[test]
fn an_object_goes_with_its_instruction_file() {
    let world = World::new();
    world.put("a", "x", "--instruction-file");
    world.put("b", "x", "");
    let done = world.cse("rm s3://bucket/a").ok();
    assert_eq!((done.stdout.as_slice(), done.stderr.as_str()), (b"".as_slice(), "deleted s3://bucket/a\n"));
    assert_eq!(world.keys(), ["b"]);
    assert_eq!(
        world.cse("rm s3://bucket/b --json").ok().stdout_json(),
        json!({"object": "s3://bucket/b", "deleted": true})
    );
    // As S3: what is not there is gone.
    world.cse("rm s3://bucket/b").ok();
    assert!(world.keys().is_empty());
}

#[test]
fn several_go() {
    let world = World::new();
    let fill = || {
        for key in ["logs/1.gz", "logs/old/2.gz", "logs-more"] {
            world.put(key, key, "");
        }
        world.put("logs/3.gz", "3", "--instruction-file");
        world.store("logs/", Metadata::new(), Vec::new());
    };
    fill();
    let lines = json_lines(&world.cse("rm s3://bucket/logs/*.gz --dry-run --json").ok());
    assert_eq!(
        lines,
        [
            json!({"object": "s3://bucket/logs/1.gz", "deleted": false}),
            json!({"object": "s3://bucket/logs/3.gz", "deleted": false})
        ]
    );
    assert_eq!(world.keys().len(), 6);
    world.cse("rm s3://bucket/logs/*.gz").ok();
    assert_eq!(world.keys(), ["logs-more", "logs/", "logs/old/2.gz"]);
    fill();
    let lines = json_lines(&world.cse("rm -r s3://bucket/logs --json").ok());
    assert_eq!(lines.len(), 4);
    assert_eq!(world.keys(), ["logs-more"]);
}

#[test]
fn a_name_by_itself_is_never_a_folder() {
    let world = World::new();
    world.put("logs/1", "x", "");
    world.cse("rm s3://bucket").fails(
        2,
        "s3://bucket is a bucket, not an object",
        "write s3://BUCKET/KEY; for everything in it, add --recursive where the verb has it",
    );
    world.cse("rm s3://bucket/logs").ok();
    world
        .cse("rm -r s3://bucket/log")
        .says("there are no objects below s3://bucket/log/", "check the name: `cse ls` shows what is there");
    assert_eq!(world.keys(), ["logs/1"]);
}
