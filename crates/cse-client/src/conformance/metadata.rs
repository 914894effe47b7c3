//! User metadata.

use super::{
    Check, check,
    trial::{Trial, Verdict, done, ensure, refused, same},
};
use crate::{
    location::ObjectLocation,
    metadata::Metadata,
    transport::{CreateMultipartUpload, PutObject, TransportErrorKind},
};

/// Some of what the encryption writes, and what users do.
const ENTRIES: [(&str, &str); 6] = [
    ("x-amz-c", "115"),
    ("x-amz-3", "q83vEjRWeJq83vEjRWeJAA+/=="),
    ("x-amz-matdesc", r#"{"aws:x-amz-cek-alg":"AES/GCM/NoPadding","a\u00e9":"b c"}"#),
    ("colour", "red; green, blue=\"yes\" 'no' <&> 100%"),
    ("with.dots_and-hyphens", "inner   spaces stay"),
    ("x-amz-meta-twice", "1"),
];

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(metadata_round_trip),
        check!(metadata_names_in_any_letter_case),
        check!(metadata_of_an_upload),
        check!(metadata_is_replaced_with_the_object),
        check!(metadata_of_2048_bytes),
        check!(metadata_over_the_limit, MetadataLimit),
        check!(metadata_that_is_not_ascii, NonAsciiMetadata),
    ]
}

async fn put_with(trial: &Trial, location: &ObjectLocation, metadata: Metadata) -> Verdict {
    let request = PutObject { metadata, ..PutObject::new(location.clone(), "contents".into()) };
    done("a put with metadata", trial.transport.put_object(request)).await.map(drop)
}

/// Entries, in any order and by names of any letter case.
fn expect_entries(what: &str, expected: &[(&str, &str)], metadata: &Metadata) -> Verdict {
    for (name, value) in expected {
        same(&format!("the entry {name} of a {what}"), &Some(*value), &metadata.text(name))?;
    }
    let names: Vec<_> = metadata.iter().map(|(name, _)| name).collect();
    ensure!(names.len() == expected.len(), "the metadata of a {what} has other entries than were put: {names:?}");
    Ok(())
}

async fn metadata_round_trip(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    put_with(trial, &location, ENTRIES.into_iter().collect()).await?;
    expect_entries("head", &ENTRIES, &trial.head(&location).await?.metadata)?;
    expect_entries("get", &ENTRIES, &trial.get(&location).await?.0.metadata)
}

async fn metadata_names_in_any_letter_case(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    put_with(trial, &location, Metadata::from_iter([("X-Mixed-Case", "Value")])).await?;
    expect_entries("head", &[("x-mixed-case", "Value")], &trial.head(&location).await?.metadata)
}

async fn metadata_of_an_upload(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let metadata = ENTRIES.into_iter().collect();
    let request = CreateMultipartUpload { metadata, ..CreateMultipartUpload::new(location.clone()) };
    let upload_id = trial.create_upload(request).await?;
    super::multipart::complete_one(trial, &location, &upload_id, "contents").await?;
    expect_entries("head", &ENTRIES, &trial.head(&location).await?.metadata)
}

async fn metadata_is_replaced_with_the_object(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    put_with(trial, &location, ENTRIES.into_iter().collect()).await?;
    put_with(trial, &location, Metadata::from_iter([("new", "entry")])).await?;
    expect_entries("head", &[("new", "entry")], &trial.head(&location).await?.metadata)
}

async fn metadata_of_2048_bytes(trial: &Trial) -> Verdict {
    let (location, value) = (trial.location("object"), "v".repeat(2044));
    put_with(trial, &location, Metadata::from_iter([("name", value.as_str())])).await?;
    expect_entries("head", &[("name", &value)], &trial.head(&location).await?.metadata)
}

async fn metadata_over_the_limit(trial: &Trial) -> Verdict {
    let location = trial.location("object");
    let metadata = Metadata::from_iter([("name", "v".repeat(2045))]);
    let request = PutObject { metadata, ..PutObject::new(location.clone(), "contents".into()) };
    let kinds = [TransportErrorKind::Other, TransportErrorKind::NotSent];
    refused("a put with 2049 bytes of metadata", &kinds, trial.transport.put_object(request)).await?;
    trial.expect_missing(&location).await
}

/// Whether it comes back as bytes, or as encoded words: it must not make the object unreadable.
async fn metadata_that_is_not_ascii(trial: &Trial) -> Verdict {
    const VALUE: &str = "gr\u{fc}\u{df}e, \u{20ac}";
    let location = trial.location("object");
    put_with(trial, &location, Metadata::from_iter([("greeting", VALUE)])).await?;
    for (what, metadata) in
        [("head", trial.head(&location).await?.metadata), ("get", trial.get(&location).await?.0.metadata)]
    {
        let value = metadata.iter().find(|(name, _)| name.eq_ignore_ascii_case("greeting")).map(|(_, value)| value);
        let is_whole = value.is_some_and(|value| value == VALUE.as_bytes() || value.starts_with(b"=?"));
        ensure!(is_whole, "a {what} answers neither the bytes of {VALUE:?} nor encoded words: {value:?}");
    }
    Ok(())
}
