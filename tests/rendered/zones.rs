//! Zones: accepted by the checker, nothing changed that does not move, and always a way back.

use super::*;

/// Each case each way.
fn each(mut look: impl FnMut(&Bench, &str, &str, bool)) {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        for (provider, answered) in WAYS {
            let bench = case(name);
            rendered(&bench, provider, *answered);
            look(&bench, domain, provider, *answered);
        }
    }
}

#[test]
fn the_checker_accepts_every_rendered_zone() {
    each(|bench, domain, _, _| {
        let files = zone_files(bench, domain).unwrap();
        for path in &files {
            accepted(bench, domain, path);
        }
        assert_eq!(
            bench.text(&files[2]),
            bench.text(&format!("evidence/{domain}.zone")),
            "the old zone is not the evidence"
        );
        for ext in ["changes.md", "changes.es.md"] {
            assert!(!changes(bench, domain, ext).contains("<script"));
        }
    });
}

#[test]
fn records_of_one_name_and_type_share_a_ttl() {
    // RFC 2181 §5.2. BIND takes the first one's for all, so a short TTL behind a long one is lost.
    each(|bench, domain, provider, answered| {
        for path in zone_files(bench, domain).unwrap() {
            let (_, said) = program(bench, "named-checkzone", &["-i", "local", domain, &path]);
            assert!(!said.contains("TTL set to prior TTL"), "{domain} to {provider} ({answered}): {said}");
        }
    });
}

#[test]
fn before_the_cut_over_ttls_are_short_and_both_may_send_and_mail_stays() {
    each(|bench, domain, _, answered| {
        let [prepare, after, old] = zone_files(bench, domain).unwrap();
        let [prepare, after, old] = [prepare, after, old].map(|p| canonical(bench, domain, &p));
        let apex = format!("{domain}.");
        let hosts = |zone: &Canonical| of(zone, &apex, "MX").into_iter().map(|(_, v)| v.to_owned()).collect::<Vec<_>>();
        assert_eq!(hosts(&prepare), hosts(&old), "mail moved before the cut-over");
        let moved = hosts(&after) != hosts(&old);
        assert!(moved || !answered, "the mail of {domain} does not move");
        if moved {
            assert!(
                of(&prepare, &apex, "MX").iter().all(|(ttl, _)| *ttl <= 300),
                "{domain}: long TTL before the cut-over"
            );
        }
        let spf = |zone: &Canonical| {
            let all: Vec<(u32, String)> = of(zone, &apex, "TXT")
                .into_iter()
                .map(|(ttl, v)| (ttl, joined(v)))
                .filter(|(_, v)| v.starts_with("v=spf1"))
                .collect();
            assert_eq!(all.len(), 1, "{domain}");
            all[0].clone()
        };
        if answered {
            let ((ttl, both), (_, new), (_, was)) = (spf(&prepare), spf(&after), spf(&old));
            assert!(
                both.contains("include:_spf.casa-servidor.example.org")
                    && new.contains("include:_spf.casa-servidor.example.org")
            );
            for sender in ["include:_spf.google.com", "include:spf.protection.outlook.com"] {
                assert_eq!(both.contains(sender), was.contains(sender), "{domain}: {both}");
                assert!(!new.contains(sender), "{domain}: {new}");
            }
            assert!(both.split(' ').next_back() == was.split(' ').next_back(), "the end of the SPF changed: {both}");
            assert!(ttl <= 300, "{domain}: the SPF keeps its long TTL of {ttl} before the cut-over");
            let dkim = of(&prepare, &format!("nueva1._domainkey.{apex}"), "TXT");
            assert_eq!(dkim.iter().map(|(_, v)| joined(v)).collect::<Vec<_>>(), [DKIM], "{domain}");
        } else {
            assert_eq!(spf(&prepare).1, spf(&old).1, "the new sender is not known, and the SPF changed");
            assert_eq!(spf(&after).1, spf(&old).1, "the new sender is not known, and the SPF changed");
        }
        let dmarc = |zone: &Canonical| {
            values(zone)
                .into_iter()
                .filter(|(o, _, _)| o.starts_with("_dmarc"))
                .map(|(_, _, v)| v.to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(dmarc(&prepare), dmarc(&old));
        assert_eq!(dmarc(&after), dmarc(&old));
    });
}

/// `"a" "b"` → `ab`.
fn joined(value: &str) -> String {
    value.trim_matches('"').replace("\" \"", "").replace("\\;", ";")
}

#[test]
fn what_is_typed_in_by_hand_gives_the_rendered_zone() {
    each(|bench, domain, _, _| {
        let [_, after, old] = zone_files(bench, domain).unwrap();
        let (after, old) = (canonical(bench, domain, &after), canonical(bench, domain, &old));
        let plain = |t: &str| t.replace(['"', '\\', ' '], "").to_ascii_lowercase();
        for ext in ["changes.md", "changes.es.md"] {
            let said = plain(&changes(bench, domain, ext));
            let (new, was) = (values(&after), values(&old));
            for (owner, rtype, value) in new.symmetric_difference(&was) {
                let name = owner.strip_suffix(&format!("{domain}.")).unwrap().trim_end_matches('.');
                let head = plain(&format!(": {}, {rtype}\n", if name.is_empty() { "@" } else { name }));
                let typed = plain(&joined(value));
                assert!(
                    said.contains(&head) && said.contains(&typed),
                    "{domain}.{ext} does not tell of {owner} {rtype} {value}"
                );
            }
        }
    });
}

#[test]
fn rolling_back_gives_the_zone_as_it_was() {
    each(|bench, domain, _, _| {
        let [prepare, after, old] = zone_files(bench, domain).unwrap();
        let was = canonical(bench, domain, &format!("evidence/{domain}.zone"));
        assert_eq!(canonical(bench, domain, &old), was);
        // Higher serials on the way, so that secondaries follow (RFC 1982: they may wrap).
        let serial = |path: &str| -> u32 {
            let zone = canonical(bench, domain, path);
            of(&zone, &format!("{domain}."), "SOA")[0].1.split(' ').nth(2).unwrap().parse().unwrap()
        };
        let (s0, s1, s2) = (serial(&old), serial(&prepare), serial(&after));
        if s1 != s0 || s2 != s0 {
            assert!(
                s1.wrapping_sub(s0) < 1 << 31 && s2.wrapping_sub(s1) < 1 << 31 && s2 != s1,
                "{domain}: serials {s0} {s1} {s2}"
            );
        }
    });
}

#[test]
fn nothing_vital_vanishes() {
    each(|bench, domain, _, _| {
        let [_, after, old] = zone_files(bench, domain).unwrap();
        let (after, old) = (canonical(bench, domain, &after), canonical(bench, domain, &old));
        for (owner, _, rtype, _) in old.iter().filter(|(_, _, t, _)| t == "MX" || t == "NS") {
            assert!(!of(&after, owner, rtype).is_empty(), "{owner} {rtype} is gone");
        }
        let apex = format!("{domain}.");
        let address = |zone: &Canonical| !of(zone, &apex, "A").is_empty() || !of(zone, &apex, "AAAA").is_empty();
        assert_eq!(address(&after), address(&old));
    });
}

#[test]
fn a_site_that_moves_without_an_answer_stays_where_it_is() {
    let bench = case("rio-claro");
    rendered(&bench, "own-server", false);
    let [_, after, old] = zone_files(&bench, "rioclaro.example").unwrap();
    let (after, old) = (canonical(&bench, "rioclaro.example", &after), canonical(&bench, "rioclaro.example", &old));
    assert_eq!(of(&after, "rioclaro.example.", "A"), of(&old, "rioclaro.example.", "A"));
    assert_eq!(of(&after, "www.rioclaro.example.", "CNAME"), of(&old, "www.rioclaro.example.", "CNAME"));
    // Nobody may be told to delete `www` while no new place for it is known.
    let said = changes(&bench, "rioclaro.example", "changes.md");
    let later = said.split("When the old account is closed").last().unwrap_or_default();
    assert!(!later.contains("    www  CNAME"), "`www` is to be removed, and nothing takes its place:\n{later}");
}

#[test]
fn where_nothing_moves_no_record_changes() {
    for (name, domain) in CASES.iter().filter(|(n, _)| *n != REFUSED) {
        let bench = case(name);
        bench.run(&["inventory"]).ok();
        let found = bench.inventory(&["evidence"]);
        let ids = crate::support::ids(&found, "hint").join(", ");
        let group = bench.text("group.yaml");
        bench.put("group.yaml", format!("{group}wishes: {{keep: [{ids}]}}\n"));
        bench.run(&["plan", "--to", "own-server"]).ok();
        render(&bench, &answers("own-server")).ok();
        let evidence = canonical(&bench, domain, &format!("evidence/{domain}.zone"));
        let files = zone_files(&bench, domain)
            .unwrap_or_else(|| panic!("{domain}: always all four files, also where nothing changes"));
        for path in files {
            assert_eq!(canonical(&bench, domain, &path), evidence, "{path}");
        }
    }
}

#[test]
fn a_zone_that_the_checker_refuses_is_rendered_as_changes_only() {
    let (name, domain) = CASES.iter().find(|(n, _)| *n == REFUSED).unwrap();
    for (provider, answered) in WAYS {
        let bench = case(name);
        rendered(&bench, provider, *answered);
        assert!(zone_files(&bench, domain).is_none());
        let zones: Vec<String> = crate::support::tree(&bench.dir())
            .into_keys()
            .filter(|p| p.starts_with("configs/") && p.ends_with(".zone"))
            .collect();
        assert_eq!(zones, Vec::<String>::new());
        for ext in ["changes.md", "changes.es.md"] {
            assert!(changes(&bench, domain, ext).contains("CNAME"), "{ext} does not say why");
        }
    }
    let bench = case(name);
    planned(&bench, "may-first");
    render(&bench, &[]).ok().says("only the changes were written").says("CNAME");
    let json = bench.run(&["render", "--json"]).ok().json();
    assert!(json["warnings"].to_string().contains("CNAME"), "{json}");
}

#[test]
fn a_zone_that_the_checker_accepts_with_a_remark_is_rendered() {
    // `named-checkzone -i local` remarks on it and takes it.
    let domain = "casaabierta.example";
    let bench = Bench::group(domain).file(
        &format!("evidence/{domain}.zone"),
        crate::support::zone(
            "ns IN A 192.0.2.1\n@ IN MX 1 aspmx.l.google.com.\nlista IN MX 5 nadie\n_sip._tcp IN SRV 1 1 5060 nadie\n",
        ),
    );
    accepted(&bench, domain, &format!("evidence/{domain}.zone"));
    rendered(&bench, "may-first", false);
    assert!(zone_files(&bench, domain).is_some(), "the checker accepts the zone, and only changes were written");
}

#[test]
fn what_nobody_knows_is_asked_and_not_guessed() {
    let bench = case("rio-claro");
    planned(&bench, "may-first");
    let asks = bench.run(&["render", "--json"]).ok().json()["asks"].clone();
    let keys: BTreeSet<&str> = asks.as_array().unwrap().iter().map(|a| a["key"].as_str().unwrap()).collect();
    for key in ["spf", "dkim_selector", "web_address"] {
        assert!(keys.contains(key), "{key} is not asked: {keys:?}");
    }
    let [prepare, after, _] = zone_files(&bench, "rioclaro.example").unwrap();
    for path in [prepare, after] {
        let text = bench.text(&path);
        let lines: Vec<&str> = text.lines().filter(|l| l.starts_with("; ASK may-first: ")).collect();
        assert!(
            lines.iter().any(|l| l.contains("SPF"))
                && lines.iter().any(|l| l.contains("DKIM selector for rioclaro.example")),
            "{text}"
        );
        assert_eq!(
            lines.len(),
            lines.iter().collect::<BTreeSet<_>>().len(),
            "the same thing is asked twice: {lines:?}"
        );
    }
    let plan = bench.text("plan/plan.yaml");
    let questions = plan.split("questions:").nth(1).unwrap();
    assert!(questions.contains("may-first") && questions.contains("DKIM"), "the plan does not ask");
    assert!(bench.text("plan/messages/ask-provider.md").contains("DKIM"));
    // An answer in `group.yaml` counts like one on the command line.
    let group = bench.text("group.yaml");
    bench.put(
        "group.yaml",
        format!("{group}settings: {{may-first: {{spf: 'include:_spf.casa-servidor.example.org'}}}}\n"),
    );
    let asks = bench.run(&["render", "--json"]).ok().json()["asks"].to_string();
    assert!(!asks.contains("\"spf\""), "{asks}");
}

#[test]
fn a_setting_that_nobody_knows_is_an_ask_in_every_file_that_needs_it() {
    for provider in ["own-server", "may-first"] {
        let bench = case("rio-claro");
        planned(&bench, provider);
        let asks = bench.run(&["render", "--json"]).ok().json()["asks"].clone();
        let asks = asks.as_array().unwrap();
        assert!(asks.len() > 3, "{asks:?}");
        let texts: Vec<String> = super::programs::files(&bench, "")
            .iter()
            .filter(|p| bench.dir().join(p).is_file() && !p.contains("README"))
            .map(|p| bench.text(p))
            .collect();
        for ask in asks.iter().filter(|a| a["provider"] == provider) {
            let key = ask["key"].as_str().unwrap();
            let told = match ask["domain"].as_str() {
                // In a zone it stands in words.
                Some(domain) => texts.iter().any(|t| t.contains(&format!("ASK {provider}: ")) && t.contains(domain)),
                None => texts.iter().any(|t| t.lines().any(|l| l.contains("ASK") && l.contains(key))),
            };
            assert!(told, "{provider}.{key} is asked, and no file says so");
            for readme in ["README.md", "README.es.md"] {
                assert!(
                    bench.text(&format!("configs/{provider}/{readme}")).replace('\\', "").contains(key),
                    "{readme}: {key}"
                );
            }
        }
    }
}

#[test]
fn what_a_question_suggests_is_taken_as_an_answer() {
    // "Which SPF mechanism names your own mail server (such as mx, or ip4: with its address)?"
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    for spf in ["mx", "ip4:192.0.2.7", "a:mail.casa-servidor.example.org"] {
        bench.run(&["render", "--set", &format!("own-server.spf={spf}")]).ok();
    }
}

#[test]
fn a_mail_server_inside_the_domain_gets_its_address_or_is_asked_about() {
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    let ran = bench.run(&["render", "--set", "own-server.mx=10 correo.rioclaro.example"]).ok();
    let [_, after, _] = zone_files(&bench, "rioclaro.example").unwrap();
    let (_, said) = program(&bench, "named-checkzone", &["-i", "local", "rioclaro.example", &after]);
    let told =
        ran.all().contains("correo.rioclaro.example") || bench.text(&after).contains("; ASK own-server: address");
    assert!(
        !said.contains("has no address records") || told,
        "mail would go to a name without address, and nothing says so: {said}"
    );
}

#[test]
fn spf_beyond_ten_look_ups_is_warned_of() {
    let bench = case("semilla");
    planned(&bench, "may-first");
    render(&bench, &answers("may-first")).ok().says("ten look-ups");
    for (ext, word) in [("changes.md", "RFC 7208"), ("changes.es.md", "diez consultas")] {
        assert!(changes(&bench, "semilla.example", ext).contains(word), "{ext}");
    }
}

#[test]
fn a_zone_that_is_not_the_inventorys_is_refused() {
    let bench = case("rio-claro");
    planned(&bench, "may-first");
    let zone = bench.text("evidence/rioclaro.example.zone");
    bench.put("evidence/rioclaro.example.zone", format!("{zone}nuevo IN A 192.0.2.99\n"));
    let before = bench.tree();
    bench.run(&["render"]).exits(2).says("evidence/rioclaro.example.zone");
    let after = bench.tree();
    let new: Vec<&String> = after.keys().filter(|k| !before.contains_key(*k) && !k.ends_with(".decamp/lock")).collect();
    assert!(new.is_empty(), "written: {new:?}");
}

/// The same zone as other tools have it: whole when it is all records, else its changes only.
#[test]
fn zones_in_other_forms_are_rendered() {
    const SOA: &str = r#"{"Name":"casa.example.","Type":"SOA","TTL":900,"ResourceRecords":[{"Value":"ns.x.net. a.x.net. 1 7200 900 1209600 86400"}]},
      {"Name":"casa.example.","Type":"NS","TTL":900,"ResourceRecords":[{"Value":"ns1.x.net."},{"Value":"ns2.x.net."}]},
      {"Name":"casa.example.","Type":"MX","TTL":300,"ResourceRecords":[{"Value":"1 aspmx.l.google.com."}]}"#;
    let route53 = format!("{{\"ResourceRecordSets\":[{SOA}]}}");
    let alias = r#"{"Name":"www.casa.example.","Type":"A","AliasTarget":{"DNSName":"d1.cloudfront.net.","HostedZoneId":"Z","EvaluateTargetHealth":false}}"#;
    let computed = format!("{{\"ResourceRecordSets\":[{SOA},{alias}]}}");
    let yaml = "---\n'':\n  - type: MX\n    ttl: 300\n    value:\n      exchange: aspmx.l.google.com.\n      preference: 1\nwww:\n  type: A\n  value: 192.0.2.1\n";
    let js = "var R = NewRegistrar('none');\nD('casa.example', R, DefaultTTL(300),\n  MX('@', 1, 'aspmx.l.google.com.'),\n  A('www', '192.0.2.1'));\n";
    for (name, text, whole) in [
        ("route53.json", route53.as_str(), true),
        ("route53.json", computed.as_str(), false),
        ("casa.example.yaml", yaml, false),
        ("dnsconfig.js", js, false),
    ] {
        let bench = Bench::group("casa.example").file(&format!("evidence/{name}"), text);
        rendered(&bench, "may-first", true);
        assert!(changes(&bench, "casa.example", "changes.md").contains("MX"), "{name}");
        let files = zone_files(&bench, "casa.example");
        assert_eq!(files.is_some(), whole, "{name}: {text}");
        let Some(files) = files else { continue };
        for file in &files {
            accepted(&bench, "casa.example", file);
        }
        let old = canonical(&bench, "casa.example", &files[2]);
        assert_eq!(of(&old, "casa.example.", "MX"), [(300, "1 aspmx.l.google.com.")]);
        bench.put(&format!("evidence/{name}"), text.replace("ns1.x.net", "ns3.x.net"));
        bench.run(&["render"]).exits(2).says(name);
    }
}

#[test]
fn real_zones_are_rendered_like_the_made_up_ones() {
    for (number, (domain, path)) in corpus().into_iter().enumerate() {
        let bytes = fs::read(&path).unwrap();
        let bench = Bench::group(&domain).file(&format!("evidence/{domain}.zone"), &bytes);
        let (good, _) =
            program(&bench, "named-checkzone", &["-i", "local", &domain, &format!("evidence/{domain}.zone")]);
        for (provider, answered) in WAYS {
            let bench = Bench::group(&domain).file(&format!("evidence/{domain}.zone"), &bytes);
            rendered(&bench, provider, *answered);
            let files = zone_files(&bench, &domain);
            assert_eq!(files.is_some(), good, "zone {number}: checker and render disagree");
            let Some(files) = files else { continue };
            for file in &files {
                accepted(&bench, &domain, file);
            }
            let old = canonical(&bench, &domain, &files[2]);
            let prepare = canonical(&bench, &domain, &files[0]);
            let changed: BTreeSet<_> =
                values(&prepare).symmetric_difference(&values(&old)).map(|(_, t, _)| t.to_string()).collect();
            assert!(changed.iter().all(|t| t == "TXT"), "zone {number}: before the cut-over {changed:?} changed");
            assert!(fs::read(bench.dir().join(&files[2])).unwrap() == bytes, "zone {number}");
        }
    }
}
