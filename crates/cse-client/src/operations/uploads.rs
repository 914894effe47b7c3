//! Uploads that were begun and not ended: those that run, and what a killed process leaves behind.

use crate::{
    client::Client,
    error::Error,
    location::ObjectLocation,
    options::RequestOptions,
    transport::{AbortMultipartUpload, ListMultipartUploads, ListedUpload},
};

/// Lists unfinished uploads: [`Client::uploads`].
#[derive(Clone, Debug)]
#[must_use = "nothing is listed until `send`"]
pub struct Uploads {
    client: Client,
    bucket: String,
    prefix: Option<String>,
    options: RequestOptions,
}

impl Uploads {
    pub(crate) fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket, prefix: None, options: RequestOptions::new() }
    }

    /// Only those whose keys begin with this.
    pub fn prefix(self, prefix: impl Into<String>) -> Self {
        Self { prefix: Some(prefix.into()), ..self }
    }

    /// Headers for the requests.
    pub fn options(self, options: RequestOptions) -> Self {
        Self { options, ..self }
    }

    /// All unfinished uploads, encrypted or not: nothing tells them apart before they are complete. Those that run at this moment, here or
    /// elsewhere, are among them: look at [`ListedUpload::initiated`] before one is aborted.
    ///
    /// # Errors
    ///
    /// The transport's.
    pub async fn send(&self) -> Result<Vec<ListedUpload>, Error> {
        let mut all = Vec::new();
        let mut next = None;
        loop {
            let mut request = ListMultipartUploads::new(&*self.bucket).with_options(self.options.clone());
            request.prefix.clone_from(&self.prefix);
            (request.key_marker, request.upload_id_marker) = next.unzip();
            let page = self.client.transport.list_multipart_uploads(request).await?;
            all.extend(page.uploads);
            next = page.next;
            if next.is_none() {
                return Ok(all);
            }
        }
    }

    /// Aborts one of them: S3 removes its parts. If it still runs, it fails.
    ///
    /// # Errors
    ///
    /// The transport's.
    pub async fn abort(&self, upload: &ListedUpload) -> Result<(), Error> {
        let location = ObjectLocation::new(&*self.bucket, &*upload.key);
        let request = AbortMultipartUpload::new(location, &*upload.upload_id).with_options(self.options.clone());
        Ok(self.client.transport.abort_multipart_upload(request).await?)
    }
}
