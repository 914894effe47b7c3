//! What `--http` does not do, and says.

use crate::world::World;

const CAT: &[&str] = &["cat", "s3://bucket/k", "--aes-key", "aes.key"];

#[test]
fn endpoints_of_other_kinds_are_refused() {
    let world = World::new();
    world.put("k", "x", "");
    let next = "leave out --http, or change the profile or the environment";
    for (name, what) in [("AWS_USE_FIPS_ENDPOINT", "FIPS"), ("AWS_USE_DUALSTACK_ENDPOINT", "dual-stack")] {
        let what = format!("the settings ask for {what} endpoints, which --http does not know");
        world.run_with(CAT, b"", &[(name, "true")]).fails(1, &what, next);
        assert_eq!(world.run_with(CAT, b"", &[(name, "false")]).ok().stdout, b"x");
    }
    std::fs::create_dir(world.files.path(".aws")).unwrap();
    world.files.write(".aws/config", "[default]\nuse_fips_endpoint = true\n");
    world.run(CAT).fails(1, "the settings ask for FIPS endpoints, which --http does not know", next);
}

#[test]
fn endpoints_that_cannot_be_used() {
    let world = World::new();
    let next = "give http:// or https://, a host and perhaps a path, without a password or a query";
    for (name, service) in [("AWS_ENDPOINT_URL_S3", "S3"), ("AWS_ENDPOINT_URL_KMS", "KMS")] {
        for (url, why) in [
            (
                "http://user:secret@host",
                "a URL with a user name or a password cannot be used here: leave them out, and give credentials apart",
            ),
            (
                "https://host/?query",
                "an endpoint has no query and no fragment: give http:// or https://, a host and perhaps a path",
            ),
            ("host:9000", "of URLs only http:// and https:// with a host can be used here"),
        ] {
            let what = format!("the endpoint of {service} is not one that --http can use: {why}");
            world.run_with(CAT, b"", &[(name, url)]).fails(1, &what, next);
        }
    }
}

/// S3 is asked without any, and KMS always wants some.
#[test]
fn credentials_that_only_kms_wants() {
    let world = World::new();
    world.files.write("plain", "x");
    let none = [("AWS_ACCESS_KEY_ID", ""), ("AWS_SECRET_ACCESS_KEY", "")];
    let put = ["put", "plain", "s3://bucket/k", "--kms-key", "alias/sandbox", "--no-sign-request"];
    let next = "add --profile NAME, or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws configure` makes a profile";
    world.run_with(&put, b"", &none).fails(1, "s3://bucket/k: there are no AWS credentials", next);
}
