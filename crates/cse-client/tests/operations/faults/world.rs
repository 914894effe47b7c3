//! A store with an older object, and the operations that meet it.

use std::fs;

use bytes::Bytes;
use cse_client::{
    Client, Config, Error, MemoryTransport, ObjectLocation, ReadMode, danger, memory::StoredObject, transfer,
};
use cse_envelope::{ByteRange, KeyPlacement};
use cse_keys::AesKeyring;
use futures_util::TryStreamExt;
use tempfile::TempDir;

use crate::{
    altered::Altered,
    support::{BUCKET, client, config, contents, keyring, known, store, unknown},
};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Op {
    Put,
    PutStreamed,
    Upload,
    TransferUp,
    TransferUnknown,
    Copy,
    CopyParts,
    Rewrap,
    Delete,
    DeleteMany,
    Get,
    GetTwice,
    GetSpooled,
    Stream,
    Range,
    Download,
    Spooled,
}

/// What came of an operation.
pub(crate) enum Outcome {
    /// What was released, and how it ended.
    Read(Bytes, Result<(), Error>),
    File(Result<(), Error>),
    Written(Result<(), Error>),
    Rewrapped(Result<(), Error>),
    /// Whether the object went, by the operation's word.
    Deleted(Result<bool, Error>),
}

pub(crate) const RANGE: &str = "bytes=10-69";
const PART_LEN: u64 = 40;

impl Op {
    /// Whether it writes an object.
    pub(crate) const fn writes(self) -> bool {
        matches!(
            self,
            Self::Put
                | Self::PutStreamed
                | Self::Upload
                | Self::TransferUp
                | Self::TransferUnknown
                | Self::Copy
                | Self::CopyParts
        )
    }

    const fn new_len(self) -> usize {
        match self {
            Self::Copy | Self::CopyParts => 1,
            Self::Put => 90,
            _ => 130,
        }
    }
}

/// What a store holds before, made once.
pub(crate) struct Template {
    op: Op,
    old: Vec<(&'static str, StoredObject)>,
    source: Vec<(&'static str, StoredObject)>,
}

impl Template {
    pub(crate) async fn new(placement: KeyPlacement, op: Op) -> Self {
        // What is rewrapped has an instruction file in any case.
        let placement = if op == Op::Rewrap { KeyPlacement::InstructionFile } else { placement };
        let store = store();
        let client = client(&store);
        for (key, bytes) in [("key", old()), ("source", new(op))] {
            client.put(BUCKET, key, bytes).key_placement(placement).send().await.unwrap();
        }
        let stored = |keys: [&'static str; 2]| -> Vec<_> {
            keys.into_iter().filter_map(|key| store.stored(BUCKET, key).map(|object| (key, object))).collect()
        };
        let source =
            if matches!(op, Op::Copy | Op::CopyParts) { stored(["source", "source.instruction"]) } else { Vec::new() };
        Self { op, old: stored(["key", "key.instruction"]), source }
    }

    pub(crate) fn world(&self, placement: KeyPlacement, has_old: bool) -> World {
        let store = store();
        let old = self.old.iter().filter(|_| has_old);
        for (key, object) in old.chain(&self.source) {
            store.put_raw(BUCKET, key, object.bytes.clone(), object.metadata.clone());
        }
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "older").unwrap();
        World { client: client(&store), store, placement, new: new(self.op), dir }
    }
}

/// The object that is there before.
pub(crate) fn old() -> Bytes {
    contents(100)
}

/// What is written.
fn new(op: Op) -> Bytes {
    contents(op.new_len() + 50).slice(50..)
}

pub(crate) struct World {
    pub(crate) store: MemoryTransport,
    pub(crate) client: Client,
    pub(crate) placement: KeyPlacement,
    pub(crate) new: Bytes,
    pub(crate) dir: TempDir,
}

impl World {
    pub(crate) async fn run(&self, op: Op) -> Outcome {
        match op {
            Op::Put | Op::PutStreamed => Outcome::Written(self.put().await),
            Op::Upload => Outcome::Written(self.upload().await),
            Op::TransferUp | Op::TransferUnknown => Outcome::Written(self.transfer(op == Op::TransferUp).await),
            Op::Copy => Outcome::Written(self.copy(&self.client).await),
            Op::CopyParts => {
                let gigantic = Client::new(Altered::gigantic(&self.store), keyring()).with_config(config());
                Outcome::Written(self.copy(&gigantic).await)
            }
            Op::Rewrap => Outcome::Rewrapped(self.client.rewrap(BUCKET, "key", new_keyring()).send().await.map(drop)),
            Op::Delete => Outcome::Deleted(self.client.delete(location("key")).send().await.map(|_| true)),
            Op::DeleteMany => Outcome::Deleted(self.delete_many().await),
            Op::Get => self.get(config()).await,
            Op::GetTwice => self.get(config().read_mode(ReadMode::VerifiedTwice)).await,
            Op::GetSpooled => self.get(config().read_mode(ReadMode::VerifiedSpooled { dir: None })).await,
            Op::Stream => {
                read(
                    danger::stream(self.client.get(BUCKET, "key"))
                        .send()
                        .await
                        .map(|it| it.map(danger::accept_unauthenticated)),
                )
                .await
            }
            Op::Range => {
                let range: ByteRange = RANGE.parse().unwrap();
                let range = danger::range(self.client.get(BUCKET, "key"), range).send().await;
                read(range.map(|it| it.map(danger::accept_unauthenticated))).await
            }
            Op::Download => Outcome::File(self.download().to_file(self.dir.path().join("file")).await.map(drop)),
            Op::Spooled => read(self.download().spooled(Some(self.dir.path().to_owned())).await).await,
        }
    }

    async fn put(&self) -> Result<(), Error> {
        let put = self.client.put(BUCKET, "key", known(&self.new, 9)).key_placement(self.placement);
        put.overwrite_instruction_file().send().await.map(drop)
    }

    async fn upload(&self) -> Result<(), Error> {
        let start = self.client.upload(BUCKET, "key").key_placement(self.placement);
        let mut upload = start.overwrite_instruction_file().start().await?;
        for part in self.new.chunks(40) {
            upload.upload_part(Bytes::copy_from_slice(part)).await?;
        }
        upload.complete().await.map(drop)
    }

    async fn transfer(&self, is_known: bool) -> Result<(), Error> {
        let body = if is_known { known(&self.new, 9) } else { unknown(&self.new, 9) };
        let upload = transfer::upload(&self.client, BUCKET, "key").part_len(PART_LEN).concurrency(2);
        upload.key_placement(self.placement).overwrite_instruction_file().send_body(body).await.map(drop)
    }

    async fn copy(&self, client: &Client) -> Result<(), Error> {
        client.copy(location("source"), BUCKET, "key").overwrite_instruction_file().send().await.map(drop)
    }

    async fn delete_many(&self) -> Result<bool, Error> {
        let deleted = self.client.delete_many(BUCKET, ["key"]).send().await?;
        Ok(deleted.iter().all(|deleted| deleted.object.is_ok()))
    }

    async fn get(&self, config: Config) -> Outcome {
        read(self.client.clone().with_config(config).get(BUCKET, "key").send().await).await
    }

    fn download(&self) -> transfer::Download {
        transfer::download(&self.client, location("key")).part_len(PART_LEN).concurrency(2)
    }

    /// What is read under the key now that nothing goes wrong any more.
    pub(crate) async fn now(&self) -> Result<Bytes, Error> {
        crate::support::read(&self.client, "key").await
    }

    /// The same with the key of a rewrap.
    pub(crate) async fn now_with_the_new_key(&self) -> Result<Bytes, Error> {
        crate::support::read(&Client::new(self.store.clone(), new_keyring()), "key").await
    }
}

fn new_keyring() -> AesKeyring {
    AesKeyring::new(&[8; 32]).unwrap()
}

fn location(key: &str) -> ObjectLocation {
    ObjectLocation::new(BUCKET, key)
}

/// Reads a stream to its end, whatever that is.
async fn read(object: Result<cse_client::Object<cse_client::Body>, Error>) -> Outcome {
    let mut content = match object {
        Ok(object) => object.content,
        Err(error) => return Outcome::Read(Bytes::new(), Err(error)),
    };
    let mut all = Vec::new();
    loop {
        match content.try_next().await {
            Ok(Some(chunk)) => all.extend_from_slice(&chunk),
            Ok(None) => return Outcome::Read(all.into(), Ok(())),
            Err(error) => return Outcome::Read(all.into(), Err(error)),
        }
    }
}
