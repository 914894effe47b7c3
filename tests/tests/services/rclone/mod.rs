//! rclone's S3 server, an awkward store: metadata names in canonical case, checksums of the whole object on parts of it, conditions
//! that are not looked at. A wrong answer must end in an error or in the right plaintext.
//!
//! `-- --skip rclone` leaves it out.

mod lacks;
mod objects;

use std::sync::Arc;

use cse_client::{Client, Transport};
use cse_keys::AesKeyring;
use cse_tests::{moto::User, rclone::rclone};

use crate::{
    conformance::{conforms, settings},
    service::{Adapter, Server, by_both},
    vectors::{by_signed_requests, place::Place},
};

/// The rclone of this program, as one of our adapters reaches it.
struct Store {
    adapter: Adapter,
    server: Server,
    user: User,
}

impl Store {
    /// The SDK is set up as such stores need it: without the checksums that it adds and compares unasked.
    async fn rclone(adapter: Adapter) -> Self {
        let rclone = rclone();
        let server = Server::new(&*rclone.url, &*rclone.region).without_checksums();
        Self { adapter, server, user: rclone.user.clone() }
    }

    /// A bucket for this adapter.
    async fn bucket(&self, name: &str) -> String {
        let bucket = format!("{name}-{}", self.adapter.name());
        self.server.s3(&self.user).create_bucket().bucket(&bucket).send().await.unwrap();
        bucket
    }

    fn transport(&self) -> Arc<dyn Transport> {
        self.server.transport(self.adapter, &self.user)
    }

    fn client(&self, key: u8) -> Client {
        Client::new(self.transport(), keyring(key))
    }
}

/// A key that others can be told from.
fn keyring(key: u8) -> AesKeyring {
    AesKeyring::new(&[key; 32]).unwrap()
}

mod the_adapter_conforms {
    super::by_both!(super::Store::rclone, super::conformance);
}

mod every_object_reads {
    super::by_both!(super::Store::rclone, super::vectors);
}

async fn conformance(store: &Store) {
    let bucket = store.bucket("conformance").await;
    let lacks = match store.adapter {
        Adapter::Sdk => lacks::BY_SDK,
        Adapter::Http => lacks::BY_HTTP,
    };
    conforms(store.transport(), &bucket, settings(), &lacks, |_| true).await;
}

async fn vectors(store: &Store) {
    let bucket = store.bucket("vectors").await;
    let place = Place::signed(&store.server, store.adapter, &store.user, &bucket);
    by_signed_requests(&store.server.s3(&store.user), place.without_long_suffixes()).await;
}
