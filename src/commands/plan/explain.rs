//! `plan --explain NEED`: where it goes, where else it could, and why not there.

use super::super::{Context, Outcome};
use crate::catalog::Catalog;
use crate::catalog::model::Answer;
use crate::error::{Error, Result, did_you_mean};
use crate::group::Group;
use crate::plan::choose::{Alternative, alternatives};
use crate::ui::Lang;
use crate::workspace::Workspace;
use serde_json::json;

pub(super) fn run(ctx: &Context, catalog: &Catalog, need: &str) -> Result<Outcome> {
    if catalog.need(need).is_none() {
        let mut e = Error::input(format!("`{need}` is not a need"));
        if let Some(near) = did_you_mean(need, catalog.needs.keys().map(String::as_str)) {
            e = e.hint(format!("did you mean `{near}`?"));
        }
        return Err(e);
    }
    // Outside a workspace the question is answered for any group.
    let workspace = Workspace::open(&ctx.files)?;
    let group = if ctx.files.exists("group.yaml") { workspace.group()? } else { Group::default() };
    let plan = workspace.plan_if_any()?;
    let chosen: Vec<_> = plan.iter().flat_map(|p| &p.assignments).filter(|a| a.need == need).collect();
    let all = alternatives(catalog, &group, need);
    if ctx.ui.json {
        let row = |a: &Alternative| {
            json!({"provider": a.provider, "service": a.home.as_ref().map(|h| h.service.clone()),
                "offered": a.home.as_ref().map_or(Answer::No, |h| h.offered),
                "unfit": a.unfit.map(|u| u.key().trim_start_matches("no-"))})
        };
        ctx.ui.out_json(&json!({"schema": "decamp/explain/1", "need": need, "chosen": chosen,
            "alternatives": all.iter().map(row).collect::<Vec<_>>()}))?;
        return Ok(Outcome::Done);
    }
    let pick = |t: &crate::catalog::model::Text| if ctx.ui.lang == Lang::En { t.en.clone() } else { t.es.clone() };
    let name = |id: &str| catalog.service(id).map_or_else(|| id.to_owned(), |s| s.name.clone());
    let mut text = String::new();
    for a in chosen {
        text.push_str(&format!("{}: {}\n", name(&a.from), pick(&a.why)));
    }
    if !text.is_empty() {
        text.push('\n');
    }
    for a in &all {
        let provider = catalog.provider(&a.provider).map_or(a.provider.as_str(), |p| &p.name);
        let offer = match &a.home {
            None => ctx.tr("not offered, as far as is known", "no se ofrece, hasta donde se sabe").to_owned(),
            Some(h) if h.offered == Answer::Yes => name(&h.service),
            Some(h) => {
                format!("{} ({})", name(&h.service), ctx.tr("nobody has said: ask", "nadie lo ha dicho: pregunten"))
            }
        };
        let why = a.unfit.map_or(String::new(), |u| {
            let not = ctx.tr("not chosen by itself", "no se elige por sí solo");
            format!("; {not}: {}", pick(&catalog.say(u.key(), &[])))
        });
        text.push_str(&format!("{provider} ({}): {offer}{why}\n", a.provider));
    }
    ctx.ui.out(&text)?;
    Ok(Outcome::Done)
}
