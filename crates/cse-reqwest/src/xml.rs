//! S3's XML, as a tree of names and texts: order, name spaces, attributes and elements nobody asked for do not matter.

use std::io;

use quick_xml::{
    Reader, Writer,
    escape::resolve_predefined_entity,
    events::{BytesText, Event},
};

/// Deeper is nothing that S3 answers.
const MAX_DEPTH: usize = 16;

/// Nor more elements: a page has a thousand entries, with a dozen in each.
const MAX_ELEMENTS: usize = 100_000;

/// An element: its name without prefix, the text in it, and its children in their order.
#[derive(Debug, Default, Eq, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    children: Vec<Element>,
}

/// It is no XML, or none that S3 answers.
#[derive(Debug, thiserror::Error)]
#[error("the answer is not what S3 answers: {0}")]
pub(crate) struct NotXml(String);

impl Element {
    /// The root of a document.
    pub(crate) fn parse(document: &[u8]) -> Result<Self, NotXml> {
        let text = str::from_utf8(document).map_err(not_xml)?;
        let mut reader = Reader::from_str(text.trim_start());
        // The lowest holds the root.
        let mut open = vec![Self::default()];
        let mut elements = 0..MAX_ELEMENTS;
        let mut named = |name: &str| match elements.next() {
            Some(_) => Ok(Self { name: name.to_owned(), ..Self::default() }),
            None => Err(not_xml("it is too long")),
        };
        loop {
            match reader.read_event().map_err(not_xml)? {
                Event::Start(_) if open.len() > MAX_DEPTH => return Err(not_xml("it is too deep")),
                Event::Start(start) => open.push(named(start.local_name().into_inner())?),
                Event::Empty(empty) => add(&mut open, named(empty.local_name().into_inner())?)?,
                Event::End(_) => {
                    let done = open.pop().ok_or_else(|| not_xml("it ends twice"))?;
                    add(&mut open, done)?;
                }
                Event::Text(text) => push(&mut open, &text)?,
                Event::CData(text) => push(&mut open, &text)?,
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(not_xml)? {
                    Some(character) => push(&mut open, character.encode_utf8(&mut [0; 4]))?,
                    None => {
                        let text = resolve_predefined_entity(&reference);
                        push(&mut open, text.ok_or_else(|| not_xml("an entity nobody knows"))?)?;
                    }
                },
                Event::DocType(_) => return Err(not_xml("it has a document type")),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
                Event::Eof => break,
            }
        }
        let [document] = <[Self; 1]>::try_from(open).map_err(|_| not_xml("it is cut off"))?;
        let [root] = <[Self; 1]>::try_from(document.children).map_err(|_| not_xml("it has not one root"))?;
        Ok(root)
    }

    /// The first child of this name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children(name).next()
    }

    /// All children of this name.
    pub(crate) fn children(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name, if there is any.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether the first child of this name says so.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text_of(name).is_some_and(|text| text.trim() == "true")
    }
}

fn add(open: &mut [Element], child: Element) -> Result<(), NotXml> {
    let parent = open.last_mut().ok_or_else(|| not_xml("it ends twice"))?;
    parent.children.push(child);
    Ok(())
}

fn push(open: &mut [Element], text: &str) -> Result<(), NotXml> {
    open.last_mut().ok_or_else(|| not_xml("it ends twice"))?.text.push_str(text);
    Ok(())
}

fn not_xml(reason: impl ToString) -> NotXml {
    NotXml(reason.to_string())
}

/// A document to send: `root`, and in it what `content` writes.
pub(crate) fn document(
    root: &str,
    content: impl FnOnce(&mut Writer<Vec<u8>>) -> io::Result<()>,
) -> io::Result<Vec<u8>> {
    let mut writer = Writer::new(Vec::new());
    let namespace = ("xmlns", "http://s3.amazonaws.com/doc/2006-03-01/");
    writer.create_element(root).with_attribute(namespace).write_inner_content(content)?;
    Ok(writer.into_inner())
}

/// An element with nothing but text in it.
pub(crate) fn write_text(writer: &mut Writer<Vec<u8>>, name: &str, text: &str) -> io::Result<()> {
    writer.create_element(name).write_text_content(BytesText::from_escaped(escape(text)))?;
    Ok(())
}

/// Control characters are written as references: readers of XML turn line ends into other ones, and that is another key.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in quick_xml::escape::escape(text).chars() {
        if character.is_control() {
            escaped.push_str(&format!("&#{};", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_of_texts() {
        let document = b"<?xml version=\"1.0\"?>\n<a:Root xmlns:a=\"x\"><B> 1 &amp;&#x20;<![CDATA[<2>]]></B><C/><B>3</B></a:Root>\n";
        let root = Element::parse(document).unwrap();
        assert_eq!((root.name.as_str(), root.text_of("B"), root.text_of("C")), ("Root", Some(" 1 & <2>"), None));
        assert_eq!(root.children("B").count(), 2);
    }

    #[test]
    fn what_is_not_xml_is_an_error() {
        for document in [
            "",
            "plain",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "</a>",
            "<a>&unknown;</a>",
            "<a>&#0;</a>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "{\"__type\":\"x\"}",
        ] {
            assert!(Element::parse(document.as_bytes()).is_err(), "{document}");
        }
        assert!(Element::parse(b"<a>\xff</a>").is_err());
        assert!(Element::parse("<a>".repeat(1000).as_bytes()).is_err());
        assert!(Element::parse(format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS - 1)).as_bytes()).is_ok());
        assert!(Element::parse(format!("<a>{}</a>", "<b/>".repeat(MAX_ELEMENTS)).as_bytes()).is_err());
        let laughs = "<!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\">]><Error><Code>&b;</Code></Error>";
        assert!(Element::parse(laughs.as_bytes()).is_err());
    }

    #[test]
    fn texts_survive_the_round_trip() {
        let text = "a<b>&\"'\r\n\t\u{1}\u{e9}  ";
        let sent = document("Root", |writer| write_text(writer, "Key", text)).unwrap();
        let root = Element::parse(&sent).unwrap();
        assert_eq!(root.text_of("Key"), Some(text));
        assert!(!sent.contains(&b'\r'));
    }
}
