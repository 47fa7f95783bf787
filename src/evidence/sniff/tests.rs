use super::*;
use proptest::prelude::*;

fn kind(text: &str) -> Option<Kind> {
    match sniff(text.as_bytes(), None, Shapes::none()) {
        Sniffed::Known(format, _) => Some(format.kind()),
        _ => None,
    }
}

#[test]
fn every_kind_is_told_by_content() {
    for (want, text) in [
        (Kind::Zone, "$ORIGIN casaabierta.example.\n@ 3600 IN SOA ns1 host 1 2 3 4 5\n"),
        (Kind::Zone, "; from our registrar\ncasaabierta.example. MX 10 mail.casaabierta.example.\n"),
        (Kind::Zone, "$TTL 1h\n"),
        (Kind::Zone, "@ 300 IN A 192.0.2.1\n  IN TXT \"open\nbroken"),
        (Kind::Zone, "$INCLUDE /etc/passwd\n"),
        (Kind::Html, "<!DOCTYPE html><html></html>"),
        (Kind::Html, "\n<!-- saved from url=(0001)https://x.example --><HTML>"),
        (Kind::Html, "<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\"><html>"),
        (Kind::Har, "{\"log\":{\"version\":\"1.2\",\"creator\":{},\"entries\":["),
        (Kind::Ledger, "Date,Description,Amount\n"),
        (Kind::Ledger, "Cuenta 1\n\nFecha;Concepto;Importe;Saldo\n"),
        (Kind::Ledger, "OFXHEADER:100\n\n<OFX>"),
        (Kind::Ledger, "<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\"?><OFX>"),
        (Kind::Ledger, "!Type:Bank\nD1/1/26\n"),
        (Kind::Ledger, "Date,Description,Amount\n2026-01-01,A\0B,1\n"),
        (
            Kind::GoogleUsers,
            "First Name [Required],Last Name,Email Address [Required],Password [Required],Org Unit Path [Required]\n",
        ),
        (Kind::Ledger, "F. VALOR,DESCRIPCIÓN,IMPORTE (€),SALDO (€)\n"),
        (Kind::Answers, "question,answer\nmail,Gmail\n"),
        (Kind::GoogleOauth, "Nome do evento,Usuário,Nome do app,ID do cliente\n"),
        (
            Kind::GoogleOauth,
            "<html><h1>Tus conexiones con aplicaciones y servicios de terceros</h1><a href=\"./connections/overview/0\">",
        ),
        (Kind::Html, "<html><h1>Tus conexiones con aplicaciones y servicios de terceros: una guía</h1>"),
        (Kind::M365Users, "Block credential,City,User principal name\n"),
        (Kind::Logins, "{\"encrypted\":false,\"folders\":[{\"log\":{\"entries\":1}}],\"items\":[]}"),
        (Kind::Logins, "{\n  \"encrypted\": true,\n  \"passwordProtected\": true"),
        (Kind::Logins, "name,url,username,password\n"),
        (Kind::Logins, "<?xml version=\"1.0\"?>\n<KeePassFile>"),
        (Kind::Logins, "Title,Url,Username,Password,OTPAuth,Date,Description,Amount\n"),
    ] {
        assert_eq!(kind(text), Some(want), "{text}");
    }
}

#[test]
fn what_is_none_of_them_is_unknown_with_a_reason() {
    for (text, why) in [
        ("", "empty"),
        (" \n", "blank"),
        ("Dear all,\nwe meet on Tuesday at 7 in the library.\nBring a friend, and cake.\n", "text"),
        ("In the beginning\nA word in time\nis a txt \"x\"\n", "text"),
        ("a,b,c\n1,2,3\n", "text"),
        ("{\"a\":{\"log\":{\"entries\":[]}}}", "JSON"),
        ("[1,2]", "JSON"),
        ("{\"x\":\"\\\"log\\\":{\\\"entries\\\"\"}", "JSON"),
        ("<?xml version=\"1.0\"?><rss></rss>", "XML"),
        ("From ana@casaabierta.example Tue Mar 19\n", "text"),
        ("%PDF-1.7", "PDF"),
        ("\u{3}\u{4}\u{0}\u{0}\u{1}abc", "binary"),
        ("Email Address,First Name,Last Name\n", "text"),
        // A page inside of something else is none.
        ("Subject: x\n\n<html><head></head></html>", "text"),
        ("BEGIN:VCALENDAR\nDESCRIPTION:<html><body>\n", "calendar"),
        ("fn main() { \"OFXHEADER:100 <OFX>\" }\n", "text"),
    ] {
        let got = sniff(text.as_bytes(), None, Shapes::none());
        assert!(matches!(&got, Sniffed::Unknown(reason) if reason.contains(why)), "{text}: {got:?}");
    }
    let Sniffed::Unknown(reason) = sniff(&[0, 1, 2, 3, 0, 255, 7, 0, 0, 0], Some("casa.zone"), Shapes::none()) else {
        unreachable!()
    };
    assert!(reason.contains("binary") && reason.contains("although its name says so"));
    assert_eq!(sniff(b"PK\x03\x04", None, Shapes::none()), Sniffed::Zip);
}

#[test]
fn lists_of_resources_are_told_from_others() {
    for (want, text) in [
        (Some(Kind::Gcp), r#"{"results":[{"assetType":"compute.googleapis.com/Disk"}]}"#),
        (Some(Kind::Gcp), r#"{"readTime":"x","assets":[{"assetType":"compute.googleapis.com/Disk"}]}"#),
        (None, r#"{"results":[{"assetType":"painting"}]}"#),
        (Some(Kind::Azure), r#"[{"id":"/subscriptions/1/x","type":"Microsoft.Web/sites","resourceGroup":"r"}]"#),
        (None, r#"[{"id":"/places/1","type":"Workshop/open","resourceGroup":"r"}]"#),
        (Some(Kind::Aws), r#"{"StackResourceSummaries":[{"ResourceType":"AWS::S3::Bucket"}]}"#),
        (Some(Kind::Terraform), r#"{"version":3,"serial":1,"lineage":"x","backend":{"type":"cloud"}}"#),
        (Some(Kind::Terraform), "# ours\nresource \"hcloud_server\" \"a\" {\n}\n"),
        (None, "provider \"hcloud\" {\n  token = 1\n}\n"),
        (Some(Kind::Aws), "Serviço,S3($),Custos totais($)\nTotal de Serviço,1,1\n"),
    ] {
        assert_eq!(kind(text), want, "{text}");
    }
}

#[test]
fn encodings_are_told_with_the_kind() {
    let utf16: Vec<u8> = "Date\tPayee\tAmount\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(matches!(sniff(&utf16, None, Shapes::none()), Sniffed::Known(Format::Ledger(_), Encoding::Utf16Le)));
    let bytes = b"\xef\xbb\xbfFecha;Descripci\xf3n;Importe\n";
    assert!(matches!(sniff(bytes, None, Shapes::none()), Sniffed::Known(Format::Ledger(_), Encoding::Utf8)));
}

#[test]
fn what_stands_before_a_damage_tells() {
    let rows = "2026-01-02;Café;5\n".repeat(12);
    let bad = "\0\u{1}\u{7f}".repeat(500);
    let text = format!("Fecha;Concepto;Importe\n{rows}{bad}\n{rows}");
    let got = sniff(text.as_bytes(), None, Shapes::none());
    assert!(matches!(got, Sniffed::Damaged(Format::Ledger(_), _)), "{got:?}");
    // A line of text at the beginning is not enough.
    let text = format!("Fecha;Concepto;Importe\n{bad}");
    assert!(matches!(sniff(text.as_bytes(), None, Shapes::none()), Sniffed::Unknown(why) if why.contains("binary")));
}

#[test]
fn bookmarks_of_old_firefox_are_told() {
    let old = r#"{"title":"","id":1,"type":"text/x-moz-place-container","root":"placesRoot","children":[]}"#;
    assert_eq!(kind(old), Some(Kind::Bookmarks));
    assert_eq!(kind(r#"{"title":"","type":"tree","children":[]}"#), None);
}

#[test]
fn hostile_heads_are_quick() {
    for text in [
        "[".repeat(HEAD),
        "{\"a\":".repeat(HEAD / 5),
        "(".repeat(HEAD),
        ",".repeat(HEAD),
        "<".repeat(HEAD),
        "\"".repeat(HEAD),
        "$TTL\n".repeat(HEAD / 5),
        "a\n".repeat(HEAD / 2),
    ] {
        assert_eq!(kind(&text), None);
    }
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = sniff(&bytes, Some("x.zone"), Shapes::none());
    }

    #[test]
    fn words_are_no_kind(words in proptest::collection::vec("[a-zA-Z]{1,9}", 1..80)) {
        prop_assert_eq!(kind(&words.join(" ")), None);
        prop_assert_eq!(kind(&words.join("\n")), None);
    }
}

#[test]
fn what_is_written_over_the_end_of_a_table_leaves_its_kind() {
    let rubbish: Vec<u8> = (0..4000_u32).map(|n| u8::try_from(n * 37 % 251).unwrap_or_default()).collect();
    let known = |head: &[u8]| matches!(sniff(&[head, &rubbish].concat(), None, Shapes::none()), Sniffed::Damaged(..));
    assert!(known(b"Date,Description,Amount\n2026-01-02,Zoom,5\n"));
    assert!(!known(b"Date,Description,Amount") && !known(b"some words\n") && !known(b""));
}
