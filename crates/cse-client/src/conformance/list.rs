//! `ListObjectsV2`.

use super::{
    Check, check,
    trial::{Failure, Trial, Verdict, contents, done, ensure, refused, same},
};
use crate::transport::{ListObjects, ObjectList, TransportErrorKind};

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(list_tells_of_objects),
        check!(list_of_nothing),
        check!(list_in_pages),
        check!(list_after_a_key),
        check!(list_by_delimiter),
        check!(list_by_delimiter_in_pages),
        check!(list_of_a_missing_bucket, MissingBucket),
    ]
}

fn request(trial: &Trial) -> ListObjects {
    ListObjects { prefix: Some(trial.prefix.clone()), ..ListObjects::new(&*trial.bucket) }
}

async fn put_all(trial: &Trial, names: &[&str]) -> Verdict {
    for name in names {
        trial.put(&trial.location(name), contents(name.len())).await?;
    }
    Ok(())
}

/// Names of objects, and of common prefixes, without what all have in common.
fn names(trial: &Trial, list: &ObjectList) -> (Vec<String>, Vec<String>) {
    let name = |key: &String| key.strip_prefix(&trial.prefix).unwrap_or(key).to_owned();
    (list.objects.iter().map(|object| name(&object.key)).collect(), list.common_prefixes.iter().map(name).collect())
}

/// All pages; each has at most `max_keys` entries.
async fn all_pages(trial: &Trial, mut request: ListObjects, max_keys: u16) -> Result<ObjectList, Failure> {
    let mut all = ObjectList::default();
    request.max_keys = Some(max_keys);
    loop {
        let page = done("a page of a list", trial.transport.list_objects(request.clone())).await?;
        let entries = page.objects.len().saturating_add(page.common_prefixes.len());
        ensure!(entries <= usize::from(max_keys), "a page of at most {max_keys} entries has {entries}");
        all.objects.extend(page.objects);
        all.common_prefixes.extend(page.common_prefixes);
        let Some(next) = page.next else { return Ok(all) };
        ensure!(entries > 0, "an empty page says that another follows");
        request.continuation_token = Some(next);
    }
}

async fn list_tells_of_objects(trial: &Trial) -> Verdict {
    put_all(trial, &["b", "a", "ab", "a/c"]).await?;
    let list = done("a list", trial.transport.list_objects(request(trial))).await?;
    same("the listed names", &["a", "a/c", "ab", "b"].map(str::to_owned).to_vec(), &names(trial, &list).0)?;
    same("the next page of a list of one", &None, &list.next)?;
    let lens: Vec<_> = list.objects.iter().map(|object| object.len).collect();
    same("the listed lengths", &vec![1, 3, 2, 1], &lens)?;
    ensure!(
        list.objects.iter().all(|object| object.last_modified.is_some()),
        "a list does not tell when objects were written"
    );
    Ok(())
}

async fn list_of_nothing(trial: &Trial) -> Verdict {
    let list = done("a list", trial.transport.list_objects(request(trial))).await?;
    same("a list of nothing", &(Vec::new(), Vec::new()), &names(trial, &list))?;
    same("the next page of a list of nothing", &None, &list.next)
}

async fn list_in_pages(trial: &Trial) -> Verdict {
    let expected = ["1", "2", "3 +%", "4", "5"];
    put_all(trial, &expected).await?;
    for max_keys in [1, 2, 5] {
        let list = all_pages(trial, request(trial), max_keys).await?;
        let what = format!("the names listed in pages of {max_keys}");
        same(&what, &expected.map(str::to_owned).to_vec(), &names(trial, &list).0)?;
    }
    Ok(())
}

async fn list_after_a_key(trial: &Trial) -> Verdict {
    put_all(trial, &["1", "2", "3"]).await?;
    for (after, expected) in [("1", vec!["2", "3"]), ("15", vec!["2", "3"]), ("3", vec![])] {
        let request = ListObjects { start_after: Some(format!("{}{after}", trial.prefix)), ..request(trial) };
        let list = done("a list", trial.transport.list_objects(request)).await?;
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        same(&format!("the names listed after {after}"), &expected, &names(trial, &list).0)?;
    }
    Ok(())
}

const TREE: [&str; 7] = ["a", "a/1", "a/2", "a/b/3", "b+c/4", "c", "d/"];

async fn list_by_delimiter(trial: &Trial) -> Verdict {
    put_all(trial, &TREE).await?;
    let slash = ListObjects { delimiter: Some("/".to_owned()), ..request(trial) };
    let list = done("a list by delimiter", trial.transport.list_objects(slash.clone())).await?;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let expected = (owned(&["a", "c"]), owned(&["a/", "b+c/", "d/"]));
    same("objects and common prefixes", &expected, &names(trial, &list))?;
    let below = ListObjects { prefix: Some(format!("{}a/", trial.prefix)), ..slash };
    let list = done("a list by delimiter", trial.transport.list_objects(below)).await?;
    let expected = (owned(&["a/1", "a/2"]), owned(&["a/b/"]));
    same("objects and common prefixes below a/", &expected, &names(trial, &list))
}

async fn list_by_delimiter_in_pages(trial: &Trial) -> Verdict {
    put_all(trial, &TREE).await?;
    let request = ListObjects { delimiter: Some("/".to_owned()), ..request(trial) };
    for max_keys in [1, 2, 3] {
        let list = all_pages(trial, request.clone(), max_keys).await?;
        let expected = (["a", "c"].map(str::to_owned).to_vec(), ["a/", "b+c/", "d/"].map(str::to_owned).to_vec());
        same(&format!("what is listed in pages of {max_keys}"), &expected, &names(trial, &list))?;
    }
    Ok(())
}

async fn list_of_a_missing_bucket(trial: &Trial) -> Verdict {
    let bucket = trial.settings.missing_bucket.as_deref().unwrap_or_default();
    let answer = trial.transport.list_objects(ListObjects::new(bucket));
    refused("a list of a missing bucket", &[TransportErrorKind::NotFound], answer).await.map(drop)
}
