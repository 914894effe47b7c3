//! Objects in S3: names, the way there, and what is said about them.

mod connect;
pub(crate) mod failure;
pub(crate) mod feed;
mod guard;
mod http;
pub(crate) mod look;
pub(crate) mod many;
pub(crate) mod name;
pub(crate) mod object;
pub(crate) mod paths;
pub(crate) mod select;
pub(crate) mod settings;

use alloc::sync::Arc;

use cse_client::{Client, Config, RequestOptions};
use cse_keys::{KmsApi, KmsKeyring};

use self::{connect::Connected, guard::Guard};
use crate::{
    args::Service,
    error::{Failure, Kind},
    keys::Keys,
    output::Console,
};

/// S3 and KMS as the command line names them.
#[derive(Debug)]
pub(crate) struct S3 {
    guard: Guard,
    kms: Arc<dyn KmsApi>,
    /// Headers for every request of the verb.
    pub(crate) options: RequestOptions,
}

impl S3 {
    /// Finds out where S3 and KMS are and who asks. Sends nothing to either.
    pub(crate) async fn connect(service: &Service) -> Result<Self, Failure> {
        let options = settings::request_options(service, [])?;
        let Connected { transport, kms } = connect::connect(service).await?;
        Ok(Self { guard: Guard::new(transport), kms, options })
    }

    /// KMS itself, for keyrings.
    pub(crate) fn kms(&self) -> &Arc<dyn KmsApi> {
        &self.kms
    }

    /// A client with these keys.
    pub(crate) fn client(&self, keys: &Keys, config: Config) -> Client {
        Client::new(self.guard.clone(), keys.keyring()).with_config(config)
    }

    /// A client for what needs no key. Were it to need one, it would be KMS's.
    pub(crate) fn keyless(&self) -> Client {
        Client::new(self.guard.clone(), Arc::new(KmsKeyring::discovery(self.kms.clone())))
    }

    /// Ends what the verb began and did not end, and says what could not be ended.
    pub(crate) async fn tidy(&self, console: &Console) {
        for upload in self.guard.abort_open().await {
            let (location, id) = (&upload.location, &upload.upload_id);
            console.complain(&Failure::new(
                Kind::S3,
                format!("{location}: the upload could not be aborted, and its parts stay stored"),
                format!("abort it with `cse uploads {location} --id {id} --abort`"),
            ));
        }
    }
}
