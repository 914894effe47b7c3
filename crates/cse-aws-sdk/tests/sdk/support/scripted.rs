//! An HTTP server on loopback that says what it is told to say, whatever it is asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method, path and query.
    pub(crate) line: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// In a script: the object is there, with the metadata that was put last.
pub(crate) const AS_PUT: &[u8] = b"as put";

/// Answers its script's entries to one connection each, then accepts no more.
pub(crate) struct Scripted {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    pub(crate) fn start(script: Vec<Vec<u8>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<Mutex<Vec<Request>>>::default();
        let seen = requests.clone();
        thread::spawn(move || {
            for answer in script {
                let Ok((mut stream, _)) = listener.accept() else { return };
                let Some(request) = read(&stream) else { continue };
                let mut seen = seen.lock().unwrap();
                seen.push(request);
                let answer = if answer == AS_PUT { as_put(&seen) } else { answer };
                drop(seen);
                // The client may be gone already.
                let _ = stream.write_all(&answer);
            }
        });
        Self { url, requests }
    }

    /// What it was asked so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

/// An answer with a status line, headers and a body of its declared length.
pub(crate) fn answer(status: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut answer = head(status, headers, body.len());
    answer.extend_from_slice(body);
    answer
}

/// The beginning of an answer that declares `len` bytes.
pub(crate) fn head(status: &str, headers: &[(&str, &[u8])], len: usize) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {len}\r\n").into_bytes();
    for (name, value) in headers {
        head.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// Headers as [`answer`] takes them.
pub(crate) fn borrowed(headers: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect()
}

/// An error as S3 says it.
pub(crate) fn s3_error(status: &str, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>says the script</Message><RequestId>R1</RequestId></Error>");
    answer(status, &[("x-amz-request-id", b"R1"), ("content-type", b"application/xml")], body.as_bytes())
}

fn as_put(requests: &[Request]) -> Vec<u8> {
    let put = requests.iter().rfind(|request| request.line.starts_with("PUT ")).unwrap();
    let metadata = put.headers.iter().filter(|(name, _)| name.starts_with("x-amz-meta-"));
    let etag: (&str, &[u8]) = ("etag", b"\"put\"");
    let headers: Vec<_> = metadata.map(|(name, value)| (name.as_str(), value.as_bytes())).chain([etag]).collect();
    answer("200 OK", &headers, b"")
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let line = line(&mut reader)?;
    let mut headers = Vec::new();
    loop {
        let line = self::line(&mut reader)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let mut request = Request { line: line.trim_end_matches(" HTTP/1.1").to_owned(), headers, body: Vec::new() };
    if request.header("expect").is_some() {
        (&mut &*stream).write_all(b"HTTP/1.1 100 Continue\r\n\r\n").ok()?;
    }
    let len: usize = request.header("content-length").map_or(Some(0), |len| len.parse().ok())?;
    request.body = vec![0; len];
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}

fn line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).ok().filter(|len| *len > 0)?;
    Some(String::from_utf8_lossy(&line).trim_end().to_owned())
}
