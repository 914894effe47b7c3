//! Reading one object: to a file, to an output, or to nowhere.

use core::sync::atomic::{AtomicU64, Ordering};
use std::path::Path;

use cse_client::{
    Body, Client, Error, Object, ObjectLocation, RequestOptions, danger,
    operations::GetAny,
    transfer::{self, DownloadAny, Progress as Transferred, Saved},
    transport::ObjectAttributes,
};
use cse_envelope::{AlgorithmSuite, ByteRange, Envelope, Unauthenticated};
use cse_keys::{ExpectedContext, KeyringError};
use futures_util::TryStreamExt as _;
use serde::Serialize;

use super::{S3, settings};
use crate::{
    args::{Reading, Unverified},
    draft::Draft,
    error::Failure,
    hints::{self, World},
    keys::Keys,
    output::content_name,
    progress::Meter,
    setup,
};

/// How objects are read, from the command line.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    pub(crate) client: Client,
    pub(crate) reading: &'a Reading,
    expected: ExpectedContext,
    options: RequestOptions,
    accepts_plain: bool,
    pub(crate) range: Option<ByteRange>,
}

/// How far what was read can be trusted.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Trust {
    /// All of it is what was encrypted.
    Verified,
    /// AES-CBC content, or a range: nothing tells whether it was changed.
    Unauthenticated,
    /// It was never encrypted.
    Plain,
}

/// What was read.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) trust: Trust,
    pub(crate) len: u64,
    pub(crate) content_range: Option<String>,
    pub(crate) attributes: ObjectAttributes,
    pub(crate) envelope: Option<Envelope>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(s3: &S3, reading: &'a Reading, unverified: Option<&Unverified>) -> Result<Self, Failure> {
        let range = unverified.and_then(|it| it.range.as_deref()).map(setup::range).transpose()?;
        let expected = settings::expected_context(reading)?;
        let keys = Keys::to_read(&reading.keys.0, s3.kms())?;
        Ok(Self {
            client: s3.client(&keys, settings::read_config(reading.policy)),
            reading,
            expected,
            options: s3.options.clone(),
            accepts_plain: unverified.is_none_or(|it| it.plain),
            range,
        })
    }

    /// Several parts at once, into a file that appears when it is verified.
    pub(crate) async fn to_file(
        &self,
        location: ObjectLocation,
        path: &Path,
        overwrite: bool,
        meter: &Meter,
    ) -> Result<Read, Error> {
        let download = danger::download_cbc(transfer::download(&self.client, location));
        let download: DownloadAny = if self.accepts_plain { danger::download_plain(download) } else { download };
        let download = settings::choosing!(download, &self.reading.file).overwrite(overwrite);
        let download = download.expected_context(self.expected.clone()).options(self.options.clone());
        let object = download.progress(counting(meter)).to_file(path).await?;
        let trust = match object.content {
            Saved::Verified => Trust::Verified,
            Saved::Unauthenticated => Trust::Unauthenticated,
            Saved::Plain => Trust::Plain,
        };
        let len = object.attributes.content_len.unwrap_or_default();
        Ok(Read { trust, len, content_range: None, attributes: object.attributes, envelope: object.envelope })
    }

    /// All of it, or the range, as it comes. What is verified is verified only when this has ended.
    pub(crate) async fn to_draft(
        &self,
        location: ObjectLocation,
        draft: Option<&mut Draft>,
        meter: &Meter,
    ) -> Result<Read, Halted> {
        let get = danger::accept_cbc(self.client.get_at(location));
        let get: GetAny = if self.accepts_plain { danger::accept_plain(get) } else { get };
        let get = settings::choosing!(get, &self.reading.file).expected_context(self.expected.clone());
        let get = get.options(self.options.clone());
        let object = match self.range {
            Some(range) => danger::range(get, range).send().await,
            None => danger::stream(get).send().await,
        };
        drain(object?, self.range.is_some(), draft, meter).await
    }

    /// What went wrong, with what the object tells about the likely cause.
    pub(crate) async fn explain(&self, location: &ObjectLocation, error: Error) -> Failure {
        let is_of_key = match &error {
            Error::Decrypt(_) => true,
            Error::Keyring(error) => !matches!(error, KeyringError::KeyService(_)),
            _ => false,
        };
        let failure = Failure::from(error);
        if !is_of_key {
            return failure.of(location);
        }
        let head = self.client.head(location.clone()).options(self.options.companion());
        let head = settings::choosing!(head, &self.reading.file).send().await;
        let envelope = head.as_ref().ok().and_then(|head| head.envelope());
        let failure = match envelope {
            Some(envelope) => {
                let policy = setup::policy(self.reading.policy);
                let has_file = self.reading.file.instruction_suffix.is_some();
                hints::explain(failure, envelope.key_part(), &policy, &self.expected, has_file, World::Online)
            }
            None => failure,
        };
        failure.of(location)
    }
}

/// Why reading ended early: because of the object, or of the output.
#[derive(Debug)]
pub(crate) enum Halted {
    Object(Error),
    Output(Failure),
}

impl From<Error> for Halted {
    fn from(error: Error) -> Self {
        Self::Object(error)
    }
}

/// Writes all of an answer's content, which is accepted into a draft or nowhere at all.
async fn drain(
    object: Object<Unauthenticated<Body>>,
    is_range: bool,
    mut draft: Option<&mut Draft>,
    meter: &Meter,
) -> Result<Read, Halted> {
    let Object { content, attributes, envelope, .. } = object;
    meter.expect(attributes.content_len);
    let mut body = danger::accept_unauthenticated(content);
    let mut len = 0_u64;
    while let Some(chunk) = body.try_next().await? {
        if let Some(draft) = &mut draft {
            draft.put(&chunk).map_err(Halted::Output)?;
        }
        let chunk_len = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        meter.add(chunk_len);
        len = len.saturating_add(chunk_len);
    }
    let trust = match envelope.as_ref().map(Envelope::suite) {
        None => Trust::Plain,
        Some(suite) if suite.is_authenticated() && !is_range => Trust::Verified,
        Some(_) => Trust::Unauthenticated,
    };
    let content_range = attributes.content_range.map(|range| range.to_string());
    Ok(Read { trust, len, content_range, attributes, envelope })
}

/// Tells a meter how far a transfer has come.
pub(crate) fn counting(meter: &Meter) -> impl Fn(Transferred) + Send + Sync + 'static + use<> {
    let (meter, before) = (meter.clone(), AtomicU64::new(u64::MAX));
    move |now| {
        let before = before.swap(now.transferred, Ordering::Relaxed);
        if before == u64::MAX {
            meter.expect(now.total);
        } else {
            meter.add(now.transferred.saturating_sub(before));
        }
    }
}

impl Trust {
    pub(crate) const fn is_verified(self) -> bool {
        matches!(self, Self::Verified)
    }
}

impl Read {
    /// Why nobody vouches for it, if so.
    pub(crate) fn label(&self) -> Option<&'static str> {
        match (self.trust, &self.content_range) {
            (Trust::Verified, _) => None,
            (Trust::Plain, _) => Some("the object is not encrypted: whoever can write it may have put it there"),
            (Trust::Unauthenticated, Some(_)) => Some(
                "a range is not covered by an authentication tag: whoever can write the object may have changed it",
            ),
            (Trust::Unauthenticated, None) => {
                Some("AES-CBC content has no authentication tag: whoever can write the object may have changed it")
            }
        }
    }

    /// For a person.
    pub(crate) fn description(&self) -> String {
        let Self { len, content_range, envelope, .. } = self;
        let range = content_range.as_ref().map(|range| format!(" ({range})")).unwrap_or_default();
        let how = envelope.as_ref().map_or("not encrypted".to_owned(), |envelope| {
            let (content, wrap) = (content_name(envelope.suite()), envelope.key_part().wrap().name());
            format!("{:?}, {content}, data key wrapped by {wrap}", envelope.version())
        });
        format!("{len} bytes{range}: {how}")
    }

    /// The stored format, for a script.
    pub(crate) fn version(&self) -> Option<String> {
        self.envelope.as_ref().map(|envelope| format!("{:?}", envelope.version()))
    }

    pub(crate) fn suite_name(&self) -> Option<&'static str> {
        self.envelope.as_ref().map(Envelope::suite).map(AlgorithmSuite::name)
    }

    pub(crate) fn wrap_name(&self) -> Option<&'static str> {
        self.envelope.as_ref().map(|envelope| envelope.key_part().wrap().name())
    }
}
