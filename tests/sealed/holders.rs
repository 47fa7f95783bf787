//! Who can open and who sealed: trustees, signatures, plugins, protected keys.

use super::*;

/// A key shared among five, one of whom gets paper; the bench has `key.txt`, and `ana.txt` … for four of them.
pub(crate) fn trustees() -> (Bench, String) {
    let (bench, recipient) = sealed();
    let mut list = String::new();
    for name in ["Ana", "Beto", "Carmen", "Dora"] {
        let key = bench.run(&["key", "new", "-o", &format!("{}.txt", name.to_lowercase())]).ok().stdout;
        list.push_str(&format!("- name: {name}\n  recipient: {}\n", key.trim()));
    }
    list.push_str("- name: Doña Elena\n");
    bench.put("trustees.yaml", list);
    (bench, recipient)
}

pub(crate) fn split(bench: &Bench, before: &[&str]) -> Ran {
    let args = [
        "key",
        "split",
        "-i",
        "key.txt",
        "--trustees",
        "trustees.yaml",
        "--threshold",
        "3",
        "--paper",
        "Doña Elena",
        "-o",
        "partes",
    ];
    bench.run(&[before, &args].concat())
}

#[test]
fn three_of_five_put_the_key_together() {
    let (bench, recipient) = trustees();
    let ran = split(&bench, &[]).ok();
    assert!(ran.stderr.contains("partes/share-dona-elena.html") && ran.stderr.contains("delete the file"), "{ran}");
    assert!(!ran.all().contains("AGE-SECRET-KEY"), "{ran}");
    let names: Vec<String> = contents(&bench, "partes").into_keys().collect();
    assert_eq!(names.len(), 2 * 5 + 4, "{names:?}");
    for (path, (mode, bytes)) in crate::support::tree(&bench.dir().join("partes")) {
        assert_eq!(mode, 0o600, "{path}");
        let text = String::from_utf8(bytes).unwrap();
        let readable = path.contains("elena");
        assert_eq!(text.contains("decamp-share/1\n"), readable, "{path}");
        // The name of SVG's vocabulary is no address that anything asks for.
        let text = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        assert!(!text.contains("http") && !text.contains("<script"), "{path}");
    }
    // Stock age opens a share, and the sheet itself is taken too.
    sh(&bench, "age -d -i ana.txt partes/share-ana.age > ana.share; head -1 ana.share | grep -x decamp-share/1").ok();
    let args = [
        "key",
        "combine",
        "ana.share",
        "partes/share-beto.html",
        "partes/share-dona-elena.es.html",
        "-i",
        "beto.txt",
        "-o",
        "junta.txt",
    ];
    let ran = bench.run(&args).ok();
    assert_eq!(ran.stdout.trim(), recipient);
    assert_eq!(bench.text("junta.txt"), bench.text("key.txt"));
    assert_eq!(fs::metadata(bench.dir().join("junta.txt")).unwrap().permissions().mode() & 0o777, 0o600);
    bench.run(&["bundle", "verify", "b.tar.zst.age", "-i", "junta.txt"]).ok();
    bench.run(&args).exits(2).says("never replaced");
    // Too few, the same twice, and one that is still locked.
    for (shares, says) in [
        (&["ana.share", "partes/share-dona-elena.html"][..], "3 shares are needed"),
        (&["ana.share", "ana.share", "partes/share-dona-elena.html"], "the same share"),
        (&["ana.share", "partes/share-beto.age", "partes/share-carmen.age"], "encrypted to its trustee"),
    ] {
        let all: Vec<&str> = ["key", "combine", "-o", "nada.txt"].iter().chain(shares).copied().collect();
        bench.run(&all).exits(2).says(says);
        assert!(!bench.has("nada.txt"));
    }
}

#[test]
fn the_words_on_paper_are_enough() {
    let (bench, _) = trustees();
    split(&bench, &[]).ok();
    sh(&bench, "age -d -i ana.txt partes/share-ana.age > a; age -d -i dora.txt partes/share-dora.age > d").ok();
    for sheet in ["share-dona-elena.html", "share-dona-elena.es.html"] {
        let html = bench.text(&format!("partes/{sheet}"));
        let list = html.split("<ol class=\"words\">").nth(1).unwrap().split("</ol>").next().unwrap();
        let words: Vec<&str> = list.split("<li>").skip(1).map(|w| w.split('<').next().unwrap()).collect();
        assert_eq!(words.len(), 38, "{sheet}");
        let typed: String = words.chunks(4).map(|row| row.join(" ").to_uppercase() + "\n").collect();
        bench.put("typed.txt", &typed);
        bench.run(&["key", "combine", "a", "typed.txt", "d", "-o", &format!("{sheet}.key")]).ok();
        // A slip is named by line, with the nearest word.
        let slip = words[10].strip_suffix(|_| true).unwrap().to_owned() + "qq";
        bench.put("typed.txt", typed.replacen(&words[10].to_uppercase(), &slip, 1));
        bench.run(&["key", "combine", "a", "typed.txt", "d", "-o", "no.txt"]).exits(2).says("typed.txt:3");
    }
    // The code on the sheet is the same share.
    let png = bench.dir().join("sheet.png");
    shot(&bench, "partes/share-dona-elena.html", &png);
    let read = sh(&bench, "zbarimg -q --raw sheet.png > scanned.txt; cat scanned.txt").ok().stdout;
    assert!(read.starts_with("decamp-share/1"), "{read}");
    bench.run(&["key", "combine", "a", "scanned.txt", "d", "-o", "scanned.key"]).ok();
    shot(&bench, "partes/share-beto.es.html", &png);
    sh(&bench, "zbarimg -q --raw sheet.png | age -d -i beto.txt > b; head -1 b | grep -x decamp-share/1").ok();
}

/// A picture of a page, as Chromium shows it.
fn shot(bench: &Bench, page: &str, png: &std::path::Path) {
    let mut command = Command::new(need("chromium"));
    command.current_dir(bench.dir()).args([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--no-first-run",
        "--disable-background-networking",
        "--force-device-scale-factor=2",
        "--window-size=900,1600",
    ]);
    command.arg(format!("--user-data-dir={}", bench.top().join("chromium").display()));
    command.arg(format!("--screenshot={}", png.display()));
    command.arg(format!("file://{}", bench.dir().join(page).display()));
    let output = command.output().unwrap();
    assert!(png.is_file(), "{}", String::from_utf8_lossy(&output.stderr));
    need("zbarimg");
}

#[test]
fn a_damaged_share_and_a_foreign_one_are_named() {
    let (bench, _) = trustees();
    split(&bench, &[]).ok();
    for name in ["ana", "beto", "carmen", "dora"] {
        sh(&bench, &format!("age -d -i {name}.txt partes/share-{name}.age > {name}.share")).ok();
    }
    let text = bench.text("beto.share");
    let part = text.lines().find(|l| l.starts_with("part: ")).unwrap();
    let flipped = match part.strip_suffix('0') {
        Some(rest) => format!("{rest}1"),
        None => format!("{}0", &part[..part.len() - 1]),
    };
    bench.put("malo.share", text.replace(part, &flipped));
    bench.run(&["key", "combine", "ana.share", "malo.share", "dora.share", "-o", "x"]).exits(2).says("malo.share");
    bench.run(&["key", "new", "-o", "otra.txt"]).ok();
    bench
        .run(&[
            "key",
            "split",
            "-i",
            "otra.txt",
            "--trustees",
            "trustees.yaml",
            "--threshold",
            "3",
            "--paper",
            "Doña Elena",
            "-o",
            "otras",
        ])
        .ok();
    let args = ["key", "combine", "ana.share", "otras/share-dona-elena.html", "dora.share", "-o", "x"];
    bench.run(&args).exits(2).says("share-dona-elena.html` is of another set");
    bench.put("nada.share", "hola\n");
    bench.run(&["key", "combine", "ana.share", "nada.share", "dora.share", "-o", "x"]).exits(2).says("nada.share");
    assert!(!bench.has("x"));
}

#[test]
fn wrong_lists_of_trustees_write_nothing() {
    let (bench, _) = trustees();
    let before = around(&bench);
    let run = |more: &[&str]| {
        let all: Vec<&str> = ["key", "split", "-i", "key.txt", "--trustees", "trustees.yaml", "-o", "p"]
            .iter()
            .chain(more)
            .copied()
            .collect();
        bench.run(&all).exits(2)
    };
    run(&["--threshold", "3"]).says("Doña Elena");
    run(&["--threshold", "6", "--paper", "Doña Elena"]).says("5 trustees");
    run(&["--threshold", "1", "--paper", "Doña Elena"]);
    run(&["--threshold", "3", "--paper", "Doña Elena", "--paper", "Ana"]).says("Ana");
    run(&["--threshold", "3", "--paper", "Dona Elena"]).says("Doña Elena");
    bench
        .run(&[
            "key",
            "split",
            "-i",
            "casa/plan.md",
            "--trustees",
            "trustees.yaml",
            "--threshold",
            "2",
            "--paper",
            "Doña Elena",
            "-o",
            "p",
        ])
        .exits(2)
        .says("casa/plan.md");
    assert!(before == around(&bench));
    // A folder with something in it is left alone.
    split(&bench, &[]).ok();
    let before = around(&bench);
    split(&bench, &[]).exits(2).says("not empty");
    assert!(before == around(&bench));
}

#[test]
fn a_signature_says_who_sealed_it() {
    let (bench, recipient) = keyed();
    need("ssh-keygen");
    sh(&bench, "ssh-keygen -q -t ed25519 -N '' -C ana -f firma; ssh-keygen -q -t ed25519 -N '' -C mallory -f otra; ssh-keygen -q -t ed25519 -N secreta -f cerrada; ssh-keygen -q -t rsa -b 2048 -N '' -f vieja; echo \"ana@casa $(cut -d' ' -f1,2 firma.pub)\" > firmantes; cp firma.pub tambien").ok();
    bench
        .run(&["bundle", "seal", "casa", "-o", "s.age", "-r", &recipient, "--sign", "firma"])
        .ok()
        .says("signed by ssh-ed25519");
    bench.run(&["bundle", "seal", "casa", "-o", "m.age", "-r", &recipient, "--sign", "otra"]).ok();
    bench.run(&["bundle", "seal", "casa", "-o", "u.age", "-r", &recipient]).ok();
    sh(&bench, &format!("tar c casa | zstd -q | age -r {recipient} -o stock.age")).ok();
    for signers in ["firmantes", "tambien"] {
        bench.run(&["bundle", "verify", "s.age", "-i", "key.txt", "--signers", signers]).ok().says("signed by ana");
        bench.run(&["bundle", "list", "s.age", "-i", "key.txt", "--signers", signers]).ok();
        bench
            .run(&["bundle", "open", "s.age", "-i", "key.txt", "--signers", signers, "-o", &format!("o-{signers}")])
            .ok();
        bench.run(&["bundle", "open", "s.age", "casa/plan.md", "-i", "key.txt", "--signers", signers, "--stdout"]).ok();
    }
    // ssh-keygen says the same.
    sh(&bench, "mkdir raw; age -d -i key.txt s.age | zstd -d | tar x -C raw; ssh-keygen -Y verify -f firmantes -I ana@casa -n decamp-manifest@1 -s raw/.decamp/manifest.json.sig < raw/.decamp/manifest.json").ok();
    // Anybody else's, nobody's, and other tools' are refused, all of them or one file.
    let before = around(&bench);
    for bundle in ["m.age", "u.age", "stock.age"] {
        for more in [&["-o", "x"][..], &["casa/plan.md", "-o", "x"], &["--stdout"]] {
            let all: Vec<&str> = ["bundle", "open", bundle, "-i", "key.txt", "--signers", "firmantes"]
                .iter()
                .chain(more)
                .copied()
                .collect();
            let ran = bench.run(&all).exits(2);
            assert!(ran.stdout.is_empty() && ran.stderr.contains("sign"), "{ran}");
        }
        let verify = bench.run(&["bundle", "verify", bundle, "-i", "key.txt", "--signers", "firmantes"]);
        assert!(matches!(verify.exit, Some(1 | 2)), "{verify}");
        assert!(!matches!(
            bench.run(&["bundle", "list", bundle, "-i", "key.txt", "--signers", "firmantes"]).exit,
            Some(0)
        ));
    }
    assert!(before == around(&bench));
    // The signature of another manifest does not fit.
    sh(&bench, &format!("mkdir raw2; age -d -i key.txt u.age | zstd -d | tar x -C raw2; echo changed >> raw2/casa/plan.md; cp raw/.decamp/manifest.json.sig raw2/.decamp/; cd raw2; tar c casa .decamp/manifest.json .decamp/manifest.json.sig | zstd -q | age -r {recipient} -o ../forged.age")).ok();
    bench.run(&["bundle", "verify", "forged.age", "-i", "key.txt", "--signers", "firmantes"]).exits(1);
    // Keys that can't sign, and files that name nobody.
    for key in ["vieja", "cerrada", "key.txt", "firma.pub", "no-such"] {
        bench.run(&["bundle", "seal", "casa", "-o", "x.age", "-r", &recipient, "--sign", key]).exits(2);
    }
    bench.put("malos", "ana ssh-rsa AAAA\n");
    bench.run(&["bundle", "verify", "s.age", "-i", "key.txt", "--signers", "malos"]).exits(2).says("malos:1");
    bench.run(&["bundle", "verify", "s.age", "-i", "key.txt", "--signers", "firma"]).exits(2).says("secret key");
    bench.put("caduca", format!("ana valid-before=\"20200101\" {}", bench.text("firma.pub")));
    bench.run(&["bundle", "verify", "s.age", "-i", "key.txt", "--signers", "caduca"]).exits(2).says("valid-before");
    assert!(!bench.has("x.age"));
}

/// A plugin that wraps the file key in the open: it only shows that plugins are spoken to.
const PLUGIN: &str = r#"#!/usr/bin/env python3
import base64, sys
b64 = lambda b: base64.b64encode(b).decode().rstrip("=")
def stanza():
    head = sys.stdin.readline().split()
    body = ""
    while True:
        line = sys.stdin.readline().rstrip("\n")
        body += line
        if len(line) < 64:
            return head[1:], base64.b64decode(body + "=" * (-len(body) % 4))
def say(*args, body=b""):
    text = b64(body)
    print("->", *args)
    for at in range(0, len(text) + 1, 64):
        print(text[at:at + 64])
    sys.stdout.flush()
def reply():
    return stanza()
phase = sys.argv[1].split("=")[1]
got = []
while True:
    args, body = stanza()
    if args[0] == "done":
        break
    got.append((args, body))
if phase == "recipient-v1":
    for n, (args, body) in enumerate(a for a in got if a[0][0] == "wrap-file-key"):
        say("recipient-stanza", str(n), "practice", body=bytes(b ^ 0x5A for b in body))
        reply()
else:
    for args, body in got:
        if args[0] == "recipient-stanza" and args[2] == "practice":
            say("file-key", args[1], body=bytes(b ^ 0x5A for b in body))
            reply()
            break
say("done")
"#;

#[test]
fn plugins_are_spoken_to_and_only_by_good_names() {
    let (bench, _) = keyed();
    need("python3");
    bench.put("bin/age-plugin-practice", PLUGIN);
    fs::set_permissions(bench.dir().join("bin/age-plugin-practice"), fs::Permissions::from_mode(0o755)).unwrap();
    let key = |prefix: &str| bech32::encode::<bech32::Bech32>(bech32::Hrp::parse(prefix).unwrap(), &[1, 2, 3]).unwrap();
    let (recipient, identity) = (key("age1practice"), key("age-plugin-practice-").to_uppercase());
    bench.put("plug.txt", &identity);
    let with = |args: &[&str]| {
        let mut command = bench.command(args);
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", bench.dir().join("bin").display()));
        finish(command, b"", args)
    };
    with(&["bundle", "seal", "casa", "-o", "p.age", "-r", &recipient]).ok().says(&recipient);
    with(&["bundle", "open", "p.age", "-i", "plug.txt", "-o", "o"]).ok();
    assert_eq!(contents(&bench, "o/casa"), contents(&bench, "casa"));
    // Without the program: a plain word, not a search for others.
    bench.run(&["bundle", "seal", "casa", "-o", "q.age", "-r", &recipient]).exits(2).says("age-plugin-practice");
    bench.run(&["bundle", "open", "p.age", "-i", "plug.txt", "-o", "r"]).exits(2).says("age-plugin-practice");
    // Names with a way out of the PATH start nothing at all.
    bench.put("bin/age-plugin-x", "#!/bin/sh\ntouch started\n");
    fs::set_permissions(bench.dir().join("bin/age-plugin-x"), fs::Permissions::from_mode(0o755)).unwrap();
    for name in ["../bin/x", "./x", "/x", "x/", "..", "x y", "", "x\0"] {
        let recipient = bech32::Hrp::parse(&format!("age1{name}"))
            .map(|hrp| bech32::encode::<bech32::Bech32>(hrp, &[1, 2, 3]).unwrap())
            .unwrap_or_else(|_| format!("age1{name}1qqqq"));
        if recipient.contains('\0') {
            bench.put("bad-r.txt", &recipient);
            with(&["bundle", "seal", "casa", "-o", "q.age", "-R", "bad-r.txt"]).exits(2);
        } else {
            with(&["bundle", "seal", "casa", "-o", "q.age", "-r", &recipient]).exits(2);
        }
        let identity = bech32::Hrp::parse(&format!("age-plugin-{name}-"))
            .map(|hrp| bech32::encode::<bech32::Bech32>(hrp, &[1, 2, 3]).unwrap())
            .unwrap_or_else(|_| format!("age-plugin-{name}-1qqqq"));
        bench.put("bad.txt", identity.to_uppercase());
        with(&["bundle", "open", "p.age", "-i", "bad.txt", "-o", "r"]).exits(2);
        assert!(!bench.has("started") && !bench.has("q.age") && !bench.has("r"), "{name}");
    }
}

#[test]
fn ssh_keys_open_bundles() {
    let (bench, _) = keyed();
    sh(&bench, "ssh-keygen -q -t ed25519 -N '' -f ed; ssh-keygen -q -t rsa -b 2048 -N '' -f rsa; ssh-keygen -q -t ed25519 -N secreta -f cerrada").ok();
    bench.run(&["bundle", "seal", "casa", "-o", "s.age", "-R", "ed.pub", "-R", "rsa.pub", "-R", "cerrada.pub"]).ok();
    for key in ["ed", "rsa"] {
        bench.run(&["bundle", "verify", "s.age", "-i", key]).ok();
        sh(&bench, &format!("age -d -i {key} s.age | zstd -d | tar t")).ok();
    }
    // Nobody is there to type its passphrase.
    bench.run(&["bundle", "verify", "s.age", "-i", "cerrada"]).exits(2);
    // Tag recipients are sealed to; opening takes their hardware.
    let tag = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e";
    bench.run(&["bundle", "seal", "casa", "-o", "t.age", "-r", tag]).ok().says(tag);
    assert!(String::from_utf8_lossy(&fs::read(bench.dir().join("t.age")).unwrap()[..200]).contains("-> p256tag "));
}

#[test]
fn a_made_passphrase_opens_what_it_seals() {
    let (bench, _) = keyed();
    let ran = bench.run(&["key", "passphrase"]).ok();
    assert_eq!(ran.stdout.trim().split('-').count(), 10, "{ran}");
    bench.run(&["key", "passphrase", "-o", "frase.txt", "--lang", "es"]).ok();
    bench.run(&["key", "passphrase", "-o", "frase.txt"]).exits(2);
    bench.run(&["bundle", "seal", "casa", "-o", "f.age", "--passphrase-file", "frase.txt"]).ok();
    bench.run(&["bundle", "verify", "f.age", "--passphrase-file", "frase.txt"]).ok();
    assert!(fs::read(bench.dir().join("f.age")).unwrap().windows(4).any(|w| w == b" 18\n"), "scrypt's work factor");
    // Too much work is refused before it is done.
    let bytes = fs::read(bench.dir().join("f.age")).unwrap();
    for factor in ["21", "22", "25", "30"] {
        let text = String::from_utf8_lossy(&bytes[..150]).into_owned();
        let at = text.find(" 18\n").unwrap();
        let mut hard = bytes.clone();
        hard[at + 1..at + 3].copy_from_slice(factor.as_bytes());
        bench.put("hard.age", hard);
        let ran = bench
            .run(&["bundle", "verify", "hard.age", "--passphrase-file", "frase.txt"])
            .exits(2)
            .says("too much work");
        assert!(ran.took.as_millis() < 1000, "{ran}");
    }
}

#[test]
fn rage_and_decamp_open_each_others() {
    let Some(rage) =
        std::env::split_paths(&std::env::var_os("PATH").unwrap()).map(|d| d.join("rage")).find(|p| p.is_file())
    else {
        // The peers that must be compiled belong to the long run, which installs them.
        assert!(std::env::var_os("DECAMP_LONG").is_none(), "`rage` is missing; install it: .ci/long does");
        return;
    };
    let (bench, recipient) = sealed();
    let rage = rage.display();
    sh(&bench, &format!("mkdir stock; '{rage}' -d -i key.txt b.tar.zst.age | zstd -d | tar x -C stock; tar c casa | zstd -q | '{rage}' -r {recipient} -o r.age")).ok();
    assert_eq!(contents(&bench, "stock/casa"), contents(&bench, "casa"));
    bench.run(&["bundle", "open", "r.age", "-i", "key.txt", "-o", "o"]).ok();
    assert_eq!(contents(&bench, "o/casa"), contents(&bench, "casa"));
    println!("summary: rage: interoperable both ways");
}
