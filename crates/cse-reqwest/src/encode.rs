//! Percent encoding as S3 wants it, and encoded words.

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_client::ObjectLocation;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Every byte but the unreserved ones of RFC 3986.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The same, and slashes stay.
const PATH: &AsciiSet = &QUERY.remove(b'/');

pub(crate) fn encode_path(key: &str) -> String {
    utf8_percent_encode(key, PATH).to_string()
}

/// With its question mark, if there is any.
pub(crate) fn encode_query(pairs: &[(&str, &str)]) -> String {
    let mut query = String::new();
    for (name, value) in pairs {
        query.push(if query.is_empty() { '?' } else { '&' });
        query.extend(utf8_percent_encode(name, QUERY));
        query.push('=');
        query.extend(utf8_percent_encode(value, QUERY));
    }
    query
}

/// The value of `x-amz-copy-source`: bucket and key, percent-encoded, and the version.
pub(crate) fn copy_source(source: &ObjectLocation) -> String {
    // An access point's objects are named by its ARN.
    let separator = if source.bucket.starts_with("arn:") { "/object/" } else { "/" };
    let value = encode_path(&format!("{}{separator}{}", source.bucket, source.key));
    match &source.version_id {
        Some(version) => format!("{value}?versionId={}", utf8_percent_encode(version, QUERY)),
        None => value,
    }
}

/// Undoes `encoding-type=url` of a list: percent encoding, with `+` for spaces.
pub(crate) fn url_decode(text: &str) -> Option<String> {
    let is_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    let mut escapes = text.split('%').skip(1);
    if !escapes.all(|after| after.as_bytes().get(..2).is_some_and(is_hex)) {
        return None;
    }
    Some(percent_decode_str(&text.replace('+', " ")).decode_utf8().ok()?.into_owned())
}

/// Encoded words (RFC 2047): what S3 itself makes of metadata that is not ASCII.
pub(crate) fn encoded_words(text: &str) -> String {
    // A word has at most 75 characters, and whole characters in it.
    const MAX_LEN: usize = 45;
    let (mut words, mut word) = (Vec::new(), String::new());
    for character in text.chars() {
        if word.len().saturating_add(character.len_utf8()) > MAX_LEN {
            words.push(std::mem::take(&mut word));
        }
        word.push(character);
    }
    words.push(word);
    let words: Vec<_> = words.iter().map(|word| format!("=?UTF-8?B?{}?=", BASE64_STANDARD.encode(word))).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_sources_are_encoded_byte_by_byte() {
        let source = ObjectLocation::new("bucket", "a b/\u{e4}+%?.txt").version("3/L4");
        assert_eq!(copy_source(&source), "bucket/a%20b/%C3%A4%2B%25%3F.txt?versionId=3%2FL4");
        let source = ObjectLocation::new("arn:aws:s3:eu-west-1:1:accesspoint/p", "../k");
        assert_eq!(copy_source(&source), "arn%3Aaws%3As3%3Aeu-west-1%3A1%3Aaccesspoint/p/object/../k");
    }

    #[test]
    fn listed_keys_are_decoded() {
        assert_eq!(url_decode("a+b%2Bc%C3%a4%01/").as_deref(), Some("a b+c\u{e4}\u{1}/"));
        for wrong in ["%", "%1", "%zz", "%+1", "%ff", "a%2"] {
            assert_eq!(url_decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn queries_are_encoded() {
        assert_eq!(encode_query(&[]), "");
        assert_eq!(encode_query(&[("uploads", ""), ("prefix", "a/b +'")]), "?uploads=&prefix=a%2Fb%20%2B%27");
    }

    #[test]
    fn encoded_words_are_short_and_whole() {
        assert_eq!(encoded_words("gr\u{fc}n"), "=?UTF-8?B?Z3LDvG4=?=");
        let long = encoded_words(&"\u{20ac}".repeat(40));
        let mut decoded = String::new();
        for word in long.split(' ') {
            assert!(word.len() <= 75);
            let inner = word.strip_prefix("=?UTF-8?B?").and_then(|word| word.strip_suffix("?=")).unwrap();
            decoded.push_str(&String::from_utf8(BASE64_STANDARD.decode(inner).unwrap()).unwrap());
        }
        assert_eq!(decoded, "\u{20ac}".repeat(40));
    }
}
