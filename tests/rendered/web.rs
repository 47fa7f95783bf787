//! Old addresses: read from what groups have, decided in a table, and then asked of running web servers.

use super::programs::{files, nginx};
use super::*;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const DOMAIN: &str = "rioclaro.example";

/// 500 old addresses, each with where it leads: as a person writes them, as a browser sends them, as a browser is told.
fn table() -> Vec<(String, String, String, String)> {
    let mut all = Vec::new();
    for n in 0..500_u32 {
        let (old, sent) = match n % 10 {
            0 => (format!("/nota-{n}"), format!("/nota-{n}")),
            1 => (format!("/blog/2020/0{}/año-{n}", n % 9 + 1), format!("/blog/2020/0{}/a%C3%B1o-{n}", n % 9 + 1)),
            2 => (format!("/con espacio {n}/"), format!("/con%20espacio%20{n}/")),
            3 => (format!("/?p={n}"), format!("/?p={n}")),
            4 => (format!("/buscar?q=a%20b&n={n}"), format!("/buscar?q=a%20b&n={n}")),
            5 => (format!("/cita\"{n}'s;}}"), format!("/cita%22{n}'s;%7D")),
            6 => (format!("/punto.{n}.html"), format!("/punto.{n}.html")),
            7 => (format!("/100%25-{n}"), format!("/100%25-{n}")),
            8 => (format!("/[corchete]-({n})+x*"), format!("/[corchete]-({n})+x*")),
            _ => (format!("/carpeta/{n}/#lugar"), format!("/carpeta/{n}/")),
        };
        let (new, told) = match n % 6 {
            0 => (format!("/nueva/{n}/"), format!("https://{DOMAIN}/nueva/{n}/")),
            1 => (format!("/ñandú {n}"), format!("https://{DOMAIN}/%C3%B1and%C3%BA%20{n}")),
            2 => (format!("/x?id={n}&y=%25"), format!("https://{DOMAIN}/x?id={n}&y=%25")),
            3 => (format!("https://archivo.example.org/{n}$1"), format!("https://archivo.example.org/{n}%241")),
            4 => (format!("/pagina/#parte-{n}"), format!("https://{DOMAIN}/pagina/#parte-{n}")),
            _ => (format!("/100%25/{n}"), format!("https://{DOMAIN}/100%25/{n}")),
        };
        all.push((old, sent, new, told));
    }
    all
}

fn gz(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

/// A group with a sitemap, a packed one, a list of links and the table, rendered.
fn bench() -> Bench {
    let cell = |t: &str| format!("\"{}\"", t.replace('"', "\"\""));
    let rows = table().iter().fold("old,new,note\n".to_owned(), |mut csv, (old, _, new, _)| {
        let _ = writeln!(csv, "{},{},", cell(old), cell(new));
        csv
    });
    let urls = |names: &[&str]| {
        let all = names.iter().map(|n| format!("<url><loc>https://www.{DOMAIN}{n}</loc></url>")).collect::<String>();
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">{all}</urlset>\n"
        )
    };
    let bench = case("rio-claro")
        .file("evidence/redirects.csv", rows)
        .file("evidence/sitemap.xml", urls(&["/quienes-somos", "/blog/hola", "/%2e%2e/%2e%2e/etc"]))
        .file("evidence/sitemap-2.xml.gz", gz(&urls(&["/empacada"])))
        .file("evidence/enlaces.txt", format!("https://{DOMAIN}/de-la-lista\nhttps://otra.example/no\n"));
    rendered(&bench, "own-server", true);
    bench
}

/// A server until it is dropped.
pub(super) struct Server {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

fn start(program: &str, args: &[&str], port: u16, dir: tempfile::TempDir) -> Server {
    let errors = fs::File::create(dir.path().join("said")).unwrap();
    let mut child = Command::new(need(program)).args(args).stdout(Stdio::null()).stderr(errors).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && begun.elapsed() < Duration::from_secs(30),
            "{program} does not listen ({ended:?}): {}",
            fs::read_to_string(dir.path().join("said")).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    Server { child, port, _dir: dir }
}

fn folder(prefix: &str) -> (tempfile::TempDir, u16) {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::Builder::new().prefix(prefix).tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    (dir, port)
}

pub(super) fn serve_nginx(bench: &Bench, rules: &str) -> Server {
    let (dir, port) = folder("decamp-nginx-");
    let at = dir.path().display().to_string();
    fs::write(dir.path().join("rules"), bench.text(rules)).unwrap();
    let temp = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {at}/tmp-{kind};"))
        .concat();
    let conf = format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; {temp}\n\
         server {{ listen 127.0.0.1:{port}; root {at}; include {at}/rules; }} }}\n"
    );
    fs::write(dir.path().join("conf"), conf).unwrap();
    start("nginx", &["-p", &at, "-e", "stderr", "-c", &format!("{at}/conf")], port, dir)
}

/// Apache with the rules in `.htaccess`, as people of a shared provider have it, or in the settings of the host.
fn serve_apache(bench: &Bench, rules: &str, own: bool) -> Server {
    let (dir, port) = folder("decamp-apache-");
    let at = dir.path().display().to_string();
    let site = dir.path().join("site");
    fs::create_dir(&site).unwrap();
    fs::write(if own { dir.path().join("rules") } else { site.join(".htaccess") }, bench.text(rules)).unwrap();
    let modules = ["mpm_event", "authz_core", "rewrite", "dir"]
        .map(|m| format!("LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"))
        .concat();
    let include = if own { format!("Include {at}/rules\n") } else { String::new() };
    let conf = format!(
        "ServerRoot {at}\nPidFile {at}/pid\nErrorLog {at}/log\nListen 127.0.0.1:{port}\nServerName localhost\n{modules}\
         User www-data\nGroup www-data\nMutex file:{at} default\nDocumentRoot {at}/site\n\
         <Directory {at}/site>\n  AllowOverride FileInfo\n  Require all granted\n</Directory>\n{include}"
    );
    fs::write(dir.path().join("conf"), conf).unwrap();
    let path = format!("{at}/conf");
    let mut check = Command::new(need("apache2"));
    bench.settle(&mut check);
    check.args(["-t", "-f", &path]);
    finish(check, b"", &["apache2 -t"]).ok();
    start("apache2", &["-D", "FOREGROUND", "-f", &path], port, dir)
}

/// Status and `Location` of an answer.
fn ask(server: &Server, host: &str, target: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    let said = String::from_utf8_lossy(&said);
    let head = said.split("\r\n\r\n").next().unwrap();
    let status = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let location = head.lines().find_map(|l| l.strip_prefix("Location: ")).unwrap_or_default().to_owned();
    (status, location)
}

/// What stands in an answer.
pub(super) fn body(server: &Server, target: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(stream, "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut said = Vec::new();
    stream.read_to_end(&mut said).unwrap();
    String::from_utf8(said).unwrap().split_once("\r\n\r\n").unwrap().1.to_owned()
}

fn answers_as_rendered(server: &Server, what: &str) {
    for (old, sent, _, told) in table() {
        assert_eq!(ask(server, DOMAIN, &sent), ("302".to_owned(), told), "{what}: {old}");
    }
    let www = ask(server, &format!("www.{DOMAIN}"), "/x/y?z=1");
    assert_eq!(www, ("301".to_owned(), format!("https://{DOMAIN}/x/y?z=1")), "{what}");
    for other in ["/quienes-somos", "/nota-1", "/nota-00", "/?p=1", "/?p=3&x=1", "/carpeta/9/x", "/NOTA-0"] {
        let (status, location) = ask(server, DOMAIN, other);
        assert!(status != "302" && status != "301" && location.is_empty(), "{what}: {other} leads to {location}");
    }
}

#[test]
fn five_hundred_old_addresses_answer_as_rendered() {
    let bench = bench();
    let rules = format!("configs/own-server/web/redirects-{DOMAIN}.conf");
    let (good, said) = nginx(&bench, &rules);
    assert!(good, "{said}");
    answers_as_rendered(&serve_nginx(&bench, &rules), "nginx");
    let rules = format!("configs/own-server/web/redirects-{DOMAIN}.htaccess");
    answers_as_rendered(&serve_apache(&bench, &rules, false), "Apache, .htaccess");
    answers_as_rendered(&serve_apache(&bench, &rules, true), "Apache, host");
}

#[test]
fn addresses_of_sitemaps_and_lists_wait_in_the_table_and_others_stay_out() {
    let bench = bench();
    let inventory = bench.text("inventory.yaml");
    for kind in ["kind: sitemap", "kind: links"] {
        assert!(inventory.contains(kind), "{kind}\n{inventory}");
    }
    let table = bench.text(&format!("configs/own-server/web/addresses-{DOMAIN}.csv"));
    for path in ["/quienes-somos", "/empacada", "/de-la-lista"] {
        assert!(table.contains(&format!("\"{path}\",\"\",")), "{path}\n{table}");
    }
    // What Squarespace calls /blog/x is suggested, not decided.
    assert!(table.contains("\"/blog/hola\",\"\",\"/hola/\""), "{table}");
    assert!(!table.contains("otra.example"), "{table}");
    // What was decided comes back when the table is used again.
    let before = bench.text(&format!("configs/own-server/web/redirects-{DOMAIN}.conf"));
    let again = table.replace("\"/de-la-lista\",\"\"", "\"/de-la-lista\",\"/lista/\"");
    fs::remove_file(bench.dir().join("evidence/redirects.csv")).unwrap();
    bench.put("evidence/addresses.csv", again);
    rendered(&bench, "own-server", true);
    let after = bench.text(&format!("configs/own-server/web/redirects-{DOMAIN}.conf"));
    assert_eq!(before.matches("return 302").count() + 1, after.matches("return 302").count());
}

#[test]
fn what_can_not_be_told_is_named_and_the_rest_is_there() {
    let table = "old,new\n/buena,/b\n/a//b,/x\n/vuelta,/vuelta-2\n/vuelta-2,/vuelta\n/$uno,/x\n/mala,javascript:alert(1)\nno es,/x\n";
    let bench = case("rio-claro").file("evidence/redirects.csv", table).file("evidence/sitemap.xml", "<?xml version=\"1.0\"?><urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\"><url><loc>https://rioclaro.example/x</loc>");
    planned(&bench, "own-server");
    let ran = render(&bench, &answers("own-server")).ok();
    assert!(ran.stderr.contains("evidence/redirects.csv:8"), "{ran}");
    assert!(ran.stderr.contains("evidence/sitemap.xml"), "{ran}");
    for path in files(&bench, "redirects-rioclaro.example.conf").iter().chain(&files(&bench, ".htaccess")) {
        let text = bench.text(path);
        for old in ["/a//b", "/vuelta", "/vuelta-2", "/$uno", "/mala"] {
            assert!(text.lines().any(|l| l.starts_with("# Left out") && l.contains(old)), "{path}: {old}\n{text}");
        }
        let active: Vec<&str> = text.lines().filter(|l| !l.starts_with('#')).collect();
        assert!(active.iter().any(|l| l.contains("/buena")), "{path}");
        assert!(!active.iter().any(|l| l.contains("vuelta") || l.contains("javascript")), "{path}");
    }
}

#[test]
fn rules_by_pattern_are_commented_out_and_work_when_the_mark_is_taken_off() {
    let bench = bench();
    let rules = format!("configs/own-server/web/redirects-{DOMAIN}.conf");
    let text = bench
        .text(&rules)
        .replace("\n#location", "\nlocation")
        .replace("\n#    return", "\n    return")
        .replace("\n#}", "\n}");
    assert!(text.contains("location ~ \"^/blog/"), "{text}");
    bench.put("nginx-rules", text);
    let text =
        bench.text(&format!("configs/own-server/web/redirects-{DOMAIN}.htaccess")).replace("\n#Rewrite", "\nRewrite");
    bench.put("apache-rules", text);
    let servers =
        [("nginx", serve_nginx(&bench, "nginx-rules")), ("Apache", serve_apache(&bench, "apache-rules", false))];
    for (what, server) in &servers {
        for path in ["/blog/hola-a-todas", "/blog/hola-a-todas/"] {
            assert_eq!(ask(server, DOMAIN, path), ("302".into(), format!("https://{DOMAIN}/hola-a-todas/")), "{what}");
        }
        // What would end the answer's head is not let through.
        let (_, location) = ask(server, DOMAIN, "/blog/x%0d%0aSet-Cookie:%20y=1");
        assert_eq!(location, "", "{what}");
    }
}

/// What WP-CLI's own pages name; anything else is refused, as `wp` itself does.
const WP: &str = r#"case "$1 $2" in "media import") known='--porcelain=url';; esac
case "$1" in import) known='--authors=create --skip=attachment';;
    search-replace) known='--skip-columns=guid --all-tables-with-prefix --report-changed-only --dry-run';;
    post) known='--post_type=page,post --format=count';; esac
for a in "$@"; do case $a in --*) case " ${known:-} " in *" $a "*) ;; *) echo "unknown parameter $a" >&2; exit 1;; esac;; esac; done"#;

/// The folder of an address's picture, as the script names it: POSIX's `cksum`.
fn place(address: &str) -> String {
    let mut command = Command::new(need("sh"));
    command.args(["-c", "printf '%s' \"$1\" | cksum | cut -d' ' -f1", "sh", address]);
    finish(command, b"", &["cksum"]).ok().stdout.trim().to_owned()
}

/// A folder with programs that only take down how they were called.
pub(super) fn stubs(bench: &Bench, names: &[&str]) -> String {
    use std::os::unix::fs::PermissionsExt as _;
    for name in names {
        let path = format!("stubs/{name}");
        let known = if *name == "wp" { WP } else { "" };
        bench.put(&path, format!("#!/bin/sh\nprintf '%s' '{name}' >> calls\nprintf ' <%s>' \"$@\" >> calls\necho >> calls\n{known}\nfor a in \"$@\"; do case $a in --output-document=*) echo x >\"${{a#*=}}\";; esac; done\n[ \"$1 $2\" != 'post list' ] || echo 7\n[ \"$1 $2\" != 'media import' ] || echo \"https://nuevo.example/${{3##*/}}\"\n"));
        fs::set_permissions(bench.dir().join(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }
    format!("{}:{}", bench.dir().join("stubs").display(), std::env::var("PATH").unwrap())
}

pub(super) fn script(bench: &Bench, path: &str, args: &[&str], search: &str) -> crate::support::Ran {
    let mut command = Command::new(need("sh"));
    bench.settle(&mut command);
    command.env("PATH", search).arg(path).args(args);
    finish(command, b"", args)
}

#[test]
fn the_scripts_look_first_and_delete_nothing() {
    let wxr = "<rss><channel><item><wp:attachment_url><![CDATA[https://viejo.example/a/uno.jpg?x=1&y=2]]></wp:attachment_url></item>\
        <item><wp:attachment_url>https://viejo.example/b/uno.jpg?x=1&amp;y=2</wp:attachment_url></item>\
        <item><wp:attachment_url>file:///etc/passwd</wp:attachment_url></item></channel></rss>";
    let bench = bench();
    bench.put("export.xml", wxr);
    let search = stubs(&bench, &["wp", "wget"]);
    let calls = |bench: &Bench| {
        let said = fs::read_to_string(bench.dir().join("calls")).unwrap_or_default();
        let _ = fs::remove_file(bench.dir().join("calls"));
        said
    };
    let mirror = format!("configs/own-server/web/mirror-{DOMAIN}.sh");
    script(&bench, &mirror, &["look"], &search).ok();
    let said = calls(&bench);
    assert!(said.contains("<--spider>") && said.contains(&format!("<https://{DOMAIN}/>")), "{said}");
    script(&bench, &mirror, &["copy", "cdn.example.net"], &search).ok();
    let said = calls(&bench);
    assert!(
        said.contains("<--mirror>") && said.contains(&format!("<--domains={DOMAIN},www.{DOMAIN},cdn.example.net>")),
        "{said}"
    );
    for bad in [&["copy", "-x"][..], &["copy", "a b"], &["copy", "$(id)"], &[], &["delete"]] {
        script(&bench, &mirror, bad, &search).exits(2);
        assert_eq!(calls(&bench), "", "{bad:?}");
    }
    let import = "configs/own-server/web/wordpress-import.sh";
    assert!(bench.has(import), "{:?}", files(&bench, ".sh"));
    let ran = script(&bench, import, &["media", "export.xml", "medios"], &search).ok();
    assert!(ran.stdout.contains("named in the export: 2"), "{ran}");
    // Each address has a folder of its own: two pictures of one name are kept apart, and what follows "?" is no name.
    let said = calls(&bench);
    assert_eq!(said.matches("uno.jpg.part>").count(), 2, "{said}");
    assert!(said.contains("<https://viejo.example/b/uno.jpg?x=1&y=2>") && !said.contains("passwd"), "{said}");
    let again = script(&bench, import, &["media", "export.xml", "medios"], &search).ok();
    assert!(!calls(&bench).contains("<--output-document"), "fetched twice: {again}");
    script(&bench, import, &["look", "export.xml", "medios"], &search).ok();
    let said = calls(&bench);
    assert!(!said.contains("<import>") && !said.contains("<db>"), "looking changes something: {said}");
    script(&bench, import, &["import", "export.xml", "medios"], &search).ok();
    let said = calls(&bench);
    let at = |word: &str| said.find(word).unwrap_or_else(|| panic!("{word}: {said}"));
    assert!(at("<db> <export>") < at("wp <import> <export.xml> <--authors=create> <--skip=attachment>"), "{said}");
    assert_eq!(said.matches("wp <media> <import> <medios/").count(), 2, "{said}");
    let replaced = "wp <search-replace> <https://viejo.example/a/uno.jpg?x=1&y=2> <https://nuevo.example/uno.jpg>";
    assert!(at("wp <media> <import>") < at(replaced), "{said}");
    // A second run brings no picture in again; one that is missing is named at the end.
    fs::remove_dir_all(bench.dir().join("medios").join(place("https://viejo.example/b/uno.jpg?x=1&y=2"))).unwrap();
    script(&bench, import, &["import", "export.xml", "medios"], &search).exits(2).says("b/uno.jpg");
    assert!(!calls(&bench).contains("<media>"));
    script(&bench, import, &["links", "https://viejo.example", "https://rioclaro.example"], &search).ok();
    assert!(calls(&bench).contains("<--dry-run>"));
    script(&bench, import, &["links", "https://viejo.example", "https://rioclaro.example", "--really"], &search).ok();
    let said = calls(&bench);
    assert!(said.find("<db> <export>") < said.find("<search-replace>") && !said.contains("--dry-run"), "{said}");
}

#[test]
fn the_page_of_embeds_says_what_takes_their_place_in_both_languages() {
    let page = "<!doctype html><html><head><title>x</title><link rel=stylesheet href=\"https://fonts.googleapis.com/css?family=Roboto\">\
        <script src=\"https://www.googletagmanager.com/gtag/js?id=G-1\"></script></head><body><p>hola</p></body></html>\n";
    let bench = case("rio-claro").file("evidence/inicio.html", page);
    rendered(&bench, "own-server", true);
    for (path, words) in [
        ("configs/own-server/web/embeds.md", ["Google Fonts", "@font-face", "evidence/inicio.html"]),
        ("configs/own-server/web/embeds.es.md", ["Google Fonts", "hoja de estilo", "evidence/inicio.html"]),
    ] {
        let text = bench.text(path).replace('\\', "");
        for word in words {
            assert!(text.contains(word), "{path}: {word}\n{text}");
        }
    }
}

#[test]
fn what_takes_the_place_of_an_embed_is_of_its_kind() {
    let page = "<!doctype html><html><head><title>x</title><link rel=stylesheet href=\"https://fonts.googleapis.com/css?family=Roboto\">\
        <script src=\"https://connect.facebook.net/en_US/fbevents.js\"></script></head>\
        <body><iframe src=\"https://www.youtube.com/embed/abc\"></iframe></body></html>\n";
    let bench = case("rio-claro").file("evidence/inicio.html", page);
    rendered(&bench, "may-first", true);
    let text = bench.text("configs/may-first/web/embeds.md").replace('\\', "");
    let part = |name: &str| {
        let all = text.split("\n## ").find(|p| p.starts_with(name));
        all.unwrap_or_else(|| panic!("no {name}: {text}")).to_owned()
    };
    let video = part("YouTube");
    assert!(video.contains("**Own files and plain links**") && video.contains("still picture"), "{video}");
    assert!(!video.contains("Local fonts") && part("Google Fonts").contains("**Local fonts**"), "{text}");
    let pixel = part("Facebook");
    assert!(pixel.contains("Nothing takes its place") && !pixel.contains("Matomo"), "{pixel}");
    assert!(pixel.matches("Until then").count() <= 1, "{pixel}");
    let plan: serde_json::Value = serde_yaml::from_str(&bench.text("plan/plan.yaml")).unwrap();
    let all = plan["assignments"].as_array().unwrap();
    let of = |from: &str, need: &str| all.iter().find(|a| a["from"] == from && a["need"] == need).unwrap();
    assert_eq!(of("youtube", "embeds")["to"], "own-files");
    assert_eq!(of("facebook", "analytics")["decision"], "let-go");
}
