//! Uploads in parts.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{
    access::{customer_key, source_customer_key, unlock},
    answers::{no_such_upload, s3},
    etag,
    read::slice,
    store::{Object, Part, Store, Upload, check_key},
    write::{WriteConditions, description},
};
use crate::{
    location::ObjectLocation,
    transport::{
        CompleteMultipartUpload, CompletedPart, CreateMultipartUpload, TransportError, UploadPart, UploadPartCopy,
        UploadedPart, Written,
    },
};

/// S3's limit for part numbers.
const MAX_PART_NUMBER: u16 = 10_000;

impl Store {
    pub(super) fn create_upload(&mut self, request: &CreateMultipartUpload) -> Result<String, TransportError> {
        check_key(&request.location.key)?;
        let description = description(&request.metadata, &request.options)?;
        let (id, initiated) = self.next_upload_id();
        let upload = Upload { initiated, description, parts: BTreeMap::new() };
        let bucket = self.bucket(&request.location.bucket)?;
        bucket.uploads.insert((request.location.key.clone(), id.clone()), upload);
        Ok(id)
    }

    pub(super) fn upload_part(&mut self, request: &UploadPart) -> Result<UploadedPart, TransportError> {
        let key = customer_key(&request.options);
        let upload = self.upload(&request.location, &request.upload_id)?;
        unlock(upload.description.customer_key.as_ref(), key.as_ref())?;
        self.store_part(&request.location, &request.upload_id, request.part_number, request.body.clone())
    }

    pub(super) fn upload_part_copy(&mut self, request: &UploadPartCopy) -> Result<UploadedPart, TransportError> {
        let (_, source) = self.find(&request.source)?;
        unlock(source.description.customer_key.as_ref(), source_customer_key(&request.options).as_ref())?;
        etag::require(request.source_if_match.as_deref(), &source.etag)?;
        let invalid = || s3(400, "InvalidArgument", "the range is not one of first and last byte within the source");
        let range = request.range.resolve(source.len()).map_err(|_| invalid())?;
        // Other than a read's, a copy's range is not cut down to what there is.
        if request.range.to_string() != format!("bytes={}-{}", range.first(), range.last()) {
            return Err(invalid());
        }
        let bytes = slice(&source.bytes, range);
        self.store_part(&request.location, &request.upload_id, request.part_number, bytes)
    }

    fn store_part(
        &mut self,
        location: &ObjectLocation,
        upload_id: &str,
        part_number: u16,
        bytes: Bytes,
    ) -> Result<UploadedPart, TransportError> {
        if !(1..=MAX_PART_NUMBER).contains(&part_number) {
            return Err(s3(400, "InvalidArgument", "part numbers are 1 to 10000"));
        }
        self.check_request_len(u64::try_from(bytes.len()).unwrap_or(u64::MAX))?;
        let etag = etag::of_bytes(&bytes);
        self.upload(location, upload_id)?.parts.insert(part_number, Part { bytes, etag: etag.clone() });
        Ok(UploadedPart::new(etag))
    }

    pub(super) fn complete_upload(&mut self, request: &CompleteMultipartUpload) -> Result<Written, TransportError> {
        let min_part_len = self.settings.min_part_len;
        let upload = self.upload(&request.location, &request.upload_id)?;
        let parts = named_parts(upload, &request.parts, min_part_len)?;
        let bytes = parts.iter().fold(Vec::new(), |mut all, part| {
            all.extend_from_slice(&part.bytes);
            all
        });
        let object = Object {
            etag: etag::of_parts(parts.iter().map(|part| part.etag.as_str())),
            bytes: bytes.into(),
            description: upload.description.clone(),
        };
        let conditions =
            WriteConditions { if_match: request.if_match.as_deref(), if_none_match: request.if_none_match.as_deref() };
        let written = self.write_if(&request.location, object, conditions)?;
        self.abort_upload(&request.location, &request.upload_id)?;
        Ok(written)
    }

    /// Forgets an upload; one that is not there is fine.
    pub(super) fn abort_upload(&mut self, location: &ObjectLocation, upload_id: &str) -> Result<(), TransportError> {
        self.bucket(&location.bucket)?.uploads.remove(&(location.key.clone(), upload_id.to_owned()));
        Ok(())
    }

    fn upload(&mut self, location: &ObjectLocation, upload_id: &str) -> Result<&mut Upload, TransportError> {
        let name = (location.key.clone(), upload_id.to_owned());
        self.bucket(&location.bucket)?.uploads.get_mut(&name).ok_or_else(no_such_upload)
    }
}

/// The parts that a completion names, which must be what was uploaded, in order, and long enough.
fn named_parts<'a>(
    upload: &'a Upload,
    named: &[CompletedPart],
    min_part_len: u64,
) -> Result<Vec<&'a Part>, TransportError> {
    if named.is_empty() {
        return Err(s3(400, "MalformedXML", "an upload has at least one part"));
    }
    if !named.is_sorted_by(|one, next| one.part_number < next.part_number) {
        return Err(s3(400, "InvalidPartOrder", "the parts are not in ascending order"));
    }
    let invalid = || s3(400, "InvalidPart", "a part was not uploaded, or has another entity tag");
    let parts = named.iter().map(|named| {
        let part = upload.parts.get(&named.part_number).ok_or_else(invalid)?;
        if etag::names(&named.part.etag, &part.etag) { Ok(part) } else { Err(invalid()) }
    });
    let parts = parts.collect::<Result<Vec<_>, _>>()?;
    let is_short = |part: &&Part| u64::try_from(part.bytes.len()).is_ok_and(|len| len < min_part_len);
    if parts.iter().rev().skip(1).any(is_short) {
        return Err(s3(400, "EntityTooSmall", "a part other than the last is shorter than parts must be"));
    }
    Ok(parts)
}
