#![allow(clippy::unwrap_used)]

use super::*;

fn read(text: &str) -> Result<Zone> {
    parse(text.as_bytes(), Options { path: "t.example.zone", origin: None, include: &no_include })
}

#[test]
fn origin_from_directive_soa_group_and_stem() {
    assert_eq!(read("$ORIGIN a.example.\n@ A 192.0.2.1\n").unwrap().records[0].owner, "a.example");
    assert_eq!(
        read("b.example. 60 IN SOA x. y. 1 2 3 4 5\nwww A 192.0.2.1\n").unwrap().records[1].owner,
        "www.b.example"
    );
    let options = Options { path: "x.zone", origin: Some("c.example"), include: &no_include };
    assert_eq!(parse(b"www A 192.0.2.1\n", options).unwrap().name, "c.example");
    assert_eq!(read("@ A 192.0.2.1\n").unwrap().name, "t.example");
}

#[test]
fn a_name_that_begins_like_a_directive_is_written_escaped() {
    let zone = read("$ORIGIN $x.example.\n@ 60 IN A 192.0.2.1\n").unwrap();
    assert_eq!(zone.records[0].owner, "\\$x.example");
}

#[test]
fn ttl_and_class_in_either_order() {
    let zone = read("$TTL 1h\na 60 IN A 192.0.2.1\nb IN 2m A 192.0.2.1\nc A 192.0.2.1\n  AAAA 2001:db8::1\n").unwrap();
    assert_eq!(zone.records.iter().map(|r| r.ttl).collect::<Vec<_>>(), [60, 120, 3600, 3600]);
    assert_eq!(zone.records[3].owner, "c.t.example");
}

#[test]
fn odd_types_are_never_fatal() {
    let zone = read(
        "@ LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m\n@ SPF \"v=spf1 -all\"\n@ URI 10 1 \"ftp://x/\"\n\
         @ DS 1 8 2 ABCD\n@ ALIAS x.example.net.\n@ TYPE65280 \\# 1 00\n@ HTTPS 1 . alpn=h2\n",
    )
    .unwrap();
    assert_eq!(zone.records.len(), 7);
}

#[test]
fn generate_is_bounded() {
    assert_eq!(read("$GENERATE 1-4/2 h${0,3,d} A 192.0.2.$\n").unwrap().records[1].owner, "h003.t.example");
    let e = read("$GENERATE 0-4294967295 h$ A 192.0.2.1\n").unwrap_err();
    assert!(e.message.contains("65,536"), "{e}");
}

#[test]
fn hostile_lines_are_named() {
    for (text, what) in [
        ("@ A 192.0.2.1\n@ 99999999999 A 192.0.2.1\n", "TTL"),
        (&format!("\n{} A 192.0.2.1\n", "x".repeat(64)), "domain name"),
        ("\n@ MX mail.example.\n", "values"),
        ("\n$INCLUDE /etc/passwd\n", "includes"),
        ("\n$FOO x\n", "directive"),
        ("\n\"; x\" A 192.0.2.1\n", "quotation marks"),
        ("\n$ORIGIN \"a; b.\"\n", "quotation marks"),
        ("\n@ IN\n", "type"),
        (&format!("\n@ TXT \"{}\"\n", "x".repeat(256)), "255"),
    ] {
        let e = read(text).unwrap_err();
        assert!(e.message.contains(what), "{e}");
        assert_eq!(e.at.unwrap().line, Some(2));
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "(?s).{0,400}") {
        let _ = read(&text);
    }

    #[test]
    fn txt_of_any_bytes_survives(value in "[ -~]{0,200}") {
        let escaped = value.replace('\\', "\\\\").replace('"', "\\\"");
        let zone = read(&format!("@ TXT \"{escaped}\"\n")).unwrap();
        proptest::prop_assert_eq!(&zone.records[0].data, &Data::Txt(value));
    }
}

#[test]
fn an_export_that_forgets_the_dot_of_its_soa_has_the_right_name() {
    let text = "casa.example\t3600\tIN\tSOA\ta.ns.cloudflare.com. dns.cloudflare.com. 1 2 3 4 5\ncasa.example.\t86400\tIN\tNS\ta.ns.cloudflare.com.\nwww.casa.example.\t1\tIN\tCNAME\tcasa.example.\n";
    let zone = parse(text.as_bytes(), Options { path: "x.txt", origin: None, include: &no_include }).unwrap();
    assert_eq!(zone.name, "casa.example");
    assert!(zone.records.iter().all(|r| !r.owner.contains("casa.example.casa")), "{:?}", zone.records);
}

#[test]
fn what_can_be_read_of_a_damaged_zone_is() {
    let options = Options { path: "t.example.zone", origin: None, include: &no_include };
    let text = "@ MX 1 a.example.net.\n$INCLUDE /etc/passwd\nwww A x\n  TXT \"whose?\"\n@ 99999999999 A 192.0.2.1\nb TXT \"open\nc CNAME d.example.net.\n) (\ne A 192.0.2.5\n";
    let (zone, damage) = super::parse::salvage(text.as_bytes(), options).unwrap();
    let owners: Vec<&str> = zone.records.iter().map(|r| r.owner.as_str()).collect();
    assert_eq!(owners, ["t.example", "c.t.example", "e.t.example"]);
    assert_eq!(damage.unwrap().at.unwrap().line, Some(2));
    // Behind an origin that can't be read names would be taken for others.
    let (zone, damage) = super::parse::salvage(b"a A 192.0.2.1\n$ORIGIN \"x\"\nb A 192.0.2.2\n", options).unwrap();
    assert!(zone.records.len() == 1 && damage.is_some());
}

#[test]
fn a_zone_of_nothing_but_damage_takes_no_longer_than_its_size() {
    let options = Options { path: "t.example.zone", origin: None, include: &no_include };
    for line in [") x\n", "a TXT \"open\n", "a TXT \\999\n", "$X\n", "@ IN\n"] {
        let begun = std::time::Instant::now();
        let (zone, damage) = super::parse::salvage(line.repeat(100_000).as_bytes(), options).unwrap();
        assert!(zone.records.is_empty() && damage.is_some());
        assert!(begun.elapsed().as_secs() < 20, "{line:?} {:?}", begun.elapsed());
    }
}
