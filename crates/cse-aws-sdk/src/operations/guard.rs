//! What was planned, held against what is sent: interceptors of the caller may have changed it in between.

use std::collections::HashMap;

use cse_client::{Error, Metadata, ObjectLocation, error::InvalidRequest};

use crate::fields::{Request, Target};

/// The object of a request.
pub(super) fn location(target: Target<'_>) -> Result<ObjectLocation, InvalidRequest> {
    let required = |field| InvalidRequest::Field { field, reason: "the request needs it" };
    let bucket = target.bucket.ok_or_else(|| required("bucket"))?;
    let key = target.key.ok_or_else(|| required("key"))?;
    let location = ObjectLocation::new(bucket, key);
    Ok(match target.version_id {
        Some(version) => location.version(version),
        None => location,
    })
}

/// Refuses a request that is no longer about the object that was planned for, or has a field that is refused.
pub(super) fn check_sent(input: &impl Request, planned: &ObjectLocation) -> Result<(), Error> {
    input.check_again()?;
    let Target { bucket, key, version_id } = input.target();
    for (field, sent, planned) in [
        ("bucket", bucket, Some(&*planned.bucket)),
        ("key", key, Some(&*planned.key)),
        ("version_id", version_id, planned.version_id.as_deref()),
    ] {
        if sent != planned {
            return Err(changed(field));
        }
    }
    Ok(())
}

/// Refuses user metadata that was not checked.
pub(super) fn check_metadata(
    sent: Option<&HashMap<String, String>>,
    planned: Option<&HashMap<String, String>>,
) -> Result<(), Error> {
    let entries = |metadata: Option<&HashMap<String, String>>| metadata.cloned().unwrap_or_default();
    if entries(sent) == entries(planned) { Ok(()) } else { Err(changed("metadata")) }
}

/// The caller's metadata, in an order that does not change from one run to the next.
pub(super) fn user_metadata(metadata: Option<&HashMap<String, String>>) -> Metadata {
    let mut entries: Vec<_> = metadata.into_iter().flatten().collect();
    entries.sort_unstable();
    entries.into_iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
}

fn changed(field: &'static str) -> Error {
    let reason = "an interceptor changed it after the encryption was planned: set it on the builder";
    InvalidRequest::Field { field, reason }.into()
}
