//! Defects of the layers around the archive, and of the manifest.

use super::archives::{Case, ended, good, member};
use super::encrypt;

fn hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

fn file(name: &str, text: &str) -> Vec<u8> {
    member(b'0', name.as_bytes(), text.as_bytes(), b"")
}

/// An entry of a manifest, with more fields.
fn entry(path: &str, text: &str, more: &str) -> String {
    format!(r#"{{"path":"{path}","type":"file","size":{},"blake3":"{}"{more}}}"#, text.len(), hash(text))
}

fn manifest(members: &[String], more: &str) -> Vec<u8> {
    let json =
        format!(r#"{{"schema":"decamp/manifest/1","files":2,"bytes":4,"members":[{}]{more}}}"#, members.join(","));
    file(".decamp/manifest.json", &json)
}

/// Changes the sizes of frames, packed and plain.
type Change<'a> = &'a dyn Fn(&mut Vec<(u32, u32)>);

/// Two frames, one of them the manifest's, with a table of frames.
fn framed(archive: &[u8], list: &[u8], table: impl Fn(&mut Vec<(u32, u32)>)) -> Vec<u8> {
    let (one, two) = (zstd::encode_all(archive, 1).unwrap(), zstd::encode_all(list, 1).unwrap());
    let mut entries = vec![(one.len() as u32, archive.len() as u32), (two.len() as u32, list.len() as u32)];
    table(&mut entries);
    let mut out = [one, two].concat();
    out.extend_from_slice(&0x184D_2A5E_u32.to_le_bytes());
    out.extend_from_slice(&(entries.len() as u32 * 8 + 9).to_le_bytes());
    for (packed, plain) in &entries {
        out.extend_from_slice(&packed.to_le_bytes());
        out.extend_from_slice(&plain.to_le_bytes());
    }
    out.extend_from_slice(&(entries.len() as u32).to_le_bytes());
    out.push(0);
    out.extend_from_slice(&0x8F92_EAB1_u32.to_le_bytes());
    out
}

/// All of them.
pub(super) fn all(recipient: &str) -> Vec<Case> {
    let mut cases = compressed();
    cases.extend(lists());
    cases.extend(tables());
    cases.extend(encrypted(recipient));
    cases
}

fn inside(name: &str, bytes: Vec<u8>, layer: &'static str) -> Case {
    Case { name: name.into(), bytes, sealed: false, layer }
}

fn compressed() -> Vec<Case> {
    let tar = ended(&[good()]);
    let packed = zstd::encode_all(&tar[..], 3).unwrap();
    let mut flipped = packed.clone();
    let at = packed.len() / 2;
    flipped[at] ^= 0x20;
    // A frame that announces a window of 2 GiB.
    let mut window = vec![0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8];
    window.extend_from_slice(&[0x01, 0x00, 0x00]);
    let zeros = |size: usize| zstd::encode_all(&vec![0; size][..], 19).unwrap();
    vec![
        inside("zstd: not compressed", tar.clone(), "zstd"),
        inside("zstd: gzip", [&[0x1f, 0x8b, 8, 0][..], &tar].concat(), "zstd"),
        inside("zstd: nothing", Vec::new(), "zstd|tar"),
        inside("zstd: cut off", packed[..packed.len() - 4].to_vec(), "zstd|tar"),
        inside("zstd: only its magic", packed[..4].to_vec(), "zstd|tar"),
        inside("zstd: a bit flipped", flipped, "zstd|tar"),
        inside("zstd: garbage behind it", [packed.clone(), b"garbage!".to_vec()].concat(), "zstd"),
        inside("zstd: one byte behind it", [packed.clone(), vec![0]].concat(), "zstd"),
        inside("zstd: a second frame with an archive", [packed.clone(), packed.clone()].concat(), "tar"),
        inside("zstd: a window of 2 GiB", window, "zstd|tar"),
        inside(
            "zstd: a dictionary that nobody has",
            [&[0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x58, 0x77, 0x01, 0, 0][..], &packed[4..]].concat(),
            "zstd",
        ),
        inside("zstd: reserved bit", [&[0x28, 0xb5, 0x2f, 0xfd, 0x08][..], &packed[5..]].concat(), "zstd"),
        inside(
            "zstd: a skippable frame that is cut off",
            [packed.clone(), vec![0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0, 0, 1]].concat(),
            "zstd",
        ),
        inside("zstd: zeros for an archive", zeros(100 << 20), "tar"),
        inside("zstd: a bomb in a bomb", zstd::encode_all(&zeros(200 << 20)[..], 3).unwrap(), "tar"),
    ]
}

fn lists() -> Vec<Case> {
    let (a, b) = (file("a", "aa"), file("b", "bb"));
    let (ea, eb) = (entry("a", "aa", ""), entry("b", "bb", ""));
    let right = || manifest(&[ea.clone(), eb.clone()], "");
    let wrap = |name: &str, members: &[Vec<u8>]| {
        inside(&format!("manifest: {name}"), zstd::encode_all(&ended(members)[..], 1).unwrap(), "manifest")
    };
    let lies =
        |name: &str, members: &[String], more: &str| wrap(name, &[a.clone(), b.clone(), manifest(members, more)]);
    let text = |name: &str, json: &str| wrap(name, &[a.clone(), b.clone(), file(".decamp/manifest.json", json)]);
    let mut cases = vec![
        wrap("a member is missing", &[a.clone(), right()]),
        wrap("a member too many", &[a.clone(), b.clone(), file("c", "c"), right()]),
        wrap("in another order", &[b.clone(), a.clone(), right()]),
        wrap("renamed", &[a.clone(), file("c", "bb"), right()]),
        wrap("one byte changed", &[a.clone(), file("b", "bx"), right()]),
        wrap("one byte more", &[a.clone(), file("b", "bbb"), right()]),
        wrap("another type", &[a.clone(), member(b'5', b"b/", b"", b""), right()]),
        wrap("a link in place of a file", &[a.clone(), member(b'2', b"b", b"", b"a"), right()]),
        wrap("not the last", &[a.clone(), right(), b.clone()]),
        wrap("twice", &[a.clone(), b.clone(), right(), right()]),
        wrap(
            "two signatures",
            &[
                a.clone(),
                b.clone(),
                right(),
                file(".decamp/manifest.json.sig", "x"),
                file(".decamp/manifest.json.sig", "y"),
            ],
        ),
        wrap(
            "a signature of 100 KB",
            &[a.clone(), b.clone(), right(), file(".decamp/manifest.json.sig", &"x".repeat(100_000))],
        ),
        lies("a path twice", &[ea.clone(), ea.clone(), eb.clone()], ""),
        lies("wrong total of files", &[ea.clone(), eb.clone()], r#","files":3"#),
        lies("a hash too short", &[ea.clone(), eb.replace(&hash("bb")[..32], "")], ""),
        lies("no hash", &[ea.clone(), r#"{"path":"b","type":"file","size":2}"#.into()], ""),
        lies("an upper-case hash", &[ea.clone(), eb.replace(&hash("bb"), &hash("bb").to_uppercase())], ""),
        lies("wrong offset", &[entry("a", "aa", r#","offset":512"#), eb.clone()], ""),
        lies("offset beyond the end", &[entry("a", "aa", r#","offset":18446744073709551615"#), eb.clone()], ""),
        lies("negative size", &[ea.clone(), eb.replace(r#""size":2"#, r#""size":-2"#)], ""),
        lies("size as text", &[ea.clone(), eb.replace(r#""size":2"#, r#""size":"2""#)], ""),
        lies("a type that is none", &[ea.clone(), eb.replace(r#""file""#, r#""device""#)], ""),
        lies("a target on a file", &[ea.clone(), entry("b", "bb", r#","target":"a""#)], ""),
        text("no JSON", "{"),
        text("empty", ""),
        text("null", "null"),
        text("a list", "[]"),
        text("not UTF-8 in effect", "{\"schema\":\"\\ud800\"}"),
        text("another schema", r#"{"schema":"decamp/manifest/9","files":0,"bytes":0,"members":[]}"#),
        text("100,000 deep", &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))),
        text("two at once", r#"{"schema":"decamp/manifest/1","files":0,"bytes":0,"members":[]}{}"#),
    ];
    for (name, path) in [("up", "../canary"), ("absolute", "/etc/passwd"), ("control", "a\\u001bb")] {
        let more = format!(r#","base":"00","carried":[{{"path":"{path}","size":1,"blake3":"00"}}]"#);
        cases.push(Case {
            layer: "tar",
            ..lies(&format!("carries a path that leads {name}"), &[ea.clone(), eb.clone()], &more)
        });
    }
    cases
}

fn tables() -> Vec<Case> {
    // What `open PATTERN` goes by: each of these is found by reading all, and reading by way of the table writes nothing wrong.
    let (a, b) = (file("a", "aa"), file("b", "bb"));
    let archive = [a, b].concat();
    let list = |one: &str, two: &str| ended(&[manifest(&[entry("a", "aa", one), entry("b", "bb", two)], "")]);
    let right = list(r#","frame":0,"offset":0"#, r#","frame":0,"offset":1024"#);
    let table = |name: &str, change: Change<'_>| {
        inside(&format!("table: {name}"), framed(&archive, &right, change), "zstd|tar|manifest")
    };
    let lies = |name: &str, one: &str, two: &str| {
        inside(&format!("places: {name}"), framed(&archive, &list(one, two), |_| {}), "manifest")
    };
    vec![
        table("a frame too few", &|t| t.truncate(1)),
        table("a frame too many", &|t| t.push((9, 9))),
        table("packed size too large", &|t| t[0].0 += 1),
        table("packed size too small", &|t| t[0].0 -= 1),
        table("sizes shifted between frames", &|t| {
            t[0].0 += 5;
            t[1].0 -= 5;
        }),
        table("plain size too large", &|t| t[0].1 += 512),
        table("plain size too small", &|t| t[0].1 -= 512),
        table("plain size 4 GiB", &|t| t[0].1 = u32::MAX),
        table("plain sizes shifted between frames", &|t| {
            t[0].1 += 1024;
            t[1].1 -= 1024;
        }),
        lies("another frame", r#","frame":1,"offset":0"#, r#","frame":0,"offset":1024"#),
        lies("another offset", r#","frame":0,"offset":512"#, r#","frame":0,"offset":1024"#),
        lies("offsets swapped", r#","frame":0,"offset":1024"#, r#","frame":0,"offset":0"#),
        lies("both at the first", r#","frame":0,"offset":0"#, r#","frame":0,"offset":0"#),
        lies("in the manifest's frame", r#","frame":0,"offset":0"#, r#","frame":1,"offset":2048"#),
    ]
}

fn encrypted(recipient: &str) -> Vec<Case> {
    let mut dice = crate::crash::Dice(3);
    let noise: Vec<u8> = (0..40_000).flat_map(|_| dice.roll().to_le_bytes()).collect();
    let tar = ended(&[member(b'0', b"ruido.bin", &noise, b"")]);
    let good = encrypt(&zstd::encode_all(&tar[..], 1).unwrap(), recipient);
    let mac = good.windows(5).position(|w| w == b"\n--- ").unwrap() + 1;
    let payload = mac + good[mac..].iter().position(|b| *b == b'\n').unwrap() + 1 + 16;
    let chunk = 64 * 1024 + 16;
    let sealed = |name: &str, bytes: Vec<u8>| Case { name: format!("age: {name}"), bytes, sealed: true, layer: "age" };
    let flip = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut swapped = good.clone();
    let (one, two) = swapped[payload..].split_at_mut(chunk);
    one.swap_with_slice(&mut two[..chunk]);
    let mut first_gone = good[..payload].to_vec();
    first_gone.extend_from_slice(&good[payload + chunk..]);
    let mut twice = good[..payload + chunk].to_vec();
    twice.extend_from_slice(&good[payload..]);
    vec![
        sealed("version 2", [b"age-encryption.org/v2".to_vec(), good[21..].to_vec()].concat()),
        sealed("no stanza", [b"age-encryption.org/v1\n".to_vec(), good[mac..].to_vec()].concat()),
        sealed(
            "a stanza more",
            [b"age-encryption.org/v1\n-> X25519 AAAA\nAAAA\n".to_vec(), good[22..].to_vec()].concat(),
        ),
        sealed("the MAC's last letter", flip(payload - 18)),
        sealed("the nonce", flip(payload - 1)),
        sealed("the first chunk", flip(payload)),
        sealed("a chunk's tag", flip(payload + chunk - 1)),
        sealed("the last byte", flip(good.len() - 1)),
        sealed("cut in the header", good[..60].to_vec()),
        sealed("cut behind the header", good[..payload - 16].to_vec()),
        sealed("cut behind the nonce", good[..payload].to_vec()),
        sealed("cut behind a chunk", good[..payload + chunk].to_vec()),
        sealed("cut one byte before the end", good[..good.len() - 1].to_vec()),
        sealed("chunks swapped", swapped),
        sealed("the first chunk gone", first_gone),
        sealed("the first chunk twice", twice),
        sealed("a byte behind the end", [good.clone(), vec![0]].concat()),
        sealed("itself behind the end", [good.clone(), good.clone()].concat()),
        sealed(
            "carriage returns in the header",
            [String::from_utf8_lossy(&good[..mac]).replace('\n', "\r\n").into_bytes(), good[mac..].to_vec()].concat(),
        ),
        sealed("blanks before it", [b"  ".to_vec(), good.clone()].concat()),
    ]
}
