//! What each request carries: who pays, who must own the bucket, and temporary credentials.

use crate::{
    ways::{Refusal, SeenWay},
    world::World,
};

/// Every verb, in an order in which each finds what it needs.
const LINES: [&str; 10] = [
    "put plain s3://bucket/k --aes-key aes.key --instruction-file",
    "get s3://bucket/k out --aes-key aes.key",
    "cat s3://bucket/k --aes-key aes.key",
    "ls s3://bucket --sizes head",
    "head s3://bucket/k",
    "verify s3://bucket/k --aes-key aes.key",
    "rewrap s3://bucket/k --aes-key aes.key --new-aes-key other.key",
    "cp s3://bucket/k s3://bucket/copy",
    "uploads s3://bucket",
    "rm -r s3://bucket",
];

/// Runs every verb with an option, over a way that sees what is asked.
fn seen(option: &str) -> Vec<(String, Vec<String>)> {
    let world = World::new();
    world.files.write("plain", "0123456789");
    let mut all = Vec::new();
    for line in LINES {
        let way = SeenWay::new(&world, None);
        let endpoint = way.endpoint();
        let line = format!("{line} {option}");
        world.run_with(&words(&line), b"", &[("AWS_ENDPOINT_URL", &endpoint)]).ok();
        let heads = way.to_s3();
        assert!(!heads.is_empty(), "{line}");
        all.push((line, heads));
    }
    assert!(world.keys().is_empty());
    all
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

#[test]
fn who_pays() {
    for (line, heads) in seen("--request-payer") {
        for head in heads {
            assert!(head.contains("\nx-amz-request-payer: requester"), "{line}: {head}");
        }
    }
    for (line, heads) in seen("") {
        for head in heads {
            assert!(!head.contains("x-amz-request-payer") && !head.contains("bucket-owner"), "{line}: {head}");
        }
    }
}

#[test]
fn who_must_own_the_bucket() {
    for (line, heads) in seen("--expected-bucket-owner 123456789012") {
        for head in heads {
            assert!(head.contains("\nx-amz-expected-bucket-owner: 123456789012"), "{line}: {head}");
            let is_copy = head.contains("\nx-amz-copy-source:");
            assert_eq!(head.contains("\nx-amz-source-expected-bucket-owner: 123456789012"), is_copy, "{line}: {head}");
        }
    }
}

#[test]
fn temporary_credentials() {
    let world = World::new();
    world.files.write("plain", "0123456789");
    let way = SeenWay::new(&world, None);
    let endpoint = way.endpoint();
    let variables = [("AWS_ENDPOINT_URL", &*endpoint), ("AWS_SESSION_TOKEN", "TOKEN")];
    for line in ["put plain s3://bucket/k --kms-key alias/sandbox", "cat s3://bucket/k"] {
        world.run_with(&words(line), b"", &variables).ok();
    }
    let (all, to_s3) = (way.all(), way.to_s3());
    // KMS as well.
    assert!(to_s3.len() < all.len());
    for head in all {
        assert!(head.contains("\nx-amz-security-token: token"), "{head}");
    }
}

/// Credentials that a program gives: of a profile that the environment does not override.
#[cfg(unix)]
fn with_process(world: &World, expires_in: core::time::Duration) {
    let expires = humantime::format_rfc3339_seconds(std::time::SystemTime::now() + expires_in);
    let answer = serde_json::json!({
        "Version": 1, "AccessKeyId": "AKEXAMPLE", "SecretAccessKey": "SKEXAMPLE", "SessionToken": "TOKEN",
        "Expiration": expires.to_string(),
    });
    world.files.write("answer.json", answer.to_string());
    std::fs::create_dir_all(world.files.path(".aws")).unwrap();
    let folder = world.files.path("");
    let folder = folder.display();
    world.files.write("give", format!("echo asked >> {folder}/asked; cat {folder}/answer.json"));
    world.files.write(".aws/config", format!("[profile given]\ncredential_process = sh {folder}/give\n"));
}

#[cfg(unix)]
#[test]
fn credentials_that_expire() {
    use core::time::Duration;
    let world = World::new();
    world.files.write("plain", "0123456789");
    let put = words("put plain s3://bucket/k --kms-key alias/sandbox --instruction-file --profile given");
    let asked = || String::from_utf8(world.files.read("asked")).unwrap().lines().count();
    with_process(&world, Duration::from_secs(3600));
    world.run(&put).ok();
    assert_eq!(asked(), 1, "S3 and KMS share them");
    world.cse("rm -r s3://bucket").ok();
    // Good for now, and about to expire: they are asked for anew. When the SDK does so is its own business.
    with_process(&world, Duration::from_secs(60));
    std::fs::remove_file(world.files.path("asked")).unwrap();
    world.run(&put).ok();
    assert!(!crate::HTTP || asked() > 1);
}

#[cfg(unix)]
#[test]
fn credentials_that_a_program_does_not_give() {
    let world = World::new();
    world.put("k", "x", "");
    std::fs::create_dir_all(world.files.path(".aws")).unwrap();
    world.files.write(".aws/config", "[profile given]\ncredential_process = false\n");
    let done = world.cse("cat s3://bucket/k --aes-key aes.key --profile given");
    assert_eq!(done.code, 1);
    assert!(done.stderr.contains("the AWS credentials cannot be had: "), "{}", done.stderr);
    let next = "next: see the profile (--profile, AWS_PROFILE); for SSO, `aws sso login` begins a new session\n";
    assert!(done.stderr.ends_with(next), "{}", done.stderr);
}

#[test]
fn an_endpoint_that_is_none() {
    let world = World::new();
    for (option, url) in [("--endpoint-url", "localhost:9000"), ("--kms-endpoint-url", "ftp://host")] {
        world.cse(&format!("cat s3://bucket/k --aes-key aes.key {option} {url}")).fails(
            2,
            &format!("{option} takes a URL, and its value is none"),
            "write https://HOST or http://HOST:PORT",
        );
    }
}

const DENIED: &str = "<Error><Code>AccessDenied</Code><Message>no</Message></Error>";

/// Which of the two a copy fails of, S3 does not say.
#[test]
fn copies_that_the_target_refuses() {
    let world = World::new();
    world.put("k", "x", "");
    world.put("file", "x", "--instruction-file");
    let denied = |refusal: Refusal, line: &str| {
        let way = SeenWay::new(&world, Some(refusal));
        let done = world.run_with(&words(line), b"", &[("AWS_ENDPOINT_URL", &way.endpoint())]);
        assert_eq!(done.code, 1);
        done.stderr
    };
    let next = "next: check --profile and the policies of both buckets: copying needs s3:PutObject on the target, and s3:GetObject on the \
                source\n";
    for (refused, line) in [
        ("PUT /bucket/to", "cp s3://bucket/k s3://bucket/to"),
        ("PUT /bucket/to", "cp s3://bucket/file s3://bucket/to"),
    ] {
        let said = denied((refused, "403 Forbidden", DENIED), line);
        assert!(said.starts_with("error: s3://bucket/to: "), "{said}");
        assert!(said.ends_with(next), "{said}");
    }
    let said = denied(("HEAD /bucket/k", "403 Forbidden", ""), "cp s3://bucket/k s3://bucket/to");
    assert!(said.starts_with("error: s3://bucket/k: "), "{said}");
    let next = "check its name, and --profile, --region and --endpoint-url; `aws s3 mb s3://BUCKET` makes one";
    for key in ["k", "file"] {
        let line = format!("cp s3://bucket/{key} s3://none/to");
        world.cse(&line).fails(1, "s3://none/to: there is no such bucket", next);
    }
}
