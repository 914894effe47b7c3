//! Metadata values as S3 answers those that are not ASCII.
//!
//! RFC 2047, section 2, over characters each of which is one byte of the value.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::fault::WordEncoding;

/// RFC 2047's limit for one word, in characters.
const MAX_WORD_LEN: usize = 75;

/// The value in encoded words, with spaces between them.
pub(super) fn encode(value: &[u8], encoding: WordEncoding) -> Vec<u8> {
    let mut words = Vec::new();
    let mut text = String::new();
    for char in value.iter().copied().map(char::from) {
        text.push(char);
        if word(&text, encoding).len() > MAX_WORD_LEN {
            text.pop();
            words.push(word(&text, encoding));
            text = String::from(char);
        }
    }
    words.push(word(&text, encoding));
    words.join(" ").into_bytes()
}

fn word(text: &str, encoding: WordEncoding) -> String {
    match encoding {
        WordEncoding::B => format!("=?UTF-8?B?{}?=", STANDARD.encode(text)),
        WordEncoding::Q => format!("=?UTF-8?Q?{}?=", text.bytes().map(quoted).collect::<String>()),
    }
}

/// Section 4.2: a space is an underscore, and what may mean something else is escaped.
fn quoted(byte: u8) -> String {
    match byte {
        b' ' => "_".to_owned(),
        _ if byte.is_ascii_alphanumeric() || b"!*+-/".contains(&byte) => char::from(byte).to_string(),
        _ => format!("={byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(value: &str, encoding: WordEncoding) -> String {
        String::from_utf8(encode(value.as_bytes(), encoding)).unwrap()
    }

    #[test]
    fn each_byte_is_a_character() {
        // U+00E9 is C3 A9 in UTF-8; as Latin-1 characters and UTF-8 again that is C3 83 C2 A9.
        assert_eq!(encoded("é a", WordEncoding::Q), "=?UTF-8?Q?=C3=83=C2=A9_a?=");
        assert_eq!(encoded("é", WordEncoding::B), "=?UTF-8?B?w4PCqQ==?=");
        assert_eq!(encoded("", WordEncoding::B), "=?UTF-8?B??=");
    }

    #[test]
    fn words_are_short() {
        for encoding in [WordEncoding::B, WordEncoding::Q] {
            let text = encoded(&"é".repeat(100), encoding);
            assert!(text.split(' ').count() > 1);
            assert!(text.split(' ').all(|word| word.len() <= 75 && word.ends_with("?=")), "{text}");
        }
    }
}
