//! `cse demo`: opens what other clients wrote, seals and reopens a file with each kind of key, and shows what was stored.

mod bundled;
mod round_trips;

use std::{fs, path::Path};

use cse_envelope::{CommitmentPolicy, ReadPolicy, danger};
use cse_keys::ExpectedContext;
use serde::Serialize;

use self::{
    bundled::{Bundled, Case, OBJECTS},
    round_trips::{Files, Trial},
};
use super::open::Reading;
use crate::{
    error::{Failure, Kind},
    files::Target,
    output::Console,
    stream::Opened,
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
    other_clients: Vec<Row>,
    round_trips: Vec<Row>,
    stored: Vec<Row>,
}

pub(crate) fn run(console: &Console) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(|error| Failure::temporary(&error))?;
    let folder = folder.path();
    let plaintext = folder.join("plaintext");
    let text = "The quick brown fox jumps over the lazy dog.\n".repeat(2300);
    fs::write(&plaintext, &text).map_err(|error| Failure::writing(plaintext.display(), &error))?;
    let trials = round_trips::trials()?;
    let other_clients = OBJECTS.iter().map(|object| open_bundled(object, folder, console)).collect();
    let round_trips = round_trips::run(&plaintext, &trials, folder, console)?;
    let stored = match trials.first() {
        Some(trial) => show_stored(&plaintext, trial, folder, console)?,
        None => Vec::new(),
    };
    let mut report = Report { ok: true, other_clients, round_trips, stored };
    let rows = [&report.other_clients, &report.round_trips, &report.stored].into_iter().flatten();
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

impl Row {
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

/// Opens an object of another client and compares it with its plaintext.
fn open_bundled(bundled: &Bundled, folder: &Path, console: &Console) -> Row {
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
    Row::new(what, expected, decrypt_bundled(bundled, &case, folder, console), is_gcm)
}

fn decrypt_bundled(bundled: &Bundled, case: &Case, folder: &Path, console: &Console) -> Result<(bool, bool), Failure> {
    let folder = folder.join(bundled.path);
    let writing = |error| Failure::writing(folder.display(), &error);
    fs::create_dir_all(&folder).map_err(writing)?;
    let (body, out) = (folder.join("body"), folder.join("opened"));
    fs::write(&body, bundled.ciphertext).map_err(writing)?;
    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let mut policy = danger::allow_missing_wrap_algorithm(danger::allow_legacy(policy));
    if case.wrap_alg == "RSA/ECB/NoPadding" {
        policy = danger::allow_textbook_rsa(policy);
    }
    if case.oaep_mgf1.as_deref() == Some("SHA-256") {
        policy = danger::allow_oaep_mgf1_sha256(policy);
    }
    let reading = Reading {
        object: &bundled.object(case)?,
        policy,
        expected: ExpectedContext::default(),
        range: None,
        target: &Target::new(Some(&out), false)?,
    };
    let (opened, report) = reading.decrypt(&body, || bundled.keys(case), console)?;
    match opened {
        Opened::Verified(draft) => draft.publish()?,
        Opened::Unauthenticated(draft) => danger::accept_unauthenticated(draft).publish()?,
    }
    let opened = fs::read(&out).map_err(|error| Failure::reading(out.display(), &error))?;
    Ok((report.verified, opened == bundled.plaintext))
}

/// The first round trip's object: names and lengths, bytes, a flipped bit, a range.
fn show_stored(plaintext: &Path, trial: &Trial, folder: &Path, console: &Console) -> Result<Vec<Row>, Failure> {
    let folder = folder.join("0-V3-false");
    let files = Files { folder: &folder, has_instruction: false };
    let read = |path: &Path| fs::read(path).map_err(|error| Failure::reading(path.display(), &error));
    let row = |what: &str, result: String, ok| Row { what: vec![what.to_owned()], result, ok };
    let mut rows = Vec::new();
    for (name, value) in &files.object()?.metadata {
        rows.push(row(name, format!("{} characters", value.len()), !value.is_empty()));
    }
    let (text, mut body) = (read(plaintext)?, read(&files.body())?);
    rows.push(row("plaintext", format!("{} bytes: {} ...", text.len(), hex(&text)), true));
    let differs = !body.windows(16).any(|window| text.starts_with(window));
    rows.push(row(
        "body",
        format!("{} bytes: {} ...", body.len(), hex(&body)),
        differs && body.len() == text.len() + 16,
    ));

    let range = setup_range()?;
    let happened = files.open(trial, Some(range), &folder.join("range"), console);
    let happened = happened
        .and_then(|verified| Ok((verified, Some(read(&folder.join("range"))?.as_slice()) == text.get(1000..1044))));
    let range = Row::new(["bytes 1000-1043"], "unauthenticated, as every range", happened, false);
    rows.push(range);

    if let Some(byte) = body.get_mut(50_000) {
        *byte ^= 1;
    }
    fs::write(files.body(), &body).map_err(|error| Failure::writing(files.body().display(), &error))?;
    let (result, ok) = match files.open(trial, None, &folder.join("flipped"), console) {
        Err(failure) if failure.kind == Kind::Decrypt && !folder.join("flipped").exists() => {
            ("refused, and nothing was written".to_owned(), true)
        }
        Err(failure) => (format!("WRONG: {}", failure.what), false),
        Ok(_) => ("WRONG: opened".to_owned(), false),
    };
    rows.push(row("one bit flipped", result, ok));
    Ok(rows)
}

fn setup_range() -> Result<cse_envelope::ByteRange, Failure> {
    crate::setup::range("bytes=1000-1043")
}

fn is_same(one: &Path, other: &Path) -> Result<bool, Failure> {
    let read = |path: &Path| fs::read(path).map_err(|error| Failure::reading(path.display(), &error));
    Ok(read(one)? == read(other)?)
}

/// The first bytes.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

fn text_of(report: &Report) -> String {
    let mut lines = vec!["Objects that other clients wrote, opened and compared with their plaintext:".to_owned()];
    lines.extend(table(&report.other_clients));
    lines.push("\nA file of 103500 bytes, sealed and reopened:".to_owned());
    lines.extend(table(&report.round_trips));
    lines.push("\nWhat was stored (V3, AES key, key in the metadata), and what happens to it:".to_owned());
    lines.extend(table(&report.stored));
    let (clients, trips) = (report.other_clients.len(), report.round_trips.len());
    let verdict = if report.ok { "all as expected" } else { "NOT ALL AS EXPECTED" };
    lines.push(format!("\n{clients} objects of other clients, {trips} round trips: {verdict}."));
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
