//! The targets of `fuzz/`, driven without libFuzzer: known inputs, changed in ways that are the same on every run, for some
//! seconds each (`DECAMP_LONG=1`: 60).

#[path = "../fuzz/targets.rs"]
mod targets;

use crate::crash::{Dice, times};
use crate::rendered::{CASES, case};
use crate::support::{repository, tree};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Words that parsers stumble over.
const WORDS: &[&str] = &[
    "$INCLUDE x\n",
    "$GENERATE 0-4294967295 a$ A 1.1.1.1\n",
    "$ORIGIN .\n",
    "$TTL 4294967296\n",
    "(",
    ")",
    "\"",
    "\\",
    "\\256",
    "\\#",
    ";",
    "\n",
    "\r\n",
    "\0",
    "\t",
    " ",
    ".",
    "..",
    "@",
    "*",
    "IN",
    "CLASS65536",
    "TYPE65536",
    "TXT",
    "CNAME",
    "SOA",
    "MX",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "- ",
    "? ",
    "|",
    ">",
    "---\n",
    "\u{feff}",
    "\u{202e}",
    "<",
    ">",
    "&#x0;",
    "<!DOCTYPE",
    "]]>",
    "PK\u{3}\u{4}",
    "-1",
    "1e999",
    "18446744073709551616",
    "1.234,56",
    "(12.00)",
    "v=spf1",
    "include:",
    "redirect=",
    "~all",
    "%{i}",
    "name:",
    "null",
];

/// Members of workbooks.
const SHEETS: [&str; 4] = [
    "<worksheet><dimension ref=\"A1:C9\"/><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\" s=\"1\"><v>0</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>Date</t></is></c><c r=\"C1\" t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row><row r=\"1048576\"><c r=\"XFD1048576\" s=\"0\"><f t=\"shared\" si=\"1\" ref=\"A1:B2\">A1+1</f><v>45000.5</v></c><c t=\"d\"><v>2026-01-05T10:00:00</v></c></row></sheetData><mergeCells><mergeCell ref=\"A1:B2\"/></mergeCells></worksheet>",
    "<sst count=\"2\" uniqueCount=\"2\"><si><t xml:space=\"preserve\"> a</t></si><si><r><t>b</t></r><rPh><t>x</t></rPh></si></sst>",
    "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"[$-409]yyyy\\-mm;@\"/></numFmts><fonts><font><sz val=\"11\"/><color theme=\"1\" tint=\"-0.5\"/></font></fonts><cellXfs><xf numFmtId=\"164\" fontId=\"0\"/></cellXfs></styleSheet>",
    "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"a\"><table:table-row table:number-rows-repeated=\"3\"><table:table-cell office:value-type=\"float\" office:value=\"1.5\" table:number-columns-repeated=\"2\"><text:p>x<text:s text:c=\"3\"/>y</text:p></table:table-cell><table:table-cell office:value-type=\"date\" office:date-value=\"2026-01-05\"/><table:covered-table-cell/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>",
];

/// One changed input.
fn mutate(dice: &mut Dice, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[dice.below(seeds.len() as u64) as usize].clone();
    for _ in 0..=dice.below(6) {
        let at = dice.below(bytes.len() as u64 + 1) as usize;
        let to = at + dice.below((bytes.len() - at).min(64) as u64 + 1) as usize;
        match dice.below(8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << dice.below(8),
            1 if at < bytes.len() => bytes[at] = dice.roll() as u8,
            2 => drop(bytes.drain(at..to)),
            3 => bytes.truncate(at),
            4 => {
                let piece = bytes[at..to].to_vec();
                for _ in 0..=dice.below(20) {
                    drop(bytes.splice(at..at, piece.iter().copied()));
                }
            }
            5 => {
                let other = &seeds[dice.below(seeds.len() as u64) as usize];
                let from = dice.below(other.len() as u64 + 1) as usize;
                drop(bytes.splice(at..at, other[from..].iter().copied().take(200)));
            }
            _ => {
                let word = WORDS[dice.below(WORDS.len() as u64) as usize];
                drop(bytes.splice(at..at, word.bytes()));
            }
        }
    }
    bytes.truncate(1 << 16);
    bytes
}

/// Runs one target until its time is up.
fn fuzz(name: &str, seeds: &[Vec<u8>]) {
    let (_, target) = targets::ALL.iter().find(|(n, _)| *n == name).unwrap();
    run(name, *target, seeds, times(8, 60));
}

fn run(name: &str, target: fn(&[u8]), seeds: &[Vec<u8>], seconds: usize) {
    let end = Instant::now() + Duration::from_secs(seconds as u64);
    let mut dice = Dice(0x00de_ca3b + name.len() as u64);
    let (mut count, mut slowest) = (0_u64, Duration::ZERO);
    let mut look = |bytes: &[u8]| {
        let start = Instant::now();
        let fine = catch_unwind(AssertUnwindSafe(|| target(bytes))).is_ok();
        slowest = slowest.max(start.elapsed());
        count += 1;
        if !fine || start.elapsed() > Duration::from_secs(5) {
            let path = std::env::temp_dir().join(format!("decamp-fuzz-{name}-{count}"));
            std::fs::write(&path, bytes).unwrap();
            panic!(
                "{name}: input {count} {}; it is kept in {}",
                if fine { "takes too long" } else { "makes it panic" },
                path.display()
            );
        }
    };
    seeds.iter().for_each(|s| look(s));
    while Instant::now() < end {
        look(&mutate(&mut dice, seeds));
    }
    println!("summary: fuzz {name}: {count} inputs, the slowest took {slowest:?}");
}

/// The made-up groups' files that end so.
fn seeds(end: &str) -> Vec<Vec<u8>> {
    let all = tree(&repository().join("tests/cases")).into_iter();
    all.filter(|(path, _)| path.ends_with(end)).map(|(_, (_, bytes))| bytes).collect()
}

#[test]
fn zones() {
    fuzz("zone", &seeds(".zone"));
}

/// The small files among the samples of some kinds of evidence.
fn samples(kinds: &[&str]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for kind in kinds {
        let dir = repository().join("tests/evidence").join(kind);
        let files = tree(&dir).into_iter().filter(|(path, (_, b))| !path.ends_with(".expect.yaml") && !b.is_empty());
        all.extend(files.map(|(_, (_, bytes))| bytes).filter(|b| b.len() < 20_000).take(20));
    }
    all
}

/// The same with a byte in front, by which a target chooses.
fn chosen(seeds: Vec<Vec<u8>>, choices: u8) -> Vec<Vec<u8>> {
    let with = |choice: u8| seeds.iter().map(move |s| [&[choice], s.as_slice()].concat());
    (0..choices).flat_map(with).collect()
}

/// The scanners that readers share.
#[test]
fn scanners() {
    fuzz("csv", &chosen(samples(&["ledger", "paypal", "stripe", "mailchimp", "m365-users"]), 4));
    fuzz("json", &samples(&["asana", "trello", "aws", "gcp", "m365-apps", "slack"]));
    let keepass = b"<KeePassFile><Root><Entry><String><Key>URL</Key><Value>https://a.example</Value></String></Entry></Root></KeePassFile>";
    fuzz("xml", &chosen([samples(&["wxr"]), vec![keepass.to_vec()]].concat(), 2));
    fuzz("mbox", &samples(&["mbox", "eml"]));
    fuzz("zip", &samples(&["takeout", "slack", "ledger"]));
}

/// Each reader with samples of its own kind, and with a few of others.
#[test]
fn readers() {
    let others = samples(&["answers", "bookmarks"]);
    for (name, reader) in targets::READERS {
        let own = match *name {
            "ledger" | "ofx" | "qif" => samples(&["ledger"]),
            "book" => [samples(&["ledger"]), chosen(SHEETS.map(|s| s.as_bytes().to_vec()).to_vec(), 7)].concat(),
            "exports" => samples(&["asana", "trello", "airtable", "zoom", "paypal", "eventbrite", "salesforce"]),
            "other-zones" => samples(&["zone-like"]),
            kind if repository().join("tests/evidence").join(kind).is_dir() => samples(&[kind]),
            _ => evidence(),
        };
        run(name, *reader, &[own, others.iter().take(4).cloned().collect()].concat(), times(2, 60));
    }
}

#[test]
fn whole_inventories() {
    fuzz("whole", &[evidence(), samples(&["mbox", "aws", "wxr", "slack", "google-oauth"])].concat());
}

#[test]
fn any_evidence() {
    fuzz("evidence", &evidence());
}

/// Small files of every form.
fn evidence() -> Vec<Vec<u8>> {
    let mut all = seeds(".zone");
    all.extend(
        tree(&repository().join("templates/demo"))
            .into_iter()
            .filter(|(p, (_, b))| p.contains("evidence/") && !b.is_empty() && b.len() < 50_000)
            .map(|(_, (_, bytes))| bytes),
    );
    let more: [&[u8]; 8] = [
        b"Date,Description,Amount\n2026-01-02,GOOGLE *GSUITE,-12.00\n2026-02-02,\"ZOOM.US 888\",(14.99)\n",
        b"Fecha;Concepto;Cargo\n02/01/2026;\"SLACK T0\";1.234,56\n",
        b"OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260102<TRNAMT>-12.00<NAME>MAILCHIMP</STMTTRN></BANKTRANLIST></OFX>\n",
        b"!Type:Bank\nD01/02/2026\nT-12.00\nPDROPBOX\n^\n",
        b"{\"encrypted\":false,\"items\":[{\"type\":1,\"name\":\"x\",\"login\":{\"uris\":[{\"uri\":\"https://zoom.us\"}],\"username\":\"a\",\"password\":\"b\"}}]}",
        b"{\"log\":{\"version\":\"1.2\",\"entries\":[{\"request\":{\"method\":\"GET\",\"url\":\"https://www.google-analytics.com/x\"},\"response\":{\"status\":200}}]}}",
        b"<!doctype html><html><head><script src=\"https://js.stripe.com/v3\"></script></head><body><form action=\"https://x.us1.list-manage.com/\"></form></body></html>",
        b"<?xml version=\"1.0\"?><KeePassFile><Root><Group><Entry><String><Key>URL</Key><Value>https://slack.com</Value></String></Entry></Group></Root></KeePassFile>",
    ];
    all.extend(more.map(<[u8]>::to_vec));
    all.push(crate::support::zip(&[
        ("a.csv", b"Date,Payee,Amount\n2026-01-01,ZOOM,1\n"),
        ("b/c.zone", b"$ORIGIN a.example.\n@ 60 IN MX 1 smtp.google.com.\n"),
    ]));
    all
}

#[test]
fn groups() {
    let mut all = seeds("group.yaml");
    all.push(b"name: Casa\ncountry: US\ndomains: [a.example]\npeople: 14\nlanguages: [en, es]\nhours_per_week: 6\nstart: 2026-12-01\navoid: [{from: 2026-12-20, to: 2027-01-02, why: holidays}]\nwishes: {providers: [may-first], countries: [], self_host: false, budget: {amount: 600, currency: USD}, must: [], keep: []}\nroles: [{name: A, role: b}]\nrecipients: [age1x]\nsettings: {may-first: {spf: x}}\n".to_vec());
    fuzz("group", &all);
}

#[test]
fn inventories() {
    let all: Vec<Vec<u8>> = CASES
        .iter()
        .map(|(name, _)| {
            let bench = case(name);
            bench.run(&["inventory"]).ok();
            bench.text("inventory.yaml").into_bytes()
        })
        .collect();
    fuzz("inventory", &all);
}

#[test]
fn bundles() {
    let (bench, _) = crate::sealed::sealed();
    crate::sealed::sh(&bench, "age -d -i key.txt b.tar.zst.age | zstd -d > a.tar; tar c --format=gnu casa/plan.md casa/correo > g.tar; tar c --format=posix casa/plan.md casa/vacío.txt > p.tar").ok();
    let read = |name: &str| std::fs::read(bench.dir().join(name)).unwrap();
    let mut all: Vec<Vec<u8>> = ["g.tar", "p.tar"].iter().map(|n| [vec![0], read(n)].concat()).collect();
    // A whole bundle with its manifest, small enough to be changed often.
    bench.put("few/a", "x");
    bench.put("few/ñ", "y");
    let key = bench.run(&["key", "new", "-o", "few.txt"]).ok().stdout;
    bench.run(&["bundle", "seal", "few", "-o", "few.age", "-r", key.trim()]).ok();
    crate::sealed::sh(&bench, "age -d -i few.txt few.age | zstd -d > few.tar").ok();
    all.push([vec![0], read("few.tar")].concat());
    all.push([vec![1], read("few.age")].concat());
    fuzz("bundle", &all);
}

#[test]
fn senders() {
    let all = [
        "v=spf1 include:_spf.google.com ~all",
        "v=spf1 redirect=_spf.example.org",
        "v=spf1 a mx ip4:192.0.2.0/24 -all exp=x.example",
        "v=spf1",
        "",
    ];
    fuzz("spf", &all.map(|s| s.as_bytes().to_vec()));
}

#[test]
fn manifests() {
    let json = r#"{"schema":"decamp/manifest/1","files":2,"bytes":4,"members":[{"path":"a","type":"file","size":2,"blake3":"00","frame":0,"offset":512},{"path":"l","type":"link","target":"a"},{"path":"h","type":"hardlink","target":"a"}],"left_out":[{"path":"x","why":"y"}],"base":"00","carried":[{"path":"c","size":1,"blake3":"00"}],"keeper":"Ana","destroy_by":"2027-01-01"}"#;
    fuzz("manifest", &[json.as_bytes().to_vec()]);
}

#[test]
fn recipients_and_identities() {
    let (bench, recipient) = crate::sealed::keyed();
    let all = [
        format!("# Ana\n{recipient}\n\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2u0SRgkbdFHwGMzSHNjZaCuXKVvkrK1RWRyhHWD7fk x\n"),
        bench.text("key.txt"),
        format!("- {{name: Ana, recipient: {recipient}}}\n- name: Beto\n"),
        "AGE-PLUGIN-X-1QQQ\nage1x1qqq\nage1tag1qqq\n".into(),
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n".into(),
    ];
    fuzz("recipients", &all.map(String::into_bytes));
}

#[test]
fn signers() {
    let all = [
        "ana@casa.example namespaces=\"decamp-manifest@1,git\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2u0SRgkbdFHwGMzSHNjZaCuXKVvkrK1RWRyhHWD7fk ana\n",
        "# x\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB2u0SRgkbdFHwGMzSHNjZaCuXKVvkrK1RWRyhHWD7fk\nssh-rsa AAAA\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW\n-----END OPENSSH PRIVATE KEY-----\n",
    ];
    fuzz("signers", &all.map(|s| s.as_bytes().to_vec()));
}

#[test]
fn shares() {
    let identity = age::x25519::Identity::generate();
    let all = decamp::trustees::split(&identity, 2, 3).unwrap();
    let mut seeds: Vec<Vec<u8>> = all.iter().map(|s| s.text().as_bytes().to_vec()).collect();
    for list in [decamp::words::List::En, decamp::words::List::Es] {
        seeds.extend(all.iter().map(|s| s.words(list).join(" ").into_bytes()));
    }
    fuzz("share", &seeds);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    /// Any bytes in, a valid inventory out.
    #[test]
    fn any_bytes_give_a_valid_inventory(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2000)) {
        targets::whole(&bytes);
    }

    /// Words that parsers stumble over, in any order.
    #[test]
    fn any_words_give_a_valid_inventory(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
        targets::whole(words.concat().as_bytes());
    }
}
