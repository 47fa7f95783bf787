//! `init`: a new workspace.

use super::{Context, Outcome};
use crate::cli::InitArgs;
use crate::error::{Error, Result, did_you_mean};
use crate::files::{Files, synced_by};
use crate::group::{Group, Wishes};
use serde::Serialize;

#[derive(Serialize)]
struct Report {
    schema: &'static str,
    dir: String,
    group: Group,
    next: &'static str,
}

/// Runs `init`.
pub fn run(ctx: &Context, args: &InitArgs) -> Result<Outcome> {
    let files = match &args.dir {
        Some(dir) => Files::new(ctx.files.root.join(dir), ctx.files.dry_run),
        None => Files::new(ctx.files.root.clone(), ctx.files.dry_run),
    };
    if let (Some(service), false) = (synced_by(&files.root), args.here_anyway) {
        return Err(Error::input(format!("{service} syncs this folder: all that is put here would be copied to it"))
            .in_file(files.root.display().to_string())
            .hint("make the workspace outside of that folder, best on an encrypted disk, or say `--here-anyway`"));
    }
    if files.exists("group.yaml") && !ctx.force {
        return Err(
            Error::input("there is a `group.yaml` here already").hint("edit it, or write over it with `--force`")
        );
    }
    let group = group(ctx, args)?;
    let text = format!(
        "# The group, as it describes itself. Only `name` is required; `decamp help` and README.md say what else may stand here.\n{}",
        crate::yaml::to_string(&group)?
    );
    Group::parse(&text, "group.yaml")?;
    files.create_dir("evidence")?;
    files.write("group.yaml", text.as_bytes())?;
    let next = "decamp inventory";
    if ctx.ui.json {
        let dir = files.root.display().to_string();
        ctx.ui.out_json(&Report { schema: "decamp/init/1", dir, group, next })?;
    } else if files.dry_run {
        for path in files.written() {
            let word = ctx.tr("would write", "se escribiría");
            ctx.ui.out(&format!("{word} {}", path.display()))?;
        }
    } else {
        ctx.ui.out(&message(ctx, &files))?;
    }
    Ok(Outcome::Done)
}

fn message(ctx: &Context, files: &Files) -> String {
    let dir = files.root.display();
    match ctx.ui.lang {
        crate::ui::Lang::En => format!(
            "The workspace is ready: {dir}\n\
             Put what you have into its folder evidence/: first what is public anyway (the DNS zone exported at the\n\
             registrar, a saved page of your website), then bank statements and user lists.\n\
             Password exports are best read from where they are, without a copy: decamp inventory evidence /path/to/export\n\
             Next: decamp -C {dir} inventory"
        ),
        crate::ui::Lang::Es => format!(
            "La carpeta de trabajo está lista: {dir}\n\
             Pongan lo que tengan en su carpeta evidence/: primero lo que de todos modos es público (la zona DNS exportada\n\
             con el registrador, una página guardada de su sitio), después estados de cuenta y listas de cuentas.\n\
             Las exportaciones de contraseñas se leen mejor donde están, sin copia: decamp inventory evidence /ruta/al/archivo\n\
             Sigue: decamp -C {dir} inventory"
        ),
    }
}

fn group(ctx: &Context, args: &InitArgs) -> Result<Group> {
    let catalog = ctx.catalog()?;
    for id in &args.to {
        if catalog.provider(id).is_none() {
            let mut e = Error::input(format!("`{id}` is not a provider that the catalog knows"));
            if let Some(near) = did_you_mean(id, catalog.providers.keys().map(String::as_str)) {
                e = e.hint(format!("did you mean `{near}`?"));
            }
            return Err(e.hint("`decamp catalog list` shows them"));
        }
    }
    let name = match &args.name {
        Some(name) => name.clone(),
        None if ctx.ui.can_ask() => ask(ctx.tr("The group's name:", "Nombre del grupo:"))?,
        None => return Err(Error::input("the group's name is missing").hint("add `--name \"Casa Abierta\"`")),
    };
    let mut domains = args.domain.clone();
    let mut people = args.people;
    let mut country = None;
    if args.name.is_none() && ctx.ui.can_ask() {
        if domains.is_empty() {
            let line = ask(ctx.tr(
                "Its domains, separated by spaces (may be empty):",
                "Sus dominios, separados por espacios (puede quedar vacío):",
            ))?;
            domains = line.split_whitespace().map(str::to_owned).collect();
        }
        if people.is_none() {
            people = ask(ctx.tr("How many people (may be empty):", "Cuántas personas (puede quedar vacío):"))?
                .trim()
                .parse()
                .ok();
        }
        // Without it amounts on statements have no currency, and legal notes no country.
        let line = ask(ctx.tr(
            "Its country, two letters (US, MX; may be empty):",
            "Su país, dos letras (US, MX; puede quedar vacío):",
        ))?;
        country = Some(line.trim().to_ascii_uppercase()).filter(|c| !c.is_empty());
        if let Some(other) = country.as_ref().filter(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            return Err(Error::input(format!("`{other}` is not a country's two letters")).hint("write `US` or `MX`"));
        }
    }
    Ok(Group {
        name,
        country,
        domains,
        people,
        wishes: Wishes { providers: args.to.clone(), ..Wishes::default() },
        ..Group::default()
    })
}

fn ask(question: &str) -> Result<String> {
    inquire::Text::new(question)
        .prompt()
        .map_err(|e| Error::input(format!("no answer: {e}")).hint("give the answers as flags: `decamp help init`"))
}
