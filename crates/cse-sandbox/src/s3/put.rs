//! PutObject.

use s3s::{
    S3Request, S3Response,
    dto::{PutObjectInput, PutObjectOutput},
    s3_error,
};

use super::{
    Answer, Sandboxed,
    convert::{checksum, customer_key, etag, server_side_encryption, shown_version, signed, write_preconditions},
    incoming::{Expected, content_encoding, content_type, encryption, expires, metadata},
};
use crate::store::{Attributes, Content, NewObject, Versioning, hex};

impl Sandboxed {
    pub(super) async fn put(&self, mut req: S3Request<PutObjectInput>) -> Answer<PutObjectOutput> {
        let expected = Expected::of(&req)?;
        let body = req.input.body.take();
        let input = req.input;
        if input.write_offset_bytes.is_some() {
            return Err(s3_error!(NotImplemented, "appending needs a directory bucket"));
        }
        let preconditions = write_preconditions(input.if_match.clone(), input.if_none_match.clone())?;
        let (bucket, key) = (input.bucket.clone(), input.key.clone());
        let attributes = attributes(input)?;
        let body = self.receive(&bucket, body, &expected, None).await?;
        let content = Content {
            etag: hex(&body.md5),
            bodies: vec![body.file.record.clone()],
            multipart: false,
            attributes,
            checksums: body.checksums.clone(),
        };
        let object = NewObject { content, files: vec![body.file.clone()] };
        let version = self.store.put(&bucket, &key, object, &preconditions)?;
        let versioned = self.store.versioning(&bucket)? != Versioning::Never;
        let content = version.record.content.as_ref().ok_or_else(|| s3_error!(InternalError))?;
        let sums = checksum(&content.checksums);
        let stored = &content.attributes.encryption;
        Ok(S3Response::new(PutObjectOutput {
            bucket_key_enabled: stored.bucket_key,
            checksum_crc32: sums.checksum_crc32,
            checksum_crc32c: sums.checksum_crc32c,
            checksum_crc64nvme: sums.checksum_crc64nvme,
            checksum_sha1: sums.checksum_sha1,
            checksum_sha256: sums.checksum_sha256,
            checksum_type: sums.checksum_type,
            e_tag: Some(etag(&content.etag)),
            server_side_encryption: server_side_encryption(stored),
            sse_customer_algorithm: stored.customer.as_ref().map(|key| key.algorithm.clone()),
            sse_customer_key_md5: stored.customer.as_ref().map(|key| key.key_md5.clone()),
            ssekms_encryption_context: stored.kms_context.clone(),
            ssekms_key_id: stored.kms_key_id.clone(),
            size: Some(signed(content.len())),
            version_id: shown_version(&version.record, versioned),
            ..PutObjectOutput::default()
        }))
    }
}

fn attributes(input: PutObjectInput) -> s3s::S3Result<Attributes> {
    let customer =
        customer_key(input.sse_customer_algorithm, input.sse_customer_key.as_deref(), input.sse_customer_key_md5)?;
    Ok(Attributes {
        content_type: content_type(input.content_type),
        cache_control: input.cache_control,
        content_disposition: input.content_disposition,
        content_encoding: content_encoding(input.content_encoding),
        content_language: input.content_language,
        expires: expires(input.expires),
        storage_class: input.storage_class.map(|class| class.as_str().to_owned()),
        website_redirect: input.website_redirect_location,
        tagging: input.tagging,
        metadata: metadata(input.metadata)?,
        encryption: encryption(
            input.server_side_encryption,
            input.ssekms_key_id,
            input.ssekms_encryption_context,
            input.bucket_key_enabled,
            customer,
        ),
    })
}
