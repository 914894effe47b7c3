//! Likely causes of an opaque failure, from what the object and the command line tell: never from where it failed.

use cse_envelope::{EncryptionContext, KeyContext, KeyPart, ReadPolicy, RsaWrap, Switch, WrapAlgorithm};
use cse_keys::ExpectedContext;

use crate::error::{Failure, Kind, entries};

/// Who wraps keys by RSA without padding.
pub(crate) const TEXTBOOK_RSA: &str = "Android or Java under Bouncy Castle wrote it";

/// Whether characters of the context were lost on the way to the store: each became a `?`.
pub(crate) fn is_damaged(context: &EncryptionContext) -> bool {
    context.caller_entries().any(|(name, value)| is_damaged_text(name) || is_damaged_text(value))
}

pub(crate) fn is_damaged_text(text: &str) -> bool {
    text.contains(['?', '\u{fffd}'])
}

/// What a user can do: with files at hand, or with S3 and KMS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum World {
    Offline,
    Online,
}

/// Adds to an opaque failure what the object and the command line tell about its likely cause, and what the object says of its key.
pub(crate) fn explain(
    failure: Failure,
    key_part: &KeyPart,
    policy: &ReadPolicy,
    expected: &ExpectedContext,
    has_instruction: bool,
    world: World,
) -> Failure {
    let next = match (failure.kind, key_part.context()) {
        (Kind::Decrypt, KeyContext::Encryption(stored)) => kms(policy, stored, expected, world).to_owned(),
        (Kind::Decrypt, _) => return Failure { next: own_key(policy, key_part, has_instruction, world), ..failure },
        (Kind::Key, _) => failure.next.clone(),
        _ => return failure,
    };
    let next = match name_of_key(key_part) {
        Some(name) => format!("{next}; the object names {name}"),
        None => next,
    };
    Failure { next, ..failure }
}

/// The description, or the KMS key, by which a user can find the right key. It is public, and anyone may have changed it.
fn name_of_key(key_part: &KeyPart) -> Option<String> {
    match key_part.context() {
        KeyContext::Description(description) => {
            description.iter().next()?;
            Some(format!("the description {}", entries(description.iter())))
        }
        KeyContext::Encryption(context) => {
            context.get(EncryptionContext::KMS_CMK_ID).map(|id| format!("the KMS key {id:?}"))
        }
        _ => None,
    }
}

fn kms(policy: &ReadPolicy, stored: &EncryptionContext, expected: &ExpectedContext, world: World) -> &'static str {
    let has_entries = stored.caller_entries().next().is_some();
    if policy.allows(Switch::CallerContext) {
        return match world {
            World::Offline => {
                "give every entry with --context as it was when the object was written, and see that --kms-answers has the answer \
                 for it"
            }
            World::Online => "give every entry with --context as it was when the object was written",
        };
    }
    match expected {
        ExpectedContext::Exactly(given) if is_damaged(stored) && given.is_empty() => {
            "an encryption context is stored and none was given; each `?` in the stored one may be a character that was lost: \
             give the true entries with --context K=V, and add --caller-context"
        }
        _ if is_damaged(stored) => {
            "each `?` in the stored context may be a character that was lost: give the true entries with --context K=V, and add \
             --caller-context"
        }
        ExpectedContext::Exactly(given) if has_entries && given.is_empty() => {
            "an encryption context is stored and none was given: name its entries with --context K=V (`cse inspect` shows them), \
             or add --accept-stored-context"
        }
        ExpectedContext::Exactly(given) if !given.is_empty() => {
            "compare --context, and the KMS key if you name one, with what `cse inspect` shows; if they \
             are the object's, it was changed; if transport damaged the stored context, add --caller-context"
        }
        _ if world == World::Online => {
            "leave --kms-key out, so that KMS finds the key by itself; if that does not help, the object or its metadata was changed"
        }
        _ => "see that --kms-answers has the answer for this object, and that metadata and body belong together",
    }
}

fn own_key(policy: &ReadPolicy, key_part: &KeyPart, has_instruction: bool, world: World) -> String {
    let wrap = key_part.wrap();
    let name = name_of_key(key_part).unwrap_or_else(|| "no description".to_owned());
    let key = format!("check that the key is the object's, which names {} and {name}", wrap.name());
    let mut next = match world {
        World::Offline => format!("{key}, and that metadata and body belong together"),
        World::Online => format!("{key}; if it is, the object or its metadata was changed"),
    };
    match wrap {
        WrapAlgorithm::Rsa(RsaWrap::Pkcs1v15) if !policy.allows(Switch::TextbookRsa) => {
            next += &format!("; if {TEXTBOOK_RSA}, add --textbook-rsa");
        }
        WrapAlgorithm::Rsa(RsaWrap::OaepSha256) if !policy.allows(Switch::OaepMgf1Sha256) => {
            next += "; if Bouncy Castle wrote it, add --oaep-mgf1-sha256";
        }
        _ => {}
    }
    if !has_instruction {
        next += match world {
            World::Offline => {
                "; if the key was rotated, the newer wrapped key is in the instruction file: add --instruction FILE"
            }
            World::Online => {
                "; if the key was rotated, the newer wrapped key is in an instruction file: add --instruction-suffix .instruction"
            }
        };
    }
    next
}
