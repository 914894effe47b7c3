//! Ways to the server: slow ones, and such that see, or answer, what is asked.
#![allow(unreachable_pub, reason = "a module of a test")]

use alloc::sync::Arc;
use core::net::SocketAddr;
use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Mutex, PoisonError, mpsc},
    thread,
};

use crate::world::World;

fn server(world: &World) -> SocketAddr {
    world.endpoint().strip_prefix("http://").unwrap().parse().unwrap()
}

/// A way to the server that gives answers up to a number of bytes, and then holds everything back.
pub struct SlowWay {
    address: SocketAddr,
    held: mpsc::Receiver<()>,
}

impl SlowWay {
    pub fn new(world: &World, limit: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = server(world);
        let (hold, held) = mpsc::channel();
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let server = TcpStream::connect(server).unwrap();
                let ends = Arc::new((client, server));
                let (there, back, hold) = (Arc::clone(&ends), ends, hold.clone());
                thread::spawn(move || pass(&there.0, &there.1, usize::MAX, || {}));
                thread::spawn(move || pass(&back.1, &back.0, limit, || hold.send(()).unwrap()));
            }
        });
        Self { address, held }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until an answer is held back.
    pub fn wait(&self) {
        self.held.recv().unwrap();
    }
}

/// Copies up to `limit` bytes, and then waits for ever, with the connection open.
fn pass(mut from: &TcpStream, mut to: &TcpStream, limit: usize, held: impl FnOnce()) {
    let (mut passed, mut buffer) = (0, vec![0; 64 * 1024]);
    while passed < limit {
        match from.read(&mut buffer) {
            Ok(0) | Err(_) => return,
            Ok(len) if to.write_all(&buffer[..len]).is_err() => return,
            Ok(len) => passed += len,
        }
    }
    held();
    loop {
        thread::park();
    }
}

/// A way to the server on which the heads of all requests are seen, and one kind of request goes no further.
pub struct SeenWay {
    address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

/// What is answered in place of the server: to requests whose head begins so, this status and this XML.
pub type Refusal = (&'static str, &'static str, &'static str);

impl SeenWay {
    pub fn new(world: &World, refusal: Option<Refusal>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, server, heads) = (listener.local_addr().unwrap(), server(world), Arc::<Mutex<Vec<_>>>::default());
        let seen = Arc::clone(&heads);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let seen = Arc::clone(&seen);
                // A client may leave at any time.
                thread::spawn(move || drop(one_request(&client, server, &seen, refusal)));
            }
        });
        Self { address, heads }
    }

    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The heads of the requests to S3 so far, in lower case.
    pub fn to_s3(&self) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().filter(|head| !head.contains("x-amz-target: trentservice")).cloned().collect()
    }

    pub fn all(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Reads one request and passes it on, with the word that it is the connection's last.
fn one_request(
    mut client: &TcpStream,
    server: SocketAddr,
    seen: &Mutex<Vec<String>>,
    refusal: Option<Refusal>,
) -> io::Result<()> {
    let mut reader = BufReader::new(client);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let head = lines.join("\n").to_lowercase();
    let len = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |len| len.parse().unwrap());
    let mut body = vec![0; len];
    reader.read_exact(&mut body)?;
    seen.lock().unwrap_or_else(PoisonError::into_inner).push(head);
    if let Some((_, status, xml)) = refusal.filter(|(begin, ..)| lines[0].starts_with(begin)) {
        let len = xml.len();
        return write!(client, "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {len}\r\n\r\n{xml}");
    }
    lines.retain(|line| !line.to_lowercase().starts_with("connection:"));
    let mut server = TcpStream::connect(server)?;
    write!(server, "{}\r\nconnection: close\r\n\r\n", lines.join("\r\n"))?;
    server.write_all(&body)?;
    io::copy(&mut server, &mut client).map(drop)
}
