//! The Ansible project for a group's own server: read by Ansible and its linter, run twice in a Debian root, and held
//! against the programs whose settings it writes.

use super::programs::files;
use super::*;
use std::fmt::Write as _;
use std::path::PathBuf;

/// Answers that the server's files need beside the others.
pub(super) fn server(address: &str) -> Vec<String> {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ ana@casa";
    let all = [
        &format!("server_host={address}"),
        "server_user=root",
        &format!("ssh_keys={key}"),
        "backup_repository=/srv/copies",
    ];
    let sets = all.iter().flat_map(|s| ["--set".to_owned(), format!("own-server.{s}")]);
    answers("own-server").into_iter().chain(sets).collect()
}

/// A program of the Python environment that `.ci/install` makes.
fn python(name: &str) -> PathBuf {
    let path = repository().join("target/ansible/bin").join(name);
    assert!(path.is_file(), "`{name}` is missing in target/ansible; .ci/install makes it");
    path
}

/// Runs one of them in a folder: whether it was content, and all that it said.
fn ansible(bench: &Bench, folder: &str, name: &str, args: &[&str]) -> (bool, String) {
    let mut command = Command::new(python(name));
    bench.settle(&mut command);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let tools =
        std::env::join_paths([repository().join("target/ansible/bin")].into_iter().chain(std::env::split_paths(&path)));
    command.current_dir(bench.dir().join(folder)).args(args).env("PATH", tools.unwrap()).envs([
        ("LC_ALL", "C.UTF-8"),
        ("ANSIBLE_NOCOLOR", "1"),
        ("ANSIBLE_PIPELINING", "1"),
        ("ANSIBLE_DEVEL_WARNING", "0"),
    ]);
    let out = command.output().unwrap();
    let text = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.success(), text)
}

const PROJECT: &str = "configs/own-server/ansible";

fn project() -> Bench {
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    render(&bench, &server("192.0.2.7")).ok();
    bench
}

#[test]
fn ansible_and_its_linter_are_content() {
    let bench = project();
    let (good, said) = ansible(&bench, PROJECT, "ansible-playbook", &["--syntax-check", "site.yml"]);
    assert!(good && !said.contains("WARNING"), "{said}");
    let (good, said) = ansible(&bench, PROJECT, "ansible-lint", &["--offline", "--strict"]);
    assert!(good && said.contains("Passed"), "{said}");
    let (good, said) = ansible(&bench, PROJECT, "yamllint", &["--strict", "."]);
    assert!(good, "{said}");
    for path in crate::support::tree(&bench.dir().join(PROJECT)).into_keys().filter(|p| p.contains("/files/")) {
        let (good, said) = program(&bench, "shellcheck", &[&format!("{PROJECT}/{path}")]);
        assert!(good, "{said}");
    }
    // Only what the plan moves there is set up, and only what is set up has a role.
    let roles: BTreeSet<String> = fs::read_dir(bench.dir().join(PROJECT).join("roles"))
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(roles, ["base", "mail", "nextcloud", "web", "wordpress"].map(str::to_owned).into());
    let site = bench.text(&format!("{PROJECT}/site.yml"));
    for role in roles.iter().filter(|r| *r != "web") {
        assert!(site.contains(&format!("role: {role}\n")), "{role}");
    }
    let readme = bench.text(&format!("{PROJECT}/README.md"));
    assert!(readme.contains("No role sets these up") && readme.contains("Jitsi"), "{readme}");
}

#[test]
fn a_group_without_files_to_move_has_no_role_for_them() {
    let bench = Bench::group("casa.example")
        .file("evidence/casa.example.zone", crate::support::zone("www IN CNAME ext-cust.squarespace.com.\n"));
    planned(&bench, "own-server");
    render(&bench, &server("192.0.2.8")).ok();
    let site = bench.text(&format!("{PROJECT}/site.yml"));
    assert!(!site.contains("nextcloud") && !bench.has(&format!("{PROJECT}/roles/nextcloud")), "{site}");
}

#[test]
fn what_nobody_has_said_is_asked_and_no_server_is_named() {
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    let ran = render(&bench, &[]).ok();
    let plan = bench.text("plan/plan.yaml");
    for key in ["server_host", "server_user", "ssh_keys", "backup_repository"] {
        assert!(ran.stdout.contains(&format!("own-server.{key}\n")), "{ran}");
        assert!(plan.contains(&format!("about: {key}\n")), "the plan does not ask for {key}");
    }
    // Asked for each domain already.
    assert_eq!(ran.stdout.matches("own-server.dkim_selector").count(), 1, "{ran}");
    let inventory = files(&bench, "rio-claro-vecinas-y-vecinos.yaml");
    assert!(bench.text(&inventory[0]).contains("# ASK own-server: server_host"));
    let (good, said) = ansible(&bench, PROJECT, "ansible-inventory", &["--list"]);
    assert!(good && !said.contains("ansible_host"), "{said}");
    let (good, said) = ansible(&bench, PROJECT, "ansible-playbook", &["--syntax-check", "site.yml"]);
    assert!(good, "{said}");
}

#[test]
fn a_network_has_one_inventory_in_which_every_value_is_only_a_value() {
    let bench = Bench::new();
    let evil = [
        "{{ lookup('pipe', 'touch canary') }}",
        "{% for x in [1] %}{{ lookup('pipe', 'touch canary') }}{% endfor %}",
        "{# x #}",
        "!unsafe \"x\"",
        "a\n- hosts: all\n",
        "ansible_connection: local",
    ];
    let names: Vec<&str> = evil.into_iter().chain(hostile::NAUGHTY.iter().copied()).collect();
    let mut wanted = BTreeSet::new();
    for (n, name) in names.iter().enumerate() {
        // Two groups of one name would be two servers of one name, which is refused.
        let name = format!("{name} {n}");
        let dir = format!("groups/{n:03}");
        let domain = format!("grupo{n}.example");
        bench.put(&format!("{dir}/group.yaml"), format!("name: {}\ndomains: [{domain}]\nsettings: {{own-server: {{server_host: s{n}.example.org, server_user: root}}}}\n", serde_json::to_string(&name).unwrap()));
        bench.put(&format!("{dir}/evidence/{domain}.zone"), format!("$ORIGIN {domain}.\n@ 3600 IN SOA ns.example.org. root.example.org. 1 7200 900 1209600 300\n@ 3600 IN NS ns.example.org.\n@ 3600 IN MX 1 aspmx.l.google.com.\n"));
        // A name that can be no group's is refused at once: it is not in the network.
        if bench.run(&["-C", &dir.to_string(), "inventory"]).exit != Some(0) {
            fs::remove_dir_all(bench.dir().join(&dir)).unwrap();
            continue;
        }
        bench.run(&["-C", &dir, "plan", "--to", "own-server"]).ok();
        wanted.insert(name);
    }
    // A name that some file can't carry (a control character in XML) stops that group only.
    let ran = bench.run(&["--json", "render", "--group-dirs", "groups"]);
    let told = ran.json();
    let failed = told["groups"].as_array().unwrap().iter().filter(|g| !g["error"].is_null()).count();
    assert_eq!(ran.exit, Some(if failed == 0 { 0 } else { 2 }), "{ran}");
    wanted.retain(|name| !name.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')));
    assert_eq!(told["groups"].as_array().unwrap().len(), wanted.len() + failed, "{ran}");
    assert!(wanted.len() > 30 && failed < 6, "{ran}");
    let (good, said) = ansible(&bench, "groups/configs/own-server/ansible", "ansible-inventory", &["--list"]);
    let list: serde_json::Value =
        serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap_or_else(|e| panic!("{e}: {said}"));
    let hosts = list["_meta"]["hostvars"].as_object().unwrap();
    let read: BTreeSet<String> =
        hosts.values().map(|h| h["base_group_name"]["__ansible_unsafe"].as_str().unwrap().to_owned()).collect();
    assert!(good);
    assert_eq!(read, wanted);
    assert_eq!(hosts.len(), wanted.len());
    // Used by a role, they stay what they are.
    bench.put("groups/configs/own-server/ansible/try.yml", "---\n- name: Try\n  hosts: decamp\n  gather_facts: false\n  connection: local\n  tasks:\n    - name: Say\n      ansible.builtin.debug:\n        msg: \"<{{ base_group_name }}> {{ base_group_name | quote }}\"\n");
    let (good, said) = ansible(&bench, "groups/configs/own-server/ansible", "ansible-playbook", &["try.yml"]);
    assert!(good && said.contains("<{{ lookup('pipe', 'touch canary') }} 0>"), "{said}");
    assert!(
        crate::support::tree(&bench.dir()).into_keys().all(|p| p.rsplit('/').next() != Some("canary")),
        "it was run"
    );
    let (good, said) =
        ansible(&bench, "groups/configs/own-server/ansible", "ansible-playbook", &["--syntax-check", "site.yml"]);
    assert!(good, "{said}");
    // One group by itself.
    let one = hosts.keys().next().unwrap();
    let (_, said) = ansible(
        &bench,
        "groups/configs/own-server/ansible",
        "ansible-playbook",
        &["--list-hosts", "--limit", one, "site.yml"],
    );
    assert!(said.contains("hosts (1)") && !said.contains(&format!("hosts ({})", hosts.len())), "{said}");
    // Rendered again, nothing was edited by hand.
    let again = bench.run(&["render", "--group-dirs", "groups"]);
    assert_eq!(again.exit, ran.exit, "{again}");
}

/// The Debian root in which roles are run: made by `.ci/install`, kept for the next time.
fn root() -> PathBuf {
    let root = repository().join("target/server-root");
    assert!(root.join("etc/debian_version").is_file(), "target/server-root is missing; .ci/install makes it");
    root
}

/// Runs a program in that root.
fn inside(root: &Path, args: &[&str]) -> (bool, String) {
    let out = Command::new(need("chroot")).arg(root).args(args).env("LC_ALL", "C").output().unwrap();
    let text = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    (out.status.success(), text)
}

#[test]
fn roles_run_twice_change_nothing_the_second_time() {
    let root = root();
    let bench = case("rio-claro");
    planned(&bench, "own-server");
    render(&bench, &server(root.to_str().unwrap())).exits(2).says("server_host");
    render(&bench, &server("192.0.2.7")).ok();
    // Something to do, also when the root is an old one.
    for path in
        ["etc/decamp", "etc/nginx/conf.d/decamp.conf", "etc/postfix/main.cf", "etc/systemd/system/decamp-backup.timer"]
    {
        let path = root.join(path);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    let secrets = ["una-frase-larga-para-probar-1", "una-frase-larga-para-probar-2"];
    let vars = format!(
        "base_backup_password: {}\nnextcloud_admin_password: {}\nmail_accounts: [{{address: ana@rioclaro.example, aliases: [info@rioclaro.example]}}, {{address: beto@rioclaro.example, aliases: []}}]\nmail_passwords: {{ana@rioclaro.example: \"{{SHA512-CRYPT}}$6$abc$def\", beto@rioclaro.example: \"{{SHA512-CRYPT}}$6$abc$def\"}}\n",
        secrets[0], secrets[1]
    );
    bench.put("vault.yml", vars);
    let mut args = vec!["site.yml".to_owned(), "--skip-tags=service".to_owned(), "--diff".to_owned()];
    for text in [
        "@../../../vault.yml",
        "ansible_connection=community.general.chroot",
        &format!("ansible_host={}", root.display()),
        "ansible_become=false",
        "ansible_python_interpreter=/usr/bin/python3",
    ] {
        args.extend(["-e".to_owned(), text.to_owned()]);
    }
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let (good, said) = ansible(&bench, PROJECT, "ansible-playbook", &args);
    assert!(good && said.contains("failed=0") && !said.contains("changed=0"), "{said}");
    for secret in secrets {
        assert!(!said.contains(secret), "a secret is shown");
    }
    let (good, said) = ansible(&bench, PROJECT, "ansible-playbook", &args);
    assert!(good && said.contains("changed=0 "), "{said}");
    println!("summary: roles in a Debian root: {}", said.lines().rfind(|l| l.contains("changed=")).unwrap_or_default());

    // What they wrote is accepted by the programs for which it is.
    let checks: &[&[&str]] = &[
        &["nginx", "-t"],
        &["php-fpm8.2", "-t"],
        &["doveconf", "-n"],
        &["postfix", "check"],
        &["rspamadm", "configtest"],
        &["php", "-l", "/etc/wordpress/config-rioclaro.example.php"],
        &["sh", "-n", "/etc/decamp/backup.d/wordpress.dump"],
    ];
    for check in checks {
        let (good, said) = inside(&root, check);
        assert!(good, "{check:?}: {said}");
    }
    let (_, said) = inside(&root, &["postmap", "-q", "info@rioclaro.example", "texthash:/etc/postfix/decamp-aliases"]);
    assert_eq!(said.trim(), "ana@rioclaro.example");
    for unit in ["decamp-backup.service", "decamp-backup.timer", "nextcloud-cron.service", "nextcloud-cron.timer"] {
        let path = root.join("etc/systemd/system").join(unit);
        let out = Command::new(need("systemd-analyze"))
            .args(["verify", "--man=no", &format!("--root={}", root.display())])
            .arg(path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert!(out.status.success() && !said.contains(unit), "{unit}: {said}");
    }
    // Secrets lie where only root reads them.
    let mut found = String::new();
    for (path, (mode, bytes)) in crate::support::tree(&root.join("etc")) {
        if secrets.iter().any(|s| bytes.windows(s.len()).any(|w| w == s.as_bytes())) {
            let _ = write!(found, "{path} {:o};", mode & 0o777);
        }
    }
    assert_eq!(found, "decamp/backup.password 600;");
}

#[test]
fn a_server_that_would_lock_its_people_out_is_left_alone() {
    let bench = project();
    let connection = format!(
        "{{ansible_connection: community.general.chroot, ansible_host: '{}', ansible_become: false, ansible_python_interpreter: /usr/bin/python3, base_backup_password: una-frase-larga-para-probar, nextcloud_admin_password: una-frase-larga-para-probar}}",
        root().display()
    );
    // Only what stands under the tag "always" runs.
    let base = ["site.yml", "--check", "--tags=never", "-e", &connection];
    for (extra, says) in [
        ("{base_ssh_keys: []}", "base_ssh_keys is empty"),
        ("{base_open_ports: [80]}", "port of SSH is missing"),
        ("{base_backup_repository: ''}", "base_backup_repository is empty"),
        ("{nextcloud_url: 'https://a.example; include /etc/passwd'}", "nextcloud_url is no address"),
        ("{base_domains: ['a.example; include /etc/passwd']}", "can't be"),
        ("{mail_accounts: [{address: \"a@b.example\\nroot\", aliases: []}]}", "can't write"),
    ] {
        let args: Vec<&str> = base.iter().copied().chain(["-e", extra]).collect();
        let (good, said) = ansible(&bench, PROJECT, "ansible-playbook", &args);
        let flat = said.replace('\n', " ");
        assert!(!good && flat.contains(says) && flat.contains("Nothing was changed"), "{extra}: {said}");
    }
}

#[test]
fn the_other_ways_to_a_server_are_told_step_by_step() {
    for (provider, word) in [("yunohost", "yunohost app install"), ("coop-cloud", "abra app deploy")] {
        let bench = case("rio-claro");
        planned(&bench, provider);
        render(&bench, &[]).ok();
        for path in ["steps.md", "steps.es.md"] {
            let text = bench.text(&format!("configs/{provider}/server/{path}"));
            assert!(text.contains(word) && text.contains("Nextcloud"), "{text}");
        }
    }
}
