//! How S3 and KMS are reached, and what is said with each request.

use clap::Args;

use super::pair;

/// Where S3 and KMS are, and who asks. What is not said here comes from the environment and the profiles, as for the aws CLI.
#[derive(Clone, Debug, Args)]
#[command(
    next_help_heading = "AWS (what is not given comes from the environment and the profiles, as for the aws CLI)"
)]
pub(crate) struct Service {
    /// Where S3 is, for a store other than Amazon's; its buckets are then part of the path
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// Where KMS is
    #[arg(long, value_name = "URL")]
    pub(crate) kms_endpoint_url: Option<String>,
    /// The profile of ~/.aws/config and ~/.aws/credentials
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The region of bucket and KMS key
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Reach S3 and KMS without the AWS SDK, with the same settings; not for FIPS and dual-stack endpoints
    #[arg(long)]
    pub(crate) http: bool,
    /// Ask S3 without credentials, for public buckets
    #[arg(long)]
    pub(crate) no_sign_request: bool,
    /// Agree to pay for the requests
    #[arg(long)]
    pub(crate) request_payer: bool,
    /// The account that must own the bucket
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) expected_bucket_owner: Option<String>,
    /// Any other header of S3 for the verb's own request, such as x-amz-tagging=a=1; repeat it for more. The value of an SSE-C key is
    /// env:NAME or a file
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub(crate) header: Vec<(String, String)>,
}

/// What is stored beside an object, for people and programs that do not decrypt it.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Stored with the object, in the clear")]
pub(crate) struct Describing {
    /// An entry of the user metadata; repeat it for more
    #[arg(long, value_name = "K=V", value_parser = pair)]
    pub(crate) metadata: Vec<(String, String)>,
    /// Such as STANDARD_IA or GLACIER_IR
    #[arg(long, value_name = "CLASS")]
    pub(crate) storage_class: Option<String>,
    /// Such as text/plain
    #[arg(long, value_name = "TYPE")]
    pub(crate) content_type: Option<String>,
    /// Such as gzip, if the plaintext is compressed
    #[arg(long, value_name = "CODING")]
    pub(crate) content_encoding: Option<String>,
    /// Such as de or en-GB
    #[arg(long, value_name = "LANGUAGE")]
    pub(crate) content_language: Option<String>,
    /// Such as 'attachment; filename=a.txt'
    #[arg(long, value_name = "TEXT")]
    pub(crate) content_disposition: Option<String>,
    /// Such as max-age=3600
    #[arg(long, value_name = "TEXT")]
    pub(crate) cache_control: Option<String>,
    /// Such as 'Wed, 21 Oct 2026 07:28:00 GMT'
    #[arg(long, value_name = "DATE")]
    pub(crate) expires: Option<String>,
}

impl Describing {
    /// The headers, by name.
    pub(crate) fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("x-amz-storage-class", &self.storage_class),
            ("content-type", &self.content_type),
            ("content-encoding", &self.content_encoding),
            ("content-language", &self.content_language),
            ("content-disposition", &self.content_disposition),
            ("cache-control", &self.cache_control),
            ("expires", &self.expires),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value.as_deref()?)))
    }
}

/// Several objects.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Many {
    /// Take every object below the name, as if it were a folder
    #[arg(short, long)]
    pub(crate) recursive: bool,
    /// Take *, ?, [ and { in names as they are; without it they are a pattern, in which * stays inside a folder and **/ stands for
    /// folders of any depth
    #[arg(long)]
    pub(crate) no_glob: bool,
    #[command(flatten)]
    pub(crate) jobs: Jobs,
}

/// Several objects at once.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Jobs {
    /// How many objects are worked on at once
    #[arg(long = "jobs", value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(crate) count: u8,
}
