#![allow(clippy::unwrap_used)]

use super::super::read::{Outcome, read_file};
use crate::error::Result;
use crate::evidence::zone::no_include;
use crate::evidence::{Input, Kind, Place, Signal, Sink};
use ::zip::write::SimpleFileOptions;
use proptest::prelude::*;
use std::io::{Cursor, Write as _};

#[derive(Debug, Default)]
struct Seen(Vec<String>);

impl Sink for Seen {
    fn offer(&mut self, _: Kind, place: Place<'_>, _: &Signal<'_>) -> bool {
        self.0.push(place.to_string());
        true
    }
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn run(bytes: &[u8]) -> Result<(Seen, Vec<(String, Outcome)>)> {
    let mut seen = Seen::default();
    let all = read_file(Cursor::new(bytes), &Input::new("e.zip", &[]), &mut seen, &no_include)?;
    // The first damage, as an error.
    match all.iter().find_map(|(_, o)| o.damage.clone()) {
        Some(damage) => Err(damage),
        None => Ok((seen, all)),
    }
}

const LEDGER: &[u8] = b"Date,Payee,Amount\n2026-01-02,Slack,5\n";
const ZONE: &[u8] = b"casaabierta.example. 300 IN A 192.0.2.1\n";

#[test]
fn members_are_read_and_named() {
    let inner = zip_of(&[("deep.csv", LEDGER)]);
    let inmost = zip_of(&[("x.zip", &inner)]);
    let bytes = zip_of(&[
        ("a/ledger.csv", LEDGER),
        ("../../etc/x\u{1b}.zone", ZONE),
        ("in.zip", &inner),
        ("three.zip", &inmost),
        ("__MACOSX/._a", b"x"),
        ("notes.txt", b"Hello all"),
    ]);
    let (seen, all) = run(&bytes).unwrap();
    let names: Vec<(&str, Kind)> = all.iter().map(|(n, o)| (n.as_str(), o.kind)).collect();
    assert_eq!(
        names,
        [
            ("e.zip!a/ledger.csv", Kind::Ledger),
            ("e.zip!../../etc/x\u{fffd}.zone", Kind::Zone),
            ("e.zip!in.zip!deep.csv", Kind::Ledger),
            ("e.zip!three.zip!x.zip", Kind::Unknown),
            ("e.zip!notes.txt", Kind::Unknown),
        ]
    );
    assert_eq!(seen.0, ["e.zip!a/ledger.csv:2", "e.zip!../../etc/x\u{fffd}.zone:1", "e.zip!in.zip!deep.csv:2"]);
}

#[test]
fn a_maildir_in_a_zip_is_one_source() {
    let letter = b"From: Zoom <no-reply@zoom.us>\nDate: Fri, 2 Jan 2026 10:00:00 +0000\n\nx\n".as_slice();
    let (_, all) = run(&zip_of(&[
        ("mail/info/cur/1761232135.M1.host,S=1:2,S", letter),
        ("mail/info/maildirsize", b"1 2"),
        ("mail/info/.Sent/new/1761232136.M2.host", letter),
        ("mail/info/cur/1761232137.M3.host:2,S", letter),
        ("mail/notes.txt", b"Hello all"),
    ]))
    .unwrap();
    let told: Vec<_> =
        all.iter().map(|(n, o)| (n.as_str(), o.kind, o.counts.0.get("messages").copied().unwrap_or(0))).collect();
    assert_eq!(
        told,
        [
            ("e.zip!mail/info", Kind::Maildir, 2),
            ("e.zip!mail/info/.Sent", Kind::Maildir, 1),
            ("e.zip!mail/notes.txt", Kind::Unknown, 0)
        ]
    );
}

#[test]
fn a_folder_that_is_only_called_takeout_is_none() {
    let kind = |members: &[(&str, &[u8])]| run(&zip_of(members)).unwrap().1.last().unwrap().1.kind;
    assert_eq!(kind(&[("Takeout/Mail/envelopes.txt", b"x"), ("Takeout/YouTube/ideas.txt", b"x")]), Kind::Unknown);
    assert_eq!(kind(&[("Takeout/Drive/notes.txt", b"x")]), Kind::Takeout);
    assert_eq!(kind(&[("Takeout/Kalender/a.ics", b"x"), ("Takeout/x/y.txt", b"x")]), Kind::Takeout);
}

#[test]
fn a_mailbox_at_the_groups_own_domain_is_no_free_one() {
    #[derive(Default)]
    struct Names(Vec<String>);
    impl Sink for Names {
        fn offer(&mut self, _: Kind, _: Place<'_>, signal: &Signal<'_>) -> bool {
            if let Signal::Export { name: Some(name), .. } = signal {
                self.0.push((*name).to_owned());
            }
            false
        }
    }
    let named = |to: &str| {
        let letter =
            format!("From 1@xxx Thu Oct 01 10:05:17 +0000 2026\nDelivered-To: ana@{to}\nFrom: b@b.example\n\nx\n");
        let bytes = zip_of(&[("Takeout/Mail/All mail.mbox", letter.as_bytes())]);
        let domains = ["casa.example".to_owned()];
        let mut names = Names::default();
        read_file(Cursor::new(&bytes), &Input::new("e.zip", &domains), &mut names, &no_include).unwrap();
        names.0
    };
    assert_eq!(named("gmail.com"), ["takeout-gmail"]);
    assert_eq!(named("casa.example"), [""; 0]);
}

#[test]
fn a_zone_in_a_zip_includes_nothing() {
    let e = run(&zip_of(&[("x.zone", b"$INCLUDE /etc/passwd\n")])).unwrap_err();
    assert!(e.to_string().contains("includes"));
}

#[test]
fn a_cut_zip_is_named_wherever_it_is_cut() {
    let bytes = zip_of(&[("a.csv", LEDGER), ("b.zone", ZONE)]);
    for end in 4..bytes.len() {
        let e = run(&bytes[..end]).unwrap_err();
        assert_eq!(e.at.as_ref().map(|a| a.file.as_str()), Some("e.zip"), "{end}");
        assert!(e.hints.iter().any(|h| h == "download it again"), "{end}: {e}");
    }
}

#[test]
fn damage_inside_is_an_error_of_the_input() {
    let bytes = zip_of(&[("a.csv", &LEDGER.repeat(50))]);
    for at in 40..60 {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0xff;
        if let Err(e) = run(&bytes) {
            assert_eq!(e.kind, crate::error::Kind::Input, "{at}: {e}");
        }
    }
}

#[test]
fn a_bomb_is_stopped() {
    let bomb = vec![b'\n'; 40 * 1024 * 1024];
    let bytes = zip_of(&[("page.html", &[b"<html>", bomb.as_slice()].concat())]);
    assert!(run(&bytes).unwrap_err().to_string().contains("bomb"));
}

#[test]
fn an_encrypted_zip_says_so() {
    let mut bytes = zip_of(&[("a.csv", LEDGER)]);
    // The bit of encryption, in the member's head and in the list.
    bytes[6] |= 1;
    let list = bytes.windows(4).rposition(|w| w == b"PK\x01\x02").unwrap();
    bytes[list + 8] |= 1;
    assert!(run(&bytes).unwrap_err().to_string().contains("encrypted"));
}

#[test]
fn a_list_that_claims_too_much_is_refused() {
    let mut bytes = zip_of(&[("a.csv", LEDGER)]);
    let end = bytes.windows(4).rposition(|w| w == b"PK\x05\x06").unwrap();
    bytes[end + 10] = 0xff;
    bytes[end + 11] = 0xff;
    assert!(run(&bytes).is_err());
}

#[test]
fn a_name_that_stands_twice_is_told_and_the_rest_is_read() {
    let mut bytes = zip_of(&[("a.csv", LEDGER), ("b.csv", LEDGER), ("c.zone", ZONE)]);
    // `b.csv` becomes a second `a.csv`, in its head and in the list.
    while let Some(at) = bytes.windows(5).position(|w| w == b"b.csv") {
        bytes[at] = b'a';
    }
    let all = read_file(Cursor::new(&bytes), &Input::new("e.zip", &[]), &mut Seen::default(), &no_include).unwrap();
    let kinds: Vec<(&str, Kind)> = all.iter().map(|(n, o)| (n.as_str(), o.kind)).collect();
    assert_eq!(kinds, [("e.zip!a.csv", Kind::Ledger), ("e.zip!c.zone", Kind::Zone), ("e.zip", Kind::Unknown)]);
    assert!(all[2].1.reason.as_ref().unwrap().contains("twice"));
}

#[test]
fn an_export_in_a_cut_archive_has_the_reason_itself() {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::none());
    let mut tar = tar::Builder::new(&mut packed);
    let mut header = tar::Header::new_gnu();
    header.set_size(1000);
    tar.append_data(&mut header, "Takeout/Drive/x.txt", &[b'x'; 1000][..]).unwrap();
    tar.into_inner().unwrap();
    let bytes = packed.finish().unwrap();
    let cut = &bytes[..bytes.len() / 2];
    let all = read_file(Cursor::new(cut), &Input::new("e.tgz", &[]), &mut Seen::default(), &no_include).unwrap();
    assert_eq!(all.len(), 1);
    assert!(all[0].1.kind == Kind::Takeout && all[0].1.reason.is_some());
}

#[test]
fn other_formats_that_are_zips_are_told() {
    for (name, why) in [("[Content_Types].xml", "document"), ("mimetype", "document")] {
        let all = run(&zip_of(&[(name, b"x")])).unwrap().1;
        assert!(all[0].1.reason.as_ref().unwrap().contains(why));
    }
    let all = run(&zip_of(&[("export.data", b"SECRET"), ("export.attributes", b"{}")])).unwrap().1;
    assert!(all[0].1.reason.as_ref().unwrap().contains("1pux"));
}

proptest! {
    #[test]
    fn any_change_is_read_or_refused(at in 0_usize..400, to in any::<u8>()) {
        let mut bytes = zip_of(&[("a.csv", LEDGER), ("b.zone", ZONE)]);
        let at = at % bytes.len();
        bytes[at] = to;
        let _ = run(&bytes);
    }
}
