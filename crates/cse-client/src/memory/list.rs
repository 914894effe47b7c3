//! Lists of objects and of uploads.

use super::{
    answers::s3,
    store::{Bucket, Store},
};
use crate::transport::{
    ListMultipartUploads, ListObjects, ListedObject, ListedUpload, ObjectList, TransportError, UploadList,
};

/// What the tokens of this store begin with: a caller that makes up its own gets an error.
const TOKEN: &str = "after:";

impl Store {
    pub(super) fn list_objects(&mut self, request: &ListObjects) -> Result<ObjectList, TransportError> {
        let page_len = self.settings.page_len;
        let page_len = usize::from(request.max_keys.map_or(page_len, |keys| keys.min(page_len)));
        let after = match &request.continuation_token {
            None => None,
            Some(token) => Some(token.strip_prefix(TOKEN).ok_or_else(invalid_token)?),
        };
        let entries = entries(self.bucket(&request.bucket)?, request);
        let mut left = entries.into_iter().skip_while(|entry| after.is_some_and(|after| entry.name() <= after));
        let mut page = ObjectList::default();
        let mut last = None;
        for entry in left.by_ref().take(page_len) {
            last = Some(entry.name().to_owned());
            match entry {
                Entry::Object(object) => page.objects.push(object),
                Entry::CommonPrefix(prefix) => page.common_prefixes.push(prefix),
            }
        }
        page.next = last.filter(|_| left.next().is_some()).map(|last| format!("{TOKEN}{last}"));
        Ok(page)
    }

    pub(super) fn list_uploads(&mut self, request: &ListMultipartUploads) -> Result<UploadList, TransportError> {
        let page_len = usize::from(self.settings.page_len);
        let prefix = request.prefix.as_deref().unwrap_or_default();
        let uploads = &self.bucket(&request.bucket)?.uploads;
        let mut left = uploads.iter().filter(|((key, id), _)| key.starts_with(prefix) && is_after(request, key, id));
        let listed = left.by_ref().take(page_len).map(|((key, id), upload)| ListedUpload {
            initiated: Some(upload.initiated),
            ..ListedUpload::new(key.as_str(), id.as_str())
        });
        let uploads: Vec<_> = listed.collect();
        let last = uploads.last().map(|upload| (upload.key.clone(), upload.upload_id.clone()));
        let next = last.filter(|_| left.next().is_some());
        Ok(UploadList { uploads, next })
    }
}

/// A line of a list.
enum Entry {
    Object(ListedObject),
    CommonPrefix(String),
}

impl Entry {
    fn name(&self) -> &str {
        match self {
            Self::Object(object) => &object.key,
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

/// All that a list of any number of pages shows, in order.
fn entries(bucket: &Bucket, request: &ListObjects) -> Vec<Entry> {
    let prefix = request.prefix.as_deref().unwrap_or_default();
    let start_after = request.start_after.as_deref().unwrap_or_default();
    let mut entries: Vec<Entry> = Vec::new();
    for (key, versions) in bucket.objects.range(prefix.to_owned()..) {
        let Some(rest) = key.strip_prefix(prefix) else { break };
        let Some((version, object)) =
            versions.last().and_then(|version| version.object.as_ref().map(|object| (version, object)))
        else {
            continue;
        };
        if key.as_str() <= start_after {
            continue;
        }
        match common_prefix(prefix, rest, request.delimiter.as_deref()) {
            Some(common) if matches!(entries.last(), Some(Entry::CommonPrefix(last)) if *last == common) => {}
            Some(common) => entries.push(Entry::CommonPrefix(common)),
            None => entries.push(Entry::Object(ListedObject {
                etag: Some(object.etag.clone()),
                last_modified: Some(version.modified),
                storage_class: Some(storage_class(&object.description.headers)),
                ..ListedObject::new(key.as_str(), object.len())
            })),
        }
    }
    entries
}

fn common_prefix(prefix: &str, rest: &str, delimiter: Option<&str>) -> Option<String> {
    let (group, _) = rest.split_once(delimiter.filter(|delimiter| !delimiter.is_empty())?)?;
    Some(format!("{prefix}{group}{}", delimiter.unwrap_or_default()))
}

fn storage_class(headers: &[(String, String)]) -> String {
    let class = headers.iter().find(|(name, _)| name == "x-amz-storage-class");
    class.map_or_else(|| "STANDARD".to_owned(), |(_, class)| class.clone())
}

fn is_after(request: &ListMultipartUploads, key: &str, id: &str) -> bool {
    let Some(key_marker) = request.key_marker.as_deref() else { return true };
    match request.upload_id_marker.as_deref() {
        Some(id_marker) => (key, id) > (key_marker, id_marker),
        None => key > key_marker,
    }
}

fn invalid_token() -> TransportError {
    s3(400, "InvalidArgument", "the continuation token is not one of this store")
}
