//! A small S3 that answers with header bytes as they were recorded: real ones store bytes that are not ASCII, and local ones refuse to.
//! It serves `GET` and `HEAD` with ranges and conditions, to anybody.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use crate::{case::sha256_hex, store::serve};

/// What is served, by key.
pub type Objects = BTreeMap<String, StoredObject>;

/// An object as it is stored.
#[derive(Clone, Debug)]
pub struct StoredObject {
    /// User metadata: names without `x-amz-meta-`, and header bytes.
    pub metadata: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Serves these objects in any bucket, until the program ends; the answer is the URL.
///
/// # Errors
///
/// Those of opening a port on loopback.
pub fn start(objects: Objects) -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let objects = Arc::new(objects);
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let objects = Arc::clone(&objects);
            // A client that closes its connection ends the thread.
            thread::spawn(move || converse(&connection, &objects));
        }
    });
    Ok(url)
}

fn converse(connection: &TcpStream, objects: &Objects) -> io::Result<()> {
    let mut lines = BufReader::new(connection).lines();
    while let Some(request) = Request::read(&mut lines)? {
        (&mut &*connection).write_all(&answer(&request, objects))?;
    }
    Ok(())
}

/// A request without a body.
struct Request {
    method: String,
    key: String,
    headers: BTreeMap<String, String>,
}

impl Request {
    fn read(lines: &mut impl Iterator<Item = io::Result<String>>) -> io::Result<Option<Self>> {
        let Some(line) = lines.next().transpose()? else { return Ok(None) };
        let mut headers = BTreeMap::new();
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let (method, target) = line.split_once(' ').unwrap_or((&line, "/"));
        let path = target.split([' ', '?']).next().unwrap_or_default();
        let (_, key) = path.trim_start_matches('/').split_once('/').unwrap_or_default();
        Ok(Some(Self { method: method.to_owned(), key: key.to_owned(), headers }))
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

fn answer(request: &Request, objects: &Objects) -> Vec<u8> {
    let Some(object) = objects.get(&request.key) else { return error(request, "404 Not Found", "NoSuchKey") };
    let etag = format!("\"{}\"", sha256_hex(&object.body));
    if request.header("if-match").is_some_and(|wanted| wanted != etag) {
        return error(request, "412 Precondition Failed", "PreconditionFailed");
    }
    let mut headers = vec![("etag".to_owned(), etag.into_bytes())];
    headers.extend(object.metadata.iter().map(|(name, value)| (format!("x-amz-meta-{name}"), value.clone())));
    match request.header("range") {
        None => response(request, "200 OK", &headers, &object.body),
        Some(range) => match serve(&object.body, range) {
            Some((served, body)) => {
                headers.push(("content-range".to_owned(), served.to_string().into_bytes()));
                response(request, "206 Partial Content", &headers, body)
            }
            None => error(request, "416 Requested Range Not Satisfiable", "InvalidRange"),
        },
    }
}

fn error(request: &Request, status: &str, code: &str) -> Vec<u8> {
    let body = format!("<Error><Code>{code}</Code><Message>{status}</Message></Error>");
    response(request, status, &[("content-type".to_owned(), b"application/xml".to_vec())], body.as_bytes())
}

fn response(request: &Request, status: &str, headers: &[(String, Vec<u8>)], body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    for (name, value) in headers {
        answer.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    answer.extend(b"\r\n");
    if request.method == "GET" {
        answer.extend(body);
    }
    answer
}
