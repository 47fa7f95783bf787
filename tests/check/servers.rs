//! Real servers on loopback, each with a certificate of the test's own authority, until they are dropped.

use crate::support::{Bench, need};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The password of everybody.
pub(crate) const PASSWORD: &str = "c4n4ry \"secreta\" %d";

/// A port that was free a moment ago.
pub(crate) fn port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// `id -u` and `id -un`.
fn who(flag: &str) -> String {
    let said = Command::new("id").arg(flag).output().unwrap().stdout;
    String::from_utf8(said).unwrap().trim().to_owned()
}

/// A folder with `ca.pem`, `cert.pem` and `key.pem` for 127.0.0.1 and localhost, that servers may look into.
pub(crate) fn certified(prefix: &str) -> tempfile::TempDir {
    let dir = tempfile::Builder::new().prefix(prefix).tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let mut authority = CertificateParams::new(Vec::<String>::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    // Of one name with what it signs, it would look like the same certificate.
    authority.distinguished_name.push(DnType::CommonName, "Autoridad de Casa Abierta");
    let key = KeyPair::generate().unwrap();
    fs::write(dir.path().join("ca.pem"), authority.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(authority, key);
    let own = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned(), "localhost".to_owned()]).unwrap();
    fs::write(dir.path().join("cert.pem"), params.signed_by(&own, &issuer).unwrap().pem()).unwrap();
    fs::write(dir.path().join("key.pem"), own.serialize_pem()).unwrap();
    dir
}

/// Waits until a server listens.
fn listens(port: u16, child: &mut Child, log: &Path) {
    let start = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = child.try_wait().unwrap();
        assert!(
            ended.is_none() && start.elapsed() < Duration::from_secs(30),
            "it does not listen ({ended:?}): {}",
            fs::read_to_string(log).unwrap_or_default()
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn stop(child: &mut Child) {
    // With SIGTERM it ends its own children too.
    let _ = Command::new("kill").arg(child.id().to_string()).status();
    let _ = child.wait();
}

/// Dovecot with one person's mail in a Maildir whose folders are folders.
pub(crate) struct Dovecot {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
    pub(crate) starttls: u16,
    child: Child,
}

/// How a Dovecot lets people in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Way {
    /// By password, as `ana`.
    Password,
    /// Only by a token (XOAUTH2), which it verifies itself; `ana@casaabierta.example` has the mail of `ana`.
    Token,
}

/// With what tokens are signed.
const KEY: &str = "c2VjcmV0by1kZS1sYS1wcnVlYmE=";

/// A token that lets an address in for an hour.
pub(crate) fn token(address: &str) -> String {
    const SIGN: &str = "import base64, hmac, json, sys, time\n\
        b = lambda x: base64.urlsafe_b64encode(x).rstrip(b'=')\n\
        now = int(time.time())\n\
        head = b(json.dumps({'alg': 'HS256', 'typ': 'JWT'}).encode())\n\
        body = b(json.dumps({'sub': sys.argv[2], 'iat': now - 60, 'nbf': now - 60, 'exp': now + 3600}).encode())\n\
        sign = b(hmac.new(base64.b64decode(sys.argv[1]), head + b'.' + body, 'sha256').digest())\n\
        print((head + b'.' + body + b'.' + sign).decode())";
    let said = Command::new(need("python3")).args(["-c", SIGN, KEY, address]).output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

impl Dovecot {
    /// With the mail of `ana` as `fill` writes it into her Maildir.
    pub(crate) fn serve(fill: impl FnOnce(&Path)) -> Self {
        Self::serve_by(Way::Password, fill)
    }

    /// The same, for those who come another way.
    pub(crate) fn serve_by(way: Way, fill: impl FnOnce(&Path)) -> Self {
        let dir = certified("decamp-dovecot-");
        let at = dir.path().display().to_string();
        let mail = dir.path().join("mail/ana");
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(mail.join(part)).unwrap();
        }
        fill(&mail);
        let root = who("-u") == "0";
        // Dovecot gives nobody's mail to root.
        let (uid, users) = if root {
            ("65534".to_owned(), String::new())
        } else {
            let name = who("-un");
            (who("-u"), format!("default_internal_user = {name}\ndefault_login_user = {name}\n"))
        };
        if root {
            let done = Command::new("chown").args(["-R", "65534:65534"]).arg(dir.path().join("mail")).status().unwrap();
            assert!(done.success());
        }
        let (port, starttls) = (port(), port());
        fs::write(dir.path().join("users"), format!("ana:{{PLAIN}}{PASSWORD}\n")).unwrap();
        let passdb = if way == Way::Password {
            format!("passdb {{\n  driver = passwd-file\n  args = username_format=%n {at}/users\n}}\n")
        } else {
            fs::create_dir_all(dir.path().join("keys/default/HS256")).unwrap();
            fs::write(dir.path().join("keys/default/HS256/default"), KEY).unwrap();
            let local = format!(
                "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={at}/keys/\nusername_attribute = sub\n"
            );
            fs::write(dir.path().join("oauth2.conf"), local).unwrap();
            format!(
                "auth_mechanisms = xoauth2\npassdb {{\n  driver = oauth2\n  mechanisms = xoauth2\n  args = {at}/oauth2.conf\n}}\n"
            )
        };
        let conf = format!(
            "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {at}/run\nstate_dir = {at}/state\nlog_path = {at}/log\n{users}\
             ssl = required\nssl_cert = <{at}/cert.pem\nssl_key = <{at}/key.pem\ndisable_plaintext_auth = yes\n\
             mail_location = maildir:{at}/mail/%n:LAYOUT=fs:INDEX=MEMORY\nfirst_valid_uid = 1\nmail_max_userip_connections = 50\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n}}\n\
             {passdb}\
             userdb {{\n  driver = static\n  args = uid={uid} gid={uid} home={at}/mail/%n\n}}\n\
             service imap-login {{\n  chroot =\n  inet_listener imap {{\n    port = {starttls}\n  }}\n  inet_listener imaps {{\n    port = {port}\n    ssl = yes\n  }}\n}}\n\
             service anvil {{\n  chroot =\n}}\nservice stats {{\n  chroot =\n}}\n"
        );
        fs::write(dir.path().join("dovecot.conf"), conf).unwrap();
        let errors = fs::File::create(dir.path().join("errors")).unwrap();
        let mut child = Command::new(need("dovecot"))
            .args(["-F", "-c", &format!("{at}/dovecot.conf")])
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        listens(port, &mut child, &dir.path().join("errors"));
        Self { dir, port, starttls, child }
    }

    /// The folder in which her mail lies.
    pub(crate) fn mail(&self) -> PathBuf {
        self.dir.path().join("mail/ana")
    }

    /// The authority's certificate.
    pub(crate) fn ca(&self) -> String {
        self.dir.path().join("ca.pem").display().to_string()
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Apache with `mod_dav` over TLS.
pub(crate) struct Apache {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
    child: Child,
}

impl Apache {
    /// With an empty folder at `/dav/`.
    pub(crate) fn serve() -> Self {
        let dir = certified("decamp-apache-");
        let at = dir.path().display().to_string();
        // Apache also writes its locks as the user that it becomes.
        let own = ["dav", "locks"].map(|name| dir.path().join(name));
        own.iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let port = port();
        let hashed = Command::new(need("htpasswd")).args(["-nbB", "ana", PASSWORD]).output().unwrap();
        fs::write(dir.path().join("users"), hashed.stdout).unwrap();
        let user = if who("-u") == "0" {
            let done = Command::new("chown").args(["-R", "www-data:www-data"]).args(&own).status().unwrap();
            assert!(done.success());
            "User www-data\nGroup www-data\n"
        } else {
            ""
        };
        let modules = [
            "mpm_event",
            "authn_core",
            "authn_file",
            "authz_core",
            "authz_user",
            "auth_basic",
            "dav",
            "dav_fs",
            "ssl",
            "mime",
            "alias",
            "dir",
        ]
        .map(|m| format!("LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"))
        .concat();
        let conf = format!(
            "ServerRoot {at}\nPidFile {at}/pid\nErrorLog {at}/log\nListen 127.0.0.1:{port}\nServerName localhost\n{modules}{user}\
             Mutex file:{at} default\nTypesConfig /dev/null\nDavLockDB {at}/locks/db\nDocumentRoot {at}/dav\nSSLEngine on\nSSLSessionCache none\nSSLCertificateFile {at}/cert.pem\nSSLCertificateKeyFile {at}/key.pem\n\
             Alias /dav {at}/dav\nAlias /remote.php/dav/files/ana {at}/dav\n<Directory {at}/dav>\n  Dav On\n  AuthType Basic\n  AuthName dav\n  AuthBasicProvider file\n  AuthUserFile {at}/users\n  Require valid-user\n</Directory>\n"
        );
        fs::write(dir.path().join("apache.conf"), conf).unwrap();
        let errors = fs::File::create(dir.path().join("errors")).unwrap();
        let mut child = Command::new(need("apache2"))
            .args(["-D", "FOREGROUND", "-f", &format!("{at}/apache.conf")])
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        listens(port, &mut child, &dir.path().join("errors"));
        Self { dir, port, child }
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Radicale over TLS.
pub(crate) struct Radicale {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) port: u16,
    child: Child,
}

impl Radicale {
    /// With the calendars and address books that `fill` writes into the folder of `ana`.
    pub(crate) fn serve(fill: impl FnOnce(&Path)) -> Self {
        let dir = certified("decamp-radicale-");
        let at = dir.path().display().to_string();
        let own = dir.path().join("store/collection-root/ana");
        fs::create_dir_all(&own).unwrap();
        fill(&own);
        fs::write(dir.path().join("users"), format!("ana:{PASSWORD}\n")).unwrap();
        let port = port();
        let conf = format!(
            "[server]\nhosts = 127.0.0.1:{port}\nssl = True\ncertificate = {at}/cert.pem\nkey = {at}/key.pem\n\
             [auth]\ntype = htpasswd\nhtpasswd_filename = {at}/users\nhtpasswd_encryption = plain\n\
             [storage]\nfilesystem_folder = {at}/store\n"
        );
        fs::write(dir.path().join("config"), conf).unwrap();
        let errors = fs::File::create(dir.path().join("errors")).unwrap();
        let mut child = Command::new(need("radicale"))
            .args(["--config", &format!("{at}/config")])
            .stdout(Stdio::null())
            .stderr(errors)
            .spawn()
            .unwrap();
        listens(port, &mut child, &dir.path().join("errors"));
        Self { dir, port, child }
    }
}

impl Drop for Radicale {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// A workspace without a group, with the password where a command finds it.
pub(crate) fn bench() -> Bench {
    Bench::new().file("password", format!("{PASSWORD}\nmore lines are no part of it\n"))
}
