//! `cse head`: what is stored beside an object.

use cse_client::transport::ObjectAttributes;
use cse_envelope::MetadataKey;
use serde::Serialize;

use super::{
    broken::{self, Broken},
    inspect::{self, printable},
    ls::time,
};
use crate::{
    args,
    error::{Failure, Kind},
    metadata::Pairs,
    output::Console,
    runtime::{self, INTERRUPTED},
    s3::{S3, look::Looked, name::Name, settings},
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
    encryption: Option<Encryption>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Encryption {
    Read(Box<inspect::Report>),
    Broken(Broken),
}

pub(crate) fn run(head: &args::Head, console: &Console) -> Result<(), Failure> {
    let name = Name::object(&head.name)?;
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&head.service).await?;
        let location = settings::located(&name, head.version_id.as_deref());
        let Looked { attributes, object, spare } = stop.or(s3.look(&location, &head.file)).await?;
        let mut report = report(location.to_string(), &attributes);
        let (text, malformed) = match inspect::describe(&object, &inspect::ReadBy::Get(name.to_string())) {
            Ok(described) => {
                let described = described.beside(spare);
                let plaintext_len = |len| described.suite().and_then(|suite| suite.plaintext_len(len));
                report.plaintext_len = attributes.content_len.and_then(plaintext_len);
                let text = described.text();
                report.encryption = Some(Encryption::Read(Box::new(described.into_report())));
                (text, None)
            }
            Err(failure) if failure.kind == Kind::NoEnvelope => {
                report.plaintext_len = attributes.content_len;
                ("encryption   none; or its instruction file has another name, or is lost".to_owned(), None)
            }
            Err(failure) if failure.kind == Kind::Malformed => {
                let broken = Broken::new(&object, &failure);
                let text = broken.text();
                report.encryption = Some(Encryption::Broken(broken));
                (text, Some(broken::reason(failure)))
            }
            Err(failure) => return Err(failure.of(&location)),
        };
        console.answer(&report, &format!("{}\n{text}", headers_text(&report)))?;
        malformed.map_or(Ok(()), |failure| Err(failure.of(&location)))
    })
}

/// Without what the envelope tells.
fn report(object: String, attributes: &ObjectAttributes) -> Report {
    let own = attributes.metadata.iter().filter(|(name, _)| MetadataKey::from_name(name).is_none());
    let metadata = own.map(|(name, value)| (name.to_owned(), String::from_utf8_lossy(value).into_owned())).collect();
    Report {
        object,
        stored_len: attributes.content_len,
        plaintext_len: None,
        etag: attributes.etag.clone(),
        version_id: attributes.version_id.clone(),
        last_modified: attributes.last_modified.map(time),
        headers: Pairs(attributes.headers.clone()),
        metadata: Pairs(metadata),
        encryption: None,
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
