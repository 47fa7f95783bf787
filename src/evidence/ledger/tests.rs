#![allow(clippy::unwrap_used)]

use super::csv::Plan;
use super::*;
use crate::evidence::text::Encoding;
use proptest::prelude::*;

/// Recognises what holds its word; keeps everything, to see what was offered.
#[derive(Debug, Default)]
struct Seen {
    all: Vec<(Option<u64>, String, Option<Date>, Amount)>,
    known: &'static str,
}

impl Sink for Seen {
    fn offer(&mut self, kind: Kind, place: Place<'_>, signal: &Signal<'_>) -> bool {
        assert_eq!(kind, Kind::Ledger);
        let Signal::Payee { payee, date, amount } = signal else { return false };
        self.all.push((place.line, (*payee).to_owned(), *date, amount.clone().unwrap()));
        !self.known.is_empty() && payee.to_lowercase().contains(self.known)
    }
}

fn format(bytes: &[u8]) -> Option<(LedgerFormat, Encoding)> {
    let encoding = Encoding::of(bytes);
    let head = encoding.decode(&bytes[..bytes.len().min(65_536)]);
    let found = if head.contains("<OFX") {
        LedgerFormat::Ofx
    } else if head.starts_with('!') {
        LedgerFormat::Qif(qif::order(&head))
    } else {
        LedgerFormat::Csv(Plan::find(&head)?)
    };
    Some((found, encoding))
}

fn run(bytes: &[u8], known: &'static str) -> Result<(Seen, Counts)> {
    let (format, encoding) = format(bytes).unwrap();
    let mut seen = Seen { known, ..Seen::default() };
    let mut input = std::io::BufReader::with_capacity(7, bytes);
    let about = Input::new("ledger", &[]);
    let counts = read(Text::new(&mut input, encoding), &format, Kind::Ledger, &about, &mut seen)?;
    Ok((seen, counts))
}

fn counts(c: &Counts) -> [u64; 3] {
    ["rows", "matched", "skipped"].map(|n| c.0[n])
}

#[test]
fn what_stands_in_brackets_says_which_way_money_went() {
    let text = "Date,Memo/Description,Amount (credit),Amount (debit),Amount,Balance\n\
                13-10-2026,GIFT,40.00,,40.00,71.16\n14-10-2026,CANVA* 04321 ;,,20.99,-20.99,50.17\n";
    let (seen, c) = run(text.as_bytes(), "canva").unwrap();
    assert_eq!(counts(&c), [2, 1, 0]);
    assert_eq!(seen.all.iter().map(|row| row.3.cents).collect::<Vec<_>>(), [-4000, 2099]);
}

#[test]
fn a_lone_cell_of_a_statement_is_nobody_who_was_paid() {
    let text = "Date,Description,Amount,Balance\nZoom\n01/31/2026,Rent,-14.40,100.00\n";
    assert_eq!(counts(&run(text.as_bytes(), "zoom").unwrap().1), [2, 0, 1]);
}

#[test]
fn a_bank_account_in_english() {
    let text = "Casa Abierta\nAccount ending 1234\n\nDate,Description,Amount,Balance\n01/31/2026,\"GOOGLE *GSUITE, CASA\",-14.40,100.00\n02/01/2026,DEPOSIT,\"1,000.00\",1100.00\n,,,\nTotal,,,5\n";
    let (seen, c) = run(text.as_bytes(), "gsuite").unwrap();
    assert_eq!(counts(&c), [3, 1, 1]);
    assert_eq!(seen.all.len(), 2);
    assert_eq!(
        seen.all[0],
        (
            Some(5),
            "GOOGLE *GSUITE, CASA".into(),
            Some(jiff::civil::date(2026, 1, 31)),
            Amount { cents: 1440, currency: None }
        )
    );
    assert_eq!(seen.all[1].3.cents, -100_000);
}

#[test]
fn a_bank_account_in_spanish_and_windows_1252() {
    let text = b"Fecha;Concepto;Cargo;Abono;Moneda\n03/04/2026;ZOOM.US Suscripci\xf3n;1.234,56;;mxn\n04/04/2026;Donaci\xf3n;;50,00;MXN\n";
    let (seen, c) = run(text, "zoom").unwrap();
    assert_eq!(counts(&c), [2, 1, 0]);
    assert_eq!(seen.all[0].1, "ZOOM.US Suscripción");
    assert_eq!(seen.all[0].2, Some(jiff::civil::date(2026, 4, 3)));
    assert_eq!(seen.all[0].3, Amount { cents: 123_456, currency: Some("MXN".into()) });
    assert_eq!(seen.all[1].3.cents, -5000);
}

#[test]
fn a_card_without_negatives_and_a_card_with_a_few() {
    let (seen, _) = run(b"Date|Payee|Amount\n2026-01-02|SLACK|8.75\n", "").unwrap();
    assert_eq!(seen.all[0].3.cents, 875);
    let mut text = "Date,Description,Amount\n".to_owned();
    text.extend((0..20).map(|_| "01/02/2026,SLACK,8.75\n"));
    text.push_str("01/20/2026,PAYMENT,-175.00\n");
    let (seen, _) = run(text.as_bytes(), "").unwrap();
    assert_eq!((seen.all[0].3.cents, seen.all[20].3.cents), (875, -17_500));
}

#[test]
fn amounts_without_sign_go_by_their_type() {
    let text = "Date,Description,Amount,Transaction Type\n1/20/2026,ZOOM,15.99,debit\n1/21/2026,GIFT,20.00,credit\n";
    let (seen, _) = run(text.as_bytes(), "").unwrap();
    assert_eq!((seen.all[0].3.cents, seen.all[1].3.cents), (1599, -2000));
}

#[test]
fn a_row_is_offered_under_each_name_and_counted_once() {
    let text = "Date,Transaction Type,Num,Name,Memo/Description,Amount\n01/02/2026,Expense,1,PayPal,ZOOM.US,12.00\n01/03/2026,Expense,2,Zoom,Zoom,3.00\n";
    let (seen, c) = run(text.as_bytes(), "zoom").unwrap();
    assert_eq!(counts(&c), [2, 2, 0]);
    let names: Vec<&str> = seen.all.iter().map(|r| r.1.as_str()).collect();
    assert_eq!(names, ["PayPal", "ZOOM.US", "Zoom"]);
}

#[test]
fn utf_16_with_tabs() {
    let text = "Date\tPayee\tAmount\r\n2026-01-02\tSlack\t5\r\n";
    let bytes: Vec<u8> = format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let (seen, _) = run(&bytes, "").unwrap();
    assert_eq!((seen.all[0].0, seen.all[0].1.as_str()), (Some(2), "Slack"));
}

#[test]
fn column_names_that_say_too_little_are_no_ledger() {
    for head in ["a,b,c\n1,2,3\n", "Date,Amount\n", "Email,First Name\n", "date,description\n", "", "Payee,Amount\n"] {
        assert!(Plan::find(head).is_none(), "{head}");
    }
}

const OFX: &str = "OFXHEADER:100\r\nDATA:OFXSGML\r\n\r\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD\r\n<BANKACCTFROM><ACCTID>SECRET-1</BANKACCTFROM>\r\n<BANKTRANLIST>\r\n<STMTTRN>\r\n<TRNTYPE>DEBIT\r\n<DTPOSTED>20260102120000[-5:EST]\r\n<TRNAMT>-14.40\r\n<FITID>SECRET-2\r\n<NAME>GOOGLE *GSUITE &amp; CO\r\n<MEMO>x\r\n</STMTTRN>\r\n<STMTTRN><TRNAMT>5<NAME>Y</STMTTRN></BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>";

#[test]
fn ofx_as_sgml_and_as_xml() {
    let xml = "<?xml version=\"1.0\"?><?OFX OFXHEADER=\"200\"?>\n<OFX><CURDEF>MXN</CURDEF><STMTTRN><DTPOSTED>20260102</DTPOSTED><TRNAMT>-14,40</TRNAMT><NAME>GOOGLE *GSUITE &amp; CO</NAME></STMTTRN>\n</OFX>";
    for (text, line, currency, rows) in [(OFX, 7, "USD", [2, 1, 1]), (xml, 2, "MXN", [1, 1, 0])] {
        let (seen, c) = run(text.as_bytes(), "gsuite").unwrap();
        assert_eq!(counts(&c), rows);
        let want = Amount { cents: 1440, currency: Some(currency.into()) };
        assert_eq!(seen.all[0], (Some(line), "GOOGLE *GSUITE & CO".into(), Some(jiff::civil::date(2026, 1, 2)), want));
        assert!(!format!("{:?}{c:?}", seen.all).contains("SECRET"));
    }
}

#[test]
fn a_cut_ofx_is_an_error_without_its_text() {
    let end = OFX.find("<MEMO>").unwrap();
    let e = run(&OFX.as_bytes()[..end], "").unwrap_err();
    assert!(e.to_string().contains("cut off") && e.at.as_ref().unwrap().line.is_some());
    assert!(!format!("{e:?}").contains("GSUITE"));
    assert!(run("<OFX>".as_bytes(), "").is_err());
}

#[test]
fn entities_are_not_expanded() {
    let text = "<!DOCTYPE x [<!ENTITY a \"AAAA\"><!ENTITY b \"&a;&a;\">]><OFX><STMTTRN><DTPOSTED>20260102<TRNAMT>-1<NAME>&b;</STMTTRN></OFX>";
    let (seen, _) = run(text.as_bytes(), "").unwrap();
    assert_eq!(seen.all[0].1, "&b;");
}

#[test]
fn qif_transactions_and_no_categories() {
    let text = "!Type:Cat\nNGifts\nDnot a date\n^\n!Type:Bank\nD1/ 2'26\nT-1,234.50\nCX\nPSlack\nMSECRET\n^\nD13/13/2026\nT5\n^\nD1/15/26\nT-1\nPLast";
    let (seen, c) = run(text.as_bytes(), "slack").unwrap();
    assert_eq!(counts(&c), [3, 1, 1]);
    assert_eq!(
        seen.all[0],
        (Some(6), "Slack".into(), Some(jiff::civil::date(2026, 1, 2)), Amount { cents: 123_450, currency: None })
    );
    assert_eq!(seen.all[1].1, "Last");
}

#[test]
fn hostile_files_are_errors_with_a_line_and_no_text() {
    let head = "Date,Description,Amount\n2026-01-02,SECRET,1\n";
    for tail in ["2026-01-02,SECRET\0,1\n", "2026-01-02,\"SECRET,1\n"] {
        let e = run(format!("{head}{tail}").as_bytes(), "").unwrap_err();
        assert_eq!(e.at.as_ref().unwrap().line, Some(3), "{tail:?}");
        assert!(!format!("{e:?}").contains("SECRET") && !e.hints.is_empty());
    }
    let (_, c) = run(format!("{head}2026-01-02,X,99999999999999999999999\n").as_bytes(), "").unwrap();
    assert_eq!(counts(&c), [2, 0, 1]);
}

#[test]
fn many_rows_stream() {
    struct Count(u64);
    impl Sink for Count {
        fn offer(&mut self, _: Kind, _: Place<'_>, _: &Signal<'_>) -> bool {
            self.0 += 1;
            false
        }
    }
    let head = "Date,Description,Amount\n";
    let plan = LedgerFormat::Csv(Plan::find(head).unwrap());
    let row = b"2026-01-02,ACME,1.00\n";
    let n = std::env::var("DECAMP_ROWS").ok().and_then(|n| n.parse().ok()).unwrap_or(100_000);
    let mut input =
        std::io::BufReader::new(std::io::Read::chain(head.as_bytes(), Repeat { row, at: 0, left: n * row.len() }));
    let mut sink = Count(0);
    let about = Input::new("l", &[]);
    let c = read(Text::new(&mut input, Encoding::Utf8), &plan, Kind::Ledger, &about, &mut sink).unwrap();
    assert_eq!((c.0["rows"], sink.0), (n as u64, n as u64));
}

struct Repeat {
    row: &'static [u8],
    at: usize,
    left: usize,
}

impl std::io::Read for Repeat {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = buf.len().min(self.left);
        for b in &mut buf[..n] {
            *b = self.row[self.at % self.row.len()];
            self.at += 1;
        }
        self.left -= n;
        Ok(n)
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400), which in 0..4) {
        let head: &[u8] = [&b"Date,Payee,Amount\n"[..], b"<OFX><STMTTRN>", b"!Type:Bank\n", b"Fecha;Concepto;Importe\n"][usize::try_from(which).unwrap()];
        let _ = run(&[head, &bytes].concat(), "a");
    }
}
