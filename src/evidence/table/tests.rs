use super::super::text::Encoding;
use super::*;
use proptest::prelude::*;

fn rows(bytes: &[u8], layout: Layout) -> Result<Vec<(u64, Vec<String>)>> {
    let mut input = std::io::BufReader::with_capacity(5, bytes);
    let mut table = Table::open(Text::new(&mut input, Encoding::of(bytes)), layout, "t.csv")?;
    let (mut row, mut all) = (Row::default(), Vec::new());
    while table.next_into(&mut row)? {
        all.push((row.line, row.cells().map(str::to_owned).collect()));
    }
    Ok(all)
}

const COMMA: Layout = Layout { delimiter: b',', header: 1 };

#[test]
fn quotes_blank_lines_and_line_ends() {
    let all = rows(b"a,\"b \"\"x\"\", c\nd\",e\r\n\r\n\n,,\nlast", COMMA).unwrap();
    assert_eq!(all.len(), 3);
    assert_eq!(all[0], (1, vec!["a".into(), "b \"x\", c\nd".into(), "e".into()]));
    assert_eq!(all[1], (5, vec![String::new(), String::new(), String::new()]));
    assert_eq!(all[2], (6, vec!["last".into()]));
}

#[test]
fn lines_before_the_header_are_skipped_and_counted() {
    let all = rows(b"Account 1\n\na;b\n1;2\n", Layout { delimiter: b';', header: 3 }).unwrap();
    assert_eq!(all, [(3, vec!["a".into(), "b".into()]), (4, vec!["1".into(), "2".into()])]);
}

#[test]
fn a_cut_quotation_is_an_error_with_its_line_and_no_text() {
    let e = rows(b"a,b\n1,\"SECRET", COMMA).unwrap_err();
    assert_eq!(e.at.as_ref().unwrap().line, Some(2));
    assert!(!format!("{e:?}").contains("SECRET"));
    let mut long = b"a,\"".to_vec();
    long.extend("x\n".repeat(2 * LINE).bytes());
    assert!(rows(&long, COMMA).is_err());
}

#[test]
fn a_million_columns_are_a_row() {
    let all = rows(&vec![b','; 1_000_000], COMMA).unwrap();
    assert_eq!(all[0].1.len(), 1_000_001);
}

#[test]
fn names_are_compared_plainly() {
    assert_eq!(plain_name(" Fecha de Operación: "), "fecha de operacion");
    assert_eq!(plain_name("Email Address [Required]"), "email address");
    assert_eq!(plain_name("Amount (USD)"), "amount");
    assert_eq!(full_name("Nom (nom original)"), "nom nom original");
}

/// Reads with a buffer of `piece` bytes.
fn pieces(text: &str, piece: usize) -> Vec<(u64, Vec<String>)> {
    let mut input = std::io::BufReader::with_capacity(piece, text.as_bytes());
    let mut table = Table::open(Text::new(&mut input, Encoding::Utf8), COMMA, "t.csv").unwrap();
    let (mut row, mut all) = (Row::default(), Vec::new());
    while let Ok(true) = table.next_into(&mut row) {
        all.push((row.line, row.cells().map(str::to_owned).collect()));
    }
    all
}

proptest! {
    #[test]
    fn rows_are_the_same_however_they_come(text in "[ab,\"\r\n é]{0,60}") {
        // A byte at a time no row is at hand whole, so that each goes the long way.
        prop_assert_eq!(pieces(&text, 1), pieces(&text, 1000));
    }

    #[test]
    fn any_bytes_give_rows_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = rows(&bytes, COMMA);
    }

    #[test]
    fn what_is_quoted_comes_back(cells in proptest::collection::vec("[a-z\",;\n é]{0,8}", 1..6)) {
        let line: Vec<String> = cells.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect();
        let all = rows(line.join(",").as_bytes(), COMMA).unwrap();
        let want: Vec<String> = cells.iter().map(|c| c.trim().to_owned()).collect();
        prop_assert_eq!(&all[0].1, &want);
    }
}
