//! What becomes of a request that cannot be signed.

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use cse_client::{
    Transport,
    transport::{GetObject, PutObject, TransportErrorKind},
};
use cse_envelope::EncryptionContext;
use cse_keys::{GenerateDataKeyRequest, KmsApi, KmsErrorKind, system_rng};
use cse_reqwest::{Credentials, Kms, ReqwestTransport};
use reqsign_aws_v4::Credential;
use reqsign_core::{Context, ProvideCredential, time::Timestamp};

use crate::support::{
    causes, chain, hasty, http, object,
    scripted::{Scripted, s3_error},
};

#[derive(Debug, thiserror::Error)]
#[error("the vault is locked")]
struct Locked {
    door: u32,
}

/// Has no credentials, and a reason of its own.
#[derive(Clone, Debug, Default)]
struct Vault {
    asked: Arc<AtomicUsize>,
}

impl ProvideCredential for Vault {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> reqsign_core::Result<Option<Credential>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let error = reqsign_core::Error::credential_invalid("no key comes out");
        Err(error.with_source(Locked { door: 7 }))
    }
}

/// The provider's own error is in the chain; each cause says something of its own, and all of them are said by the first.
fn tells_of_the_vault(error: &(dyn StdError + 'static), is_said_first: bool) {
    let causes = causes(error);
    let found: Vec<_> = causes.iter().filter_map(|cause| cause.downcast_ref::<Locked>()).collect();
    assert!(matches!(found[..], [Locked { door: 7 }]), "{}", chain(error));
    assert!(causes.iter().any(|cause| cause.is::<reqsign_core::Error>()), "{}", chain(error));
    for said in ["the vault is locked", "no key comes out"] {
        let count = causes.iter().filter(|cause| cause.to_string() == said).count();
        assert_eq!(count, 1, "{}", chain(error));
        assert_eq!(error.to_string().matches(said).count(), usize::from(is_said_first), "{error}");
    }
}

#[tokio::test]
async fn the_providers_error_is_the_cause() {
    let (server, vault) = (Scripted::start(vec![]), Vault::default());
    let credentials = Credentials::from_provider(vault.clone());
    let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap().retry(hasty());
    let s3 = s3.credentials(credentials.clone());
    let error = s3.put_object(PutObject::new(object(), "stored".into())).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (TransportErrorKind::NotSent, false));
    assert!(error.to_string().contains("see to the credentials"), "{error}");
    tells_of_the_vault(&error, true);
    let error = s3.presign_get(&object(), Duration::from_secs(60)).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    tells_of_the_vault(&error, true);

    let kms = Kms::new(http(), "eu-west-1", credentials).endpoint(&server.url).unwrap().retry(hasty());
    let context = EncryptionContext::new();
    let request = GenerateDataKeyRequest::new("key", &context, &[]);
    let error = kms.generate_data_key(request, &mut system_rng()).await.unwrap_err();
    assert_eq!((error.kind(), error.is_retryable()), (KmsErrorKind::Other, false));
    tells_of_the_vault(&error, false);

    // Once for each request, and nothing went out.
    assert_eq!(vault.asked.load(Ordering::Relaxed), 3);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_the_credentials_fault() {
    let server = Scripted::start(vec![]);
    let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    let s3 = s3.credentials(Credentials::temporary("AKEXAMPLE", "SKsecret", "SESSIONsecret"));
    let mut request = PutObject::new(object(), "stored".into());
    request.metadata.push("latin", b"caf\xe9");
    let error = s3.put_object(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert!(!error.to_string().contains("credentials"), "{error}");
    assert!(!chain(&error).contains("secret"), "{error:?}");
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_token_that_is_no_header_is_not_shown() {
    let server = Scripted::start(vec![]);
    let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    let s3 = s3.credentials(Credentials::temporary("AKEXAMPLE", "SKsecret", "SESSION\nsecret"));
    let error = s3.get_object(GetObject::new(object())).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::NotSent);
    assert!(!chain(&error).contains("secret"), "{error:?}");
    assert!(server.requests().is_empty());
}

/// Gives a credential that is about to expire, and then none.
#[derive(Clone, Debug, Default)]
struct Once {
    asked: Arc<AtomicUsize>,
}

impl ProvideCredential for Once {
    type Credential = Credential;

    async fn provide_credential(&self, _: &Context) -> reqsign_core::Result<Option<Credential>> {
        if self.asked.fetch_add(1, Ordering::Relaxed) > 0 {
            return Err(reqsign_core::Error::credential_invalid("no key comes out"));
        }
        Ok(Some(Credential {
            access_key_id: "AKEXAMPLE".to_owned(),
            secret_access_key: "SKEXAMPLE".to_owned(),
            session_token: None,
            expires_in: Some(Timestamp::now() + Duration::from_secs(60)),
        }))
    }
}

/// Who takes it for never sent would undo the instruction file of an object that is there.
#[tokio::test]
async fn without_credentials_for_a_second_attempt_the_write_is_unknown() {
    let lost = s3_error("500 Internal Server Error", "InternalError");
    let (once, server) = (Once::default(), Scripted::start(vec![lost]));
    let s3 = ReqwestTransport::new(http(), "eu-west-1").endpoint(&server.url).unwrap();
    let s3 = s3.credentials(Credentials::from_provider(once.clone())).retry(hasty());
    let error = s3.put_object(PutObject::new(object(), "stored".into())).await.unwrap_err();
    assert_eq!((server.requests().len(), once.asked.load(Ordering::Relaxed)), (1, 2));
    assert_eq!(error.kind(), TransportErrorKind::Unavailable, "{error}");
    assert!(error.to_string().contains("no key comes out"), "{error}");
}
