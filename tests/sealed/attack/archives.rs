//! Defects of the archive itself.

/// One hostile bundle.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether it is encrypted already.
    pub(crate) sealed: bool,
    /// Where it must be refused, one of several.
    pub(crate) layer: &'static str,
}

/// A header with its checksum.
pub(crate) fn header(letter: u8, path: &[u8], size: u64, target: &[u8], gnu: bool) -> tar::Header {
    let mut h = if gnu { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
    h.as_old_mut().name[..path.len().min(100)].copy_from_slice(&path[..path.len().min(100)]);
    h.as_old_mut().linkname[..target.len().min(100)].copy_from_slice(&target[..target.len().min(100)]);
    h.set_entry_type(tar::EntryType::new(letter));
    h.set_mode(0o6777);
    h.set_uid(0);
    h.set_gid(0);
    h.set_mtime(0);
    h.set_size(size);
    h.set_cksum();
    h
}

pub(crate) fn member(letter: u8, path: &[u8], data: &[u8], target: &[u8]) -> Vec<u8> {
    let mut out = header(letter, path, data.len() as u64, target, false).as_bytes().to_vec();
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(512), 0);
    out
}

pub(crate) fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length != rest + length.to_string().len() {
            length = rest + length.to_string().len();
        }
        body.extend_from_slice(format!("{length} {key}=").as_bytes());
        body.extend_from_slice(value);
        body.push(b'\n');
    }
    member(b'x', b"pax", &body, b"")
}

pub(crate) fn ended(members: &[Vec<u8>]) -> Vec<u8> {
    let mut tar = members.concat();
    tar.extend_from_slice(&[0; 1024]);
    tar
}

fn zstd(tar: &[u8]) -> Vec<u8> {
    zstd::encode_all(tar, 1).unwrap()
}

pub(crate) fn good() -> Vec<u8> {
    member(b'0', b"bueno.txt", b"bueno\n", b"")
}

/// A good member, then these.
fn with(name: impl Into<String>, members: &[Vec<u8>]) -> Case {
    let all: Vec<Vec<u8>> = std::iter::once(good()).chain(members.iter().cloned()).collect();
    Case { name: name.into(), bytes: zstd(&ended(&all)), sealed: false, layer: "tar" }
}

fn raw(name: impl Into<String>, tar: &[u8]) -> Case {
    Case { name: name.into(), bytes: zstd(tar), sealed: false, layer: "tar" }
}

/// Names that no bundle may hold.
fn bad_names() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("absolute", b"/tmp/decamp-canary".to_vec()),
        ("root", b"/".to_vec()),
        ("up", b"../canary/x".to_vec()),
        ("up twice", b"../../x".to_vec()),
        ("up inside", b"a/../../canary/x".to_vec()),
        ("up at the end", b"a/..".to_vec()),
        ("dot inside", b"a/./b".to_vec()),
        ("only dots", b"..".to_vec()),
        ("two slashes", b"a//b".to_vec()),
        ("two slashes first", b"//a".to_vec()),
        ("drive", b"C:/x".to_vec()),
        ("drive alone", b"c:".to_vec()),
        ("drive inside", b"a/D:x".to_vec()),
        ("backslash up", b"..\\x".to_vec()),
        ("backslash", b"a\\b".to_vec()),
        ("share", b"\\\\host\\x".to_vec()),
        ("CON", b"CON".to_vec()),
        ("nul.txt", b"a/nul.txt".to_vec()),
        ("com1", b"com1.log".to_vec()),
        ("LPT superscript", "LPT\u{b9}".into()),
        ("aux with blank", b"AUX ".to_vec()),
        ("conin", b"CONIN$".to_vec()),
        ("line feed", b"a\nb".to_vec()),
        ("carriage return", b"a\rb".to_vec()),
        ("escape", b"a\x1b]52;c;eA==\x07".to_vec()),
        ("delete", b"a\x7fb".to_vec()),
        ("C1 control", "a\u{9b}31mb".into()),
        ("tab", b"a\tb".to_vec()),
        ("not UTF-8", b"a\xff\xfeb".to_vec()),
        ("overlong", b"a\xc0\xafb".to_vec()),
        ("surrogate", b"a\xed\xa0\x80".to_vec()),
    ]
}

/// Targets that no link may have.
fn bad_targets() -> Vec<(&'static str, &'static [u8])> {
    vec![
        ("up", b"../canary"),
        ("up twice", b"../../canary"),
        ("absolute", b"/etc"),
        ("absolute file", b"/etc/passwd"),
        ("up inside", b"a/../../canary"),
        ("up after a name", b"bueno.txt/../x"),
        ("empty", b""),
        ("control", b"a\x1bb"),
        ("backslash", b"..\\canary"),
        ("drive", b"C:x"),
        ("not UTF-8", b"\xff"),
    ]
}

/// All defects of archives.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = names();
    cases.extend(links());
    cases.extend(collisions());
    cases.extend(types());
    cases.extend(numbers());
    cases.extend(extensions());
    cases.extend(ends());
    cases
}

fn names() -> Vec<Case> {
    let mut cases = Vec::new();
    for (what, name) in bad_names() {
        cases.push(with(format!("name in the header: {what}"), &[member(b'0', &name, b"x", b"")]));
        cases.push(with(format!("name by pax: {what}"), &[pax(&[("path", &name)]), member(b'0', b"y", b"x", b"")]));
        let long = [name.as_slice(), b"\0"].concat();
        cases.push(with(
            format!("name by GNU: {what}"),
            &[member(b'L', b"././@LongLink", &long, b""), member(b'0', b"y", b"x", b"")],
        ));
        cases.push(with(format!("folder: {what}"), &[member(b'5', &[name.as_slice(), b"/"].concat(), b"", b"")]));
        if let Some((prefix, rest)) =
            std::str::from_utf8(&name).ok().and_then(|n| n.split_once('/')).filter(|(p, _)| !p.is_empty())
        {
            let mut h = header(b'0', rest.as_bytes(), 1, b"", false);
            h.as_ustar_mut().unwrap().prefix[..prefix.len()].copy_from_slice(prefix.as_bytes());
            h.set_cksum();
            let mut bytes = h.as_bytes().to_vec();
            bytes.extend_from_slice(&[b'x'; 1]);
            bytes.resize(1024, 0);
            cases.push(with(format!("name by prefix: {what}"), &[bytes]));
        }
    }
    cases.push(with("name: empty", &[member(b'0', b"", b"x", b"")]));
    let deep = ["d"; 65].join("/");
    cases.push(with("name: 65 deep", &[pax(&[("path", deep.as_bytes())]), member(b'0', b"y", b"x", b"")]));
    cases.push(with("name: part of 256 bytes", &[pax(&[("path", &[b'n'; 256])]), member(b'0', b"y", b"x", b"")]));
    cases.push(with("name: 70 KB", &[pax(&[("path", &[b'n'; 70_000])]), member(b'0', b"y", b"x", b"")]));
    for (letter, what) in [(b'5', "folder"), (b'2', "link"), (b'1', "hard link")] {
        let case =
            with(format!("the manifest as a {what}"), &[member(letter, b".decamp/manifest.json", b"", b"bueno.txt")]);
        cases.push(Case { layer: "tar|manifest", ..case });
    }
    cases
}

fn links() -> Vec<Case> {
    let mut cases = Vec::new();
    for (letter, kind) in [(b'2', "link"), (b'1', "hard link")] {
        for (what, target) in bad_targets() {
            cases.push(with(format!("{kind} in the header: {what}"), &[member(letter, b"l", b"", target)]));
            if !target.is_empty() {
                cases.push(with(
                    format!("{kind} by pax: {what}"),
                    &[pax(&[("linkpath", target)]), member(letter, b"l", b"", b"bueno.txt")],
                ));
                let long = [target, b"\0"].concat();
                cases.push(with(
                    format!("{kind} by GNU: {what}"),
                    &[member(b'K', b"././@LongLink", &long, b""), member(letter, b"l", b"", b"bueno.txt")],
                ));
            }
        }
        cases.push(with(format!("{kind} with content"), &[member(letter, b"l", b"x", b"bueno.txt")]));
        cases.push(with(
            format!("file below a {kind}"),
            &[member(letter, b"l", b"", b"bueno.txt"), member(b'0', b"l/x", b"x", b"")],
        ));
        cases.push(with(
            format!("{kind}, then a file of its name"),
            &[member(letter, b"l", b"", b"bueno.txt"), member(b'0', b"l", b"x", b"")],
        ));
    }
    cases.push(with(
        "link by way of a link",
        &[member(b'2', b"a/b/s", b"", b"../.."), member(b'2', b"t", b"", b"a/b/s/../canary")],
    ));
    cases.push(with("hard link to what comes later", &[member(b'1', b"h", b"", b"z"), member(b'0', b"z", b"x", b"")]));
    cases.push(with("hard link to a folder", &[member(b'5', b"d/", b"", b""), member(b'1', b"h", b"", b"d")]));
    cases.push(with("hard link to a link", &[member(b'2', b"l", b"", b"bueno.txt"), member(b'1', b"h", b"", b"l")]));
    cases.push(with("hard link to itself", &[member(b'1', b"h", b"", b"h")]));
    cases
}

fn collisions() -> Vec<Case> {
    let file = |n: &str| member(b'0', n.as_bytes(), b"x", b"");
    let link = |n: &str| member(b'2', n.as_bytes(), b"", b"bueno.txt");
    let folder = |n: &str| member(b'5', format!("{n}/").as_bytes(), b"", b"");
    let mut cases = vec![
        with("twice the same file", &[file("a"), file("a")]),
        with("twice the good one", &[good()]),
        with("file and folder", &[file("a"), folder("a")]),
        with("folder and file", &[folder("a"), file("a")]),
        with("file below a file", &[file("bueno.txt/x")]),
        with("file and link", &[file("a"), link("a")]),
        with("folder, then link of its name", &[folder("d"), file("d/x"), link("d")]),
    ];
    for (one, other) in
        [("A", "a"), ("É", "é"), ("é", "e\u{301}"), ("ß", "SS"), ("ς", "Σ"), ("ﬁ", "FI"), ("İ", "i\u{307}")]
    {
        cases.push(with(format!("link {one} and file below {other}"), &[link(one), file(&format!("{other}/x"))]));
        cases.push(with(format!("file {one} and folder {other}"), &[file(one), folder(other)]));
        cases.push(with(format!("folder {one} and link {other}"), &[folder(one), link(other)]));
    }
    cases
}

fn types() -> Vec<Case> {
    let mut cases = Vec::new();
    for letter in (b'3'..=b'7').filter(|l| *l != b'5').chain(*b"8ADEIMNSVXZg\x01\x7f ") {
        cases.push(with(format!("type {:?}", char::from(letter)), &[member(letter, b"t", b"", b"")]));
        cases.push(with(format!("type {:?} with content", char::from(letter)), &[member(letter, b"t", b"0123", b"")]));
    }
    cases.push(with("folder with content", &[member(b'5', b"d/", b"x", b"")]));
    cases
}

fn numbers() -> Vec<Case> {
    let mut cases = Vec::new();
    let field = |name: String, change: &dyn Fn(&mut tar::Header)| {
        let mut h = header(b'0', b"n", 1, b"", false);
        change(&mut h);
        h.set_cksum();
        let mut bytes = h.as_bytes().to_vec();
        bytes.push(b'x');
        bytes.resize(1024, 0);
        with(name, &[bytes])
    };
    for (what, value) in [
        ("negative in base 256", &b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"[..]),
        ("huge in base 256", b"\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("beyond 63 bits", b"\x80\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"),
        ("no octal", b"0000000009\0 "),
        ("letters", b"00000000xyz\0"),
        ("minus", b"-0000000001\0"),
        ("bytes behind the end", b"0000001\0junk"),
        ("a terabyte", b"17777777777\0"),
        ("hex", b"0x000000001\0"),
        ("blank inside", b"0000 000001\0"),
    ] {
        let value = value.to_vec();
        cases.push(field(format!("size: {what}"), &|h| {
            h.as_old_mut().size[..value.len().min(12)].copy_from_slice(&value[..12])
        }));
    }
    for what in ["x", "9", "\u{ff}"] {
        let mut bytes = good();
        bytes[148] = what.as_bytes()[0];
        cases.push(raw(format!("checksum with {what}"), &ended(&[bytes])));
    }
    for at in [0, 100, 124, 156, 257, 345] {
        let mut bytes = good();
        bytes[at] ^= 0x41;
        cases.push(raw(format!("byte {at} changed under its checksum"), &ended(&[bytes])));
    }
    for (what, magic) in [("none", &b"\0\0\0\0\0\0\0\0"[..]), ("other", b"ustarX00"), ("old blank", b"USTAR\x0000")] {
        cases.push(field(format!("magic: {what}"), &|h| h.as_mut_bytes()[257..265].copy_from_slice(magic)));
    }
    cases.push(field("bytes behind the name".into(), &|h| h.as_old_mut().name[50] = b'x'));
    cases.push(field("bytes behind the prefix".into(), &|h| {
        h.as_ustar_mut().unwrap().prefix[0] = b'p';
        h.as_ustar_mut().unwrap().prefix[60] = b'x';
    }));
    cases
}

fn extensions() -> Vec<Case> {
    let file = || member(b'0', b"x", b"", b"");
    let body = |text: &[u8]| member(b'x', b"pax", text, b"");
    let mut cases = vec![
        with(
            "size by pax and another in the header",
            &[pax(&[("size", b"512")]), member(b'0', b"x", &[b'x'; 100], b"")],
        ),
        with("size by pax where the header says none", &[pax(&[("size", b"1024")]), file(), good()]),
        with("size by pax: negative", &[pax(&[("size", b"-1")]), file()]),
        with("size by pax: huge", &[pax(&[("size", b"99999999999999999999999")]), file()]),
        with("size by pax: a petabyte", &[pax(&[("size", b"1125899906842624")]), file()]),
        with("path twice", &[pax(&[("path", b"a"), ("path", b"b")]), file()]),
        with("path by pax and by GNU", &[pax(&[("path", b"a")]), member(b'L', b"l", b"b\0", b""), file()]),
        with("two extended headers", &[pax(&[("path", b"a")]), pax(&[("path", b"b")]), file()]),
        with("two GNU names", &[member(b'L', b"l", b"a\0", b""), member(b'L', b"l", b"b\0", b""), file()]),
        with("linkpath on a file", &[pax(&[("linkpath", b"bueno.txt")]), file()]),
        with("an extended header for nothing", &[pax(&[("path", b"a")])]),
        with("a GNU name for nothing", &[member(b'L', b"l", b"a\0", b"")]),
        with("a GNU name with bytes behind it", &[member(b'L', b"l", b"a\0b", b""), file()]),
        with("a global header", &[member(b'g', b"g", b"15 path=canary\n", b""), file()]),
        with("record: length too long", &[body(b"99 path=a\n"), file()]),
        with("record: length too short", &[body(b"4 path=a\n"), file()]),
        with("record: no length", &[body(b"path=a\n"), file()]),
        with("record: no line feed", &[body(b"10 path=abc"), file()]),
        with("record: no equals", &[body(b"8 patha\n"), file()]),
        with("record: blank length", &[body(b" 10 path=a\n"), file()]),
        with("record: negative length", &[body(b"-9 path=a\n"), file()]),
        with("record: length 0", &[body(b"0 \n"), file()]),
        with("record: huge length", &[body(b"18446744073709551626 path=a\n"), file()]),
        with("record: NUL in the path", &[pax(&[("path", b"a\0b")]), file()]),
        with("extended header of 100 KB", &[pax(&[("comment", &[b'c'; 100_000])]), file()]),
    ];
    for key in [
        "hdrcharset",
        "charset",
        "GNU.sparse.major",
        "GNU.sparse.map",
        "GNU.sparse.name",
        "SCHILY.realsize",
        "SCHILY.filetype",
        "realtime.x",
        "",
        "Path",
        "path ",
    ] {
        cases.push(with(format!("key {key:?}"), &[pax(&[(key, b"1")]), file()]));
    }
    for (major, minor) in [(0, 0), (0, 1), (1, 0)] {
        let (one, two) = (major.to_string(), minor.to_string());
        cases.push(with(
            format!("sparse {major}.{minor}"),
            &[
                pax(&[
                    ("GNU.sparse.major", one.as_bytes()),
                    ("GNU.sparse.minor", two.as_bytes()),
                    ("GNU.sparse.size", b"2147483648"),
                ]),
                file(),
            ],
        ));
    }
    cases
}

fn ends() -> Vec<Case> {
    let whole = ended(&[good()]);
    let second = [whole.clone(), whole.clone()].concat();
    let mut cases = vec![
        raw("nothing at all", b""),
        raw("second archive behind the end", &second),
        raw("garbage behind the end", &[whole.clone(), b"garbage".to_vec()].concat()),
        raw("one byte behind the end", &[whole.clone(), vec![1]].concat()),
        raw("two MiB of zeros behind the end", &[whole.clone(), vec![0; 2 << 20]].concat()),
        raw("one block of zeros, then a member", &[good(), vec![0; 512], good(), vec![0; 1024]].concat()),
        raw("bytes in the padding", &{
            let mut bytes = whole.clone();
            bytes[512 + 100] = b'x';
            bytes
        }),
        raw("a size beyond the end", &ended(&[header(b'0', b"big", 1 << 32, b"", false).as_bytes().to_vec()])),
        raw("text", b"this is no archive\n"),
        raw(
            "a page of noise",
            &(0..4096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<u8>>(),
        ),
    ];
    for cut in [1, 100, 511, 512, 513, 517, 700, 1023, 1024, 1025, 1535, 1536, 1537, 2000] {
        cases.push(raw(format!("cut at {cut}"), &whole[..cut]));
    }
    cases
}
