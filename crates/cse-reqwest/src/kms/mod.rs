//! AWS KMS over HTTPS: three calls of its JSON protocol.

mod wire;

use std::time::Duration;

use cse_envelope::{DataKey, Rng};
use cse_keys::{
    BoxFuture, DecryptRequest, EncryptRequest, GenerateDataKeyRequest, KmsApi, KmsDataKey, KmsError, KmsErrorKind,
};
use reqwest::{
    Client, Method,
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::{Map, Value};

use self::wire::{Answer, body_of, kms_error, request};
use crate::{
    credentials::Credentials,
    endpoint::{Endpoint, InvalidEndpoint},
    http::{Http, Payload, Request, RetryPolicy},
    sign::Signer,
};

/// AWS KMS through a [`reqwest::Client`], for [`KmsKeyring`](cse_keys::KmsKeyring). Cheap to clone.
///
/// ```
/// use cse_keys::KmsKeyring;
/// use cse_reqwest::{Credentials, Kms};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let http = cse_reqwest::client_builder().build()?;
/// let kms = Kms::new(http, "eu-west-1", Credentials::new("AKEXAMPLE", "SKEXAMPLE"));
/// let keyring = KmsKeyring::new(kms, "alias/orders");
/// # let _ = keyring;
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// Data keys are wiped from memory as far as this crate holds them; reqwest's own buffers are not.
#[derive(Clone, Debug)]
pub struct Kms {
    http: Http,
    endpoint: Endpoint,
}

impl Kms {
    /// AWS's KMS in a region. The client stays as it is.
    #[must_use]
    pub fn new(client: Client, region: impl Into<String>, credentials: Credentials) -> Self {
        let endpoint = Endpoint::aws(region);
        let mut http = Http::new(client);
        http.signer = Some(Signer::new(credentials, "kms", &endpoint.region));
        Self { http, endpoint }
    }

    /// A KMS at this URL.
    ///
    /// # Errors
    ///
    /// [`InvalidEndpoint`] unless it is `http` or `https`, a host and perhaps a path.
    ///
    /// # Security
    ///
    /// Data keys travel in the clear inside of TLS: plain `http` is for a KMS on the same machine.
    pub fn endpoint(self, url: &str) -> Result<Self, InvalidEndpoint> {
        Ok(Self { endpoint: self.endpoint.at(url)?, ..self })
    }

    /// How often a request is sent.
    #[must_use]
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.http.retry = policy;
        self
    }

    /// How long a request or an answer may stand still: a minute unless set, and for ever if `None`.
    #[must_use]
    pub fn idle_timeout(mut self, idle_timeout: Option<Duration>) -> Self {
        self.http.idle_timeout = idle_timeout;
        self
    }

    async fn call(&self, operation: &str, fields: Map<String, Value>) -> Result<Answer, KmsError> {
        let target = self.endpoint.service("kms").map_err(|error| KmsError::with_source(KmsErrorKind::Other, error))?;
        let mut request = Request::new(Method::POST, target);
        request.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-amz-json-1.1"));
        let operation = HeaderValue::try_from(format!("TrentService.{operation}"));
        let operation = operation.map_err(|error| KmsError::with_source(KmsErrorKind::Other, error))?;
        request.headers.insert("x-amz-target", operation);
        request.payload = Payload::Bytes(body_of(fields)?);
        let (_, body) = self.http.send_and_read(request).await.map_err(kms_error)?;
        Answer::parse(body)
    }
}

impl KmsApi for Kms {
    fn generate_data_key<'a>(
        &'a self,
        asked: GenerateDataKeyRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<KmsDataKey, KmsError>> {
        Box::pin(async move {
            let mut fields = request(Some(asked.key_id), asked.context, asked.grant_tokens);
            fields.insert("KeySpec".to_owned(), "AES_256".into());
            let answer = self.call("GenerateDataKey", fields).await?;
            Ok(KmsDataKey::new(answer.data_key()?, answer.ciphertext_blob()?))
        })
    }

    fn encrypt<'a>(
        &'a self,
        asked: EncryptRequest<'a>,
        _: &'a mut Rng<'_>,
    ) -> BoxFuture<'a, Result<Vec<u8>, KmsError>> {
        Box::pin(async move {
            let mut fields = request(Some(asked.key_id), asked.context, asked.grant_tokens);
            wire::insert_bytes(&mut fields, "Plaintext", asked.data_key.expose_secret());
            self.call("Encrypt", fields).await?.ciphertext_blob()
        })
    }

    fn decrypt<'a>(&'a self, asked: DecryptRequest<'a>) -> BoxFuture<'a, Result<DataKey, KmsError>> {
        Box::pin(async move {
            let mut fields = request(asked.key_id, asked.context, asked.grant_tokens);
            wire::insert_bytes(&mut fields, "CiphertextBlob", asked.ciphertext_blob);
            self.call("Decrypt", fields).await?.data_key()
        })
    }
}
