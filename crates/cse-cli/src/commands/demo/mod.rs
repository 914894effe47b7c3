//! `cse demo`: the whole of it at work, against an S3 and a KMS inside this process, through the clients of the AWS SDK.

mod bundled;
mod life;
mod round_trips;
mod stage;

use bytes::Bytes;
use cse_client::Metadata;
use cse_envelope::{CommitmentPolicy, EncryptionContext, ReadPolicy, danger};
use serde::Serialize;

use self::{
    bundled::{Bundled, Case, OBJECTS},
    stage::Stage,
};
use crate::{
    error::{Failure, Kind},
    output::Console,
    runtime::{self, INTERRUPTED},
};

/// One line of a table.
#[derive(Serialize)]
struct Row {
    what: Vec<String>,
    result: String,
    ok: bool,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    life: Vec<Row>,
    round_trips: Vec<Row>,
    other_clients: Vec<Row>,
}

pub(crate) fn run(console: &Console) -> Result<(), Failure> {
    runtime::run(console, INTERRUPTED, async |stop| {
        let stage = Stage::build().await?;
        let shown = stop.or(show(&stage, console)).await;
        stage.end().await;
        shown
    })
}

async fn show(stage: &Stage, console: &Console) -> Result<(), Failure> {
    let plaintext = Bytes::from("The quick brown fox jumps over the lazy dog.\n".repeat(2300));
    let life = life::run(stage, &plaintext).await?;
    let round_trips = round_trips::run(stage, &plaintext).await?;
    let mut other_clients = Vec::new();
    for object in OBJECTS {
        other_clients.push(open_bundled(stage, object).await);
    }
    let mut report = Report { ok: true, life, round_trips, other_clients };
    let rows = [&report.life, &report.round_trips, &report.other_clients].into_iter().flatten();
    let wrong = rows.filter(|row| !row.ok).count();
    report.ok = wrong == 0;
    console.answer(&report, &text_of(&report))?;
    if report.ok {
        return Ok(());
    }
    Err(Failure::new(
        Kind::Decrypt,
        format!("{wrong} of the demo's results are not as expected"),
        "report it with the table above",
    ))
}

/// The encryption context of the demo's objects.
fn purpose() -> EncryptionContext {
    EncryptionContext::from_pairs([("purpose", "a demo")]).unwrap_or_default()
}

impl Row {
    /// A step, with what came of it if it is as it must be.
    fn of(what: &str, result: String, ok: bool) -> Self {
        let result = if ok { result } else { format!("WRONG: not as it must be ({result})") };
        Self { what: vec![what.to_owned()], result, ok }
    }

    /// From what happened: whether it was verified, and whether the plaintext is the same.
    fn new<const N: usize>(
        what: [&str; N],
        expected: &str,
        happened: Result<(bool, bool), Failure>,
        must_be_verified: bool,
    ) -> Self {
        let (result, ok) = match happened {
            Ok((verified, true)) if verified == must_be_verified => (format!("same plaintext, {expected}"), true),
            Ok((_, true)) => ("WRONG: not as verified as it must be".to_owned(), false),
            Ok((_, false)) => ("WRONG: another plaintext".to_owned(), false),
            Err(failure) => (format!("WRONG: {}", failure.what), false),
        };
        Self { what: what.into_iter().map(str::to_owned).collect(), result, ok }
    }
}

/// Stores an object of another client as it wrote it, and reads it.
async fn open_bundled(stage: &Stage, bundled: &Bundled) -> Row {
    let case = match bundled.case() {
        Ok(case) => case,
        Err(failure) => return Row::new([bundled.path], "", Err(failure), true),
    };
    let is_gcm = case.cek_alg != "AES/CBC/PKCS5Padding";
    let place = if case.has_instruction_file() { "instruction file" } else { "metadata" };
    let content = match case.cek_alg.as_str() {
        "AES/CBC/PKCS5Padding" => "AES-CBC",
        "115" => "AES-GCM, committing",
        _ => "AES-GCM",
    };
    let writer =
        if bundled.path.contains("-bc-") { format!("{} with Bouncy Castle", case.writer) } else { case.writer.clone() };
    let what = [writer.as_str(), &case.format, &case.wrap_alg, content, place];
    let expected = if is_gcm { "verified" } else { "unauthenticated" };
    Row::new(what, expected, there_and_back(stage, bundled, &case).await, is_gcm)
}

async fn there_and_back(stage: &Stage, bundled: &Bundled, case: &Case) -> Result<(bool, bool), Failure> {
    let object = bundled.object(case)?;
    let metadata = Metadata::from_iter(object.metadata);
    stage.store(bundled.path, metadata, bundled.ciphertext).await?;
    if let Some(file) = object.instruction {
        stage.store(&format!("{}.instruction", bundled.path), Metadata::new(), file).await?;
    }
    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let mut policy = danger::allow_missing_wrap_algorithm(danger::allow_legacy(policy));
    if case.wrap_alg == "RSA/ECB/NoPadding" {
        policy = danger::allow_textbook_rsa(policy);
    }
    if case.oaep_mgf1.as_deref() == Some("SHA-256") {
        policy = danger::allow_oaep_mgf1_sha256(policy);
    }
    let client = stage.client(&bundled.keys(case)?, policy);
    let (verified, opened) = stage.get(&client, bundled.path, &EncryptionContext::new()).await?;
    Ok((verified, opened == bundled.plaintext))
}

fn text_of(report: &Report) -> String {
    let mut lines = vec!["One object, from put to delete (V3, wrapped by a KMS key):".to_owned()];
    lines.extend(table(&report.life));
    lines.push("\nA text of 103500 bytes, put and got with each kind of key:".to_owned());
    lines.extend(table(&report.round_trips));
    lines.push("\nObjects that other clients wrote, read from S3 and compared with their plaintext:".to_owned());
    lines.extend(table(&report.other_clients));
    let (clients, trips) = (report.other_clients.len(), report.round_trips.len());
    let verdict = if report.ok { "all as expected" } else { "NOT ALL AS EXPECTED" };
    lines.push(format!("\n{clients} objects of other clients, {trips} round trips: {verdict}."));
    lines.push("Try it yourself: `cse sandbox` keeps such an S3 and KMS up.".to_owned());
    lines.join("\n")
}

/// Rows with their columns under each other.
fn table(rows: &[Row]) -> Vec<String> {
    let columns = rows.iter().map(|row| row.what.len()).max().unwrap_or_default();
    let width = |i| {
        rows.iter()
            .filter_map(|row| row.what.get(i))
            .map(|cell: &String| cell.chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let line = |row: &Row| {
        let cells = row.what.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}  "));
        format!("  {}{}", cells.collect::<String>(), row.result)
    };
    rows.iter().map(line).collect()
}
