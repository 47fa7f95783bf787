//! The few headers that say where a letter is from. Values live no longer than the letter.

use super::{Letter, words};
use crate::evidence::host::{self, Host};
use jiff::civil::Date;
use mail_parser::{Address, HeaderName, HeaderValue, MessageParser};

/// How many `DKIM-Signature` and `Received` headers are looked at.
const SIGNATURES: usize = 8;

/// What the headers of one letter say.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// The domain of `From`.
    pub from_domain: Option<String>,
    /// The domain of `Return-Path`.
    pub return_domain: Option<String>,
    /// The domains in `d=` of DKIM signatures.
    pub signers: Vec<String>,
    /// The domain of `Delivered-To`.
    pub delivered_domain: Option<String>,
    /// The host by which the letter was received last.
    pub received_by: Option<String>,
    /// When it was sent.
    pub date: Option<Date>,
    /// The domain of the first address in `To`.
    pub to_domain: Option<String>,
    /// It was received by Microsoft's servers for one of their own mailboxes.
    pub exchange: bool,
    /// It went to many.
    pub bulk: bool,
    /// It was sent by a machine.
    automatic: bool,
    /// By its subject.
    account: Option<Letter>,
    invites: bool,
}

impl Headers {
    /// Reads them; what can't be read says nothing.
    pub(super) fn of(raw: &[u8]) -> Self {
        let mut headers = Self::default();
        let Some(message) = MessageParser::default().parse_headers(raw) else { return headers };
        let mut local = String::new();
        let mut subject = String::new();
        for header in message.headers() {
            match &header.name {
                HeaderName::From => {
                    if let Some(address) = first(&header.value) {
                        headers.from_domain = headers.from_domain.take().or_else(|| domain(address));
                        local = address.split('@').next().unwrap_or_default().to_lowercase();
                    }
                }
                HeaderName::To => headers.to_domain = first(&header.value).and_then(domain),
                HeaderName::Subject => subject = text(&header.value).unwrap_or_default(),
                HeaderName::Date => headers.date = header.value.as_datetime().and_then(day),
                name => {
                    let value = raw.get(header.offset_start as usize..header.offset_end as usize).unwrap_or_default();
                    headers.other(&name.as_str().to_ascii_lowercase(), &String::from_utf8_lossy(value));
                }
            }
        }
        headers.automatic |= words::is_automatic(&local);
        let subject = words::Subject::of(&subject);
        headers.account = subject.account(&local);
        headers.invites = subject.invites;
        headers
    }

    fn other(&mut self, name: &str, value: &str) {
        match name {
            "return-path" => self.return_domain = domain(value),
            "list-unsubscribe" | "list-id" => self.bulk = true,
            "precedence" => self.bulk |= matches!(value.trim().to_ascii_lowercase().as_str(), "bulk" | "list" | "junk"),
            "auto-submitted" => self.automatic |= !value.trim().eq_ignore_ascii_case("no"),
            "dkim-signature" if self.signers.len() < SIGNATURES => self.signers.extend(tag(value, "d")),
            name if name.starts_with("x-ms-exchange-organization-") => self.exchange = true,
            // The first hop that names a host; Gmail's own first line names only a number.
            "received" if self.received_by.is_none() => self.received_by = received_by(value),
            "delivered-to" | "x-original-to" | "x-delivered-to" | "envelope-to" if self.delivered_domain.is_none() => {
                self.delivered_domain = domain(value);
            }
            _ => {}
        }
    }

    /// What the letter says of an account at its sender; nothing when a person wrote it.
    pub(super) fn letter(&self) -> Option<Letter> {
        let from = self.from_domain.as_deref()?;
        let same = |other: &String| registrable(other) == registrable(from);
        let signed = self.signers.iter().chain(&self.return_domain).any(same);
        if !self.automatic && !self.bulk && self.account.is_none() {
            return None;
        }
        if !signed {
            return Some(Letter::Claimed);
        }
        Some(match self.account {
            // What goes to many from a name behind which somebody reads is a newsletter, whatever its subject says.
            Some(letter) if (self.automatic || (letter == Letter::Receipt && !self.bulk)) && !self.invites => letter,
            _ if self.bulk => Letter::Newsletter,
            _ => Letter::Notice,
        })
    }
}

fn registrable(name: &str) -> &str {
    host::registrable(name).unwrap_or(name)
}

fn day(date: &mail_parser::DateTime) -> Option<Date> {
    let (year, month, day) =
        (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(year, month, day).ok().filter(|d| (1990..=2100).contains(&d.year()))
}

fn first<'v>(value: &'v HeaderValue<'_>) -> Option<&'v str> {
    match value {
        HeaderValue::Address(Address::List(list)) => list.first()?.address.as_deref(),
        HeaderValue::Address(Address::Group(groups)) => groups.first()?.addresses.first()?.address.as_deref(),
        _ => None,
    }
}

fn text(value: &HeaderValue<'_>) -> Option<String> {
    match value {
        HeaderValue::Text(text) => Some(text.to_string()),
        HeaderValue::TextList(list) => list.first().map(ToString::to_string),
        HeaderValue::Address(_) => first(value).map(str::to_owned),
        _ => None,
    }
}

/// The domain of `Name <user@DOMAIN>`, `user@DOMAIN` or `<user@DOMAIN>`.
fn domain(address: &str) -> Option<String> {
    let (_, domain) = address.trim().rsplit_once('@')?;
    let domain = domain.trim_end_matches(['>', ' ', ';', ',']);
    match host::valid(domain) {
        Host::Name(name) => Some(name),
        _ => None,
    }
}

/// The value of `d=` in a list of tags (RFC 6376 §3.2).
fn tag(list: &str, wanted: &str) -> Option<String> {
    let value = list.split(';').find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case(wanted).then(|| value.trim())
    })?;
    host::valid(value.trim()).name()
}

/// The host behind `by` in a `Received` header (RFC 5321 §4.4).
fn received_by(value: &str) -> Option<String> {
    let mut words = value.split_ascii_whitespace().take(200);
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("by") {
            return host::valid(words.next()?.trim_end_matches(';')).name();
        }
    }
    None
}
