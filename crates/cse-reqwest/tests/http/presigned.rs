//! URLs instead of credentials, on the sandbox.

use std::time::Duration;

use cse_client::{
    Body, Client, Config, ErrorKind, Metadata, ObjectLocation, ReadMode, Transport, danger,
    transport::{HeadObject, PutObject, TransportErrorKind},
};
use cse_envelope::KeyPlacement;
use cse_keys::AesKeyring;
use cse_reqwest::{PreparedPut, UrlTransport, object_response};
use cse_sandbox::Sandbox;

use crate::support::{http, object, s3, sandbox};

const MINUTE: Duration = Duration::from_secs(60);

fn keyring() -> AesKeyring {
    AesKeyring::new(&[7; 32]).unwrap()
}

fn signing(sandbox: &Sandbox) -> Client {
    Client::new(s3(sandbox), keyring())
}

fn unsigned() -> Client {
    Client::new(UrlTransport::new(http()), keyring())
}

async fn presigned(sandbox: &Sandbox, key: &str) -> String {
    s3(sandbox).presign_get(&ObjectLocation::new("bucket", key), MINUTE).await.unwrap().into()
}

#[tokio::test]
async fn an_answer_is_decrypted() {
    let sandbox = sandbox().await;
    signing(&sandbox).put("bucket", "a/../b c", "hello world").send().await.unwrap();
    let url = presigned(&sandbox, "a/../b c").await;
    let response = async || object_response(http().get(&url).send().await.unwrap()).await.unwrap();

    let object = unsigned().get("", "x").decrypt(response().await).await.unwrap();
    assert_eq!(object.content.collect().await.unwrap(), "hello world");

    let object = danger::stream(unsigned().get("", "x")).decrypt(response().await).await.unwrap();
    assert_eq!(danger::accept_unauthenticated(object.content).collect().await.unwrap(), "hello world");

    let read = danger::range(unsigned().get("", "x"), "bytes=-5".parse().unwrap());
    let range = read.stored_range().to_string();
    let part = http().get(&url).header("range", range).send().await.unwrap();
    let object = read.decrypt(object_response(part).await.unwrap()).await.unwrap();
    assert_eq!(object.attributes.content_range.unwrap().to_string(), "bytes 6-10/11");
    assert_eq!(danger::accept_unauthenticated(object.content).collect().await.unwrap(), "world");
}

#[tokio::test]
async fn what_is_not_an_object_is_an_error() {
    let sandbox = sandbox().await;
    let missing = http().get(presigned(&sandbox, "missing").await).send().await.unwrap();
    let error = object_response(missing).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (TransportErrorKind::NotFound, Some("NoSuchKey")));
    let changed = presigned(&sandbox, "missing").await.replace("X-Amz-Expires=60", "X-Amz-Expires=600");
    let error = object_response(http().get(changed).send().await.unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::AccessDenied);
    s3(&sandbox).put_object(PutObject::new(object(), "plain".into())).await.unwrap();
    let plain = http().get(presigned(&sandbox, "key").await).send().await.unwrap();
    let error = unsigned().get("", "x").decrypt(object_response(plain).await.unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoEnvelope);
}

#[tokio::test]
async fn known_urls_are_read_in_every_mode() {
    let sandbox = sandbox().await;
    let config = Config::new().key_placement(KeyPlacement::InstructionFile);
    signing(&sandbox).with_config(config).put("bucket", "key", "hello world").send().await.unwrap();
    let (object, file) = (presigned(&sandbox, "key").await, presigned(&sandbox, "key.instruction").await);
    let urls = UrlTransport::new(http()).url("key", &object).unwrap();
    let without = Client::new(urls.clone(), keyring());
    assert_eq!(without.get("", "key").send().await.unwrap_err().kind(), ErrorKind::MissingInstructionFile);

    let urls = urls.url("key.instruction", &file).unwrap();
    let modes = [ReadMode::default(), ReadMode::VerifiedTwice, ReadMode::VerifiedSpooled { dir: None }];
    for mode in modes {
        let client = Client::new(urls.clone(), keyring()).with_config(Config::new().read_mode(mode));
        let object = client.get("", "key").send().await.unwrap();
        assert_eq!(object.content.collect().await.unwrap(), "hello world");
    }
    let client = Client::new(urls.clone(), keyring());
    let object = danger::range(client.get("", "key"), "bytes=0-4".parse().unwrap()).send().await.unwrap();
    assert_eq!(danger::accept_unauthenticated(object.content).collect().await.unwrap(), "hello");
    assert_eq!(client.head(ObjectLocation::new("", "key")).send().await.unwrap().attributes.content_len, Some(11));

    assert_eq!(client.get("", "unknown").send().await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(client.put("", "key", "new").send().await.unwrap_err().kind(), ErrorKind::Transport);
    assert!(!format!("{urls:?}").contains("Signature"));
    assert!(UrlTransport::new(http()).url("key", "file:///etc/passwd").is_err());
    // A fragment is not sent, and the URL stays the same without it.
    let marked = format!("{}#page=2", presigned(&sandbox, "key").await);
    let marked = UrlTransport::new(http()).url("key", &marked).unwrap();
    assert_eq!(
        marked.head_object(HeadObject::new(ObjectLocation::new("", "key"))).await.unwrap().content_len,
        Some(27)
    );
}

async fn prepared(len: u64) -> PreparedPut {
    let metadata = Metadata::from_iter([("colour", "red  and   blue"), ("umlaut", "\u{fc}")]);
    PreparedPut::new(unsigned().prepare_put(len).metadata(metadata).prepare().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_prepared_put_is_written_by_its_url() {
    let sandbox = sandbox().await;
    for streamed in [false, true] {
        let put = prepared(11).await;
        let url = s3(&sandbox).presign_put(&object(), put.headers(), MINUTE).await.unwrap();
        let request = http().put(url).headers(put.headers().clone());
        let request = match streamed {
            false => request.body(put.encrypt("hello world").unwrap()),
            true => request.body(put.encrypt_stream(Body::from("hello world"))),
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
        let object = signing(&sandbox).get("bucket", "key").send().await.unwrap();
        assert_eq!(object.attributes.metadata.text("colour"), Some("red  and   blue"));
        assert_eq!(object.content.collect().await.unwrap(), "hello world");
    }
}

#[tokio::test]
async fn an_instruction_file_is_written_by_its_url() {
    let sandbox = sandbox().await;
    let prepare = unsigned().prepare_put(11).key_placement(KeyPlacement::InstructionFile);
    let put = PreparedPut::new(prepare.prepare().await.unwrap()).unwrap();
    let file = put.instruction_file().unwrap().to_owned();
    let url = s3(&sandbox).presign_put_instruction_file(&object(), MINUTE).await.unwrap();
    let marker = ("x-amz-meta-x-amz-crypto-instr-file", "");
    let unmarked = http().put(url.clone()).body(file.clone()).send().await.unwrap();
    assert_eq!(unmarked.status().as_u16(), 403);
    let answer = http().put(url).header(marker.0, marker.1).body(file).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    let url = s3(&sandbox).presign_put(&object(), put.headers(), MINUTE).await.unwrap();
    let sent = http().put(url).headers(put.headers().clone()).body(put.encrypt("hello world").unwrap()).send();
    assert!(sent.await.unwrap().status().is_success());
    let object = signing(&sandbox).get("bucket", "key").send().await.unwrap();
    assert_eq!(object.content.collect().await.unwrap(), "hello world");
}

#[tokio::test]
async fn debug_shows_no_wrapped_key() {
    let put = prepared(11).await;
    let text = format!("{put:?}");
    assert!(text.contains("x-amz-meta-x-amz-3"), "{text}");
    for value in put.headers().values() {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        assert!(value.len() < 20 || !text.contains(&value), "{text}");
    }
}

#[tokio::test]
async fn a_url_leads_to_its_own_version() {
    let sandbox = sandbox().await;
    signing(&sandbox).put("bucket", "key", "hello world").send().await.unwrap();
    let url = presigned(&sandbox, "key").await;
    let client = Client::new(UrlTransport::new(http()).url("key", &url).unwrap(), keyring());
    let error = client.get_at(ObjectLocation::new("", "key").version("v1")).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    let said = error.transport_error().unwrap().to_string();
    assert!(said.contains("the version that was named"), "{said}");
}

#[tokio::test]
async fn a_url_is_good_for_its_put_alone() {
    let sandbox = sandbox().await;
    let (put, other) = (prepared(11).await, prepared(11).await);
    let url = s3(&sandbox).presign_put(&object(), put.headers(), MINUTE).await.unwrap();
    let request = http().put(url).headers(other.headers().clone());
    let answer = request.body(other.encrypt("hello world").unwrap()).send().await.unwrap();
    assert_eq!(answer.status().as_u16(), 403);
    assert!(put.encrypt("another length").is_err());
}

#[tokio::test]
async fn only_who_has_credentials_signs_and_for_a_week() {
    let sandbox = sandbox().await;
    for wrong in [Duration::ZERO, 7 * 24 * 60 * MINUTE + MINUTE] {
        assert_eq!(s3(&sandbox).presign_get(&object(), wrong).await.unwrap_err().kind(), TransportErrorKind::NotSent);
    }
    let anonymous = cse_reqwest::ReqwestTransport::new(http(), "eu-west-1");
    let error = anonymous.presign_get(&object(), MINUTE).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
}
