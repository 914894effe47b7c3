//! `cse get` of several objects: where they go, and where none goes.

use std::fs;

use cse_client::Metadata;

use crate::world::{World, json_lines};

const KEY: &str = "--aes-key aes.key";

#[test]
fn patterns_and_folders() {
    let world = World::new();
    for key in ["logs/1.gz", "logs/2.gz", "logs/3.txt", "logs/old/4.gz", "logs-more/5.gz"] {
        world.put(key, key, "");
    }
    world.put("logs/6.gz", "6", "--instruction-file");
    world.store("logs/", Metadata::new(), Vec::new());
    let list = |folder: &str| {
        let mut names: Vec<_> = walkdir::WalkDir::new(world.files.path(folder))
            .into_iter()
            .map(Result::unwrap)
            .filter(|entry| entry.file_type().is_file())
            .map(|entry| entry.path().strip_prefix(world.files.path(folder)).unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    world.cse(&format!("get s3://bucket/logs/*.gz one {KEY}")).ok();
    assert_eq!(list("one"), ["1.gz", "2.gz", "6.gz"]);
    world.cse(&format!("get s3://bucket/logs/**/*.gz two {KEY}")).ok();
    assert_eq!(list("two"), ["1.gz", "2.gz", "6.gz", "old/4.gz"]);
    let done = world.cse(&format!("get -r s3://bucket/logs three {KEY} --json")).ok();
    assert_eq!(list("three"), ["1.gz", "2.gz", "3.txt", "6.gz", "old/4.gz"]);
    assert_eq!(json_lines(&done).len(), 5);
    world.cse(&format!("get s3://bucket/logs/[12].gz s3://bucket/logs-more/5.gz four {KEY}")).ok();
    assert_eq!(list("four"), ["1.gz", "2.gz", "5.gz"]);
    assert_eq!(world.cse(&format!("cat s3://bucket/logs/?.txt {KEY}")).ok().stdout, b"logs/3.txt");
}

#[test]
fn patterns_that_fit_nothing_and_keys_like_patterns() {
    let world = World::new();
    world.put("a[1].txt", "x", "");
    let next = "in a pattern * stays inside a folder, and **/ stands for any; `cse ls` shows what is there; for a key with such characters of \
                its own, add --no-glob";
    world.cse(&format!("get s3://bucket/a[1].txt out {KEY}")).code(1);
    world.cse(&format!("cat s3://bucket/a[1].txt {KEY}")).says("no object of s3://bucket matches", next);
    assert_eq!(world.cse(&format!("cat s3://bucket/a[1].txt {KEY} --no-glob")).ok().stdout, b"x");
    assert_eq!(world.cse(&format!("cat s3://bucket/a\\[1].* {KEY}")).ok().stdout, b"x");
    world
        .cse(&format!("get -r s3://bucket/none out {KEY}"))
        .says("there are no objects below s3://bucket/none/", "check the name: `cse ls` shows what is there");
    world.cse(&format!("get -r s3://bucket/a* out {KEY}")).fails(
        2,
        "s3://bucket/a* is a pattern, which --recursive does not take",
        "leave --recursive out and write **/ for folders of any depth; for a key with such characters of its own, add --no-glob",
    );
    world.cse(&format!("get s3://bucket/[a out {KEY}")).code(2);
}

/// Keys are anyone's.
#[test]
fn no_key_leads_out_of_the_folder() {
    let world = World::new();
    for key in ["in/../../evil", "in//evil", "in/./evil", "in/a/../../../evil", "in/good", "in/\u{fc}/ gut"] {
        let words = ["put", "-", &format!("s3://bucket/{key}"), "--aes-key", "aes.key", "-q"];
        world.run_with(&words, key.as_bytes(), &[]).ok();
    }
    fs::create_dir(world.files.path("out")).unwrap();
    let done = world.cse(&format!("get -r s3://bucket/in out/in {KEY}"));
    assert_eq!(done.code, 1);
    let refused = "the key has a part that is no file's name, or that leads out of the folder\nnext: get it by its own name, with the path \
                   of a file as the target\n";
    assert_eq!(done.stderr.matches(refused).count(), 4, "{}", done.stderr);
    assert!(
        done.stderr.ends_with("error: 4 of 6 failed\nnext: see what is said of each of them above\n"),
        "{}",
        done.stderr
    );
    assert_eq!(world.files.read("out/in/good"), b"in/good");
    assert_eq!(world.files.read("out/in/\u{fc}/ gut"), "in/\u{fc}/ gut".as_bytes());
    assert_eq!(world.files.files(), ["aes.key", "other.key", "out"]);
    assert_eq!(fs::read_dir(world.files.path("out")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn no_link_leads_out_of_the_folder() {
    let world = World::new();
    world.put("in/link/file", "evil", "");
    world.put("in/last", "evil", "");
    fs::create_dir_all(world.files.path("out")).unwrap();
    fs::create_dir_all(world.files.path("home")).unwrap();
    world.files.write("home/rc", "mine");
    std::os::unix::fs::symlink("../home", world.files.path("out/link")).unwrap();
    std::os::unix::fs::symlink("../home/rc", world.files.path("out/last")).unwrap();
    let done = world.cse(&format!("get -r s3://bucket/in out --force {KEY}"));
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.contains("s3://bucket/in/link/file: out/link is a link that leads out of the folder\n"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("s3://bucket/in/last: out/last is a link that leads out of the folder\n"),
        "{}",
        done.stderr
    );
    assert_eq!(world.files.read("home/rc"), b"mine");
    assert_eq!(fs::read_dir(world.files.path("home")).unwrap().count(), 1);
}

/// In S3 a key may be another one's folder.
#[test]
fn a_file_that_is_also_a_folder() {
    let world = World::new();
    for key in ["in/a", "in/a-b", "in/a/b/c", "in/d"] {
        world.put(key, key, "");
    }
    let next = "get one of them by itself, with another target: cse get s3://BUCKET/KEY FILE";
    let done = world.cse(&format!("get -r s3://bucket/in out {KEY}"));
    done.says("s3://bucket/in/a/b/c: it needs the folder out/a, which is the file of s3://bucket/in/a", next);
    assert!(
        done.stderr.ends_with("error: 1 of 4 failed\nnext: see what is said of each of them above\n"),
        "{}",
        done.stderr
    );
    for name in ["a", "a-b", "d"] {
        assert_eq!(world.files.read(&format!("out/{name}")), format!("in/{name}").as_bytes());
    }
    // The other way round, and over what is there already.
    let done = world.cse(&format!("get s3://bucket/in/a/**/c s3://bucket/in/a other/ --jobs 1 {KEY}"));
    assert_eq!(done.code, 0, "{}", done.stderr);
    fs::create_dir_all(world.files.path("there/a")).unwrap();
    let done = world.cse(&format!("get -r s3://bucket/in there --jobs 1 {KEY}"));
    let next_of_folder = "choose another name: a folder has this one";
    done.says("cannot write there/a: Is a directory", next_of_folder);
    done.says("s3://bucket/in/a/b/c: it needs the folder there/a, which is the file of s3://bucket/in/a", next);
    let done = world.cse(&format!("get s3://bucket/in/a/** out {KEY}"));
    assert_eq!(done.code, 0, "{}", done.stderr);
    fs::create_dir_all(world.files.path("last")).unwrap();
    world.files.write("last/b", "mine");
    let done = world.cse(&format!("get -r s3://bucket/in/a last {KEY}"));
    let next = "give it another name, or choose another target";
    done.says("s3://bucket/in/a/b/c: last/b is no folder, and the key needs one of that name", next);
    assert_eq!(world.files.read("last/b"), b"mine");
}
