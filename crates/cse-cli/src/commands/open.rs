//! `cse open`: decrypts an object that any S3 encryption client wrote.

use core::borrow::Borrow;
use std::path::Path;

use cse_envelope::{AlgorithmSuite, ByteRange, ReadPolicy, danger};
use cse_keys::ExpectedContext;
use serde::Serialize;

use crate::{
    args,
    draft::Draft,
    error::Failure,
    files::{Input, Target, check_spares_inputs},
    hints::{World, explain},
    interrupt,
    keys::{self, Keys},
    object::Object,
    output::{Console, content_name},
    progress::Progress,
    setup, source,
    stream::{self, Opened},
};

#[derive(Serialize)]
pub(super) struct Report {
    /// Whether the content's authentication tag matched.
    pub(super) verified: bool,
    version: String,
    content: &'static str,
    wrap: &'static str,
    plaintext_len: u64,
    /// Which bytes of the plaintext these are, for a range.
    #[serde(skip_serializing_if = "Option::is_none")]
    content_range: Option<String>,
    out: Option<String>,
    #[serde(skip)]
    suite: AlgorithmSuite,
}

/// One object to read.
pub(super) struct Reading<'a> {
    pub(super) object: &'a Object,
    pub(super) policy: ReadPolicy,
    pub(super) expected: ExpectedContext,
    pub(super) range: Option<ByteRange>,
    pub(super) target: &'a Target,
}

pub(crate) fn run(open: &args::Open, console: &Console) -> Result<(), Failure> {
    interrupt::watch(console);
    let range = open.range.as_deref().map(setup::range).transpose()?;
    check_context_is_for_kms(open)?;
    let expected = setup::expected_context(&open.context, open.accept_stored_context)?;
    let inputs = || [&open.body, &open.metadata].into_iter().chain(&open.instruction).chain(keys::inputs(&open.keys));
    source::check_stdin_once(inputs())?;
    check_spares_inputs(&open.out, inputs())?;
    let target = Target::new(open.out.as_deref(), open.force)?;
    let object = Object::read(&open.metadata, open.instruction.as_deref())?;
    let reading = Reading { object: &object, policy: setup::policy(open.policy), expected, range, target: &target };
    let (opened, report) = reading.decrypt(&open.body, || Keys::read(&open.keys), console)?;
    publish(opened, &report, console)?;
    console.report(target.data_on(), &report, &summary(&report))
}

impl Reading<'_> {
    /// Decrypts all, or the range. `keys` are read only after the policy admitted the object.
    pub(super) fn decrypt<K: Borrow<Keys>>(
        &self,
        body: &Path,
        keys: impl FnOnce() -> Result<K, Failure>,
        console: &Console,
    ) -> Result<(Opened, Report), Failure> {
        let admitted = self.object.stored()?.admit(&self.policy)?;
        let mut body = Input::open(body)?;
        let keys = keys()?;
        let has_instruction = self.object.instruction.is_some();
        let explain = |failure: Failure| {
            let (key_part, policy) = (admitted.key_part(), &self.policy);
            explain(failure, key_part, policy, &self.expected, has_instruction, World::Offline)
        };
        let data_key = keys.borrow().unwrap(&admitted, &self.expected).map_err(|error| explain(error.into()))?;
        let key = cse_envelope::open(&admitted, data_key).map_err(|error| explain(error.into()))?;
        let draft = self.target.draft()?;
        let mut progress = Progress::new(console, if self.range.is_none() { body.len } else { None });
        let (opened, content_range, lengths) = match self.range {
            Some(range) => {
                let range = stream::decrypt_range(&key, range, body, draft, &mut progress).map_err(explain)?;
                (range.0, Some(range.1.to_string()), range.2)
            }
            None => {
                let (opened, lengths) = stream::decrypt(&key, &mut body, draft, &mut progress).map_err(explain)?;
                (opened, None, lengths)
            }
        };
        let report = Report {
            verified: matches!(opened, Opened::Verified(_)),
            version: format!("{:?}", admitted.envelope().version()),
            content: admitted.suite().name(),
            wrap: admitted.key_part().wrap().name(),
            plaintext_len: lengths.plaintext,
            content_range,
            out: self.target.path(),
            suite: admitted.suite(),
        };
        Ok((opened, report))
    }
}

fn check_context_is_for_kms(open: &args::Open) -> Result<(), Failure> {
    if open.keys.kms_answers.is_none() && (open.accept_stored_context || !open.context.is_empty()) {
        return Err(Failure::usage(
            "--context and --accept-stored-context are for KMS, and no KMS key is given",
            "leave them out, or add --kms-answers FILE",
        ));
    }
    Ok(())
}

/// Labels what nothing verified, then lets it appear.
fn publish(opened: Opened, report: &Report, console: &Console) -> Result<(), Failure> {
    let draft: Draft = match opened {
        Opened::Verified(draft) => draft,
        Opened::Unauthenticated(draft) => {
            console.label_unauthenticated(match report.content_range {
                Some(_) => {
                    "a range is not covered by an authentication tag: whoever can write the object may have changed it"
                }
                None => "AES-CBC content has no authentication tag: whoever can write the object may have changed it",
            });
            danger::accept_unauthenticated(draft)
        }
    };
    draft.publish()
}

fn summary(report: &Report) -> String {
    let Report { verified, version, wrap, plaintext_len, content_range, .. } = report;
    let content = content_name(report.suite);
    let verified = if *verified { "opened and verified" } else { "opened, not verified:" };
    let range = content_range.as_ref().map(|range| format!(" ({range})")).unwrap_or_default();
    format!("{verified} {plaintext_len} bytes{range}: {version}, {content}, data key wrapped by {wrap}")
}
