//! `cse demo`, and the objects inside it.
#![cfg(feature = "demo")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

mod support;

use std::{collections::HashSet, fs, path::Path};

use support::{Sandbox, Vector, vectors};

/// `<writer>/<case>` of every bundled object.
fn bundled() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo");
    let mut names = Vec::new();
    for writer in fs::read_dir(&root).unwrap() {
        for case in fs::read_dir(writer.unwrap().path()).unwrap() {
            names.push(case.unwrap().path().strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
        }
    }
    names
}

#[test]
fn bundled_objects_are_those_of_the_vectors() {
    let names = bundled();
    for name in &names {
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(name);
        let mut files: Vec<_> = fs::read_dir(&own).unwrap().map(|it| it.unwrap().file_name()).collect();
        files.sort();
        assert_eq!(files, ["case.json", "ciphertext.bin", "plaintext.bin"], "{name}");
        for file in files {
            assert!(
                fs::read(own.join(&file)).unwrap() == fs::read(vectors().join(name).join(&file)).unwrap(),
                "{name}"
            );
        }
    }
    assert_eq!(names.len(), 28);
}

#[test]
fn bundled_objects_are_one_of_each_kind() {
    let kind = |vector: &Vector| {
        let text = |field| vector.text(field).to_owned();
        // Some objects keep it from before a re-encryption.
        let mgf1 = if text("wrap_alg").contains("SHA-256") { text("oaep_mgf1") } else { String::new() };
        (text("format"), text("wrap_alg"), text("cek_alg"), mgf1, vector.case["instruction_file"].is_null())
    };
    let all: HashSet<_> = Vector::all().iter().map(kind).collect();
    let own: HashSet<_> = bundled().iter().map(|name| kind(&Vector::new(name))).collect();
    assert_eq!(own, all);
}

#[test]
fn the_demo_runs_anywhere_and_leaves_nothing() {
    let sandbox = Sandbox::new();
    let temporary = sandbox.path("tmp");
    fs::create_dir(&temporary).unwrap();
    // Whatever is set for AWS on this machine does not count.
    let variables =
        [("TMPDIR", temporary.to_str().unwrap()), ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"), ("AWS_PROFILE", "none")];
    let done = sandbox.run_with(&["demo"], b"", &variables).ok();
    let text = done.stdout_text();
    assert!(text.contains("\n28 objects of other clients, 16 round trips: all as expected.\n"), "{text}");
    assert!(text.contains("one bit flipped "), "{text}");
    assert!(text.contains("refused, and nothing was released\n"), "{text}");
    assert!(!text.contains("WRONG"), "{text}");
    assert_eq!(done.stderr, "");
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
    assert_eq!(sandbox.files(), ["tmp"]);
}

#[test]
fn the_demo_as_json() {
    let report = Sandbox::new().cse("demo --json").ok().stdout_json();
    assert_eq!(report["ok"], true);
    for (table, len) in [("other_clients", 28), ("round_trips", 16), ("life", 13)] {
        let rows = report[table].as_array().unwrap();
        assert_eq!(rows.len(), len, "{table}");
        assert!(rows.iter().all(|row| row["ok"] == true), "{table}");
    }
}
