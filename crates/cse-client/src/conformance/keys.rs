//! Keys of every kind, on every verb: each has to be encoded in its own way.

use super::{
    Check, check,
    trial::{Trial, Verdict, contents, done, ensure, same},
};
use crate::{
    location::ObjectLocation,
    transport::{CopyObject, CreateMultipartUpload, DeleteObjects, ListObjects},
};

/// Names that are encoded somewhere, or that look as if they were.
const NAMES: [&str; 11] = [
    "two words",
    "a+b",
    "100%",
    "%20",
    "a%2Fb",
    "\u{e9}t\u{e9}/\u{65e5}\u{672c}/\u{1f511}",
    "<&>\"'",
    "q?versionId=1&x=y#z",
    "~!*()_-.,;:@$=",
    "[{|}]^`\\",
    "CaseMatters",
];
/// Names that some stores take for paths.
const AWKWARD: [&str; 6] = ["a//b", "a/../b", "../up", "./here", "folder/", "end/."];

pub(super) fn checks() -> Vec<Check> {
    vec![
        check!(keys_of_objects),
        check!(keys_of_copies),
        check!(keys_of_lists),
        check!(keys_of_many_deletes),
        check!(keys_of_uploads),
        check!(keys_differ_by_letter_case),
        check!(keys_like_paths, AwkwardKeys),
        check!(keys_with_a_leading_slash, AwkwardKeys),
    ]
}

async fn keys_of_objects(trial: &Trial) -> Verdict {
    for name in NAMES {
        round_trip(trial, &trial.location(name)).await?;
    }
    Ok(())
}

async fn round_trip(trial: &Trial, location: &ObjectLocation) -> Verdict {
    let bytes = contents(location.key.len());
    trial.put(location, bytes.clone()).await?;
    trial.expect_bytes(location, &bytes).await?;
    trial.head(location).await?;
    trial.delete(location).await?;
    trial.expect_missing(location).await
}

async fn keys_of_copies(trial: &Trial) -> Verdict {
    for name in NAMES {
        let (source, copy) = (trial.location(name), trial.location(&format!("{name} - copy")));
        trial.put(&source, name).await?;
        let request = CopyObject::new(source, copy.clone());
        done(&format!("a copy of the key {name:?}"), trial.transport.copy_object(request)).await?;
        trial.expect_bytes(&copy, name.as_bytes()).await?;
    }
    Ok(())
}

async fn keys_of_lists(trial: &Trial) -> Verdict {
    let mut expected = Vec::new();
    for name in NAMES {
        let location = trial.location(name);
        trial.put(&location, name).await?;
        expected.push(location.key);
    }
    expected.sort_unstable();
    let request = ListObjects { prefix: Some(trial.prefix.clone()), ..ListObjects::new(&*trial.bucket) };
    let list = done("a list", trial.transport.list_objects(request)).await?;
    let keys: Vec<_> = list.objects.into_iter().map(|object| object.key).collect();
    same("the listed keys, in the order of their bytes", &expected, &keys)
}

async fn keys_of_many_deletes(trial: &Trial) -> Verdict {
    let mut objects = Vec::new();
    for name in NAMES {
        let location = trial.location(name);
        trial.put(&location, name).await?;
        objects.push((location.key, None));
    }
    let request = DeleteObjects::new(&*trial.bucket, objects.clone());
    let answers = done("a delete of many", trial.transport.delete_objects(request)).await?;
    ensure!(answers.len() == objects.len(), "{} keys were deleted, and {} answers came", objects.len(), answers.len());
    for ((key, _), answer) in objects.into_iter().zip(answers) {
        ensure!(answer.is_ok(), "{key:?} could not be deleted: {answer:?}");
        trial.expect_missing(&trial.location_of_key(key)).await?;
    }
    Ok(())
}

async fn keys_of_uploads(trial: &Trial) -> Verdict {
    for name in NAMES {
        let location = trial.location(name);
        let upload_id = trial.create_upload(CreateMultipartUpload::new(location.clone())).await?;
        super::multipart::complete_one(trial, &location, &upload_id, name).await?;
        trial.expect_bytes(&location, name.as_bytes()).await?;
    }
    Ok(())
}

async fn keys_differ_by_letter_case(trial: &Trial) -> Verdict {
    let (upper, lower) = (trial.location("KEY"), trial.location("key"));
    trial.put(&upper, "upper").await?;
    trial.put(&lower, "lower").await?;
    trial.expect_bytes(&upper, b"upper").await?;
    trial.expect_bytes(&lower, b"lower").await
}

async fn keys_like_paths(trial: &Trial) -> Verdict {
    for name in AWKWARD {
        round_trip(trial, &trial.location(name)).await?;
    }
    let (two, one) = (trial.location("x//y"), trial.location("x/y"));
    trial.put(&two, "two slashes").await?;
    trial.expect_missing(&one).await?;
    trial.expect_bytes(&two, b"two slashes").await
}

async fn keys_with_a_leading_slash(trial: &Trial) -> Verdict {
    let key = format!("{}object", trial.prefix);
    let (with, without) = (trial.location_of_key(format!("/{key}")), trial.location_of_key(key));
    trial.put(&with, "with").await?;
    trial.expect_missing(&without).await?;
    trial.expect_bytes(&with, b"with").await
}
