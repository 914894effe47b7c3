//! `cse sandbox`, as a user runs it.
#![cfg(all(feature = "demo", unix))]

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Stdio},
};

use serde_json::Value;

use crate::world::{World, interrupt};

/// Starts it, and gives what it says as soon as it is there.
fn start(world: &World, options: &str) -> (Child, Value) {
    let words: Vec<_> = "sandbox --json".split_whitespace().chain(options.split_whitespace()).collect();
    let mut child = world.command(&words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    (child, serde_json::from_str(&line).unwrap())
}

fn stop(mut child: Child) {
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn a_folder_keeps_objects_and_keys() {
    let world = World::new();
    world.files.write("plain", "0123456789");
    let (child, said) = start(&world, "--folder kept --bucket one --bucket two --region eu-west-1");
    let text = |said: &Value, name: &str| said[name].as_str().unwrap().to_owned();
    assert_eq!((said["buckets"].as_array().unwrap().len(), text(&said, "region")), (2, "eu-west-1".to_owned()));
    let run = |line: &str, said: &Value| {
        let (endpoint, id, secret) =
            (text(said, "endpoint_url"), text(said, "access_key_id"), text(said, "secret_access_key"));
        assert!(endpoint.starts_with("http://127.0.0.1:"));
        let variables = [
            ("AWS_ENDPOINT_URL", &*endpoint),
            ("AWS_ACCESS_KEY_ID", &*id),
            ("AWS_SECRET_ACCESS_KEY", &*secret),
            ("AWS_REGION", "eu-west-1"),
        ];
        world.run_with(&line.split_whitespace().collect::<Vec<_>>(), b"", &variables).ok()
    };
    let alias = text(&said, "kms_key_alias");
    run(&format!("put plain s3://two/k --kms-key {alias}"), &said);
    let taken = world.cse("sandbox --folder kept");
    assert_eq!(taken.code, 1);
    assert!(taken.stderr.starts_with("error: the folder kept is used by another sandbox\n"), "{}", taken.stderr);
    stop(child);
    let (child, said) = start(&world, "--folder kept --region eu-west-1");
    assert_eq!(run("cat s3://two/k", &said).stdout, b"0123456789");
    stop(child);
}

#[test]
fn a_temporary_folder_goes() {
    let world = World::new();
    let (child, said) = start(&world, "");
    let folder = std::path::PathBuf::from(said["folder"].as_str().unwrap());
    assert!(folder.is_dir());
    assert_eq!(said["buckets"], serde_json::json!(["sandbox"]));
    stop(child);
    assert!(!folder.exists());
}

#[test]
fn for_a_person() {
    let world = World::new();
    let mut child = world.command(&["sandbox"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    while !said.contains("aws s3 mb") {
        assert_ne!(lines.read_line(&mut said).unwrap(), 0, "{said}");
    }
    stop(child);
    lines.read_to_string(&mut said).unwrap();
    for name in
        ["AWS_ENDPOINT_URL=http://127.0.0.1:", "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=", "AWS_REGION=us-east-1"]
    {
        assert!(said.contains(&format!("export {name}")), "{said}");
    }
    assert!(said.contains("--kms-key alias/sandbox"), "{said}");
}

#[test]
fn what_does_not_start() {
    let world = World::new();
    let port = world.endpoint().rsplit(':').next().unwrap();
    let done = world.cse(&format!("sandbox --port {port}"));
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with(&format!("error: port {port} cannot be used")), "{}", done.stderr);
    let done = world.cse("sandbox --bucket No");
    done.fails(1, "\"No\" is no name for a bucket", "use 3 to 63 lower-case letters, digits, dots and hyphens");
}
