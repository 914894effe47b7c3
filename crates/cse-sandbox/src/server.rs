//! HTTP/1.1 on loopback.

use alloc::sync::Arc;
use core::{
    convert::Infallible,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};
use std::io;

use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{rt::TokioIo, server::graceful::GracefulShutdown};
use s3s::{Body, service::S3Service};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};

use crate::{credentials::Credentials, kms::Kms, store::random_id};

/// What answers requests: KMS those that name one of its operations, S3 all others.
#[derive(Clone)]
pub(crate) struct Frontend {
    s3: S3Service,
    kms: Arc<Kms>,
    credentials: Arc<Credentials>,
}

impl Frontend {
    pub(crate) fn new(s3: S3Service, kms: Arc<Kms>, credentials: Credentials) -> Self {
        Self { s3, kms, credentials: Arc::new(credentials) }
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        let request = request.map(Body::from);
        if request.headers().contains_key("x-amz-target") {
            return self.kms.answer(request, &self.credentials).await;
        }
        let is_head = request.method() == Method::HEAD;
        let mut response = match self.s3.call(request).await {
            Ok(response) => response,
            Err(_) => failed(),
        };
        // s3s has no way to say so.
        if is_head && response.status() == StatusCode::OK && response.headers().contains_key(header::CONTENT_RANGE) {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        }
        mark(&mut response);
        response
    }
}

fn failed() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

/// Every answer of S3 has a request id.
fn mark(response: &mut Response<Body>) {
    let id = random_id().ok().and_then(|id| HeaderValue::try_from(id).ok());
    if let Some(id) = id {
        response.headers_mut().insert(HeaderName::from_static("x-amz-request-id"), id);
    }
    response.headers_mut().insert(header::SERVER, HeaderValue::from_static("cse-sandbox"));
}

/// Accepts connections until stopped or dropped.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: AbortOnDrop,
}

#[derive(Debug)]
struct AbortOnDrop(JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// How long answers under way may take when the server is stopped.
const PATIENCE: Duration = Duration::from_secs(5);

impl Server {
    pub(crate) async fn start(port: u16, frontend: Frontend) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let task = AbortOnDrop(tokio::spawn(serve(listener, frontend, stopped)));
        Ok(Self { address, stop, task })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn stop(self) {
        let Self { stop, mut task, .. } = self;
        // The task may have ended already, with its runtime.
        let _ = stop.send(());
        let _ = (&mut task.0).await;
    }
}

async fn serve(listener: TcpListener, frontend: Frontend, mut stopped: oneshot::Receiver<()>) {
    // Dropped with this task, and the connections with it.
    let mut connections = JoinSet::new();
    let graceful = GracefulShutdown::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => serve_connection(stream, &frontend, &graceful, &mut connections),
                // Too many open files, or a client that has gone again: the next one may do better.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    let _ = tokio::time::timeout(PATIENCE, graceful.shutdown()).await;
}

fn serve_connection(
    stream: TcpStream,
    frontend: &Frontend,
    graceful: &GracefulShutdown,
    connections: &mut JoinSet<()>,
) {
    // Small answers should not wait for more; without it they are only slower.
    let _ = stream.set_nodelay(true);
    let frontend = frontend.clone();
    let service = service_fn(move |request| {
        let frontend = frontend.clone();
        async move { Ok::<_, Infallible>(frontend.answer(request).await) }
    });
    let mut server = http1::Builder::new();
    // Without a timer: idle connections stay open. 2 KB of metadata can be many headers.
    server.max_headers(1024);
    let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
    connections.spawn(async move {
        // A client that breaks off is its own business.
        let _ = connection.await;
    });
}
