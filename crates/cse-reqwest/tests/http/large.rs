//! Contents that are not sent from memory.

use bytes::Bytes;
use cse_client::{Body, Client, Config, Error, ReadMode};
use cse_keys::AesKeyring;
use futures_util::stream;

use crate::support::{s3, sandbox};

const CHUNK_LEN: usize = 100_000;

/// 1 MB in chunks, each with its number in it.
fn body() -> Body {
    let chunks = (0..10).map(|number| Ok::<_, Error>(Bytes::from(vec![number; CHUNK_LEN])));
    Body::from_stream(stream::iter(chunks), Some(1_000_000))
}

#[tokio::test]
async fn a_long_stream_goes_both_ways() {
    let sandbox = sandbox().await;
    let keyring = AesKeyring::new(&[7; 32]).unwrap();
    let config = Config::new().multipart_threshold(1000).read_mode(ReadMode::VerifiedTwice);
    let client = Client::new(s3(&sandbox), keyring).with_config(config);
    client.put("bucket", "put", body()).send().await.unwrap();
    let mut upload = client.upload("bucket", "upload").start().await.unwrap();
    let whole = body().collect().await.unwrap();
    for part in whole.chunks(300_001) {
        upload.upload_part(Bytes::copy_from_slice(part)).await.unwrap();
    }
    upload.complete().await.unwrap();
    for key in ["put", "upload"] {
        let object = client.get("bucket", key).send().await.unwrap();
        assert!(object.content.collect().await.unwrap() == whole, "{key}");
    }
}
