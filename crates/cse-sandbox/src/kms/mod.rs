//! KMS's JSON 1.1 protocol over [`LocalKms`](cse_keys::LocalKms).

mod error;
mod keys;
mod operations;
mod sigv4;

use alloc::sync::Arc;
use std::{
    io,
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use cse_keys::LocalKms;
use http::{HeaderValue, Request, Response, header};
use s3s::Body;
use serde_json::Value;

use self::{
    error::Refusal,
    keys::{KeyFile, Keys},
};
use crate::{credentials::Credentials, store::random_id};

/// Alias of the key that is there from the start.
pub(crate) const DEFAULT_ALIAS: &str = "alias/sandbox";
/// What KMS takes.
const MAX_BODY_LEN: usize = 1024 * 1024;

/// The keys, and what is asked of them.
#[derive(Debug)]
pub(crate) struct Kms {
    file: KeyFile,
    keys: Mutex<Keys>,
}

impl Kms {
    /// The keys of a folder; one with [`DEFAULT_ALIAS`] is made if there is none.
    pub(crate) fn open(folder: &Path, region: &str) -> io::Result<Self> {
        let file = KeyFile::new(folder);
        let mut keys = file.load(region)?;
        if keys.resolve(DEFAULT_ALIAS).is_none() {
            keys.create_with_alias(DEFAULT_ALIAS)?;
            file.store(&keys)?;
        }
        Ok(Self { file, keys: Mutex::new(keys) })
    }

    pub(crate) fn default_key_arn(&self) -> String {
        self.keys().resolve(DEFAULT_ALIAS).map(|key| key.arn.clone()).unwrap_or_default()
    }

    pub(crate) fn local(&self) -> Arc<LocalKms> {
        self.keys().local()
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn answer(&self, request: Request<Body>, credentials: &Credentials) -> Response<Body> {
        let (head, mut body) = request.into_parts();
        let answer = match body.store_all_limited(MAX_BODY_LEN).await {
            Ok(body) => self.operate(&head, &body, credentials),
            Err(_) => Err(Refusal::validation("the request is too long or broke off")),
        };
        let (status, json) = match answer {
            Ok(json) => (http::StatusCode::OK, json),
            Err(refusal) => (refusal.status(), refusal.json()),
        };
        let mut response = Response::new(Body::from(json.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        if let Some(id) = random_id().ok().and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert("x-amzn-requestid", id);
        }
        response
    }

    fn operate(&self, head: &http::request::Parts, body: &[u8], credentials: &Credentials) -> Result<Value, Refusal> {
        let access_key_id = sigv4::check(head, body, credentials)?;
        if access_key_id != credentials.owner.id {
            return Err(Refusal::access_denied());
        }
        let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
        let operation = target.strip_prefix("TrentService.").ok_or_else(|| Refusal::unknown_operation(target))?;
        let mut keys = self.keys();
        let outcome = operations::run(operation, body, &mut keys)?;
        if outcome.changed {
            self.file.store(&keys).map_err(|_| Refusal::internal())?;
        }
        Ok(outcome.answer)
    }
}
