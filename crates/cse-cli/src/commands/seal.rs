//! `cse seal`: encrypts a file as an S3 encryption client would.

use cse_envelope::{EncryptionContext, Envelope, KeyPlacement, StoredForm, WriteFormat, parse};
use cse_keys::system_rng;
use serde::Serialize;

use crate::{
    args::{self, KeyOptions},
    draft::{Draft, publish_all},
    error::{Failure, Kind},
    files::{Input, Target, check_distinct, check_not_terminal, check_spares_inputs},
    interrupt,
    keys::{self, Keys},
    metadata,
    output::{Console, content_name},
    progress::Progress,
    setup, source, stream,
};

/// What S3 takes of user metadata in all: bytes of names, without x-amz-meta-, and values.
const S3_LIMIT: usize = 2048;

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
    warnings: Vec<String>,
}

/// Where the three parts of an object go.
pub(super) struct Targets {
    pub(super) body: Target,
    pub(super) metadata: Target,
    pub(super) instruction: Option<Target>,
}

pub(crate) fn run(seal: &args::Seal, console: &Console) -> Result<(), Failure> {
    interrupt::watch(console);
    let format = setup::write_format(seal.format, seal.legacy)?;
    let context = setup::context(&seal.context)?;
    check_context_is_for_kms(&seal.keys, &seal.context)?;
    let inputs = || core::iter::once(&seal.input).chain(keys::inputs(&seal.keys));
    source::check_stdin_once(inputs())?;
    check_spares_inputs(seal.out.iter().chain([&seal.metadata]).chain(&seal.instruction), inputs())?;
    let targets = Targets::new(seal)?;
    let mut input = Input::open(&seal.input)?;
    if let Some(len) = input.len {
        format.suite().ciphertext_len(len)?;
    }
    let keys = Keys::to_seal(&seal.keys)?;
    let report = targets.fill(&mut input, &keys, format, &context, console).map_err(incomplete)?;
    for warning in &report.warnings {
        console.warn(warning);
    }
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
        let generated = keys.generate(format, context)?;
        let (envelope, encryptor) = cse_envelope::seal(generated, input.len, &mut system_rng())?;
        let stored = self.stored_form(&envelope)?;
        let mut drafts = self.beside_the_body(&stored)?;
        let mut body = self.body.pass_through()?;
        let mut progress = Progress::new(console, input.len);
        let lengths = stream::encrypt(encryptor, input, &mut body, &mut progress)?;
        drop(progress);
        // Last: a body without its metadata is lost, metadata without a body is not.
        drafts.push(body);
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
            warnings: warnings(&stored),
        })
    }

    /// What to store beside the body, as `open` will read it.
    fn stored_form(&self, envelope: &Envelope) -> Result<StoredForm, Failure> {
        let placement = match self.instruction {
            Some(_) => KeyPlacement::InstructionFile,
            None => KeyPlacement::ObjectMetadata,
        };
        let stored = envelope.stored_form(placement);
        let read = parse(stored.metadata.iter().map(|(name, value)| (name, value)));
        let read = read.and_then(|read| match &stored.instruction_file {
            Some(file) => read.with_instruction_file(file.as_bytes()),
            None => Ok(read),
        });
        match read {
            Ok(_) => Ok(stored),
            Err(malformed) => Err(Failure::usage(
                format!("nobody could open the object: {malformed}"),
                "give fewer or shorter entries with --context or --description",
            )),
        }
    }

    /// The instruction file if there is to be one, and the metadata.
    fn beside_the_body(&self, stored: &StoredForm) -> Result<Vec<Draft>, Failure> {
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

/// What S3 would refuse later.
fn warnings(stored: &StoredForm) -> Vec<String> {
    let len: usize = stored.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if len <= S3_LIMIT {
        return Vec::new();
    }
    vec![format!(
        "the metadata has {len} bytes, and S3 takes {S3_LIMIT}: add --instruction FILE to keep the wrapped key in an instruction \
         file"
    )]
}

/// An object of which a part was not read to its end is not sealed.
fn incomplete(failure: Failure) -> Failure {
    match failure.kind {
        Kind::BrokenPipe => Failure::new(
            Kind::File,
            "the output was closed before all of the object was written",
            "see why its reader stopped, then seal again: no file was written",
        ),
        _ => failure,
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
