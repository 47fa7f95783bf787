//! The last member of a bundle: what is in it.

use super::fault::Fault;
use super::names::hex;
use super::read::Kind;
use serde::{Deserialize, Serialize};

/// Where the manifest lies in the archive.
pub const MANIFEST: &str = ".decamp/manifest.json";
/// Where a signature of it lies, when there is one.
pub(super) const SIGNATURE: &str = ".decamp/manifest.json.sig";
/// A manifest may be so long.
pub(super) const MAX_MANIFEST: u64 = 256 * 1024 * 1024;
/// What the manifest calls itself.
const SCHEMA: &str = "decamp/manifest/1";

/// The content of `.decamp/manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// `decamp/manifest/1`.
    pub schema: String,
    /// How many regular files.
    pub files: u64,
    /// Their bytes in all.
    pub bytes: u64,
    /// Every member before the manifest, in order.
    pub members: Vec<Member>,
    /// What was found and is not in the bundle.
    #[serde(default)]
    pub left_out: Vec<LeftOut>,
    /// SHA-256 of the manifest of the bundle that this one builds on, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// Files that are as they were, and lie in a bundle that this one builds on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// What people wrote on it.
    #[serde(flatten)]
    pub label: Label,
}

/// What people write on a bundle.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// Who keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeper: Option<String>,
    /// Where it lies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// When it is to be destroyed: YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destroy_by: Option<String>,
}

/// A file that did not change since the bundle that this one builds on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Its path, there and here.
    pub path: String,
    /// Bytes of content.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u64,
    /// BLAKE3 of the content, in hexadecimal.
    pub blake3: String,
    /// The name it had, in hexadecimal, when a bundle may not hold that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
}

/// One member as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its path in the bundle.
    pub path: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Bytes of content.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub size: u64,
    /// BLAKE3 of the content of a regular file, in hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blake3: Option<String>,
    /// Where a link leads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The zstd frame in which its first header begins, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frame: Option<u64>,
    /// Where in the tar stream that header begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// The name it had, in hexadecimal, when a bundle may not hold that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// It changed or failed while it was read: the copy may be torn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub incomplete: bool,
}

/// Something that was found and is not in the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Where it would have been in the bundle.
    pub path: String,
    /// Why it isn't.
    pub why: String,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // as serde calls it
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// What the archive really holds at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) path: String,
    pub(super) kind: Kind,
    pub(super) size: u64,
    pub(super) blake3: [u8; 32],
    pub(super) target: Option<String>,
    pub(super) offset: u64,
}

impl Manifest {
    pub(super) fn new(members: Vec<Member>, left_out: Vec<LeftOut>) -> Self {
        let regular = members.iter().filter(|m| m.kind == Kind::File);
        let (files, bytes) = regular.fold((0, 0), |(files, bytes), m| (files + 1, bytes + m.size));
        Self {
            schema: SCHEMA.into(),
            files,
            bytes,
            members,
            left_out,
            base: None,
            carried: Vec::new(),
            label: Label::default(),
        }
    }

    pub(super) fn to_json(&self) -> std::io::Result<Vec<u8>> {
        let mut json = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        json.push(b'\n');
        Ok(json)
    }

    pub(super) fn parse(json: &[u8]) -> Result<Self, Fault> {
        // The message of serde_json may quote the text; the place is enough.
        let manifest: Self = serde_json::from_slice(json).map_err(|e| {
            Fault::mismatch(format!("the manifest can't be read (line {}, column {})", e.line(), e.column()))
        })?;
        if manifest.schema != SCHEMA {
            return Err(Fault::mismatch("the manifest is of a kind that this version does not know"));
        }
        Ok(manifest)
    }

    /// Compares with what the archive really holds.
    pub(super) fn compare(&self, seen: &[Seen]) -> Result<(), Fault> {
        let listed: std::collections::HashSet<&str> = self.members.iter().map(|m| m.path.as_str()).collect();
        if listed.len() != self.members.len() {
            return Err(Fault::mismatch("the manifest lists a path twice"));
        }
        let held: std::collections::HashSet<&str> = seen.iter().map(|s| s.path.as_str()).collect();
        if let Some(missing) = listed.difference(&held).next() {
            return Err(Fault::mismatch("the manifest lists what is not there").member(missing));
        }
        if let Some(extra) = held.difference(&listed).next() {
            return Err(Fault::mismatch("a member is not in the manifest").member(extra));
        }
        for (member, seen) in self.members.iter().zip(seen) {
            member.compare(seen).map_err(|f| f.member(&seen.path))?;
        }
        let regular = seen.iter().filter(|s| s.kind == Kind::File);
        let totals = regular.fold((0, 0), |(files, bytes), s| (files + 1, bytes + s.size));
        if totals != (self.files, self.bytes) {
            return Err(Fault::mismatch("the manifest's totals are wrong"));
        }
        Ok(())
    }
}

impl Member {
    fn compare(&self, seen: &Seen) -> Result<(), Fault> {
        if self.path != seen.path {
            return Err(Fault::mismatch("members are not in the manifest's order"));
        }
        if self.kind != seen.kind {
            return Err(Fault::mismatch("a member is of another type than the manifest says"));
        }
        if self.size != seen.size {
            return Err(Fault::mismatch("a member is of another size than the manifest says"));
        }
        let hash_wrong = match &self.blake3 {
            Some(hash) => *hash != hex(&seen.blake3),
            None => self.kind == Kind::File,
        };
        if hash_wrong {
            return Err(Fault::mismatch("a member's content is not what the manifest says"));
        }
        if self.target != seen.target {
            return Err(Fault::mismatch("a link leads elsewhere than the manifest says"));
        }
        if self.offset.is_some_and(|offset| offset != seen.offset) {
            return Err(Fault::mismatch("a member is at another place than the manifest says"));
        }
        Ok(())
    }
}
