//! `cse ls`: lists objects.

use std::time::SystemTime;

use cse_client::{Client, ListedSizes, transport::ListedObject};
use indicatif::BinaryBytes;
use serde::Serialize;

use super::inspect::printable;
use crate::{
    args::{self, Sizes},
    error::{Failure, Kind},
    output::Console,
    runtime::{self, INTERRUPTED},
    s3::{
        S3,
        failure::failure,
        name::{Name, Pattern},
    },
};

#[derive(Serialize)]
#[serde(untagged)]
enum Line<'a> {
    Object {
        object: String,
        size: u64,
        etag: Option<&'a str>,
        last_modified: Option<String>,
        storage_class: Option<&'a str>,
    },
    Prefix {
        prefix: String,
    },
}

/// What is listed.
struct Listing<'a> {
    ls: &'a args::Ls,
    bucket: String,
    prefix: String,
    pattern: Option<Pattern>,
    console: &'a Console,
}

pub(crate) fn run(ls: &args::Ls, console: &Console) -> Result<(), Failure> {
    if ls.name == "s3://" {
        return Err(Failure::usage(
            "no bucket is named",
            "name one: cse ls s3://BUCKET; `aws s3 ls` shows which there are",
        ));
    }
    let name = Name::parse(&ls.name)?;
    let pattern = if ls.no_glob { None } else { name.pattern()? };
    let prefix = pattern.as_ref().map_or(&name.key, |pattern| &pattern.prefix).clone();
    let listing = Listing { ls, bucket: name.bucket, prefix, pattern, console };
    runtime::run(console, INTERRUPTED, async |stop| {
        let s3 = S3::connect(&ls.service).await?;
        stop.or(listing.print(&s3)).await
    })
}

impl Listing<'_> {
    async fn print(&self, s3: &S3) -> Result<(), Failure> {
        let client = s3.keyless();
        let (mut next, mut is_empty) = (None, true);
        loop {
            let page = self.page(&client, s3, next).await?;
            for object in &page.objects {
                if self.pattern.as_ref().is_none_or(|pattern| pattern.matches(&object.key)) {
                    is_empty = false;
                    self.object(object)?;
                }
            }
            for prefix in &page.common_prefixes {
                is_empty = false;
                let prefix = format!("s3://{}/{prefix}", self.bucket);
                self.console.answer(
                    &Line::Prefix { prefix: prefix.clone() },
                    &format!("{:>40}  {}", "folder", printable(&prefix)),
                )?;
            }
            next = page.next;
            if next.is_none() {
                break;
            }
        }
        // An empty bucket is a fact, a name that fits nothing probably a mistake.
        if is_empty && !self.prefix.is_empty() {
            let what = format!("nothing in s3://{} begins with or matches that name", self.bucket);
            return Err(Failure::new(Kind::NotFound, what, "shorten the name; with -r, all of a bucket is listed"));
        }
        Ok(())
    }

    async fn page(
        &self,
        client: &Client,
        s3: &S3,
        next: Option<String>,
    ) -> Result<cse_client::transport::ObjectList, Failure> {
        let mut list = client.list(&*self.bucket).prefix(&*self.prefix).options(s3.options.clone());
        list = list.sizes(match self.ls.sizes {
            Sizes::Stored => ListedSizes::Stored,
            Sizes::AssumeGcm => ListedSizes::AssumeGcm,
            Sizes::Head => ListedSizes::Head,
        });
        if !self.ls.recursive && self.pattern.is_none() {
            list = list.delimiter("/");
        }
        if self.ls.hide_instruction_files {
            list = list.hide_instruction_files();
        }
        if let Some(token) = next {
            list = list.continuation_token(token);
        }
        list.send().await.map_err(|error| failure(format_args!("s3://{}", self.bucket), error))
    }

    fn object(&self, listed: &ListedObject) -> Result<(), Failure> {
        let object = format!("s3://{}/{}", self.bucket, listed.key);
        let size = if self.ls.human_readable { BinaryBytes(listed.len).to_string() } else { listed.len.to_string() };
        let text =
            format!("{:<20}{size:>20}  {}", listed.last_modified.map(time).unwrap_or_default(), printable(&object));
        let line = Line::Object {
            object,
            size: listed.len,
            etag: listed.etag.as_deref(),
            last_modified: listed.last_modified.map(time),
            storage_class: listed.storage_class.as_deref(),
        };
        self.console.answer(&line, &text)
    }
}

/// In UTC, to the second.
pub(super) fn time(time: SystemTime) -> String {
    humantime::format_rfc3339_seconds(time).to_string()
}
