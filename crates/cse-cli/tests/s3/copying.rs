//! `cse cp`.

use cse_client::Metadata;
use serde_json::json;

use crate::world::World;

#[test]
fn a_copy_opens_as_its_source() {
    let world = World::new();
    world.put("a", "0123456789", "--metadata colour=blue --content-type text/plain");
    world.put("file", "in a file", "--instruction-file");
    let done = world.cse("cp s3://bucket/a s3://bucket/b").ok();
    assert_eq!(done.stderr, "copied s3://bucket/a to s3://bucket/b\n");
    assert_eq!(world.stored("a").unwrap().1, world.stored("b").unwrap().1);
    assert_eq!(world.cse("cat s3://bucket/b --aes-key aes.key").ok().stdout, b"0123456789");
    assert_eq!(world.attributes("b").metadata.text("colour"), Some("blue"));
    let report = world.cse("cp s3://bucket/file s3://bucket/in/ --json").ok().stdout_json();
    let etag = json!(world.attributes("in/file").etag);
    assert_eq!(report, json!({"source": "s3://bucket/file", "object": "s3://bucket/in/file", "etag": etag}));
    assert_eq!(world.cse("cat s3://bucket/in/file --aes-key aes.key").ok().stdout, b"in a file");
    assert_eq!(world.keys(), ["a", "b", "file", "file.instruction", "in/file", "in/file.instruction"]);
}

#[test]
fn several() {
    let world = World::new();
    for key in ["logs/1.gz", "logs/2.txt", "logs/old/3.gz"] {
        world.put(key, key, "");
    }
    world.cse("cp s3://bucket/logs/*.gz s3://bucket/one/").ok();
    world.cse("cp -r s3://bucket/logs s3://bucket/two").ok();
    let copies: Vec<_> = world.keys().into_iter().filter(|key| !key.starts_with("logs")).collect();
    assert_eq!(copies, ["one/1.gz", "two/1.gz", "two/2.txt", "two/old/3.gz"]);
    world.cse("cp s3://bucket/logs/*.gz s3://bucket/k").fails(
        2,
        "several objects may be meant, and s3://bucket/k is one",
        "end the target with / to copy them below it",
    );
}

#[test]
fn new_headers_and_metadata() {
    let world = World::new();
    world.put("a", "x", "--metadata colour=blue --content-type text/plain");
    world.cse("cp s3://bucket/a s3://bucket/b --content-type text/html").ok();
    world.cse("cp s3://bucket/a s3://bucket/c --metadata shape=round").ok();
    for (key, content_type, colour, shape) in
        [("b", "text/html", Some("blue"), None), ("c", "text/plain", None, Some("round"))]
    {
        let attributes = world.attributes(key);
        assert_eq!(attributes.header("content-type"), Some(content_type), "{key}");
        assert_eq!((attributes.metadata.text("colour"), attributes.metadata.text("shape")), (colour, shape), "{key}");
        assert_eq!(world.cse(&format!("cat s3://bucket/{key} --aes-key aes.key")).ok().stdout, b"x");
    }
}

#[test]
fn what_would_be_lost_is_refused() {
    let world = World::new();
    world.store("plain", Metadata::new(), b"plain".to_vec());
    world.put("a", "a", "--instruction-file");
    world.put("b", "b", "--instruction-file");
    let done = world.cse("cp s3://bucket/plain s3://bucket/other");
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.starts_with("error: s3://bucket/plain: not encrypted, or its instruction file is lost"),
        "{}",
        done.stderr
    );
    world.cse("cp s3://bucket/a s3://bucket/b").fails(
        1,
        "s3://bucket/b: an instruction file of that name is there already",
        "add --overwrite-instruction-file, if the object that it belongs to may be replaced",
    );
    assert_eq!(world.cse("cat s3://bucket/b --aes-key aes.key").ok().stdout, b"b");
    world.cse("cp s3://bucket/a s3://bucket/b --overwrite-instruction-file").ok();
    assert_eq!(world.cse("cat s3://bucket/b --aes-key aes.key").ok().stdout, b"a");
    world.cse("cp s3://bucket/a s3://bucket/b --if-absent --overwrite-instruction-file").fails(
        1,
        "s3://bucket/b: it is there already",
        "leave out --if-absent to replace it",
    );
    world.cse("cp s3://bucket/a s3://bucket/c --if-absent").ok();
    world.cse("cp s3://bucket/none s3://bucket/x").fails(
        1,
        "s3://bucket/none: there is no such object",
        "check the name: `cse ls` shows what is there",
    );
}
