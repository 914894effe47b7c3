//! Signature Version 4 of KMS requests. s3s checks those of S3, and no other service's.

use std::time::SystemTime;

use hmac::{Hmac, KeyInit, Mac};
use http::request::Parts;
use s3s::dto::{Timestamp, TimestampFormat};
use sha2::{Digest, Sha256};

use super::error::Refusal;
use crate::{
    credentials::Credentials,
    store::{Millis, hex},
};

/// How far the clocks of client and sandbox may be apart.
const MAX_SKEW_SECONDS: u64 = 15 * 60;

/// Checks the signature and gives the access key id it was made with.
///
/// # Errors
///
/// As KMS answers: no signature, an unknown access key, a wrong or an old signature.
pub(super) fn check<'a>(head: &Parts, body: &[u8], credentials: &'a Credentials) -> Result<&'a str, Refusal> {
    let header = header(head, "authorization").ok_or_else(Refusal::missing_signature)?;
    let claim = Claim::parse(header).ok_or_else(|| Refusal::signature("the Authorization header is malformed"))?;
    let known = credentials.all().find(|(id, _)| *id == claim.access_key_id);
    let (access_key_id, secret) = known.ok_or_else(Refusal::unknown_client)?;
    let (date, _) = check_time(head)?;
    if claim.scope.split('/').next() != date.split('T').next() || !claim.scope.ends_with("/kms/aws4_request") {
        return Err(Refusal::signature("the credential scope must have the date of the request, a region and kms"));
    }
    let canonical = canonical_request(head, &claim.signed_headers, body).ok_or_else(|| {
        Refusal::signature("host and x-amz-date must be signed, and every signed header must be there")
    })?;
    let scope = &claim.scope;
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part).finalize().into_bytes().to_vec();
    }
    mac(&key, &text).verify_slice(&claim.signature).map_err(|_| {
        Refusal::signature(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and \
             signing method.",
        )
    })?;
    Ok(access_key_id)
}

/// What the Authorization header says.
struct Claim<'a> {
    access_key_id: &'a str,
    /// Date, region, service and `aws4_request`.
    scope: &'a str,
    signed_headers: Vec<&'a str>,
    signature: Vec<u8>,
}

impl<'a> Claim<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let fields = header.strip_prefix("AWS4-HMAC-SHA256")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name)?.strip_prefix('='));
        let (access_key_id, scope) = field("Credential")?.split_once('/')?;
        let signed_headers = field("SignedHeaders")?.split(';').collect();
        let digits = field("Signature")?.as_bytes().as_chunks::<2>().0;
        let byte = |pair: &[u8; 2]| u8::from_str_radix(core::str::from_utf8(pair).ok()?, 16).ok();
        let signature = digits.iter().map(byte).collect::<Option<_>>()?;
        Some(Self { access_key_id, scope, signed_headers, signature })
    }
}

fn header<'a>(head: &'a Parts, name: &str) -> Option<&'a str> {
    head.headers.get(name)?.to_str().ok()
}

/// The request's time as it is written, if it is about now.
fn check_time(head: &Parts) -> Result<(&str, u64), Refusal> {
    let malformed = || Refusal::signature("x-amz-date must be there, as in 20260131T235959Z");
    let written = header(head, "x-amz-date").ok_or_else(malformed)?;
    let seconds = seconds(written).ok_or_else(malformed)?;
    let now = Millis::from(SystemTime::now()).second();
    if now.abs_diff(seconds) > MAX_SKEW_SECONDS {
        return Err(Refusal::signature(format!("Signature expired: {written} is too far from the sandbox's time")));
    }
    Ok((written, seconds))
}

fn seconds(written: &str) -> Option<u64> {
    let (date, time) = written.strip_suffix('Z')?.split_once('T')?;
    let part = |text: &str, from: usize, to: usize| text.get(from..to).map(str::to_owned);
    let date = [part(date, 0, 4)?, part(date, 4, 6)?, part(date, 6, 8)?].join("-");
    let time = [part(time, 0, 2)?, part(time, 2, 4)?, part(time, 4, 6)?].join(":");
    let timestamp = Timestamp::parse(TimestampFormat::DateTime, &format!("{date}T{time}Z")).ok()?;
    Some(Millis::from(timestamp).second())
}

fn canonical_request(head: &Parts, signed_headers: &[&str], body: &[u8]) -> Option<String> {
    if !["host", "x-amz-date"].iter().all(|name| signed_headers.contains(name)) {
        return None;
    }
    let lines: Option<String> = signed_headers.iter().map(|name| canonical_header(head, name)).collect();
    let path = head.uri.path();
    let query = head.uri.query().unwrap_or_default();
    let names = signed_headers.join(";");
    Some(format!("{}\n{path}\n{query}\n{}\n{names}\n{}", head.method, lines?, hex(&Sha256::digest(body))))
}

fn canonical_header(head: &Parts, name: &str) -> Option<String> {
    let values = head.headers.get_all(name).iter().map(|value| {
        let words: Vec<_> = value.to_str().ok()?.split_ascii_whitespace().collect();
        Some(words.join(" "))
    });
    let values = values.collect::<Option<Vec<_>>>().filter(|values| !values.is_empty())?;
    Some(format!("{name}:{}\n", values.join(",")))
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.chain_update(text)
}
