//! The wrappers as methods of the SDK's own builders.

use aws_sdk_s3::operation::{
    create_multipart_upload::builders::CreateMultipartUploadFluentBuilder,
    get_object::builders::GetObjectFluentBuilder, head_object::builders::HeadObjectFluentBuilder,
    put_object::builders::PutObjectFluentBuilder,
};

use crate::{
    client::Client,
    operations::{CreateMultipartUpload, GetObject, HeadObject, PutObject},
};

/// `.encrypt(&cse)` on the SDK's builders that write.
///
/// The request itself is sent by the SDK client that made the builder; requests that accompany it are sent by the one in `cse`.
///
/// ```no_run
/// # async fn put(s3: aws_sdk_s3::Client, cse: cse_aws_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use cse_aws_sdk::EncryptExt;
///
/// s3.put_object().bucket("bucket").key("key").body(b"hello".to_vec().into()).encrypt(&cse).send().await?;
/// # Ok(())
/// # }
/// ```
pub trait EncryptExt {
    /// The builder that encrypts.
    type Encrypted;

    /// Encrypts what this builder writes.
    fn encrypt(self, cse: &Client) -> Self::Encrypted;
}

/// `.decrypt(&cse)` on the SDK's builders that read.
///
/// ```no_run
/// # async fn get(s3: aws_sdk_s3::Client, cse: cse_aws_sdk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use cse_aws_sdk::DecryptExt;
///
/// let object = s3.get_object().bucket("bucket").key("key").decrypt(&cse).send().await?;
/// assert_eq!(object.body.collect().await?.to_vec(), b"hello");
/// # Ok(())
/// # }
/// ```
pub trait DecryptExt {
    /// The builder that decrypts.
    type Decrypted;

    /// Decrypts what this builder reads.
    fn decrypt(self, cse: &Client) -> Self::Decrypted;
}

impl EncryptExt for PutObjectFluentBuilder {
    type Encrypted = PutObject;

    fn encrypt(self, cse: &Client) -> PutObject {
        PutObject::new(cse.clone(), self)
    }
}

impl EncryptExt for CreateMultipartUploadFluentBuilder {
    type Encrypted = CreateMultipartUpload;

    fn encrypt(self, cse: &Client) -> CreateMultipartUpload {
        CreateMultipartUpload::new(cse.clone(), self)
    }
}

impl DecryptExt for GetObjectFluentBuilder {
    type Decrypted = GetObject;

    fn decrypt(self, cse: &Client) -> GetObject {
        GetObject::new(cse.clone(), self)
    }
}

impl DecryptExt for HeadObjectFluentBuilder {
    type Decrypted = HeadObject;

    fn decrypt(self, cse: &Client) -> HeadObject {
        HeadObject::new(cse.clone(), self)
    }
}
