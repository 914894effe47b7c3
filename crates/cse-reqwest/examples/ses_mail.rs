//! Reads a mail that Amazon SES encrypted and stored (receipt rule, S3 action with a KMS key).
//!
//! `ses_mail REGION BUCKET KEY`, with AWS credentials where AWS's tools look for them.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program with an operating system")]

use std::{env, error::Error, io};

use cse_client::{Client, Config, Transport};
use cse_envelope::{CommitmentPolicy, ReadPolicy, danger};
use cse_keys::{ExpectedContext, KmsApi, KmsKeyring};
use cse_reqwest::{Credentials, Kms, ReqwestTransport};

/// A client for SES's objects: V2 with the old wrap `kms`, content in AES-GCM, so it is verified.
pub(crate) fn client(s3: impl Transport, kms: impl KmsApi) -> Client {
    let policy = danger::allow_legacy(ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt));
    // SES chose the key, perhaps its own `alias/aws/ses`.
    Client::new(s3, KmsKeyring::discovery(kms)).with_config(Config::new().read_policy(policy))
}

/// The mail, as it was received.
pub(crate) async fn mail(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, cse_client::Error> {
    // The context names the message, which the reader cannot know before.
    let get = client.get(bucket, key).expected_context(ExpectedContext::AcceptStored);
    Ok(get.send().await?.content.collect().await?.into())
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "a test uses the rest")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(region), Some(bucket), Some(key)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("use: ses_mail REGION BUCKET KEY".into());
    };
    let http = cse_reqwest::client_builder().build()?;
    let credentials = Credentials::default_chain(&http);
    let s3 = ReqwestTransport::new(http.clone(), &region).credentials(credentials.clone());
    let mail = mail(&client(s3, Kms::new(http, region, credentials)), &bucket, &key).await?;
    io::Write::write_all(&mut io::stdout(), &mail)?;
    Ok(())
}
