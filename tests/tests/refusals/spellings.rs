//! The same metadata in other spellings: letter case, prefix, empty values, and what HTTP layers and S3 do to text.
//! W30, W33, W34, W61.

use cse_envelope::{
    KeyContext, MetadataKey as Key,
    error::{Place, Problem},
    parse,
};
use cse_tests::known_key::KnownKey;

use crate::{assert_malformed, assert_opens, v1, v2, v3};

/// Every name changed.
fn renamed(object: &KnownKey, change: impl Fn(&str) -> String) -> KnownKey {
    let metadata = object.metadata.iter().map(|(name, value)| (change(name), value.clone())).collect();
    KnownKey { metadata, ..object.clone() }
}

/// As Go's `http.Header` writes names: a capital after each hyphen.
fn canonical(name: &str) -> String {
    let parts = name.split('-').map(|part| part.split_at(part.len().min(1)));
    parts.map(|(first, rest)| first.to_ascii_uppercase() + rest).collect::<Vec<_>>().join("-")
}

#[test]
fn names_may_have_any_letter_case_and_the_prefix_of_http() {
    assert_eq!(canonical("x-amz-key-v2"), "X-Amz-Key-V2");
    for object in [v1(), v2(), v3()] {
        assert_opens(&renamed(&object, canonical));
        assert_opens(&renamed(&object, str::to_ascii_uppercase));
        assert_opens(&renamed(&object, |name| format!("x-amz-meta-{name}")));
        assert_opens(&renamed(&object, |name| format!("X-Amz-Meta-{}", canonical(name))));
    }
}

#[test]
fn other_prefixes_make_another_name() {
    for prefix in ["x-amz-meta-x-amz-meta-", "x-amz-", "meta-", " ", "x-goog-meta-"] {
        let object = renamed(&v2(), |name| format!("{prefix}{name}"));
        let stored = parse(object.metadata.iter().map(|(name, value)| (name, value))).unwrap();
        assert!(stored.envelope().is_none(), "{prefix}");
    }
}

/// Which of the two counts would be chance.
#[test]
fn a_name_that_occurs_twice_is_refused_even_if_one_is_empty() {
    for object in [v1(), v2(), v3()] {
        for (name, value) in object.metadata.clone() {
            let key = Key::from_name(&name).unwrap();
            for again in [canonical(&name), format!("x-amz-meta-{name}"), name.to_ascii_uppercase()] {
                for text in [value.as_str(), "", "other"] {
                    let twice = object.clone().with(&again, text);
                    assert_malformed(&twice, key, &Problem::Repeated);
                }
            }
        }
    }
}

/// W30: Go sends `x-amz-m` or `x-amz-t` empty beside the other, and an empty length, on every V3 object.
#[test]
fn empty_values_count_as_absent() {
    for key in Key::ALL {
        for object in [v1(), v2(), v3()] {
            if object.metadata.iter().all(|(name, _)| name != key.name()) {
                assert_opens(&object.with(key.name(), ""));
            }
        }
    }
    assert_malformed(&v2().with("x-amz-iv", ""), Key::Iv, &Problem::Missing);
    assert_malformed(&v3().with("x-amz-d", ""), Key::Commitment, &Problem::Missing);
}

/// The description's entry `name` as read from these header bytes.
fn described(header: &[u8]) -> Option<String> {
    let object = v2();
    let rest = object.metadata.iter().filter(|(name, _)| name != "x-amz-matdesc");
    let rest = rest.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let stored = parse(rest.chain([("x-amz-matdesc", header)])).ok()?;
    let KeyContext::Description(description) = stored.envelope()?.key_part().context() else { return None };
    description.get("name").map(str::to_owned)
}

#[test]
fn raw_utf8_and_latin1_bytes_are_read() {
    assert_eq!(
        described("{\"name\":\"caf\u{e9} \u{540d}\u{1f5dd}\"}".as_bytes()).unwrap(),
        "caf\u{e9} \u{540d}\u{1f5dd}"
    );
    assert_eq!(described(b"{\"name\":\"caf\xe9\"}").unwrap(), "caf\u{e9}");
    // W34: a lone byte above 0x80 at the end; it panics Go.
    assert!(described(b"{\"name\":\"caf\xe9").is_none());
}

#[test]
fn s3s_double_encoding_is_undone_only_where_there_is_an_encoded_word() {
    assert_eq!(described(b"=?UTF-8?Q?{\"name\":\"caf=C3=83=C2=A9\"}?=").unwrap(), "caf\u{e9}");
    assert_eq!(described(b"=?UTF-8?B?eyJuYW1lIjoiw4PCqSJ9?=").unwrap(), "\u{e9}");
    // The same characters raw are the text itself: W34, where Java and Go destroy it.
    assert_eq!(described("{\"name\":\"caf\u{c3}\u{a9}\"}".as_bytes()).unwrap(), "caf\u{c3}\u{a9}");
    // Encoded once only, by a client that follows RFC 2047: the second step would not give UTF-8.
    assert_eq!(described(b"=?UTF-8?Q?{\"name\":\"caf=C3=A9\"}?=").unwrap(), "caf\u{e9}");
    assert_eq!(described(b"=?ISO-8859-1?Q?{\"name\":\"caf=E9\"}?=").unwrap(), "caf\u{e9}");
}

/// Broken words stay text, and text that is no JSON is refused.
#[test]
fn broken_encoded_words_are_refused_as_json() {
    for header in ["=?UTF-8?Q?{}", "=?UTF-8?X?{}?=", "=?KOI8-R?Q?{}?=", "=?UTF-8?B?***?=", "=?UTF-8?Q?{=4}?=", "=?"] {
        let object = v2().with("x-amz-matdesc", header);
        let found = crate::malformed(&object);
        assert_eq!((found.place, found.problem), (Place::Key(Key::MatDesc), Problem::Json), "{header}");
    }
}
