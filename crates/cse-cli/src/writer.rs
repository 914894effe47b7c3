//! Which client probably wrote an object, by what is known to differ between them.
//!
//! Nothing in an envelope names its writer, and anyone can imitate any of them: a help for people, never a base for decisions.
//! S3 does not keep the order of metadata names, so only what is inside a value, or inside an instruction file, can tell.

use cse_envelope::{
    AesWrap, AlgorithmSuite, EncryptionContext, Envelope, FormatVersion, KeyContext, KmsWrap, MetadataKey, RsaWrap,
    WrapAlgorithm,
};

use crate::object::Object;

/// Programs that write the same way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Family {
    Java1,
    Java1V2,
    Java3,
    Go,
    Python,
    Ruby,
    DotNet,
    Php,
    Cpp,
    Aioboto3,
    Ses,
    Snowflake,
    Redshift,
    Cse,
}

impl Family {
    /// The likelier ones first.
    const ALL: [Self; 14] = [
        Self::Ses,
        Self::Snowflake,
        Self::Redshift,
        Self::Java1,
        Self::Java1V2,
        Self::Java3,
        Self::Go,
        Self::Python,
        Self::Ruby,
        Self::DotNet,
        Self::Php,
        Self::Cpp,
        Self::Aioboto3,
        Self::Cse,
    ];

    /// For scripts.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Java1 => "java-v1",
            Self::Java1V2 => "java-v2",
            Self::Java3 => "java-v3-v4",
            Self::Go => "go",
            Self::Python => "python",
            Self::Ruby => "ruby",
            Self::DotNet => "dotnet",
            Self::Php => "php",
            Self::Cpp => "cpp",
            Self::Aioboto3 => "aioboto3",
            Self::Ses => "ses",
            Self::Snowflake => "snowflake",
            Self::Redshift => "redshift",
            Self::Cse => "cse",
        }
    }

    /// For people.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Java1 => "AWS SDK for Java 1.x, AmazonS3EncryptionClient",
            Self::Java1V2 => "AWS SDK for Java 1.x, AmazonS3EncryptionClientV2",
            Self::Java3 => "S3 Encryption Client for Java 3.x or 4.x",
            Self::Go => "S3 Encryption Client for Go",
            Self::Python => "S3 Encryption Client for Python",
            Self::Ruby => "AWS SDK for Ruby",
            Self::DotNet => "S3 Encryption Client for .NET",
            Self::Php => "AWS SDK for PHP",
            Self::Cpp => "AWS SDK for C++",
            Self::Aioboto3 => "aioboto3",
            Self::Ses => "Amazon SES (inbound mail)",
            Self::Snowflake => "Snowflake",
            Self::Redshift => "Amazon Redshift (UNLOAD ... ENCRYPTED)",
            Self::Cse => "cse",
        }
    }
}

/// Whether the plaintext's length is stored on the object.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Length {
    Absent,
    Empty,
    Present,
}

/// What can be seen of a writer.
struct Traces<'a> {
    version: FormatVersion,
    suite: AlgorithmSuite,
    wrap: WrapAlgorithm,
    /// Names of the context or description, in order.
    names: Vec<&'a str>,
    /// Context or description as stored, where that is readable.
    json: Option<String>,
    has_map: bool,
    length: Length,
    is_wrap_named: bool,
    tag_len: Option<String>,
    /// Go stores these two empty.
    has_empty_map: bool,
    /// Keys in the instruction file, in order.
    file: Option<Vec<MetadataKey>>,
}

/// The families that may have written it, likelier ones first; none if no known client writes so.
pub(crate) fn families(object: &Object, envelope: &Envelope) -> Vec<Family> {
    let traces = Traces::new(object, envelope);
    let certain = Family::ALL.into_iter().find(|family| traces.shows(*family));
    match certain {
        Some(family) => vec![family],
        None => Family::ALL.into_iter().filter(|family| traces.allows(*family)).collect(),
    }
}

impl<'a> Traces<'a> {
    fn new(object: &Object, envelope: &'a Envelope) -> Self {
        let file = object.in_file();
        let value = |key| match &file {
            Some(file) if file.iter().any(|(known, _)| *known == key) => {
                file.iter().find(|(known, _)| *known == key).map(|(_, value)| value.clone())
            }
            _ => object.on_object(key).map(|value| String::from_utf8_lossy(value).into_owned()),
        };
        let maps = [MetadataKey::MatDesc, MetadataKey::ContextV3, MetadataKey::MatDescV3].map(value);
        let json = maps.iter().flatten().find(|text| !text.is_empty()).cloned();
        let names = match envelope.key_part().context() {
            KeyContext::Encryption(context) => context.iter().map(|(name, _)| name).collect(),
            KeyContext::Description(description) => description.iter().map(|(name, _)| name).collect(),
            _ => Vec::new(),
        };
        Self {
            version: envelope.version(),
            suite: envelope.suite(),
            wrap: envelope.key_part().wrap(),
            names,
            has_map: json.is_some(),
            // An encoded word hides how the JSON was written.
            json: json.filter(|text| !text.contains("=?")),
            length: match object.on_object(MetadataKey::UnencryptedLen) {
                None => Length::Absent,
                Some([]) => Length::Empty,
                Some(_) => Length::Present,
            },
            is_wrap_named: value(MetadataKey::WrapAlg).is_some(),
            tag_len: value(MetadataKey::TagLen),
            has_empty_map: maps.iter().flatten().any(String::is_empty),
            file: file.map(|file| file.into_iter().map(|(key, _)| key).collect()),
        }
    }

    /// Signs that only one family leaves.
    fn shows(&self, family: Family) -> bool {
        let has = |name| self.names.contains(&name);
        let contains = |text: &str| self.json.as_ref().is_some_and(|json| json.contains(text));
        match family {
            Family::Ses => self.is_kms(KmsWrap::Kms) && self.names.iter().any(|name| name.starts_with("aws:ses:")),
            Family::Snowflake => self.version == FormatVersion::V1 && has("queryId") && has("smkId"),
            Family::Redshift => self.version == FormatVersion::V1 && !self.has_map && self.file.is_none(),
            Family::Go => self.version == FormatVersion::V3 && (self.length == Length::Empty || self.has_empty_map),
            Family::Php => self.version == FormatVersion::V2 && contains("\\/"),
            Family::Cpp => self.suite == AlgorithmSuite::Cbc && self.tag_len.as_deref() == Some("0"),
            Family::Cse => contains("\\u0020"),
            _ => false,
        }
    }

    /// Whether nothing speaks against a family.
    fn allows(&self, family: Family) -> bool {
        let is_whole = self.file.is_none();
        let context_only = self.is_kms(KmsWrap::Context);
        match family {
            Family::Java1 => self.is_java1() && self.is_compact() && self.file_is_javas(),
            Family::Java1V2 => {
                self.is_current() && self.version == FormatVersion::V2 && self.is_compact() && self.file_is_javas()
            }
            Family::Java3 => {
                self.is_current() && self.length == Length::Absent && self.is_compact() && self.file_is_javas()
            }
            Family::Go => {
                context_only && is_whole && self.is_compact() && self.has_sorted_names() && self.has_length_in_v2()
            }
            Family::Python => context_only && is_whole && self.length == Length::Absent && self.is_spaced(),
            Family::Ruby => self.is_rubys(),
            Family::DotNet => {
                let order = !context_only || self.names.last() == Some(&EncryptionContext::CEK_ALG);
                self.is_current() && is_whole && self.is_compact() && order && self.has_length_in_v2()
            }
            // Its V2 objects show themselves.
            Family::Php => context_only && is_whole && self.version == FormatVersion::V3 && self.is_compact(),
            Family::Cpp => {
                let wraps = context_only || self.wrap == WrapAlgorithm::Aes(AesWrap::Gcm);
                wraps && is_whole && self.length == Length::Absent && self.is_compact()
            }
            Family::Aioboto3 => self.is_aioboto3s(),
            Family::Cse => self.is_cses(),
            Family::Ses | Family::Snowflake | Family::Redshift => false,
        }
    }

    fn is_kms(&self, wrap: KmsWrap) -> bool {
        self.wrap == WrapAlgorithm::Kms(wrap)
    }

    /// The wraps that clients since 2020 write.
    fn is_current(&self) -> bool {
        !self.wrap.is_legacy()
    }

    fn is_java1(&self) -> bool {
        let old = match self.wrap {
            WrapAlgorithm::Kms(KmsWrap::Kms) => self.names.contains(&EncryptionContext::KMS_CMK_ID),
            WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15) => self.version == FormatVersion::V1 || !self.is_wrap_named,
            wrap => wrap.is_legacy(),
        };
        old && self.has_map
    }

    fn is_rubys(&self) -> bool {
        const FILE: [&[MetadataKey]; 2] = [
            &[
                MetadataKey::KeyV2,
                MetadataKey::CekAlg,
                MetadataKey::TagLen,
                MetadataKey::WrapAlg,
                MetadataKey::Iv,
                MetadataKey::MatDesc,
            ],
            &[
                MetadataKey::KeyV2,
                MetadataKey::Iv,
                MetadataKey::CekAlg,
                MetadataKey::TagLen,
                MetadataKey::WrapAlg,
                MetadataKey::MatDesc,
            ],
        ];
        let is_kms = self.is_kms(KmsWrap::Context);
        // A raw key's description is the user's own text.
        let map = !is_kms || (self.is_compact() && self.names.first() == Some(&EncryptionContext::CEK_ALG));
        let file = self.file.as_deref().is_none_or(|file| FILE.contains(&file));
        self.is_current() && map && file && self.has_length_in_v2()
    }

    fn is_aioboto3s(&self) -> bool {
        let map = match self.wrap {
            WrapAlgorithm::Kms(KmsWrap::Kms) => self.names.contains(&EncryptionContext::KMS_CMK_ID) && self.is_spaced(),
            _ => self.version == FormatVersion::V1 && self.json.as_deref() == Some("{}"),
        };
        map && self.file.is_none() && self.length == Length::Present
    }

    fn is_cses(&self) -> bool {
        const V1: &[MetadataKey] = &[MetadataKey::Iv, MetadataKey::KeyV1, MetadataKey::MatDesc];
        const V2: &[MetadataKey] = &[
            MetadataKey::Iv,
            MetadataKey::CekAlg,
            MetadataKey::TagLen,
            MetadataKey::KeyV2,
            MetadataKey::WrapAlg,
            MetadataKey::MatDesc,
        ];
        const V3: &[MetadataKey] =
            &[MetadataKey::KeyV3, MetadataKey::WrapV3, MetadataKey::ContextV3, MetadataKey::MatDescV3];
        let formats = match self.wrap {
            WrapAlgorithm::Kms(KmsWrap::Kms) => self.names.first() == Some(&EncryptionContext::KMS_CMK_ID),
            WrapAlgorithm::Kms(KmsWrap::Context) => self.names.last() == Some(&EncryptionContext::CEK_ALG),
            WrapAlgorithm::Aes(AesWrap::Ecb) | WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15) => {
                self.version == FormatVersion::V1
            }
            wrap => !wrap.is_legacy(),
        };
        let portable = self.json.as_ref().is_none_or(|json| json.bytes().all(|byte| byte.is_ascii_graphic()));
        let (length, file) = match (&self.file, self.version) {
            (None, FormatVersion::V3) => (Length::Absent, true),
            (None, _) => (Length::Present, self.has_map),
            (Some(file), FormatVersion::V1) => (Length::Absent, is_in_order(file, V1)),
            (Some(file), FormatVersion::V2) => (Length::Absent, is_in_order(file, V2)),
            (Some(file), _) => (Length::Absent, is_in_order(file, V3)),
        };
        formats && portable && self.length == length && file
    }

    /// Whether an instruction file, if there is one, has its names in the order of Java's hash map.
    fn file_is_javas(&self) -> bool {
        const JAVA: &[MetadataKey] = &[
            MetadataKey::TagLen,
            MetadataKey::Iv,
            MetadataKey::WrapAlg,
            MetadataKey::KeyV1,
            MetadataKey::KeyV2,
            MetadataKey::CekAlg,
            MetadataKey::MatDesc,
            MetadataKey::ContextV3,
            MetadataKey::WrapV3,
            MetadataKey::MatDescV3,
            MetadataKey::KeyV3,
        ];
        self.file.as_deref().is_none_or(|file| is_in_order(file, JAVA))
    }

    /// Several clients store the plaintext's length on V2 objects, and on no others.
    fn has_length_in_v2(&self) -> bool {
        (self.version == FormatVersion::V2) == (self.length == Length::Present)
    }

    /// No white space between the parts of the JSON, as far as can be seen.
    fn is_compact(&self) -> bool {
        self.json.as_ref().is_none_or(|json| !has_space_outside_texts(json))
    }

    /// A space after each colon and comma, as Python writes, as far as can be seen.
    fn is_spaced(&self) -> bool {
        self.names.is_empty() || self.json.as_ref().is_none_or(|json| has_space_outside_texts(json))
    }

    fn has_sorted_names(&self) -> bool {
        self.names.is_sorted()
    }
}

/// Whether `file` has only names of `order`, in that order.
fn is_in_order(file: &[MetadataKey], order: &[MetadataKey]) -> bool {
    let mut rest = order.iter();
    file.iter().all(|key| rest.any(|known| known == key))
}

fn has_space_outside_texts(json: &str) -> bool {
    let mut in_text = false;
    let mut is_escaped = false;
    for c in json.chars() {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => in_text = !in_text,
            ' ' if !in_text => return true,
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_count_between_texts_only() {
        assert!(has_space_outside_texts(r#"{"a": "b"}"#));
        assert!(!has_space_outside_texts(r#"{"a":"b c \" d"}"#));
    }

    #[test]
    fn order_may_have_gaps_but_no_turns() {
        let order = [MetadataKey::Iv, MetadataKey::KeyV2, MetadataKey::MatDesc];
        assert!(is_in_order(&[MetadataKey::Iv, MetadataKey::MatDesc], &order));
        assert!(!is_in_order(&[MetadataKey::MatDesc, MetadataKey::Iv], &order));
        assert!(!is_in_order(&[MetadataKey::TagLen], &order));
    }
}
