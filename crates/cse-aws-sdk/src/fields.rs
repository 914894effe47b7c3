//! Where every field of the SDK's requests goes.
//!
//! A field is *passed* on as it is, *used* by this crate (changed, checked, or both), sent with the *companion* requests as well, or
//! *refused* with a reason. A test fails when the SDK gains a field that nobody has placed.

use std::fmt::Debug;

use aws_sdk_s3::{
    operation::{
        copy_object::{CopyObjectInput, builders::CopyObjectInputBuilder},
        create_multipart_upload::{CreateMultipartUploadInput, builders::CreateMultipartUploadInputBuilder},
        delete_object::{DeleteObjectInput, builders::DeleteObjectInputBuilder},
        delete_objects::{DeleteObjectsInput, builders::DeleteObjectsInputBuilder},
        get_object::{GetObjectInput, builders::GetObjectInputBuilder},
        head_object::{HeadObjectInput, builders::HeadObjectInputBuilder},
        list_objects_v2::{ListObjectsV2Input, builders::ListObjectsV2InputBuilder},
        put_object::{PutObjectInput, builders::PutObjectInputBuilder},
    },
    types::RequestPayer,
};
use cse_client::{RequestOptions, error::InvalidRequest};

const OF_PLAINTEXT: &str = "it would be the plaintext's, and S3 compares it with the stored bytes: set checksum_algorithm, and the SDK computes it";
const NO_APPEND: &str = "an encrypted object cannot be appended to: write it anew";
const NO_RANGE: &str = "a range cannot be verified: read it through danger::range, which marks it so";
const NO_PART: &str = "a part cannot be verified: read the whole object, or a range through danger::range";
const WHOLE_HEAD: &str = "a head tells the whole object's length: leave it out";

/// A request of the SDK whose fields are placed.
pub(crate) trait Request: Debug + Send + Sync + 'static {
    /// The SDK's builder of it.
    type Builder;

    /// Refuses what the caller may not set, before anything is done.
    fn check(builder: &Self::Builder) -> Result<(), InvalidRequest>;

    /// The same for the request as interceptors left it.
    fn check_again(&self) -> Result<(), InvalidRequest>;

    /// What the requests that accompany it carry.
    fn companion(builder: &Self::Builder) -> Result<RequestOptions, InvalidRequest>;

    /// Bucket, key and version that it names.
    fn target(&self) -> Target<'_>;
}

/// What a request is about, where it says so.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Target<'a> {
    pub(crate) bucket: Option<&'a str>,
    pub(crate) key: Option<&'a str>,
    pub(crate) version_id: Option<&'a str>,
}

macro_rules! place {
    ($input:ident $builder:ident {
        passed: $($passed:ident)*;
        used: $($used:ident)*;
        companion: $($companion:ident $get_companion:ident)*;
        refused: $($refused:ident $get_refused:ident $reason:ident)*;
    } target: $($target:ident $value:ident)*) => {
        impl Request for $input {
            type Builder = $builder;

            #[allow(unused_variables, reason = "some refuse nothing")]
            fn check(builder: &$builder) -> Result<(), InvalidRequest> {
                $(refuse(builder.$get_refused().is_some(), stringify!($refused), $reason)?;)*
                Ok(())
            }

            fn check_again(&self) -> Result<(), InvalidRequest> {
                $(refuse(self.$refused.is_some(), stringify!($refused), $reason)?;)*
                Ok(())
            }

            fn companion(builder: &$builder) -> Result<RequestOptions, InvalidRequest> {
                let options = RequestOptions::new();
                $(let options = companion::$companion(options, builder.$get_companion())?;)*
                Ok(options)
            }

            fn target(&self) -> Target<'_> {
                let mut target = Target::default();
                $(target.$target = self.$value.as_deref();)*
                target
            }
        }

        #[cfg(test)]
        impl tests::Placed for $input {
            const FIELDS: &'static [&'static str] = &[
                $(stringify!($passed),)* $(stringify!($used),)* $(stringify!($companion),)* $(stringify!($refused),)*
            ];
        }
    };
}

fn refuse(is_set: bool, field: &'static str, reason: &'static str) -> Result<(), InvalidRequest> {
    if is_set { Err(InvalidRequest::Field { field, reason }) } else { Ok(()) }
}

/// How companion requests say it.
mod companion {
    use super::{InvalidRequest, RequestOptions, RequestPayer};

    type Result = std::result::Result<RequestOptions, InvalidRequest>;

    macro_rules! header {
        ($($field:ident = $header:literal)*) => {
            $(pub(super) fn $field(options: RequestOptions, value: &Option<String>) -> Result {
                match value {
                    Some(value) => options.header($header, &**value),
                    None => Ok(options),
                }
            })*
        };
    }

    header! {
        expected_bucket_owner = "x-amz-expected-bucket-owner"
        sse_customer_algorithm = "x-amz-server-side-encryption-customer-algorithm"
        sse_customer_key = "x-amz-server-side-encryption-customer-key"
        sse_customer_key_md5 = "x-amz-server-side-encryption-customer-key-md5"
    }

    pub(super) fn request_payer(options: RequestOptions, value: &Option<RequestPayer>) -> Result {
        match value {
            Some(payer) => options.header("x-amz-request-payer", payer.as_str()),
            None => Ok(options),
        }
    }
}

place! { PutObjectInput PutObjectInputBuilder {
    passed: acl bucket_key_enabled cache_control checksum_algorithm content_disposition content_encoding content_language
        content_type expires grant_full_control grant_read grant_read_acp grant_write_acp if_match if_none_match
        object_lock_event_hold object_lock_event_hold_duration_days object_lock_event_hold_duration_years
        object_lock_legal_hold_status object_lock_mode object_lock_retain_until_date server_side_encryption
        ssekms_encryption_context ssekms_key_id storage_class tagging website_redirect_location;
    used: body bucket content_length key metadata;
    companion: expected_bucket_owner get_expected_bucket_owner
        request_payer get_request_payer
        sse_customer_algorithm get_sse_customer_algorithm
        sse_customer_key get_sse_customer_key
        sse_customer_key_md5 get_sse_customer_key_md5;
    refused: content_md5 get_content_md5 OF_PLAINTEXT
        checksum_crc32 get_checksum_crc32 OF_PLAINTEXT
        checksum_crc32_c get_checksum_crc32_c OF_PLAINTEXT
        checksum_crc64_nvme get_checksum_crc64_nvme OF_PLAINTEXT
        checksum_md5 get_checksum_md5 OF_PLAINTEXT
        checksum_sha1 get_checksum_sha1 OF_PLAINTEXT
        checksum_sha256 get_checksum_sha256 OF_PLAINTEXT
        checksum_sha512 get_checksum_sha512 OF_PLAINTEXT
        checksum_xxhash128 get_checksum_xxhash128 OF_PLAINTEXT
        checksum_xxhash3 get_checksum_xxhash3 OF_PLAINTEXT
        checksum_xxhash64 get_checksum_xxhash64 OF_PLAINTEXT
        write_offset_bytes get_write_offset_bytes NO_APPEND;
} target: bucket bucket key key }

place! { CreateMultipartUploadInput CreateMultipartUploadInputBuilder {
    passed: acl bucket_key_enabled cache_control content_disposition content_encoding content_language content_type expires
        grant_full_control grant_read grant_read_acp grant_write_acp object_lock_event_hold
        object_lock_event_hold_duration_days object_lock_event_hold_duration_years object_lock_legal_hold_status
        object_lock_mode object_lock_retain_until_date server_side_encryption ssekms_encryption_context ssekms_key_id
        storage_class tagging website_redirect_location;
    // The algorithm is each part's as well, the type the completion's.
    used: bucket checksum_algorithm checksum_type key metadata;
    companion: expected_bucket_owner get_expected_bucket_owner
        request_payer get_request_payer
        sse_customer_algorithm get_sse_customer_algorithm
        sse_customer_key get_sse_customer_key
        sse_customer_key_md5 get_sse_customer_key_md5;
    refused: ;
} target: bucket bucket key key }

place! { GetObjectInput GetObjectInputBuilder {
    passed: checksum_mode if_match if_modified_since if_none_match if_unmodified_since response_cache_control
        response_content_disposition response_content_encoding response_content_language response_content_type
        response_expires;
    used: bucket key version_id;
    companion: expected_bucket_owner get_expected_bucket_owner
        request_payer get_request_payer
        sse_customer_algorithm get_sse_customer_algorithm
        sse_customer_key get_sse_customer_key
        sse_customer_key_md5 get_sse_customer_key_md5;
    refused: part_number get_part_number NO_PART range get_range NO_RANGE;
} target: bucket bucket key key version_id version_id }

place! { HeadObjectInput HeadObjectInputBuilder {
    passed: checksum_mode if_match if_modified_since if_none_match if_unmodified_since response_cache_control
        response_content_disposition response_content_encoding response_content_language response_content_type
        response_expires;
    used: bucket key version_id;
    companion: expected_bucket_owner get_expected_bucket_owner
        request_payer get_request_payer
        sse_customer_algorithm get_sse_customer_algorithm
        sse_customer_key get_sse_customer_key
        sse_customer_key_md5 get_sse_customer_key_md5;
    refused: part_number get_part_number WHOLE_HEAD range get_range WHOLE_HEAD;
} target: bucket bucket key key version_id version_id }

place! { DeleteObjectInput DeleteObjectInputBuilder {
    passed: bypass_governance_retention if_match if_match_last_modified_time if_match_size mfa;
    used: bucket key version_id;
    companion: expected_bucket_owner get_expected_bucket_owner request_payer get_request_payer;
    refused: ;
} target: bucket bucket key key version_id version_id }

place! { DeleteObjectsInput DeleteObjectsInputBuilder {
    passed: bypass_governance_retention checksum_algorithm mfa;
    used: bucket delete;
    companion: expected_bucket_owner get_expected_bucket_owner request_payer get_request_payer;
    refused: ;
} target: bucket bucket }

place! { CopyObjectInput CopyObjectInputBuilder {
    passed: acl annotation_directive bucket_key_enabled cache_control checksum_algorithm content_disposition content_encoding
        content_language content_type copy_source_if_modified_since copy_source_if_none_match
        copy_source_if_unmodified_since expected_source_bucket_owner expires grant_full_control
        grant_read grant_read_acp grant_write_acp if_match if_none_match object_lock_event_hold
        object_lock_event_hold_duration_days object_lock_event_hold_duration_years object_lock_legal_hold_status
        object_lock_mode object_lock_retain_until_date server_side_encryption ssekms_encryption_context ssekms_key_id
        storage_class tagging tagging_directive website_redirect_location;
    // What reads the source with a key of its own sends it to the source, the target's to the target.
    used: bucket copy_source copy_source_if_match copy_source_sse_customer_algorithm copy_source_sse_customer_key
        copy_source_sse_customer_key_md5 key metadata metadata_directive;
    companion: expected_bucket_owner get_expected_bucket_owner
        request_payer get_request_payer
        sse_customer_algorithm get_sse_customer_algorithm
        sse_customer_key get_sse_customer_key
        sse_customer_key_md5 get_sse_customer_key_md5;
    refused: ;
} target: bucket bucket key key }

place! { ListObjectsV2Input ListObjectsV2InputBuilder {
    passed: continuation_token delimiter encoding_type fetch_owner max_keys optional_object_attributes prefix start_after;
    used: bucket;
    companion: expected_bucket_owner get_expected_bucket_owner request_payer get_request_payer;
    refused: ;
} target: bucket bucket }

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use aws_sdk_s3::operation::{
        complete_multipart_upload::CompleteMultipartUploadInput, upload_part::UploadPartInput,
    };

    use super::*;

    /// The table's column for a test: all fields that have a place.
    pub(super) trait Placed {
        const FIELDS: &'static [&'static str];
    }

    /// What the upload handle sets itself, what comes from the creation's fields, what a companion carries, and what nobody sets: sums
    /// of stored bytes are the SDK's to compute.
    impl Placed for UploadPartInput {
        const FIELDS: &'static [&'static str] = &[
            "body",
            "bucket",
            "key",
            "part_number",
            "upload_id",
            "checksum_algorithm",
            "expected_bucket_owner",
            "request_payer",
            "sse_customer_algorithm",
            "sse_customer_key",
            "sse_customer_key_md5",
            "content_length",
            "content_md5",
            "checksum_crc32",
            "checksum_crc32_c",
            "checksum_crc64_nvme",
            "checksum_md5",
            "checksum_sha1",
            "checksum_sha256",
            "checksum_sha512",
            "checksum_xxhash128",
            "checksum_xxhash3",
            "checksum_xxhash64",
        ];
    }

    /// The same. Conditions come from the creation's builder.
    impl Placed for CompleteMultipartUploadInput {
        const FIELDS: &'static [&'static str] = &[
            "bucket",
            "key",
            "multipart_upload",
            "upload_id",
            "checksum_type",
            "if_match",
            "if_none_match",
            "expected_bucket_owner",
            "request_payer",
            "sse_customer_algorithm",
            "sse_customer_key",
            "sse_customer_key_md5",
            "mpu_object_size",
            "checksum_crc32",
            "checksum_crc32_c",
            "checksum_crc64_nvme",
            "checksum_md5",
            "checksum_sha1",
            "checksum_sha256",
            "checksum_sha512",
            "checksum_xxhash128",
            "checksum_xxhash3",
            "checksum_xxhash64",
        ];
    }

    /// The fields of a structure of the SDK, as its `Debug` names them.
    fn fields_of(value: &impl Debug) -> BTreeSet<String> {
        let text = format!("{value:#?}");
        let indented = text.lines().filter_map(|line| line.strip_prefix("    ").filter(|rest| !rest.starts_with(' ')));
        indented.filter_map(|line| line.split_once(": ").map(|(name, _)| name.to_owned())).collect()
    }

    fn assert_placed<I: Placed + Debug>(input: &I) {
        let placed: BTreeSet<_> = I::FIELDS.iter().map(|field| (*field).to_owned()).collect();
        assert_eq!(placed.len(), I::FIELDS.len(), "a field is placed twice");
        assert_eq!(fields_of(input), placed);
    }

    #[test]
    fn every_field_has_a_place() {
        assert_placed(&PutObjectInput::builder().build().unwrap());
        assert_placed(&CreateMultipartUploadInput::builder().build().unwrap());
        assert_placed(&GetObjectInput::builder().build().unwrap());
        assert_placed(&HeadObjectInput::builder().build().unwrap());
        assert_placed(&DeleteObjectInput::builder().build().unwrap());
        assert_placed(&DeleteObjectsInput::builder().build().unwrap());
        assert_placed(&CopyObjectInput::builder().build().unwrap());
        assert_placed(&ListObjectsV2Input::builder().build().unwrap());
        assert_placed(&UploadPartInput::builder().build().unwrap());
        assert_placed(&CompleteMultipartUploadInput::builder().build().unwrap());
    }

    #[test]
    fn a_field_without_a_place_would_be_seen() {
        assert!(fields_of(&PutObjectInput::builder().build().unwrap()).contains("sse_customer_key"));
        assert!(fields_of(&PutObjectInput::builder().metadata("not_a_field", "1").build().unwrap()).len() > 40);
    }
}
