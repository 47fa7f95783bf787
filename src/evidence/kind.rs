//! What a file is, how dangerous it is, and what counts as the same kind of evidence.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeSet;
use std::sync::Mutex;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A BIND zone file, or what a DNS host's own format says of one.
    Zone,
    /// Answers of a resolver.
    Dns,
    /// Certificates that were issued, by their public log: names only.
    Certificates,
    /// A saved page.
    Html,
    /// A page of the group's site, as `--site` fetched it.
    Site,
    /// A browser's HTTP archive.
    Har,
    /// The addresses of a site's pages, as the site lists them.
    Sitemap,
    /// A list of addresses, maybe with the new ones beside them.
    Links,
    /// A browser's bookmarks.
    Bookmarks,
    /// A browser's history.
    History,
    /// What the group said.
    Answers,
    /// A bank's or bookkeeping's statement.
    Ledger,
    /// The user list of Google's admin console.
    GoogleUsers,
    /// The user list, or the use of mailboxes, of Microsoft 365's admin centre.
    M365Users,
    /// Apps that accounts of Google gave access.
    GoogleOauth,
    /// Apps that accounts of Microsoft gave access.
    M365Apps,
    /// A password manager's export.
    Logins,
    /// A mailbox in one file.
    Mbox,
    /// A mailbox with a file a letter.
    Maildir,
    /// One letter.
    Eml,
    /// What Google's Takeout gives.
    Takeout,
    /// Resources at Amazon's cloud.
    Aws,
    /// Resources at Microsoft's cloud.
    Azure,
    /// Resources at Google's cloud.
    Gcp,
    /// Terraform's memory of resources.
    Terraform,
    /// A service's own export: its kind is named in the service's file.
    Export(Name),
    /// None of these.
    Unknown,
}

/// All but the exports that services' files name.
const ALL: [Kind; 26] = [
    Kind::Zone,
    Kind::Dns,
    Kind::Certificates,
    Kind::Html,
    Kind::Site,
    Kind::Har,
    Kind::Sitemap,
    Kind::Links,
    Kind::Bookmarks,
    Kind::History,
    Kind::Answers,
    Kind::Ledger,
    Kind::GoogleUsers,
    Kind::M365Users,
    Kind::GoogleOauth,
    Kind::M365Apps,
    Kind::Logins,
    Kind::Mbox,
    Kind::Maildir,
    Kind::Eml,
    Kind::Takeout,
    Kind::Aws,
    Kind::Azure,
    Kind::Gcp,
    Kind::Terraform,
    Kind::Unknown,
];

/// The name of a service's export, kept once for the life of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(&'static str);

/// The most names that are kept.
const NAMES: usize = 10_000;

impl Name {
    /// Keeps a name; none when it is not in kebab-case, or there are too many.
    pub fn new(text: &str) -> Option<Self> {
        static KEPT: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        let kebab = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || c == b'-';
        if text.is_empty() || text.len() > 40 || !text.bytes().all(kebab) {
            return None;
        }
        let mut kept = KEPT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(known) = kept.get(text) {
            return Some(Self(known));
        }
        if kept.len() >= NAMES {
            return None;
        }
        let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
        kept.insert(name);
        Some(Self(name))
    }
}

/// How dangerous the file itself is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Care {
    /// Public anyway.
    Open,
    /// Nobody else's business.
    Private,
    /// Holds passwords, cookies or letters.
    Secret,
}

impl Kind {
    /// The contract's care for this kind.
    pub fn care(self) -> Care {
        match self {
            Self::Zone
            | Self::Dns
            | Self::Certificates
            | Self::Html
            | Self::Site
            | Self::Sitemap
            | Self::Links
            | Self::Bookmarks
            | Self::Answers => Care::Open,
            Self::Ledger
            | Self::GoogleUsers
            | Self::M365Users
            | Self::GoogleOauth
            | Self::M365Apps
            | Self::History
            | Self::Export(_)
            | Self::Unknown => Care::Private,
            Self::Har
            | Self::Logins
            | Self::Mbox
            | Self::Maildir
            | Self::Eml
            | Self::Takeout
            | Self::Aws
            | Self::Azure
            | Self::Gcp
            | Self::Terraform => Care::Secret,
        }
    }

    /// Its name in files.
    pub fn id(self) -> &'static str {
        match self {
            Self::Zone => "zone",
            Self::Dns => "dns",
            Self::Certificates => "certificates",
            Self::Html => "html",
            Self::Site => "site",
            Self::Har => "har",
            Self::Sitemap => "sitemap",
            Self::Links => "links",
            Self::Bookmarks => "bookmarks",
            Self::History => "history",
            Self::Answers => "answers",
            Self::Ledger => "ledger",
            Self::GoogleUsers => "google-users",
            Self::M365Users => "m365-users",
            Self::GoogleOauth => "google-oauth",
            Self::M365Apps => "m365-apps",
            Self::Logins => "logins",
            Self::Mbox => "mbox",
            Self::Maildir => "maildir",
            Self::Eml => "eml",
            Self::Takeout => "takeout",
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Gcp => "gcp",
            Self::Terraform => "terraform",
            Self::Export(name) => name.0,
            Self::Unknown => "unknown",
        }
    }

    /// The kind with this name; a name that none has is that of a service's export.
    pub fn of(id: &str) -> Option<Self> {
        ALL.into_iter().find(|k| k.id() == id).or_else(|| Name::new(id).map(Self::Export))
    }

    /// Kinds that say the same thing twice count once: the family that must differ for "independent".
    pub fn family(self) -> &'static str {
        match self {
            Self::Zone | Self::Dns | Self::Certificates => "dns",
            Self::Html | Self::Site | Self::Har => "page",
            Self::Mbox | Self::Maildir | Self::Eml | Self::Takeout => "mail",
            Self::Bookmarks | Self::History => "browser",
            Self::GoogleUsers | Self::GoogleOauth => "google",
            Self::M365Users | Self::M365Apps => "microsoft",
            Self::Aws | Self::Azure | Self::Gcp | Self::Terraform => "cloud",
            other => other.id(),
        }
    }

    /// Whether it is mail, of whatever form.
    pub fn is_mail(self) -> bool {
        self.family() == "mail"
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = String::deserialize(deserializer)?;
        Self::of(&id).ok_or_else(|| serde::de::Error::custom("this is not the name of a kind of evidence"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in ALL {
            assert_eq!(Kind::of(kind.id()), Some(kind));
        }
        assert_eq!(Kind::of("mailchimp").unwrap().id(), "mailchimp");
        assert_eq!(Kind::of("mailchimp"), Kind::of("mailchimp"));
        assert!(Kind::of("Mail chimp").is_none() && Kind::of("").is_none());
    }
}
