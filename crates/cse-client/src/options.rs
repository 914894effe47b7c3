//! What a caller wants to say to S3 beyond what an operation says itself.

use std::fmt;

use zeroize::Zeroizing;

use crate::error::InvalidRequest;

/// Headers that a caller adds to the requests of one operation: storage class, content type, tagging, SSE, request payer and so on.
///
/// They go to the operation's own request, whatever they mean: S3 knows many, and this crate need not. The requests that accompany it
/// (instruction file, further ranges, parts) carry those that say who asks and with which server-side key: see
/// [`companion`](Self::companion). `Debug` shows names only, because an SSE-C key is a secret.
///
/// ```
/// use cse_client::RequestOptions;
///
/// let options = RequestOptions::new().header("x-amz-storage-class", "STANDARD_IA")?.expected_bucket_owner("111122223333");
/// assert!(RequestOptions::new().header("content-md5", "kAFQmDzST7DWlj99KOF/cg==").is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct RequestOptions {
    headers: Vec<(String, Zeroizing<String>)>,
}

/// What every request of an operation carries.
const COMPANION: &[&str] = &[
    "x-amz-expected-bucket-owner",
    "x-amz-request-payer",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-server-side-encryption-customer-key",
    "x-amz-server-side-encryption-customer-key-md5",
];

/// How a copy says of its source what a read says of its object.
const OF_SOURCE: &[(&str, &str)] = &[
    ("x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"),
    ("x-amz-server-side-encryption-customer-algorithm", "x-amz-copy-source-server-side-encryption-customer-algorithm"),
    ("x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key"),
    ("x-amz-server-side-encryption-customer-key-md5", "x-amz-copy-source-server-side-encryption-customer-key-md5"),
];

impl RequestOptions {
    /// No headers.
    #[must_use]
    pub const fn new() -> Self {
        Self { headers: Vec::new() }
    }

    /// Adds a header; an earlier one of the same name is replaced.
    ///
    /// # Errors
    ///
    /// [`InvalidRequest::Header`] for a header that would contradict the encryption (checksums and lengths of the plaintext), that
    /// an operation sets itself, or that is no header.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Result<Self, InvalidRequest> {
        let (name, value) = (name.to_ascii_lowercase(), Zeroizing::new(value.into()));
        if let Some(reason) = refusal(&name, &value) {
            return Err(InvalidRequest::Header { name, reason });
        }
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value));
        Ok(self)
    }

    /// The account that must own the bucket (`x-amz-expected-bucket-owner`).
    #[must_use]
    pub fn expected_bucket_owner(self, account: &str) -> Self {
        self.set("x-amz-expected-bucket-owner", account)
    }

    /// The caller pays for the requests (`x-amz-request-payer`).
    #[must_use]
    pub fn request_payer(self) -> Self {
        self.set("x-amz-request-payer", "requester")
    }

    /// What accompanying requests carry of these: request payer, expected bucket owner and SSE-C.
    #[must_use]
    pub fn companion(&self) -> Self {
        let headers = self.headers.iter().filter(|(name, _)| COMPANION.contains(&name.as_str()));
        Self { headers: headers.cloned().collect() }
    }

    /// Names, in lower case, and values.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// These, and what a copy says of its source: the SSE-C key and the owner that reading it took. What is given already stays.
    pub(crate) fn with_source(mut self, source: &Self) -> Self {
        for (name, value) in &source.headers {
            let Some((_, copied)) = OF_SOURCE.iter().find(|(known, _)| known == name) else { continue };
            if !self.headers.iter().any(|(given, _)| given == copied) {
                self.headers.push(((*copied).to_owned(), value.clone()));
            }
        }
        self
    }

    fn set(mut self, name: &'static str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), Zeroizing::new(value.to_owned())));
        self
    }
}

/// Why a caller may not set this header.
fn refusal(name: &str, value: &str) -> Option<&'static str> {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_value = value.bytes().all(|byte| (b' '..0x7f).contains(&byte));
    if !is_name || !is_value {
        return Some("names are letters, digits and hyphens, values printable ASCII");
    }
    if name.starts_with("x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm" || name == "content-md5" {
        return Some("a checksum of the plaintext is not one of the stored bytes: leave checksums to the transport");
    }
    if name.starts_with("x-amz-meta-") {
        return Some("user metadata has its own setting, where names of the encryption are refused");
    }
    match name {
        "content-length" | "transfer-encoding" | "x-amz-decoded-content-length" => {
            Some("the stored length is not the plaintext's: the encryption sets it")
        }
        "x-amz-write-offset-bytes" => Some("an encrypted object cannot be appended to"),
        "range" | "if-match" | "if-none-match" | "x-amz-copy-source" | "x-amz-metadata-directive" => {
            Some("the operation sets it: use its own setting")
        }
        "authorization" | "host" | "x-amz-content-sha256" | "x-amz-date" | "x-amz-security-token" | "x-amz-trailer" => {
            Some("the transport signs requests")
        }
        _ => None,
    }
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.headers.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plaintext_checksums_lengths_and_signatures_are_refused() {
        for name in [
            "Content-MD5",
            "x-amz-checksum-crc32",
            "x-amz-sdk-checksum-algorithm",
            "content-length",
            "x-amz-meta-colour",
            "x-amz-write-offset-bytes",
            "if-match",
            "range",
            "authorization",
            "bad name",
            "",
        ] {
            assert!(RequestOptions::new().header(name, "1").is_err(), "{name}");
        }
        assert!(RequestOptions::new().header("x-amz-tagging", "line\nbreak").is_err());
    }

    #[test]
    fn companions_carry_who_asks_and_no_more() {
        let options = RequestOptions::new()
            .header("x-amz-storage-class", "GLACIER")
            .and_then(|options| options.header("X-Amz-Server-Side-Encryption-Customer-Key", "c2VjcmV0"))
            .unwrap()
            .request_payer();
        let companion = options.companion();
        let names: Vec<_> = companion.headers().map(|(name, _)| name).collect();
        assert_eq!(names, ["x-amz-server-side-encryption-customer-key", "x-amz-request-payer"]);
        assert!(!format!("{options:?}").contains("c2VjcmV0"));
    }
}
