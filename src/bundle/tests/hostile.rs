//! Bundles built to do harm, and bundles that are damaged.

use super::*;

/// Opens into a folder that must stay empty, and gives the defect.
fn refused(bundle: &[u8], keys: &Keys) -> Failure {
    let dir = tempfile::tempdir().unwrap();
    let result = open(&mut Cursor::new(bundle), &mut [], keys, &dir.path().join("deep/out"), &OpenOptions::default());
    assert_eq!(tree(dir.path()), BTreeMap::new(), "something was left behind");
    let failure = result.expect_err("a hostile bundle was opened");
    if let Failure::Damaged(_) = failure {
        assert!(verify(&mut Cursor::new(bundle), keys, None, None).is_err(), "`verify` accepts what `open` refuses");
    }
    failure
}

fn fault(bundle: &[u8], keys: &Keys) -> Fault {
    match refused(bundle, keys) {
        Failure::Damaged(fault) => fault,
        Failure::Error(e) => panic!("not taken for damage: {e}"),
    }
}

#[test]
fn hostile_archives_are_refused_as_a_whole() {
    let pair = pair();
    let good = || member(b'0', "good", b"good", "");
    let deep = ["d"; 65].join("/");
    let cases: Vec<(&str, Vec<Vec<u8>>)> = vec![
        ("absolute", vec![good(), member(b'0', "/tmp/decamp-canary", b"x", "")]),
        ("up", vec![good(), member(b'0', "../canary", b"x", "")]),
        ("up in the middle", vec![good(), member(b'0', "a/../../canary", b"x", "")]),
        ("up by pax", vec![good(), pax(&[("path", "../canary")]), member(b'0', "x", b"x", "")]),
        (
            "up by GNU long name",
            vec![good(), member(b'L', "././@LongLink", b"../canary\0", ""), member(b'0', "x", b"x", "")],
        ),
        ("empty name", vec![good(), member(b'0', "", b"x", "")]),
        ("drive", vec![good(), member(b'0', "C:/x", b"x", "")]),
        ("backslash", vec![good(), member(b'0', "..\\x", b"x", "")]),
        ("device name", vec![good(), member(b'0', "a/CON.txt", b"x", "")]),
        ("line feed", vec![good(), member(b'0', "a\nb", b"x", "")]),
        ("escape", vec![good(), member(b'0', "a\x1b[2Jb", b"x", "")]),
        ("too deep", vec![good(), pax(&[("path", &deep)]), member(b'0', "x", b"x", "")]),
        ("link out", vec![good(), member(b'2', "l", b"", "../canary")]),
        ("absolute link", vec![good(), member(b'2', "l", b"", "/etc")]),
        (
            "link by way of a link",
            vec![good(), member(b'2', "a/b/s", b"", "../.."), member(b'2', "t", b"", "a/b/s/../x")],
        ),
        ("file below a link", vec![good(), member(b'2', "l", b"", "good"), member(b'0', "l/x", b"x", "")]),
        ("link, then file", vec![good(), member(b'2', "l", b"", "good"), member(b'0', "l", b"x", "")]),
        ("file below a file", vec![good(), member(b'0', "good/x", b"x", "")]),
        ("duplicate", vec![good(), good()]),
        ("case", vec![good(), member(b'2', "A", b"", "good"), member(b'0', "a/x", b"x", "")]),
        ("normal form", vec![good(), member(b'2', "\u{e9}", b"", "good"), member(b'0', "e\u{301}/x", b"x", "")]),
        ("hard link out", vec![good(), member(b'1', "h", b"", "../canary")]),
        ("hard link ahead", vec![member(b'1', "h", b"", "good"), good()]),
        ("hard link to a link", vec![good(), member(b'2', "l", b"", "good"), member(b'1', "h", b"", "l")]),
        ("pipe", vec![good(), member(b'6', "p", b"", "")]),
        ("character device", vec![good(), member(b'3', "c", b"", "")]),
        ("block device", vec![good(), member(b'4', "b", b"", "")]),
        ("contiguous", vec![good(), member(b'7', "c", b"x", "")]),
        ("GNU sparse", vec![good(), member(b'S', "s", b"x", "")]),
        ("pax sparse", vec![good(), pax(&[("GNU.sparse.major", "1")]), member(b'0', "s", b"x", "")]),
        ("volume", vec![good(), member(b'V', "v", b"", "")]),
        ("global header", vec![member(b'g', "g", b"16 path=../canar\n", ""), good()]),
        ("size twice", vec![pax(&[("size", "1024")]), member(b'0', "x", b"", ""), good()]),
        ("key twice", vec![pax(&[("path", "a"), ("path", "b")]), member(b'0', "x", b"", "")]),
        ("two extensions", vec![pax(&[("path", "a")]), pax(&[("path", "b")]), member(b'0', "x", b"", "")]),
        ("unknown key", vec![pax(&[("hdrcharset", "BINARY")]), member(b'0', "x", b"", "")]),
        ("folder with content", vec![member(b'5', "d/", b"x", "")]),
        ("extension at the end", vec![good(), pax(&[("path", "a")])]),
    ];
    for (name, members) in cases {
        let fault = fault(&wrapped(&ended(&members), &pair), &pair.keys);
        assert_eq!(fault.layer, Layer::Tar, "{name}: {fault}");
    }
}

#[test]
fn archives_that_end_badly_are_refused() {
    let pair = pair();
    let good = member(b'0', "good", b"good", "");
    let whole = ended(std::slice::from_ref(&good));
    let second = [whole.clone(), whole.clone()].concat();
    let mut wrong_sum = whole.clone();
    wrong_sum[0] ^= 1;
    let mut behind_name = head(b'0', b"good", 4, b"");
    behind_name.as_old_mut().name[20] = b'x';
    behind_name.set_cksum();
    let behind_name = [behind_name.as_bytes().to_vec(), good[512..].to_vec(), vec![0; 1024]].concat();
    let claims = ended(&[head(b'0', b"big", 1 << 32, b"").as_bytes().to_vec()]);
    for tar in
        [&whole[..512], &whole[..700], &whole[..1024], &whole[..1536], &second, &wrong_sum, &behind_name, &claims, &[]]
    {
        assert_eq!(fault(&wrapped(tar, &pair), &pair.keys).layer, Layer::Tar);
    }
}

#[test]
fn damage_is_found_in_each_layer() {
    let pair = pair();
    let whole = ended(&[member(b'0', "good", &[7; 200_000], "")]);
    let packed = zstd::encode_all(&whole[..], 3).unwrap();
    // Other tools' frames, padding and the lack of a manifest are fine.
    let listing = verify(&mut Cursor::new(wrapped(&whole, &pair)), &pair.keys, None, None).unwrap();
    assert_eq!((listing.manifest, listing.files), ("none", 1));

    let garbage = [packed.clone(), b"garbage".to_vec()].concat();
    let cut = &packed[..packed.len() - 3];
    for plain in [&garbage[..], cut, b"no zstd at all"] {
        assert_eq!(fault(&encrypted(plain, &pair), &pair.keys).layer, Layer::Zstd);
    }
    let bundle = wrapped(&ended(&[member(b'0', "noise", &noise(300_000), "")]), &pair);
    let mut flipped = bundle.clone();
    flipped[100_000] ^= 1;
    let longer = [bundle.clone(), b"x".to_vec()].concat();
    let twice = [bundle.clone(), bundle.clone()].concat();
    for damaged in [&flipped[..], &bundle[..bundle.len() - 1], &bundle[..150_000], &bundle[..60], &longer, &twice] {
        assert_eq!(fault(damaged, &pair.keys).layer, Layer::Age);
    }
    let other = pair_of_somebody_else();
    assert!(matches!(refused(&bundle, &other), Failure::Error(e) if e.exit() == 2 && e.message.contains("no key")));
    assert!(matches!(refused(b"PK\x03\x04", &other), Failure::Error(e) if e.message.contains("not an age file")));
}

fn pair_of_somebody_else() -> Keys {
    pair().keys
}

fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u8::try_from(state >> 56).unwrap_or(0)
    })
    .take(length)
    .collect()
}

#[test]
fn a_chunk_that_fills_the_end_hides_nothing_behind_it() {
    // The last chunk of an age file may be full: what follows it must still be seen.
    let pair = pair();
    let mut plain = zstd::encode_all(&ended(&[member(b'0', "a", b"a", "")])[..], 3).unwrap();
    let fill = u32::try_from(65_536 - plain.len() - 8).unwrap();
    plain.extend_from_slice(&0x184D_2A50_u32.to_le_bytes());
    plain.extend_from_slice(&fill.to_le_bytes());
    plain.resize(65_536, 0);
    let bundle = encrypted(&plain, &pair);
    verify(&mut Cursor::new(&bundle), &pair.keys, None, None).unwrap();
    for tail in [&b"x"[..], &[0; 70_000]] {
        let longer = [&bundle[..], tail].concat();
        assert_eq!(fault(&longer, &pair.keys).layer, Layer::Age);
    }
}

#[test]
fn a_manifest_that_lies_is_found() {
    let pair = pair();
    let a = member(b'0', "a", b"aa", "");
    let b = member(b'0', "b", b"bb", "");
    let hash = |text: &[u8]| blake3::hash(text).to_hex().to_string();
    let entry = |path: &str, size: u64, hash: &str| {
        format!(r#"{{"path":"{path}","type":"file","size":{size},"blake3":"{hash}"}}"#)
    };
    let (ea, eb) = (entry("a", 2, &hash(b"aa")), entry("b", 2, &hash(b"bb")));
    let json = |members: &str| format!(r#"{{"schema":"decamp/manifest/1","files":2,"bytes":4,"members":[{members}]}}"#);
    let with = |json: &str| member(b'0', MANIFEST, json.as_bytes(), "");
    let right = with(&json(&format!("{ea},{eb}")));
    let fine = wrapped(&ended(&[a.clone(), b.clone(), right.clone()]), &pair);
    assert_eq!(verify(&mut Cursor::new(fine), &pair.keys, None, None).unwrap().manifest, "decamp");
    let offset = ea.replace('}', r#","offset":512}"#);
    let cases = [
        ("missing", vec![a.clone(), right.clone()]),
        ("extra", vec![a.clone(), b.clone(), member(b'0', "c", b"c", ""), right.clone()]),
        ("reordered", vec![b.clone(), a.clone(), right.clone()]),
        ("renamed", vec![a.clone(), member(b'0', "bb", b"bb", ""), right.clone()]),
        ("changed", vec![a.clone(), member(b'0', "b", b"bx", ""), right.clone()]),
        ("longer", vec![a.clone(), member(b'0', "b", b"bbb", ""), right.clone()]),
        ("type", vec![a.clone(), member(b'5', "b/", b"", ""), right.clone()]),
        ("after it", vec![a.clone(), right.clone(), b.clone()]),
        ("twice in it", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{ea},{eb}")))]),
        (
            "totals",
            vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace("\"bytes\":4", "\"bytes\":5"))],
        ),
        ("no hash", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace(&hash(b"bb"), ""))]),
        ("offset", vec![a.clone(), b.clone(), with(&json(&format!("{offset},{eb}")))]),
        ("schema", vec![a.clone(), b.clone(), with(&json(&format!("{ea},{eb}")).replace("manifest/1", "manifest/9"))]),
        ("no JSON", vec![a.clone(), b.clone(), with("{")]),
    ];
    for (name, members) in cases {
        let fault = fault(&wrapped(&ended(&members), &pair), &pair.keys);
        assert_eq!(fault.layer, Layer::Manifest, "{name}: {fault}");
    }
    let two = fault(&wrapped(&ended(&[a, b, right.clone(), right]), &pair), &pair.keys);
    assert_eq!(two.layer, Layer::Manifest);
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let pair = pair();
    let bomb = wrapped(&ended(&[member(b'0', "zeros", &vec![0; 8 << 20], "")]), &pair);
    assert!(bomb.len() < 4096);
    let dir = tempfile::tempdir().unwrap();
    let options = OpenOptions { max_size: Some(1 << 20), ..OpenOptions::default() };
    let error =
        open(&mut Cursor::new(&bomb), &mut [], &pair.keys, &dir.path().join("out"), &options).unwrap_err().into_error();
    assert!(error.message.contains("larger than"), "{error}");
    assert_eq!(tree(dir.path()), BTreeMap::new());
}

#[test]
fn a_forged_table_of_frames_is_found() {
    let pair = pair();
    let packed = zstd::encode_all(&ended(&[member(b'0', "a", b"a", "")])[..], 3).unwrap();
    let table = |entries: &[(u32, u32)], count: u32| {
        let mut out = packed.clone();
        out.extend_from_slice(&0x184D_2A5E_u32.to_le_bytes());
        out.extend_from_slice(&u32::try_from(entries.len() * 8 + 9).unwrap().to_le_bytes());
        for (c, d) in entries {
            out.extend_from_slice(&c.to_le_bytes());
            out.extend_from_slice(&d.to_le_bytes());
        }
        out.extend_from_slice(&count.to_le_bytes());
        out.push(0);
        out.extend_from_slice(&0x8F92_EAB1_u32.to_le_bytes());
        out
    };
    let c = u32::try_from(packed.len()).unwrap();
    verify(&mut Cursor::new(encrypted(&table(&[(c, 2048)], 1), &pair)), &pair.keys, None, None).unwrap();
    for plain in [table(&[(c, 2048)], u32::MAX), table(&[(c + 1, 2048)], 1), table(&[], 0), table(&[(c, 2048)], 2)] {
        assert_eq!(fault(&encrypted(&plain, &pair), &pair.keys).layer, Layer::Zstd);
    }
    assert!(verify(&mut Cursor::new(encrypted(&table(&[(c, 1024)], 1), &pair)), &pair.keys, None, None).is_err());
}

#[test]
fn no_bit_may_flip_and_no_byte_be_missing() {
    let pair = pair();
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("f"), b"x").unwrap();
    let (bundle, _) = sealed(&dir.path().join("f"), &pair.to);
    verify(&mut Cursor::new(&bundle), &pair.keys, None, None).unwrap();
    for at in 0..bundle.len() {
        let mut flipped = bundle.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(verify(&mut Cursor::new(&flipped), &pair.keys, None, None).is_err(), "bit {} of byte {at}", at % 8);
        assert!(verify(&mut Cursor::new(&bundle[..at]), &pair.keys, None, None).is_err(), "cut at {at}");
    }
}
