//! What is taken from secret evidence: nothing but hosts of services that the catalog knows. Every field of every format
//! holds a marker; no marker, in any form, may be anywhere but in the evidence itself.

mod kinds;

use crate::support::{Bench, Ran, ids, zip, zone};
use std::collections::BTreeMap;

/// The core of every marker; numbers tell where one came from.
const CORE: &str = "zq7cnry";

/// Fills `§` with numbered markers.
fn marked(template: &str) -> String {
    let mut out = String::new();
    for (n, part) in template.split('§').enumerate() {
        if n > 0 {
            out.push_str(&format!("{CORE}{n:03}wx"));
        }
        out.push_str(part);
    }
    out
}

/// Every format with markers in all its fields; each names one site that the catalog knows and one that it doesn't.
fn evidence() -> BTreeMap<&'static str, String> {
    let url = "https://§:§@casa.slack.com/§?token=§&SAMLResponse=§#§";
    let own = "https://§.private-clinic.example/§";
    let all = [
        (
            "bitwarden.json",
            r#"{"encrypted":false,"folders":[{"id":"§","name":"§"}],"collections":[{"id":"§","name":"§"}],"items":[{"id":"§","organizationId":"§","folderId":"§","type":1,"reprompt":0,"name":"§","notes":"§","favorite":true,"fields":[{"name":"§","value":"§","type":1}],"passwordHistory":[{"lastUsedDate":"§","password":"§"}],"login":{"uris":[{"match":null,"uri":"URL"},{"match":null,"uri":"OWN"},{"match":null,"uri":"androidapp://§"}],"username":"§","password":"§","totp":"otpauth://totp/§?secret=§","fido2Credentials":[{"credentialId":"§","keyValue":"§","userHandle":"§"}]},"collectionIds":["§"]},{"type":3,"name":"§","card":{"cardholderName":"§","number":"§","code":"§","expYear":"§"}},{"type":4,"name":"§","identity":{"ssn":"§","passportNumber":"§","email":"§@§.example"}},{"type":5,"name":"§","sshKey":{"privateKey":"§","publicKey":"§"}},{"type":2,"name":"§","notes":"§","secureNote":{"type":0}}]}"#,
        ),
        (
            "bitwarden.csv",
            "folder,favorite,type,name,notes,fields,reprompt,login_uri,login_username,login_password,login_totp\n§,1,login,§,\"§\n§\",\"§: §\",0,URL,§,§,§\n§,,login,§,§,§,0,OWN,§,§,§\n§,,note,§,§,§,0,,,,\n",
        ),
        (
            "1password.csv",
            "Title,Url,Username,Password,OTPAuth,Favorite,Archived,Tags,Notes\n§,URL,§,§,otpauth://§,false,false,§,\"§,\n§\"\n§,OWN,§,§,§,false,false,§,§\n",
        ),
        (
            "keepass.csv",
            "\"Group\",\"Title\",\"Username\",\"Password\",\"URL\",\"Notes\",\"TOTP\",\"Icon\",\"Last Modified\",\"Created\"\n\"§\",\"§\",\"§\",\"§\",\"URL\",\"§\",\"§\",\"0\",\"2026\",\"2026\"\n\"§\",\"§\",\"§\",\"§\",\"OWN\",\"§\",\"§\",\"0\",\"2026\",\"2026\"\n",
        ),
        (
            "keepass.xml",
            "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<KeePassFile><!-- § --><Meta><DatabaseName>§</DatabaseName><DefaultUserName>§</DefaultUserName><Binaries><Binary ID=\"0\">§</Binary></Binaries></Meta><Root><Group><Name>§</Name><Notes>§</Notes><Entry><UUID>§</UUID><Tags>§</Tags><String><Key>Title</Key><Value>§</Value></String><String><Key>UserName</Key><Value>§</Value></String><String><Key>Password</Key><Value ProtectInMemory=\"True\">§</Value></String><String><Key>URL</Key><Value>XURL</Value></String><String><Key>Notes</Key><Value><![CDATA[§]]></Value></String><String><Key>§</Key><Value>§</Value></String><Binary><Key>§</Key><Value Ref=\"0\"/></Binary><AutoType><DefaultSequence>§</DefaultSequence></AutoType><History><Entry><String><Key>URL</Key><Value>OWN</Value></String><String><Key>Password</Key><Value>§</Value></String></Entry></History></Entry></Group></Root></KeePassFile>\n",
        ),
        ("chrome.csv", "name,url,username,password,note\n§,URL,§,§,§\n§,OWN,§,§,\"§\n§\"\n"),
        (
            "firefox.csv",
            "\"url\",\"username\",\"password\",\"httpRealm\",\"formActionOrigin\",\"guid\",\"timeCreated\",\"timeLastUsed\",\"timePasswordChanged\"\n\"URL\",\"§\",\"§\",\"§\",\"OWN\",\"{§}\",\"1\",\"2\",\"3\"\n\"OWN\",\"§\",\"§\",\"§\",\"OWN\",\"{§}\",\"1\",\"2\",\"3\"\n",
        ),
        ("safari.csv", "Title,URL,Username,Password,Notes,OTPAuth\n§,URL,§,§,§,otpauth://totp/§\n§,OWN,§,§,§,§\n"),
        (
            "visit.har",
            r#"{"log":{"version":"1.2","creator":{"name":"§","version":"§"},"pages":[{"id":"§","title":"§"}],"entries":[{"pageref":"§","request":{"method":"POST","url":"https://www.casaabierta.example/§?q=§","httpVersion":"§","cookies":[{"name":"§","value":"§","domain":"www.casaabierta.example","path":"/§"}],"headers":[{"name":"Authorization","value":"Bearer §"},{"name":"Cookie","value":"§=§"},{"name":"X-§","value":"§"}],"queryString":[{"name":"SAMLResponse","value":"§"}],"postData":{"mimeType":"§","text":"§","params":[{"name":"§","value":"§"}]}},"response":{"status":200,"statusText":"§","headers":[{"name":"Set-Cookie","value":"§=§"}],"cookies":[{"name":"§","value":"§","domain":".slack.com"}],"content":{"text":"§ \" { [","comment":"§"},"redirectURL":"https://x.example/§"},"serverIPAddress":"§","_webSocketMessages":[{"data":"§"}]},{"request":{"url":"https://§:§@fonts.googleapis.com/§?k=§"},"response":{}}]}}"#,
        ),
        (
            "bank.csv",
            "Account holder: §\nIBAN: §\nDate,Description,Memo,Account,Check Number,Amount\n2026-01-05,SLACK T02ABC123,§,§,§,-87.00\n2026-01-06,PAYROLL § FLORES,§,§,§,-900.00\n2026-01-07,ZELLE TO §,§,§,§,-30.00\n",
        ),
        (
            "bank.ofx",
            "OFXHEADER:100\nDATA:OFXSGML\n\n<OFX><SIGNONMSGSRSV1><SONRS><FI><ORG>§<FID>§</FI></SONRS></SIGNONMSGSRSV1><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>§<ACCTID>§<ACCTTYPE>CHECKING</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260105<TRNAMT>-87.00<FITID>§<CHECKNUM>§<NAME>SLACK T02ABC123<MEMO>§</STMTTRN><STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20260106<TRNAMT>-9.00<FITID>§<NAME>CHECK § FLORES<MEMO>§</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\n",
        ),
        (
            "bank.qif",
            "!Type:Bank\nD01/05/2026\nT-87.00\nN§\nPSLACK T02ABC123\nM§\nA§\nA§\nL§\nS§\nE§\n^\nD01/06/2026\nT-9.00\nP§ FLORES\nM§\n^\n",
        ),
        (
            "users.csv",
            "First Name [Required],Last Name [Required],Email Address [Required],Password [Required],Org Unit Path [Required],Recovery Email,Status [READ ONLY],Employee ID\n§,§,§@casaabierta.example,§,/§,§@§.example,Active,§\n",
        ),
        (
            "m365.csv",
            "Block credential,Display name,First name,Last name,Licenses,Mobile Phone,Proxy addresses,User principal name\nFalse,§,§,§,Business Basic,§,SMTP:§@casaabierta.example,§@casaabierta.example\n",
        ),
    ];
    let fill = |t: &str| {
        marked(
            &t.replace("XURL", &url.replace('&', "&amp;"))
                .replace("URL,", &format!("{url},"))
                .replace("\"URL\"", &format!("\"{url}\""))
                .replace("OWN", own),
        )
    };
    // Column names keep their `URL`.
    all.into_iter()
        .map(|(name, text)| {
            let (head, rest) = if name.ends_with(".csv") && !name.starts_with("bank") {
                text.split_once('\n').unwrap()
            } else {
                ("", text)
            };
            let text = if head.is_empty() { fill(rest) } else { format!("{head}\n{}", fill(rest)) };
            (name, text)
        })
        .collect()
}

/// The forms in which a marker could hide.
fn forms() -> Vec<String> {
    let bytes = CORE.as_bytes();
    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    let percent: String = bytes.iter().map(|b| format!("%{b:02X}")).collect();
    let reversed: String = CORE.chars().rev().collect();
    let mut all =
        vec![CORE.to_owned(), CORE.to_uppercase(), hex.to_uppercase(), percent.to_lowercase(), percent, hex, reversed];
    // In base64 a text looks different at each of three offsets; the outer characters depend on the neighbours.
    for skip in 0..3 {
        let padded: Vec<u8> = std::iter::repeat_n(0, skip).chain(bytes.iter().copied()).collect();
        let text = base64(&padded);
        let from = if skip == 0 { 0 } else { skip + 1 };
        let whole = padded.len() / 3 * 4;
        all.push(text[from..whole].to_owned());
    }
    all
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |w, (n, b)| w | u32::from(*b) << (16 - 8 * n));
        for n in 0..=chunk.len() {
            out.push(char::from(ALPHABET[(word >> (18 - 6 * n) & 63) as usize]));
        }
    }
    out
}

fn assert_clean(what: &str, bytes: &[u8]) {
    assert_clean_of(&forms(), what, bytes);
}

fn assert_clean_of(forms: &[String], what: &str, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for form in forms {
        let Some(at) = text.find(form.as_str()) else { continue };
        let around: String = text[..at].chars().rev().take(200).collect();
        let before: String = around.chars().rev().collect();
        panic!("{what} holds a marker as `{form}`:\n{before}{}", text[at..].chars().take(200).collect::<String>());
    }
}

/// Neither what was printed nor what was written holds a marker, nor a name that nobody matched.
fn assert_kept(bench: &Bench, ran: &Ran) {
    assert_kept_but(bench, ran, &[]);
}

/// The same, but for markers that `render` is given on purpose: by these numbers.
fn assert_kept_but(bench: &Bench, ran: &Ran, given: &[usize]) {
    let meant: Vec<String> = given.iter().map(|n| format!("{CORE}{n:03}wx")).collect();
    let without = |text: &str| meant.iter().fold(text.to_owned(), |text, marker| text.replace(marker, ""));
    assert_clean(&ran.to_string(), without(&ran.all()).as_bytes());
    assert!(
        !ran.all().contains("private-clinic") && !ran.all().contains("FLORES"),
        "an unmatched name is shown: {ran}"
    );
    for (path, (_, content)) in bench.tree() {
        if !path.starts_with("work/evidence") {
            // Only what is put in place names people.
            let rendered = path.starts_with("work/configs") || path.starts_with("work/.decamp/state.json");
            let clean = |text: &str| if rendered { without(text) } else { text.to_owned() };
            assert_clean(&path, clean(&path).as_bytes());
            let text = String::from_utf8_lossy(&content);
            assert_clean(&path, clean(&text).as_bytes());
            assert!(!text.contains("private-clinic") && !text.contains("FLORES"), "{path} holds an unmatched name");
        }
    }
}

#[test]
fn the_forms_are_found_when_they_are_there() {
    for skip in 0..3 {
        let hidden = base64(format!("{}{}", "x".repeat(skip), marked("§ and more")).as_bytes());
        assert!(forms().iter().any(|f| hidden.contains(f.as_str())), "{hidden}");
    }
}

#[test]
fn no_marker_leaves_the_evidence_on_the_whole_way() {
    for (name, text) in evidence() {
        let bench = Bench::group("casaabierta.example").file(&format!("evidence/{name}"), &text);
        bench.put("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\n"));
        for args in [
            &["inventory", "-v"][..],
            &["inventory", "--json", "-v"],
            &["inventory", "-o", "-", "-v"],
            &["inventory", "-o", "other.yaml"],
            &["inventory", "--show-unmatched"],
            &["inventory", "--explain", "slack"],
            &["inventory", "--redact", "-o", "-"],
            &["exposure", "-v"],
            &["exposure", "--format", "md"],
            &["plan", "-v"],
            &["next"],
            &["render", "-v"],
            &["status"],
        ] {
            // New mailboxes need addresses and names, and nothing else of a list of users.
            let given: &[usize] = match name {
                "users.csv" => &[1, 2, 3],
                "m365.csv" => &[1, 2, 3, 5, 6],
                _ => &[],
            };
            let given = if ["render", "status"].contains(&args[0]) { given } else { &[] };
            assert_kept_but(&bench, &bench.run(args).ok(), given);
        }
        let made = bench.inventory(&[]);
        let sure = ids(&made, "likely");
        let expected = match name {
            "users.csv" => "google-workspace",
            "m365.csv" => "microsoft-365",
            "visit.har" => "google-fonts",
            _ => "slack",
        };
        assert!(sure.contains(&expected.to_owned()), "{name} was not read: {made}");
    }
}

#[test]
fn no_marker_leaves_stdin() {
    for (name, text) in evidence() {
        let bench = Bench::group("casaabierta.example");
        for args in [&["inventory", "-", "-v"][..], &["inventory", "-", "--json"], &["inventory", "-", "-o", "-"]] {
            let ran = bench.run_with(args, text.as_bytes()).ok();
            assert_kept(&bench, &ran);
            assert!(!ran.all().contains("unknown"), "{name}: {ran}");
        }
        assert_kept(&bench, &bench.run_with(&["inventory", "-", "-v"], &text.as_bytes()[..text.len() * 2 / 3]));
    }
}

#[test]
fn no_marker_is_in_the_errors_of_broken_files() {
    for (name, text) in evidence() {
        let path = format!("evidence/{name}");
        let bench = Bench::group("casaabierta.example");
        let bytes = text.as_bytes();
        let cut = |share: usize| bytes[..bytes.len() * share / 100].to_vec();
        let put = |at: usize, with: &[u8]| [&bytes[..at], with, &bytes[at..]].concat();
        let half = bytes.len() / 2;
        let mut broken: Vec<Vec<u8>> = [20, 35, 50, 65, 80, 95].into_iter().map(cut).collect();
        broken.extend([
            put(half, b"\0"),
            put(half, b"\""),
            put(half, b"\xff\xfe\xff"),
            put(half, b"\n\n"),
            put(half, b"}]>,"),
            put(0, b" \n"),
        ]);
        for (n, content) in broken.iter().enumerate() {
            bench.put(&path, content);
            for args in [&["inventory", "-v"][..], &["inventory", "--json"]] {
                let ran = bench.run(args);
                assert!(matches!(ran.exit, Some(0 | 2)), "{name} {n}: {ran}");
                assert_kept(&bench, &ran);
            }
        }
    }
}

#[test]
fn no_marker_leaves_an_archive() {
    let all = evidence();
    let members: Vec<(&str, &[u8])> = all.iter().map(|(n, t)| (*n, t.as_bytes())).collect();
    let whole = zip(&members);
    let bench = Bench::group("casaabierta.example").file("evidence/all.zip", &whole);
    for args in [&["inventory", "-v"][..], &["inventory", "--json"]] {
        let ran = bench.run(args).ok();
        assert_kept(&bench, &ran);
    }
    bench.put("evidence/all.zip", &whole[..whole.len() / 2]);
    assert_kept(&bench, &bench.run(&["inventory", "-v"]).ok());
}

#[test]
fn numbers_of_cards_and_accounts_are_taken_out_of_matched_payees() {
    let cards =
        ["4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005", "5105105105105100"];
    let mut ledger = String::from("Date,Description,Amount\n");
    for card in cards {
        ledger.push_str(&format!("2026-01-05,SLACK T02 {card},-87.00\n2026-01-06,AMAZON WEB SERVICES {card} AWS.AMAZON.CO,-8.00\n2026-01-06,CHECK CARD {card} CASH,-8.00\n"));
    }
    let bench = Bench::group("casaabierta.example").file("evidence/bank.csv", ledger);
    for args in
        [&["inventory", "-v"][..], &["inventory", "-o", "-", "--json"], &["inventory", "--explain", "slack"], &["plan"]]
    {
        let ran = bench.run(args).ok();
        let tree = bench.tree();
        let texts = tree
            .iter()
            .filter(|(p, _)| !p.starts_with("work/evidence"))
            .map(|(_, (_, c))| String::from_utf8_lossy(c).into_owned());
        for text in texts.chain([ran.all()]) {
            for card in cards {
                assert!(!text.contains(card) && !text.contains(&card[..card.len() - 4]), "{card}: {ran}");
            }
        }
    }
    assert!(ids(&bench.inventory(&[]), "likely").contains(&"slack".to_owned()));
}

#[test]
fn unmatched_lines_are_shown_on_a_terminal_only() {
    let bench = Bench::group("casaabierta.example")
        .file("evidence/bank.csv", "Date,Description,Amount\n2026-01-05,ZELLE TO ANA,-87.00\n");
    let ran = bench.run(&["inventory", "--show-unmatched", "-v"]).ok();
    assert!(!ran.all().contains("ANA"), "{ran}");
    assert!(!bench.text("inventory.yaml").contains("ANA"));
}

#[test]
fn secret_files_inside_are_named_at_the_end_and_outside_they_are_not() {
    let logins = "name,url,username,password\nx,https://casa.slack.com/,u,p\n";
    let bench = Bench::group("casaabierta.example").file("evidence/logins.csv", logins);
    bench.run(&["inventory"]).ok().says("evidence/logins.csv").says("secret");
    let outside = bench.top().join("logins.csv");
    std::fs::write(&outside, logins).unwrap();
    let ran = bench.run(&["inventory", outside.to_str().unwrap()]).ok();
    assert!(!ran.stderr.contains("secret"), "{ran}");
    let plan = bench.run(&["inventory"]).and(|| bench.run(&["plan", "--json"])).ok().json();
    let first = &plan["tasks"][0];
    assert!(
        first["stage"] == 0 && first["title"]["en"].as_str().unwrap().contains("secret evidence"),
        "the first task is another: {first}"
    );
}

#[test]
fn what_is_written_is_the_owners_only() {
    let bench = Bench::new();
    bench.run(&["init", "--name", "Casa", "--domain", "casaabierta.example", "--to", "may-first"]).ok();
    bench.put("evidence/casa.zone", zone("@ IN MX 1 aspmx.l.google.com.\nwww IN CNAME ext-cust.squarespace.com.\n"));
    let given = bench.tree();
    for args in [
        &["inventory"][..],
        &["plan"],
        &["render"],
        &["key", "new", "-o", "keys/key.txt"],
        &["catalog", "schema", "-o", "schemas"],
        &["inventory", "-o", "deep/er/inventory.yaml"],
    ] {
        bench.run(args).ok();
    }
    let key = bench.text("keys/key.txt");
    let recipient = key.lines().find_map(|l| l.strip_prefix("# public key: ")).unwrap();
    bench.run(&["bundle", "seal", "plan", "-o", "bundles/b.tar.zst.age", "-r", recipient]).ok();
    bench.run(&["bundle", "open", "bundles/b.tar.zst.age", "-i", "keys/key.txt", "-o", "opened"]).ok();
    bench.run(&["done", first_task(&bench).as_str()]).ok();
    let mut seen = 0;
    for (path, (mode, content)) in bench.tree() {
        if given.contains_key(&path) && path != "work/group.yaml" {
            continue;
        }
        seen += 1;
        let folder = content.is_empty() && bench.top().join(&path).is_dir();
        assert_eq!(format!("{mode:o}"), if folder { "700" } else { "600" }, "{path}");
    }
    assert!(seen > 20, "{seen}");
}

fn first_task(bench: &Bench) -> String {
    bench.run(&["next", "--json"]).ok().json()["tasks"][0]["id"].as_str().unwrap().to_owned()
}

#[test]
fn what_is_redacted_names_no_person_and_not_the_group() {
    let bench = Bench::group("casaquetzal.example");
    bench.put("group.yaml", "name: Casa Quetzal\ndomains: [casaquetzal.example]\npeople: 9\n");
    bench.put(
        "evidence/casaquetzal.zone",
        "$ORIGIN casaquetzal.example.\n$TTL 3600\n@ IN SOA ns.x.example. a.x.example. 1 2 3 4 5\n@ IN NS ns1.dreamhost.com.\n\
         @ IN MX 1 casaquetzal-example.mail.protection.outlook.com.\n@ IN TXT \"owner=Xochitl Perez\"\n\
         @ IN TXT \"v=spf1 include:spf.protection.outlook.com -all\"\nblog IN CNAME xochitl-perez.wordpress.com.\n",
    );
    bench.put(
        "evidence/Xochitl Perez.csv",
        "Date,Description,Amount\n2026-01-05,GOOGLE *GSUITE_casaquetzal Xochitl,-87.00\n2026-01-06,AIRTABLE.COM xochitl@gmail.com,-9.00\n",
    );
    bench
        .put("evidence/xochitl-logins.csv", "name,url,username,password\nx,https://casaquetzal.slack.com/,xochitl,p\n");
    bench.put("evidence/Xochitl broken.har", "{\"log\": {\"entries\": [");
    bench.run(&["inventory"]).ok();
    let written = "\ncorrections:\n  add:\n    - {id: own-thing, name: \"Things of Xochitl\", note: \"ask Xochitl\"}\n  remove:\n    - {id: airtable, why: \"Xochitl says so\"}\n";
    let inventory = bench.text("inventory.yaml");
    let head = inventory.split("\ncorrections:").next().unwrap();
    bench.put("inventory.yaml", format!("{head}{written}"));
    let ran = bench.run(&["inventory"]).ok();
    assert!(ran.stdout.contains("Things of Xochitl"), "{ran}");
    for args in [
        &["inventory", "--redact", "-v"][..],
        &["inventory", "--redact", "--json"],
        &["inventory", "--redact", "-o", "-"],
        &["inventory", "--redact", "--explain", "microsoft-365"],
        &["inventory", "--redact", "--explain", "own-thing"],
        &["inventory", "--redact", "--explain", "google-workspace", "--json"],
        &["exposure", "--redact"],
        &["exposure", "--redact", "--json"],
        &["status", "--redact"],
    ] {
        let ran = bench.run(args).ok();
        let all = ran.all().to_lowercase();
        for name in ["xochitl", "quetzal"] {
            assert!(!all.contains(name), "`{name}` in {args:?}: {ran}");
        }
    }
    // What it is about can still be read.
    let ran = bench.run(&["inventory", "--redact", "-o", "-"]).ok();
    for kept in ["outlook.com", "wordpress.com", "ledger-1:2"] {
        assert!(ran.stdout.contains(kept), "{kept}: {ran}");
    }
    bench.run(&["inventory", "--redact", "--group-dirs", "."]).exits(2).says("--group-dirs");
}
