//! What is left at a cloud: the scripts are run with stand-ins for the programs that they call, and with the real rclone.

use super::programs::files;
use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

/// Names of buckets, tags and databases that would do something if a shell read them.
const EVIL: &[&str] = &[
    "$(touch canary)",
    "`touch canary`",
    "a'; touch canary; '",
    "a\"; touch canary; \"",
    "-oProxyCommand=touch canary",
    "--config=canary",
    "a\ntouch canary\n",
    "../../canary",
    "a|touch canary",
    "{{x}} ñandú",
    "\u{202e}gpj.exe",
];

/// Terraform's state with buckets, two databases, a machine, and secrets beside them.
fn state(names: &[&str]) -> String {
    let buckets: Vec<serde_json::Value> =
        names.iter().map(|n| serde_json::json!({"attributes": {"bucket": n, "region": "us-east-1"}})).collect();
    serde_json::json!({"version": 4, "terraform_version": "1.9.0", "lineage": "x", "serial": 3, "resources": [
        {"mode": "managed", "type": "aws_s3_bucket", "name": "b", "instances": buckets},
        {"mode": "managed", "type": "aws_db_instance", "name": "d", "instances": [{"attributes": {"identifier": "casa-pg", "engine": "postgres", "engine_version": "15.4", "address": "casa.abc.us-east-1.rds.amazonaws.com", "port": 5433, "username": "$(touch canary)", "password": "SECRETO-UNO"}}]},
        {"mode": "managed", "type": "aws_db_instance", "name": "e", "instances": [{"attributes": {"identifier": "casa-my", "engine": "mariadb", "address": "otra.abc.us-east-1.rds.amazonaws.com", "port": 3306, "username": "casa", "password": "SECRETO-DOS"}}]},
        {"mode": "managed", "type": "aws_db_instance", "name": "f", "instances": [{"attributes": {"identifier": "casa-ora", "engine": "oracle-se2", "address": "x.example.org"}}]},
        {"mode": "managed", "type": "aws_instance", "name": "m", "instances": [{"attributes": {"id": "i-0abc", "instance_type": "t3.small", "user_data": "#!/bin/sh\nexport CLAVE=SECRETO-TRES"}}]},
    ]})
    .to_string()
}

pub(super) fn made(names: &[&str]) -> Bench {
    let bench = Bench::group("casa.example").file("evidence/estado.tfstate", state(names));
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench
}

/// A program that writes down how it was called, each argument between marks, and then does `more`.
fn stand_in(bench: &Bench, name: &str, more: &str) {
    let path = bench.top().join("bin").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let log = bench.top().join("calls").display().to_string();
    fs::write(&path, format!("#!/bin/sh\n{{ printf '{name}'; for a in \"$@\"; do printf ' <%s>' \"$a\"; done; printf ' host=%s user=%s mode=%s base=%s\\n' \"${{PGHOST:-}}\" \"${{PGUSER:-}}\" \"${{PGSSLMODE:-}}\" \"${{PGDATABASE:-}}\"; }} >>'{log}'\n{more}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Runs a script in the workspace with the stand-ins first: whether it was content, what it said, and the calls.
fn run(bench: &Bench, shell: &str, args: &[&str]) -> (bool, String, String) {
    let _ = fs::remove_file(bench.top().join("calls"));
    let mut command = Command::new(need(shell));
    bench.settle(&mut command);
    let path = format!("{}:/usr/bin:/bin", bench.top().join("bin").display());
    let out = command.args(args).current_dir(bench.dir()).env("PATH", path).output().unwrap();
    let said = [out.stdout, out.stderr].map(|b| String::from_utf8_lossy(&b).into_owned()).concat();
    let calls = fs::read_to_string(bench.top().join("calls")).unwrap_or_default();
    let harm = crate::support::tree(bench.top())
        .into_keys()
        .any(|p| p.rsplit('/').next() == Some("canary") && bench.top().join(&p).is_file());
    assert!(!harm, "a name was run: {said}");
    (out.status.success(), said, calls)
}

#[test]
fn buckets_are_rehearsed_copied_and_compared_whatever_they_are_called() {
    let names: Vec<&str> = ["casa-fotos", "casa-copias"].into_iter().chain(EVIL.iter().copied()).collect();
    let bench = made(&names);
    bench.run(&["render"]).ok();
    let script = "configs/aws-s3/copy-buckets.sh";
    // Names that look like commands are meant to stay in single quotes.
    let (good, said) = program(&bench, "shellcheck", &["--exclude=SC2016", script]);
    assert!(good, "{said}");
    stand_in(&bench, "rclone", "");
    for shell in ["dash", "bash"] {
        let (good, said, calls) = run(&bench, shell, &[script, "copia"]);
        assert!(good, "{said}");
        assert!(calls.matches(" <--dry-run>").count() == names.len() && !calls.contains("<check>"), "{calls}");
        for name in &names {
            assert!(calls.contains(&format!("<old:{name}>")), "{name:?}: {calls}");
        }
        let (good, said, calls) = run(&bench, shell, &[script, "copia", "--really"]);
        assert!(good && said.contains("all was copied"), "{said}");
        assert!(!calls.contains("dry-run") && calls.matches("<check>").count() == names.len(), "{calls}");
        let first: Vec<&str> = calls.lines().filter_map(|l| l.strip_prefix("rclone <")?.split('>').next()).collect();
        assert!(first.iter().all(|word| ["copy", "check"].contains(word)), "{first:?}");
    }
    // One that fails is told, and the others are copied.
    stand_in(&bench, "rclone", "case \"$*\" in *old:casa-fotos*) exit 1 ;; esac");
    let (good, said, calls) = run(&bench, "sh", &[script, "copia", "--really"]);
    assert!(!good && said.contains("NOT all of casa-fotos") && calls.contains("<old:casa-copias>"), "{said}");
    let (good, ..) = run(&bench, "sh", &[script]);
    assert!(!good);
}

#[test]
fn the_real_rclone_copies_and_compares() {
    let bench = made(&["casa-fotos", "$(touch canary)"]);
    let old = bench.top().join("old");
    for (path, text) in [("casa-fotos/a b/ñ.txt", "uno"), ("casa-fotos/c", "dos"), ("$(touch canary)/d", "tres")] {
        fs::create_dir_all(old.join(path).parent().unwrap()).unwrap();
        fs::write(old.join(path), text).unwrap();
    }
    // The same service at a place on this disk: how it is reached is data.
    let yaml = fs::read_to_string(repository().join("playbooks/services/aws-s3.yaml")).unwrap();
    let from = "options: {type: \"s3\", provider: \"AWS\", env_auth: \"true\", acl: \"private\"}\n    each: {region: \"{region}\"}";
    assert!(yaml.contains(from));
    let to = format!("options: {{type: alias, remote: {}}}", serde_json::to_string(old.to_str().unwrap()).unwrap());
    bench.put("ours/services/aws-s3.yaml", yaml.replace(from, &to));
    bench.run(&["--playbooks", "ours", "render"]).ok();
    let script = "configs/aws-s3/copy-buckets.sh";
    let (good, said, _) = run(&bench, "sh", &[script, "copia"]);
    assert!(good && !bench.has("copia/casa-fotos/c"), "{said}");
    let (good, said, _) = run(&bench, "sh", &[script, "copia", "--really"]);
    assert!(good, "{said}");
    assert_eq!(bench.text("copia/casa-fotos/a b/ñ.txt"), "uno");
    let copied = crate::support::tree(&bench.dir().join("copia"));
    assert_eq!(copied.keys().filter(|p| bench.dir().join("copia").join(p).is_file()).count(), 3, "{:?}", copied.keys());
    // Again: nothing to do, and still content. A file that changed under way is found.
    let (good, said, _) = run(&bench, "sh", &[script, "copia", "--really"]);
    assert!(good, "{said}");
    assert!(old.join("casa-fotos/c").is_file(), "the old place lost a file");
}

#[test]
fn databases_are_written_out_over_proven_connections_without_a_password_in_sight() {
    let bench = made(&["casa-fotos"]);
    bench.run(&["render"]).ok();
    let script = "configs/aws-rds/dump-databases.sh";
    let (good, said) = program(&bench, "shellcheck", &["--exclude=SC2016", script]);
    assert!(good, "{said}");
    bench.put("ca.pem", "x");
    bench.put("claves/casa-my.cnf", "[client]\nuser=casa\npassword=SECRETO-CUATRO\n");
    stand_in(&bench, "psql", "printf 'casa\\n$(touch canary)\\n../fuera\\n'");
    stand_in(&bench, "pg_dump", "for a in \"$@\"; do case $a in --file=*) echo x >\"${a#--file=}\" ;; esac; done");
    stand_in(&bench, "pg_restore", "");
    stand_in(&bench, "mysql", "printf 'socias\\n'");
    stand_in(
        &bench,
        "mysqldump",
        "case $1 in --version) echo 'mysqldump Ver 8.0'; exit 0 ;; esac\nfor a in \"$@\"; do case $a in --result-file=*) printf 'x\\n-- Dump completed\\n' >\"${a#--result-file=}\" ;; esac; done",
    );
    let with = |really: &[&str]| {
        let mut args = vec![script, "volcado", "ca.pem"];
        args.extend(really);
        let mut command = vec!["MYSQL_FILES=claves", "sh"];
        command.extend(args);
        run(&bench, "env", &command)
    };
    let (good, said, calls) = with(&[]);
    // Nobody has said what to do with the third.
    assert!(!good && said.contains("ASK: engine of casa-ora"), "{said}");
    assert!(
        !calls.contains("pg_dump") && calls.contains("mode=verify-full") && said.contains("rehearsal: casa-pg: casa"),
        "{said}{calls}"
    );
    let (_, said, calls) = with(&["--really"]);
    assert!(
        calls.contains("host=casa.abc.us-east-1.rds.amazonaws.com user=$(touch canary) mode=verify-full base=casa\n"),
        "{calls}"
    );
    assert!(calls.contains("base=$(touch canary)\n") && !calls.contains("fuera"), "{calls}");
    assert!(
        calls.contains("<--no-password>")
            && calls.contains("<--defaults-extra-file=claves/casa-my.cnf>")
            && calls.contains("<--ssl-mode=VERIFY_IDENTITY>"),
        "{calls}"
    );
    assert!(!calls.contains("SECRETO") && !said.contains("SECRETO"), "{calls}{said}");
    assert!(bench.has("volcado/casa-pg-casa.pgdump") && bench.has("volcado/casa-my-socias.sql"), "{said}");
    for (path, (mode, _)) in crate::support::tree(&bench.dir().join("volcado")) {
        assert_eq!(mode & 0o077, 0, "{path}");
    }
    // A dump that breaks off keeps no good name.
    stand_in(&bench, "pg_dump", "exit 1");
    stand_in(
        &bench,
        "mysqldump",
        "case $1 in --version) echo 'mysqldump Ver 8.0'; exit 0 ;; esac\nfor a in \"$@\"; do case $a in --result-file=*) echo half >\"${a#--result-file=}\" ;; esac; done",
    );
    fs::remove_dir_all(bench.dir().join("volcado")).unwrap();
    let (good, said, _) = with(&["--really"]);
    assert!(!good && said.contains("NOT all of casa-pg") && said.contains("NOT all of casa-my"), "{said}");
    assert!(!bench.has("volcado/casa-pg-casa.pgdump") && !bench.has("volcado/casa-my-socias.sql"));
}

#[test]
fn machines_are_told_without_their_secrets() {
    let bench = made(&EVIL[..3]);
    let tagged = serde_json::json!({"Reservations": [{"Instances": [{"InstanceId": "i-0def", "InstanceType": "t3.large", "State": {"Name": "running"}, "Placement": {"AvailabilityZone": "us-east-1a"}, "Tags": [{"Key": "Name", "Value": "<script>radio</script>"}, {"Key": "Role", "Value": "radio"}, {"Key": "uso", "Value": "transmisión\u{202e}"}, {"Key": "Service", "Value": "clave: SECRETO"}]}]}]});
    bench.put("evidence/maquinas.json", tagged.to_string());
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench.run(&["render"]).ok();
    for (path, words) in [
        ("machines.md", ["runs a text when it starts", "State in the list: running"]),
        ("machines.es.md", ["Ejecuta un texto al encender", "Estado en la lista: running"]),
    ] {
        let text = bench.text(&format!("configs/aws-ec2/{path}"));
        assert!(
            words.iter().all(|w| text.contains(w)) && text.contains("i\\-0abc") | text.contains("i-0abc"),
            "{text}"
        );
        assert!(!text.contains("<script>") && !text.contains('\u{202e}') && text.contains("radio"), "{text}");
    }
    for path in files(&bench, "").into_iter().filter(|p| bench.dir().join(p).is_file()) {
        assert!(!bench.text(&path).contains("SECRETO"), "{path}");
    }
    for readme in ["README.md", "README.es.md"] {
        assert!(bench.text(&format!("configs/aws-ec2/{readme}")).contains("machines"), "{readme}");
    }
}

#[test]
fn a_broken_list_is_named_and_the_rest_is_written() {
    let bench = made(&["casa-fotos"]);
    bench.put("evidence/mas.json", "{\"Buckets\": [{\"Name\": \"uno\", \"CreationDate\": \"2020-01-01\"},\n{\"Name\": \"dos\", \"CreationDate\": \"2020-01-01\"}]}");
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench.put(
        "evidence/mas.json",
        "{\"Buckets\": [{\"Name\": \"uno\", \"CreationDate\": \"2020-01-01\"},\n{\"Name\": \"SECRETO-CINCO",
    );
    let ran = bench.run(&["render"]).ok();
    assert!(ran.stderr.contains("evidence/mas.json:2") && !ran.all().contains("SECRETO"), "{ran}");
    let script = bench.text("configs/aws-s3/copy-buckets.sh");
    assert!(script.contains("copy 'casa-fotos' 'casa-fotos'") && script.contains("'uno'"), "{script}");
    // In Spanish, too.
    let ran = bench.run(&["render", "--lang", "es", "--force"]).ok();
    assert!(ran.stderr.contains("quedó fuera: evidence/mas.json:2"), "{ran}");
    fs::remove_file(bench.dir().join("evidence/mas.json")).unwrap();
    let ran = bench.run(&["render"]);
    assert!(ran.stderr.contains("mas.json") && matches!(ran.exit, Some(0)), "{ran}");
}

#[test]
fn each_cloud_has_what_it_needs() {
    let azure = "[{\"id\": \"/subscriptions/1/a\", \"name\": \"casafotos\", \"type\": \"Microsoft.Storage/storageAccounts\", \"location\": \"westus\", \"resourceGroup\": \"g\"}, {\"id\": \"/subscriptions/1/b\", \"name\": \"casa-pg\", \"type\": \"Microsoft.DBforPostgreSQL/flexibleServers\", \"location\": \"westus\", \"resourceGroup\": \"g\"}, {\"id\": \"/subscriptions/1/c\", \"name\": \"casa-vm\", \"type\": \"Microsoft.Compute/virtualMachines\", \"location\": \"westus\", \"resourceGroup\": \"g\"}]";
    let gcp = "[{\"assetType\": \"storage.googleapis.com/Bucket\", \"name\": \"//storage.googleapis.com/casa-cubo\"}, {\"assetType\": \"sqladmin.googleapis.com/Instance\", \"name\": \"//cloudsql.googleapis.com/projects/p/instances/casa-sql\", \"resource\": {\"data\": {\"databaseVersion\": \"POSTGRES_15\"}}}, {\"assetType\": \"compute.googleapis.com/Instance\", \"name\": \"//compute.googleapis.com/projects/p/zones/z/instances/casa-maq\"}]";
    let bench = Bench::group("casa.example").file("evidence/azure.json", azure).file("evidence/gcp.json", gcp);
    bench.run(&["inventory"]).ok();
    bench.run(&["plan", "--to", "may-first"]).ok();
    bench.run(&["render"]).ok();
    let text = |path: &str| bench.text(&format!("configs/{path}"));
    let copy = text("azure/copy-buckets.sh");
    assert!(copy.contains("RCLONE_CONFIG_OLD_ACCOUNT='casafotos'") && copy.contains("copy 'casafotos' ''"), "{copy}");
    let copy = text("google-cloud/copy-buckets.sh");
    assert!(
        copy.contains("RCLONE_CONFIG_OLD_TYPE='google cloud storage'") && copy.contains("copy 'casa-cubo' 'casa-cubo'"),
        "{copy}"
    );
    let dump = text("google-cloud/dump-databases.sh");
    assert!(dump.contains("mode='verify-ca'") && dump.contains("database 'casa-sql' 'pg_dump' '' 5432 ''"), "{dump}");
    assert!(text("azure/dump-databases.sh").contains("database 'casa-pg' 'pg_dump' '' 5432 ''"));
    assert!(text("azure/machines.md").contains("casa") && text("google-cloud/machines.es.md").contains("casa"));
    for path in files(&bench, ".sh") {
        let (good, said) = program(&bench, "shellcheck", &[&path]);
        assert!(good, "{path}: {said}");
    }
}
