//! What the fuzzers call, as plain functions over bytes: libFuzzer by way of `fuzz_targets/`, `cargo test` by way of
//! `tests/fuzz.rs`. None may panic, hang, or eat the memory; some hold more.

use decamp::bundle::Keys;
use decamp::catalog::Catalog;
use decamp::catalog::index::Index;
use decamp::evidence::exports::Seen;
use decamp::evidence::ledger::{LedgerFormat, csv::Plan, date::Order, sheet::Book};
use decamp::evidence::logins::{LoginFormat, csv::Source};
use decamp::evidence::table::{Layout, Table};
use decamp::evidence::text::{Encoding, Text};
use decamp::evidence::zone::{self, Options, Record};
use decamp::evidence::{
    Input, Kind, Place, Signal, Sink, answers, archive, bookmarks, certificates, cloud, exports, grants, ledger,
    logins, mail, page, read, users, wxr,
};
use decamp::group::Group;
use decamp::inventory::collect::Collector;
use decamp::inventory::{Corrections, GroupRef, Inventory, merge};
use decamp::render::{spf as senders, zonefile};
use std::io::{BufReader, Cursor, Read as _, Write as _};
use std::sync::OnceLock;

/// A target: name and function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: &[Target] = &[
    ("zone", zone),
    ("csv", csv),
    ("json", json),
    ("xml", xml),
    ("mbox", mbox),
    ("zip", zip),
    ("reader", reader),
    ("evidence", evidence),
    ("whole", whole),
    ("group", group),
    ("inventory", inventory),
    ("bundle", bundle),
    ("spf", spf),
    ("manifest", manifest),
    ("recipients", recipients),
    ("signers", signers),
    ("share", share),
];

/// A zone that can be read is written so that it reads the same.
pub fn zone(bytes: &[u8]) {
    let read =
        |bytes: &[u8]| zone::parse(bytes, Options { path: "z.example.zone", origin: None, include: &zone::no_include });
    let Ok(first) = read(bytes) else { return };
    // Refusals are looked for in whatever can be read.
    let _ = zone::check::refusals(&first);
    let lines: Vec<_> = first.records.iter().cloned().map(|r| zonefile::Line::Record(Box::new(r))).collect();
    let text = zonefile::write(&first.name, &lines);
    let second = read(text.as_bytes()).unwrap_or_else(|e| panic!("what was written can't be read: {e}\n{text}"));
    let seen = |r: &Record| (r.key(), r.ttl, r.rtype.clone(), r.rdata());
    let (one, two): (Vec<_>, Vec<_>) =
        (first.records.iter().map(seen).collect(), second.records.iter().map(seen).collect());
    assert_eq!(one, two, "{text}");
}

/// Takes everything and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn offer(&mut self, _: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        let _ = (place.to_string(), format!("{signal:?}"));
        false
    }
}

/// Any evidence: its kind is told, and it is read.
pub fn evidence(bytes: &[u8]) {
    let domains = ["casa.example".to_owned()];
    let about = Input::new("evidence/x", &domains);
    let _ = read::read_stream(&mut Cursor::new(bytes), &about, &mut Nowhere, &zone::no_include);
    let _ = read::read_file(Cursor::new(bytes), &about, &mut Nowhere, &zone::no_include);
}

/// The cutter of tables: every row is read once, and its lines never run backwards.
pub fn csv(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    let layout = layout(*how);
    let mut input = rest;
    let text = Text::new(&mut input, Encoding::of(rest));
    let Ok((mut table, mut row)) = Table::headed(text, layout, "x") else { return };
    let _ = row.names();
    let mut line = row.line;
    while let Ok(true) = table.next_into(&mut row) {
        assert!(row.line >= line, "a line runs backwards");
        line = row.line;
        assert!(row.cells().count() == row.len());
    }
    let _ = table.whole();
}

/// The reader of JSON: whatever serde_json takes as one value of a list is read, with the same number of items.
pub fn json(bytes: &[u8]) {
    let mut input = bytes;
    let mut items = 0;
    let wanted = ["a", "b.c", "l[].x", "*.type"];
    let text = Text::new(&mut input, Encoding::Utf8);
    let done = decamp::evidence::json::each(text, "x", &["[]", "items[]", ""], &wanted, &mut |_, f| {
        items += 1;
        let _ = (f.get("a"), f.number("b.c"), f.below("type").count());
    });
    // A byte order mark, and bytes that are no UTF-8, are forgiven here and not there.
    if let (Ok(text), false) = (std::str::from_utf8(bytes), bytes.starts_with(b"\xef\xbb\xbf"))
        && let Ok(serde_json::Value::Array(list)) = serde_json::from_str(text)
    {
        assert!(done.is_err() || items == list.len(), "{items} of {} items were read", list.len());
    }
}

/// The two readers of XML.
pub fn xml(bytes: &[u8]) {
    let Some((how, rest)) = bytes.split_first() else { return };
    READERS[if how & 1 == 0 { KEEPASS } else { WXR }].1(rest);
}

/// The cutter of mailboxes: the same letters come out, however the bytes come in.
pub fn mbox(bytes: &[u8]) {
    let letters = |room: usize| {
        let mut found = Vec::new();
        let mut input = BufReader::with_capacity(room, bytes);
        let _ = mail::headers(&mut input, "x", mail::Cut::ByContent, &mut |h| found.push(h.to_vec()));
        found
    };
    // What it is, is told by the first piece; so pieces are never shorter than that.
    if bytes.len() > 64 {
        assert_eq!(letters(bytes.len()), letters(1 << 20), "pieces change what is read");
    }
    READERS[MBOX].1(bytes);
}

/// Archives: zips, tars in gzip, and files in gzip.
pub fn zip(bytes: &[u8]) {
    let mut sum = 0_u64;
    let _ = archive::members(Cursor::new(bytes), "x.zip", &mut |_, input| {
        sum += std::io::copy(&mut input.take(1 << 24), &mut std::io::sink()).unwrap_or(0);
        Ok(())
    });
    let domains = ["casa.example".to_owned()];
    let _ = read::read_file(Cursor::new(bytes), &Input::new("x.zip", &domains), &mut Nowhere, &zone::no_include);
}

fn layout(how: u8) -> Layout {
    Layout { delimiter: [b',', b';', b'\t', b'|'][usize::from(how & 3)], header: u64::from(how >> 2 & 3) + 1 }
}

/// Calls a reader with the text, what it is told about the file, and a sink.
macro_rules! reader {
    (|$text:ident, $about:ident, $sink:ident, $bytes:ident| $call:expr) => {
        |$bytes: &[u8]| {
            let domains = ["casa.example".to_owned()];
            let about = Input { named: true, ..Input::new("x", &domains) };
            let ($about, $sink) = (&about, &mut Nowhere as &mut dyn Sink);
            let mut input = $bytes;
            let $text = Text::new(&mut input, Encoding::of($bytes));
            let _ = $call;
        }
    };
}

/// Where some stand in [`READERS`].
const KEEPASS: usize = 0;
const WXR: usize = 1;
const MBOX: usize = 2;

/// Each reader by itself, so that it sees also what would never be taken for its kind.
pub const READERS: &[Target] = &[
    ("keepass", reader!(|text, about, sink, b| logins::read(text, LoginFormat::KeePassXml, about, sink))),
    ("wxr", reader!(|text, about, sink, b| wxr::read(text, about, &mut Seen::default(), sink))),
    ("mbox", |bytes| {
        let domains = ["casa.example".to_owned()];
        let _ = mail::read_mbox(&mut &*bytes, &Input::new("x", &domains), &mut Nowhere);
    }),
    ("eml", |bytes| {
        let domains = ["casa.example".to_owned()];
        let _ = mail::read_eml(&mut &*bytes, Kind::Eml, &Input::new("x", &domains), &mut Nowhere);
    }),
    ("bitwarden", reader!(|text, about, sink, b| logins::read(text, LoginFormat::BitwardenJson, about, sink))),
    (
        "passwords",
        reader!(|text, about, sink, b| logins::read(
            text,
            LoginFormat::Csv(Source::Other, layout(first(b))),
            about,
            sink
        )),
    ),
    (
        "ledger",
        reader!(|text, about, sink, b| match Plan::find(&String::from_utf8_lossy(b)) {
            Some(plan) => ledger::read(text, &LedgerFormat::Csv(plan), Kind::Ledger, about, sink).is_ok(),
            None => false,
        }),
    ),
    ("ofx", reader!(|text, about, sink, b| ledger::read(text, &LedgerFormat::Ofx, Kind::Ledger, about, sink))),
    (
        "qif",
        reader!(|text, about, sink, b| ledger::read(
            text,
            &LedgerFormat::Qif(Order::DayFirst),
            Kind::Ledger,
            about,
            sink
        )),
    ),
    ("book", book),
    ("html", reader!(|text, about, sink, b| page::html::read(text, about, sink))),
    ("har", reader!(|text, about, sink, b| page::har::read(text, about, sink))),
    (
        "google-users",
        reader!(|text, about, sink, b| users::read(text, Kind::GoogleUsers, layout(first(b)), about, sink)),
    ),
    ("m365-users", reader!(|text, about, sink, b| users::read(text, Kind::M365Users, layout(first(b)), about, sink))),
    (
        "google-oauth",
        reader!(|text, about, sink, b| {
            use grants::Form::{Html, Page, Table};
            let form = [Table(layout(first(b))), Html, Page][usize::from(first(b)) % 3];
            grants::read(text, Kind::GoogleOauth, form, about, sink)
        }),
    ),
    ("m365-apps", reader!(|text, about, sink, b| grants::read(text, Kind::M365Apps, grants::Form::Json, about, sink))),
    (
        "bookmarks",
        reader!(|text, about, sink, b| {
            use bookmarks::Form::{Chrome, Firefox, Html};
            bookmarks::read(text, Kind::Bookmarks, [Chrome, Firefox, Html][b.len() % 3], about, sink)
        }),
    ),
    (
        "history",
        reader!(|text, about, sink, b| {
            use bookmarks::Form::{Table, Takeout};
            let form = if b.len().is_multiple_of(2) { Takeout } else { Table(layout(first(b))) };
            bookmarks::read(text, Kind::History, form, about, sink)
        }),
    ),
    ("answers", reader!(|text, about, sink, b| answers::read(text, layout(first(b)), about, sink))),
    (
        "certificates",
        reader!(|text, about, sink, b| {
            let _ = sink;
            certificates::read(text, about)
        }),
    ),
    ("aws", reader!(|text, about, sink, b| cloud(text, Kind::Aws, b, about, sink))),
    ("azure", reader!(|text, about, sink, b| cloud(text, Kind::Azure, b, about, sink))),
    ("gcp", reader!(|text, about, sink, b| cloud(text, Kind::Gcp, b, about, sink))),
    ("terraform", reader!(|text, about, sink, b| cloud(text, Kind::Terraform, b, about, sink))),
    (
        "exports",
        reader!(|text, about, sink, b| {
            let shapes = &catalog().1.shapes().0;
            let shape = &shapes[b.len() % shapes.len()];
            let mut seen = Seen::default();
            let _ = sink;
            match first(b) & 1 {
                0 => exports::read_json(text, shape, about, &mut seen),
                _ => exports::read_table(text, shape, layout(first(b)), about, &mut seen),
            }
        }),
    ),
    ("other-zones", |bytes| {
        use zone::other::Form::{DnsControl, OctoDns, Route53};
        for form in [Route53, DnsControl, OctoDns] {
            let options =
                Options { path: "casa.example.yaml", origin: Some("casa.example"), include: &zone::no_include };
            let _ = zone::load::load(bytes.to_vec(), Some(form), Encoding::Utf8, options);
        }
    }),
];

/// A workbook as it is or, by the first byte, one with these bytes as one of its members: changes of packed bytes don't get far.
fn book(bytes: &[u8]) {
    let domains = ["casa.example".to_owned()];
    let read = |bytes: Vec<u8>, book| {
        let _ = ledger::read_book(bytes, book, &Input::new("x", &domains), &mut Nowhere);
    };
    let Some((which, rest)) = bytes.split_first() else { return };
    if bytes.starts_with(b"PK") {
        read(bytes.to_vec(), Book::Xlsx);
        return read(bytes.to_vec(), Book::Ods);
    }
    let mut members = vec![
        ("_rels/.rels", &br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#[..]),
        ("xl/workbook.xml", &br#"<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"#[..]),
        ("xl/_rels/workbook.xml.rels", br#"<Relationships><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>"#),
        ("xl/worksheets/sheet1.xml", br#"<worksheet><sheetData><row r="1"><c r="A1" t="s" s="1"><v>0</v></c></row></sheetData></worksheet>"#),
        ("xl/sharedStrings.xml", br#"<sst count="1" uniqueCount="1"><si><t>a</t></si></sst>"#),
        ("xl/styles.xml", br#"<styleSheet><numFmts><numFmt numFmtId="164" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>"#),
    ];
    let (which, kind) = (usize::from(which % 7), if which % 7 == 6 { Book::Ods } else { Book::Xlsx });
    match members.get_mut(which) {
        Some(member) => member.1 = rest,
        None => {
            members = vec![
                ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"),
                ("META-INF/manifest.xml", b"<manifest:manifest/>"),
                ("content.xml", rest),
            ]
        }
    }
    let mut out = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        let stored = ::zip::write::SimpleFileOptions::default().compression_method(::zip::CompressionMethod::Stored);
        out.start_file(name, stored).unwrap();
        out.write_all(bytes).unwrap();
    }
    read(out.finish().unwrap().into_inner(), kind);
}

fn first(bytes: &[u8]) -> u8 {
    bytes.first().copied().unwrap_or(0)
}

fn cloud(text: Text<'_>, kind: Kind, bytes: &[u8], about: &Input<'_>, sink: &mut dyn Sink) -> bool {
    use cloud::Form::{Assets, Config, Costs, Json, Lines, Rows, S3, Table};
    let layout = layout(first(bytes));
    let form = match (kind, bytes.len() % 4) {
        (Kind::Aws, 1) => S3,
        (Kind::Aws, 2) => Costs(layout),
        (Kind::Aws, 3) => Rows(layout, "arn".into()),
        (Kind::Azure, 1) => Table,
        (Kind::Gcp, 1) => Lines,
        (Kind::Gcp, _) => Assets("[]"),
        (Kind::Terraform, 1) => Config,
        _ => Json,
    };
    cloud::read(text, kind, &form, about, sink).is_ok()
}

/// One of the readers: by the variable `DECAMP_READER`, or by the first byte.
pub fn reader(bytes: &[u8]) {
    static ONE: OnceLock<Option<usize>> = OnceLock::new();
    let named = || std::env::var("DECAMP_READER").ok().map(|n| READERS.iter().position(|(r, _)| *r == n).unwrap());
    match *ONE.get_or_init(named) {
        Some(one) => READERS[one].1(bytes),
        None => {
            if let Some((which, rest)) = bytes.split_first() {
                READERS[usize::from(*which) % READERS.len()].1(rest);
            }
        }
    }
}

fn catalog() -> &'static (Catalog, Index) {
    static ALL: OnceLock<(Catalog, Index)> = OnceLock::new();
    ALL.get_or_init(|| {
        let catalog = decamp::catalog::load::embedded().unwrap();
        let index = Index::new(&catalog);
        (catalog, index)
    })
}

/// Any bytes in, a valid inventory out: it is written so that it reads the same, and says only what can be true.
pub fn whole(bytes: &[u8]) {
    let (catalog, index) = catalog();
    let domains = ["casa.example".to_owned()];
    let mut collector = Collector::new(index, &domains);
    let about = Input { shapes: index.shapes(), named: true, ..Input::new("evidence/x", &domains) };
    let Ok(read) = read::read_file(Cursor::new(bytes), &about, &mut collector, &zone::no_include) else {
        panic!("only a machine that fails ends the run");
    };
    assert!(!read.is_empty(), "nothing is said of the file");
    for (path, outcome) in &read {
        assert!(path.starts_with("evidence/x"), "{path}");
        assert!(outcome.kind != Kind::Unknown || outcome.reason.is_some(), "{path} is unknown without a reason");
        assert!(
            outcome.reason.as_ref().is_none_or(|r| !r.is_empty() && r.len() < 4000),
            "{path}: {:?}",
            outcome.reason
        );
    }
    let source = |(path, o): (String, read::Outcome)| decamp::inventory::Source {
        path,
        kind: o.kind,
        care: o.kind.care(),
        reason: o.reason,
        counts: o.counts.0,
    };
    let services = merge::services(catalog, &mut collector, None);
    for service in &services {
        assert!(catalog.service(&service.id).is_some(), "{} is in no playbook", service.id);
        assert!(!service.evidence.is_empty(), "{} has no evidence", service.id);
    }
    let made = Inventory {
        schema: "decamp/inventory/1".into(),
        sources: read.into_iter().map(source).collect(),
        conflicts: merge::conflicts(catalog, &services),
        services,
        unrecognized: std::mem::take(&mut collector.unrecognized),
        group: GroupRef { name: "Casa".into(), domains: domains.to_vec() },
        zones: Vec::new(),
        corrections: Corrections::default(),
    };
    let text = decamp::yaml::to_string(&made).unwrap();
    let again: Inventory = decamp::yaml::from_str(&text, "inventory.yaml").unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert_eq!(again, made, "{text}");
    assert!(serde_json::to_string(&made).is_ok());
}

/// `group.yaml`.
pub fn group(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Group::parse(text, "group.yaml");
    }
}

/// `inventory.yaml`.
pub fn inventory(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = decamp::yaml::from_str::<Inventory>(text, "inventory.yaml");
    }
}

/// A bundle: by the last bit of the first byte the bytes are an archive in a sound envelope, or the envelope itself.
pub fn bundle(bytes: &[u8]) {
    use decamp::bundle::{OpenOptions, dry_run, list, payload, salvage, verify};
    let Some((how, rest)) = bytes.split_first() else { return };
    let identity: age::x25519::Identity =
        "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33".parse().unwrap();
    let sealed = if how & 1 == 0 { seal(&identity, rest) } else { rest.to_vec() };
    let mut keys = Keys::new();
    keys.add_identity(identity);
    let options = OpenOptions { max_size: Some(1 << 24), ..OpenOptions::default() };
    let verified = verify(&mut Cursor::new(&sealed), &keys, Some(1 << 24), None).is_ok();
    let opened = dry_run(&mut Cursor::new(&sealed), &mut [], &keys, &options).is_ok();
    assert_eq!(verified, opened, "verify and open disagree");
    let _ = list(&mut Cursor::new(&sealed), &keys, None);
    // By way of the manifest: whatever it says, nothing but an error may come of it.
    let some = OpenOptions { patterns: vec!["**".into()], max_size: Some(1 << 24), ..OpenOptions::default() };
    let _ = dry_run(&mut Cursor::new(&sealed), &mut [], &keys, &some);
    let _ = payload(&mut Cursor::new(&sealed), &keys);
    if let Ok(saved) = salvage(&mut Cursor::new(&sealed), &keys, None) {
        assert!(!verified || saved.lost.is_empty(), "a good bundle has lost files");
    }
}

fn seal(identity: &age::x25519::Identity, archive: &[u8]) -> Vec<u8> {
    let packed = zstd::encode_all(archive, 1).unwrap();
    let recipient = identity.to_public();
    let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient)).unwrap();
    let mut sealed = Vec::new();
    let mut out = encryptor.wrap_output(&mut sealed).unwrap();
    out.write_all(&packed).unwrap();
    out.finish().unwrap();
    sealed
}

/// A manifest, as `--since` takes it.
pub fn manifest(bytes: &[u8]) {
    let _ = decamp::bundle::Since::from_manifest(bytes);
}

/// Recipients, identities and trustees; no message may hold a line of a secret key.
pub fn recipients(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let secret = age::secrecy::SecretString::from(text);
    let said = [
        decamp::bundle::Recipients::new().add_file("f", text).err(),
        Keys::new().add_file("f", &secret).err(),
        decamp::trustees::Trustees::read("f", text, &[]).err(),
    ];
    for error in said.into_iter().flatten() {
        for line in text.lines().filter(|l| l.len() > 40 && l.contains("AGE-SECRET-KEY-1")) {
            assert!(!error.to_string().contains(line), "a secret is echoed");
        }
    }
}

/// Whose signatures count, and keys that sign.
pub fn signers(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = decamp::bundle::Signers::new("f", text);
    let secret = age::secrecy::SecretString::from(text);
    // Keys behind a passphrase take time on purpose, so none is given.
    let _ = decamp::bundle::Signer::new("f", &secret, &|| None);
}

/// A share of a key, as text or words: what is read is written so that it reads the same.
pub fn share(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(share) = decamp::trustees::read("f", text) {
        let words = share.words(decamp::words::List::Es).join(" ");
        let again = decamp::trustees::read("f", &words).unwrap_or_else(|e| panic!("its words can't be read: {e}"));
        assert_eq!((again.set, again.index), (share.set, share.index));
        if share.public.is_some() {
            assert!(decamp::trustees::read("f", &share.text()).is_ok_and(|s| s == share), "its text reads differently");
        }
        let _ = decamp::trustees::combine(vec![("a".into(), share.clone()), ("b".into(), share)]);
    }
}

/// A sender that is put in is there, once, and goes out again.
pub fn spf(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let _ = senders::is_spf(text);
    let add = "include:_spf.casa.example";
    let both = senders::with(text, add);
    assert!(both.split_ascii_whitespace().any(|t| t.trim_start_matches('+').eq_ignore_ascii_case(add)), "{both}");
    assert_eq!(senders::with(&both, add), both, "put in twice");
    assert!(senders::lookups(&both) <= senders::lookups(text) + 1);
    let gone = senders::without(&both, |t| t.eq_ignore_ascii_case(add));
    assert!(
        !gone
            .split_ascii_whitespace()
            .skip(1)
            .any(|t| t.trim_start_matches(['+', '-', '~', '?']).eq_ignore_ascii_case(add)),
        "{gone}"
    );
}
