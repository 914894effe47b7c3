//! URLs instead of credentials.

mod put;
#[cfg(feature = "sigv4")]
mod sign;
mod urls;

use cse_client::transport::{ObjectResponse, TransportError};
use reqwest::Response;

pub use self::{put::PreparedPut, urls::UrlTransport};
use crate::http::{Http, error_answer, object_answer};

/// An answer to a GET that the caller made, for `decrypt` of [`cse_client`]'s reads.
///
/// ```no_run
/// use cse_client::{Client, danger};
/// use cse_keys::AesKeyring;
/// use cse_reqwest::{UrlTransport, object_response};
///
/// # async fn read(url: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let http = cse_reqwest::client_builder().build()?;
/// let cse = Client::new(UrlTransport::new(http.clone()), AesKeyring::new(&[7; 32])?);
///
/// let response = http.get(url).send().await.map_err(reqwest::Error::without_url)?;
/// let response = object_response(response).await?;
/// let verified = cse.get("", "report.pdf").decrypt(response).await?;
///
/// // As it comes, before it is verified:
/// let response = object_response(http.get(url).send().await?).await?;
/// let stream = danger::stream(cse.get("", "report.pdf")).decrypt(response).await?;
///
/// // A part of it:
/// let read = danger::range(cse.get("", "report.pdf"), "bytes=0-99".parse()?);
/// let range = read.stored_range().to_string();
/// let response = object_response(http.get(url).header("range", range).send().await?).await?;
/// let part = read.decrypt(response).await?;
/// # let _ = (verified, stream, part);
/// # Ok(())
/// # }
/// ```
///
/// What needs a second request, an instruction file say, goes over the client's transport, by the key of the `get`.
///
/// # Errors
///
/// What S3 says instead of an object, with its code; a part that does not say which.
///
/// # Security
///
/// Whether the client followed a redirection, nobody can tell from the answer. reqwest's own errors hold the URL, and so the signature:
/// `without_url` takes it out.
pub async fn object_response(response: Response) -> Result<ObjectResponse, TransportError> {
    let idle = Http::DEFAULT_IDLE_TIMEOUT;
    if !response.status().is_success() {
        return Err(error_answer(response, Some(idle)).await.into());
    }
    object_answer(response, Some(idle))
}
