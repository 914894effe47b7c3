//! `cse head`: what is stored beside an object.

use cse_client::transport::ObjectAttributes;
use cse_envelope::MetadataKey;
use serde::Serialize;

use super::{
    inspect::{self, printable},
    ls::time,
};
use crate::{
    args,
    error::{Failure, Kind},
    metadata::Pairs,
    output::Console,
    runtime,
    s3::{S3, name::Name, settings},
};

#[derive(Serialize)]
struct Report {
    object: String,
    stored_len: Option<u64>,
    /// Where the algorithm suite tells it: not for AES-CBC.
    plaintext_len: Option<u64>,
    etag: Option<String>,
    version_id: Option<String>,
    last_modified: Option<String>,
    headers: Pairs<String>,
    metadata: Pairs<String>,
    /// As `cse inspect` tells it; none for an object that is not encrypted.
    encryption: Option<inspect::Report>,
}

pub(crate) fn run(head: &args::Head, console: &Console) -> Result<(), Failure> {
    let name = Name::object(&head.name)?;
    runtime::run(async |stop| {
        let s3 = S3::connect(&head.service).await?;
        let location = settings::located(&name, head.version_id.as_deref());
        let (attributes, object) = stop.or(s3.look(&location, &head.file)).await?;
        let read_by = inspect::ReadBy::Get(name.to_string());
        let described = match inspect::describe(&object, &read_by) {
            Ok(described) => Some(described),
            Err(failure) if failure.kind == Kind::NoEnvelope => None,
            Err(failure) => return Err(failure.of(&location)),
        };
        let text = described.as_ref().map_or_else(
            || "encryption   none; or its instruction file has another name, or is lost".to_owned(),
            inspect::Described::text,
        );
        let report = report(location.to_string(), &attributes, described);
        console.answer(&report, &format!("{}\n{text}", headers_text(&report)))
    })
}

fn report(object: String, attributes: &ObjectAttributes, described: Option<inspect::Described>) -> Report {
    let own = attributes.metadata.iter().filter(|(name, _)| MetadataKey::from_name(name).is_none());
    let metadata = own.map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned())).collect();
    let plaintext_len = match (&described, attributes.content_len) {
        (Some(described), Some(len)) => described.suite().and_then(|suite| suite.plaintext_len(len)),
        (None, len) => len,
        _ => None,
    };
    Report {
        object,
        stored_len: attributes.content_len,
        plaintext_len,
        etag: attributes.etag.clone(),
        version_id: attributes.version_id.clone(),
        last_modified: attributes.last_modified.map(time),
        headers: Pairs(attributes.headers.clone()),
        metadata: Pairs(metadata),
        encryption: described.map(inspect::Described::into_report),
    }
}

fn headers_text(report: &Report) -> String {
    let mut lines = vec![format!("object       {}", printable(&report.object))];
    let mut line = |title: &str, value: Option<String>| {
        lines.extend(value.map(|value| format!("{title:<12} {}", printable(&value))));
    };
    line("stored", report.stored_len.map(|len| format!("{len} bytes")));
    line("plaintext", report.plaintext_len.map(|len| format!("{len} bytes")));
    line("etag", report.etag.clone());
    line("version", report.version_id.clone());
    line("modified", report.last_modified.clone());
    for (title, Pairs(pairs)) in [("header", &report.headers), ("metadata", &report.metadata)] {
        for (i, (name, value)) in pairs.iter().enumerate() {
            line(if i == 0 { title } else { "" }, Some(format!("{name} = {value}")));
        }
    }
    lines.join("\n")
}
