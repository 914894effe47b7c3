//! Pages of objects and of uploads.
//!
//! Keys are asked for percent-encoded, because XML cannot say all of them.

use std::time::SystemTime;

use aws_sdk_s3::{
    Client,
    primitives::DateTime,
    types::{EncodingType, MultipartUpload, Object},
};
use cse_client::transport::{
    ListMultipartUploads, ListObjects, ListedObject, ListedUpload, ObjectList, TransportError, TransportErrorKind,
    UploadList,
};

use super::transport_error;
use crate::{encode::url_decode, wire::prepared};

type Result<T> = std::result::Result<T, TransportError>;

pub(super) async fn objects(s3: &Client, request: ListObjects) -> Result<ObjectList> {
    let operation = s3
        .list_objects_v2()
        .bucket(request.bucket)
        .encoding_type(EncodingType::Url)
        .set_prefix(request.prefix)
        .set_delimiter(request.delimiter)
        .set_start_after(request.start_after)
        .set_continuation_token(request.continuation_token)
        .set_max_keys(request.max_keys.map(i32::from))
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let decode = decoder(output.encoding_type());
    let mut list = ObjectList::default();
    list.objects = output.contents().iter().map(|object| listed_object(object, decode)).collect::<Result<_>>()?;
    let prefixes = output.common_prefixes().iter().filter_map(|prefix| prefix.prefix());
    list.common_prefixes = prefixes.map(decode).collect::<Result<_>>()?;
    list.next = output.next_continuation_token;
    Ok(list)
}

pub(super) async fn uploads(s3: &Client, request: ListMultipartUploads) -> Result<UploadList> {
    let operation = s3
        .list_multipart_uploads()
        .bucket(request.bucket)
        .encoding_type(EncodingType::Url)
        .set_prefix(request.prefix)
        .set_key_marker(request.key_marker)
        .set_upload_id_marker(request.upload_id_marker)
        .customize();
    let output = prepared(operation, request.options).send().await.map_err(transport_error)?;
    let decode = decoder(output.encoding_type());
    let mut list = UploadList::default();
    list.uploads = output.uploads().iter().map(|upload| listed_upload(upload, decode)).collect::<Result<_>>()?;
    if output.is_truncated().unwrap_or_default() {
        let (key, upload) = (output.next_key_marker(), output.next_upload_id_marker());
        let key = key.ok_or_else(|| malformed("a page without a next key"))?;
        list.next = Some((decode(key)?, upload.unwrap_or_default().to_owned()));
    }
    Ok(list)
}

/// Stores that do not know the encoding do not say that they used it.
fn decoder(encoding: Option<&EncodingType>) -> fn(&str) -> Result<String> {
    match encoding {
        Some(EncodingType::Url) => {
            |text| url_decode(text).ok_or_else(|| malformed("a key that is not percent-encoded"))
        }
        _ => |text| Ok(text.to_owned()),
    }
}

fn listed_object(object: &Object, decode: fn(&str) -> Result<String>) -> Result<ListedObject> {
    let key = object.key().ok_or_else(|| malformed("an object without a key"))?;
    let len =
        object.size().and_then(|len| u64::try_from(len).ok()).ok_or_else(|| malformed("an object without a size"))?;
    let mut listed = ListedObject::new(decode(key)?, len);
    listed.etag = object.e_tag().map(str::to_owned);
    listed.last_modified = time(object.last_modified());
    listed.storage_class = object.storage_class().map(|class| class.as_str().to_owned());
    Ok(listed)
}

fn listed_upload(upload: &MultipartUpload, decode: fn(&str) -> Result<String>) -> Result<ListedUpload> {
    let (Some(key), Some(id)) = (upload.key(), upload.upload_id()) else {
        return Err(malformed("an upload without key or id"));
    };
    let mut listed = ListedUpload::new(decode(key)?, id);
    listed.initiated = time(upload.initiated());
    Ok(listed)
}

fn time(time: Option<&DateTime>) -> Option<SystemTime> {
    time.and_then(|time| SystemTime::try_from(*time).ok())
}

fn malformed(what: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Other).with_message(format!("the list holds {what}"))
}
