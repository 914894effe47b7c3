//! The JSON of contexts, descriptions and instruction files: one flat object of text values, strictly read, portably written.

use alloc::{
    collections::BTreeSet,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
    ser::SerializeMap,
};

use crate::error::Problem;

/// Reads one flat object. Whole numbers count as their decimal text, because some clients wrote numbers.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let Pairs(pairs) = serde_json::from_str(text).map_err(|_| Problem::Json)?;
    let mut names = BTreeSet::new();
    if pairs.iter().all(|(name, _)| names.insert(name.as_str())) { Ok(pairs) } else { Err(Problem::JsonRepeated) }
}

/// Writes one flat object: compact, in order, pure ASCII without white space.
///
/// Everything above `0x7e` and the space become escapes, so that no header encoding happens on the way and C++, which stops
/// at white space, reads it. `=?` is broken up, so that no reader takes it for an RFC 2047 encoded word.
pub(super) fn write<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<_> = pairs.collect();
    // Serialising text into a string cannot fail.
    let compact = serde_json::to_string(&Borrowed(&pairs)).unwrap_or_default();
    let mut out = String::with_capacity(compact.len());
    let mut last = '\0';
    for c in compact.chars() {
        match c {
            '?' if last == '=' => out.push_str("\\u003f"),
            '!'..='~' => out.push(c),
            _ => escape(c, &mut out),
        }
        last = c;
    }
    out
}

fn escape(c: char, out: &mut String) {
    use fmt::Write as _;
    for unit in c.encode_utf16(&mut [0; 2]) {
        // Writing to a string cannot fail.
        let _ = write!(out, "\\u{unit:04x}");
    }
}

struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FlatObject;
        impl<'de> Visitor<'de> for FlatObject {
            type Value = Pairs;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object of text values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((name, Text(value))) = map.next_entry()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(FlatObject)
    }
}

/// A text, or a whole number as text.
struct Text(String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrNumber;
        impl Visitor<'_> for TextOrNumber {
            type Value = Text;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Text, E> {
                Ok(Text(text.into()))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Text, E> {
                Ok(Text(number.to_string()))
            }

            fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Text, E> {
                Err(E::custom("fractions have no one text"))
            }
        }
        deserializer.deserialize_any(TextOrNumber).map_err(D::Error::custom)
    }
}

struct Borrowed<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for Borrowed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, String)>, Problem> {
        parse(text)
    }

    #[test]
    fn written_text_is_ascii_without_white_space_and_reads_back() {
        let pairs = [("caf\u{e9} a", "\u{1f5dd}\u{7f}\t\"\\"), ("=?UTF-8?Q?x?=", ""), ("\u{0}", "\u{ffff}")];
        let text = write(pairs.iter().copied());
        assert!(text.bytes().all(|b| (0x21..0x7f).contains(&b)), "{text}");
        assert!(!text.contains("=?"), "{text}");
        let back = read(&text).unwrap();
        let back: Vec<_> = back.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(back, pairs);
    }

    #[test]
    fn numbers_are_their_text() {
        let pairs = read(r#"{"a":128,"b":-1,"c":18446744073709551615}"#).unwrap();
        let values: Vec<_> = pairs.iter().map(|(_, v)| v.as_str()).collect();
        assert_eq!(values, ["128", "-1", "18446744073709551615"]);
    }

    #[test]
    fn order_is_kept_and_white_space_allowed() {
        let pairs = read(" { \"b\" : \"1\" , \"a\" : \"2\" } ").unwrap();
        assert_eq!(pairs.first().map(|(n, _)| n.as_str()), Some("b"));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "null",
            "[]",
            "\"a\"",
            "{",
            "{}x",
            "{\"a\"}",
            "{\"a\":null}",
            "{\"a\":true}",
            "{\"a\":{}}",
            "{\"a\":[]}",
            "{\"a\":1.5}",
            "{\"a\":1e400}",
            "{\"a\":\"b\",}",
            "{'a':'b'}",
            "{\"a\":\"\\ud800\"}",
            "\u{feff}{}",
        ] {
            assert_eq!(read(text), Err(Problem::Json), "{text}");
        }
        assert_eq!(read(r#"{"a":"1","\u0061":"1"}"#), Err(Problem::JsonRepeated));
    }

    #[test]
    fn deep_nesting_is_refused_at_the_first_level() {
        let text = alloc::format!("{{\"a\":{}", "[".repeat(100_000));
        assert_eq!(read(&text), Err(Problem::Json));
    }
}
