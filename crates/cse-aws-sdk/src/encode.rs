//! Percent encoding, where S3 wants it outside of paths and queries.

use cse_client::ObjectLocation;

/// The value of `x-amz-copy-source`: bucket and key, percent-encoded, and the version.
pub(crate) fn copy_source(source: &ObjectLocation) -> String {
    // An access point's objects are named by its ARN.
    let separator = if source.bucket.starts_with("arn:") { "/object/" } else { "/" };
    let mut value = percent_encode(&format!("{}{separator}{}", source.bucket, source.key));
    if let Some(version) = &source.version_id {
        value.push_str("?versionId=");
        value.push_str(&percent_encode(version));
    }
    value
}

/// The object that an `x-amz-copy-source` of the caller names.
pub(crate) fn parse_copy_source(value: &str) -> Option<ObjectLocation> {
    let (object, version) = match value.rsplit_once("?versionId=") {
        Some((object, version)) => (object, Some(version)),
        None => (value, None),
    };
    let object = percent_decode(object)?;
    let object = object.strip_prefix('/').unwrap_or(&object);
    let separator = if object.starts_with("arn:") { "/object/" } else { "/" };
    let (bucket, key) = object.split_once(separator).filter(|(bucket, key)| !bucket.is_empty() && !key.is_empty())?;
    let location = ObjectLocation::new(bucket, key);
    Some(match version {
        Some(version) => location.version(percent_decode(version)?),
        None => location,
    })
}

/// Undoes `encoding-type=url` of a list: percent encoding, with `+` for spaces.
pub(crate) fn url_decode(text: &str) -> Option<String> {
    // A plus sign itself is encoded.
    percent_decode(&text.replace('+', " "))
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn percent_encode(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_sources_are_encoded_byte_by_byte() {
        let source = ObjectLocation::new("bucket", "a b/\u{e4}+%?.txt").version("3/L4");
        assert_eq!(copy_source(&source), "bucket/a%20b/%C3%A4%2B%25%3F.txt?versionId=3/L4");
    }

    #[test]
    fn access_points_have_objects() {
        let source = ObjectLocation::new("arn:aws:s3:eu-west-1:1:accesspoint/p", "k");
        assert_eq!(copy_source(&source), "arn%3Aaws%3As3%3Aeu-west-1%3A1%3Aaccesspoint/p/object/k");
    }

    #[test]
    fn copy_sources_are_read_as_they_are_written() {
        for source in [
            ObjectLocation::new("bucket", "a b/\u{e4}+%?.txt").version("3/L4"),
            ObjectLocation::new("bucket", "/k?versionId=1"),
            ObjectLocation::new("arn:aws:s3:eu-west-1:1:accesspoint/p", "a/object/b"),
        ] {
            assert_eq!(parse_copy_source(&copy_source(&source)), Some(source));
        }
        assert_eq!(parse_copy_source("/bucket/k"), Some(ObjectLocation::new("bucket", "k")));
        for wrong in ["", "bucket", "bucket/", "/k", "bucket/%zz", "arn:aws:s3:eu-west-1:1:accesspoint/p/k"] {
            assert_eq!(parse_copy_source(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn listed_keys_are_decoded() {
        assert_eq!(url_decode("a+b%2Bc%C3%a4%01/").as_deref(), Some("a b+c\u{e4}\u{1}/"));
        for wrong in ["%", "%1", "%zz", "%+1", "%ff"] {
            assert_eq!(url_decode(wrong), None, "{wrong}");
        }
    }
}
