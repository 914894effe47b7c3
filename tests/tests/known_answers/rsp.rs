//! NIST's response files: sections of `NAME = hex` lines, `FAIL` where an input must be refused.

use std::collections::BTreeMap;

/// One entry of a response file.
pub(crate) struct Entry {
    fields: BTreeMap<String, Vec<u8>>,
    /// Whether it must be refused.
    pub(crate) fails: bool,
    /// The section's lines, with their brackets.
    pub(crate) section: String,
}

impl Entry {
    /// A field's bytes.
    pub(crate) fn bytes(&self, name: &str) -> &[u8] {
        &self.fields[name]
    }

    /// A field's bytes, as many as the type says.
    pub(crate) fn array<const N: usize>(&self, name: &str) -> [u8; N] {
        self.bytes(name).try_into().unwrap()
    }
}

/// Every entry of a response file.
pub(crate) fn parse(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = String::new();
    let mut in_section = false;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            section = if in_section { section + line } else { line.to_owned() };
            in_section = true;
            continue;
        }
        in_section = false;
        if line.to_ascii_uppercase().starts_with("COUNT") {
            entries.push(Entry { fields: BTreeMap::new(), fails: false, section: section.clone() });
            continue;
        }
        let entry = entries.last_mut().expect("an entry begins with its count");
        match line.split_once('=') {
            Some((name, value)) => {
                entry.fields.insert(name.trim().to_owned(), hex::decode(value.trim()).expect("hexadecimal"));
            }
            None => entry.fails = line == "FAIL",
        }
    }
    entries
}
