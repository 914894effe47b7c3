//! ListObjects, ListObjectsV2 and ListObjectVersions.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use s3s::{
    S3Response, S3Result,
    dto::{
        ChecksumAlgorithm, ChecksumType, CommonPrefix, DeleteMarkerEntry, ListObjectVersionsInput,
        ListObjectVersionsOutput, ListObjectsInput, ListObjectsOutput, ListObjectsV2Input, ListObjectsV2Output, Object,
        ObjectStorageClass, ObjectVersion, ObjectVersionStorageClass,
    },
    s3_error,
};

use super::{
    Answer, Sandboxed,
    convert::{Encoder, checksum, etag, owner, signed},
};
use crate::store::{Entry, Listing, Page, Version, VersionEntry};

/// Lines of one page.
const MAX_PAGE: i32 = 1000;

impl Sandboxed {
    pub(super) fn list_v2(&self, input: ListObjectsV2Input) -> Answer<ListObjectsV2Output> {
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let token = input.continuation_token.as_deref().map(from_token).transpose()?;
        let (max_keys, max) = page_len(input.max_keys)?;
        let listing = Listing {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter.clone(),
            after: token.or_else(|| input.start_after.clone()),
            after_id: None,
            max,
        };
        let page = self.store.list_objects(&input.bucket, &listing)?;
        let next = page.next.as_ref().map(|(key, _)| BASE64_URL_SAFE_NO_PAD.encode(key));
        let key_count = i32::try_from(page.entries.len()).ok();
        let (objects, prefixes) = split(page, &encoder)?;
        let with_owner = input.fetch_owner.unwrap_or(false);
        let contents: S3Result<Vec<_>> = objects.iter().map(|version| object(version, &encoder, with_owner)).collect();
        Ok(S3Response::new(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(encoder.text(&listing.prefix)?),
            max_keys: Some(max_keys),
            key_count,
            continuation_token: input.continuation_token,
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            contents: Some(contents?),
            common_prefixes: Some(prefixes),
            delimiter: encoder.opt(listing.delimiter.as_deref())?,
            encoding_type: input.encoding_type,
            start_after: encoder.opt(input.start_after.as_deref())?,
            ..ListObjectsV2Output::default()
        }))
    }

    pub(super) fn list(&self, input: ListObjectsInput) -> Answer<ListObjectsOutput> {
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let (max_keys, max) = page_len(input.max_keys)?;
        let listing = Listing {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter,
            after: input.marker.clone().filter(|marker| !marker.is_empty()),
            after_id: None,
            max,
        };
        let page = self.store.list_objects(&input.bucket, &listing)?;
        let next = page.next.as_ref().map(|(key, _)| encoder.text(key)).transpose()?;
        let (objects, prefixes) = split(page, &encoder)?;
        let contents: S3Result<Vec<_>> = objects.iter().map(|version| object(version, &encoder, true)).collect();
        Ok(S3Response::new(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(encoder.text(&listing.prefix)?),
            marker: Some(encoder.text(input.marker.as_deref().unwrap_or_default())?),
            max_keys: Some(max_keys),
            is_truncated: Some(next.is_some()),
            contents: Some(contents?),
            common_prefixes: Some(prefixes),
            // Without a delimiter the last key is the marker, and S3 says nothing more.
            next_marker: next.filter(|_| listing.delimiter.is_some()),
            delimiter: encoder.opt(listing.delimiter.as_deref())?,
            encoding_type: input.encoding_type,
            ..ListObjectsOutput::default()
        }))
    }

    pub(super) fn list_versions(&self, input: ListObjectVersionsInput) -> Answer<ListObjectVersionsOutput> {
        let encoder = Encoder::new(input.encoding_type.as_ref())?;
        let (max_keys, max) = page_len(input.max_keys)?;
        if input.version_id_marker.is_some() && input.key_marker.is_none() {
            return Err(s3_error!(InvalidArgument, "a version-id marker needs a key marker"));
        }
        let listing = Listing {
            prefix: input.prefix.clone().unwrap_or_default(),
            delimiter: input.delimiter,
            after: input.key_marker.clone().filter(|marker| !marker.is_empty()),
            after_id: input.version_id_marker.clone().filter(|marker| !marker.is_empty()),
            max,
        };
        let page = self.store.list_versions(&input.bucket, &listing)?;
        let next = page.next.clone();
        let (entries, prefixes) = split(page, &encoder)?;
        let (markers, versions): (Vec<_>, Vec<_>) =
            entries.iter().partition(|entry| entry.version.record.content.is_none());
        let versions: S3Result<Vec<_>> = versions.into_iter().map(|entry| object_version(entry, &encoder)).collect();
        let markers: S3Result<Vec<_>> = markers.into_iter().map(|entry| delete_marker(entry, &encoder)).collect();
        let (next_key, next_id) = next.unzip();
        Ok(S3Response::new(ListObjectVersionsOutput {
            common_prefixes: Some(prefixes),
            delete_markers: Some(markers?),
            delimiter: encoder.opt(listing.delimiter.as_deref())?,
            encoding_type: input.encoding_type,
            is_truncated: Some(next_key.is_some()),
            key_marker: Some(encoder.text(input.key_marker.as_deref().unwrap_or_default())?),
            max_keys: Some(max_keys),
            name: Some(input.bucket),
            next_key_marker: encoder.opt(next_key.as_deref())?,
            next_version_id_marker: next_id.flatten(),
            prefix: Some(encoder.text(&listing.prefix)?),
            version_id_marker: Some(input.version_id_marker.unwrap_or_default()),
            versions: Some(versions?),
            ..ListObjectVersionsOutput::default()
        }))
    }
}

/// As the caller says it, and what it means.
pub(super) fn page_len(max: Option<i32>) -> S3Result<(i32, usize)> {
    let max = max.unwrap_or(MAX_PAGE);
    let len =
        usize::try_from(max.min(MAX_PAGE)).map_err(|_| s3_error!(InvalidArgument, "a page cannot have {max} lines"))?;
    Ok((max, len))
}

fn from_token(token: &str) -> S3Result<String> {
    let key = BASE64_URL_SAFE_NO_PAD.decode(token).ok().and_then(|key| String::from_utf8(key).ok());
    key.ok_or_else(|| s3_error!(InvalidArgument, "the continuation token is none of the sandbox's"))
}

/// Items and common prefixes of a page.
pub(super) fn split<T>(page: Page<T>, encoder: &Encoder) -> S3Result<(Vec<T>, Vec<CommonPrefix>)> {
    let mut items = Vec::new();
    let mut prefixes = Vec::new();
    for entry in page.entries {
        match entry {
            Entry::Item(item) => items.push(item),
            Entry::CommonPrefix(prefix) => prefixes.push(CommonPrefix { prefix: Some(encoder.text(&prefix)?) }),
        }
    }
    Ok((items, prefixes))
}

fn object(version: &Version, encoder: &Encoder, with_owner: bool) -> S3Result<Object> {
    let Described { etag, len, storage_class, algorithms, checksum_type } = describe(version);
    Ok(Object {
        checksum_algorithm: algorithms,
        checksum_type,
        e_tag: etag,
        key: Some(encoder.text(&version.record.key)?),
        last_modified: Some(version.record.modified.into()),
        owner: with_owner.then(owner),
        size: Some(len),
        storage_class: Some(ObjectStorageClass::from(storage_class)),
        ..Object::default()
    })
}

fn object_version(entry: &VersionEntry, encoder: &Encoder) -> S3Result<ObjectVersion> {
    let record = &entry.version.record;
    let Described { etag, len, storage_class, algorithms, checksum_type } = describe(&entry.version);
    Ok(ObjectVersion {
        checksum_algorithm: algorithms,
        checksum_type,
        e_tag: etag,
        is_latest: Some(entry.is_latest),
        key: Some(encoder.text(&record.key)?),
        last_modified: Some(record.modified.into()),
        owner: Some(owner()),
        size: Some(len),
        storage_class: Some(ObjectVersionStorageClass::from(storage_class)),
        version_id: Some(record.version_id.clone()),
        ..ObjectVersion::default()
    })
}

fn delete_marker(entry: &VersionEntry, encoder: &Encoder) -> S3Result<DeleteMarkerEntry> {
    let record = &entry.version.record;
    Ok(DeleteMarkerEntry {
        is_latest: Some(entry.is_latest),
        key: Some(encoder.text(&record.key)?),
        last_modified: Some(record.modified.into()),
        owner: Some(owner()),
        version_id: Some(record.version_id.clone()),
    })
}

#[derive(Default)]
struct Described {
    etag: Option<s3s::dto::ETag>,
    len: i64,
    storage_class: String,
    algorithms: Option<Vec<ChecksumAlgorithm>>,
    checksum_type: Option<ChecksumType>,
}

fn describe(version: &Version) -> Described {
    let Some(content) = &version.record.content else { return Described::default() };
    let algorithms: Vec<_> =
        content.checksums.algorithms().map(|algorithm| ChecksumAlgorithm::from_static(algorithm.name())).collect();
    Described {
        etag: Some(etag(&content.etag)),
        len: signed(content.len()),
        storage_class: content.attributes.storage_class.clone().unwrap_or_else(|| "STANDARD".to_owned()),
        algorithms: (!algorithms.is_empty()).then_some(algorithms),
        checksum_type: checksum(&content.checksums).checksum_type,
    }
}
