//! `cse put`.

use std::{fs, process::Command};

use serde_json::json;

use crate::world::{World, json_lines};

const PUT: &str = "--aes-key aes.key";

#[test]
fn one_file_there_and_back() {
    let world = World::new();
    world.files.write("plain", "0123456789");
    let done = world.cse(&format!("put plain s3://bucket/k {PUT}")).ok();
    assert_eq!(done.stderr, "put plain to s3://bucket/k: 10 bytes, V3, AES-GCM with key commitment\n");
    assert_eq!(done.stdout, b"");
    let (attributes, body) = world.stored("k").unwrap();
    assert_eq!(body.len(), 26);
    assert!(!body.windows(4).any(|window| b"0123456789".windows(4).any(|plain| plain == window)));
    assert!(attributes.metadata.text("x-amz-3").is_some());
    let done = world.cse("cat s3://bucket/k --aes-key aes.key").ok();
    assert_eq!(done.stdout, b"0123456789");
}

#[test]
fn the_report_as_json() {
    let world = World::new();
    world.files.write("plain", "0123456789");
    let report = world.cse(&format!("put plain s3://bucket/k {PUT} --json")).ok().stdout_json();
    assert_eq!(report["etag"], json!(world.attributes("k").etag));
    let mut report = report.as_object().unwrap().clone();
    report.remove("etag");
    let expected =
        json!({"object": "s3://bucket/k", "source": "plain", "version": "V3", "content": "115", "plaintext_len": 10});
    assert_eq!(json!(report), expected);
}

#[test]
fn every_length_around_the_threshold() {
    let world = World::new();
    const THRESHOLD: usize = 16 * 1024 * 1024;
    for len in [0, 1, 15, 16, 17, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1] {
        let plain: Vec<u8> = (0..len).map(|i| u8::try_from(i % 251).unwrap()).collect();
        world.files.write("plain", &plain);
        world.cse(&format!("put plain s3://bucket/file {PUT} --quiet")).ok();
        let words = ["put", "-", "s3://bucket/stdin", "--aes-key", "aes.key"];
        world.run_with(&words, &plain, &[]).ok();
        for key in ["file", "stdin"] {
            assert_eq!(world.attributes(key).content_len, Some(u64::try_from(len).unwrap() + 16), "{key}");
            let done = world.cse(&format!("get s3://bucket/{key} out --force --quiet --aes-key aes.key")).ok();
            assert_eq!((done.stderr.as_str(), done.stdout.as_slice()), ("", b"".as_slice()));
            assert!(world.files.read("out") == plain, "{key} {len}");
        }
    }
    assert_eq!(world.unfinished(), 0);
}

#[test]
fn what_the_target_means() {
    let world = World::new();
    for name in ["a.txt", "b.txt"] {
        world.files.write(name, name);
    }
    for (line, keys) in [
        ("a.txt s3://bucket", &["a.txt"][..]),
        ("a.txt s3://bucket/", &["a.txt"]),
        ("./a.txt s3://bucket/in/", &["in/a.txt"]),
        ("a.txt s3://bucket/in", &["in"]),
        ("a.txt b.txt s3://bucket/in/", &["in/a.txt", "in/b.txt"]),
        ("a.txt s3://bucket/\u{fc}/\u{4e2d}+&=?.txt", &["\u{fc}/\u{4e2d}+&=?.txt"]),
    ] {
        world.cse(&format!("put {line} {PUT}")).ok();
        assert_eq!(world.keys(), keys, "{line}");
        world.cse("rm --recursive s3://bucket").ok();
    }
}

#[test]
fn folders_with_all_in_them() {
    let world = World::new();
    fs::create_dir_all(world.files.path("logs/2026/empty")).unwrap();
    for name in ["logs/a", "logs/2026/b c", "single"] {
        world.files.write(name, name);
    }
    let next = "add --recursive for the files in it";
    world.cse(&format!("put logs s3://bucket/in {PUT}")).fails(2, "logs is a folder", next);
    let done = world.cse(&format!("put --recursive logs s3://bucket/in {PUT} --json")).ok();
    let mut objects: Vec<_> =
        json_lines(&done).iter().map(|line| line["object"].as_str().unwrap().to_owned()).collect();
    objects.sort();
    assert_eq!(objects, ["s3://bucket/in/2026/b c", "s3://bucket/in/a"]);
    world.cse("rm -r s3://bucket").ok();
    world.cse(&format!("put -r logs single s3://bucket/in {PUT}")).ok();
    assert_eq!(world.keys(), ["in/logs/2026/b c", "in/logs/a", "in/single"]);
}

#[cfg(unix)]
#[test]
fn one_file_that_fails_does_not_stop_the_others() {
    let world = World::new();
    fs::create_dir(world.files.path("d")).unwrap();
    world.files.write("d/a", "a");
    std::os::unix::fs::symlink("gone", world.files.path("d/link")).unwrap();
    std::os::unix::fs::symlink(".", world.files.path("d/loop")).unwrap();
    assert!(Command::new("mkfifo").arg(world.files.path("d/pipe")).status().unwrap().success());
    let done = world.cse(&format!("put -r d s3://bucket {PUT}"));
    assert_eq!(done.code, 1);
    assert!(
        done.stderr.contains("error: d/pipe is no regular file\nnext: put it by itself, if it is meant to be read\n")
    );
    assert!(
        done.stderr.contains("error: cannot read d/link: No such file or directory\nnext: check the path\n"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.contains("error: d/loop is a link to a folder above it\nnext: remove the link"),
        "{}",
        done.stderr
    );
    assert!(
        done.stderr.ends_with("error: 3 of 4 failed\nnext: see what is said of each of them above\n"),
        "{}",
        done.stderr
    );
    assert_eq!(world.keys(), ["a"]);
}

#[test]
fn what_is_stored_beside_it() {
    let world = World::new();
    world.files.write("plain", "x");
    let words = "--content-type text/plain --cache-control max-age=60 --content-language de --content-encoding gzip \
                 --metadata colour=blue --metadata Shape=round --storage-class STANDARD_IA --header x-amz-tagging=a=1";
    world.cse(&format!("put plain s3://bucket/k {PUT} {words}")).ok();
    let attributes = world.attributes("k");
    for (name, value) in [
        ("content-type", "text/plain"),
        ("cache-control", "max-age=60"),
        ("content-language", "de"),
        ("content-encoding", "gzip"),
        ("x-amz-storage-class", "STANDARD_IA"),
    ] {
        assert_eq!(attributes.header(name), Some(value), "{name}");
    }
    assert_eq!(attributes.metadata.text("colour"), Some("blue"));
    assert_eq!(attributes.metadata.text("shape"), Some("round"));
}

#[test]
fn conditions() {
    let world = World::new();
    world.put("k", "first", "");
    world.files.write("plain", "second");
    let absent = world.cse(&format!("put plain s3://bucket/k {PUT} --if-absent"));
    absent.fails(1, "s3://bucket/k: it is there already", "leave out --if-absent to replace it");
    let other = world.cse(&format!("put plain s3://bucket/k {PUT} --if-match \"00000000000000000000000000000000\""));
    other.fails(1, "s3://bucket/k: it is not the object that --if-match names", "see with `cse head` what it is now");
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"first");
    let etag = world.attributes("k").etag.unwrap();
    world.cse(&format!("put plain s3://bucket/k {PUT} --if-match {etag}")).ok();
    let etag = world.attributes("k").etag.unwrap();
    world.cse(&format!("put plain s3://bucket/k {PUT} --if-match {}", etag.trim_matches('"'))).ok();
    world.cse(&format!("put plain s3://bucket/new {PUT} --if-absent")).ok();
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"second");
}

#[test]
fn instruction_files() {
    let world = World::new();
    world.put("k", "first", "--instruction-file");
    assert_eq!(world.keys(), ["k", "k.instruction"]);
    world.files.write("plain", "second");
    let done = world.cse(&format!("put plain s3://bucket/k {PUT} --instruction-file"));
    done.fails(
        1,
        "s3://bucket/k: an instruction file of that name is there already",
        "add --overwrite-instruction-file, if the object that it belongs to may be replaced",
    );
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"first");
    world.cse(&format!("put plain s3://bucket/k {PUT} --instruction-file --overwrite-instruction-file")).ok();
    assert_eq!(world.cse("cat s3://bucket/k --aes-key aes.key").ok().stdout, b"second");
}

#[test]
fn every_format_and_kind_of_key() {
    let world = World::new();
    world.cse("keygen rsa --bits 2048 --out rsa.pem --public-out rsa.pub").ok();
    world.files.write("plain", "0123456789");
    let allow = "--policy require-encrypt-allow-decrypt";
    for (keys, read_keys, formats) in [
        ("--aes-key aes.key", "--aes-key aes.key", &["v3", "v2", "v1"][..]),
        ("--rsa-key rsa.pub", "--rsa-key rsa.pem", &["v3", "v2", "v1"]),
        ("--kms-key alias/sandbox --context a=1", "--context a=1", &["v3", "v2", "v2-kms-gcm", "v2-kms-cbc"]),
        ("--kms-key alias/sandbox --context a=1", "--kms-key alias/sandbox --accept-stored-context", &["v3"]),
    ] {
        for format in formats {
            let is_legacy = !matches!(*format, "v3" | "v2");
            let legacy = if is_legacy { "--legacy" } else { "" };
            world.cse(&format!("put plain s3://bucket/k {keys} --format {format} {legacy}")).ok();
            let done = world.cse(&format!("cat s3://bucket/k {read_keys} {allow} {legacy}")).ok();
            assert_eq!(done.stdout, b"0123456789", "{keys} {format}");
            let is_cbc = matches!(*format, "v1" | "v2-kms-cbc");
            assert_eq!(done.stderr.starts_with("unauthenticated: s3://bucket/k: AES-CBC"), is_cbc, "{}", done.stderr);
        }
    }
}

#[test]
fn sources_and_targets_that_do_not_go_together() {
    let world = World::new();
    world.files.write("plain", "x");
    fs::create_dir(world.files.path("folder")).unwrap();
    for (line, what, next) in [
        (
            "plain plain2 s3://bucket/k --aes-key aes.key",
            "several files are given, and s3://bucket/k is one object",
            "end the target with / to put the files below it",
        ),
        (
            "- s3://bucket --aes-key aes.key",
            "standard input has no name for a key",
            "put it by itself, to s3://BUCKET/KEY",
        ),
        (
            "- plain s3://bucket/ --aes-key aes.key",
            "standard input has no name for a key",
            "put it by itself, to s3://BUCKET/KEY",
        ),
        (
            "- s3://bucket/k --aes-key -",
            "standard input can be read once, but `-` is given twice",
            "put one of the two in a file",
        ),
        (
            "plain bucket/k --aes-key aes.key",
            "bucket/k is no name in S3",
            "write s3://BUCKET/KEY, or s3://BUCKET for all of a bucket",
        ),
        ("plain s3:///k --aes-key aes.key", "s3:///k names no bucket", "write s3://BUCKET/KEY"),
        (
            "plain s3://bucket/k",
            "no key is given",
            "add --kms-key KEYID, --aes-key SRC or --rsa-key SRC; `cse keygen aes` makes a key",
        ),
        (
            "plain s3://bucket/k --aes-key aes.key --kms-key k",
            "put takes one key, and several are given",
            "put with one of them; reading takes several",
        ),
        (
            "-r folder s3://bucket/k --aes-key aes.key --if-match x",
            "--if-match is for one object, and several are put",
            "leave it out, or put one",
        ),
    ] {
        world.cse(&format!("put {line}")).fails(2, what, next);
    }
    assert!(world.keys().is_empty());
}

#[test]
fn settings_that_cannot_be() {
    let world = World::new();
    world.files.write("plain", "x");
    fs::create_dir(world.files.path("folder")).unwrap();
    for (line, what, next) in [
        (
            "plain s3://bucket/k --aes-key aes.key --format v1",
            "the format v1 is legacy: whoever can write the object can change what readers of it see",
            "use v3 (or v2 for older readers); if a reader knows nothing newer, add --legacy",
        ),
        (
            "plain s3://bucket/k --aes-key aes.key --context a=1",
            "s3://bucket/k: --context is for KMS, and an AES or RSA key is given",
            "use --description in place of --context",
        ),
        (
            "plain s3://bucket/k --aes-key aes.key --header content-md5=x",
            "the header content-md5 cannot be set here: a checksum of the plaintext is not one of the stored bytes: leave checksums to the \
             transport",
            "leave the header out, or use the option that is for it (see --help)",
        ),
        (
            "plain s3://bucket/k --aes-key aes.key --metadata x-amz-iv=1",
            "s3://bucket/k: user metadata must not use the name x-amz-iv, which the encryption writes: choose another name",
            "change --metadata",
        ),
        (
            "plain s3://bucket/k --aes-key aes.key --endpoint-url localhost",
            "--endpoint-url takes a URL, and its value is none",
            "write https://HOST or http://HOST:PORT",
        ),
    ] {
        world.cse(&format!("put {line}")).fails(2, what, next);
    }
    assert!(world.keys().is_empty());
}

#[test]
fn more_metadata_than_s3_takes() {
    let world = World::new();
    world.files.write("plain", "x");
    let line = format!("put plain s3://bucket/k {PUT} --metadata long={}", "v".repeat(1900));
    let done = world.cse(&line);
    done.code(2);
    assert!(done.stderr.ends_with("next: add --instruction-file, or give less --metadata\n"), "{}", done.stderr);
    world.cse(&format!("{line} --instruction-file")).ok();
    assert_eq!(world.keys(), ["k", "k.instruction"]);
}

#[test]
fn what_cannot_be_read() {
    let world = World::new();
    world.cse("put gone s3://bucket/k --aes-key aes.key").fails(
        1,
        "cannot read gone: No such file or directory",
        "check the path",
    );
    world.cse("put aes.key s3://bucket/k --aes-key gone").fails(
        1,
        "cannot read gone (--aes-key): No such file or directory",
        "check the path; --aes-key takes a file, env:NAME, or - for standard input",
    );
    assert!(world.keys().is_empty());
}

#[test]
fn no_two_go_to_one_place() {
    let world = World::new();
    for name in ["a/x", "b/x"] {
        fs::create_dir_all(world.files.path(name).parent().unwrap()).unwrap();
        world.files.write(name, name);
    }
    let next = "work on them one after the other, with targets of their own";
    let done = world.cse(&format!("put a/x b/x s3://bucket/in/ {PUT} --jobs 1"));
    done.says("b/x: a/x goes to s3://bucket/in/x as well", next);
    assert_eq!(world.cse("cat s3://bucket/in/x --aes-key aes.key").ok().stdout, b"a/x");
    world.cse(&format!("put b/x s3://bucket/other/ {PUT}")).ok();
    let done = world.cse("cp s3://bucket/in/x s3://bucket/other/x s3://bucket/copy/ --jobs 1");
    done.says("s3://bucket/other/x: s3://bucket/in/x goes to s3://bucket/copy/x as well", next);
    let done = world.cse("get s3://bucket/in/x s3://bucket/other/x out/ --force --jobs 1 --aes-key aes.key");
    done.says("s3://bucket/other/x: s3://bucket/in/x goes to out/x as well", next);
    assert_eq!(world.files.read("out/x"), b"a/x");
}
