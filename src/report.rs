//! Views: what templates of reports are given. Pure; wording lives in `templates/`.

use crate::catalog::Catalog;
use crate::catalog::model::Text;
use crate::evidence::Care;
use crate::group::Group;
use crate::inventory::Inventory;
use crate::plan::{Assignment, Decision, Plan, Task};
use jiff::civil::Date;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A date in words, by the group's country: `December 1, 2026` (US), `1 December 2026`; `1 de diciembre de 2026`.
pub fn date_text(date: Date, country: Option<&str>) -> Text {
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    const ES: [&str; 12] = [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ];
    let month = usize::try_from(date.month() - 1).unwrap_or(0).min(11);
    let (day, year) = (date.day(), date.year());
    let en = if country == Some("MX") {
        format!("{day} {} {year}", EN[month])
    } else {
        format!("{} {day}, {year}", EN[month])
    };
    Text { en, es: format!("{day} de {} de {year}", ES[month]) }
}

/// Hours without a needless `.0`.
fn hours(n: f64) -> String {
    format!("{n}")
}

/// `1 hour`, `2.5 hours`.
fn hours_text(n: f64) -> Text {
    let one = (n - 1.0).abs() < f64::EPSILON;
    Text {
        en: format!("{n} {}", if one { "hour" } else { "hours" }),
        es: format!("{n} {}", if one { "hora" } else { "horas" }),
    }
}

/// One day, or from one to another.
fn span_text(start: Option<Date>, end: Option<Date>, country: Option<&str>) -> Option<Text> {
    let (from, to) = (date_text(start?, country), date_text(end?, country));
    if start == end {
        return Some(from);
    }
    Some(Text { en: format!("{} to {}", from.en, to.en), es: format!("del {} al {}", from.es, to.es) })
}

fn name_of_service(catalog: &Catalog, inventory: &Inventory, id: &str) -> String {
    inventory
        .service(id)
        .map(|s| s.name.clone())
        .or_else(|| catalog.service(id).map(|s| s.name.clone()))
        .unwrap_or_else(|| id.to_owned())
}

fn name_of_need(catalog: &Catalog, id: &str) -> Text {
    catalog.need(id).map_or_else(|| Text { en: id.into(), es: id.into() }, |n| n.name.clone())
}

fn assignment(catalog: &Catalog, inventory: &Inventory, group: &Group, a: &Assignment) -> Value {
    let provider = a.provider.as_deref().map(|p| catalog.provider(p).map_or(p, |x| x.name.as_str()));
    json!({
        "need": a.need, "need_name": name_of_need(catalog, &a.need),
        "from": a.from, "from_name": name_of_service(catalog, inventory, &a.from),
        "to_name": a.to.as_deref().map(|t| name_of_service(catalog, inventory, t)),
        "provider_name": provider,
        "why": a.why,
        "reduce": catalog.service(&a.from).and_then(|s| s.reduce.clone()),
        "review": a.review.map(|d| date_text(d, group.country.as_deref())),
    })
}

/// A role's name in both languages.
pub fn role(id: &str) -> Text {
    let (en, es) = match id {
        "coordinator" => ("coordination", "coordinación"),
        "technician" => ("technical part", "parte técnica"),
        "everyone" => ("everyone", "todo el grupo"),
        "trustees" => ("trustees", "personas custodias"),
        "board" => ("board or assembly", "mesa directiva o asamblea"),
        other => (other, other),
    };
    Text { en: en.into(), es: es.into() }
}

/// A task as templates see it.
pub fn task(group: &Group, t: &Task) -> Value {
    let date = |d: Option<Date>| d.map(|d| date_text(d, group.country.as_deref()));
    json!({
        "id": t.id, "title": t.title, "steps": t.steps, "role": role(&t.role), "hours": hours(t.hours), "hours_text": hours_text(t.hours),
        "when": span_text(t.start, t.end, group.country.as_deref()),
        "wait_days": if t.wait_days > 0 { Value::from(t.wait_days) } else { Value::Null },
        "start": date(t.start), "end": date(t.end), "done": date(t.done),
        "gate": t.gate, "critical": t.critical, "rollback": t.rollback, "danger": t.danger, "files": t.files,
        "who": t.who, "note": t.note, "after": t.after,
        "cut_over": t.kind == crate::catalog::model::TaskKind::CutOver,
    })
}

/// What `plan/*` is filled with.
pub fn plan(catalog: &Catalog, group: &Group, inventory: &Inventory, plan: &Plan) -> Value {
    let by = |decision: Decision| -> Vec<Value> {
        let of = plan.assignments.iter().filter(|a| a.decision == decision);
        of.map(|a| assignment(catalog, inventory, group, a)).collect()
    };
    let names = |ids: &[String]| ids.iter().map(|id| name_of_service(catalog, inventory, id)).collect::<Vec<_>>();
    let stages: Vec<Value> = plan
        .stages
        .iter()
        .map(|s| {
            let tasks: Vec<&Task> = plan.tasks.iter().filter(|t| t.stage == s.n).collect();
            let total: f64 = tasks.iter().map(|t| t.hours).sum();
            json!({
                "n": s.n, "name": s.name, "may_stop_here": s.may_stop_here, "still_exposed": names(&s.still_exposed),
                "tasks": tasks.iter().map(|t| task(group, t)).collect::<Vec<_>>(), "hours": hours(total), "empty": tasks.is_empty(),
            })
        })
        .collect();
    let total: f64 = plan.tasks.iter().map(|t| t.hours).sum();
    let weeks = (plan.start.until(plan.end).map_or(0, |s| s.get_days()) + 6) / 7;
    let secret: Vec<&str> =
        inventory.sources.iter().filter(|s| s.care == Care::Secret).map(|s| s.path.as_str()).collect();
    let country = group.country.as_deref();
    json!({
        "group": group.name,
        "go": plan.verdict == crate::plan::Verdict::Go,
        "start": date_text(plan.start, country), "end": date_text(plan.end, country),
        "weeks": weeks, "hours": hours(total), "hours_per_week": hours(plan.hours_per_week),
        "moves": by(Decision::Move), "stays": by(Decision::Stay), "let_go": by(Decision::LetGo), "asks": by(Decision::Ask),
        "stages": stages,
        "questions": plan.questions.iter().map(|q| json!({"to": q.to,
            "to_name": catalog.provider(&q.to).map_or(q.to.as_str(), |p| p.name.as_str()), "of_group": q.to == "group",
            "about": q.about, "draft": q.draft})).collect::<Vec<_>>(),
        "costs": costs(inventory),
        "new_costs": new_costs(catalog, plan),
        "providers": providers(catalog, plan),
        "secret": secret,
        "breaks": breaks(catalog, inventory, plan),
        "dies": dies(catalog, inventory, plan),
        "domains": group.domains,
        "people": group.people,
        "roles": group.roles.iter().map(|r| json!({"name": r.name, "role": role(&r.role)})).collect::<Vec<_>>(),
    })
}

/// What a need loses when it moves, said once for all its old services.
fn breaks(catalog: &Catalog, inventory: &Inventory, plan: &Plan) -> Vec<Value> {
    let mut from: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for a in plan.assignments.iter().filter(|a| a.decision == Decision::Move) {
        from.entry(&a.need).or_default().push(name_of_service(catalog, inventory, &a.from));
    }
    let of = |(id, from): (&str, Vec<String>)| {
        let need = catalog.need(id)?;
        Some(json!({"need_name": need.name, "from_name": from.join(", "), "breaks": need.breaks}))
    };
    from.into_iter().filter_map(of).collect()
}

/// What ends with each account that is left.
fn dies(catalog: &Catalog, inventory: &Inventory, plan: &Plan) -> Vec<Value> {
    let mut ids: Vec<&str> = Vec::new();
    for a in plan.assignments.iter().filter(|a| crate::plan::leaves(&plan.assignments, &a.from)) {
        if !ids.contains(&a.from.as_str()) {
            ids.push(&a.from);
        }
    }
    let of = |id: &str| {
        let dies = &catalog.service(id)?.dies_with_it;
        (!dies.is_empty()).then(|| json!({"from_name": name_of_service(catalog, inventory, id), "dies": dies}))
    };
    ids.into_iter().filter_map(of).collect()
}

/// What the old services cost a year, by currency.
fn costs(inventory: &Inventory) -> Vec<Value> {
    let mut sums: BTreeMap<&str, f64> = BTreeMap::new();
    for cost in inventory.services.iter().filter_map(|s| s.yearly_cost.as_ref()) {
        *sums.entry(&cost.currency).or_default() += cost.amount;
    }
    sums.into_iter().map(|(currency, amount)| json!({"currency": currency, "amount": format!("{amount:.2}")})).collect()
}

/// What the chosen providers ask, as far as a source says.
fn new_costs(catalog: &Catalog, plan: &Plan) -> Vec<Value> {
    let mut found = Vec::new();
    for id in used(plan) {
        for cost in catalog.provider(id).map(|p| p.cost.as_slice()).unwrap_or_default() {
            if cost.sourced != crate::catalog::model::Sourced::None {
                found.push(json!({"provider": catalog.provider(id).map(|p| p.name.as_str()), "says": cost.says, "amount": format!("{}", cost.amount),
                    "currency": cost.currency, "per": cost.per, "source": cost.source, "date": cost.date}));
            }
        }
    }
    found
}

fn used(plan: &Plan) -> Vec<&str> {
    let mut ids: Vec<&str> = plan
        .assignments
        .iter()
        .filter(|a| a.decision == Decision::Move)
        .filter_map(|a| a.provider.as_deref())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The chosen providers, with what is on record about them.
fn providers(catalog: &Catalog, plan: &Plan) -> Vec<Value> {
    let backed = |f: &&crate::catalog::model::Fact| f.sourced != crate::catalog::model::Sourced::None;
    used(plan)
        .into_iter()
        .filter_map(|id| catalog.provider(id))
        .map(|p| {
            let facts: Vec<Value> = [&p.status_says, &p.who, &p.two_step, &p.support, &p.spam]
                .into_iter()
                .flatten()
                .chain(&p.legal)
                .filter(backed)
                .map(|f| json!({"says": f.says, "source": f.source, "date": f.date}))
                .collect();
            json!({"name": p.name, "homepage": p.homepage, "countries": p.countries, "facts": facts})
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn dates_go_by_country() {
        assert_eq!(date_text(date(2027, 1, 2), Some("US")).en, "January 2, 2027");
        assert_eq!(date_text(date(2027, 1, 2), Some("MX")).en, "2 January 2027");
        assert_eq!(date_text(date(2027, 1, 2), None).es, "2 de enero de 2027");
    }
}
