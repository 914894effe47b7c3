//! Objects that real clients wrote, uploaded as they are and read through the adapter: whole, in ranges, streaming and verified; and
//! what must not read is refused.

mod fluent;
mod place;
mod reads;
mod refusals;

use cse_tests::case::{self, Case};
use futures_util::{StreamExt, stream};

use self::place::{Place, Vector};
use crate::service::Service;

/// Objects read at a time.
const CONCURRENCY: usize = 8;

/// Objects with header bytes that are not ASCII, which both services refuse to take.
const NOT_ASCII: usize = 15;

fn is_ascii(case: &Case) -> bool {
    case.header_bytes().iter().all(|(_, value)| value.is_ascii())
}

/// Reads every vector in every way, and fails with the list of what went wrong.
async fn check(place: Place, vectors: Vec<Vector>) {
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
    assert!(done.whole > 0 && done.streamed > 0 && done.ranges > 0 && done.refused > 0 && done.fluent > 0, "{done:?}");
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
}

impl Done {
    fn add(&mut self, other: &Self) {
        self.whole += other.whole;
        self.streamed += other.streamed;
        self.ranges += other.ranges;
        self.outside += other.outside;
        self.refused += other.refused;
        self.fluent += other.fluent;
    }
}

async fn on_a_service(service: &Service) {
    let cases: Vec<_> = case::all().into_iter().filter(is_ascii).collect();
    assert!(!case::is_default_folder() || cases.len() == 423 - NOT_ASCII, "{} objects", cases.len());
    let place = Place::of(service);
    let vectors = place.upload(cases).await;
    check(place, vectors).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_reads_on_the_sandbox() {
    on_a_service(&Service::sandbox().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_object_reads_on_moto() {
    on_a_service(&Service::moto()).await;
}

/// S3 stores such bytes, and answers with them.
#[tokio::test(flavor = "multi_thread")]
async fn objects_with_other_header_bytes_than_ascii_read_from_a_server_that_keeps_them() {
    let cases: Vec<_> = case::all().into_iter().filter(|case| !is_ascii(case)).collect();
    assert!(!case::is_default_folder() || cases.len() == NOT_ASCII, "{} objects", cases.len());
    let vectors: Vec<_> = cases.into_iter().map(Vector::new).collect();
    check(Place::scripted(&vectors), vectors).await;
}
