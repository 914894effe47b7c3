//! What rclone's server cannot do, as each adapter meets it.

use cse_client::conformance::Feature;

use crate::conformance::Lacks;

/// It looks at no condition, copies no parts, and takes parts of any length. Its keys are paths of files.
const FEATURES: &[Feature] = &[
    Feature::AwkwardKeys,
    Feature::ConditionalComplete,
    Feature::ConditionalGet,
    Feature::CopyIfNoneMatch,
    Feature::CopySourceIfMatch,
    Feature::DeleteIfMatch,
    Feature::MinPartLen,
    Feature::PutIfMatch,
    Feature::PutIfNoneMatch,
    Feature::UploadPartCopy,
];

pub(super) const BY_HTTP: Lacks = Lacks {
    features: FEATURES,
    checks: &[
        // Lists have entity tags without quotes.
        "put_etag_is_that_of_head_get_and_list",
        // It takes 2000 bytes where S3 takes 2048.
        "metadata_of_2048_bytes",
        // A suffix longer than the object is status 416.
        "get_ranges",
        // A copy with new metadata has the old beside it.
        "copy_with_new_metadata",
        // Where `a` is an object, `a/b` cannot be.
        "list_tells_of_objects",
        "list_by_delimiter",
        "list_by_delimiter_in_pages",
        // Parts are numbered without gaps, and sent once.
        "upload_with_gaps",
        "upload_of_a_part_twice",
        // What was uploaded in parts has another entity tag than the completion told.
        "upload_etag_is_that_of_head",
        // As `get_ranges`.
        "encrypted_ranges",
    ],
};

/// The same without uploads in parts: the SDK does not take `InitiateMultipartUpload` for the root of the answer to their beginning, which
/// S3 calls `InitiateMultipartUploadResult`.
pub(super) const BY_SDK: Lacks = Lacks {
    features: FEATURES,
    checks: &[
        "put_etag_is_that_of_head_get_and_list",
        "metadata_of_an_upload",
        "metadata_of_2048_bytes",
        "keys_of_uploads",
        "get_ranges",
        "copy_with_new_metadata",
        "list_tells_of_objects",
        "list_by_delimiter",
        "list_by_delimiter_in_pages",
        "upload_of_one_part",
        "upload_of_one_empty_part",
        "upload_in_order",
        "upload_out_of_order",
        "upload_with_gaps",
        "upload_of_a_part_twice",
        "upload_is_no_object_before_it_is_complete",
        "upload_etag_is_that_of_head",
        "upload_content_headers",
        "upload_with_a_wrong_etag",
        "upload_with_a_part_that_is_not_there",
        "upload_abort_is_idempotent",
        "upload_that_does_not_exist",
        "upload_that_is_dropped",
        "uploads_are_listed_until_they_end",
        "uploads_of_an_awkward_key",
        "encrypted_ranges",
        "encrypted_upload",
        "encrypted_upload_of_nothing",
        "encrypted_upload_that_is_aborted",
        "encrypted_upload_that_is_left_behind",
        "file_of_an_upload",
    ],
};
