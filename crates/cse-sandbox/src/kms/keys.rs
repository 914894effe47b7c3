//! The keys, in memory and in the folder.

use alloc::{collections::BTreeMap, sync::Arc};
use core::fmt;
use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use cse_keys::LocalKms;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::store::{Millis, random_id};

/// The account that everything belongs to.
pub(super) const ACCOUNT: &str = "000000000000";

/// Keys and aliases.
pub(super) struct Keys {
    region: String,
    keys: BTreeMap<String, Key>,
    /// To key ids.
    aliases: BTreeMap<String, String>,
    /// What does the cryptography: knows every key by its ARN, id, aliases and alias ARNs.
    local: Arc<LocalKms>,
}

/// A key, by its id.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct Key {
    pub(super) id: String,
    pub(super) arn: String,
    pub(super) created: Millis,
    pub(super) description: String,
    pub(super) state: KeyState,
    /// Base64 of 32 bytes.
    secret: Zeroizing<String>,
}

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum KeyState {
    Enabled,
    Disabled,
    PendingDeletion,
}

/// `kms.json` of a folder.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    tmp: PathBuf,
}

#[derive(Deserialize, Serialize)]
struct Stored {
    warning: String,
    keys: Vec<Key>,
    aliases: BTreeMap<String, String>,
}

const WARNING: &str = "These are plain keys. Whoever reads this file can decrypt everything they wrapped.";

impl KeyFile {
    pub(super) fn new(folder: &Path) -> Self {
        Self { path: folder.join("kms.json"), tmp: folder.join("tmp") }
    }

    /// The keys in it; none if it is not there.
    pub(super) fn load(&self, region: &str) -> io::Result<Keys> {
        let stored = match fs::read(&self.path).map(Zeroizing::new) {
            Ok(json) => serde_json::from_slice(&json)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Stored { warning: WARNING.to_owned(), keys: Vec::new(), aliases: BTreeMap::new() }
            }
            Err(error) => return Err(error),
        };
        let keys = stored.keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        let mut keys = Keys { region: region.to_owned(), keys, aliases: stored.aliases, local: Arc::default() };
        keys.rebuild()?;
        Ok(keys)
    }

    /// Writes all of them, to be read by the owner of the folder alone.
    pub(super) fn store(&self, keys: &Keys) -> io::Result<()> {
        let stored = Stored {
            warning: WARNING.to_owned(),
            keys: keys.keys.values().cloned().collect(),
            aliases: keys.aliases.clone(),
        };
        let json = Zeroizing::new(serde_json::to_vec_pretty(&stored)?);
        let tmp = self.tmp.join(random_id()?);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&tmp)?.write_all(&json)?;
        fs::rename(&tmp, &self.path)
    }
}

impl Keys {
    /// The key behind an id, an ARN, an alias or the ARN of an alias.
    pub(super) fn resolve(&self, name: &str) -> Option<&Key> {
        let name = name.strip_prefix(self.arn_prefix().as_str()).unwrap_or(name);
        let id = match name.strip_prefix("key/") {
            Some(id) => id,
            None => self.aliases.get(name).map_or(name, String::as_str),
        };
        self.keys.get(id)
    }

    pub(super) fn resolve_mut(&mut self, name: &str) -> Option<&mut Key> {
        let id = self.resolve(name)?.id.clone();
        self.keys.get_mut(&id)
    }

    pub(super) fn create(&mut self, description: String) -> io::Result<&Key> {
        let id = uuid()?;
        let mut secret = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *secret).map_err(|error| io::Error::other(error.to_string()))?;
        let key = Key {
            arn: format!("{}key/{id}", self.arn_prefix()),
            id: id.clone(),
            created: Millis::now(),
            description,
            state: KeyState::Enabled,
            secret: Zeroizing::new(BASE64_STANDARD.encode(*secret)),
        };
        self.keys.insert(id.clone(), key);
        self.rebuild()?;
        self.keys.get(&id).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    pub(super) fn create_with_alias(&mut self, alias: &str) -> io::Result<()> {
        let id = self.create("made with the sandbox".to_owned())?.id.clone();
        self.add_alias(alias, id)
    }

    pub(super) fn add_alias(&mut self, alias: &str, key_id: String) -> io::Result<()> {
        self.aliases.insert(alias.to_owned(), key_id);
        self.rebuild()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.keys.values()
    }

    /// Aliases with their ARNs and key ids.
    pub(super) fn aliases(&self) -> impl Iterator<Item = (&str, String, &str)> {
        self.aliases.iter().map(|(alias, id)| (alias.as_str(), format!("{}{alias}", self.arn_prefix()), id.as_str()))
    }

    pub(super) fn has_alias(&self, alias: &str) -> bool {
        self.aliases.contains_key(alias)
    }

    pub(super) fn local(&self) -> Arc<LocalKms> {
        Arc::clone(&self.local)
    }

    fn arn_prefix(&self) -> String {
        format!("arn:aws:kms:{}:{ACCOUNT}:", self.region)
    }

    fn rebuild(&mut self) -> io::Result<()> {
        let mut local = LocalKms::new();
        for key in self.keys.values() {
            let secret = Zeroizing::new(BASE64_STANDARD.decode(&*key.secret).map_err(io::Error::other)?);
            let secret = Zeroizing::new(<[u8; 32]>::try_from(secret.as_slice()).map_err(io::Error::other)?);
            local.add_key(&key.arn, &secret).map_err(io::Error::other)?;
            local.add_alias(&key.id, &key.arn).map_err(io::Error::other)?;
        }
        for (alias, arn, id) in self.aliases() {
            let Some(key) = self.keys.get(id) else { continue };
            local.add_alias(alias, &key.arn).map_err(io::Error::other)?;
            local.add_alias(arn, &key.arn).map_err(io::Error::other)?;
        }
        self.local = Arc::new(local);
        Ok(())
    }
}

/// Shows ids, no keys.
impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.fmt(f)
    }
}

/// A random one (RFC 9562, 5.4).
fn uuid() -> io::Result<String> {
    let id = random_id()?;
    let part = |range| id.get(range).unwrap_or_default();
    Ok(format!("{}-{}-4{}-a{}-{}", part(0..8), part(8..12), part(13..16), part(17..20), part(20..32)))
}
