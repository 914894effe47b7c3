//! Where vectors lie, and how they came there.

use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use cse_aws_sdk::SdkTransport;
use cse_client::{Client, Config};
use cse_envelope::ReadPolicy;
use cse_keys::Keyring;
use cse_tests::{
    case::Case,
    header_bytes::{self, Objects, StoredObject},
};
use futures_util::{StreamExt, stream};

use super::CONCURRENCY;
use crate::service::{Service, s3_of_anybody};

/// A bucket with vectors in it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    s3: aws_sdk_s3::Client,
    pub(crate) bucket: String,
}

/// A vector with the key it lies under.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub(crate) case: Case,
    pub(crate) key: String,
    pub(crate) plaintext: Arc<[u8]>,
}

impl Vector {
    pub(crate) fn new(case: Case) -> Self {
        Self { key: format!("vectors/{}", case.name()), plaintext: case.plaintext().into(), case }
    }
}

impl Place {
    /// The bucket of a service, as its administrator sees it.
    pub(crate) fn of(service: &Service) -> Self {
        Self { s3: service.s3(&service.administrator), bucket: service.bucket.clone() }
    }

    /// A server that serves exactly these.
    pub(crate) fn scripted(vectors: &[Vector]) -> Self {
        let url = header_bytes::start(vectors.iter().flat_map(stored).collect::<Objects>()).unwrap();
        Self { s3: s3_of_anybody(&url), bucket: "bucket".to_owned() }
    }

    /// Puts them as they are, without the adapter.
    pub(crate) async fn upload(&self, cases: Vec<Case>) -> Vec<Vector> {
        let puts = stream::iter(cases).map(|case| async {
            let vector = Vector::new(case);
            for (key, object) in stored(&vector) {
                self.put(&key, object).await;
            }
            vector
        });
        puts.buffer_unordered(CONCURRENCY).collect().await
    }

    async fn put(&self, key: &str, object: StoredObject) {
        let text = |value| String::from_utf8(value).unwrap();
        let metadata = object.metadata.into_iter().map(|(name, value)| (name, text(value)));
        let put = self.s3.put_object().bucket(&self.bucket).key(key).set_metadata(Some(metadata.collect()));
        put.body(ByteStream::from(object.body)).send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
    }

    /// A client with these keys that reads what this policy allows.
    pub(crate) fn client(&self, keyring: Arc<dyn Keyring>, policy: ReadPolicy) -> Client {
        Client::new(SdkTransport::new(&self.s3), keyring).with_config(Config::new().read_policy(policy))
    }

    /// The same with the SDK's builders.
    pub(crate) fn fluent(&self, keyring: Arc<dyn Keyring>, config: Config) -> cse_aws_sdk::Client {
        cse_aws_sdk::Client::new(&self.s3, keyring).with_config(config)
    }
}

/// The object and its instruction files, with their keys.
fn stored(vector: &Vector) -> Vec<(String, StoredObject)> {
    let Vector { case, key, .. } = vector;
    let object = StoredObject { metadata: case.header_bytes(), body: case.ciphertext() };
    let files = case.stored_files().into_iter().map(|(suffix, body)| {
        let metadata = vec![("x-amz-crypto-instr-file".to_owned(), Vec::new())];
        (format!("{key}{suffix}"), StoredObject { metadata, body: body.into_bytes() })
    });
    [(key.clone(), object)].into_iter().chain(files).collect()
}
