//! Pages of objects and of uploads.
//!
//! Keys are asked for percent-encoded, because XML cannot say all of them.

use std::time::SystemTime;

use cse_client::transport::{
    ListMultipartUploads, ListObjects, ListedObject, ListedUpload, ObjectList, TransportError, TransportErrorKind,
    UploadList,
};
use reqwest::Method;

use super::{ReqwestTransport, Result};
use crate::{encode::url_decode, headers::RequestHeaders, xml::Element};

pub(super) async fn objects(s3: &ReqwestTransport, request: ListObjects) -> Result<ObjectList> {
    let max_keys = request.max_keys.map(|max| max.to_string());
    let mut query = vec![("list-type", "2"), ("encoding-type", "url")];
    let optional = [
        ("prefix", request.prefix.as_deref()),
        ("delimiter", request.delimiter.as_deref()),
        ("start-after", request.start_after.as_deref()),
        ("continuation-token", request.continuation_token.as_deref()),
        ("max-keys", max_keys.as_deref()),
    ];
    query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let target = s3.endpoint.bucket(&request.bucket, &query)?;
    let headers = RequestHeaders::new(&request.options)?;
    let (_, body) = s3.http.send_and_read(s3.request(Method::GET, target, headers)).await?;
    let list = object_list(&Element::parse(&body)?)?;
    if list.next.is_some() && list.next == request.continuation_token {
        return Err(malformed("a page that leads to itself"));
    }
    Ok(list)
}

fn object_list(page: &Element) -> Result<ObjectList> {
    let keys = Keys::of(page, "ListBucketResult")?;
    let mut list = ObjectList::default();
    list.objects = page.children("Contents").map(|object| listed_object(object, keys)).collect::<Result<_>>()?;
    let prefixes = page.children("CommonPrefixes").map(|prefix| keys.key_of(prefix, "Prefix"));
    list.common_prefixes = prefixes.collect::<Result<_>>()?;
    list.next = page.text_of("NextContinuationToken").map(str::to_owned);
    if page.is_true("IsTruncated") && list.next.is_none() {
        return Err(malformed("a page without a next one, though there is more"));
    }
    Ok(list)
}

pub(super) async fn uploads(s3: &ReqwestTransport, request: ListMultipartUploads) -> Result<UploadList> {
    let mut query = vec![("uploads", ""), ("encoding-type", "url")];
    let optional = [
        ("prefix", request.prefix.as_deref()),
        ("key-marker", request.key_marker.as_deref()),
        ("upload-id-marker", request.upload_id_marker.as_deref()),
    ];
    query.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?))));
    let target = s3.endpoint.bucket(&request.bucket, &query)?;
    let headers = RequestHeaders::new(&request.options)?;
    let (_, body) = s3.http.send_and_read(s3.request(Method::GET, target, headers)).await?;
    upload_list(&Element::parse(&body)?)
}

fn upload_list(page: &Element) -> Result<UploadList> {
    let keys = Keys::of(page, "ListMultipartUploadsResult")?;
    let mut list = UploadList::default();
    list.uploads = page.children("Upload").map(|upload| listed_upload(upload, keys)).collect::<Result<_>>()?;
    if page.is_true("IsTruncated") {
        let upload = page.text_of("NextUploadIdMarker").unwrap_or_default();
        list.next = Some((keys.key_of(page, "NextKeyMarker")?, upload.to_owned()));
    }
    Ok(list)
}

/// How keys are written in a page. Stores that do not know the encoding do not say that they used it.
#[derive(Clone, Copy)]
enum Keys {
    Literal,
    Encoded,
}

impl Keys {
    fn of(page: &Element, root: &str) -> Result<Self> {
        if page.name != root {
            return Err(malformed("something else than was asked for"));
        }
        Ok(if page.text_of("EncodingType") == Some("url") { Self::Encoded } else { Self::Literal })
    }

    fn key_of(self, element: &Element, name: &str) -> Result<String> {
        let text = element.text_of(name).ok_or_else(|| malformed("an entry without a key"))?;
        match self {
            Self::Literal => Ok(text.to_owned()),
            Self::Encoded => url_decode(text).ok_or_else(|| malformed("a key that is not percent-encoded")),
        }
    }
}

fn listed_object(object: &Element, keys: Keys) -> Result<ListedObject> {
    let len = object.text_of("Size").and_then(|len| len.trim().parse().ok());
    let len = len.ok_or_else(|| malformed("an object without a size"))?;
    let mut listed = ListedObject::new(keys.key_of(object, "Key")?, len);
    listed.etag = object.text_of("ETag").map(str::to_owned);
    listed.last_modified = time_of(object, "LastModified");
    listed.storage_class = object.text_of("StorageClass").map(str::to_owned);
    Ok(listed)
}

fn listed_upload(upload: &Element, keys: Keys) -> Result<ListedUpload> {
    let id = upload.text_of("UploadId").ok_or_else(|| malformed("an upload without an id"))?;
    let mut listed = ListedUpload::new(keys.key_of(upload, "Key")?, id);
    listed.initiated = time_of(upload, "Initiated");
    Ok(listed)
}

fn time_of(element: &Element, name: &str) -> Option<SystemTime> {
    element.text_of(name)?.trim().parse::<jiff::Timestamp>().ok().map(SystemTime::from)
}

fn malformed(what: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Other).with_message(format!("the list holds {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read() {
        let page = b"<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>\
            <CommonPrefixes><Prefix>p%2F</Prefix></CommonPrefixes>\
            <Contents><Key>a+%01</Key><Size>7</Size><ETag>&quot;e&quot;</ETag><LastModified>2009-10-12T17:50:30.000Z</LastModified>\
            <StorageClass>GLACIER</StorageClass></Contents>\
            <IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken></ListBucketResult>";
        let list = object_list(&Element::parse(page).unwrap()).unwrap();
        let [object] = &list.objects[..] else { panic!("{list:?}") };
        assert_eq!((object.key.as_str(), object.len, object.etag.as_deref()), ("a \u{1}", 7, Some("\"e\"")));
        let time = object.last_modified.unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(time.as_secs(), 1_255_369_830);
        assert_eq!((list.common_prefixes, list.next.as_deref()), (vec!["p/".to_owned()], Some("t")));
    }

    #[test]
    fn what_is_missing_is_an_error() {
        for page in [
            "<Other/>",
            "<ListBucketResult><Contents><Size>1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>k</Key></Contents></ListBucketResult>",
            "<ListBucketResult><Contents><Key>k</Key><Size>-1</Size></Contents></ListBucketResult>",
            "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
            "<ListBucketResult><EncodingType>url</EncodingType><Contents><Key>%</Key><Size>1</Size></Contents></ListBucketResult>",
        ] {
            let page = Element::parse(page.as_bytes()).unwrap();
            assert!(object_list(&page).is_err(), "{page:?}");
        }
        for page in [
            "<ListMultipartUploadsResult><Upload><Key>k</Key></Upload></ListMultipartUploadsResult>",
            "<ListMultipartUploadsResult><Upload><UploadId>u</UploadId></Upload></ListMultipartUploadsResult>",
            "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated></ListMultipartUploadsResult>",
        ] {
            let page = Element::parse(page.as_bytes()).unwrap();
            assert!(upload_list(&page).is_err(), "{page:?}");
        }
    }
}
