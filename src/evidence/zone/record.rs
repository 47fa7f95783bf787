//! One record: as written, and what is read from it.

use super::lex::{Token, unescape};
use hickory_proto::rr::{RData, RecordType};
use std::net::IpAddr;

/// A record of a zone. Names are in presentation format, absolute, without the final dot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The file it stands in, as given (an included file has its own).
    pub file: std::sync::Arc<str>,
    /// The line it starts on, from 1.
    pub line: u64,
    /// Who owns it, as written but absolute.
    pub owner: String,
    /// Seconds.
    pub ttl: u32,
    /// Its type, in upper case: `MX`, `TYPE65280`.
    pub rtype: String,
    /// Its values as written.
    pub tokens: Vec<Token>,
    /// What relative names in the values are relative to.
    pub origin: std::sync::Arc<str>,
    /// What is read from it.
    pub data: Data,
}

/// What decamp reads from a record; all else is carried as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A or AAAA.
    Address(IpAddr),
    /// A mail exchanger.
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// The exchanger.
        target: String,
    },
    /// A name server.
    Ns(String),
    /// An alias.
    Cname(String),
    /// A service's place.
    Srv {
        /// The host.
        target: String,
        /// Its port.
        port: u16,
    },
    /// A TXT value, its pieces joined.
    Txt(String),
    /// Anything else.
    Other,
}

impl Record {
    /// Owner in lower case, for comparing.
    pub fn key(&self) -> String {
        self.owner.to_ascii_lowercase()
    }

    /// Owner relative to `zone` (`@` for the apex), in lower case.
    pub fn relative(&self, zone: &str) -> String {
        relative(&self.key(), zone)
    }

    /// The record as one line without owner and TTL: `MX 1 aspmx.l.google.com.`, for people.
    pub fn shown(&self) -> String {
        match &self.data {
            Data::Txt(value) => format!("TXT {}", one_line(value)),
            _ => format!("{} {}", self.rtype, one_line(&self.rdata())),
        }
    }

    /// The values as they are written in a master file.
    pub fn rdata(&self) -> String {
        let mut text = String::new();
        for token in &self.tokens {
            if !text.is_empty() {
                text.push(' ');
            }
            if token.quoted {
                text.push('"');
                text.push_str(&token.text);
                text.push('"');
            } else {
                text.push_str(&token.text);
            }
        }
        text
    }
}

/// `name` relative to `zone`; `@` for the zone itself; as it is when outside.
pub fn relative(name: &str, zone: &str) -> String {
    if name == zone {
        return "@".to_owned();
    }
    name.strip_suffix(zone).and_then(|head| head.strip_suffix('.')).unwrap_or(name).to_owned()
}

/// Whether `name` is `zone` or below it (both lower case).
pub fn is_below(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|head| head.ends_with('.'))
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// `name` made absolute, without the final dot; the root is the empty string.
pub fn absolute(name: &str, origin: &str) -> Option<String> {
    let full = if name == "@" {
        origin.to_owned()
    } else if ends_in_dot(name) {
        name[..name.len() - 1].to_owned()
    } else if origin.is_empty() {
        name.to_owned()
    } else {
        format!("{name}.{origin}")
    };
    // At the start of a line a bare `$` would be a directive, so the one spelling is the escaped one.
    let full = if full.starts_with('$') { format!("\\{full}") } else { full };
    name_is_sound(&full).then_some(full)
}

/// Whether the last dot is one, not the end of `\.`.
fn ends_in_dot(name: &str) -> bool {
    name.strip_suffix('.').is_some_and(|head| {
        let slashes = head.bytes().rev().take_while(|b| *b == b'\\').count();
        slashes % 2 == 0
    })
}

/// Labels of 1 to 63 bytes, 255 in all (RFC 1035 §2.3.4).
fn name_is_sound(name: &str) -> bool {
    if name.is_empty() {
        return true;
    }
    let mut total = 1;
    for label in labels(name) {
        let length = unescape(label).len();
        if length == 0 || length > 63 {
            return false;
        }
        total += length + 1;
    }
    total <= 255
}

/// The labels of a name in presentation format; an escaped dot does not separate.
pub fn labels(name: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (i, b) in name.bytes().enumerate() {
        match b {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'.' => {
                found.push(&name[start..i]);
                start = i + 1;
            }
            _ => {}
        }
    }
    found.push(&name[start..]);
    found
}

/// Reads the values of the types that decamp looks at.
///
/// # Errors
/// The reason in words when the type is one of those and its values are wrong.
pub fn interpret(rtype: &str, tokens: &[Token], origin: &str) -> Result<Data, String> {
    if tokens.first().is_some_and(|t| !t.quoted && t.text == "\\#") {
        return generic(tokens).map(|()| Data::Other);
    }
    let word =
        |i: usize| tokens.get(i).map(|t| t.text.as_str()).ok_or_else(|| format!("the {rtype} record lacks a value"));
    let name = |i: usize| -> Result<String, String> {
        let text = word(i)?;
        absolute(text, origin).map(|n| n.to_ascii_lowercase()).ok_or_else(|| format!("`{text}` is not a domain name"))
    };
    let exactly = |n: usize| {
        if tokens.len() == n { Ok(()) } else { Err(format!("the {rtype} record has {} values, not {n}", tokens.len())) }
    };
    let parsed = |kind: RecordType, text: &str| {
        RData::try_from_str(kind, text).map_err(|_| format!("the {rtype} record's values `{text}` can't be read"))
    };
    match rtype {
        "A" | "AAAA" => {
            exactly(1)?;
            let kind = if rtype == "A" { RecordType::A } else { RecordType::AAAA };
            match parsed(kind, word(0)?)? {
                RData::A(a) => Ok(Data::Address(IpAddr::V4(a.0))),
                RData::AAAA(a) => Ok(Data::Address(IpAddr::V6(a.0))),
                _ => Ok(Data::Other),
            }
        }
        "NS" => exactly(1).and_then(|()| name(0)).map(Data::Ns),
        "CNAME" => exactly(1).and_then(|()| name(0)).map(Data::Cname),
        "MX" => {
            exactly(2)?;
            let target = name(1)?;
            match parsed(RecordType::MX, &format!("{} .", word(0)?))? {
                RData::MX(mx) => Ok(Data::Mx { preference: mx.preference, target }),
                _ => Ok(Data::Other),
            }
        }
        "SRV" => {
            exactly(4)?;
            let target = name(3)?;
            match parsed(RecordType::SRV, &format!("{} {} {} .", word(0)?, word(1)?, word(2)?))? {
                RData::SRV(srv) => Ok(Data::Srv { target, port: srv.port }),
                _ => Ok(Data::Other),
            }
        }
        "TXT" | "SPF" => text_value(tokens).map(Data::Txt),
        _ => Ok(Data::Other),
    }
}

/// The pieces of a TXT record joined; bytes that are not UTF-8 become the replacement character.
fn text_value(tokens: &[Token]) -> Result<String, String> {
    if tokens.is_empty() {
        return Err("the TXT record lacks a value".into());
    }
    let mut bytes = Vec::new();
    // Some exporters leave the quotation marks out; an SPF record's terms are then words of their own.
    let bare = tokens[0].text.eq_ignore_ascii_case("v=spf1") && tokens.iter().all(|t| !t.quoted);
    for (i, token) in tokens.iter().enumerate() {
        if bare && i > 0 {
            bytes.push(b' ');
        }
        let piece = unescape(&token.text);
        if piece.len() > 255 {
            return Err(format!("a TXT string has {} bytes; at most 255 fit", piece.len()));
        }
        bytes.extend(piece);
    }
    if bytes.len() > 65_535 {
        return Err("the TXT record is longer than 65,535 bytes".into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `\# LENGTH HEX` (RFC 3597 §5).
fn generic(tokens: &[Token]) -> Result<(), String> {
    let length: usize = tokens
        .get(1)
        .and_then(|t| t.text.parse().ok())
        .filter(|n| *n <= 65_535)
        .ok_or("after `\\#` comes the number of bytes")?;
    let hex: String = tokens[2..].iter().map(|t| t.text.as_str()).collect();
    if hex.len() != length * 2 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(format!("`\\# {length}` wants {} hexadecimal digits", length * 2));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<Token> {
        text.split(' ').map(|t| Token { text: t.into(), quoted: false }).collect()
    }

    #[test]
    fn names_are_made_absolute() {
        assert_eq!(absolute("www", "example.org").unwrap(), "www.example.org");
        assert_eq!(absolute("mx.example.net.", "example.org").unwrap(), "mx.example.net");
        assert_eq!(absolute(r"a\.", "example.org").unwrap(), r"a\..example.org");
        assert_eq!(absolute(&"x".repeat(64), "example.org"), None);
        assert_eq!(absolute(&"x.".repeat(140), "example.org"), None);
        assert_eq!(absolute("a..b", "example.org"), None);
    }

    #[test]
    fn mx_and_srv_are_read() {
        assert_eq!(
            interpret("MX", &tokens("10 Mail"), "example.org").unwrap(),
            Data::Mx { preference: 10, target: "mail.example.org".into() }
        );
        assert!(interpret("MX", &tokens("mail.example.org."), "example.org").is_err());
        assert!(interpret("MX", &tokens("99999 mail"), "example.org").is_err());
        assert!(interpret("A", &tokens("192.0.2.256"), "example.org").is_err());
    }

    #[test]
    fn an_spf_record_without_quotation_marks_is_read() {
        let data = interpret("TXT", &tokens("v=spf1 include:_spf.example.net -all"), "example.org").unwrap();
        assert_eq!(data, Data::Txt("v=spf1 include:_spf.example.net -all".into()));
    }

    #[test]
    fn unknown_types_are_carried() {
        assert_eq!(interpret("ALIAS", &tokens("x.example.net."), "example.org").unwrap(), Data::Other);
        assert_eq!(interpret("TYPE65280", &tokens(r"\# 2 0aff"), "example.org").unwrap(), Data::Other);
        assert!(interpret("TYPE65280", &tokens(r"\# 3 0aff"), "example.org").is_err());
    }
}
