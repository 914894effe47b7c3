//! Names of objects, as the user types them: `s3://bucket/key`, with a pattern perhaps.

use std::path::Path;

use cse_client::ObjectLocation;
use globset::{GlobBuilder, GlobMatcher};

use crate::error::Failure;

const SCHEME: &str = "s3://";

/// What makes a name a pattern.
const SPECIAL: [char; 4] = ['*', '?', '[', '{'];

/// A bucket, and a key or the beginning of keys in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Name {
    pub(crate) bucket: String,
    /// Empty for the bucket itself.
    pub(crate) key: String,
}

/// Keys that are alike.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    pub(crate) bucket: String,
    /// What all of the keys begin with.
    pub(crate) prefix: String,
    matcher: GlobMatcher,
}

/// Whether an argument names something in S3.
pub(crate) fn is_name(text: &Path) -> bool {
    text.to_str().is_some_and(|text| text.starts_with(SCHEME))
}

impl Name {
    /// Takes a name apart. A bucket may be the ARN of an access point.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let rest = text.strip_prefix(SCHEME).ok_or_else(|| {
            Failure::usage(
                format!("{text} is no name in S3"),
                "write s3://BUCKET/KEY, or s3://BUCKET for all of a bucket",
            )
        })?;
        let end = bucket_len(rest);
        let (bucket, key) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(Failure::usage(format!("{text} names no bucket"), "write s3://BUCKET/KEY"));
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.strip_prefix('/').unwrap_or(key).to_owned() })
    }

    /// The same for what must have a key.
    pub(crate) fn object(text: &str) -> Result<Self, Failure> {
        let name = Self::parse(text)?;
        if name.key.is_empty() {
            return Err(Failure::usage(
                format!("{text} is a bucket, not an object"),
                "write s3://BUCKET/KEY; for everything in it, add --recursive where the verb has it",
            ));
        }
        Ok(name)
    }

    pub(crate) fn location(&self) -> ObjectLocation {
        ObjectLocation::new(&*self.bucket, &*self.key)
    }

    /// Whether it stands for a folder: a bucket, or what ends in a slash.
    pub(crate) fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The same as a folder: with a slash at its end.
    pub(crate) fn folder(mut self) -> Self {
        if !self.is_folder() {
            self.key.push('/');
        }
        self
    }

    /// The pattern that it is, if it is one.
    pub(crate) fn pattern(&self) -> Result<Option<Pattern>, Failure> {
        let Some(start) = self.key.find(SPECIAL) else { return Ok(None) };
        let start = self.key.find('\\').map_or(start, |escape| escape.min(start));
        let glob = GlobBuilder::new(&self.key).literal_separator(true).backslash_escape(true).build();
        let glob = glob.map_err(|error| {
            let what = format!("{} is no pattern: {}", self.key, error.kind());
            Failure::usage(what, "correct it; if the key itself has these characters, add --no-glob")
        })?;
        let prefix = self.key.get(..start).unwrap_or_default().to_owned();
        Ok(Some(Pattern { bucket: self.bucket.clone(), prefix, matcher: glob.compile_matcher() }))
    }
}

impl core::fmt::Display for Name {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{SCHEME}{}/{}", self.bucket, self.key)
    }
}

impl Pattern {
    pub(crate) fn matches(&self, key: &str) -> bool {
        self.matcher.is_match(key)
    }

    /// The folder in which all of the keys are: what the names of files are relative to.
    pub(crate) fn folder(&self) -> &str {
        folder(&self.prefix)
    }
}

/// A key's beginning, to its last slash.
pub(crate) fn folder(key: &str) -> &str {
    key.rfind('/').and_then(|end| key.get(..=end)).unwrap_or_default()
}

/// A key's end, after its last slash.
pub(crate) fn file_name(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// Where the bucket ends. Of an ARN, slashes are a part: `arn:aws:s3:REGION:ACCOUNT:accesspoint/NAME`, and four segments on an outpost.
fn bucket_len(rest: &str) -> usize {
    let resource = if rest.starts_with("arn:") { rest.splitn(6, ':').nth(5) } else { None };
    let slashes = match resource {
        Some(resource) if resource.starts_with("outpost/") => 3,
        Some(resource) if resource.starts_with("accesspoint/") => 1,
        _ => 0,
    };
    rest.match_indices('/').nth(slashes).map_or(rest.len(), |(end, _)| end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart() {
        for (text, bucket, key) in [
            ("s3://b", "b", ""),
            ("s3://b/", "b", ""),
            ("s3://b/k", "b", "k"),
            ("s3://b//k", "b", "/k"),
            ("s3://b/a/b c/\u{fc}", "b", "a/b c/\u{fc}"),
            ("s3://arn:aws:s3:eu-west-1:1:accesspoint/ap/k/l", "arn:aws:s3:eu-west-1:1:accesspoint/ap", "k/l"),
            ("s3://arn:aws:s3:eu-west-1:1:accesspoint:ap/k", "arn:aws:s3:eu-west-1:1:accesspoint:ap", "k"),
            (
                "s3://arn:aws:s3-outposts:eu-west-1:1:outpost/o/accesspoint/ap/k",
                "arn:aws:s3-outposts:eu-west-1:1:outpost/o/accesspoint/ap",
                "k",
            ),
        ] {
            let name = Name::parse(text).unwrap();
            assert_eq!((name.bucket.as_str(), name.key.as_str()), (bucket, key), "{text}");
        }
        for text in ["b/k", "s3:/b/k", "S3://b/k", "s3://", "s3:///k"] {
            assert!(Name::parse(text).is_err(), "{text}");
        }
        assert!(Name::object("s3://b/").is_err());
    }

    #[test]
    fn patterns_stay_in_their_folder() {
        let pattern = |text: &str| Name::parse(text).unwrap().pattern().unwrap().unwrap();
        let logs = pattern("s3://b/logs/2026-*.gz");
        assert_eq!((logs.prefix.as_str(), logs.folder()), ("logs/2026-", "logs/"));
        assert!(logs.matches("logs/2026-01.gz"));
        assert!(!logs.matches("logs/2026-01/x.gz") && !logs.matches("logs/2026-01.txt"));
        assert!(pattern("s3://b/**/x").matches("a/b/x"));
        assert!(pattern("s3://b/a\\[1\\]*").matches("a[1]b"));
        assert_eq!(pattern("s3://b/a\\[1\\]*").prefix, "a");
        assert!(Name::parse("s3://b/a\\b").unwrap().pattern().unwrap().is_none());
        assert!(Name::parse("s3://b/[a").unwrap().pattern().is_err());
    }
}
