//! A workspace's files as a whole: reads them typed, writes sets of them, and refuses to write over what was edited by
//! hand.
//!
//! What was written is remembered by hash in `.decamp/state.json`. The hashes of a set are noted there before its first
//! file is written, so that a kill in between leaves no file that looks edited.

use crate::error::{Error, Result};
use crate::files::Files;
use crate::group::{self, Group};
use crate::inventory::corrections::Written;
use crate::inventory::{self, Inventory};
use crate::plan::Plan;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};

const STATE: &str = ".decamp/state.json";
const LIMIT: u64 = 64 * 1024 * 1024;

/// `.decamp/state.json`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct State {
    /// `decamp/state/1`.
    pub schema: String,
    /// Path → SHA-256 of what was written, the newest last.
    pub files: BTreeMap<String, Vec<String>>,
    /// What the inventory said of each service, to notice hand edits.
    #[serde(default)]
    pub services: BTreeMap<String, Written>,
}

/// A workspace.
#[derive(Debug)]
pub struct Workspace<'a> {
    files: &'a Files,
    /// Its state.
    pub state: State,
}

/// A set of files to be written together: path in the workspace → bytes.
pub type Set = BTreeMap<String, Vec<u8>>;

/// SHA-256 in hex.
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Bytes in hex.
pub fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(2 * bytes.len());
    for b in bytes {
        hex.push_str(&format!("{b:02x}"));
    }
    hex
}

impl<'a> Workspace<'a> {
    /// Reads the state of the workspace behind `files`.
    pub fn open(files: &'a Files) -> Result<Self> {
        let state = if files.exists(STATE) {
            let text = files.read_text(STATE, LIMIT)?;
            serde_json::from_str(&text).map_err(|e| {
                Error::input(format!("the state can't be read: {e}")).at(STATE, e.line() as u64).hint(
                    "delete it; files that were written then count as edited by hand, and `--force` writes them anew",
                )
            })?
        } else {
            State { schema: "decamp/state/1".into(), ..State::default() }
        };
        Ok(Self { files, state })
    }

    /// The group, as `group.yaml` describes it.
    pub fn group(&self) -> Result<Group> {
        if !self.files.exists("group.yaml") {
            return Err(Error::input("there is no `group.yaml` here")
                .hint("run `decamp init`, or name the workspace with `-C DIR`"));
        }
        let text = self.files.read_text("group.yaml", group::LIMIT)?;
        Group::parse(&text, "group.yaml")
    }

    /// The inventory.
    pub fn inventory(&self) -> Result<Inventory> {
        if !self.files.exists("inventory.yaml") {
            return Err(Error::input("there is no `inventory.yaml` here").hint("run `decamp inventory` first"));
        }
        let text = self.files.read_text("inventory.yaml", LIMIT)?;
        let mut found: Inventory = crate::yaml::from_str(&text, "inventory.yaml")?;
        if found.schema != inventory::SCHEMA {
            return Err(Error::input(format!("`{}` is not an inventory that this decamp reads", found.schema))
                .at("inventory.yaml", 1)
                .hint("run `decamp inventory` again"));
        }
        for source in &mut found.sources {
            source.counts.retain(|_, n| *n > 0);
        }
        Ok(found)
    }

    /// The plan, as it stands (people may have ticked tasks off by hand).
    pub fn plan(&self) -> Result<Plan> {
        self.plan_if_any()?
            .ok_or_else(|| Error::input("there is no `plan/plan.yaml` here").hint("run `decamp plan` first"))
    }

    /// The plan, when there is one.
    pub fn plan_if_any(&self) -> Result<Option<Plan>> {
        if !self.files.exists("plan/plan.yaml") {
            return Ok(None);
        }
        let text = self.files.read_text("plan/plan.yaml", LIMIT)?;
        crate::yaml::from_str(&text, "plan/plan.yaml").map(Some)
    }

    /// Whether the file at `path` is as decamp wrote it (or not there).
    pub fn untouched(&self, path: &str) -> Result<bool> {
        if !self.files.exists(path) {
            return Ok(true);
        }
        let hash = sha256(&self.files.read(path, LIMIT)?);
        Ok(self.state.files.get(path).is_some_and(|known| known.contains(&hash)))
    }

    /// Writes a set of files. `merged` names those that people may edit; files that an earlier run wrote below one of
    /// `folders` and that are not in the set any more are removed.
    ///
    /// # Errors
    /// When a file was edited by hand and `force` is not set; then nothing is written.
    pub fn write(&mut self, set: &Set, merged: &[&str], folders: &[&str], force: bool) -> Result<()> {
        let _lock = self.files.lock()?;
        let stale: BTreeSet<String> = self
            .state
            .files
            .keys()
            .filter(|p| folders.iter().any(|f| p.starts_with(f)) && !set.contains_key(*p))
            .cloned()
            .collect();
        let mut edited = Vec::new();
        for path in set.keys().chain(&stale) {
            if !force
                && !merged.contains(&path.as_str())
                && !self.untouched(path)?
                && !self.same(path, set.get(path))?
            {
                edited.push(path.clone());
            }
        }
        if let Some(first) = edited.first() {
            let list = edited.iter().map(|p| format!("`{p}`")).collect::<Vec<_>>().join(", ");
            return Err(Error::input(format!("edited by hand, or not written by decamp: {list}"))
                .in_file(first.clone())
                .hint("move your version away, or write over it with `--force`"));
        }
        for (path, bytes) in set {
            self.state.files.entry(path.clone()).or_default().push(sha256(bytes));
        }
        self.save()?;
        for (path, bytes) in set {
            self.files.write(path, bytes)?;
        }
        for path in &stale {
            self.files.remove(path)?;
            self.state.files.remove(path);
        }
        for path in set.keys() {
            if let Some(known) = self.state.files.get_mut(path) {
                known.drain(..known.len().saturating_sub(1));
            }
        }
        self.save()
    }

    fn same(&self, path: &str, bytes: Option<&Vec<u8>>) -> Result<bool> {
        match bytes {
            Some(bytes) => Ok(self.files.read(path, LIMIT)? == *bytes),
            None => Ok(false),
        }
    }

    fn save(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&self.state)
            .map_err(|e| Error::machine(format!("could not write the state: {e}")))?;
        self.files.write(STATE, text.as_bytes())
    }
}
