//! `cse ls`, `cse head`, `cse inspect` and `cse uploads`.

use cse_client::Metadata;
use serde_json::json;

use crate::world::{World, json_lines};

#[test]
fn a_listing() {
    let world = World::new();
    world.put("a", "0123456789", "");
    world.put("folder/b", "0123456789", "--instruction-file");
    world.store("plain", Metadata::new(), b"xy".to_vec());
    let objects = |line: &str| -> Vec<(String, u64)> {
        let lines = json_lines(&world.cse(line).ok());
        lines
            .iter()
            .map(|line| {
                (line["object"].as_str().unwrap_or_default().to_owned(), line["size"].as_u64().unwrap_or_default())
            })
            .collect()
    };
    let lines = json_lines(&world.cse("ls s3://bucket --json").ok());
    assert_eq!((lines.len(), &lines[2]), (3, &json!({"prefix": "s3://bucket/folder/"})));
    assert_eq!((&lines[0]["object"], &lines[0]["size"]), (&json!("s3://bucket/a"), &json!(26)));
    assert!(lines[0]["etag"].is_string() && lines[0]["last_modified"].as_str().unwrap().ends_with('Z'));
    let name = |key: &str| format!("s3://bucket/{key}");
    let file_len = world.attributes("folder/b.instruction").content_len.unwrap();
    assert_eq!(
        objects("ls -r s3://bucket --json"),
        [(name("a"), 26), (name("folder/b"), 26), (name("folder/b.instruction"), file_len), (name("plain"), 2)]
    );
    assert_eq!(
        objects("ls -r s3://bucket --json --hide-instruction-files --sizes head"),
        [(name("a"), 10), (name("folder/b"), 10), (name("plain"), 2)]
    );
    assert_eq!(objects("ls s3://bucket/fo*/b --json --sizes assume-gcm"), [(name("folder/b"), 10)]);
    let text = world.cse("ls s3://bucket").ok();
    assert!(text.stdout_text().contains("                  26  s3://bucket/a\n"), "{}", text.stdout_text());
    assert!(text.stdout_text().contains("              folder  s3://bucket/folder/\n"), "{}", text.stdout_text());
    assert!(world.cse("ls s3://bucket/a --human-readable").ok().stdout_text().contains("26 B  s3://bucket/a\n"));
}

#[test]
fn what_is_not_there() {
    let world = World::new();
    world.cse("ls s3://bucket").ok();
    world.cse("ls s3://bucket/none").fails(
        1,
        "nothing in s3://bucket begins with or matches that name",
        "shorten the name; with -r, all of a bucket is listed",
    );
    world.cse("ls s3://").fails(
        2,
        "no bucket is named",
        "name one: cse ls s3://BUCKET; `aws s3 ls` shows which there are",
    );
    let next = "check its name, and --profile, --region and --endpoint-url; `aws s3 mb s3://BUCKET` makes one";
    world.cse("ls s3://no-such-bucket").fails(1, "s3://no-such-bucket: there is no such bucket", next);
    world.cse("uploads s3://no-such-bucket").fails(1, "s3://no-such-bucket: there is no such bucket", next);
    let next = "check the name: `cse ls` shows what is there";
    for verb in ["head", "inspect"] {
        world.cse(&format!("{verb} s3://bucket/none")).fails(1, "s3://bucket/none: there is no such object", next);
        world.cse(&format!("{verb} s3://bucket/")).code(2);
    }
}

/// Keys are anyone's.
#[test]
fn control_characters_do_not_reach_a_terminal() {
    let world = World::new();
    world.put("a\u{1b}[2Jb", "x", "");
    assert!(world.cse("ls s3://bucket").ok().stdout_text().contains("s3://bucket/a\\u{1b}[2Jb\n"));
}

#[test]
fn a_look_at_an_object() {
    let world = World::new();
    world.files.write("plain", "0123456789");
    world.cse("put plain s3://bucket/k --kms-key alias/sandbox --context a=1 --metadata colour=blue --content-type text/plain").ok();
    let report = world.cse("head s3://bucket/k --json").ok().stdout_json();
    assert_eq!((&report["stored_len"], &report["plaintext_len"]), (&json!(26), &json!(10)));
    assert_eq!(report["metadata"], json!({"colour": "blue"}));
    assert_eq!(report["headers"]["content-type"], "text/plain");
    let encryption = &report["encryption"];
    assert_eq!((&encryption["version"], &encryption["wrap"]), (&json!("V3"), &json!("kms+context")));
    assert_eq!(encryption["flags"], json!(["--context", "a=1"]));
    let text = world.cse("head s3://bucket/k").ok();
    for line in [
        "stored       26 bytes\n",
        "plaintext    10 bytes\n",
        "metadata     colour = blue\n",
        "wrap         kms+context\n",
    ] {
        assert!(text.stdout_text().contains(line), "{}", text.stdout_text());
    }
    let text = world.cse("inspect s3://bucket/k").ok();
    assert!(
        text.stdout_text().contains("to read it   cse get s3://bucket/k --context a=1\n"),
        "{}",
        text.stdout_text()
    );
    assert_eq!(world.cse("inspect s3://bucket/k --json").ok().stdout_json(), *encryption);
}

#[test]
fn a_look_at_other_objects() {
    let world = World::new();
    world.store("plain", Metadata::new(), b"xy".to_vec());
    let report = world.cse("head s3://bucket/plain --json").ok().stdout_json();
    assert_eq!((&report["plaintext_len"], &report["encryption"]), (&json!(2), &json!(null)));
    assert_eq!(world.cse("inspect s3://bucket/plain").code, 1);
    world.put("file", "x", "--instruction-file");
    let text = world.cse("inspect s3://bucket/file").ok();
    assert!(text.stdout_text().starts_with("format       V3, key in the instruction file\n"), "{}", text.stdout_text());
    world.cse("rm s3://bucket/file.instruction").ok();
    let text = world.cse("inspect s3://bucket/file").ok();
    assert!(text.stdout_text().contains("needed       the object KEY.instruction"), "{}", text.stdout_text());
    world.cse("inspect s3://bucket/file --instruction-suffix .none").fails(
        1,
        "s3://bucket/file: its data key is in an instruction file, which is not there",
        "if the file has another name, add --instruction-suffix SUFFIX; if it is lost, restore it",
    );
    world.cse("inspect s3://bucket/file --instruction x").fails(
        2,
        "--instruction is for files: in S3 the instruction file is found by its name",
        "leave it out; if the file has another name, add --instruction-suffix SUFFIX",
    );
}

#[test]
fn unfinished_uploads() {
    let world = World::new();
    let (one, two, other) = (world.begin_upload("in/a"), world.begin_upload("in/b"), world.begin_upload("out"));
    let ids = |line: &str| -> Vec<String> {
        let lines = json_lines(&world.cse(line).ok());
        lines.iter().map(|line| line["upload_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids("uploads s3://bucket --json"), [&*one, &*two, &*other]);
    assert_eq!(ids("uploads s3://bucket/in/ --json"), [&*one, &*two]);
    assert!(ids("uploads s3://bucket --older-than 1day --json").is_empty());
    assert_eq!(ids("uploads s3://bucket --older-than 0s --json").len(), 3);
    world.cse("uploads s3://bucket --abort").fails(
        2,
        "--abort would also end uploads that are under way",
        "choose them with --older-than AGE or --id ID; if really all are meant, add --all",
    );
    world.cse("uploads s3://bucket --id none").fails(
        1,
        "there is no unfinished upload none below s3://bucket/",
        "see which there are, without --id; it may have ended meanwhile",
    );
    world.cse("uploads s3://bucket --older-than x").is_usage("write a number and a unit, such as 30min, 2h or 7days");
    world.cse("uploads s3://bucket --all").is_usage("--abort");
    let text = world.cse(&format!("uploads s3://bucket --id {two}")).ok();
    assert!(text.stdout_text().ends_with(&format!("  {two}  s3://bucket/in/b\n")), "{}", text.stdout_text());
    world.cse("uploads s3://bucket --abort --older-than 1day").ok();
    assert_eq!(world.unfinished(), 3);
    let aborted = json_lines(&world.cse(&format!("uploads s3://bucket --abort --id {two} --json")).ok());
    assert_eq!((aborted.len(), &aborted[0]["aborted"]), (1, &json!(true)));
    assert_eq!(ids("uploads s3://bucket --json"), [&*one, &*other]);
    world.cse("uploads s3://bucket/in/ --abort --older-than 0s").ok();
    assert_eq!(ids("uploads s3://bucket --json"), [&*other]);
}
