//! Objects that real clients wrote, uploaded as they are and read through each adapter: whole, in ranges, streaming and verified; and
//! what must not read is refused.

mod answers;
mod fluent;
pub(crate) mod place;
mod reads;
mod refusals;

use cse_tests::{
    case::{self, Case},
    header_bytes,
    moto::User,
};
use futures_util::{StreamExt, stream};

use self::place::{Also, Place, Vector};
use crate::service::{Adapter, Server, Service, on_both};

on_both! {
    on_a_service => every_object_reads;
}

/// Objects read at a time.
const CONCURRENCY: usize = 8;

/// Objects with header bytes that are not ASCII, which the sandbox and moto refuse to take.
const NOT_ASCII: usize = 15;

fn is_ascii(case: &Case) -> bool {
    case.header_bytes().iter().all(|(_, value)| value.is_ascii())
}

/// Reads every vector in every way, and fails with the list of what went wrong.
async fn check(place: &Place, vectors: Vec<Vector>) {
    let others = refusals::Others::new(&vectors);
    let (objects, mut done, mut failures) = (vectors.len(), Done::default(), Vec::new());
    let tasks = stream::iter(vectors).map(|vector| {
        let (place, others) = (place.clone(), others.clone());
        tokio::spawn(async move {
            let mut done = Done::default();
            for reading in vector.case.readings() {
                let read = reads::every_way(&place, &vector, &reading, &mut done).await;
                let refused = match read {
                    Ok(()) => refusals::each(&place, &vector, &reading, &others, &mut done).await,
                    Err(error) => Err(error),
                };
                refused.map_err(|error| format!("{}: {error}", reading.name))?;
            }
            Ok::<_, String>(done)
        })
    });
    let mut tasks = tasks.buffer_unordered(CONCURRENCY);
    while let Some(ended) = tasks.next().await {
        match ended.unwrap() {
            Ok(more) => done.add(&more),
            Err(failure) => failures.push(failure),
        }
    }
    println!("{objects} objects: {done:?}");
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
    assert!(done.is_complete(&place.also), "{done:?}");
}

/// How much was tried.
#[derive(Clone, Debug, Default)]
struct Done {
    whole: usize,
    streamed: usize,
    ranges: usize,
    outside: usize,
    refused: usize,
    fluent: usize,
    answers: usize,
}

impl Done {
    fn add(&mut self, other: &Self) {
        self.whole += other.whole;
        self.streamed += other.streamed;
        self.ranges += other.ranges;
        self.outside += other.outside;
        self.refused += other.refused;
        self.fluent += other.fluent;
        self.answers += other.answers;
    }

    /// Whether something was tried of everything that there is.
    fn is_complete(&self, also: &Also) -> bool {
        let tried = self.whole > 0 && self.streamed > 0 && self.ranges > 0 && self.refused > 0;
        tried
            && match also {
                Also::Nothing => true,
                Also::Builders(_) => self.fluent > 0,
                Also::Answers(_) => self.answers > 0,
            }
    }
}

fn ascii_cases() -> Vec<Case> {
    let cases: Vec<_> = case::all().into_iter().filter(is_ascii).collect();
    assert!(!case::is_default_folder() || cases.len() == 423 - NOT_ASCII, "{} objects", cases.len());
    cases
}

async fn on_a_service(service: &Service) {
    let place = Place::signed(&service.server, service.adapter, &service.administrator, &service.bucket);
    by_signed_requests(&service.s3(), place).await;
}

/// Every object that services take, put into this place and read from it.
pub(crate) async fn by_signed_requests(s3: &aws_sdk_s3::Client, place: Place) {
    let vectors = place::upload(s3, &place.bucket, ascii_cases()).await;
    check(&place, vectors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_reads_by_presigned_url_on_the_sandbox() {
    let service = Service::sandbox(Adapter::Http).await;
    let vectors = place::upload(&service.s3(), &service.bucket, ascii_cases()).await;
    let place = Place::presigned(&service.server, &service.administrator, &service.bucket, &vectors).await;
    check(&place, vectors).await;
}

/// S3 stores such bytes, and answers with them.
#[tokio::test(flavor = "multi_thread")]
async fn objects_with_other_header_bytes_than_ascii_read_from_a_server_that_keeps_them() {
    let cases: Vec<_> = case::all().into_iter().filter(|case| !is_ascii(case)).collect();
    assert!(!case::is_default_folder() || cases.len() == NOT_ASCII, "{} objects", cases.len());
    let vectors: Vec<_> = cases.into_iter().map(Vector::new).collect();
    let server = Server::new(header_bytes::start(place::objects(&vectors)).unwrap(), "us-east-1");
    let anybody = User { access_key: "anybody".to_owned(), secret_key: "anything".to_owned() };
    for adapter in [Adapter::Sdk, Adapter::Http] {
        check(&Place::signed(&server, adapter, &anybody, "bucket"), vectors.clone()).await;
    }
    check(&Place::public(&server, "bucket", &vectors), vectors).await;
}
