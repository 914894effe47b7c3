//! Sending in a browser: bodies as a whole, and time limits of its own.

use std::time::Duration;

use reqwest::{Body, Client, Response};

use super::{Failure, Payload, Request};

pub(super) async fn send(client: &Client, request: Request, _: Option<Duration>) -> Result<Response, Failure> {
    let mut outgoing = reqwest::Request::new(request.method, request.target.url);
    *outgoing.headers_mut() = request.headers;
    *outgoing.body_mut() = body(request.payload).await?;
    client.execute(outgoing).await.map_err(|error| match error.is_builder() {
        true => Failure::NotSent(error.without_url().into()),
        false => Failure::Unreachable(error.without_url().into()),
    })
}

async fn body(payload: Payload) -> Result<Option<Body>, Failure> {
    match payload {
        Payload::Empty => Ok(None),
        Payload::Bytes(bytes) => Ok(Some(bytes.into())),
        Payload::Stream(body) => match body.collect().await {
            Ok(bytes) => Ok(Some(bytes.into())),
            Err(error) => Err(Failure::NotSent(error.into())),
        },
    }
}
