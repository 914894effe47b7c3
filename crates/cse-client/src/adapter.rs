//! For adapters with requests of their own: what a client does around a request that somebody else makes.
//!
//! An adapter that implements [`Transport`](crate::Transport) needs none of this. One that keeps the request builders of its users plans
//! a put with [`Client::prepare_put`](crate::Client::prepare_put), places the instruction file, sends, and undoes; and it goes on from an
//! answer with `decrypt` of the reads.

use crate::{
    client::Client,
    error::{Error, InvalidRequest},
    instruction::{self, Overwrite, PlacedInstructionFile},
    location::ObjectLocation,
    operations::{PreparePut, Upload},
    options::RequestOptions,
    plan::{self, InstructionFile, PutPlan},
};

pub use crate::instruction::PlacedInstructionFile as Placed;

/// Puts the instruction file of a planned object, if it has one, before the object itself is sent.
///
/// The object's own request then requires [`Placed::if_match`] or [`Placed::if_none_match`], unless its caller requires something, and if
/// that does not hold it is [`Error::Replaced`]. If sending fails, [`Placed::undo`] makes the error to return; an upload is aborted
/// before, so that nothing of it can arrive any more.
///
/// # Errors
///
/// [`Error::InstructionFileExists`] if there is one and `overwrite` does not say that it may be replaced.
pub async fn place_instruction_file(
    client: &Client,
    object: &ObjectLocation,
    plan: &PutPlan,
    overwrite: bool,
    options: &RequestOptions,
) -> Result<Option<Placed>, Error> {
    let Some(file) = plan.instruction_file() else { return Ok(None) };
    let overwrite = if overwrite { Overwrite::Replace } else { Overwrite::Refuse };
    let file = InstructionFile(file.to_owned());
    PlacedInstructionFile::place(&client.transport, object, plan.metadata(), &file, overwrite, options).await.map(Some)
}

/// Checks that a key may be written: those of instruction files may not.
///
/// # Errors
///
/// [`InvalidRequest::InstructionKey`].
pub fn check_key(key: &str) -> Result<(), InvalidRequest> {
    plan::check_key(key)
}

/// Deletes the instruction file of an object that was deleted, if there is one, and if it is one.
///
/// # Errors
///
/// The transport's.
pub async fn delete_instruction_file(
    client: &Client,
    object: &ObjectLocation,
    options: &RequestOptions,
) -> Result<(), Error> {
    instruction::delete(&*client.transport, object, options).await
}

/// Prepares an upload that the adapter creates; `plaintext_len`, in bytes, is held against what really comes where it is known.
pub fn prepare_upload(client: &Client, plaintext_len: Option<u64>) -> PreparePut {
    PreparePut::new(client.clone(), plaintext_len)
}

/// Up to how many bytes a put is encrypted so that it can be sent again: [`Config::multipart_threshold`](crate::Config::multipart_threshold).
#[must_use]
pub fn multipart_threshold(client: &Client) -> u64 {
    client.config.multipart_threshold
}

/// Goes on with an upload that was created with the metadata of `plan`. Only its [companion](RequestOptions::companion) headers are
/// sent with parts and completion.
pub fn resume_upload(
    client: &Client,
    object: ObjectLocation,
    upload_id: String,
    plan: PutPlan,
    settings: UploadSettings,
) -> Upload {
    Upload::resume(client.clone(), object, upload_id, plan, settings)
}

/// How an upload that an adapter created ends.
#[derive(Clone, Debug, Default)]
pub struct UploadSettings {
    /// The caller's headers.
    pub options: RequestOptions,
    /// The ETag of the object that may be replaced.
    pub if_match: Option<String>,
    /// `*`: there must be no such object.
    pub if_none_match: Option<String>,
    /// Whether an instruction file that is there already may be replaced.
    pub overwrite_instruction_file: bool,
}
