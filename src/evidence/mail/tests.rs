#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;
use std::io::BufReader;

#[derive(Debug, Default)]
struct Seen(Vec<String>);

impl Sink for Seen {
    fn offer(&mut self, _: Kind, _: Place<'_>, signal: &Signal<'_>) -> bool {
        self.0.push(match signal {
            Signal::Sender { domain, letter, date } => {
                format!("{letter:?} {domain} {}", date.map_or(String::new(), |d| d.to_string()))
            }
            Signal::Mailbox { domain, .. } => format!("mailbox {domain}"),
            Signal::Through { domain, .. } => format!("through {domain}"),
            Signal::Newest { date } => format!("newest {date}"),
            other => format!("{other:?}"),
        });
        true
    }
}

fn run(mbox: &[u8], piece: usize) -> (Seen, Counts) {
    let mut seen = Seen::default();
    let domains = ["casa.example".to_owned()];
    let about = Input::new("m.mbox", &domains);
    let counts = read_mbox(&mut BufReader::with_capacity(piece, mbox), &about, &mut seen).unwrap().counts;
    (seen, counts)
}

const BOX: &[u8] = b"From 1@x Fri Jan 02 10:00:00 2026\r\nDelivered-To: ana@casa.example\r\nReceived: by mx.google.com with SMTP id x; Fri, 2 Jan 2026\r\nReturn-Path: <bounce@mail.zoom.us>\r\nDKIM-Signature: v=1; a=rsa-sha256; d=zoom.us; s=x; bh=y; b=z\r\nFrom: Zoom <no-reply@zoom.us>\r\nSubject: Your Zoom invoice\r\nDate: Fri, 2 Jan 2026 10:00:00 +0000\r\n\r\nbody\r\n>From me\r\n\r\nFrom the kitchen\r\nSubject: not a header\r\n\r\nFrom 2@x Sat Jan 03 10:00:00 2026\r\nFrom: =?UTF-8?Q?Ana?= <ana@gmail.com>\r\nSubject: hola\r\n\r\n\r\nFrom 3@x Sat Jan 03 10:00:00 2026\r\nFrom: Paypal <service@paypal.com>\r\nReturn-Path: <x@evil.example>\r\nDKIM-Signature: d=evil.example; s=x\r\nSubject: Security alert\r\n\r\nFrom 4@x Sat Jan 03 10:00:00 2026\r\nFrom: Casa <noticias@casa.example>\r\nReturn-Path: <b@mail1.mcsv.net>\r\nList-Unsubscribe: <https://x>\r\nSubject: Noticias\r\n\r\nx";

#[test]
fn letters_are_told_apart_by_their_headers() {
    for piece in [1, 2, 3, 7, 64, 100_000] {
        let (seen, counts) = run(BOX, piece);
        assert_eq!(
            seen.0,
            [
                "Receipt zoom.us 2026-01-02",
                "mailbox casa.example",
                "through mx.google.com",
                "Claimed paypal.com ",
                "through mail1.mcsv.net",
                "newest 2026-01-02"
            ],
            "{piece}"
        );
        assert_eq!((counts.0["messages"], counts.0["senders"]), (4, 3));
    }
}

#[test]
fn a_line_without_end_is_passed_over() {
    let mut mbox = b"From 1@x Fri Jan 02 10:00:00 2026\nSubject: ".to_vec();
    mbox.extend(vec![b'x'; 10 * 1024 * 1024]);
    mbox.extend_from_slice(b"\nFrom: Zoom <no-reply@zoom.us>\nReturn-Path: <x@zoom.us>\n\nbody\n");
    assert_eq!(run(&mbox, 4096).0.0, ["Notice zoom.us "]);
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1_usize..50) {
        let _ = run(&bytes, piece);
    }

    #[test]
    fn pieces_do_not_matter(text in "[From :@a.\n\rSubjectDKIM=;<>]{0,200}", piece in 1_usize..20) {
        let mbox = format!("From a@b 10:00\n{text}");
        prop_assert_eq!(run(mbox.as_bytes(), piece).0.0, run(mbox.as_bytes(), 100_000).0.0);
    }
}

#[test]
fn letters_of_a_maildir_are_called_by_their_time() {
    for path in ["mail/info/cur/1761232135.M262072P335.host,S=2:2,S", "mail/info/new/1761232135_0.9881.laptop"] {
        assert_eq!(maildir_of(path), Some("mail/info"), "{path}");
    }
    assert_eq!(maildir_of("cur/1761232135.M1"), Some(""));
    for path in ["new/2024 ideas.txt", "new/2024.xlsx", "tmp/1761232135.M1", "1761232135.M1", "x/cur/sub/1761232135.M1"]
    {
        assert_eq!(maildir_of(path), None, "{path}");
    }
}
