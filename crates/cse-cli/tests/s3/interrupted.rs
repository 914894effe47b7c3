//! What is left of runs that were killed, and of those that Ctrl-C ended.
#![cfg(unix)]

use std::{io::Read as _, process::Stdio};

use crate::{
    ways::SlowWay,
    world::{Stuck, World, interrupt, json_lines, said, signal},
};

const PUT: [&str; 5] = ["put", "-", "s3://bucket/k", "--aes-key", "aes.key"];

#[test]
fn a_killed_put_leaves_the_old_object_and_parts_that_are_found() {
    let world = World::new();
    world.put("k", "old", "");
    Stuck::put(&world, &PUT).kill();
    Stuck::put(&world, &["put", "-", "s3://bucket/new", "--aes-key", "aes.key"]).kill();
    assert_eq!(world.keys(), ["k"]);
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"old");
    let found = json_lines(&world.cse("uploads s3://bucket --json").ok());
    let objects: Vec<_> = found.iter().map(|line| line["object"].as_str().unwrap()).collect();
    assert_eq!(objects, ["s3://bucket/k", "s3://bucket/new"]);
    world.cse("uploads s3://bucket --abort --all").ok();
    assert_eq!(world.unfinished(), 0);
    assert_eq!(world.cse("uploads s3://bucket").ok().stdout, b"");
}

#[test]
fn an_interrupted_put_leaves_nothing() {
    let world = World::new();
    world.put("k", "old", "");
    let nothing = "interrupted; nothing was stored\n".to_owned();
    assert_eq!(Stuck::put(&world, &PUT).interrupt(), (Some(130), nothing.clone()));
    let quiet = [&PUT[..], &["--quiet"]].concat();
    assert_eq!(Stuck::put(&world, &quiet).interrupt(), (Some(130), nothing));
    let json = [&PUT[..], &["--json"]].concat();
    let (code, said) = Stuck::put(&world, &json).interrupt();
    let error = serde_json::json!({"error": {"kind": "interrupted", "what": "interrupted; nothing was stored", "next": "run it again"}});
    assert_eq!((code, serde_json::from_str::<serde_json::Value>(&said).unwrap()), (Some(130), error));
    assert_eq!(world.unfinished(), 0);
    assert_eq!(world.keys(), ["k"]);
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"old");
}

#[test]
fn an_interrupted_put_with_an_instruction_file_leaves_nothing() {
    let world = World::new();
    let mut words = PUT.to_vec();
    words.push("--instruction-file");
    let nothing = "interrupted; nothing was stored\n".to_owned();
    assert_eq!(Stuck::put(&world, &words).interrupt(), (Some(130), nothing));
    assert_eq!((world.unfinished(), world.keys()), (0, Vec::new()));
}

/// The request is on its way, and no answer comes.
#[test]
fn what_is_not_known_is_said() {
    let world = World::new();
    world.files.write("plain", "x");
    let way = SlowWay::new(&world, 0);
    let words = ["put", "plain", "s3://bucket/k", "--aes-key", "aes.key"];
    let mut command = world.command(&words);
    let mut child = command.env("AWS_ENDPOINT_URL", way.endpoint()).stderr(Stdio::piped()).spawn().unwrap();
    way.wait();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let unknown = "interrupted; whether s3://bucket/k was stored is not known: `cse head` shows it\n";
    assert_eq!(said(&mut child), unknown);
}

/// Of several, those that were reported are there.
#[test]
fn of_several_some_are_there() {
    let world = World::new();
    world.put("a", "x", "");
    world.files.write("plain", vec![b'x'; 20 * 1024 * 1024]);
    world.cse("put plain s3://bucket/b --aes-key aes.key").ok();
    let way = SlowWay::new(&world, 6 * 1024 * 1024);
    let words = ["get", "s3://bucket/a", "s3://bucket/b", "out/", "--aes-key", "aes.key", "--jobs", "1", "-q"];
    let mut command = world.command(&words);
    let mut child = command.env("AWS_ENDPOINT_URL", way.endpoint()).stderr(Stdio::piped()).spawn().unwrap();
    way.wait();
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(said(&mut child), "interrupted; 1 was written, and no unfinished file is left\n");
    assert_eq!(std::fs::read_dir(world.files.path("out")).unwrap().count(), 1);
}

/// The first asks for an orderly end, which nothing brings here: no request is answered, and the instruction file must not be left alone.
#[test]
fn the_second_ctrl_c_ends_it_at_once() {
    let world = World::new();
    world.files.write("plain", "x");
    let way = SlowWay::new(&world, 0);
    let words = ["put", "plain", "s3://bucket/k", "--aes-key", "aes.key", "--instruction-file"];
    let mut command = world.command(&words);
    let mut child = command.env("AWS_ENDPOINT_URL", way.endpoint()).stderr(Stdio::piped()).spawn().unwrap();
    way.wait();
    // Two kinds, because one signal that comes twice may count once.
    signal(&child, "TERM");
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let left = "interrupted at once; parts of an upload may be left: `cse uploads s3://bucket` shows them, and an instruction file may have \
                lost its object: put it again\n";
    assert_eq!(said(&mut child), left);
    assert!(world.keys().is_empty());
}

/// An object of several parts, and a `cse get` whose answers are held back in the middle.
fn stuck_get(world: &World) -> (SlowWay, std::process::Child) {
    world.files.write("plain", vec![b'x'; 20 * 1024 * 1024]);
    world.cse("put plain s3://bucket/k --aes-key aes.key").ok();
    std::fs::remove_file(world.files.path("plain")).unwrap();
    world.files.write("out", "old");
    let way = SlowWay::new(world, 6 * 1024 * 1024);
    let mut command = world.command(&["get", "s3://bucket/k", "out", "--force", "--aes-key", "aes.key"]);
    let child = command.env("AWS_ENDPOINT_URL", way.endpoint()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    way.wait();
    (way, child.unwrap())
}

#[test]
fn a_killed_get_leaves_the_old_file() {
    let world = World::new();
    let (_way, mut child) = stuck_get(&world);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.files.read("out"), b"old");
    // What was not verified is under another name.
    let others: Vec<_> =
        world.files.files().into_iter().filter(|name| !name.ends_with(".key") && name != "out").collect();
    assert!(others.iter().all(|name| name.starts_with(".cse-") && name.ends_with(".tmp")), "{others:?}");
}

#[test]
fn an_interrupted_get_leaves_nothing() {
    let world = World::new();
    let (_way, mut child) = stuck_get(&world);
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(said(&mut child), "interrupted; no unfinished file is left\n");
    assert_eq!(world.files.read("out"), b"old");
    assert_eq!(world.files.files(), ["aes.key", "other.key", "out"]);
}

/// What does not store anything says no more than that it is not complete.
#[test]
fn readers_are_interrupted() {
    let world = World::new();
    world.files.write("plain", vec![b'x'; 20 * 1024 * 1024]);
    world.cse("put plain s3://bucket/k --aes-key aes.key").ok();
    for (verb, limit, expected) in [
        ("cat", 6 * 1024 * 1024, "interrupted; what was printed is not complete\n"),
        ("verify", 6 * 1024 * 1024, "interrupted; nothing was read to the end\n"),
        ("head", 0, "interrupted\n"),
    ] {
        let way = SlowWay::new(&world, limit);
        let words =
            [&[verb, "s3://bucket/k"][..], if verb == "head" { &[] } else { &["--aes-key", "aes.key"] }].concat();
        let mut command = world.command(&words);
        let command = command.env("AWS_ENDPOINT_URL", way.endpoint()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        way.wait();
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(said(&mut child), expected, "{verb}");
    }
}

/// What is begun is to be ended, which nothing brings here.
#[test]
fn what_ends_at_once_says_what_may_be_left() {
    let world = World::new();
    world.put("k", "x", "--instruction-file");
    for (line, left) in [
        (
            "cp s3://bucket/k s3://bucket/to",
            "what was being copied may be there or not, and parts of an upload may be left: `cse uploads s3://bucket` shows them",
        ),
        ("rm s3://bucket/k", "what was being deleted may be there or not: `cse ls` shows it"),
        (
            "rewrap s3://bucket/k --aes-key aes.key --new-aes-key other.key",
            "what was being wrapped has the old key or the new one: `cse inspect` shows which",
        ),
    ] {
        let way = SlowWay::new(&world, 0);
        let mut command = world.command(&line.split(' ').collect::<Vec<_>>());
        let mut child = command.env("AWS_ENDPOINT_URL", way.endpoint()).stderr(Stdio::piped()).spawn().unwrap();
        way.wait();
        // Two kinds, because one signal that comes twice may count once.
        signal(&child, "TERM");
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        assert_eq!(said(&mut child), format!("interrupted at once; {left}\n"));
    }
}

#[test]
fn whoever_stops_reading_is_no_error() {
    let world = World::new();
    world.files.write("plain", vec![b'x'; 1024 * 1024]);
    world.cse("put plain s3://bucket/k --aes-key aes.key").ok();
    let mut command = world.command(&["cat", "s3://bucket/k", "--aes-key", "aes.key"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
}

#[test]
fn a_reader_that_does_not_go_on_keeps_nobody() {
    let world = World::new();
    world.files.write("plain", vec![b'x'; 1024 * 1024]);
    world.cse("put plain s3://bucket/k --aes-key aes.key").ok();
    for options in [&[][..], &["--unverified-stream"]] {
        let words = [&["cat", "s3://bucket/k", "--aes-key", "aes.key", "-q"], options].concat();
        let mut child = world.command(&words).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        // The rest fits in no pipe.
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        signal(&child, "TERM");
        // Where the plaintext comes out at once, the writing waits for the reader: the second signal ends that.
        interrupt(&child);
        assert_eq!(child.wait().unwrap().code(), Some(130), "{options:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let world = World::new();
    world.put("k", "x", "");
    let done = world.cse("get s3://bucket/k /dev/full --aes-key aes.key");
    done.fails(1, "cannot write /dev/full: No space left on device", "make room, or choose another folder");
}
