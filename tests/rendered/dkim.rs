//! The rendered set-up of OpenDKIM, with Postfix on loopback: what is sent is signed, and the signature holds against the
//! rendered zone.

use super::*;
use crate::check::servers::port;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

const DKIM_FILES: &str = "configs/own-server/mail/dkim";

/// Programs that are ended when the test is.
struct Running(Vec<Child>);

impl Drop for Running {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = Command::new("kill").arg(child.id().to_string()).status();
            let _ = child.wait();
        }
    }
}

/// Only root starts Postfix; who is not root asks to be.
fn as_root(program: &Path) -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    if root {
        return Command::new(program);
    }
    let mut command = Command::new("sudo");
    command.arg("-n").arg(program);
    command
}

fn answers_at(port: u16) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(30) {
        if TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

/// Takes one letter by SMTP, as the server of somebody else.
fn receive(listener: TcpListener) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    listener.set_nonblocking(true).unwrap();
    let mut stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(_) => assert!(Instant::now() < deadline, "Postfix sends nothing on"),
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    stream.set_nonblocking(false).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(b"220 fuera.example\r\n").unwrap();
    let (mut letter, mut inside) = (String::new(), false);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap() == 0 {
            return letter;
        }
        if inside {
            if line == ".\r\n" {
                stream.write_all(b"250 ok\r\n").unwrap();
                return letter;
            }
            letter.push_str(line.strip_prefix('.').filter(|l| l.starts_with('.')).unwrap_or(&line));
        } else if line.starts_with("DATA") {
            stream.write_all(b"354 go on\r\n").unwrap();
            inside = true;
        } else {
            stream.write_all(b"250 ok\r\n").unwrap();
        }
    }
}

/// Postfix with nothing of the machine's own, that takes mail on a port and hands it on to another.
fn postfix(dir: &Path, takes: u16, gives: u16, milter: u16) -> Running {
    let at = dir.display();
    for part in ["etc", "data", "queue"] {
        fs::create_dir_all(dir.join(part)).unwrap();
    }
    fs::write(dir.join("etc/main.cf"), format!("compatibility_level = 3.6\nqueue_directory = {at}/queue\ndata_directory = {at}/data\ncommand_directory = /usr/sbin\ndaemon_directory = /usr/lib/postfix/sbin\nmail_owner = postfix\nsetgid_group = postdrop\nmyhostname = correo.rioclaro.example\nmydestination =\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmynetworks = 127.0.0.0/8\nrelayhost = [127.0.0.1]:{gives}\nsmtp_dns_support_level = disabled\nsmtpd_milters = inet:127.0.0.1:{milter}\nnon_smtpd_milters = $smtpd_milters\nmilter_default_action = tempfail\nmaillog_file = /dev/stdout\n")).unwrap();
    let services = "cleanup unix n - n - 0 cleanup\nqmgr unix n - n 300 1 qmgr\nrewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\ntrace unix - - n - 0 bounce\nproxymap unix - - n - - proxymap\nanvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\nsmtp unix - - n - - smtp\nrelay unix - - n - - smtp\nerror unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\npostlog unix-dgram n - n - 1 postlogd\n";
    fs::write(dir.join("etc/master.cf"), format!("127.0.0.1:{takes} inet n - n - - smtpd\n{services}")).unwrap();
    let done = as_root(Path::new("/bin/chown")).args(["-R", "root:root"]).arg(dir.join("etc")).status().unwrap();
    assert!(done.success());
    let done = as_root(Path::new("/bin/chown")).args(["-R", "postfix"]).arg(dir.join("data")).status().unwrap();
    assert!(done.success());
    let log = fs::File::create(dir.join("log")).unwrap();
    let child = as_root(&need("postfix"))
        .args(["-c", dir.join("etc").to_str().unwrap(), "start-fg"])
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap();
    Running(vec![child])
}

#[test]
fn one_program_signs() {
    let bench = case("rio-claro");
    rendered(&bench, "own-server", true);
    assert!(!bench.has(DKIM_FILES), "Rspamd signs there");
    for (page, words) in [("README.md", "no OpenDKIM"), ("README.es.md", "nada de OpenDKIM")] {
        let page = bench.text(&format!("configs/own-server/ansible/{page}"));
        assert!(page.contains(words) && page.contains("/var/lib/rspamd/dkim/SELECTOR.txt"), "{page}");
    }
    // The zones of all domains hold one value: so there is one key.
    let made = bench.text("configs/own-server/ansible/roles/mail/tasks/services.yml");
    assert!(made.contains("--privkey=/var/lib/rspamd/dkim/{{ mail_dkim_selector }}.key"), "{made}");
}

/// A mail server that the group has set up itself: there the provider's templates set up nothing.
pub(super) fn own_server_without_templates() -> String {
    let known = fs::read_to_string(repository().join("playbooks/providers/own-server.yaml")).unwrap();
    let (before, rest) = known.split_once("\ntemplates:\n").unwrap();
    let after = rest.split_once("\nsettings:\n").unwrap().1;
    format!("{before}\nsettings:\n{after}")
}

#[test]
fn what_postfix_sends_is_signed_and_holds_against_the_rendered_zone() {
    let bench = case("rio-claro").file("own/providers/own-server.yaml", own_server_without_templates());
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "own-server", "--playbooks", "own"]).ok();
    let mut all = answers("own-server");
    all.extend(["--playbooks".into(), "own".into()]);
    let without: Vec<String> = all.chunks(2).filter(|c| !c[1].contains("dkim_")).flatten().cloned().collect();
    // While nobody has chosen a selector nothing is signed, and the script says so.
    render(&bench, &without).ok();
    let script = format!("{DKIM_FILES}/dkim.sh");
    let (good, said) = program(&bench, "sh", &[&script]);
    assert!(!good && said.contains("ASK: dkim_selector"), "{said}");
    assert!(bench.text(&format!("{DKIM_FILES}/KeyTable")).contains("# ASK own-server: dkim_selector"));
    let mut given = without.clone();
    given.extend(["--set".into(), "own-server.dkim_selector=casa2027".into()]);
    render(&bench, &given).ok();
    let (good, said) = program(&bench, "shellcheck", &[&script]);
    assert!(good, "{said}");
    // The rehearsal makes no key.
    let keys = bench.top().join("keys");
    let run = |args: &[&str]| {
        let mut command = as_root(Path::new("/usr/bin/env"));
        command.current_dir(bench.dir()).arg(format!("DKIM_KEYS={}", keys.display())).arg("sh").arg(&script).args(args);
        finish(command, b"", args).ok()
    };
    run(&[]);
    assert!(!keys.exists());
    let ran = run(&["--run"]);
    let value = ran.stdout.lines().find_map(|l| l.strip_prefix("dkim_value: ")).unwrap().to_owned();
    assert!(value.starts_with("v=DKIM1; h=sha256; k=rsa;") && value.contains("p=MII"), "{value}");
    let again = run(&["--run"]);
    assert!(again.stdout.contains("there already") && again.stdout.contains(&value), "{again}");
    // The value goes into the zone.
    given.extend(["--set".into(), format!("own-server.dkim_value={value}")]);
    given.push("--force".into());
    render(&bench, &given).ok();
    let zone = zone_files(&bench, "rioclaro.example").unwrap()[1].clone();
    let records = canonical(&bench, "rioclaro.example", &zone);
    let name = "casa2027._domainkey.rioclaro.example.";
    let in_zone = of(&records, name, "TXT")[0].1.replace("\" \"", "");
    assert_eq!(in_zone.trim_matches('"').replace("\\;", ";"), value);

    // The rendered configuration, but for where the keys lie, the port, and files of the machine's own.
    let milter = port();
    let etc = bench.top().join("opendkim");
    fs::create_dir_all(&etc).unwrap();
    let here = |text: &str| text.replace("/etc/dkimkeys", &keys.display().to_string());
    let table = fs::read_to_string(bench.dir().join(format!("{DKIM_FILES}/KeyTable"))).unwrap();
    fs::write(etc.join("KeyTable"), here(&table)).unwrap();
    let done = as_root(Path::new("/usr/bin/install"))
        .args(["-m", "600", "-o", "opendkim"])
        .arg(etc.join("KeyTable"))
        .arg(keys.join("KeyTable"))
        .status()
        .unwrap();
    assert!(done.success());
    let pid = etc.join("pid");
    let conf = here(&bench.text(&format!("{DKIM_FILES}/opendkim.conf")))
        .replace("inet:8891@127.0.0.1", &format!("inet:{milter}@127.0.0.1"))
        .replace("/run/opendkim/opendkim.pid", &pid.display().to_string());
    // A folder for temporary files is no safe place for a key, which OpenDKIM would refuse.
    fs::write(etc.join("opendkim.conf"), conf + "RequireSafeKeys no\n").unwrap();
    // OpenDKIM becomes a user of its own, who must reach the keys.
    for folder in [bench.top().to_path_buf(), etc.clone()] {
        fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    let log = fs::File::create(etc.join("log")).unwrap();
    let opendkim = as_root(&need("opendkim"))
        .args(["-f", "-x", etc.join("opendkim.conf").to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let _milter = Running(vec![opendkim]);
    assert!(answers_at(milter), "{}", fs::read_to_string(etc.join("log")).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (takes, gives) = (port(), listener.local_addr().unwrap().port());
    let postfix_dir = tempfile::Builder::new().prefix("decamp-postfix-").tempdir().unwrap();
    fs::set_permissions(postfix_dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let _postfix = postfix(postfix_dir.path(), takes, gives, milter);
    let said = || fs::read_to_string(postfix_dir.path().join("log")).unwrap();
    assert!(answers_at(takes), "{}", said());
    let receiver = std::thread::spawn(move || receive(listener));
    const SEND: &str = "import smtplib, sys\ns = smtplib.SMTP('127.0.0.1', int(sys.argv[1]))\ns.sendmail('ana@rioclaro.example', ['bea@fuera.example'], 'From: Ana <ana@rioclaro.example>\\r\\nTo: bea@fuera.example\\r\\nSubject: Asamblea\\r\\nMessage-ID: <1@rioclaro.example>\\r\\nDate: Tue, 01 Dec 2026 10:00:00 +0000\\r\\n\\r\\nHola  a  todas.\\r\\n\\r\\n')\ns.quit()\n";
    let (good, sent) = program(&bench, "python3", &["-c", SEND, &takes.to_string()]);
    assert!(good, "{sent} {}", said());
    let letter = receiver.join().unwrap();
    assert!(
        letter.contains("DKIM-Signature:") && letter.contains("s=casa2027") && letter.contains("d=rioclaro.example"),
        "{letter}\n{}",
        said()
    );
    bench.put("letter.eml", &letter);
    bench.put("key.txt", in_zone.trim_matches('"').replace("\\;", ";"));
    // Another program verifies it, with the record of the rendered zone in place of the network.
    const VERIFY: &str = "import dkim, sys\nasked = []\ndef txt(name, timeout=5):\n    asked.append(name.decode() if isinstance(name, bytes) else name)\n    return open('key.txt', 'rb').read().strip()\nletter = open(sys.argv[1], 'rb').read()\ngood = dkim.verify(letter, dnsfunc=txt)\nprint(good, asked)\n";
    let (_, said) = program(&bench, "/usr/bin/python3", &["-c", VERIFY, "letter.eml"]);
    assert_eq!(said.trim(), "True ['casa2027._domainkey.rioclaro.example.']");
    bench.put("changed.eml", letter.replace("Hola", "Adios"));
    let (_, said) = program(&bench, "/usr/bin/python3", &["-c", VERIFY, "changed.eml"]);
    assert!(said.starts_with("False"), "{said}");
}
