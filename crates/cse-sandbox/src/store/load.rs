//! Reading the folder at start.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use std::{
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
};

use serde::de::DeserializeOwned;

use super::{
    Bucket, Part, State, Upload, Version,
    body::BodyFile,
    object::object_path,
    record::{BodyRecord, BucketRecord, NULL_VERSION, ObjectRecord, PartRecord, UploadRecord},
    upload::{part_path, upload_path},
};

/// Everything a folder holds. Half-written files and bodies that nothing names are removed.
pub(super) fn load(folder: &Path) -> io::Result<State> {
    let tmp = folder.join("tmp");
    if tmp.exists() {
        fs::remove_dir_all(&tmp)?;
    }
    fs::create_dir(&tmp)?;
    let buckets = folder.join("buckets");
    fs::create_dir_all(&buckets)?;
    let mut state = State::default();
    for path in files(&buckets)? {
        let Some(name) = path.file_name().and_then(OsStr::to_str).and_then(|name| name.strip_prefix("b-")) else {
            continue;
        };
        // Deleting a bucket removes this file first; the rest of it is nothing.
        if !path.join("bucket.json").exists() {
            fs::remove_dir_all(&path)?;
            continue;
        }
        let bucket = load_bucket(&path)?;
        let newest = bucket.objects.values().flatten().map(|version| version.record.sequence).max();
        state.last_sequence = state.last_sequence.max(newest.unwrap_or(0));
        state.buckets.insert(name.to_owned(), bucket);
    }
    Ok(state)
}

fn load_bucket(folder: &Path) -> io::Result<Bucket> {
    let record: BucketRecord = read_json(&folder.join("bucket.json"))?;
    let bodies = folder.join("bodies");
    let mut kept = BTreeSet::new();
    let objects = load_objects(&folder.join("objects"), &bodies, &mut kept)?;
    let uploads = load_uploads(&folder.join("uploads"), &bodies, &mut kept)?;
    for path in files(&bodies)? {
        if !path.file_name().and_then(OsStr::to_str).is_some_and(|name| kept.contains(name)) {
            fs::remove_file(path)?;
        }
    }
    Ok(Bucket { folder: folder.into(), record, objects, uploads })
}

fn load_objects(
    folder: &Path,
    bodies: &Path,
    kept: &mut BTreeSet<String>,
) -> io::Result<BTreeMap<String, Vec<Arc<Version>>>> {
    let mut objects: BTreeMap<String, Vec<Arc<Version>>> = BTreeMap::new();
    for path in files(folder)? {
        let record: ObjectRecord = read_json(&path)?;
        let files = record.content.iter().flat_map(|content| &content.bodies);
        let files = files.map(|body| keep(body, bodies, kept)).collect();
        objects.entry(record.key.clone()).or_default().push(Arc::new(Version { record, files }));
    }
    for versions in objects.values_mut() {
        versions.sort_by_key(|version| version.record.sequence);
    }
    Ok(objects)
}

fn load_uploads(
    folder: &Path,
    bodies: &Path,
    kept: &mut BTreeSet<String>,
) -> io::Result<BTreeMap<(String, String), Upload>> {
    let mut records: BTreeMap<String, UploadRecord> = BTreeMap::new();
    let mut parts: Vec<(String, PartRecord)> = Vec::new();
    for path in files(folder)? {
        match path.file_stem().and_then(OsStr::to_str).and_then(|stem| stem.split_once('.')) {
            Some((upload_id, _)) => parts.push((upload_id.to_owned(), read_json(&path)?)),
            None => {
                let record: UploadRecord = read_json(&path)?;
                records.insert(record.upload_id.clone(), record);
            }
        }
    }
    // A part whose body belongs to an object: the upload was completed, and not yet cleared away.
    for (upload_id, _) in parts.iter().filter(|(_, part)| kept.contains(&part.body.id)) {
        if records.remove(upload_id).is_some() {
            fs::remove_file(upload_path(folder, upload_id))?;
        }
    }
    let mut uploads: BTreeMap<(String, String), Upload> = records
        .into_values()
        .map(|record| ((record.key.clone(), record.upload_id.clone()), Upload { record, parts: BTreeMap::new() }))
        .collect();
    let keys: BTreeMap<String, String> = uploads.keys().map(|(key, id)| (id.clone(), key.clone())).collect();
    for (upload_id, record) in parts {
        let upload = keys.get(&upload_id).and_then(|key| uploads.get_mut(&(key.clone(), upload_id.clone())));
        match upload {
            Some(upload) => {
                let file = keep(&record.body, bodies, kept);
                upload.parts.insert(record.number, Part { record, file });
            }
            None => fs::remove_file(part_path(folder, &upload_id, record.number))?,
        }
    }
    Ok(uploads)
}

fn keep(body: &BodyRecord, bodies: &Path, kept: &mut BTreeSet<String>) -> Arc<BodyFile> {
    kept.insert(body.id.clone());
    BodyFile::kept(body.clone(), bodies)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

fn read_json<T: DeserializeOwned>(path: &Path) -> io::Result<T> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let bytes = fs::read(path).map_err(named)?;
    serde_json::from_slice(&bytes).map_err(|error| named(error.into()))
}

/// Where the JSON of a version is: a key has one version called `null`, which is replaced in one step.
pub(super) fn version_path(folder: &Path, key: &str, version_id: &str) -> PathBuf {
    if version_id == NULL_VERSION { object_path(folder, key) } else { folder.join(format!("{version_id}.json")) }
}
