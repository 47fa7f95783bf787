//! What LibreOffice makes of a table: text, never a formula.

use super::*;

/// Opens the tables in LibreOffice, once as anybody does and once with "quoted field as text": no cell of either is a formula
/// or a link, and the texts of the second are those of the file. One run of it takes some tables: after hundreds it ends, says
/// that all is well, and has left some out.
pub(super) fn check(bench: &Bench, paths: &[String]) -> Option<String> {
    paths.chunks(100).find_map(|some| opened(bench, some))
}

fn opened(bench: &Bench, paths: &[String]) -> Option<String> {
    let profile = format!("-env:UserInstallation=file://{}", bench.top().join("office").display());
    for (n, filter) in ["CSV:44,34,76,1", "CSV:44,34,76,1,,0,true"].iter().enumerate() {
        let out = format!("office-{n}");
        let filter = format!("--infilter={filter}");
        let mut args =
            vec![profile.as_str(), "--headless", "--norestore", &filter, "--convert-to", "fods", "--outdir", &out];
        args.extend(paths.iter().map(String::as_str));
        let (good, said) = program(bench, "soffice", &args);
        if !good {
            return Some(said);
        }
        for path in paths {
            let name = path.rsplit('/').next().unwrap().replace(".csv", ".fods");
            let text = bench.text(&format!("{out}/{name}"));
            if let Some(acts) = acts(&text) {
                return Some(format!("{path}: {acts} in what LibreOffice reads: {}", bench.text(path)));
            }
            let wanted = cells(&bench.text(path));
            if n == 1 && shown(&text) != wanted {
                return Some(format!("{path}: LibreOffice shows {:?}, not {wanted:?}", shown(&text)));
            }
        }
    }
    None
}

/// The cells of a table that are not empty.
fn cells(text: &str) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    rows.iter().flatten().map(syntax::shown).filter(|c| !c.is_empty()).collect()
}

/// What in a flat document is a formula, or reaches for something else.
fn acts(fods: &str) -> Option<String> {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_str(fods);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) | Event::Empty(e) => {
                let name = e.name().as_ref().to_owned();
                let mut keys = e.attributes().map(|a| a.unwrap().key.as_ref().to_owned());
                if name.contains("dde") || keys.any(|k| k == "table:formula" || k == "xlink:href") {
                    return Some(format!("{name} acts"));
                }
            }
            Event::Eof => return None,
            _ => {}
        }
    }
}

/// The texts of the cells of a flat document that are not empty. Like cells, and like rows, stand there once, with a number.
fn shown(fods: &str) -> Vec<String> {
    use quick_xml::events::{BytesStart, Event};
    let times = |e: &BytesStart<'_>, of: &str| -> usize {
        let found = e.attributes().map(Result::unwrap).find(|a| a.key.as_ref() == of);
        found.map_or(1, |a| a.value.parse().unwrap())
    };
    let mut reader = quick_xml::Reader::from_str(fods);
    let (mut found, mut row, mut cell) = (Vec::new(), (1, Vec::new()), None::<(usize, String)>);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(e) if e.name().as_ref() == "table:table-row" => {
                row = (times(&e, "table:number-rows-repeated"), Vec::new());
            }
            Event::End(e) if e.name().as_ref() == "table:table-row" && !row.1.is_empty() => {
                found.extend(std::iter::repeat_n(row.1.clone(), row.0).flatten());
            }
            Event::Start(e) if e.name().as_ref() == "table:table-cell" => {
                cell = Some((times(&e, "table:number-columns-repeated"), String::new()));
            }
            Event::End(e) if e.name().as_ref() == "table:table-cell" => {
                let (times, text) = cell.take().unwrap();
                let text = syntax::shown(&text);
                if !text.is_empty() {
                    row.1.extend(std::iter::repeat_n(text, times));
                }
            }
            Event::Text(t) => {
                if let Some((_, cell)) = &mut cell {
                    cell.push_str(&t.xml10_content());
                }
            }
            Event::GeneralRef(r) => {
                if let Some((_, cell)) = &mut cell {
                    let name: &str = r.as_ref();
                    cell.push_str(&quick_xml::escape::unescape(&format!("&{name};")).unwrap());
                }
            }
            Event::Empty(e) if matches!(e.name().as_ref(), "text:s" | "text:tab" | "text:line-break") => {
                if let Some((_, cell)) = &mut cell {
                    cell.push(' ');
                }
            }
            Event::Eof => return found,
            _ => {}
        }
    }
}
