//! `cse keygen`: makes wrapping keys.

use std::path::Path;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_keys::{RsaKeyring, system_rng};
use rand_core::TryRng as _;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    args::{AesBits, Keygen},
    draft::publish_all,
    error::{Failure, Kind},
    files::{Target, check_distinct},
    interrupt,
    output::Console,
};

#[derive(Serialize)]
struct Report {
    kind: &'static str,
    bits: u16,
    out: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    public_out: Option<String>,
}

pub(crate) fn run(keygen: &Keygen, console: &Console) -> Result<(), Failure> {
    interrupt::watch(console);
    match keygen {
        Keygen::Aes { bits, out } => aes(*bits, out.as_deref(), console),
        Keygen::Rsa { bits, out, public_out } => rsa(*bits, out.as_deref(), public_out.as_deref(), console),
    }
}

fn aes(bits: AesBits, out: Option<&Path>, console: &Console) -> Result<(), Failure> {
    let target = Target::never_replacing(out)?;
    let (bits, len) = match bits {
        AesBits::B128 => (128, 16),
        AesBits::B192 => (192, 24),
        AesBits::B256 => (256, 32),
    };
    let mut key = Zeroizing::new(vec![0; len]);
    system_rng()
        .try_fill_bytes(&mut key)
        .map_err(|error| Failure::new(Kind::Key, error.to_string(), "try again; the system gives no random bytes"))?;
    let text = Zeroizing::new(BASE64_STANDARD.encode(&key));
    let mut draft = target.private_draft()?;
    draft.put(text.as_bytes())?;
    draft.put(b"\n")?;
    draft.publish()?;
    let summary = format!("made an AES key of {bits} bits");
    let report = Report { kind: "aes", bits, out: target.path(), public_out: None };
    console.report(target.data_on(), &report, &summary)
}

fn rsa(bits: u16, out: Option<&Path>, public_out: Option<&Path>, console: &Console) -> Result<(), Failure> {
    let target = Target::never_replacing(out)?;
    let public_target = public_out.map(|path| Target::never_replacing(Some(path))).transpose()?;
    check_distinct(&core::iter::once(&target).chain(&public_target).collect::<Vec<_>>())?;
    let key = RsaKeyring::generate(usize::from(bits), &mut system_rng())?;
    let mut drafts = Vec::new();
    if let Some(public_target) = &public_target {
        let mut draft = public_target.draft()?;
        draft.put(key.public_pem()?.as_bytes())?;
        drafts.push(draft);
    }
    let mut draft = target.private_draft()?;
    // A generated key has both halves.
    draft.put(key.private_pem().unwrap_or_default().as_bytes())?;
    drafts.push(draft);
    publish_all(drafts)?;
    let summary = format!("made an RSA key pair of {bits} bits");
    let report = Report { kind: "rsa", bits, out: target.path(), public_out: public_target.and_then(|it| it.path()) };
    console.report(target.data_on(), &report, &summary)
}
