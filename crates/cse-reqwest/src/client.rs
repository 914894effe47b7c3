//! The client that S3 needs.

use reqwest::ClientBuilder;

/// A builder of clients with the settings that S3 needs; TLS, proxies and the rest are the caller's to add.
///
/// - No redirections: a signed request, with an SSE-C key perhaps, must not go where an answer points to.
/// - No decompression, whatever features of reqwest other crates turn on: what is stored as `gzip` must arrive as it is stored.
/// - Five seconds to connect.
/// - HTTP/1.1, which is what S3 speaks.
///
/// In a browser (`wasm32`) it sets nothing.
///
/// ```
/// let http = cse_reqwest::client_builder().build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn client_builder() -> ClientBuilder {
    let builder = reqwest::Client::builder();
    #[cfg(not(target_arch = "wasm32"))]
    let builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .referer(false)
        .http1_only()
        .connect_timeout(std::time::Duration::from_secs(5))
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
    builder
}
