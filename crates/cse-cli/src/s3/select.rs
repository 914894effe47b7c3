//! Which objects are meant: one by its name, those that fit a pattern, or all below a name.

use alloc::collections::VecDeque;

use cse_client::{Client, ObjectLocation, RequestOptions, transport::ListedObject};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use super::{
    failure::failure,
    name::{self, Name, Pattern},
    settings,
};
use crate::{
    args::Many,
    error::{Failure, Kind},
};

/// An object to work on.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    pub(crate) location: ObjectLocation,
    /// Its key, from the folder that was named.
    pub(crate) below: String,
}

/// What becomes of empty objects whose keys end in a slash: consoles and other programs make them to stand for folders.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Folders {
    /// They have no content to work on.
    Skip,
    /// They are objects like others.
    Take,
}

/// What one name on the command line means.
#[derive(Debug)]
enum Meant {
    Object(Name),
    Matching(Pattern),
    Below(Name),
}

/// What the names on the command line mean.
#[derive(Debug)]
pub(crate) struct Selection {
    meant: Vec<Meant>,
    version_id: Option<String>,
}

impl Selection {
    /// Reads names. Sends nothing.
    pub(crate) fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        many: Many,
        version_id: Option<&str>,
    ) -> Result<Self, Failure> {
        let meant: Vec<_> = names.into_iter().map(|name| meant(name, many)).collect::<Result<_, _>>()?;
        let selection = Self { meant, version_id: version_id.map(str::to_owned) };
        settings::check_versions(selection.is_many(), version_id, None)?;
        Ok(selection)
    }

    /// Whether it may be several objects.
    pub(crate) fn is_many(&self) -> bool {
        !matches!(self.meant.as_slice(), [Meant::Object(_)])
    }

    /// The objects, as they are found. Instruction files whose object is there are not among them.
    pub(crate) fn find<'a>(
        &'a self,
        client: &'a Client,
        options: &'a RequestOptions,
        folders: Folders,
    ) -> impl Stream<Item = Result<Selected, Failure>> + 'a {
        stream::iter(&self.meant).flat_map(move |meant| self.of(meant, client, options, folders))
    }

    fn of<'a>(
        &self,
        meant: &'a Meant,
        client: &'a Client,
        options: &'a RequestOptions,
        folders: Folders,
    ) -> stream::BoxStream<'a, Result<Selected, Failure>> {
        match meant {
            Meant::Object(name) => {
                let location = settings::located(name, self.version_id.as_deref());
                let below = name::file_name(&name.key).to_owned();
                Box::pin(stream::iter([Ok(Selected { location, below })]))
            }
            Meant::Matching(pattern) => {
                let found = Pages::new(client, options, &pattern.bucket, &pattern.prefix).objects(folders);
                let found = found.try_filter(|object| core::future::ready(pattern.matches(&object.key)));
                let what = format!("no object of s3://{} matches", pattern.bucket);
                let next = "in a pattern * stays inside a folder, and **/ stands for any; `cse ls` shows what is there; for a key with such \
                            characters of its own, add --no-glob";
                Box::pin(or_nothing(found, &pattern.bucket, pattern.folder(), what, next))
            }
            Meant::Below(name) => {
                let found = Pages::new(client, options, &name.bucket, &name.key).objects(folders);
                let what = format!("there are no objects below {name}");
                let next = "check the name: `cse ls` shows what is there";
                Box::pin(or_nothing(found, &name.bucket, &name.key, what, next))
            }
        }
    }
}

fn meant(text: &str, many: Many) -> Result<Meant, Failure> {
    let name = Name::parse(text)?;
    let pattern = if many.no_glob { None } else { name.pattern()? };
    Ok(match (pattern, many.recursive) {
        (Some(pattern), false) => Meant::Matching(pattern),
        (Some(_), true) => {
            return Err(Failure::usage(
                format!("{text} is a pattern, which --recursive does not take"),
                "leave --recursive out and write **/ for folders of any depth; for a key with such characters of its own, add --no-glob",
            ));
        }
        (None, true) => Meant::Below(name.folder()),
        (None, false) => Meant::Object(Name::object(text)?),
    })
}

/// The objects as they come, or a failure if there are none at all.
fn or_nothing<'a>(
    found: impl Stream<Item = Result<ListedObject, Failure>> + 'a,
    bucket: &'a str,
    folder: &'a str,
    what: String,
    next: &'static str,
) -> impl Stream<Item = Result<Selected, Failure>> + 'a {
    let nothing = Failure::new(Kind::NotFound, what, next);
    stream::try_unfold((Box::pin(found), Some(nothing)), move |(mut found, nothing)| async move {
        match found.try_next().await? {
            Some(object) => {
                let below = object.key.strip_prefix(folder).unwrap_or(&object.key).to_owned();
                let location = ObjectLocation::new(bucket, object.key);
                Ok(Some((Selected { location, below }, (found, None))))
            }
            None => nothing.map_or(Ok(None), Err),
        }
    })
}

/// Pages of a list.
struct Pages<'a> {
    client: &'a Client,
    options: &'a RequestOptions,
    bucket: &'a str,
    prefix: &'a str,
    next: Option<String>,
    is_last: bool,
    here: VecDeque<ListedObject>,
}

impl<'a> Pages<'a> {
    fn new(client: &'a Client, options: &'a RequestOptions, bucket: &'a str, prefix: &'a str) -> Self {
        Self { client, options, bucket, prefix, next: None, is_last: false, here: VecDeque::new() }
    }

    fn objects(self, folders: Folders) -> impl Stream<Item = Result<ListedObject, Failure>> + 'a {
        let objects = stream::try_unfold(self, |mut pages| async move {
            while pages.here.is_empty() && !pages.is_last {
                pages.turn().await?;
            }
            Ok(pages.here.pop_front().map(|object| (object, pages)))
        });
        objects.try_filter(move |object| {
            let is_folder = object.len == 0 && object.key.ends_with('/');
            core::future::ready(folders == Folders::Take || !is_folder)
        })
    }

    async fn turn(&mut self) -> Result<(), Failure> {
        let list = self.client.list(self.bucket).prefix(self.prefix).hide_instruction_files();
        let list = match self.next.take() {
            Some(token) => list.continuation_token(token),
            None => list,
        };
        let page = list.options(self.options.companion()).send().await;
        let page = page.map_err(|error| failure(format_args!("s3://{}", self.bucket), error))?;
        self.is_last = page.next.is_none();
        self.next = page.next;
        self.here = page.objects.into();
        Ok(())
    }
}
