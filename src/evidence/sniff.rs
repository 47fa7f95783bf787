//! Tells a file's kind by the content of its first 64 KiB. The name decides nothing; it only helps to say why a file
//! is none of the kinds.

mod json;
mod mail;
mod zone;

use super::exports::{Shape, Shapes};
use super::ledger::{LedgerFormat, csv::Plan, qif};
use super::logins::{LoginFormat, csv::Source};
use super::table::{DELIMITERS, Layout, split_line};
use super::text::Encoding;
use super::users;
use super::zone::other;
use super::{Kind, addresses, answers, bookmarks, cloud, grants};

/// How much of a file is looked at.
pub const HEAD: usize = 64 * 1024;
/// How many lines may stand before the column names.
const PREAMBLE: usize = 20;
/// How much text must stand before a damage to tell what it was: some formats that are no text begin with a line of it.
const BEFORE_DAMAGE: usize = 200;

/// What a file is, as far as its beginning tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sniffed {
    /// One of the kinds.
    Known(Format, Encoding),
    /// One of the kinds by what stands before bytes that are no text.
    Damaged(Format, Encoding),
    /// A zip archive.
    Zip,
    /// Something packed with gzip.
    Gzip,
    /// None of these; why, in words.
    Unknown(String),
}

/// A kind and its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// A zone file.
    Zone,
    /// A zone as a DNS host's tool has it.
    OtherZone(other::Form),
    /// Names in certificates.
    Certificates,
    /// A saved page.
    Html,
    /// An HTTP archive.
    Har,
    /// A ledger.
    Ledger(LedgerFormat),
    /// A user list, of Google or of Microsoft.
    Users(Kind, Layout),
    /// Apps that were given access.
    Grants(Kind, grants::Form),
    /// A password export.
    Logins(LoginFormat),
    /// Bookmarks or history.
    Visited(Kind, bookmarks::Form),
    /// What the group said.
    Answers(Layout),
    /// A mailbox in one file.
    Mbox,
    /// One letter.
    Eml,
    /// Resources at a cloud.
    Cloud(Kind, cloud::Form),
    /// A service's own export: a table.
    Table(Shape, Layout),
    /// A service's own export: JSON.
    Json(Shape),
    /// An export of WordPress.
    Wxr,
    /// A sitemap, or an index of some.
    Sitemap,
    /// A list of addresses.
    Links(addresses::Links),
    /// A table of unknown columns, whose last lines may say whose it is; why it is unknown if they don't.
    Footed(Layout, String),
}

impl Format {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Zone | Self::OtherZone(_) => Kind::Zone,
            Self::Certificates => Kind::Certificates,
            Self::Html => Kind::Html,
            Self::Har => Kind::Har,
            Self::Ledger(_) => Kind::Ledger,
            Self::Users(kind, _) | Self::Grants(kind, _) | Self::Visited(kind, _) | Self::Cloud(kind, _) => *kind,
            Self::Logins(_) => Kind::Logins,
            Self::Answers(_) => Kind::Answers,
            Self::Mbox => Kind::Mbox,
            Self::Eml => Kind::Eml,
            Self::Table(shape, _) | Self::Json(shape) => shape.kind,
            Self::Wxr => super::wxr::kind(),
            Self::Sitemap => Kind::Sitemap,
            Self::Links(_) => Kind::Links,
            Self::Footed(..) => Kind::Unknown,
        }
    }
}

/// Beginnings of files that are no text, with what they are.
const MAGIC: [(&[u8], &str); 13] = [
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\xfd7zXZ", "an xz file; unpack it first"),
    (b"7z\xbc\xaf", "a 7-Zip archive; unpack it first"),
    (b"Rar!", "a RAR archive; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a zstd file; unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office file; save the table as CSV"),
    (b"SQLite format 3", "a database"),
    (b"\x03\xd9\xa2\x9a", "a KeePass database, which is encrypted; decamp never asks for its password"),
    (b"!BDN", "an Outlook mailbox"),
];

/// Tells what a file is by its `head` (the first [`HEAD`] bytes, or all of it).
pub fn sniff(head: &[u8], name_hint: Option<&str>, shapes: &Shapes) -> Sniffed {
    if head.is_empty() {
        return Sniffed::Unknown("the file is empty".to_owned());
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Sniffed::Zip;
    }
    if head.starts_with(b"\x1f\x8b") {
        return Sniffed::Gzip;
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Sniffed::Unknown(format!("it is {what}"));
    }
    let encoding = Encoding::of(head);
    let text = encoding.decode(&head[..head.len().min(HEAD)]);
    // Letters may hold anything in their bodies, so they are told by their first lines alone.
    if let Some(format) = mail::mail(&text) {
        return Sniffed::Known(format, encoding);
    }
    if is_binary(&text) {
        // What was written over the end of a file doesn't unmake what stands before it: text of some length, or at least two lines.
        let before = &text[..text.find(is_odd).unwrap_or(text.len())];
        let lines = before.rfind('\n').map_or("", |end| &before[..=end]);
        let good = match lines.matches('\n').count() {
            _ if before.len() >= BEFORE_DAMAGE => before,
            0 | 1 => "",
            _ => lines,
        };
        return match format(good, shapes) {
            Ok(format) => Sniffed::Damaged(format, encoding),
            Err(_) => Sniffed::Unknown(because("it is a binary file", name_hint)),
        };
    }
    match format(&text, shapes) {
        Ok(format) => Sniffed::Known(format, encoding),
        // One zero byte doesn't unmake a ledger, but it does unmake a text that is no kind anyway.
        Err(_) if text.contains('\0') => Sniffed::Unknown(because("it is a binary file", name_hint)),
        Err(why) => match layout(&text).filter(|_| shapes.has_feet()) {
            Some(layout) => Sniffed::Known(Format::Footed(layout, because(why, name_hint)), encoding),
            None => Sniffed::Unknown(because(why, name_hint)),
        },
    }
}

/// Where a table of unknown columns begins, if the text may be one.
fn layout(text: &str) -> Option<Layout> {
    let (n, line) = text.lines().enumerate().find(|(_, line)| !line.trim().is_empty())?;
    let delimiter = DELIMITERS.into_iter().find(|d| split_line(line, *d).len() > 1)?;
    Some(Layout { delimiter, header: n as u64 + 1 })
}

fn because(why: &str, name: Option<&str>) -> String {
    let ending = name.and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    match ending.as_deref() {
        Some("zone" | "db" | "bind") => format!("{why}, and no zone file although its name says so"),
        Some("har") => format!("{why}, and no HTTP archive although its name says so"),
        _ => why.to_owned(),
    }
}

/// A character that no text has.
fn is_odd(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1a}')) || c == '\u{fffd}'
}

/// More than one character in twenty that no text has.
fn is_binary(text: &str) -> bool {
    let (mut all, mut odd) = (0_usize, 0_usize);
    for c in text.chars().take(8192) {
        all += 1;
        odd += usize::from(is_odd(c));
    }
    odd * 20 > all
}

fn format(text: &str, shapes: &Shapes) -> Result<Format, &'static str> {
    let start = text.trim_start();
    match start.chars().next() {
        None => return Err("the file is blank"),
        Some('{' | '[') => return json::format(start, shapes),
        Some('<') => return markup(start),
        _ => {}
    }
    if is_ofx(start) {
        return Ok(Format::Ledger(LedgerFormat::Ofx));
    }
    if ["!type:", "!account", "!option", "!clear"].iter().any(|w| has_prefix(start, w)) {
        return Ok(Format::Ledger(LedgerFormat::Qif(qif::order(text))));
    }
    if has_prefix(start, "From: <Saved by")
        || (has_prefix(start, "MIME-Version:") && start.contains("multipart/related"))
    {
        return Err("it is a page saved as one file (.mhtml); save it as “web page, complete” instead");
    }
    if has_prefix(start, "BEGIN:VC") {
        return Err("it is a calendar or an address book, which say nothing of services");
    }
    if let Some(form) = other::form(text) {
        return Ok(Format::OtherZone(form));
    }
    if zone::is_zone(text) {
        return Ok(Format::Zone);
    }
    if let Some(format) = table(text, shapes) {
        return Ok(format);
    }
    if let Some(format) = plain_lines(text) {
        return Ok(format);
    }
    Err("it is text, but none of the kinds that decamp reads")
}

/// Lists that are no tables.
fn plain_lines(text: &str) -> Option<Format> {
    // The last line may be cut.
    let end = text.rfind('\n').filter(|_| text.len() >= HEAD / 2).unwrap_or(text.len());
    if addresses::is_lines(&text[..end]) {
        return Some(Format::Links(addresses::Links::Lines));
    }
    let lines = || text.lines().filter(|l| !l.trim().is_empty()).take(50);
    if lines().next().is_some_and(|l| cloud::is_s3(l) || l.trim_start().starts_with("PRE "))
        && lines().any(cloud::is_s3)
    {
        return Some(Format::Cloud(Kind::Aws, cloud::Form::S3));
    }
    if lines().take(5).any(|l| l.contains("ResourceGroup") && l.contains("Type"))
        && lines().any(|l| l.contains("Microsoft."))
    {
        return Some(Format::Cloud(Kind::Azure, cloud::Form::Table));
    }
    if lines().any(|l| l.starts_with("assetType:") && l.contains(".googleapis.com/")) {
        return Some(Format::Cloud(Kind::Gcp, cloud::Form::Lines));
    }
    if cloud::config::is(text) {
        return Some(Format::Cloud(Kind::Terraform, cloud::Form::Config));
    }
    let first = lines().take(12).map(super::table::plain_name);
    let titles = [
        "third party apps services",
        "third party apps with account access",
        "third party connections",
        "your connections to third party apps",
        "apps with access to your account",
        "apps de terceros",
        "aplicaciones de terceros",
        "tus conexiones con apps",
        "tus conexiones con aplicaciones",
        "conexiones a apps y servicios",
    ];
    first
        .into_iter()
        .any(|l| titles.iter().any(|t| l.contains(t)))
        .then_some(Format::Grants(Kind::GoogleOauth, grants::Form::Page))
}

/// Tables by their column names: what is most dangerous is asked for first.
fn table(text: &str, shapes: &Shapes) -> Option<Format> {
    let lines: Vec<&str> = text.lines().take(PREAMBLE + 1).collect();
    for delimiter in DELIMITERS {
        for (n, line) in lines.iter().enumerate() {
            let names = split_line(line, delimiter);
            let layout = Layout { delimiter, header: n as u64 + 1 };
            if names.len() < 2 {
                continue;
            }
            if let Some(source) = Source::of(&names) {
                return Some(Format::Logins(LoginFormat::Csv(source, layout)));
            }
            if answers::is_answers(&names) && answers::is_interview(text, layout) {
                return Some(Format::Answers(layout));
            }
            if let Some(shape) = shapes.table(&names, &lines[..n]) {
                return Some(match &shape.resources {
                    Some(column) => Format::Cloud(shape.kind, cloud::Form::Rows(layout, column.clone())),
                    None => Format::Table(shape.clone(), layout),
                });
            }
            if let Some(kind) = users::kind_of(&names) {
                return Some(Format::Users(kind, layout));
            }
            if let Some(kind) = grants::kind_of(&names) {
                return Some(Format::Grants(kind, grants::Form::Table(layout)));
            }
            if bookmarks::is_history(&names) {
                return Some(Format::Visited(Kind::History, bookmarks::Form::Table(layout)));
            }
            if cloud::is_costs(&names) {
                return Some(Format::Cloud(Kind::Aws, cloud::Form::Costs(layout)));
            }
            if let Some(links) = lines.get(n + 1).and_then(|row| addresses::of_table(&names, layout, row)) {
                return Some(Format::Links(links));
            }
        }
    }
    Plan::find(text).or_else(|| Plan::headless(text)).map(|plan| Format::Ledger(LedgerFormat::Csv(plan)))
}

fn has_prefix(text: &str, prefix: &str) -> bool {
    text.as_bytes().get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix.as_bytes()))
}

/// Lines of KEY:VALUE and then `<OFX>`; some banks leave the lines out, or put all on one.
fn is_ofx(text: &str) -> bool {
    text.starts_with("OFXHEADER:") || {
        let (before, found) = text.split_once("<OFX>").map_or(("", false), |(before, _)| (before, true));
        found
            && before
                .lines()
                .all(|l| l.trim().split_once(':').is_none_or(|(k, _)| k.bytes().all(|b| b.is_ascii_uppercase())))
            && before.contains("HEADER")
    }
}

fn is_html(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["<!doctype html", "<html", "<head>", "<body"].iter().any(|tag| lower.contains(tag))
}

/// What begins with `<`.
fn markup(text: &str) -> Result<Format, &'static str> {
    let lower = text.get(..text.len().min(4096)).unwrap_or(text).to_ascii_lowercase();
    if text.contains("<KeePassFile") {
        return Ok(Format::Logins(LoginFormat::KeePassXml));
    }
    if lower.contains("<?ofx") || lower.contains("<ofx>") {
        return Ok(Format::Ledger(LedgerFormat::Ofx));
    }
    if lower.contains("netscape-bookmark-file") {
        return Ok(Format::Visited(Kind::Bookmarks, bookmarks::Form::Html));
    }
    if lower.contains("wordpress.org/export/") || lower.contains("<wp:wxr_version>") {
        return Ok(Format::Wxr);
    }
    if addresses::is_sitemap(text) {
        return Ok(Format::Sitemap);
    }
    if is_html(text) {
        let titles = ["third-party apps", "apps y servicios de terceros", "apps de terceros", "servicios de terceros"];
        let of_account = ["myaccount.google.com", "connections/overview/"].iter().any(|l| lower.contains(l));
        if of_account && titles.iter().any(|t| lower.contains(t)) {
            return Ok(Format::Grants(Kind::GoogleOauth, grants::Form::Html));
        }
        return Ok(Format::Html);
    }
    if lower.starts_with("<?xml") {
        return Err("it is XML, but none of the kinds that decamp reads");
    }
    // Fragments of a page, as some programs save them.
    let tags = ["<script", "<div", "<link", "<meta", "<p>", "<a ", "<!--"];
    if tags.iter().filter(|t| lower.contains(*t)).count() >= 2 {
        return Ok(Format::Html);
    }
    Err("it begins like a page, but is none")
}

#[cfg(test)]
mod tests;
