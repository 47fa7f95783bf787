//! Letters and mailboxes by the headers with which they begin.

use super::{Format, has_prefix};

/// A letter, or a mailbox of letters.
pub(super) fn mail(text: &str) -> Option<Format> {
    const HEADERS: [&str; 16] = [
        "Return-Path:",
        "Received:",
        "Delivered-To:",
        "Message-ID:",
        "MIME-Version:",
        "From:",
        "To:",
        "Subject:",
        "Date:",
        "X-Gmail-Labels:",
        "X-GM-THRID:",
        "DKIM-Signature:",
        "X-Mozilla-Status:",
        "Reply-To:",
        "Authentication-Results:",
        "ARC-Seal:",
    ];
    let is_header = |line: &str| {
        HEADERS.iter().any(|h| has_prefix(line, h)) || {
            let (name, _) = line.split_once(':').unwrap_or_default();
            has_prefix(line, "X-") && !name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic())
        }
    };
    let start = text.trim_start_matches(['\n', '\r']);
    let mut lines = start.lines();
    let first = lines.next()?;
    if first.starts_with("From ") && first.contains(':') {
        return lines.next().is_some_and(|l| is_header(l) || l.contains(':')).then_some(Format::Mbox);
    }
    if has_prefix(first, "From: <Saved by") || !is_header(first) {
        // A mailbox whose beginning is missing: further down a letter begins.
        let mut before = "";
        let begins = start.lines().take(2000).any(|line| {
            let begins = before.starts_with("From ") && before.contains(':') && is_header(line);
            before = line;
            begins
        });
        return begins.then_some(Format::Mbox);
    }
    // A page saved as one file has headers, too.
    let headers = start.lines().take_while(|l| !l.trim().is_empty()).take(200);
    let own = headers.clone().filter(|l| is_header(l)).count();
    let is_page = headers.clone().any(|l| has_prefix(l, "Snapshot-Content-Location:"))
        || (headers.clone().any(|l| l.contains("multipart/related"))
            && !headers.clone().any(|l| has_prefix(l, "Received:")));
    (own >= 2 && !is_page).then_some(Format::Eml)
}
