//! Writing through a URL that somebody else signs.

use std::fmt;

use bytes::Bytes;
#[cfg(not(target_arch = "wasm32"))]
use cse_client::Body;
use cse_client::{
    Error, PutPlan,
    transport::{TransportError, TransportErrorKind},
};
use reqwest::header::{CONTENT_LENGTH, HeaderMap};

use crate::headers::metadata_headers;
#[cfg(not(target_arch = "wasm32"))]
use crate::http::Sending;

/// A put to send by hand: the headers to sign and to send, and the encrypting body.
///
/// The headers hold the wrapped data key, so they are known before the URL is signed and belong to this body alone.
///
/// ```no_run
/// use cse_client::Client;
/// use cse_keys::AesKeyring;
/// use cse_reqwest::{PreparedPut, UrlTransport};
///
/// # fn sign_put(_: &reqwest::header::HeaderMap) -> String { unimplemented!() }
/// # async fn write() -> Result<(), Box<dyn std::error::Error>> {
/// let http = cse_reqwest::client_builder().build()?;
/// let cse = Client::new(UrlTransport::new(http.clone()), AesKeyring::new(&[7; 32])?);
///
/// let put = PreparedPut::new(cse.prepare_put(5).prepare().await?)?;
/// let url = sign_put(put.headers()); // by whoever may write to the bucket
/// let put = http.put(url).headers(put.headers().clone()).body(put.encrypt("hello")?).send().await;
/// put.and_then(|answer| answer.error_for_status()).map_err(reqwest::Error::without_url)?;
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// reqwest's own errors hold the URL, and so the signature: `without_url` takes it out. `Debug` shows names of headers only, because the
/// wrapped data key is among the values.
#[must_use]
pub struct PreparedPut {
    headers: HeaderMap,
    plan: PutPlan,
}

impl fmt::Debug for PreparedPut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.keys().collect();
        f.debug_struct("PreparedPut").field("headers", &names).finish_non_exhaustive()
    }
}

impl PreparedPut {
    /// Goes on from a plan: [`Client::prepare_put`](cse_client::Client::prepare_put).
    ///
    /// # Errors
    ///
    /// [`TransportErrorKind::NotSent`] if a name of the user's metadata is there twice.
    pub fn new(plan: PutPlan) -> Result<Self, TransportError> {
        let mut headers = metadata_headers(plan.metadata())?;
        let len = plan.ciphertext_len();
        let len = len
            .ok_or_else(|| TransportError::new(TransportErrorKind::NotSent).with_message("the length is not known"))?;
        headers.insert(CONTENT_LENGTH, len.into());
        Ok(Self { headers, plan })
    }

    /// `x-amz-meta-` headers and `content-length`: to be signed, and all to be sent. Add others, such as `content-type`, to both.
    #[must_use]
    pub const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body of the instruction file, if the data key goes there: put it first, at the key with `.instruction` appended and with
    /// the header `x-amz-meta-x-amz-crypto-instr-file: `, so that the object can be read once it is there. `presign_put_instruction_file` signs it.
    #[must_use]
    pub fn instruction_file(&self) -> Option<&str> {
        self.plan.instruction_file()
    }

    /// The ciphertext of a plaintext in memory, which may be sent any number of times.
    ///
    /// # Errors
    ///
    /// [`Error::Length`] if the plaintext is not as long as was planned.
    pub fn encrypt(self, plaintext: impl Into<Vec<u8>>) -> Result<Bytes, Error> {
        self.plan.encrypt(plaintext)
    }

    /// The body that encrypts as it is sent, once, in exactly the length of the headers. It fails if the plaintext has another length
    /// than was planned.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn encrypt_stream(self, plaintext: impl Into<Body>) -> reqwest::Body {
        reqwest::Body::wrap(Sending::new(self.plan.encrypt_stream(plaintext.into())))
    }
}
