//! Object metadata as JSON, in and out.

use alloc::borrow::Cow;
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::SerializeMap as _,
};
use serde_json::value::RawValue;

use crate::error::{Failure, Kind};

/// The byte order mark, which UTF-8 does not need.
pub(crate) const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// Names and raw header values, in order. A name may occur twice; the library refuses that.
pub(crate) type Metadata = Vec<(String, Vec<u8>)>;

/// Reads a flat JSON object, or the member `Metadata` of what `aws s3api head-object` prints.
///
/// # Errors
///
/// [`Kind::Malformed`] says what else it is.
pub(crate) fn read(json: &[u8]) -> Result<Metadata, Failure> {
    let json = utf8(json)?;
    let Pairs(members) = serde_json::from_slice::<Pairs<&RawValue>>(&json).map_err(not_json)?;
    // A text of that name is a user's own entry.
    let nested =
        members.iter().find(|(name, value)| name.eq_ignore_ascii_case("metadata") && !value.get().starts_with('"'));
    let members = match nested {
        Some((name, value)) if !value.get().starts_with('{') => {
            return Err(not_metadata(&format!("its member {name:?} is not an object")));
        }
        Some((_, object)) => {
            let Pairs(members) = serde_json::from_str(object.get()).map_err(not_json)?;
            members
        }
        None => members,
    };
    let header_value = |(name, value): (String, &RawValue)| match serde_json::from_str::<String>(value.get()) {
        Ok(text) => Ok((name, header_bytes(&text))),
        Err(_) => Err(not_metadata(&format!("the value of {name:?} is not a text"))),
    };
    members.into_iter().map(header_value).collect()
}

/// The text as UTF-8. PowerShell writes UTF-16, and other programs of Windows a byte order mark.
fn utf8(json: &[u8]) -> Result<Cow<'_, [u8]>, Failure> {
    let unit: fn([u8; 2]) -> u16 = match json {
        // A text that begins with `{` or white space is never of another encoding than these.
        [0xff, 0xfe, ..] | [1..=0xff, 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, 1..=0xff, ..] => u16::from_be_bytes,
        _ => return Ok(json.strip_prefix(UTF8_BOM).unwrap_or(json).into()),
    };
    let (units, rest) = json.as_chunks();
    let units: Vec<u16> = units.iter().copied().map(unit).collect();
    match String::from_utf16(&units) {
        Ok(text) if rest.is_empty() => Ok(text.trim_start_matches('\u{feff}').as_bytes().to_vec().into()),
        _ => Err(Failure::new(
            Kind::Malformed,
            "the metadata seems to be UTF-16 text, and is not well formed",
            "save it as UTF-8, for example with: iconv -f UTF-16 -t UTF-8 OLD.json > NEW.json",
        )),
    }
}

/// Says where, and repeats nothing: the file may be a key file, given by mistake.
fn not_json(error: serde_json::Error) -> Failure {
    not_metadata(&format!("see line {}, column {}", error.line(), error.column()))
}

fn not_metadata(problem: &str) -> Failure {
    Failure::new(
        Kind::Malformed,
        format!("the metadata is not a JSON object of texts: {problem}"),
        "give {\"name\": \"value\", ...}, or what `aws s3api head-object` prints",
    )
}

/// The bytes of the header. HTTP tools show a byte as the Latin-1 character with its number.
fn header_bytes(text: &str) -> Vec<u8> {
    let latin1: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    latin1.unwrap_or_else(|| text.as_bytes().to_vec())
}

/// Metadata to store, as the JSON that [`read`] takes.
pub(crate) fn write(metadata: &[(&'static str, String)]) -> Vec<u8> {
    let pairs = Pairs(metadata.iter().map(|(name, value)| ((*name).to_owned(), value.as_str())).collect());
    // Texts always serialise.
    let mut json = serde_json::to_vec_pretty(&pairs).unwrap_or_default();
    json.push(b'\n');
    json
}

/// The members of a JSON object in order, repeated names included.
#[derive(Debug)]
pub(crate) struct Pairs<T>(pub(crate) Vec<(String, T)>);

impl<T: Serialize> Serialize for Pairs<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members<T>(core::marker::PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs<T>, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(Members(core::marker::PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_objects_and_head_object_output() {
        let flat = read(br#"{"x-amz-iv":"AA==","colour":"caf\u00e9"}"#).unwrap();
        assert_eq!(flat, [("x-amz-iv".into(), b"AA==".to_vec()), ("colour".into(), b"caf\xe9".to_vec())]);
        let head = read(br#"{"ContentLength":3,"Metadata":{"x-amz-iv":"AA=="},"ETag":"\"x\""}"#).unwrap();
        assert_eq!(head, [("x-amz-iv".into(), b"AA==".to_vec())]);
        // A user's own entry of that name is not the member.
        assert_eq!(read(br#"{"metadata":"mine"}"#).unwrap().len(), 1);
    }

    #[test]
    fn characters_that_are_no_bytes_make_it_utf8() {
        assert_eq!(header_bytes("\u{e9}\u{20ac}"), "\u{e9}\u{20ac}".as_bytes());
    }

    #[test]
    fn repeated_names_are_kept_for_the_library_to_refuse() {
        assert_eq!(read(br#"{"a":"1","a":"2"}"#).unwrap().len(), 2);
    }

    #[test]
    fn everything_else_is_refused() {
        for json in ["", "[]", "null", "{\"a\":1}", "{\"a\":null}", "{\"Metadata\":{\"a\":{}}}", "{}x"] {
            assert!(read(json.as_bytes()).is_err(), "{json}");
        }
    }
}
