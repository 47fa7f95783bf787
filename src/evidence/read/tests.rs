#![allow(clippy::unwrap_used, clippy::panic, clippy::format_collect, clippy::large_stack_arrays)]

use super::*;
use crate::evidence::{Place, Signal};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

struct Count(u64);

impl Sink for Count {
    fn offer(&mut self, _: Kind, _: Place<'_>, _: &Signal<'_>) -> bool {
        self.0 += 1;
        false
    }
}

fn run(path: &str, bytes: &[u8]) -> Result<(u64, Vec<(String, Outcome)>)> {
    let mut sink = Count(0);
    let include = |name: &str| Ok((format!("dir/{name}"), b"www A 192.0.2.2\n".to_vec()));
    let all =
        read_file(Cursor::new(bytes), &Input::new(path, &["casaabierta.example".to_owned()]), &mut sink, &include)?;
    Ok((sink.0, all))
}

#[test]
fn a_zone_comes_back_with_its_hash() {
    let text = b"@ 300 IN MX 1 mail\n$INCLUDE more\n";
    let (offered, all) = run("x.zone", text).unwrap();
    let (path, outcome) = &all[0];
    assert_eq!((path.as_str(), outcome.kind, outcome.counts.0["records"], offered), ("x.zone", Kind::Zone, 2, 2));
    let zone = &outcome.zones[0].0;
    assert_eq!(zone.name, "casaabierta.example");
    let mut hash = Sha256::new();
    hash.update([&text[..], b"www A 192.0.2.2\n"].concat());
    let want: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(outcome.sha256.as_ref(), Some(&want));
}

#[test]
fn a_zone_in_utf_16_is_read() {
    let bytes: Vec<u8> = "\u{feff}@ 300 IN MX 1 mail\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(run("x.zone", &bytes).unwrap().1[0].1.counts.0["records"], 1);
}

#[test]
fn what_is_unknown_is_no_error() {
    for (path, bytes) in
        [("casa.zone", &b"\x7fELF\x02\x01\x01\0\0\0\0\0\x03\0"[..]), ("x.csv", b""), ("x.json", &[b'['; 100_000])]
    {
        let outcome = run(path, bytes).unwrap().1.remove(0).1;
        assert_eq!(outcome.kind, Kind::Unknown);
        assert!(outcome.reason.is_some());
    }
}

#[test]
fn what_is_known_and_broken_is_named_with_place_and_remedy() {
    for bytes in [
        &b"Date,Payee,Amount\n2026-01-01,\0,1\n"[..],
        b"@ IN A 192.0.2.1\n@ IN TXT \"open\n",
        b"{\"encrypted\":false,\"items\":[",
        b"<KeePassFile><Root>",
        b"<OFX>",
        b"PK\x03\x04",
    ] {
        let all = run("x", bytes).unwrap().1;
        assert!(all.last().unwrap().1.reason.is_some());
        let e = all.last().unwrap().1.damage.clone().unwrap();
        assert_eq!(e.kind, crate::error::Kind::Input);
        assert!(e.at.is_some() && !e.hints.is_empty(), "{e}");
    }
}

#[test]
fn a_reader_sees_what_lies_beyond_the_head() {
    let mut text = b"Date,Payee,Amount\n".to_vec();
    text.extend(b"2026-01-02,Slack,5\n".repeat(10_000));
    let outcome = run("x", &text).unwrap().1.remove(0).1;
    assert_eq!(outcome.counts.0["rows"], 10_000);
}

#[test]
fn a_zip_from_a_stream_is_unknown() {
    let mut sink = Count(0);
    let about = Input::new("-", &[]);
    let outcome = read_stream(&mut &b"PK\x03\x04xxxx"[..], &about, &mut sink, &zone::no_include).unwrap();
    assert!(outcome.reason.unwrap().contains("zip"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = run("x", &bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\PC\n]{0,300}") {
        let _ = run("x.zone", text.as_bytes());
    }
}
