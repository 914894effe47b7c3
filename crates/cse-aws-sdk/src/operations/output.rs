//! Outputs of the SDK, as the plaintext's owner wants to see them.

use aws_sdk_s3::{
    operation::{
        complete_multipart_upload::CompleteMultipartUploadOutput, copy_object::CopyObjectOutput,
        get_object::GetObjectOutput, head_object::HeadObjectOutput, put_object::PutObjectOutput,
    },
    primitives::ByteStream,
};
use cse_client::{Body, transport::ObjectAttributes};

use crate::{transport::into_sdk, wire::shown};

/// Checksums are of the stored bytes: nobody who holds the plaintext can compare them.
macro_rules! clear_checksums {
    ($output:expr) => {
        $output.checksum_crc32 = None;
        $output.checksum_crc32_c = None;
        $output.checksum_crc64_nvme = None;
        $output.checksum_md5 = None;
        $output.checksum_sha1 = None;
        $output.checksum_sha256 = None;
        $output.checksum_sha512 = None;
        $output.checksum_type = None;
        $output.checksum_xxhash128 = None;
        $output.checksum_xxhash3 = None;
        $output.checksum_xxhash64 = None;
    };
}

/// An object that was written.
pub(super) fn put(mut output: PutObjectOutput) -> PutObjectOutput {
    clear_checksums!(output);
    output.size = None;
    output
}

/// An upload that was completed.
pub(super) fn completed(mut output: CompleteMultipartUploadOutput) -> CompleteMultipartUploadOutput {
    clear_checksums!(output);
    output
}

/// An object that was copied.
pub(super) fn copied(mut output: CopyObjectOutput) -> CopyObjectOutput {
    if let Some(result) = &mut output.copy_object_result {
        clear_checksums!(result);
    }
    output
}

/// An object that was read: `output` has no body any more.
pub(super) fn read(mut output: GetObjectOutput, attributes: &ObjectAttributes, content: Body) -> GetObjectOutput {
    clear_checksums!(output);
    output.parts_count = None;
    output.content_length = content_len(attributes);
    output.content_range = attributes.content_range.map(|range| range.to_string());
    output.metadata = Some(shown(&attributes.metadata));
    output.body = into_sdk(content);
    output
}

/// An object that was looked at.
pub(super) fn head(mut output: HeadObjectOutput, attributes: &ObjectAttributes) -> HeadObjectOutput {
    clear_checksums!(output);
    output.parts_count = None;
    output.content_length = content_len(attributes);
    output.content_range = None;
    output.metadata = Some(shown(&attributes.metadata));
    output
}

/// Takes the body out, so that nobody mistakes stored bytes for the plaintext.
pub(super) fn take_body(output: &mut GetObjectOutput) -> ByteStream {
    std::mem::take(&mut output.body)
}

fn content_len(attributes: &ObjectAttributes) -> Option<i64> {
    attributes.content_len.and_then(|len| i64::try_from(len).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checksum fields that a structure of the SDK shows with a value.
    fn checksums(value: &impl std::fmt::Debug) -> Vec<String> {
        let text = format!("{value:#?}");
        let lines = text.lines().filter(|line| line.starts_with("    checksum_") && !line.ends_with(": None,"));
        lines.map(str::to_owned).collect()
    }

    #[test]
    fn no_checksum_field_is_forgotten() {
        let sum = |text: &str| Some(text.to_owned());
        let output = PutObjectOutput::builder().set_checksum_crc32(sum("AAAA")).checksum_sha256("AAAA").build();
        assert_eq!(checksums(&output).len(), 2);
        assert_eq!(checksums(&put(output)), [""; 0]);

        // The SDK names as many checksums in one place as in all: eleven fields.
        let all = format!("{:#?}", GetObjectOutput::builder().build());
        assert_eq!(all.lines().filter(|line| line.starts_with("    checksum_")).count(), 11);
    }
}
