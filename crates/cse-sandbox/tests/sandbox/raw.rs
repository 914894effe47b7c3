//! Bare HTTP/1.1, signed or not.

use cse_sandbox::Sandbox;
use hmac::{Hmac, KeyInit, Mac};
use s3s::dto::{Timestamp, TimestampFormat};
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// Of an error in XML.
    pub(crate) fn code(&self) -> String {
        let text = String::from_utf8_lossy(&self.body).into_owned();
        let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        code.map(|(code, _)| code.to_owned()).unwrap_or_default()
    }
}

/// A request, and how it is to be signed.
pub(crate) struct Request<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: Vec<(&'a str, Vec<u8>)>,
    pub(crate) body: &'a [u8],
    /// `x-amz-content-sha256`; the true one if `None`.
    pub(crate) content_sha256: Option<&'a str>,
    pub(crate) service: &'a str,
    pub(crate) secret: &'a str,
}

impl<'a> Request<'a> {
    pub(crate) fn new(method: &'a str, path: &'a str, body: &'a [u8]) -> Self {
        let headers = Vec::new();
        Self { method, path, query: "", headers, body, content_sha256: None, service: "s3", secret: "SKEXAMPLE" }
    }

    pub(crate) fn header(mut self, name: &'a str, value: impl AsRef<[u8]>) -> Self {
        self.headers.push((name, value.as_ref().to_vec()));
        self
    }

    pub(crate) fn content_sha256(self, value: &'a str) -> Self {
        Self { content_sha256: Some(value), ..self }
    }

    pub(crate) async fn send(self, sandbox: &Sandbox) -> Answer {
        let now = now();
        let sha256 = self.content_sha256.map_or_else(|| hex(&Sha256::digest(self.body)), str::to_owned);
        let mut headers = self.headers.clone();
        headers.push(("host", sandbox.address().to_string().into()));
        headers.push(("x-amz-date", now.clone().into()));
        headers.push(("x-amz-content-sha256", sha256.clone().into()));
        headers.sort();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let mut canonical = format!("{}\n{}\n{}\n", self.method, self.path, self.query).into_bytes();
        for (name, value) in &headers {
            canonical.extend([name.as_bytes(), b":", &single_spaced(value), b"\n"].concat());
        }
        canonical.extend(format!("\n{names}\n{sha256}").into_bytes());
        let scope = format!("{}/{}/{}/aws4_request", &now[..8], sandbox.region(), self.service);
        let text = format!("AWS4-HMAC-SHA256\n{now}\n{scope}\n{}", hex(&Sha256::digest(&canonical)));
        let key = scope.split('/').fold(format!("AWS4{}", self.secret).into_bytes(), |key, part| mac(&key, part));
        let signature = hex(&mac(&key, &text));
        let credential = format!("{}/{scope}", sandbox.access_key_id());
        let authorization =
            format!("AWS4-HMAC-SHA256 Credential={credential},SignedHeaders={names},Signature={signature}");
        headers.push(("authorization", authorization.into()));
        let target = if self.query.is_empty() { self.path.to_owned() } else { format!("{}?{}", self.path, self.query) };
        exchange(sandbox, self.method, &target, &headers, self.body).await
    }
}

/// One request on a connection of its own.
pub(crate) async fn exchange(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, Vec<u8>)],
    body: &[u8],
) -> Answer {
    let mut head = format!("{method} {target} HTTP/1.1\r\nconnection: close\r\n").into_bytes();
    if !headers.iter().any(|(name, _)| *name == "content-length") && method != "GET" && method != "HEAD" {
        head.extend(format!("content-length: {}\r\n", body.len()).into_bytes());
    }
    for (name, value) in headers {
        head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    let mut stream = TcpStream::connect(sandbox.address()).await.unwrap();
    stream.write_all(&[&head, body].concat()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    parse(&answer)
}

pub(crate) fn parse(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n").expect("an answer has a head");
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer { status, head, body: answer[end + 4..].to_vec() }
}

/// As in `x-amz-date`.
pub(crate) fn now() -> String {
    let mut text = Vec::new();
    Timestamp::from(std::time::SystemTime::now()).format(TimestampFormat::DateTime, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    let (seconds, _) = text.split_once('.').unwrap();
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// s3s takes tabs for spaces too.
fn single_spaced(value: &[u8]) -> Vec<u8> {
    match core::str::from_utf8(value) {
        Ok(text) => text.split_whitespace().collect::<Vec<_>>().join(" ").into_bytes(),
        Err(_) => value.to_vec(),
    }
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
