use super::*;

fn url(endpoint: &Endpoint, bucket: &str, key: &str) -> String {
    endpoint.object(bucket, key, &[]).unwrap().url.to_string()
}

#[test]
fn aws_has_a_host_for_each_bucket() {
    let aws = Endpoint::aws("eu-west-1");
    assert_eq!(url(&aws, "bucket", "a b"), "https://bucket.s3.eu-west-1.amazonaws.com/a%20b");
    assert_eq!(url(&aws, "my.bucket", "k"), "https://s3.eu-west-1.amazonaws.com/my.bucket/k");
    assert_eq!(url(&aws, "Old_Bucket", "k"), "https://s3.eu-west-1.amazonaws.com/Old_Bucket/k");
    let china = Endpoint::aws("cn-north-1").with_style(Style::Path);
    assert_eq!(url(&china, "bucket", "k"), "https://s3.cn-north-1.amazonaws.com.cn/bucket/k");
    let arn = "arn:aws:s3:eu-west-1:111122223333:accesspoint/mine";
    assert_eq!(url(&aws, arn, "k"), "https://mine-111122223333.s3-accesspoint.eu-west-1.amazonaws.com/k");
}

#[test]
fn other_stores_have_paths_or_hosts() {
    let store = Endpoint::aws("r").at("http://localhost:9000/base/").unwrap();
    assert_eq!(url(&store, "bucket", "k"), "http://localhost:9000/base/bucket/k");
    assert_eq!(store.bucket("bucket", &[("uploads", "")]).unwrap().url.path(), "/base/bucket/");
    let hosts = Endpoint::aws("r").at("https://store.example").unwrap().with_style(Style::VirtualHost);
    assert_eq!(url(&hosts, "bucket", "/k"), "https://bucket.store.example//k");
}

#[test]
fn ports_base_paths_and_addresses_stay() {
    // Whichever is said first.
    let hosts = Endpoint::aws("r").with_style(Style::VirtualHost).at("http://store").unwrap();
    assert_eq!(url(&hosts, "bucket", "k"), "http://bucket.store/k");
    for (base, path, host) in [
        ("http://store:9000", "http://store:9000/bucket/k", "http://bucket.store:9000/k"),
        ("http://store:80/", "http://store/bucket/k", "http://bucket.store/k"),
        ("https://store/a%20b/c", "https://store/a%20b/c/bucket/k", "https://bucket.store/a%20b/c/k"),
        ("http://STORE/Base/", "http://store/Base/bucket/k", "http://bucket.store/Base/k"),
        // No bucket goes before an address.
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000/bucket/k", "http://127.0.0.1:9000/bucket/k"),
        ("http://[::1]:9000/b", "http://[::1]:9000/b/bucket/k", "http://[::1]:9000/b/bucket/k"),
    ] {
        let store = Endpoint::aws("r").at(base).unwrap();
        assert_eq!(url(&store, "bucket", "k"), path);
        assert_eq!(url(&store.clone().with_style(Style::VirtualHost), "bucket", "k"), host);
        let dotted = url(&store.with_style(Style::VirtualHost), "my.bucket", "k");
        assert_eq!(dotted, path.replace("bucket", "my.bucket"));
    }
}

#[test]
fn partitions_have_domains_of_their_own() {
    for (region, host) in [
        ("eu-west-1", "eu-west-1.amazonaws.com"),
        ("us-gov-west-1", "us-gov-west-1.amazonaws.com"),
        ("cn-north-1", "cn-north-1.amazonaws.com.cn"),
        ("eusc-de-east-1", "eusc-de-east-1.amazonaws.eu"),
        ("us-iso-east-1", "us-iso-east-1.c2s.ic.gov"),
        ("us-isob-east-1", "us-isob-east-1.sc2s.sgov.gov"),
    ] {
        assert_eq!(url(&Endpoint::aws(region), "bucket", "k"), format!("https://bucket.s3.{host}/k"));
    }
}

#[test]
fn odd_keys_are_sent_as_they_are_signed() {
    let hosts = Endpoint::aws("r").at("http://h/base").unwrap().with_style(Style::VirtualHost);
    for key in ["a b", "a+b", "a%2Fb", "%", "\u{1f511}", "a//b", "/a", "//", "a&b=c;d", "'()*!~"] {
        let target = hosts.object("b", key, &[("versionId", "v/+ 1")]).unwrap();
        assert_eq!(target.url.as_str(), target.canonical, "{key:?}");
        assert_eq!(target.url.as_str(), format!("http://b.h/base/{}?versionId=v%2F%2B%201", encode_path(key)));
    }
}

#[test]
fn no_key_leads_to_another() {
    let store = Endpoint::aws("r").at("http://h").unwrap();
    for (key, path) in [
        ("a//b", "/b/a//b"),
        ("/a", "/b//a"),
        ("a/", "/b/a/"),
        ("a/../b", "/b/a%2F..%2Fb"),
        ("../../other/key", "/b/..%2F..%2Fother/key"),
        ("./a", "/b/.%2Fa"),
        ("a/.", "/b/a%2F."),
        ("%2e%2e/a", "/b/%252e%252e/a"),
        ("a\\..\\b", "/b/a%5C..%5Cb"),
        ("a?b#c%", "/b/a%3Fb%23c%25"),
        ("tab\tnew\nline", "/b/tab%09new%0Aline"),
        ("\u{e9}", "/b/%C3%A9"),
        ("...", "/b/..."),
    ] {
        let target = store.object("b", key, &[]).unwrap();
        assert_eq!(target.url.path(), path, "{key:?}");
        let canonical = format!("http://h/b/{}", encode_path(key));
        assert_eq!(target.canonical, canonical);
    }
    for key in ["", ".", ".."] {
        let error = store.object("b", key, &[]).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::NotSent, "{key:?}");
    }
}

#[test]
fn what_is_no_bucket_is_not_asked_for() {
    let (store, aws) = (Endpoint::aws("r").at("http://h").unwrap(), Endpoint::aws("eu-west-1"));
    for bucket in ["", ".", "..", "a/b", "a?b", "a#", "a@evil.example", "b:80", "\u{e9}"] {
        assert!(store.object(bucket, "k", &[]).is_err(), "{bucket:?}");
        assert!(aws.bucket(bucket, &[]).is_err(), "{bucket:?}");
    }
    for arn in [
        "arn:aws:s3:eu-west-1:1:accesspoint/",
        "arn:aws:s3:us-east-1:1:accesspoint/p",
        "arn:aws:s3-outposts:eu-west-1:1:outpost/o",
        "arn:aws:s3:eu-west-1:evil.example/:accesspoint/p",
    ] {
        assert!(aws.object(arn, "k", &[]).is_err(), "{arn}");
    }
    for region in ["", "evil.example/", "a.b", "EU"] {
        assert!(Endpoint::aws(region).object("bucket", "k", &[]).is_err(), "{region:?}");
    }
}

#[test]
fn what_is_no_endpoint_is_refused() {
    for url in [
        "",
        "host",
        "/path",
        "localhost:9000",
        "ftp://host",
        "file:///host",
        "http://",
        "http://h/?q",
        "http://h/#f",
        "http://user:pass@h/",
        "http://user@h/",
        "http://:pass@h/",
        "http://h:99999",
        "http://[::1",
    ] {
        let error = Endpoint::aws("r").at(url).unwrap_err();
        assert!(error.to_string().contains("http") || error.to_string().contains("URL"), "{error}");
    }
}

#[test]
fn what_is_refused_is_not_repeated() {
    for url in [
        "https://AKEXAMPLE:pa55word@store.example",
        "https://AKEXAMPLE:pa55word@store.example/?X-Amz-Signature=pa55word",
        "https://store.example/?X-Amz-Signature=pa55word",
        "https://store.example/#pa55word",
        "ftp://user:pa55word@store.example",
        "https://user:pa55word@store.example:port",
        "pa55word",
    ] {
        let error = Endpoint::aws("r").at(url).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("pa55word"), "{error:?}");
        assert!(std::error::Error::source(&error).is_none());
    }
    assert!(Endpoint::aws("r").at("https://a:b@h").unwrap_err().to_string().contains("password"));
}

#[test]
fn debug_shows_no_query() {
    let target = Endpoint::aws("eu-west-1").object("bucket", "k", &[("X-Amz-Signature", "c0ffee")]).unwrap();
    assert_eq!(format!("{target:?}"), "https://bucket.s3.eu-west-1.amazonaws.com/k");
}
