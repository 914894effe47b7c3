//! Who may ask.

use core::fmt;

use zeroize::Zeroizing;

/// Access keys of the sandbox's users.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) owner: AccessKey,
    /// May use S3 and not KMS.
    pub(crate) s3_only: Option<AccessKey>,
}

#[derive(Clone)]
pub(crate) struct AccessKey {
    pub(crate) id: String,
    pub(crate) secret: Zeroizing<String>,
}

impl AccessKey {
    pub(crate) fn new(id: impl Into<String>, secret: impl Into<String>) -> Self {
        Self { id: id.into(), secret: Zeroizing::new(secret.into()) }
    }
}

impl Credentials {
    /// Access key ids with their secrets.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        core::iter::once(&self.owner).chain(&self.s3_only).map(|key| (key.id.as_str(), key.secret.as_str()))
    }
}

/// Shows ids, no secrets.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.all().map(|(id, _)| id)).finish()
    }
}
