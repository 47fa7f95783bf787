#![allow(clippy::unwrap_used)]

use super::*;
use proptest::prelude::*;

fn said(turned: &Turned) -> Vec<String> {
    turned.zone.records.iter().map(|r| format!("{} {} {}", r.owner, r.rtype, r.rdata())).collect()
}

#[test]
fn route53_says_the_same_as_a_master_file() {
    let json = r#"{"ResourceRecordSets":[
      {"Name":"casa.example.","Type":"SOA","TTL":900,"ResourceRecords":[{"Value":"ns.x.net. a.x.net. 1 2 3 4 5"}]},
      {"Name":"casa.example.","Type":"MX","TTL":300,"ResourceRecords":[{"Value":"1 aspmx.l.google.com."}]},
      {"Name":"\\052.casa.example.","Type":"TXT","TTL":300,"ResourceRecords":[{"Value":"\"a b\""}]},
      {"Name":"www.casa.example.","Type":"A","AliasTarget":{"DNSName":"d1.cloudfront.net.","HostedZoneId":"Z","EvaluateTargetHealth":false}}]}"#;
    let all = zones(Form::Route53, json, "x.json", None).unwrap();
    assert_eq!(
        said(&all[0])[1..],
        [
            "casa.example MX 1 aspmx.l.google.com.",
            "*.casa.example TXT \"a b\"",
            "www.casa.example CNAME d1.cloudfront.net."
        ]
    );
    assert!(!all[0].complete, "an alias is no record");
}

#[test]
fn route53_is_read_up_to_a_damage_and_its_names_are_whole() {
    let json = r#"{"x":{"y":[]},"ResourceRecordSets":[
      {"Name":"casa.example.","Type":"MX","TTL":300,"ResourceRecords":[{"Value":"1 aspmx.l.google.com"}]},
      {"Name":"www.casa.example.","Type":"CNAME","TTL":300,"ResourceRecords":[{"Value":"casa.github.io"}]},
      {"Name":"x.casa.example.","Type":"TXT","TTL":300,"ResourceRecords":[{"Val"#;
    let all = zones(Form::Route53, json, "x.json", None).unwrap();
    assert_eq!(said(&all[0]), ["casa.example MX 1 aspmx.l.google.com.", "www.casa.example CNAME casa.github.io."]);
    assert!(all[0].damage.is_some() && !all[0].complete);
    assert!(zones(Form::Route53, "{\"ResourceRecordSets\":[{\"Na", "x.json", None).is_err());
}

#[test]
fn dnscontrol_is_read_up_to_a_damage() {
    let js = "D('casa.example', R,\n  MX('@', 10, 'mx.x.net.'),\n  A('@', '192.0.2.1'),\n  TXT('@', 'v=spf1";
    let all = zones(Form::DnsControl, js, "dnsconfig.js", None).unwrap();
    assert_eq!(said(&all[0]), ["casa.example MX 10 mx.x.net.", "casa.example A 192.0.2.1"]);
    assert!(all[0].damage.is_some() && !all[0].complete);
}

#[test]
fn a_value_that_fits_no_record_is_named_by_its_line() {
    let yaml = "a:\n  type: CNAME\n  value: x y z.\nb:\n  type: CNAME\n  value: x.example.net.\n";
    let all = zones(Form::OctoDns, yaml, "casa.example.yaml", None).unwrap();
    assert_eq!(said(&all[0]), ["b.casa.example CNAME x.example.net."]);
    assert_eq!(all[0].damage.as_ref().unwrap().at.as_ref().unwrap().line, Some(1));
}

#[test]
fn other_lists_with_types_and_values_are_no_zone() {
    for yaml in [
        "soup:\n  type: A\n  value: Tomato\nmain:\n  - type: CNAME\n    value: beans (or rice)\n",
        "soup:\n  type: MX\n  value: salmon\n",
        "soup:\n  type: A\n  values:\n  - one\n  - two\n",
    ] {
        assert_eq!(form(yaml), None, "{yaml}");
    }
    for yaml in [
        "www:\n  type: A\n  values:\n  - 192.0.2.1\n  - 192.0.2.2\n",
        "'':\n  - type: MX\n    values:\n      - exchange: mx.x.net.\n        preference: 10\n",
        "'':\n  type: TXT\n  value: any words\n",
        "www: {type: A}\nx:\n  type: AAAA\n  values: ['2001:db8::1']\n",
    ] {
        assert_eq!(form(yaml), Some(Form::OctoDns), "{yaml}");
    }
}

#[test]
fn dnscontrol_is_read_without_being_run() {
    let js = "var REG = NewRegistrar('none');\n// D(\"no.example\", REG, A('@','192.0.2.9'))\nD(\"casa.example\", REG, DnsProvider(DSP), DefaultTTL('1h'),\n  A('@', '192.0.2.1'),\n  MX('@', 10, 'mx.x.net.'),\n  TXT('@', \"v=spf1 \" + \"-all\"),\n  CNAME('www', 'x.squarespace.com.', TTL(60)),\nEND);\n";
    let all = zones(Form::DnsControl, js, "dnsconfig.js", None).unwrap();
    assert_eq!(form(js), Some(Form::DnsControl));
    assert_eq!(
        said(&all[0]),
        [
            "casa.example A 192.0.2.1",
            "casa.example MX 10 mx.x.net.",
            "casa.example TXT \"v=spf1 -all\"",
            "www.casa.example CNAME x.squarespace.com."
        ]
    );
    assert_eq!(all[0].zone.records[1].line, 5);
    assert!(all[0].complete);
    assert!(zones(Form::DnsControl, "D(\"a.example\", R, A('@', '1", "x", None).is_err());
}

#[test]
fn ttls_are_the_files_own() {
    let js = "D('casa.example', R, A('@', '192.0.2.1'), DefaultTTL('1h'), A('a', '192.0.2.2'), A('b', '192.0.2.3', TTL(60)));";
    let all = zones(Form::DnsControl, js, "dnsconfig.js", None).unwrap();
    assert_eq!(all[0].zone.records.iter().map(|r| r.ttl).collect::<Vec<_>>(), [300, 3600, 60]);
    assert!(all[0].complete);
    let computed = js.replace("TTL(60)", "TTL(x)");
    assert!(!zones(Form::DnsControl, &computed, "dnsconfig.js", None).unwrap()[0].complete);
}

/// Each of these once took minutes: what is never closed, lists of lists, names without end.
#[test]
fn a_hostile_file_takes_no_longer_than_its_size() {
    let begun = std::time::Instant::now();
    let many = |count: usize, one: &dyn Fn(usize) -> String| (0..count).map(one).collect::<Vec<_>>().concat();
    let lists = many(6, &|n| format!("var l{n}=[{}];", format!("l{},", n + 1).repeat(2000)));
    for js in [
        "var a=[".repeat(50_000),
        format!("{lists} var l6=[A('@','192.0.2.1')]; D('casa.example', R, l0);"),
        many(60_000, &|n| format!("D_EXTEND('a{n}.example', R);")),
        format!("D('casa.example', R, {}", "A(".repeat(100_000)),
    ] {
        let _ = zones(Form::DnsControl, &js, "dnsconfig.js", None);
    }
    let yaml = many(20_000, &|n| format!("a{n}:\n  type: A\n  value: 192.0.2.1\n"));
    let _ = zones(Form::OctoDns, &yaml, "casa.example.yaml", None);
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

#[test]
fn octodns_names_the_zone_by_its_file() {
    let yaml = "---\n? ''\n: - type: MX\n    ttl: 300\n    values:\n    - exchange: aspmx.l.google.com.\n      preference: 1\nwww:\n  type: CNAME\n  value: x.example.net.\nspf:\n  type: TXT\n  values:\n  - v=spf1 -all\\; x\n";
    assert_eq!(form(yaml), Some(Form::OctoDns));
    let all = zones(Form::OctoDns, yaml, "evidence/casa.example.yaml", None).unwrap();
    assert_eq!(
        said(&all[0]),
        [
            "casa.example MX 1 aspmx.l.google.com.",
            "spf.casa.example TXT \"v=spf1 -all; x\"",
            "www.casa.example CNAME x.example.net."
        ]
    );
}

#[test]
fn a_value_can_not_become_a_record_of_its_own() {
    let js = "D(\"casa.example\", R, A('@', '192.0.2.1\\nevil A 192.0.2.2'), TXT('x', 'a\\nb'), A('$INCLUDE', '/etc/passwd'));";
    let all = zones(Form::DnsControl, js, "x.js", None).unwrap();
    assert_eq!(said(&all[0]), ["x.casa.example TXT \"a\\010b\""]);
    assert!(!all[0].complete);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[D(\"'a.,){}\\[\\]:\n\\-tyv1 ]{0,120}") {
        for form in [Form::Route53, Form::DnsControl, Form::OctoDns] {
            let _ = zones(form, &text, "casa.example.yaml", None);
        }
        let _ = form(&text);
    }
}
