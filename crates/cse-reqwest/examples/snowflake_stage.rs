//! Reads a file from a Snowflake stage that is encrypted on the client's side (`TYPE = 'AWS_CSE'`).
//!
//! `snowflake_stage REGION BUCKET KEY`, with the stage's MASTER_KEY in `MASTER_KEY` and AWS credentials where AWS's tools look for
//! them.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program with an operating system")]

use std::{env, error::Error, io};

use base64::{Engine, prelude::BASE64_STANDARD};
use cse_client::{Client, Config, Content, Transport, danger};
use cse_envelope::{CommitmentPolicy, ReadPolicy};
use cse_keys::AesKeyring;
use cse_reqwest::{Credentials, ReqwestTransport};

/// A client for Snowflake's objects: V1, the data key wrapped in AES-ECB by the master key, content in AES-CBC.
pub(crate) fn client(s3: impl Transport, master_key: &str) -> Result<Client, Box<dyn Error>> {
    let keyring = AesKeyring::new(&BASE64_STANDARD.decode(master_key)?)?;
    let policy = ReadPolicy::new(CommitmentPolicy::RequireEncryptAllowDecrypt);
    let policy = cse_envelope::danger::allow_legacy(policy);
    Ok(Client::new(s3, keyring).with_config(Config::new().read_policy(policy)))
}

/// The file's bytes, which nothing authenticates: whoever can write to the bucket can change them.
pub(crate) async fn file(client: &Client, bucket: &str, key: &str) -> Result<Vec<u8>, cse_client::Error> {
    let object = danger::accept_cbc(client.get(bucket, key)).send().await?;
    let body = match object.content {
        Content::Verified(body) => body,
        Content::Unauthenticated(body) | Content::Plain(body) => danger::accept_unauthenticated(body),
    };
    Ok(body.collect().await?.into())
}

#[tokio::main(flavor = "current_thread")]
#[allow(dead_code, reason = "a test uses the rest")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(region), Some(bucket), Some(key)) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("use: snowflake_stage REGION BUCKET KEY".into());
    };
    let http = cse_reqwest::client_builder().build()?;
    let s3 = ReqwestTransport::new(http.clone(), region).credentials(Credentials::default_chain(&http));
    let file = file(&client(s3, &env::var("MASTER_KEY")?)?, &bucket, &key).await?;
    io::Write::write_all(&mut io::stdout(), &file)?;
    Ok(())
}
