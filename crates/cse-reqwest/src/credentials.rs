//! Who signs.

use std::{fmt, sync::Arc};

use reqsign_aws_v4::{Credential, StaticCredentialProvider};
use reqsign_core::{Context, ProvideCredential, ProvideCredentialDyn};

/// AWS credentials, or a way to get them. Cheap to clone.
///
/// # Security
///
/// They stay in memory, as reqsign keeps them, until the last transport or client that uses them is dropped. `Debug` does not show
/// them.
#[derive(Clone)]
pub struct Credentials {
    pub(crate) provider: Arc<dyn ProvideCredentialDyn<Credential = Credential>>,
    pub(crate) context: Context,
}

impl Credentials {
    /// An access key that does not expire.
    #[must_use]
    pub fn new(access_key_id: &str, secret_access_key: &str) -> Self {
        Self::from_provider(StaticCredentialProvider::new(access_key_id, secret_access_key))
    }

    /// A temporary access key with its session token.
    #[must_use]
    pub fn temporary(access_key_id: &str, secret_access_key: &str, session_token: &str) -> Self {
        let key = StaticCredentialProvider::new(access_key_id, secret_access_key);
        Self::from_provider(key.with_session_token(session_token))
    }

    /// Whatever reqsign, or the caller, has for it. It is asked again when what it gave is about to expire.
    #[must_use]
    pub fn from_provider(provider: impl ProvideCredential<Credential = Credential>) -> Self {
        Self { provider: Arc::new(provider), context: Context::new() }
    }

    /// What the provider may use: HTTP, files, the environment, commands. Without it, nothing.
    #[must_use]
    pub fn with_context(self, context: Context) -> Self {
        Self { context, ..self }
    }

    /// reqsign's chain: environment, profiles with keys, SSO, web identity, processes, ECS, EC2. `client` is used for those that answer
    /// over HTTP.
    ///
    /// # Security
    ///
    /// It passes over a source that fails, an expired SSO login or a profile with `role_arn` say, to the next one, which may be somebody
    /// else. Who must be sure who signs uses [`from_provider`](Self::from_provider) with a single source.
    #[cfg(all(feature = "default-credentials", not(target_arch = "wasm32")))]
    #[must_use]
    pub fn default_chain(client: &reqwest::Client) -> Self {
        let context = Context::new()
            .with_env(reqsign_core::OsEnv)
            .with_file_read(reqsign_file_read_tokio::TokioFileRead)
            .with_command_execute(reqsign_command_execute_tokio::TokioCommandExecute)
            .with_http_send(chain::ReqwestSend(client.clone()));
        Self::from_provider(reqsign_aws_v4::DefaultCredentialProvider::new()).with_context(context)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

#[cfg(all(feature = "default-credentials", not(target_arch = "wasm32")))]
mod chain {
    use std::time::Duration;

    use bytes::Bytes;
    use reqsign_core::{Error, HttpSend, Result};

    /// Longer than any of these services takes, and short where there is none.
    const TIMEOUT: Duration = Duration::from_secs(5);

    #[derive(Debug)]
    pub(super) struct ReqwestSend(pub(super) reqwest::Client);

    impl HttpSend for ReqwestSend {
        async fn http_send(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
            let failed = |error: reqwest::Error| {
                Error::unexpected("credentials could not be asked for").with_source(error.without_url())
            };
            let mut request = reqwest::Request::try_from(request).map_err(failed)?;
            *request.timeout_mut() = Some(TIMEOUT);
            let response = self.0.execute(request).await.map_err(failed)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut answer = http::Response::new(response.bytes().await.map_err(failed)?);
            (*answer.status_mut(), *answer.headers_mut()) = (status, headers);
            Ok(answer)
        }
    }
}
