//! Where vectors lie, how they came there, and by what they are read.

use core::time::Duration;
use std::{collections::BTreeMap, sync::Arc};

use aws_sdk_s3::primitives::ByteStream;
use cse_client::{Client, Config, ObjectLocation, Transport};
use cse_envelope::{ByteRange, ReadPolicy};
use cse_keys::Keyring;
use cse_reqwest::UrlTransport;
use cse_tests::{
    case::Case,
    header_bytes::{Objects, StoredObject},
    moto::User,
};
use futures_util::{StreamExt, stream};

use super::CONCURRENCY;
use crate::service::{Adapter, Server};

/// Longer than any test.
const VALID_FOR: Duration = Duration::from_secs(60 * 60);

/// What follows the key of an instruction file that nobody wrote.
pub(crate) const MISSING_SUFFIX: &str = ".not-there";

/// A bucket with vectors in it, as one way to read reaches it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    transport: Arc<dyn Transport>,
    pub(crate) bucket: String,
    pub(crate) also: Also,
    /// Whether a suffix longer than the object is the whole, as with S3, or status 416.
    long_suffixes: bool,
}

/// What this way to read offers besides its transport.
#[derive(Clone, Debug)]
pub(crate) enum Also {
    Nothing,
    /// The builders that mirror the SDK's.
    Builders(aws_sdk_s3::Client),
    /// Answers that are fetched by hand.
    Answers(Urls),
}

/// The URL of each key, and a client to fetch it.
#[derive(Clone, Debug)]
pub(crate) struct Urls {
    server: Server,
    by_key: Arc<BTreeMap<String, String>>,
}

impl Urls {
    /// Knows nothing to read.
    pub(crate) fn no_transport(&self) -> UrlTransport {
        self.server.url_transport()
    }

    pub(crate) async fn fetch(&self, key: &str, range: Option<&str>) -> reqwest::Response {
        let request = self.server.http.get(&self.by_key[key]);
        range.into_iter().fold(request, |request, range| request.header("range", range)).send().await.unwrap()
    }
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
    /// As an adapter reads with requests that this user signs.
    pub(crate) fn signed(server: &Server, adapter: Adapter, user: &User, bucket: &str) -> Self {
        let also = match adapter {
            Adapter::Sdk => Also::Builders(server.s3(user)),
            Adapter::Http => Also::Nothing,
        };
        Self { transport: server.transport(adapter, user), bucket: bucket.to_owned(), also, long_suffixes: true }
    }

    /// As somebody reads who has URLs that this user signed, and nothing else.
    pub(crate) async fn presigned(server: &Server, user: &User, bucket: &str, vectors: &[Vector]) -> Self {
        let (signing, mut urls) = (server.http_transport(user), BTreeMap::new());
        for key in keys(vectors) {
            let location = ObjectLocation::new(bucket, &key);
            urls.insert(key, signing.presign_get(&location, VALID_FOR).await.unwrap().into());
        }
        Self::by_urls(server, urls)
    }

    /// As somebody reads for whom everything is public.
    pub(crate) fn public(server: &Server, bucket: &str, vectors: &[Vector]) -> Self {
        let url = |key: String| (key.clone(), format!("{}/{bucket}/{key}", server.url));
        Self::by_urls(server, keys(vectors).map(url).collect())
    }

    fn by_urls(server: &Server, urls: BTreeMap<String, String>) -> Self {
        let transport = urls.iter().fold(server.url_transport(), |urls, (key, url)| urls.url(key, url).unwrap());
        let also = Also::Answers(Urls { server: server.clone(), by_key: Arc::new(urls) });
        Self { transport: Arc::new(transport), bucket: String::new(), also, long_suffixes: true }
    }

    /// In a store that refuses suffixes longer than the object.
    pub(crate) fn without_long_suffixes(self) -> Self {
        Self { long_suffixes: false, ..self }
    }

    /// Whether this range of an object of that length is status 416 here and not with S3.
    pub(crate) fn refuses(&self, range: ByteRange, stored_len: usize) -> bool {
        let text = range.to_string();
        let suffix_len = text.strip_prefix("bytes=-").and_then(|len| len.parse::<usize>().ok());
        !self.long_suffixes && suffix_len.is_some_and(|len| len > stored_len)
    }

    /// A client with these keys that reads what this policy allows.
    pub(crate) fn client(&self, keyring: Arc<dyn Keyring>, policy: ReadPolicy) -> Client {
        Client::new(Arc::clone(&self.transport), keyring).with_config(Config::new().read_policy(policy))
    }
}

/// Puts vectors as they are, past the adapters.
pub(crate) async fn upload(s3: &aws_sdk_s3::Client, bucket: &str, cases: Vec<Case>) -> Vec<Vector> {
    let puts = stream::iter(cases).map(|case| async {
        let vector = Vector::new(case);
        for (key, object) in stored(&vector) {
            put(s3, bucket, &key, object).await;
        }
        vector
    });
    puts.buffer_unordered(CONCURRENCY).collect().await
}

async fn put(s3: &aws_sdk_s3::Client, bucket: &str, key: &str, object: StoredObject) {
    let text = |value| String::from_utf8(value).unwrap();
    let metadata = object.metadata.into_iter().map(|(name, value)| (name, text(value)));
    let put = s3.put_object().bucket(bucket).key(key).set_metadata(Some(metadata.collect()));
    put.body(ByteStream::from(object.body)).send().await.unwrap_or_else(|error| panic!("{key}: {error:?}"));
}

/// All that is stored, by key.
pub(crate) fn objects(vectors: &[Vector]) -> Objects {
    vectors.iter().flat_map(stored).collect()
}

/// Whatever a reader may ask for; also what is not there, so that the server says so.
fn keys(vectors: &[Vector]) -> impl Iterator<Item = String> {
    let missing = |vector: &Vector| [".instruction", MISSING_SUFFIX].map(|suffix| format!("{}{suffix}", vector.key));
    vectors.iter().flat_map(move |vector| stored(vector).into_iter().map(|(key, _)| key).chain(missing(vector)))
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
