//! From entries to records: owners, TTLs, classes, directives.

use super::bounds::Room;
use super::dialect::Dialect;
use super::lex::{Entry, Lexer, Token};
use super::origin;
use super::record::{Data, Record, absolute, interpret, labels};
use crate::error::{Error, Kind as Fault, Result};
use std::sync::Arc;

/// How deep `$INCLUDE` may go.
const DEPTH: usize = 8;
/// The highest TTL (RFC 2181 §8), in seconds.
const MAX_TTL: u64 = 2_147_483_647;

/// Opens what `$INCLUDE` names: the path as written → (name to show, bytes). Refuses what lies outside.
pub type Include<'a> = &'a dyn Fn(&str) -> Result<(String, Vec<u8>)>;

/// What a master file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    /// The zone's name, lower case, without the final dot.
    pub name: String,
    /// Its records, in order.
    pub records: Vec<Record>,
    /// Bytes of the files it includes, after those of the file itself (for its hash).
    pub included: Vec<u8>,
}

/// How a zone is read.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// The file's name as given.
    pub path: &'a str,
    /// The origin when the file itself does not say: `group.yaml`'s one domain.
    pub origin: Option<&'a str>,
    /// How included files are opened.
    pub include: Include<'a>,
}

pub(super) struct Reader<'a> {
    options: Options<'a>,
    records: Vec<Record>,
    included: Vec<u8>,
    room: Room,
    ttl_default: Option<u32>,
    ttl_last: Option<u32>,
    soa: Option<(String, u32)>,
    dialect: Dialect,
    /// The first line that can't be read.
    damage: Option<Error>,
}

/// Reads a master file.
///
/// # Errors
/// With file and line, when a line can't be read or an include lies outside.
pub fn parse(bytes: &[u8], options: Options<'_>) -> Result<Zone> {
    match salvage(bytes, options)? {
        (zone, None) => Ok(zone),
        (_, Some(damage)) => Err(damage),
    }
}

/// Reads of a master file what can be read, with the error of the first line that can't.
///
/// # Errors
/// When the machine fails.
pub fn salvage(bytes: &[u8], options: Options<'_>) -> Result<(Zone, Option<Error>)> {
    let origin = origin::of(bytes, options.path, options.origin);
    let mut reader = Reader {
        options,
        records: Vec::new(),
        included: Vec::new(),
        room: Room::default(),
        ttl_default: None,
        ttl_last: None,
        soa: None,
        dialect: Dialect::of(bytes),
        damage: None,
    };
    reader.file(bytes, options.path, &origin, 0)?;
    let name = reader.soa.as_ref().map_or(origin, |(owner, _)| owner.clone());
    Ok((Zone { name, records: reader.records, included: reader.included }, reader.damage))
}

/// Where a file stands while it is read.
struct Place {
    file: Arc<str>,
    origin: Arc<str>,
    /// The last owner; none where it is not known.
    owner: Option<String>,
    depth: usize,
}

impl Reader<'_> {
    fn file(&mut self, bytes: &[u8], path: &str, origin: &str, depth: usize) -> Result<()> {
        let mut place = Place { file: path.into(), origin: origin.into(), owner: None, depth };
        let mut lexer = Lexer::new(bytes, path);
        loop {
            if self.room.is_full() {
                return Ok(());
            }
            let done = match lexer.next_entry() {
                Ok(None) => return Ok(()),
                Ok(Some(entry)) => {
                    let named =
                        |e: Error| if e.at.is_some() { e } else { e.at(path, entry.line).snippet(snippet(&entry)) };
                    let done = self.entry(&entry, &mut place).map_err(named);
                    // Names would be taken for others: what follows can't be read.
                    if done.is_err() && entry.tokens[0].text.eq_ignore_ascii_case("$ORIGIN") {
                        return self.note(done);
                    }
                    done
                }
                Err(e) => {
                    lexer.skip_line();
                    Err(e)
                }
            };
            if done.is_err() {
                place.owner = None;
            }
            self.note(done)?;
        }
    }

    /// Keeps the first error of the file; one of the machine ends the reading.
    fn note(&mut self, done: Result<()>) -> Result<()> {
        match done {
            Err(e) if e.kind == Fault::Input => {
                self.damage.get_or_insert(e);
                Ok(())
            }
            done => done,
        }
    }

    fn entry(&mut self, entry: &Entry, place: &mut Place) -> Result<()> {
        let first = entry.tokens[0].text.as_str();
        let origin = Arc::clone(&place.origin);
        if !entry.blank_owner && first.starts_with('$') && !entry.tokens[0].quoted {
            match first.to_ascii_uppercase().as_str() {
                "$ORIGIN" => place.origin = self.origin(entry, &origin)?.into(),
                "$TTL" => self.ttl_default = Some(entry_ttl(entry)?),
                "$INCLUDE" => self.include(entry, &origin, place.depth)?,
                "$GENERATE" => super::generate::all(self, entry, &place.file, &origin)?,
                other => {
                    return Err(Error::input(format!("`{other}` is not a directive of a zone file"))
                        .hint("known are $ORIGIN, $TTL, $INCLUDE and $GENERATE"));
                }
            }
            return Ok(());
        }
        let mut rest = entry.tokens.as_slice();
        if !entry.blank_owner {
            unquoted(&rest[0])?;
            let written = &rest[0].text;
            let bare_apex = self.soa.is_none()
                && written.contains('.')
                && origin::plain(written)
                && written.eq_ignore_ascii_case(&origin);
            let name = absolute(written, if bare_apex { "" } else { &origin }).ok_or_else(|| {
                Error::input(format!("`{written}` is not a domain name"))
                    .hint("a label has 1 to 63 bytes, a name at most 255")
            })?;
            place.owner = Some(name);
            rest = &rest[1..];
        }
        let owner = place
            .owner
            .clone()
            .ok_or_else(|| Error::input("the first record has no owner").hint("begin the line with a name or `@`"))?;
        self.record(&place.file, entry.line, owner, rest, &origin)
    }

    fn origin(&self, entry: &Entry, origin: &str) -> Result<String> {
        let text = entry.tokens.get(1).ok_or_else(|| Error::input("`$ORIGIN` lacks a name"))?;
        unquoted(text)?;
        let _ = self;
        absolute(&text.text, origin)
            .map(|o| o.to_ascii_lowercase())
            .ok_or_else(|| Error::input(format!("`{}` is not a domain name", text.text)))
    }

    fn include(&mut self, entry: &Entry, origin: &str, depth: usize) -> Result<()> {
        let name = entry.tokens.get(1).ok_or_else(|| Error::input("`$INCLUDE` lacks a file name"))?;
        if depth >= DEPTH {
            return Err(Error::input("`$INCLUDE` goes more than 8 files deep").hint("does a file include itself?"));
        }
        let origin = match entry.tokens.get(2) {
            Some(t) => unquoted(t)
                .map(|()| absolute(&t.text, origin))?
                .ok_or_else(|| Error::input(format!("`{}` is not a domain name", t.text)))?
                .to_ascii_lowercase(),
            None => origin.to_owned(),
        };
        let (shown, bytes) = (self.options.include)(&name.text)?;
        self.room.file(bytes.len())?;
        self.included.extend_from_slice(&bytes);
        self.file(&bytes, &shown, &origin, depth + 1)
    }

    /// `[TTL] [class] type values`, TTL and class in either order.
    pub(super) fn record(
        &mut self,
        file: &Arc<str>,
        line: u64,
        owner: String,
        rest: &[Token],
        origin: &Arc<str>,
    ) -> Result<()> {
        let mut rest = rest;
        let mut ttl = None;
        let mut class = false;
        while let Some(token) = rest.first().filter(|t| !t.quoted) {
            if !class && matches!(token.text.to_ascii_uppercase().as_str(), "IN" | "CH" | "HS" | "CLASS1") {
                class = true;
            } else if ttl.is_none() && token.text.starts_with(|c: char| c.is_ascii_digit()) {
                ttl = Some(ttl_of(&token.text)?);
            } else {
                break;
            }
            rest = &rest[1..];
        }
        let rtype = match rest.first() {
            Some(t) if !t.quoted && is_type(&t.text) => t.text.to_ascii_uppercase(),
            Some(t) => {
                return Err(Error::input(format!("`{}` is not a record type", crate::ui::printable(&t.text)))
                    .hint("a record is: name, TTL, IN, type, values"));
            }
            None => return Err(Error::input("the record has no type").hint("a record is: name, TTL, IN, type, values")),
        };
        let mut tokens = rest[1..].to_vec();
        self.dialect.mend(&rtype, &mut tokens);
        let data = interpret(&rtype, &tokens, origin).map_err(Error::input)?;
        if let Some(ttl) = ttl {
            self.ttl_last = Some(ttl);
        }
        if rtype == "SOA" && self.soa.is_none() {
            let minimum = tokens.get(6).and_then(|t| ttl_of(&t.text).ok()).unwrap_or(3600);
            self.soa = Some((owner.to_ascii_lowercase(), minimum));
        }
        let ttl = ttl
            .or(self.ttl_default)
            .or(self.ttl_last)
            .or(self.soa.as_ref().map(|(_, minimum)| *minimum))
            .unwrap_or(3600);
        self.room.record(&owner, &tokens)?;
        self.records.push(Record { file: file.clone(), line, owner, ttl, rtype, tokens, origin: origin.clone(), data });
        Ok(())
    }
}

/// A name that owns records, or that others are relative to, is a word: quotation marks would let it hold anything.
pub(super) fn unquoted(token: &Token) -> Result<()> {
    if token.quoted {
        return Err(Error::input(format!(
            "the name `{}` stands in quotation marks",
            crate::ui::printable(&token.text)
        ))
        .hint("write it without them"));
    }
    Ok(())
}

fn is_type(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.len() <= 20
        && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn entry_ttl(entry: &Entry) -> Result<u32> {
    let token = entry.tokens.get(1).ok_or_else(|| Error::input("`$TTL` lacks a value"))?;
    ttl_of(&token.text)
}

/// `3600`, `1h30m` (BIND's units), in seconds.
fn ttl_of(text: &str) -> Result<u32> {
    let bad = || {
        Error::input(format!("`{text}` is not a TTL")).hint("write seconds, at most 2147483647, or units such as 1h30m")
    };
    let (mut total, mut number): (u64, Option<u64>) = (0, None);
    for c in text.chars() {
        if let Some(d) = c.to_digit(10) {
            let n = number.unwrap_or(0).saturating_mul(10).saturating_add(u64::from(d));
            number = Some(n);
            continue;
        }
        let unit = match c.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(bad()),
        };
        total = total.saturating_add(number.take().ok_or_else(bad)?.saturating_mul(unit));
    }
    total = total.saturating_add(number.unwrap_or(0));
    u32::try_from(total).ok().filter(|t| u64::from(*t) <= MAX_TTL && !text.is_empty()).ok_or_else(bad)
}

fn snippet(entry: &Entry) -> String {
    let words: Vec<String> = entry.tokens.iter().take(12).map(|t| crate::ui::printable(&t.text)).collect();
    words.join(" ")
}

impl Zone {
    /// Records owned by the zone's apex.
    pub fn apex(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().filter(|r| r.key() == self.name)
    }

    /// The labels of the zone's name.
    pub fn depth(&self) -> usize {
        labels(&self.name).len()
    }
}

impl Data {
    /// The host that the record points to.
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Mx { target, .. } | Self::Ns(target) | Self::Cname(target) | Self::Srv { target, .. } => Some(target),
            _ => None,
        }
    }
}
