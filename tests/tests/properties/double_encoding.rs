//! S3's encoding of metadata that is not ASCII: each byte of the UTF-8 text becomes a Latin-1 character, and those are sent as
//! RFC 2047 encoded words. W33. The encoder here shares no code with the decoder.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_envelope::{KeyContext, parse};
use cse_tests::known_key::KnownKey;
use proptest::prelude::*;

use crate::strategies::config;

/// How an encoder may choose among what RFC 2047 allows.
#[derive(Clone, Copy, Debug)]
struct Style {
    base64: bool,
    charset: &'static str,
    gap: &'static str,
    /// Longest encoded word; RFC 2047 says 75.
    fold: usize,
    /// Whether a character may be cut in two by the fold, as S3 does.
    cut_characters: bool,
}

fn style() -> impl Strategy<Value = Style> {
    let charset = prop::sample::select(vec!["UTF-8", "utf-8", "Utf-8"]);
    let gap = prop::sample::select(vec![" ", "\r\n ", "\t", "  ", ""]);
    (any::<bool>(), charset, gap, prop::sample::select(vec![75_usize, 40, 30, 10_000]), any::<bool>())
        .prop_map(|(base64, charset, gap, fold, cut_characters)| Style { base64, charset, gap, fold, cut_characters })
}

fn q(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(*byte).to_string() } else { format!("={byte:02X}") })
        .collect()
}

fn word(style: Style, bytes: &[u8]) -> String {
    let (letter, text) = if style.base64 { ('B', BASE64_STANDARD.encode(bytes)) } else { ('Q', q(bytes)) };
    format!("=?{}?{letter}?{text}?=", style.charset)
}

/// Encoded words of at most `fold` characters.
fn encode(style: Style, text: &str) -> String {
    let mut pieces: Vec<Vec<u8>> = vec![Vec::new()];
    let units: Vec<Vec<u8>> = if style.cut_characters {
        text.bytes().map(|byte| vec![byte]).collect()
    } else {
        text.chars().map(|c| c.to_string().into_bytes()).collect()
    };
    for unit in units {
        let longer = [pieces.last().unwrap().as_slice(), &unit].concat();
        if word(style, &longer).len() > style.fold && !pieces.last().unwrap().is_empty() {
            pieces.push(unit);
        } else {
            *pieces.last_mut().unwrap() = longer;
        }
    }
    pieces.iter().map(|piece| word(style, piece)).collect::<Vec<_>>().join(style.gap)
}

/// Each byte of the UTF-8 text as one Latin-1 character.
fn bytes_as_characters(text: &str) -> String {
    text.bytes().map(char::from).collect()
}

/// The description's entry as read from these header bytes.
fn described(header: &[u8]) -> Option<String> {
    let object = KnownKey::seal(cse_envelope::WriteFormat::V2, b"");
    let rest = object.metadata.iter().filter(|(name, _)| name != "x-amz-matdesc");
    let rest = rest.map(|(name, value)| (name.as_str(), value.as_bytes()));
    let stored = parse(rest.chain([("x-amz-matdesc", header)])).ok()?;
    let KeyContext::Description(description) = stored.envelope()?.key_part().context() else { return None };
    description.get("entry").map(str::to_owned)
}

/// JSON as clients write it: what is not ASCII stays raw.
fn json(value: &str) -> String {
    serde_json::json!({ "entry": value }).to_string()
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".{0,60}", "[a-zé名🗝ÿ\u{80}-\u{ff} ]{0,60}", "[ -~]{0,60}"]
}

proptest! {
    #![proptest_config(config(1500))]

    #[test]
    fn s3s_double_encoding_reads_back(value in text(), style in style()) {
        let header = encode(style, &bytes_as_characters(&json(&value)));
        prop_assert_eq!(described(header.as_bytes()), Some(value), "{}", header);
    }

    /// Encoded once only, as RFC 2047 says. Where bytes-as-characters of it would be UTF-8 again nobody can tell the two apart.
    #[test]
    fn a_single_encoding_reads_back(value in text(), style in style()) {
        let json = json(&value);
        let twice: Option<Vec<u8>> = json.chars().map(|c| u8::try_from(c).ok()).collect();
        let ambiguous = !json.is_ascii() && twice.is_some_and(|bytes| core::str::from_utf8(&bytes).is_ok());
        prop_assume!(!ambiguous);
        let header = encode(style, &json);
        prop_assert_eq!(described(header.as_bytes()), Some(value), "{}", header);
    }

    /// Not encoded at all: raw UTF-8, as the Go client sends it to stores that keep it so.
    #[test]
    fn raw_utf8_reads_back(value in text()) {
        let json = json(&value);
        prop_assume!(!json.contains("=?"));
        prop_assert_eq!(described(json.as_bytes()), Some(value));
    }

    /// Single Latin-1 bytes, as Java's HTTP layers send them. Where they happen to be UTF-8 they are read as that.
    #[test]
    fn latin1_reads_back(value in "[ -~\u{a0}-\u{ff}]{0,60}") {
        let json = json(&value);
        let bytes: Vec<u8> = json.chars().map(|c| u8::try_from(c).unwrap()).collect();
        prop_assume!(json.is_ascii() || core::str::from_utf8(&bytes).is_err());
        prop_assume!(!json.contains("=?"));
        prop_assert_eq!(described(&bytes), Some(value));
    }

    /// Whatever bytes a header holds, reading it does not panic.
    #[test]
    fn any_header_is_read_or_refused(header: Vec<u8>, words in "(=\\?(UTF-8|x)\\?[QBx]\\?[ -~]{0,20}\\?=[ \r\n]{0,2}){0,3}") {
        let _ = described(&header);
        let _ = described(&[words.as_bytes(), &header].concat());
        let _ = described(&[&header, words.as_bytes()].concat());
    }
}
