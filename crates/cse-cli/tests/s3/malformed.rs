//! Objects whose envelopes are not well formed: the verbs for finding out show what is there.

use cse_client::Metadata;
use serde_json::json;

use crate::world::World;

const NEXT: &str = "compare the fields that are stored with those of another object of the same writer; a copy or an older version may have \
                    them whole";

/// The object once more, with one of its fields changed, or without it.
fn change(world: &World, key: &str, field: &str, value: Option<&str>) {
    let (attributes, body) = world.stored(key).unwrap();
    let mut metadata: Vec<_> = attributes.metadata.iter().map(|(n, v)| (n.to_owned(), v.to_vec())).collect();
    metadata.retain(|(name, _)| name != field);
    metadata.extend(value.map(|value| (field.to_owned(), value.as_bytes().to_vec())));
    let texts = metadata.iter().map(|(name, value)| (name.as_str(), core::str::from_utf8(value).unwrap()));
    world.store(key, Metadata::from_iter(texts), body);
}

#[test]
fn fields_are_shown_with_the_reason() {
    let world = World::new();
    world.put("k", "x", "--metadata colour=blue");
    change(&world, "k", "x-amz-i", Some("not base64"));
    let what = "s3://bucket/k: not a well-formed envelope: x-amz-i: is not base64 with padding";
    let malformed = "not a well-formed envelope: x-amz-i: is not base64 with padding";
    for verb in ["head", "inspect"] {
        let done = world.cse(&format!("{verb} s3://bucket/k"));
        assert_eq!((done.code, done.stderr.as_str()), (1, &*format!("error: {what}\nnext: {NEXT}\n")), "{verb}");
        for line in [
            &*format!("format       {malformed}\n"),
            "x-amz-c = 115\n",
            "x-amz-i = not base64\n",
            "x-amz-3 = (60 bytes of base64)\n",
        ] {
            assert!(done.stdout_text().contains(line), "{verb}: {}", done.stdout_text());
        }
        assert_eq!(done.stdout_text().contains("metadata     colour = blue\n"), verb == "head");
    }
    let done = world.cse("head s3://bucket/k --json");
    let report = done.stdout_json();
    assert_eq!((done.code, &done.stderr_json()["error"]["kind"]), (1, &json!("malformed")));
    assert_eq!((&report["stored_len"], &report["plaintext_len"]), (&json!(17), &json!(null)));
    assert_eq!(report["metadata"], json!({"colour": "blue"}));
    let encryption = &report["encryption"];
    assert_eq!((&encryption["malformed"], &encryption["stored"]["x-amz-i"]), (&json!(malformed), &json!("not base64")));
    assert_eq!(world.cse("inspect s3://bucket/k --json").stdout_json(), *encryption);
    // What reads it says no more than that.
    let next = "see that the metadata is complete, unchanged and of this object; `cse inspect` reads it without a key";
    world.cse("cat s3://bucket/k --aes-key aes.key").fails(1, what, next);
}

#[test]
fn fields_that_are_missing_or_too_many() {
    let world = World::new();
    for (field, value, reason) in [
        ("x-amz-d", None, "x-amz-d: is missing"),
        ("x-amz-3", Some("AAA"), "x-amz-3: is not base64 with padding"),
        ("x-amz-w", Some("99"), "x-amz-w: unknown algorithm \"99\""),
        ("x-amz-cek-alg", Some("AES/GCM/NoPadding"), "x-amz-cek-alg: does not belong beside x-amz-3"),
        ("x-amz-m", Some("{"), "x-amz-m: is not a JSON object of text values"),
    ] {
        world.put("k", "x", "");
        change(&world, "k", field, value);
        let done = world.cse("inspect s3://bucket/k");
        let what = format!("error: s3://bucket/k: not a well-formed envelope: {reason}\n");
        assert!(done.code == 1 && done.stderr.starts_with(&what), "{}", done.stderr);
        assert!(done.stdout_text().contains(reason), "{}", done.stdout_text());
    }
    // Of a wrapped key only its length.
    world.put("k", "x", "");
    change(&world, "k", "x-amz-3", Some("AAA"));
    let done = world.cse("inspect s3://bucket/k");
    assert!(done.stdout_text().contains("x-amz-3 = (3 characters, not base64)\n"), "{}", done.stdout_text());
}

#[test]
fn instruction_files_that_are_none() {
    let world = World::new();
    world.put("k", "x", "--instruction-file");
    world.store(
        "k.instruction",
        Metadata::new(),
        b"{\"x-amz-3\":\"AAAA\",\"x-amz-w\":\"02\",\"x-amz-d\":\"AAAA\"}".to_vec(),
    );
    let done = world.cse("head s3://bucket/k");
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("x-amz-d: must be on the object, never in an instruction file"), "{}", done.stderr);
    assert!(done.stdout_text().contains("in the file  x-amz-3 = (3 bytes of base64)\n"), "{}", done.stdout_text());
    let report = world.cse("inspect s3://bucket/k --json").stdout_json();
    assert_eq!(report["instruction_file"]["x-amz-d"], json!("AAAA"));
    world.store("k.instruction", Metadata::new(), b"no JSON".to_vec());
    let done = world.cse("head s3://bucket/k");
    assert_eq!(done.code, 1);
    assert!(done.stdout_text().ends_with("in the file  no JSON object, 7 bytes\n"), "{}", done.stdout_text());
    let report = world.cse("inspect s3://bucket/k --json").stdout_json();
    assert_eq!(report["instruction_file"], json!({"bytes": 7}));
}
