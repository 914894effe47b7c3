//! Which object is meant.

use std::fmt;

/// The suffix of instruction files, unless another is chosen.
pub const INSTRUCTION_SUFFIX: &str = ".instruction";

/// The longest key S3 takes, in bytes.
pub(crate) const MAX_KEY_LEN: usize = 1024;

/// An object: bucket, key and, optionally, one version of it.
///
/// ```
/// use cse_client::ObjectLocation;
///
/// let object = ObjectLocation::new("bucket", "reports/may.pdf");
/// assert_eq!(object.to_string(), "s3://bucket/reports/may.pdf");
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct ObjectLocation {
    /// The bucket's name, or the ARN of an access point.
    pub bucket: String,
    /// The object's key, as it is: never encoded.
    pub key: String,
    /// The version, where one other than the newest is meant.
    pub version_id: Option<String>,
}

impl ObjectLocation {
    /// The newest version of an object.
    #[must_use]
    pub fn new(bucket: impl Into<String>, key: impl Into<String>) -> Self {
        Self { bucket: bucket.into(), key: key.into(), version_id: None }
    }

    /// One version of it.
    #[must_use]
    pub fn version(self, version_id: impl Into<String>) -> Self {
        Self { version_id: Some(version_id.into()), ..self }
    }

    /// The newest version of the object whose key has `suffix` appended: its instruction file.
    pub(crate) fn sibling(&self, suffix: &str) -> Self {
        Self::new(&*self.bucket, format!("{}{suffix}", self.key))
    }
}

impl fmt::Display for ObjectLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.key)?;
        match &self.version_id {
            Some(version) => write!(f, "?versionId={version}"),
            None => Ok(()),
        }
    }
}
