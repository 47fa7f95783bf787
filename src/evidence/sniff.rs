//! Tells a file's kind by the content of its first 64 KiB. The name decides nothing; it only helps to say why a file
//! is none of the kinds.

mod json;
mod zone;

use super::Kind;
use super::ledger::{LedgerFormat, csv::Plan, qif};
use super::logins::{LoginFormat, csv::Source};
use super::table::{DELIMITERS, Layout, split_line};
use super::text::Encoding;
use super::users;

/// How much of a file is looked at.
pub const HEAD: usize = 64 * 1024;
/// How many lines may stand before the column names.
const PREAMBLE: usize = 20;

/// What a file is, as far as its beginning tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sniffed {
    /// One of the kinds.
    Known(Format, Encoding),
    /// A zip archive.
    Zip,
    /// None of these; why, in words.
    Unknown(String),
}

/// A kind and its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Format {
    /// A zone file.
    Zone,
    /// A saved page.
    Html,
    /// An HTTP archive.
    Har,
    /// A ledger.
    Ledger(LedgerFormat),
    /// A user list, of Google or of Microsoft.
    Users(Kind, Layout),
    /// A password export.
    Logins(LoginFormat),
}

impl Format {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Zone => Kind::Zone,
            Self::Html => Kind::Html,
            Self::Har => Kind::Har,
            Self::Ledger(_) => Kind::Ledger,
            Self::Users(kind, _) => *kind,
            Self::Logins(_) => Kind::Logins,
        }
    }
}

/// Beginnings of files that are no text, with what they are.
const MAGIC: [(&[u8], &str); 14] = [
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a gzip file; unpack it first"),
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
pub fn sniff(head: &[u8], name_hint: Option<&str>) -> Sniffed {
    if head.is_empty() {
        return Sniffed::Unknown("the file is empty".to_owned());
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Sniffed::Zip;
    }
    if let Some((_, what)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Sniffed::Unknown(format!("it is {what}"));
    }
    let encoding = Encoding::of(head);
    let text = encoding.decode(&head[..head.len().min(HEAD)]);
    if is_binary(&text) {
        return Sniffed::Unknown(because("it is a binary file", name_hint));
    }
    match format(&text) {
        Ok(format) => Sniffed::Known(format, encoding),
        // One zero byte doesn't unmake a ledger, but it does unmake a text that is no kind anyway.
        Err(_) if text.contains('\0') => Sniffed::Unknown(because("it is a binary file", name_hint)),
        Err(why) => Sniffed::Unknown(because(why, name_hint)),
    }
}

fn because(why: &str, name: Option<&str>) -> String {
    let ending = name.and_then(|n| n.rsplit_once('.')).map(|(_, e)| e.to_ascii_lowercase());
    match ending.as_deref() {
        Some("zone" | "db" | "bind") => format!("{why}, and no zone file although its name says so"),
        Some("har") => format!("{why}, and no HTTP archive although its name says so"),
        _ => why.to_owned(),
    }
}

/// More than one character in twenty that no text has.
fn is_binary(text: &str) -> bool {
    let (mut all, mut odd) = (0_usize, 0_usize);
    for c in text.chars().take(8192) {
        all += 1;
        odd +=
            usize::from((c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1a}')) || c == '\u{fffd}');
    }
    odd * 20 > all
}

fn format(text: &str) -> Result<Format, &'static str> {
    let start = text.trim_start();
    match start.chars().next() {
        None => return Err("the file is blank"),
        Some('{' | '[') => return json::format(start),
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
    let mail = ["From ", "From:", "Return-Path:", "Received:", "Delivered-To:", "Message-ID:", "MIME-Version:"];
    if mail.iter().any(|w| has_prefix(start, w)) {
        return Err("it is mail, which is not read yet");
    }
    if has_prefix(start, "BEGIN:VC") {
        return Err("it is a calendar or an address book, which say nothing of services");
    }
    if zone::is_zone(text) {
        return Ok(Format::Zone);
    }
    if let Some(format) = table(text) {
        return Ok(format);
    }
    Err("it is text, but no zone, saved page, ledger, user list or password export")
}

/// Tables by their column names: what is most dangerous is asked for first.
fn table(text: &str) -> Option<Format> {
    for delimiter in DELIMITERS {
        for (n, line) in text.lines().take(PREAMBLE + 1).enumerate() {
            let names = split_line(line, delimiter);
            let layout = Layout { delimiter, header: n as u64 + 1 };
            if names.len() < 2 {
                continue;
            }
            if let Some(kind) = users::kind_of(&names) {
                return Some(Format::Users(kind, layout));
            }
            if let Some(source) = Source::of(&names) {
                return Some(Format::Logins(LoginFormat::Csv(source, layout)));
            }
        }
    }
    Plan::find(text).map(|plan| Format::Ledger(LedgerFormat::Csv(plan)))
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
        return Err("it is a file of bookmarks, which is not read yet");
    }
    if is_html(text) {
        return Ok(Format::Html);
    }
    if lower.starts_with("<?xml") {
        return Err("it is XML, but no KeePass export and no OFX");
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
