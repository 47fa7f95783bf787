//! The people on a list, or in a newsletter's audience, as a service's own export has them.
//!
//! `inventory` only counts such rows. `render` reads them again, to put the list up at its new home. Which column holds what
//! stands in the service's file (`people` of a `shape`).

use super::host;
use super::table::{Layout, Row, Table, no_header, plain_name};
use super::text::Text;
use crate::error::{Error, Result};
use std::collections::BTreeMap;

/// The most people of one file.
const MOST: usize = 500_000;
/// How many rows must have an address in a column of unknown name for it to be that of the addresses.
const SAMPLE: usize = 20;

/// What somebody is on a list. Who is in none of these states is never put on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Owns the list.
    Owner,
    /// Lets mail through.
    Moderator,
    /// Gets its mail.
    Member,
    /// Gets the newsletter.
    Subscribed,
    /// Has left.
    Unsubscribed,
    /// Mail came back, or somebody complained.
    Cleaned,
    /// The file says something else, or nothing.
    Unknown,
}

/// Which columns hold what, as [`plain_name`] gives them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    /// The address: the first of these that is there.
    pub address: Vec<String>,
    /// The name: those that are there, in this order.
    pub name: Vec<String>,
    /// The address of the list.
    pub list: Option<String>,
    /// How the line above the column names begins, in lower case; the list's name follows.
    pub title: Option<String>,
    /// What somebody is.
    pub state: Option<String>,
    /// The words of that column.
    pub states: BTreeMap<String, State>,
    /// What everybody is, where no column says it.
    pub all: Option<State>,
    /// How the file's name must begin for that to hold.
    pub file_begins: Option<String>,
}

/// One row.
#[derive(Debug)]
pub struct Person {
    /// The line it starts on, from 1.
    pub line: u64,
    /// The address, as it stands there.
    pub address: String,
    /// The name, or nothing.
    pub name: String,
    /// The list's address or name, where the file says it.
    pub list: Option<String>,
    /// What somebody is.
    pub state: State,
    /// The word for it, where it is none that is known.
    pub word: String,
}

/// Reads all rows. A list of which some is missing is none, so nothing is handed on before a damage.
///
/// # Errors
/// With file and line, never a line's text, when the table is broken or no column is surely that of the addresses.
pub fn read(text: Text<'_>, columns: &Columns, layout: Layout, title: Option<&str>, path: &str) -> Result<Vec<Person>> {
    let (mut table, mut row) = Table::headed(text, layout, path)?;
    let names = row.names();
    let at = |name: &String| names.iter().position(|n| n == name);
    let mut rows = Vec::new();
    while table.next_into(&mut row)? {
        if row.cells().all(str::is_empty) {
            continue;
        }
        if rows.len() >= MOST {
            return Err(Error::input("the list has more than 500,000 people").at(path, row.line).hint("split it"));
        }
        rows.push(std::mem::take(&mut row));
    }
    table.whole()?;
    let address = columns
        .address
        .iter()
        .find_map(at)
        .or_else(|| only_addresses(&rows, names.len()))
        .ok_or_else(|| no_header(path).hint("no column is surely that of the addresses; call it Email Address"))?;
    let parts: Vec<usize> = columns.name.iter().filter_map(at).collect();
    let (list, state) = (columns.list.as_ref().and_then(at), columns.state.as_ref().and_then(at));
    let named = path.rsplit(['/', '!']).next().unwrap_or(path);
    let begins = columns.file_begins.as_ref().is_none_or(|b| named.to_lowercase().starts_with(b.as_str()));
    let title = title.and_then(|line| titled(line, columns.title.as_deref()?));
    let person = |row: &Row| {
        let word = state.map(|n| row.cell(n).to_owned());
        let known = match &word {
            Some(word) => columns.states.get(&plain_name(word)).copied(),
            None => columns.all.filter(|_| begins),
        };
        let name: Vec<&str> = parts.iter().map(|n| row.cell(*n)).filter(|n| !n.is_empty()).collect();
        Person {
            line: row.line,
            address: row.cell(address).to_owned(),
            name: name.join(" "),
            list: list.map(|n| row.cell(n).to_lowercase()).filter(|l| !l.is_empty()).or_else(|| title.clone()),
            state: known.unwrap_or(State::Unknown),
            word: word.unwrap_or_default(),
        }
    };
    Ok(rows.iter().map(person).collect())
}

/// An address of mail as its two parts, in lower case: one that every program takes without quoting. None: it is not one, or
/// one with letters other than ASCII's, or it begins with a sign that programs act on (`=`, `+`, `-`).
pub fn address(text: &str) -> Option<(String, String)> {
    let (local, domain) = text.trim().rsplit_once('@')?;
    let atom = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&c);
    let dotted = local.split('.').all(|part| !part.is_empty() && part.bytes().all(atom));
    if !dotted || local.len() > 64 || local.starts_with(['=', '+', '-']) || !domain.contains('.') {
        return None;
    }
    host::valid(domain).name().map(|domain| (local.to_ascii_lowercase(), domain))
}

/// The name of a list, from a line such as `Members for group Vecinas`.
fn titled(line: &str, begins: &str) -> Option<String> {
    let line = line.trim().trim_matches('"').trim();
    let rest = line.get(begins.len()..)?;
    let name = rest.trim_end_matches([',', ';', '"']).trim();
    (line.get(..begins.len())?.to_lowercase() == begins && !name.is_empty()).then(|| name.to_owned())
}

/// The one column in which each of the first rows has an address: vendors let people rename the others, and translate them.
fn only_addresses(rows: &[Row], width: usize) -> Option<usize> {
    let sample = &rows[..rows.len().min(SAMPLE)];
    let mut fits = (0..width).filter(|n| !sample.is_empty() && sample.iter().all(|r| is_address(r.cell(*n))));
    fits.next().filter(|_| fits.next().is_none())
}

fn is_address(cell: &str) -> bool {
    cell.split_once('@').is_some_and(|(l, d)| !l.is_empty() && d.contains('.')) && !cell.contains(char::is_whitespace)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::text::Encoding;
    use super::*;

    fn columns() -> Columns {
        Columns {
            address: vec!["email address".into()],
            name: vec!["first name".into(), "last name".into()],
            title: Some("members for group ".into()),
            state: Some("group status".into()),
            states: [("owner".to_owned(), State::Owner), ("member".to_owned(), State::Member)].into(),
            ..Columns::default()
        }
    }

    fn run(text: &str, columns: &Columns, path: &str) -> Result<Vec<Person>> {
        let mut input = text.as_bytes();
        let header = if text.starts_with("Members") { 2 } else { 1 };
        let layout = Layout { delimiter: b',', header };
        read(Text::new(&mut input, Encoding::Utf8), columns, layout, text.lines().next(), path)
    }

    #[test]
    fn only_a_known_state_counts() {
        let text = "Members for group Vecinas\nEmail address,First name,Last name,Group status\nana@casa.example,Ana,Ruiz,Owner\nb@casa.example,,,member\nc@casa.example,C,,invited\n";
        let all = run(text, &columns(), "v.csv").unwrap();
        let states: Vec<State> = all.iter().map(|p| p.state).collect();
        assert_eq!(states, [State::Owner, State::Member, State::Unknown]);
        assert_eq!((all[0].name.as_str(), all[2].word.as_str(), all[2].line), ("Ana Ruiz", "invited", 5));
        assert!(all.iter().all(|p| p.list.as_deref() == Some("Vecinas")));
    }

    #[test]
    fn what_a_file_is_for_must_stand_in_its_name() {
        let columns = Columns {
            address: vec!["email address".into()],
            all: Some(State::Subscribed),
            file_begins: Some("subscribed".into()),
            ..Columns::default()
        };
        let text = "Email Address,LEID\na@b.example,1\n";
        for (path, state) in [
            ("m.zip!subscribed_1.csv", State::Subscribed),
            ("e/Subscribed.csv", State::Subscribed),
            ("m.zip!nonsubscribed_1.csv", State::Unknown),
            ("audience.csv", State::Unknown),
        ] {
            assert_eq!(run(text, &columns, path).unwrap()[0].state, state, "{path}");
        }
    }

    #[test]
    fn a_renamed_column_is_found_only_when_it_is_the_only_one() {
        let columns = Columns { address: vec!["email address".into()], ..Columns::default() };
        let one = run("Correo,Vorname\na@b.example,x\nc@d.example,y\n", &columns, "a.csv").unwrap();
        assert_eq!(one[1].address, "c@d.example");
        assert!(run("Correo,Otro\na@b.example,x@y.example\n", &columns, "a.csv").is_err());
        assert!(run("Correo,Otro\n", &columns, "a.csv").is_err());
    }

    #[test]
    fn addresses_are_plain() {
        assert_eq!(address(" O'Neil+x@Casa.Example "), Some(("o'neil+x".into(), "casa.example".into())));
        for bad in [
            "a",
            "@b.example",
            "a@b",
            "a b@c.example",
            "\"a\"@b.example",
            "a..b@c.example",
            "=a@b.example",
            "a@b.example\nx",
            "ñ@b.example",
            "-a@b.example",
        ] {
            assert_eq!(address(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_damaged_list_is_none() {
        let e = run("Email address,Group status\na@b.example,member\n\"c", &columns(), "a.csv").unwrap_err();
        assert_eq!(e.at.unwrap().line, Some(3));
    }
}
