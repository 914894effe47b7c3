//! What is stored stays within the limits of those who read and keep it.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use support::Sandbox;

const KEY: &str = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";

fn ready() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("aes.key", KEY);
    sandbox.write("plain", "0123456789");
    sandbox
}

fn seal(description: &str, more: &str) -> String {
    format!("seal plain --out body --metadata m --aes-key aes.key --force {more} --description a={description}")
}

#[test]
fn seal_refuses_what_open_would_refuse() {
    let sandbox = ready();
    let next = "give fewer or shorter entries with --context or --description";
    // `{"a":"` and `"}` are 8 bytes.
    let (longest, too_long) = ("x".repeat(128 * 1024 - 8), "x".repeat(128 * 1024 - 7));
    let what = "the encryption context or material description is too long to be read back";
    for format in ["v3", "v2"] {
        for place in ["", "--instruction i"] {
            let options = format!("--format {format} {place}");
            sandbox.cse(&seal(&too_long, &options)).fails(2, what, next);
            assert_eq!(sandbox.files(), ["aes.key", "plain"], "{options}");
            sandbox.cse(&seal(&longest, &options)).ok();
            let open =
                format!("open body --metadata m {place} --aes-key aes.key --policy require-encrypt-allow-decrypt");
            assert_eq!(sandbox.cse(&open).ok().stdout, b"0123456789");
            for file in ["body", "m", "i"] {
                drop(std::fs::remove_file(sandbox.path(file)));
            }
        }
    }
}

#[test]
fn more_metadata_than_s3_takes_is_a_warning() {
    let sandbox = ready();
    let summary = "sealed 10 bytes: V3, AES-GCM with key commitment, data key wrapped by AES/GCM\n";
    let len = |sandbox: &Sandbox| -> usize {
        let metadata = sandbox.json("m");
        metadata.as_object().unwrap().iter().map(|(name, value)| name.len() + value.as_str().unwrap().len()).sum()
    };
    sandbox.cse(&seal("", "")).ok();
    let room = 2048 - len(&sandbox);
    assert_eq!(sandbox.cse(&seal(&"x".repeat(room), "")).ok().stderr, summary);
    assert_eq!(len(&sandbox), 2048);
    let warning = "the metadata has 2049 bytes, and S3 takes 2048: add --instruction FILE to keep the wrapped key in an \
                   instruction file";
    let long = "x".repeat(room + 1);
    assert_eq!(sandbox.cse(&seal(&long, "")).ok().stderr, format!("warning: {warning}\n{summary}"));
    assert_eq!(sandbox.cse(&seal(&long, "-q")).ok().stderr, format!("warning: {warning}\n"));
    let done = sandbox.cse(&seal(&long, "--json")).ok();
    assert_eq!((&done.stdout_json()["warnings"], done.stderr.as_str()), (&serde_json::json!([warning]), ""));
    assert_eq!(sandbox.cse(&seal(&long, "--instruction i")).ok().stderr, summary);
}
