//! Tables: Bitwarden, 1Password, KeePass, Chrome, Firefox, Safari, LastPass, and any with a site and a password.

use super::Sites;
use crate::error::Result;
use crate::evidence::table::{Layout, Row, Table, no_header, plain_name};
use crate::evidence::text::Text;

/// Whose table it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Bitwarden and Vaultwarden.
    Bitwarden,
    /// 1Password.
    OnePassword,
    /// KeePass and KeePassXC.
    KeePass,
    /// Chrome, and browsers made from it.
    Chrome,
    /// Firefox.
    Firefox,
    /// Safari and iCloud.
    Safari,
    /// LastPass.
    LastPass,
    /// Another manager: it has a column for sites and one for passwords.
    Other,
}

/// Columns that hold sites. A password may never be looked for under any other name.
const SITE: [&str; 12] = [
    "login uri",
    "url",
    "urls",
    "uri",
    "website",
    "web site",
    "websites",
    "site",
    "website url",
    "login url",
    "sitio web",
    "direccion url",
];
const PASSWORD: [&str; 5] = ["password", "login password", "contrasena", "clave", "passphrase"];

impl Source {
    /// Whose table has these column names, if it is one of passwords and sites.
    pub fn of(names: &[String]) -> Option<Self> {
        let names: Vec<String> = names.iter().map(|n| plain_name(n)).collect();
        let has = |name: &str| names.iter().any(|n| n == name);
        if !SITE.iter().any(|n| has(n)) || !PASSWORD.iter().any(|n| has(n)) {
            return None;
        }
        Some(if has("login uri") && has("login password") {
            Self::Bitwarden
        } else if has("httprealm") || has("formactionorigin") {
            Self::Firefox
        } else if has("grouping") && has("url") {
            Self::LastPass
        } else if has("title") && (has("favorite") || has("archived")) {
            Self::OnePassword
        } else if (has("group") && has("title")) || (has("account") && has("login name")) {
            Self::KeePass
        } else if has("title") && has("otpauth") {
            Self::Safari
        } else if has("title") && has("website") {
            Self::OnePassword
        } else if has("name") && has("url") && has("username") && names.len() <= 5 {
            Self::Chrome
        } else {
            Self::Other
        })
    }
}

/// Offers the host of each site.
pub(super) fn read(text: Text<'_>, layout: Layout, sites: &mut Sites<'_>) -> Result<()> {
    let path = sites.path();
    let mut table = Table::open(text, layout, path)?;
    let mut row = Row::default();
    if !table.next_into(&mut row)? {
        return Err(no_header(path));
    }
    let columns: Vec<usize> = (0..row.len()).filter(|n| SITE.contains(&plain_name(row.cell(*n)).as_str())).collect();
    while table.next_into(&mut row)? {
        if row.cells().all(str::is_empty) {
            continue;
        }
        sites.entry();
        for &column in &columns {
            for address in addresses(row.cell(column)) {
                sites.address(Some(row.line), address);
            }
        }
    }
    Ok(())
}

/// Bitwarden joins several addresses with commas; a comma inside one address is none of that.
fn addresses(cell: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(cell);
    std::iter::from_fn(move || {
        let text = rest?;
        let cut = text
            .match_indices([',', '\n', ' '])
            .map(|(at, _)| at)
            .find(|at| begins_address(text[at + 1..].trim_start()));
        match cut {
            Some(at) => {
                rest = Some(text[at + 1..].trim_start());
                Some(&text[..at])
            }
            None => rest.take(),
        }
    })
}

fn begins_address(text: &str) -> bool {
    text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.len() < 16 && scheme.bytes().all(|b| b.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_addresses_in_one_cell() {
        let all: Vec<&str> = addresses("https://a.example/x,y.com/z,https://b.example").collect();
        assert_eq!(all, ["https://a.example/x,y.com/z", "https://b.example"]);
        assert_eq!(addresses("").count(), 1);
    }

    #[test]
    fn every_manager_is_known_by_its_columns() {
        for (header, want) in [
            (
                "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp",
                Some(Source::Bitwarden),
            ),
            ("Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes", Some(Source::OnePassword)),
            ("\"Account\",\"Login Name\",\"Password\",\"Web Site\",\"Comments\"", Some(Source::KeePass)),
            ("\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\"", Some(Source::KeePass)),
            ("name,url,username,password,note", Some(Source::Chrome)),
            ("\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\"", Some(Source::Firefox)),
            ("Title,URL,Username,Password,Notes,OTPAuth", Some(Source::Safari)),
            ("url,username,password,totp,extra,name,grouping,fav", Some(Source::LastPass)),
            ("username,username2,title,password,note,url,category,otpSecret", Some(Source::Other)),
            ("name,url,description", None),
            ("username,password", None),
        ] {
            assert_eq!(Source::of(&crate::evidence::table::split_line(header, b',')), want, "{header}");
        }
    }
}
