//! List: passes through, and on request tells plaintext lengths and hides instruction files.

use std::fmt;

use aws_sdk_s3::{
    operation::list_objects_v2::{
        ListObjectsV2Error, ListObjectsV2Input, ListObjectsV2Output, builders::ListObjectsV2FluentBuilder,
    },
    types::{EncodingType, Object, OptionalObjectAttributes, RequestPayer},
};
use cse_client::{
    ListedSizes,
    transport::{ListedObject, ObjectList},
};

use crate::{
    builder::{Customization, delegate, open_builder},
    client::Client,
    encode::url_decode,
    error::Error,
    fields::Request,
    hook::BeforeSending,
    wire::UserAgent,
};

/// `ListObjectsV2`: [`Client::list_objects_v2`]. As S3 answers it, unless asked otherwise.
#[must_use = "nothing is listed until `send`"]
pub struct ListObjectsV2 {
    client: Client,
    inner: ListObjectsV2FluentBuilder,
    customization: Customization<ListObjectsV2Output, ListObjectsV2Error, ListObjectsV2FluentBuilder>,
    sizes: ListedSizes,
    hide_instruction_files: bool,
}

impl ListObjectsV2 {
    pub(crate) fn new(client: Client, inner: ListObjectsV2FluentBuilder) -> Self {
        let customization = Customization::default();
        Self { client, inner, customization, sizes: ListedSizes::default(), hide_instruction_files: false }
    }

    delegate! {
        bucket(bucket: impl Into<String>);
        continuation_token(token: impl Into<String>);
        delimiter(delimiter: impl Into<String>);
        encoding_type(encoding: EncodingType);
        expected_bucket_owner(account: impl Into<String>);
        fetch_owner(fetch: bool);
        max_keys(keys: i32);
        optional_object_attributes(attributes: OptionalObjectAttributes);
        prefix(prefix: impl Into<String>);
        request_payer(payer: RequestPayer);
        start_after(key: impl Into<String>);
    }

    open_builder!(ListObjectsV2FluentBuilder, ListObjectsV2Output, ListObjectsV2Error);

    /// Which lengths to tell: by default those of the stored bytes.
    pub fn sizes(mut self, sizes: ListedSizes) -> Self {
        self.sizes = sizes;
        self
    }

    /// Leaves out instruction files whose object is there; one whose object is gone is shown.
    pub fn hide_instruction_files(mut self) -> Self {
        self.hide_instruction_files = true;
        self
    }

    /// One page.
    ///
    /// # Errors
    ///
    /// The SDK's, or those of looking at the objects.
    pub async fn send(self) -> Result<ListObjectsV2Output, Error<ListObjectsV2Error>> {
        let input = self.inner.as_input();
        ListObjectsV2Input::check(input)?;
        let bucket = input.get_bucket().clone().unwrap_or_default();
        let mut list =
            self.client.operations().list(bucket).options(ListObjectsV2Input::companion(input)?).sizes(self.sizes);
        if self.hide_instruction_files {
            list = list.hide_instruction_files();
        }
        let (hook, failure) = BeforeSending::new(|input: &mut ListObjectsV2Input| Ok(input.check_again()?));
        let operation = self.customization.apply(self.inner.customize()).interceptor(UserAgent).interceptor(hook);
        let mut answer = operation.send().await.map_err(|error| failure.or(error))?;
        if self.hide_instruction_files || self.sizes != ListedSizes::Stored {
            let mut page = page(&answer);
            list.adjust(&mut page).await?;
            apply(&mut answer, page);
        }
        Ok(answer)
    }
}

/// What is adjusted: keys as they are, and lengths.
fn page(answer: &ListObjectsV2Output) -> ObjectList {
    let mut page = ObjectList::default();
    let is_encoded = is_encoded(answer);
    let listed =
        answer.contents().iter().filter_map(|object| Some(ListedObject::new(key(object, is_encoded)?, len(object)?)));
    page.objects = listed.collect();
    page
}

/// Both lists are in the order in which S3 answered, so the adjusted one is walked beside the other.
fn apply(answer: &mut ListObjectsV2Output, page: ObjectList) {
    let is_encoded = is_encoded(answer);
    let mut adjusted = page.objects.into_iter().peekable();
    let Some(contents) = &mut answer.contents else { return };
    let before = contents.len();
    contents.retain_mut(|object| {
        let Some(key) = key(object, is_encoded) else { return true };
        match adjusted.next_if(|listed| listed.key == key) {
            Some(listed) => {
                object.size = i64::try_from(listed.len).ok();
                true
            }
            // One that tells no length was not asked about.
            None => len(object).is_none(),
        }
    });
    let hidden = i32::try_from(before.saturating_sub(contents.len())).unwrap_or_default();
    answer.key_count = answer.key_count.map(|count| count.saturating_sub(hidden));
}

fn is_encoded(answer: &ListObjectsV2Output) -> bool {
    answer.encoding_type() == Some(&EncodingType::Url)
}

fn key(object: &Object, is_encoded: bool) -> Option<String> {
    let key = object.key()?;
    if is_encoded { url_decode(key) } else { Some(key.to_owned()) }
}

fn len(object: &Object) -> Option<u64> {
    object.size().and_then(|len| u64::try_from(len).ok())
}

impl fmt::Debug for ListObjectsV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListObjectsV2").field("inner", &self.inner).finish_non_exhaustive()
    }
}
