//! Bad inputs as `tests/hostile/*.yaml` describe them, turned into bytes.

use crate::support::zone;
use serde::Deserialize;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;

/// An input, a piece of one, or a member of an archive; it is made of whichever fields it has.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Made {
    /// What is wrong with it; of a member: its name.
    pub name: Option<String>,
    /// What its file is called.
    pub file: Option<String>,
    /// As what it must stand under `sources`; anything, with a reason, where nothing is said.
    pub kind: Option<String>,
    /// What the reason must hold.
    pub reason: Option<String>,
    /// Nothing is wrong with it: the others differ from it in one place.
    pub sound: bool,
    /// It has a run of its own.
    pub alone: bool,
    text: Option<String>,
    /// Pieces, one after the other.
    content: Option<Vec<Made>>,
    /// A text, and how often.
    repeat: Option<String>,
    repeat_hex: Option<String>,
    times: Option<usize>,
    hex: Option<String>,
    /// Records below the head of a sound zone.
    zone: Option<String>,
    /// All bytes in order, so many.
    bytes: Option<usize>,
    zip: Option<Vec<Made>>,
    /// A zip of so many small members.
    many: Option<usize>,
    gzip: Option<Vec<Made>>,
    tar: Option<Vec<Made>>,
    tgz: Option<Vec<Made>>,
    xlsx: Option<Book>,
    /// What stands in the spreadsheet of an OpenDocument workbook.
    ods: Option<Vec<Made>>,
    /// Of a member of a zip: compressed, a link, a name by a rule.
    packed: bool,
    link: Option<String>,
    name_repeat: Option<Box<Made>>,
    /// Of a member of a tar: its type, the field of its size.
    r#type: Option<String>,
    size: Option<String>,
    /// Only the first so many bytes.
    keep: Option<usize>,
}

/// A workbook of Excel; the parts that are not given are sound.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Book {
    workbook: Option<Vec<Made>>,
    rels: Option<Vec<Made>>,
    sheet: Option<Vec<Made>>,
    strings: Option<Vec<Made>>,
    styles: Option<Vec<Made>>,
}

fn all(pieces: &[Made]) -> Vec<u8> {
    pieces.iter().flat_map(Made::bytes).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|n| u8::from_str_radix(&text[2 * n..2 * n + 2], 16).unwrap()).collect()
}

impl Made {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let times = self.times.unwrap_or(1);
        let mut out = Vec::new();
        out.extend(self.zone.iter().flat_map(|z| zone(z).into_bytes()));
        out.extend(self.text.iter().flat_map(|t| t.bytes()));
        out.extend(self.hex.iter().flat_map(|h| unhex(h)));
        out.extend(self.repeat.iter().flat_map(|t| t.repeat(times).into_bytes()));
        out.extend(self.repeat_hex.iter().flat_map(|h| unhex(h).repeat(times)));
        out.extend((0..self.bytes.unwrap_or(0)).map(|n| u8::try_from(n % 256).unwrap()));
        out.extend(self.content.iter().flat_map(|c| all(c)));
        out.extend(self.gzip.iter().flat_map(|g| gzip(&all(g))));
        out.extend(self.tar.iter().flat_map(|t| tar(t)));
        out.extend(self.tgz.iter().flat_map(|t| gzip(&tar(t))));
        out.extend(self.zip.iter().flat_map(|z| zip_of(z)));
        out.extend(self.many.iter().flat_map(|n| many(*n)));
        out.extend(self.xlsx.iter().flat_map(Book::bytes));
        out.extend(self.ods.iter().flat_map(|o| ods(&all(o))));
        out.truncate(self.keep.unwrap_or(usize::MAX));
        out
    }

    fn called(&self) -> String {
        match &self.name_repeat {
            Some(rule) => String::from_utf8(rule.bytes()).unwrap(),
            None => self.name.clone().unwrap_or_default(),
        }
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zip_of(members: &[Made]) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for member in members {
        let method = if member.packed { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
        let options = SimpleFileOptions::default().compression_method(method);
        match &member.link {
            Some(target) => out.add_symlink(member.called(), target, options).unwrap(),
            None => {
                out.start_file(member.called(), options).unwrap();
                out.write_all(&member.bytes()).unwrap();
            }
        }
    }
    out.finish().unwrap().into_inner()
}

fn many(count: usize) -> Vec<u8> {
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for n in 0..count {
        out.start_file(format!("{n}.txt"), SimpleFileOptions::default()).unwrap();
        out.write_all(b"x").unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A tar whose headers may say anything.
fn tar(members: &[Made]) -> Vec<u8> {
    let mut out = Vec::new();
    for member in members {
        let bytes = member.bytes();
        let mut header = [0_u8; 512];
        let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
        let name = member.called();
        put(0, &name.as_bytes()[..name.len().min(100)]);
        put(100, b"0000644\0");
        let size = member.size.clone().unwrap_or_else(|| format!("{:011o}", bytes.len()));
        put(124, size.as_bytes());
        put(136, b"00000000000\0");
        put(148, b"        ");
        put(156, member.r#type.as_deref().unwrap_or("0").as_bytes());
        put(157, member.link.as_deref().unwrap_or("").as_bytes());
        put(257, b"ustar\x0000");
        let sum: u32 = header.iter().map(|b| u32::from(*b)).sum();
        header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        out.extend_from_slice(&header);
        out.extend_from_slice(&bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1024, 0);
    out
}

fn packed(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        out.start_file(*name, options).unwrap();
        out.write_all(bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

fn ods(sheets: &[u8]) -> Vec<u8> {
    let head = "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet>";
    let tail = "</office:spreadsheet></office:body></office:document-content>";
    packed(&[
        ("mimetype", b"application/vnd.oasis.opendocument.spreadsheet".to_vec()),
        ("META-INF/manifest.xml", b"<manifest:manifest/>".to_vec()),
        ("content.xml", [head.as_bytes(), sheets, tail.as_bytes()].concat()),
    ])
}

impl Book {
    fn bytes(&self) -> Vec<u8> {
        let part =
            |given: &Option<Vec<Made>>, sound: &str| given.as_ref().map_or(sound.as_bytes().to_vec(), |g| all(g));
        let mut members = vec![
            ("[Content_Types].xml", b"<Types/>".to_vec()),
            (
                "_rels/.rels",
                b"<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                    .to_vec(),
            ),
            (
                "xl/workbook.xml",
                part(
                    &self.workbook,
                    "<workbook xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"a\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>",
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                part(
                    &self.rels,
                    "<Relationships><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
                ),
            ),
            ("xl/worksheets/sheet1.xml", part(&self.sheet, "<worksheet><sheetData></sheetData></worksheet>")),
        ];
        members.extend(self.strings.as_ref().map(|s| ("xl/sharedStrings.xml", all(s))));
        members.extend(self.styles.as_ref().map(|s| ("xl/styles.xml", all(s))));
        packed(&members)
    }
}
