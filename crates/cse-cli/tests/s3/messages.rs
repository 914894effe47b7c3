//! What is said when S3, KMS or the way to them do not do it.

use std::net::TcpListener;

use crate::world::World;

const GET: &[&str] = &["cat", "s3://bucket/k", "--aes-key", "aes.key"];

/// Whom missing credentials are said of. Without the SDK they are looked for before any object is.
const OF: &str = if crate::HTTP { "" } else { "s3://bucket/k: " };

#[test]
fn settings_that_are_missing() {
    let world = World::new();
    world.put("k", "x", "");
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let next = "add --profile NAME, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure` makes a profile";
    world.run_with(GET, b"", &none).fails(1, &format!("{OF}there are no AWS credentials"), next);
    let region = [("AWS_REGION", ""), ("AWS_ENDPOINT_URL", "")];
    let next =
        "add --region NAME, set AWS_REGION, or name one in the profile; for another store, add --endpoint-url URL";
    world.run_with(GET, b"", &region).fails(1, "no AWS region is set", next);
    // Another store needs none.
    assert_eq!(world.run_with(GET, b"", &[("AWS_REGION", "")]).ok().stdout, b"x");
}

#[test]
fn credentials_of_kms_are_missing() {
    let world = World::new();
    world.files.write("plain", "x");
    world.cse("put plain s3://bucket/k --kms-key alias/sandbox").ok();
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let done = world.run_with(&["put", "plain", "s3://bucket/new", "--kms-key", "alias/sandbox"], b"", &none);
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("there are no AWS credentials\nnext: add --profile NAME"), "{}", done.stderr);
}

#[test]
fn profiles_and_endpoints() {
    let world = World::new();
    world.put("k", "x", "");
    let endpoint = world.endpoint();
    std::fs::create_dir(world.files.path(".aws")).unwrap();
    world.files.write(
        ".aws/config",
        format!("[profile sandbox]\nregion = eu-west-1\nservices = here\n[services here]\ns3 =\n  endpoint_url = {endpoint}\n"),
    );
    world
        .files
        .write(".aws/credentials", "[sandbox]\naws_access_key_id = AKEXAMPLE\naws_secret_access_key = SKEXAMPLE\n");
    let bare = [("AWS_ENDPOINT_URL", ""), ("AWS_REGION", ""), ("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let mut words = GET.to_vec();
    words.extend(["--profile", "sandbox"]);
    assert_eq!(world.run_with(&words, b"", &bare).ok().stdout, b"x");
    let mut named = bare.to_vec();
    named.push(("AWS_PROFILE", "sandbox"));
    assert_eq!(world.run_with(GET, b"", &named).ok().stdout, b"x");
    let s3_only = [("AWS_ENDPOINT_URL", ""), ("AWS_ENDPOINT_URL_S3", endpoint)];
    assert_eq!(world.run_with(GET, b"", &s3_only).ok().stdout, b"x");
    let mut words = GET.to_vec();
    words.extend(["--endpoint-url", endpoint, "--region", "eu-west-1"]);
    assert_eq!(world.run_with(&words, b"", &[("AWS_ENDPOINT_URL", "http://127.0.0.1:9")]).ok().stdout, b"x");
}

/// As the aws CLI: a profile that is named counts more than the environment.
#[test]
fn a_profile_that_is_named_counts() {
    let world = World::new();
    world.put("k", "x", "");
    std::fs::create_dir(world.files.path(".aws")).unwrap();
    let keys = "aws_access_key_id = AKEXAMPLE\naws_secret_access_key = SKEXAMPLE\n";
    world.files.write(".aws/credentials", format!("[sandbox]\n{keys}"));
    let wrong = [("AWS_ACCESS_KEY_ID", "AKNOBODY"), ("AWS_SECRET_ACCESS_KEY", "wrong")];
    let named = |profile| [GET, &["--profile", profile]].concat();
    assert_eq!(world.run_with(&named("sandbox"), b"", &wrong).ok().stdout, b"x");
    let done = world.run(&named("none"));
    assert_eq!(done.code, 1);
    let what = format!("error: {OF}there are no AWS credentials: profile `none` was not defined");
    assert!(done.stderr.starts_with(&what), "{}", done.stderr);
}

#[test]
fn nobody_is_there() {
    let world = World::new();
    // Bound and closed again: nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let done = world.run_with(GET, b"", &[("AWS_ENDPOINT_URL", &format!("http://{address}"))]);
    assert_eq!(done.code, 1);
    assert!(done.stderr.starts_with("error: s3://bucket/k: S3 failed or could not be reached"), "{}", done.stderr);
    assert!(
        done.stderr.ends_with("next: try again; if it stays, check --endpoint-url, --region and the network\n"),
        "{}",
        done.stderr
    );
}

#[test]
fn wrong_credentials() {
    let world = World::new();
    world.put("k", "x", "");
    let next = "next: check the credentials: `aws sts get-caller-identity` tries them\n";
    for (name, value) in [("AWS_SECRET_ACCESS_KEY", "wrong"), ("AWS_ACCESS_KEY_ID", "AKNOBODY")] {
        let done = world.run_with(GET, b"", &[(name, value)]);
        assert_eq!(done.code, 1);
        assert!(done.stderr.ends_with(next), "{}", done.stderr);
        assert!(!done.stderr.contains("wrong"), "{}", done.stderr);
    }
}

#[test]
fn no_credentials_are_shown_when_none_are_wanted() {
    let world = World::new();
    world.put("k", "x", "");
    let mut words = GET.to_vec();
    words.extend(["--no-sign-request", "--json"]);
    let done = world.run(&words);
    assert_eq!((done.code, &done.stderr_json()["error"]["kind"]), (1, &serde_json::json!("access-denied")));
}

#[test]
fn what_kms_does_not_do() {
    let world = World::new();
    world.files.write("plain", "x");
    let s3_only = [("AWS_ACCESS_KEY_ID", "AKS3ONLY"), ("AWS_SECRET_ACCESS_KEY", "SKS3ONLY")];
    let put = ["put", "plain", "s3://bucket/k", "--kms-key", "alias/sandbox"];
    let next = "next: check --profile and the KMS key's policy: reading needs kms:Decrypt, putting kms:GenerateDataKey, rewrapping \
                kms:Encrypt\n";
    let done = world.run_with(&put, b"", &s3_only);
    assert_eq!(done.code, 1);
    assert!(done.stderr.ends_with(next), "{}", done.stderr);
    world.run(&put).ok();
    let done = world.run_with(&["cat", "s3://bucket/k"], b"", &s3_only);
    assert_eq!((done.code, done.stdout.as_slice()), (1, b"".as_slice()));
    assert!(done.stderr.ends_with(next), "{}", done.stderr);
    let done = world.cse("put plain s3://bucket/k --kms-key alias/none");
    assert_eq!(done.code, 1);
    let next = "next: check --kms-key and --region; with --kms-answers, record an answer\n";
    assert!(done.stderr.ends_with(next), "{}", done.stderr);
    world.cse("put plain s3://bucket/k --kms-key alias/sandbox --kms-endpoint-url http://127.0.0.1:9").code(1);
}

#[test]
fn errors_as_json() {
    let world = World::new();
    world.put("k", "x", "");
    for (line, code, kind) in [
        ("cat s3://bucket/none --aes-key aes.key", 1, "not-found"),
        ("cat s3://none/k --aes-key aes.key", 1, "not-found"),
        ("put gone s3://bucket/k --aes-key aes.key", 1, "file"),
        ("put aes.key s3://bucket/k --aes-key aes.key --if-absent", 1, "conflict"),
        ("cat s3://bucket/k --aes-key other.key", 1, "decrypt"),
        ("cat bucket/k --aes-key other.key", 2, "usage"),
        ("cat s3://bucket/k --aes-key aes.key --range 5-", 1, "range"),
        ("rewrap s3://bucket/k --aes-key aes.key --new-aes-key other.key", 1, "missing-instruction-file"),
        ("get s3://bucket/k other.key --aes-key aes.key", 1, "file"),
    ] {
        let done = world.cse(&format!("{line} --json"));
        let error = &done.stderr_json()["error"];
        assert_eq!((done.code, done.stdout.as_slice()), (code, b"".as_slice()), "{line}");
        assert_eq!(error["kind"], kind, "{line}");
        assert!(error["what"].is_string() && error["next"].is_string());
    }
}

/// A key, however it is given, is not in what is said.
#[test]
fn ssec_keys_are_not_taken_from_the_command_line() {
    let world = World::new();
    let key = "lwnvF2JULGknvqwUZPXKXCcTI5X3O69qeMS8Uiraxok=";
    let header = format!("x-amz-server-side-encryption-customer-key={key}");
    let done = world.run(&["cat", "s3://bucket/k", "--aes-key", "aes.key", "--header", &header]);
    assert_eq!(done.code, 2);
    assert!(done.stderr.contains("--header takes a place to read from, and the value given looks like a key itself"));
    assert!(!done.stderr.contains(key));
}
