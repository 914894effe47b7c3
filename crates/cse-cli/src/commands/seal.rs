//! `cse seal`: encrypts a file as an S3 encryption client would.

use cse_envelope::{EncryptionContext, Envelope, KeyPlacement, WriteFormat};
use cse_keys::system_rng;
use serde::Serialize;

use crate::{
    args::{self, KeyOptions},
    error::Failure,
    files::{Draft, Input, Target, check_distinct, check_not_terminal, publish_all},
    keys::{self, Keys},
    metadata,
    output::{Console, content_name},
    progress::Progress,
    setup, source, stream,
};

#[derive(Serialize)]
pub(super) struct Report {
    version: String,
    content: &'static str,
    wrap: &'static str,
    plaintext_len: u64,
    ciphertext_len: u64,
    body: Option<String>,
    metadata: Option<String>,
    instruction: Option<String>,
}

/// Where the three parts of an object go.
pub(super) struct Targets {
    pub(super) body: Target,
    pub(super) metadata: Target,
    pub(super) instruction: Option<Target>,
}

pub(crate) fn run(seal: &args::Seal, console: &Console) -> Result<(), Failure> {
    let format = setup::write_format(seal)?;
    let context = setup::context(&seal.context)?;
    check_context_is_for_kms(&seal.keys, &seal.context)?;
    source::check_stdin_once(core::iter::once(&seal.input).chain(keys::inputs(&seal.keys)))?;
    let targets = Targets::new(seal)?;
    let mut input = Input::open(&seal.input)?;
    if let Some(len) = input.len {
        format.suite().ciphertext_len(len)?;
    }
    let keys = Keys::to_seal(&seal.keys)?;
    let report = targets.fill(&mut input, &keys, format, &context, console)?;
    let summary = format!(
        "sealed {} bytes: {}, {}, data key wrapped by {}",
        report.plaintext_len,
        report.version,
        content_name(format.suite()),
        report.wrap
    );
    console.report(targets.data_on(), &report, &summary)
}

impl Targets {
    fn new(seal: &args::Seal) -> Result<Self, Failure> {
        let body = Target::new(seal.out.as_deref(), seal.force)?;
        check_not_terminal(&body, seal.out.is_some())?;
        let metadata = Target::new(Some(&seal.metadata), seal.force)?;
        let instruction = seal.instruction.as_deref().map(|path| Target::new(Some(path), seal.force)).transpose()?;
        check_distinct(&[&body, &metadata].into_iter().chain(&instruction).collect::<Vec<_>>())?;
        Ok(Self { body, metadata, instruction })
    }

    /// Encrypts `input` into the three parts, which appear together.
    pub(super) fn fill(
        &self,
        input: &mut Input,
        keys: &Keys,
        format: WriteFormat,
        context: &EncryptionContext,
        console: &Console,
    ) -> Result<Report, Failure> {
        let mut body = self.body.pass_through()?;
        let generated = keys.generate(format, context)?;
        let (envelope, encryptor) = cse_envelope::seal(generated, input.len, &mut system_rng())?;
        let mut progress = Progress::new(console, input.len);
        let lengths = stream::encrypt(encryptor, input, &mut body, &mut progress)?;
        drop(progress);
        let mut drafts = vec![body];
        drafts.extend(self.envelope(&envelope)?);
        publish_all(drafts)?;
        Ok(Report {
            version: format!("{:?}", envelope.version()),
            content: envelope.suite().name(),
            wrap: envelope.key_part().wrap().name(),
            plaintext_len: lengths.plaintext,
            ciphertext_len: lengths.ciphertext,
            body: self.body.path(),
            metadata: self.metadata.path(),
            instruction: self.instruction.as_ref().and_then(Target::path),
        })
    }

    /// The metadata, and the instruction file if there is to be one.
    fn envelope(&self, envelope: &Envelope) -> Result<Vec<Draft>, Failure> {
        let placement = match self.instruction {
            Some(_) => KeyPlacement::InstructionFile,
            None => KeyPlacement::ObjectMetadata,
        };
        let stored = envelope.stored_form(placement);
        let mut drafts = Vec::new();
        if let (Some(target), Some(file)) = (&self.instruction, &stored.instruction_file) {
            let mut draft = target.draft()?;
            draft.put(file.as_bytes())?;
            drafts.push(draft);
        }
        let mut draft = self.metadata.draft()?;
        draft.put(&metadata::write(&stored.metadata))?;
        drafts.push(draft);
        Ok(drafts)
    }

    fn data_on(&self) -> crate::output::DataOn {
        let any = [&self.body, &self.metadata].into_iter().chain(&self.instruction).find(|it| **it == Target::Stdout);
        any.unwrap_or(&self.body).data_on()
    }
}

/// Raw keys take a description; a context given to them would be stored nowhere.
fn check_context_is_for_kms(keys: &KeyOptions, context: &[(String, String)]) -> Result<(), Failure> {
    if !context.is_empty() && keys.kms_answers.is_none() {
        return Err(Failure::usage(
            "--context is for KMS, and an AES or RSA key is given",
            "use --description in place of --context",
        ));
    }
    Ok(())
}
