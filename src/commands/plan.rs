//! `plan`: chooses destinations, schedules the tasks, writes `plan/`.

mod explain;
mod many;

use super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::model::Text;
use crate::cli::PlanArgs;
use crate::error::{Error, Result};
use crate::files::Files;
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::{self, Message, Plan, Wanted};
use crate::render::engine::{Data, Engine};
use crate::report::page_one;
use crate::ui::Lang;
use crate::workspace::{Set, Workspace};
use jiff::civil::Date;
use std::collections::BTreeMap;

/// The first line of `plan.yaml`.
pub const HEAD: &str = "# Tick tasks off with `decamp done ID`, or write `done`, `who`, `note` and `answer` here; the rest is planned anew.\n";

/// Takes one language of a text.
type Pick = fn(&Text) -> &str;

/// The files that open with the two pages for everybody.
const FIRST: [&str; 2] = ["plan/plan.md", "plan/plan.es.md"];

/// Runs `plan`.
pub fn run(ctx: &Context, args: &PlanArgs) -> Result<Outcome> {
    let catalog = ctx.catalog()?;
    if let Some(need) = &args.explain {
        return explain::run(ctx, &catalog, need);
    }
    let mut engine = ctx.engine()?;
    if args.group_dirs.is_some() {
        engine.prepare("plan/")?;
    }
    let planner = Planner { catalog: &catalog, engine: &engine, args, today: ctx.today, force: ctx.force };
    if let Some(dir) = &args.group_dirs {
        return many::run(ctx, &planner, dir);
    }
    ctx.warn_if_synced();
    let plan = planner.one(&ctx.files)?;
    if ctx.ui.json {
        ctx.ui.out_json(&plan)?;
    } else {
        ctx.ui.out(&summary(ctx, &plan))?;
    }
    Ok(Outcome::Done)
}

/// What every workspace is planned with.
pub struct Planner<'a> {
    /// The catalog.
    pub catalog: &'a Catalog,
    /// The templates.
    pub engine: &'a Engine,
    /// What was asked for.
    pub args: &'a PlanArgs,
    /// The date.
    pub today: Date,
    /// Whether files that were edited by hand are written over.
    pub force: bool,
}

impl Planner<'_> {
    /// Plans in one workspace and writes the files.
    pub fn one(&self, files: &Files) -> Result<Plan> {
        let mut workspace = Workspace::open(files)?;
        let group = workspace.group()?;
        plan::known::settings(self.catalog, &group, &[])?;
        let inventory = workspace.inventory()?;
        let before = workspace.plan_if_any()?;
        let wanted = self.wanted(&group, before)?;
        let mut plan = plan::make(self.catalog, &group, &inventory, &wanted)?;
        let set = self.files(&group, &inventory, &mut plan)?;
        workspace.write(&set, &["plan/plan.yaml"], &["plan/"], self.force)?;
        Ok(plan)
    }

    fn wanted(&self, group: &Group, before: Option<Plan>) -> Result<Wanted> {
        let args = self.args;
        let stages = args.stages.as_deref().map_or(Ok((0, 6)), span)?;
        let hours_per_week = args.hours_per_week.unwrap_or_else(|| group.hours());
        if !(0.5..=200.0).contains(&hours_per_week) {
            return Err(Error::input("the hours per week can't be planned with")
                .hint("give 0.5 to 200, of all helpers together"));
        }
        let start = args.start.or(group.start).unwrap_or(self.today);
        if !(1970..=2200).contains(&start.year()) {
            return Err(Error::input(format!("a plan can't begin on {start}")).hint("write the date as 2027-01-15"));
        }
        let first = start.max(self.today);
        if let Some(until) = args.until.filter(|until| *until < first) {
            return Err(Error::input(format!("the plan can't end on {until}: it begins on {first}"))
                .hint("give a later `--until`, or an earlier `--start`"));
        }
        let providers = args.to.clone();
        let messages = self.messages();
        let today = self.today;
        Ok(Wanted { providers, start, today, hours_per_week, stages, until: args.until, before, messages })
    }

    /// The message files, by the templates that are there: `announce-members` is for `members`.
    fn messages(&self) -> Vec<Message> {
        let names = self.engine.names("plan/messages/").into_iter();
        let english = names.filter(|n| n.ends_with(".md") && !n.ends_with(".es.md"));
        let of = |name: String| {
            let id = name.trim_start_matches("plan/messages/").trim_end_matches(".md").to_owned();
            let to = ["announce-", "ask-", "notice-"].iter().find_map(|verb| id.strip_prefix(verb));
            let to = match to.unwrap_or("everyone") {
                "group" => "everyone",
                other if other.starts_with("vendor-") => "vendor",
                other => other,
            };
            Message { file: format!("messages/{id}.md"), to: to.to_owned(), id }
        };
        english.map(of).collect()
    }

    /// The files of `plan/`, in both languages.
    fn files(&self, group: &Group, inventory: &Inventory, plan: &mut Plan) -> Result<Set> {
        let mut data = Data::new(crate::report::plan(self.catalog, group, inventory, plan));
        let mut first = BTreeMap::new();
        for brevity in 0..=page_one::BREVITY {
            crate::report::first_pages(self.catalog, group, inventory, plan, brevity, data.value());
            for template in FIRST {
                first.insert(template, self.engine.first_with(template, &data)?);
            }
            // The two pages that everybody reads stay two pages, however much there is to tell.
            if first.values().all(|text| page_one::words(text) <= page_one::WORDS) {
                break;
            }
        }
        let mut set = Set::new();
        for template in self.engine.names("plan/") {
            let text = match first.remove(template.as_str()) {
                Some(first) => first + &self.engine.rest_with(&template, &data)?,
                None => self.engine.fill_with(&template, &data)?,
            };
            // A message that says nothing here is not written.
            if !text.trim().is_empty() {
                set.insert(template, text.into_bytes());
            }
        }
        plan.messages.retain(|m| set.contains_key(&format!("plan/{}", m.file)));
        set.insert("plan/plan.yaml".into(), format!("{HEAD}{}", crate::yaml::to_string(plan)?).into_bytes());
        let pick: [(Lang, Pick); 2] = [(Lang::En, |t| &t.en), (Lang::Es, |t| &t.es)];
        for (lang, pick) in pick {
            let plain = self.args.plain_titles;
            let text = crate::report::calendar::calendar(self.catalog, group, inventory, plan, plain, pick);
            set.insert(format!("plan/{}", lang.file("plan", "ics")), text.into_bytes());
        }
        Ok(set)
    }
}

/// `0-2`, or one number.
fn span(text: &str) -> Result<(u8, u8)> {
    let (a, b) = text.split_once('-').unwrap_or((text, text));
    match (a.parse::<u8>(), b.parse::<u8>()) {
        (Ok(a), Ok(b)) if a <= b && b <= 6 => Ok((a, b)),
        _ => Err(Error::input(format!("`{text}` is not a span of stages"))
            .hint("write for example --stages 0-2; stages go from 0 to 6")),
    }
}

fn summary(ctx: &Context, plan: &Plan) -> String {
    use plan::Decision::{Ask, LetGo, Move, Stay};
    let count = |d| plan.assignments.iter().filter(|a| a.decision == d).count();
    let hours: f64 = plan.tasks.iter().filter(|t| t.repeat.is_none()).map(|t| t.hours).sum();
    let (moves, stays, gone, asks) = (count(Move), count(Stay), count(LetGo), count(Ask));
    let late = plan.tasks.iter().filter(|t| t.blocked == Some(plan::Blocked::Until)).count();
    let mut text = match ctx.ui.lang {
        Lang::En => format!(
            "{} tasks, {hours} hours, from {} to {}.\nMoves: {moves} · stays: {stays} · let go: {gone} · to ask: {asks} · questions: {}\n",
            plan.tasks.len(),
            plan::first_day(&plan.tasks, plan.start),
            plan.end,
            plan.questions.len()
        ),
        Lang::Es => format!(
            "{} tareas, {hours} horas, del {} al {}.\nSe mudan: {moves} · se quedan: {stays} · se dejan: {gone} · por preguntar: {asks} · preguntas: {}\n",
            plan.tasks.len(),
            plan::first_day(&plan.tasks, plan.start),
            plan.end,
            plan.questions.len()
        ),
    };
    if plan.start < ctx.today {
        text.push_str(&match ctx.ui.lang {
            Lang::En => format!("{} has passed: what is not done is planned from {} on.\n", plan.start, ctx.today),
            Lang::Es => format!("El {} ya pasó: lo que falta se planea desde el {}.\n", plan.start, ctx.today),
        });
    }
    for why in &plan.why_not_yet {
        let why = if ctx.ui.lang == Lang::En { &why.en } else { &why.es };
        text.push_str(&format!("{} {why}\n", ctx.tr("Not yet:", "Todavía no:")));
    }
    if late > 0 {
        let until = plan.until.unwrap_or(plan.end);
        let fit = plan::dated_hours(plan);
        text.push_str(&match ctx.ui.lang {
            Lang::En => format!("Before {until} {fit} of these hours fit; {late} tasks do not.\n"),
            Lang::Es => format!("Antes del {until} caben {fit} de estas horas; {late} tareas no caben.\n"),
        });
    }
    text.push_str(ctx.tr(
        "Read plan/plan.md first (or open plan/plan.html). Next: decamp render",
        "Lean primero plan/plan.es.md (o abran plan/plan.es.html). Sigue: decamp render",
    ));
    text
}
