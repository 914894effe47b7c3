//! From the bytes of a metadata header to the text its writer meant.
//!
//! Bytes are UTF-8 or else Latin-1 (what Java's HTTP layers send). S3 returns values that were not ASCII as RFC 2047 encoded
//! words in which every *byte* of the UTF-8 text became one Latin-1 character; that second step is undone only where an encoded
//! word was really there and the bytes are valid UTF-8, because raw text would be destroyed by it.

use alloc::{string::String, vec::Vec};

use base64::{Engine, prelude::BASE64_STANDARD};

/// Decodes one header value.
pub(super) fn decode(bytes: &[u8]) -> String {
    let text = match core::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => latin1(bytes),
    };
    match decode_words(&text) {
        Some(decoded) => undo_bytes_as_characters(decoded),
        None => text,
    }
}

fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// If every character is a byte and the bytes are UTF-8, that is the text; else it stays as it is.
fn undo_bytes_as_characters(text: String) -> String {
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    match bytes.map(String::from_utf8) {
        Some(Ok(decoded)) => decoded,
        _ => text,
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Charset {
    Utf8,
    Latin1,
}

/// One encoded word's bytes, before its character set is applied.
struct Word {
    charset: Charset,
    bytes: Vec<u8>,
}

/// Replaces encoded words by their text; `None` if there is none.
///
/// Adjacent words are joined as bytes, because S3 may cut a character in two, and the white space between them is dropped.
fn decode_words(text: &str) -> Option<String> {
    let mut out = String::new();
    let mut open: Option<Word> = None;
    let mut found = false;
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((word, after)) = take_word(rest) {
            found = true;
            rest = after;
            open = Some(join(open.take(), word, &mut out));
        } else if let Some(after) = open.is_some().then(|| gap_before_word(rest)).flatten() {
            rest = after;
        } else {
            flush(open.take(), &mut out);
            let mut chars = rest.chars();
            out.extend(chars.next());
            rest = chars.as_str();
        }
    }
    flush(open, &mut out);
    found.then_some(out)
}

fn join(open: Option<Word>, word: Word, out: &mut String) -> Word {
    match open {
        Some(mut open) if open.charset == word.charset => {
            open.bytes.extend(word.bytes);
            open
        }
        other => {
            flush(other, out);
            word
        }
    }
}

fn flush(word: Option<Word>, out: &mut String) {
    let Some(Word { charset, bytes }) = word else { return };
    match charset {
        Charset::Utf8 => out.push_str(&String::from_utf8_lossy(&bytes)),
        Charset::Latin1 => out.push_str(&latin1(&bytes)),
    }
}

/// What follows white space, if that is another encoded word.
fn gap_before_word(text: &str) -> Option<&str> {
    let after = text.trim_start_matches([' ', '\t', '\r', '\n']);
    (after.len() < text.len() && take_word(after).is_some()).then_some(after)
}

/// Takes `=?charset?B|Q?text?=` off the front.
fn take_word(text: &str) -> Option<(Word, &str)> {
    let (charset, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let charset = match charset {
        name if name.eq_ignore_ascii_case("utf-8") => Charset::Utf8,
        name if name.eq_ignore_ascii_case("iso-8859-1") || name.eq_ignore_ascii_case("us-ascii") => Charset::Latin1,
        _ => return None,
    };
    let (encoding, rest) = rest.split_once('?')?;
    let (encoded, after) = rest.split_once("?=")?;
    let bytes = match encoding {
        "B" | "b" => BASE64_STANDARD.decode(encoded).ok()?,
        "Q" | "q" => decode_q(encoded)?,
        _ => return None,
    };
    Some((Word { charset, bytes }, after))
}

/// RFC 2047, section 4.2: `=XX` is a byte, `_` a space.
fn decode_q(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        out.push(match byte {
            b'_' => b' ',
            b'=' => hex(bytes.next()?)? << 4 | hex(bytes.next()?)?,
            b'!'..=b'~' if byte != b'?' => byte,
            _ => return None,
        });
    }
    Some(out)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_and_latin1_bytes() {
        assert_eq!(decode("caf\u{e9}".as_bytes()), "caf\u{e9}");
        assert_eq!(decode(b"caf\xe9"), "caf\u{e9}");
        assert_eq!(decode(b"plain"), "plain");
    }

    #[test]
    fn raw_text_is_not_decoded_a_second_time() {
        // "Ã©" as real characters: its bytes-as-characters would be "é", but no encoded word is there.
        assert_eq!(decode("\u{c3}\u{a9}".as_bytes()), "\u{c3}\u{a9}");
    }

    #[test]
    fn double_encoding_is_undone() {
        assert_eq!(decode(b"=?UTF-8?Q?caf=C3=83=C2=A9?="), "caf\u{e9}");
        assert_eq!(decode(b"=?UTF-8?B?w4PCqQ==?="), "\u{e9}");
    }

    #[test]
    fn single_encoding_stays() {
        assert_eq!(decode(b"=?UTF-8?Q?caf=C3=A9?="), "caf\u{e9}");
        assert_eq!(decode("=?utf-8?b?5ZCN?=".as_bytes()), "\u{540d}");
        assert_eq!(decode(b"=?ISO-8859-1?Q?caf=E9?="), "caf\u{e9}");
    }

    #[test]
    fn words_are_joined_as_bytes_and_the_gap_is_dropped() {
        assert_eq!(decode(b"a =?UTF-8?Q?=C3?= =?UTF-8?Q?=A9?= b"), "a \u{e9} b");
        assert_eq!(decode(b"=?UTF-8?Q?a_b?==?UTF-8?Q?c?="), "a bc");
    }

    #[test]
    fn what_is_no_encoded_word_stays() {
        for text in
            ["=?", "=?UTF-8?", "=?UTF-8?X?a?=", "=?UTF-8?B?*?=", "=?UTF-8?Q?=4?=", "=?KOI8-R?Q?a?=", "=?UTF-8?Q?a b?="]
        {
            assert_eq!(decode(text.as_bytes()), text);
        }
    }

    #[test]
    fn text_after_a_word_is_kept_to_its_last_character() {
        assert_eq!(decode("=?UTF-8?Q?a?= caf\u{540d}".as_bytes()), "a caf\u{540d}");
    }
}
