//! Downloads an encrypted object through its URL, presigned or public, and writes it once it is verified.
//!
//! `download URL FILE`, with the wrapping key as hexadecimal digits in `CSE_KEY`.
#![allow(clippy::std_instead_of_alloc, clippy::std_instead_of_core, reason = "a program with an operating system")]

use std::{env, error::Error, fs, io};

use cse_client::Client;
use cse_keys::AesKeyring;
use cse_reqwest::UrlTransport;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(url), Some(file), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("use: download URL FILE".into());
    };
    let key = key(&env::var("CSE_KEY")?).ok_or("CSE_KEY is not hexadecimal")?;
    let urls = UrlTransport::new(cse_reqwest::client_builder().build()?).url("object", &url)?;
    let object = Client::new(urls, AesKeyring::new(&key)?).get("", "object").send().await?;
    // The whole object is in memory, and verified, before the file is made.
    let plaintext = object.content.collect().await?;
    io::Write::write_all(&mut fs::File::create_new(file)?, &plaintext)?;
    Ok(())
}

fn key(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = digits.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let (pairs, []) = digits.as_ref()?.as_chunks() else { return None };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}
