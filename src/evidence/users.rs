//! The kinds `google-users` and `m365-users`: how many accounts there are, under which domains, how much they store.
//!
//! `inventory` gets one signal for the whole list; nothing about a person is kept. `render`, which needs the people, reads the
//! list again with [`each`].

use super::host::{self, Host};
use super::table::{Layout, Row, Table, no_header, plain_name};
use super::text::Text;
use super::{Counts, Input, Kind, Place, Signal, Sink};
use crate::error::Result;
use std::collections::BTreeSet;

/// The most domains that are kept of one list.
const DOMAINS: usize = 1000;

/// Which list has these column names, if any: by the text before ` [`, which changes over time.
pub fn kind_of(names: &[String]) -> Option<Kind> {
    let names: Vec<String> = names.iter().map(|n| plain_name(n)).collect();
    let has = |name: &str| names.iter().any(|n| n == name);
    if has("email address") && has("first name") && (has("org unit path") || has("last sign in") || has("2sv enrolled"))
    {
        Some(Kind::GoogleUsers)
    } else if (has("user principal name")
        && ["licenses", "block credential", "proxy addresses", "display name"].iter().any(|n| has(n)))
        || (has("userprincipalname") && has("displayname"))
        // As Microsoft's Spanish documentation of its reports has them.
        || (has("nombre principal de usuario") && has("nombre para mostrar"))
    {
        Some(Kind::M365Users)
    } else {
        None
    }
}

/// Columns by what they hold.
struct Columns {
    address: usize,
    /// Columns that together are the person's name.
    name: Vec<usize>,
    aliases: Option<usize>,
    licenses: Option<usize>,
    status: Option<usize>,
    /// Columns of storage, each with the unit that its name gives.
    storage: Vec<(usize, u64)>,
}

impl Columns {
    fn of(kind: Kind, header: &Row) -> Option<Self> {
        let names: Vec<String> = header.cells().map(plain_name).collect();
        let find = |known: &[&str]| known.iter().find_map(|k| names.iter().position(|n| n == k));
        let with_units = |known: &[&str]| -> Vec<(usize, u64)> {
            let at = (0..names.len()).filter(|n| known.contains(&names[*n].as_str()));
            at.map(|n| (n, header_unit(header.cell(n)))).collect()
        };
        let mut storage = with_units(&[
            "storage used",
            "total storage",
            "total storage used",
            "storage used bytes",
            "almacenamiento usado",
        ]);
        storage.truncate(1);
        if storage.is_empty() {
            storage = with_units(&[
                "email usage",
                "gmail usage",
                "gmail storage used",
                "drive usage",
                "drive storage used",
                "photos usage",
                "photos storage used",
            ]);
        }
        let whole = find(&["display name", "displayname", "nombre para mostrar"]);
        let parts = [find(&["first name"]), find(&["last name"])];
        Some(Self {
            name: whole.map_or_else(|| parts.into_iter().flatten().collect(), |n| vec![n]),
            address: match kind {
                Kind::GoogleUsers => find(&["email address"])?,
                _ => find(&["user principal name", "userprincipalname", "nombre principal de usuario"])?,
            },
            aliases: find(&["proxy addresses", "proxyaddresses"]),
            licenses: find(&["licenses"]),
            status: match kind {
                Kind::GoogleUsers => find(&["status"]),
                _ => find(&["block credential", "sign in blocked", "accountenabled"]),
            },
            storage,
        })
    }
}

/// One account of a list.
#[derive(Debug, Default)]
pub struct User {
    /// The line it stands on, from 1.
    pub line: u64,
    /// The address, lower case; a hash where the list hides who it is about.
    pub address: String,
    /// The person's name, as the list has it.
    pub name: String,
    /// Other addresses that lead here, lower case; none where the list has no column of them.
    pub aliases: Option<Vec<String>>,
    /// Whether it can sign in.
    pub active: bool,
    /// The list says that nobody pays for it: so it is with shared mailboxes and rooms.
    pub unlicensed: bool,
    /// Its account is elsewhere.
    pub guest: bool,
    /// Bytes stored.
    pub bytes: Option<u64>,
}

/// A list whose column names were read.
struct List<'a, 'p> {
    table: Table<'a, 'p>,
    columns: Columns,
    enabled_means_active: bool,
}

fn open<'a, 'p>(text: Text<'a>, kind: Kind, layout: Layout, path: &'p str) -> Result<List<'a, 'p>> {
    let (table, row) = Table::headed(text, layout, path)?;
    let enabled_means_active = row.cells().any(|n| plain_name(n) == "accountenabled");
    let columns = Columns::of(kind, &row).ok_or_else(|| no_header(path))?;
    Ok(List { table, columns, enabled_means_active })
}

/// Hands on each account of a list; those before a damage, too.
///
/// # Errors
/// With file and line, never a line's text, when the table is broken.
pub fn each(text: Text<'_>, kind: Kind, layout: Layout, path: &str, found: &mut dyn FnMut(User)) -> Result<()> {
    rows(open(text, kind, layout, path)?, kind, found)
}

fn rows(list: List<'_, '_>, kind: Kind, found: &mut dyn FnMut(User)) -> Result<()> {
    let List { mut table, columns, enabled_means_active } = list;
    let mut row = Row::default();
    while table.next_into(&mut row)? {
        let address = row.cell(columns.address).to_lowercase();
        // A report of use may hide who it is about.
        let hidden =
            !columns.storage.is_empty() && address.len() == 32 && address.bytes().all(|b| b.is_ascii_hexdigit());
        if !address.contains('@') && !hidden {
            continue;
        }
        let status = columns.status.map(|n| row.cell(n).to_lowercase()).unwrap_or_default();
        let blocked = match (kind, status.as_str()) {
            (Kind::GoogleUsers, status) => !matches!(status, "" | "active" | "activo" | "activa"),
            (_, "true" | "yes" | "sí" | "si" | "verdadero") => !enabled_means_active,
            (_, "false" | "falso") => enabled_means_active,
            _ => false,
        };
        let name: Vec<&str> = columns.name.iter().map(|n| row.cell(*n)).filter(|n| !n.is_empty()).collect();
        let sizes = columns.storage.iter().filter_map(|(column, unit)| size(row.cell(*column), *unit));
        found(User {
            line: row.line,
            // Guests have their account elsewhere.
            guest: address.contains("#ext#"),
            address,
            name: name.join(" "),
            aliases: columns.aliases.map(|n| proxies(row.cell(n))),
            active: !blocked,
            unlicensed: columns.licenses.is_some_and(|n| row.cell(n).eq_ignore_ascii_case("unlicensed")),
            bytes: sizes.reduce(u64::saturating_add),
        });
    }
    table.whole()
}

/// `SMTP:ana@casa.example+smtp:a.b@casa.example`: the addresses of mail in such a list. A `+` also stands within addresses, so
/// only one that a type of address follows begins another.
fn proxies(cell: &str) -> Vec<String> {
    let is_type = |t: &str| !t.is_empty() && t.len() <= 12 && t.bytes().all(|b| b.is_ascii_alphanumeric());
    let mut found: Vec<(String, String)> = Vec::new();
    for list in cell.split([';', ',']) {
        let mut first = true;
        for piece in list.trim().split('+') {
            match piece.split_once(':').filter(|(t, _)| is_type(t)) {
                Some((kind, address)) => found.push((kind.to_lowercase(), address.to_owned())),
                None if first => found.push(("smtp".to_owned(), piece.to_owned())),
                None => {
                    if let Some((_, address)) = found.last_mut() {
                        address.push('+');
                        address.push_str(piece);
                    }
                }
            }
            first = false;
        }
    }
    found.into_iter().filter(|(kind, a)| kind == "smtp" && a.contains('@')).map(|(_, a)| a.to_lowercase()).collect()
}

/// Reads a list of users and offers it as one signal.
///
/// # Errors
/// With file and line, never a line's text, when the table is broken.
pub fn read(text: Text<'_>, kind: Kind, layout: Layout, about: &Input<'_>, sink: &mut dyn Sink) -> Result<Counts> {
    let (mut all, mut active, mut guests) = (0, 0, 0);
    let (mut bytes, mut largest): (Option<u64>, Option<u64>) = (None, None);
    let mut domains = BTreeSet::new();
    // What stands before a damage counts.
    let whole = rows(open(text, kind, layout, about.path)?, kind, &mut |user| {
        all += 1;
        if user.guest {
            guests += 1;
            return;
        }
        active += u64::from(user.active);
        for address in user.aliases.iter().flatten().chain([&user.address]) {
            add_domain(address, &mut domains);
        }
        if let Some(own) = user.bytes {
            bytes = Some(bytes.unwrap_or(0).saturating_add(own));
            largest = largest.max(Some(own));
        }
    });
    let signal = Signal::Users { accounts: active, bytes, largest, domains: domains.into_iter().collect() };
    sink.offer(kind, Place { path: about.path, line: None }, &signal);
    let mut counts = Counts::default();
    counts.add("rows", all);
    counts.add("active", active);
    counts.add("suspended", all - active - guests);
    if guests > 0 {
        counts.add("guests", guests);
    }
    whole.map(|()| counts)
}

fn add_domain(address: &str, domains: &mut BTreeSet<String>) {
    if let Some((_, domain)) = address.trim().rsplit_once('@')
        && domains.len() < DOMAINS
        && let Host::Name(name) = host::valid(domain)
    {
        domains.insert(name);
    }
}

/// The unit that a column's name gives: `Storage Used (MB)`.
fn header_unit(name: &str) -> u64 {
    let name = name.to_lowercase();
    ["kb", "mb", "gb", "tb"].iter().find(|u| name.contains(&format!("({u})"))).map_or(1, |u| unit(u))
}

fn unit(word: &str) -> u64 {
    match word {
        "kb" | "kib" => 1 << 10,
        "mb" | "mib" => 1 << 20,
        "gb" | "gib" => 1 << 30,
        "tb" | "tib" => 1 << 40,
        _ => 1,
    }
}

/// `14.05GB`, `512 MB`, `1024` (in the column's unit), in bytes.
fn size(text: &str, of_column: u64) -> Option<u64> {
    let text = text.trim().to_lowercase().replace(',', ".");
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let word = text[end..].trim();
    let unit = if word.is_empty() { of_column } else { unit(word) };
    let (whole, part) = text[..end].split_once('.').unwrap_or((&text[..end], ""));
    if part.contains('.') || (whole.is_empty() && part.is_empty()) {
        return None;
    }
    let part = part.get(..part.len().min(3))?;
    let thousandths: u64 = format!("{part:0<3}").parse().ok()?;
    let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    whole.checked_mul(unit)?.checked_add((unit / 1000).checked_mul(thousandths)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::table::split_line;
    use super::super::text::Encoding;
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Default)]
    struct Seen(Vec<List>);
    /// Accounts, bytes of all and of the largest, domains.
    type List = (u64, Option<u64>, Option<u64>, Vec<String>);

    impl Sink for Seen {
        fn offer(&mut self, _: Kind, _: Place<'_>, signal: &Signal<'_>) -> bool {
            let Signal::Users { accounts, bytes, largest, domains } = signal else { return false };
            self.0.push((*accounts, *bytes, *largest, domains.clone()));
            true
        }
    }

    fn run(text: &str) -> Result<(Seen, Counts)> {
        let kind = kind_of(&split_line(text.lines().next().unwrap_or_default(), b',')).unwrap();
        let mut seen = Seen::default();
        let mut input = text.as_bytes();
        let about = Input::new("users.csv", &[]);
        let layout = Layout { delimiter: b',', header: 1 };
        let counts = read(Text::new(&mut input, Encoding::Utf8), kind, layout, &about, &mut seen)?;
        Ok((seen, counts))
    }

    const GOOGLE: &str = "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],Recovery Email,Status [READ ONLY],Last Sign In [READ ONLY],Email Usage [READ ONLY],Drive Usage [READ ONLY]\n";

    #[test]
    fn google_counts_active_accounts_and_storage() {
        let text = format!(
            "{GOOGLE}SECRET,SECRET,ana@CasaAbierta.example,****,/,SECRET@secret.example,Active,2026,1.5GB,0GB\nx,y,b@casaabierta.example,****,/,,Suspended,,512 MB,\nx,y,c@otra.example,,,,active,,,junk\n,,,,,,,,,\n"
        );
        let (seen, counts) = run(&text).unwrap();
        let bytes = (1_u64 << 30) + ((1 << 30) / 1000) * 500 + (512 << 20);
        assert_eq!(
            seen.0,
            [(2, Some(bytes), Some(bytes - (512 << 20)), vec!["casaabierta.example".into(), "otra.example".into()])]
        );
        assert_eq!((counts.0["rows"], counts.0["active"], counts.0["suspended"]), (3, 2, 1));
        assert!(!format!("{seen:?}").to_lowercase().contains("secret"));
    }

    #[test]
    fn microsoft_counts_unblocked_accounts_and_aliases() {
        let text = "Block credential,Display name,Licenses,Proxy addresses,User principal name\nFalse,SECRET,Business Basic,SMTP:ana@casaabierta.example+smtp:ana@vieja.example,ana@casaabierta.example\nTrue,x,Unlicensed,,b@casa.onmicrosoft.com\nFalse,x,,,out_other.example#EXT#@casa.onmicrosoft.com\n";
        let (seen, counts) = run(text).unwrap();
        assert_eq!(
            seen.0,
            [(
                1,
                None,
                None,
                vec!["casa.onmicrosoft.com".into(), "casaabierta.example".into(), "vieja.example".into()]
            )]
        );
        assert_eq!((counts.0["rows"], counts.0["suspended"], counts.0["guests"]), (3, 1, 1));
        let entra = "userPrincipalName,displayName,accountEnabled\na@b.example,x,True\nc@b.example,x,False\n";
        assert_eq!(run(entra).unwrap().0.0[0].0, 1);
    }

    #[test]
    fn what_stands_before_a_damage_counts() {
        let text = format!("{GOOGLE}a,b,ana@casa.example,,,,Active\na,b,\"bea@casa.example");
        let kind = Kind::GoogleUsers;
        let (mut seen, mut input) = (Seen::default(), text.as_bytes());
        let layout = Layout { delimiter: b',', header: 1 };
        let text = Text::new(&mut input, Encoding::Utf8);
        assert!(read(text, kind, layout, &Input::new("users.csv", &[]), &mut seen).is_err());
        assert_eq!(seen.0, [(1, None, None, vec!["casa.example".into()])]);
    }

    #[test]
    fn people_are_handed_on_with_their_names_and_other_addresses() {
        let users = |text: &str| {
            let kind = kind_of(&split_line(text.lines().next().unwrap_or_default(), b',')).unwrap();
            let (mut all, mut input) = (Vec::new(), text.as_bytes());
            let layout = Layout { delimiter: b',', header: 1 };
            each(Text::new(&mut input, Encoding::Utf8), kind, layout, "u.csv", &mut |u| all.push(u)).unwrap();
            all
        };
        let all = users(&format!("{GOOGLE}Ana,Ruiz,Ana@casa.example,,/,,Suspended,,1KB,\n"));
        assert_eq!((all[0].name.as_str(), all[0].address.as_str()), ("Ana Ruiz", "ana@casa.example"));
        assert_eq!((all[0].active, all[0].bytes, all[0].line), (false, Some(1024), 2));
        let text = "Block credential,Display name,Proxy addresses,User principal name\nFalse,Ana,SMTP:ana@casa.example+smtp:ana+avisos@casa.example+SIP:ana@casa.example+X500:/o=x,ana@casa.example\n";
        assert_eq!(users(text)[0].aliases.as_deref().unwrap(), ["ana@casa.example", "ana+avisos@casa.example"]);
        let entra = "userPrincipalName,displayName,proxyAddresses\na@casa.example,A,\n";
        assert_eq!(users(entra)[0].aliases.as_deref(), Some(&[] as &[String]));
        // Where there is no such column nobody knows whether there are any.
        assert_eq!(all[0].aliases, None);
        let shared = "Block credential,Display name,Licenses,User principal name\nTrue,Info,Unlicensed,info@casa.example\nTrue,Bea,Business Basic,bea@casa.example\n";
        assert_eq!(
            users(shared).iter().map(|u| (u.active, u.unlicensed)).collect::<Vec<_>>(),
            [(false, true), (false, false)]
        );
    }

    #[test]
    fn other_lists_of_people_are_not_user_lists() {
        for header in [
            "Email Address,First Name,Last Name,TAGS",
            "First Name,Last Name,E-mail Address",
            "name,url,username,password",
            "",
        ] {
            assert_eq!(kind_of(&split_line(header, b',')), None, "{header}");
        }
    }

    #[test]
    fn sizes_never_overflow() {
        assert_eq!(size("99999999999999999999", 1), None);
        assert_eq!(size("18446744073709551615 TB", 1), None);
        assert_eq!(size("1,5 KB", 1), Some(1024 + 500));
        assert_eq!(size(".", 1), None);
        assert_eq!(size("2", 1 << 20), Some(2 << 20));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[\\PC\n\",@]{0,200}") {
            let _ = run(&format!("{GOOGLE}{text}"));
            let _ = size(&text, 1);
        }
    }
}
