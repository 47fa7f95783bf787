//! Steps that the services themselves bring, and the days that a vendor's limit makes of a copy.

use super::{Fill, filled};
use crate::catalog::Catalog;
use crate::catalog::model::{Sourced, StepsFrom, TaskTemplate, Text};
use crate::inventory::Found;
use crate::plan::choose::same;
use crate::plan::{Assignment, Task};

/// Steps that the services themselves bring.
pub(super) fn steps(
    catalog: &Catalog,
    a: &Assignment,
    format: Option<&str>,
    t: &TaskTemplate,
    fill: &Fill<'_>,
    task: &mut Task,
) {
    let route = |service: Option<&str>, out: bool| {
        let service = catalog.service(service?)?;
        let routes = if out { service.exports.get(&a.need)? } else { service.imports.get(&a.need)? };
        routes.iter().find(|r| Some(r.format.as_str()) == format).or(routes.first()).cloned()
    };
    let route = match t.steps_from {
        Some(StepsFrom::Export) => route(Some(&a.from), true),
        Some(StepsFrom::Import) => route(a.to.as_deref(), false),
        Some(StepsFrom::Close) => {
            let close = catalog.service(&a.from).map(|s| s.close.clone()).unwrap_or_default();
            task.steps.extend(close.iter().map(|s| filled(s, fill)));
            let dies = catalog.service(&a.from).map(|s| s.dies_with_it.clone()).unwrap_or_default();
            task.steps.extend(dies.iter().map(|s| catalog.say("step-ends-with", &[("what", s)])));
            None
        }
        _ => None,
    };
    if let Some(route) = route {
        // Steps may be tried out; what a route claims beyond them is told only when somebody backs it.
        let backed = route.sourced != Sourced::None;
        let mut own = task.steps.split_off(task.steps.len().saturating_sub(1));
        if !backed && !route.steps.is_empty() {
            task.steps.push(catalog.say("step-unverified", &[]));
        }
        task.steps.extend(route.steps.iter().map(|s| filled(s, fill)));
        for (extra, key) in
            [(&route.sign_in, "step-sign-in"), (&route.limits, "step-limits"), (&route.missing, "step-missing")]
        {
            if let Some(text) = extra.as_ref().filter(|_| backed) {
                task.steps.push(catalog.say(key, &[("what", text)]));
            }
        }
        // The need's last step says when the task is done.
        task.steps.append(&mut own);
        task.wait_days = task.wait_days.max(route.wait_days.filter(|_| backed).unwrap_or(0));
    }
}

/// What the stages' tasks that come directly before say of it.
pub(super) fn reminders<'a>(catalog: &'a Catalog, t: &'a TaskTemplate) -> impl Iterator<Item = &'a Text> {
    t.after.iter().filter_map(|after| {
        let (stage, id) = after.split_once(':')?;
        catalog.stages.get(stage)?.value.tasks.iter().find(|t| t.id == id)?.reminds.as_ref()
    })
}

/// A vendor that lets out so many bytes a day makes copying last for days, whatever people do.
pub(super) fn throttle(
    catalog: &Catalog,
    a: &Assignment,
    format: Option<&str>,
    found: Option<&Found>,
    accounts: u64,
    task: &mut Task,
) {
    let routes = catalog.service(&a.from).and_then(|s| s.exports.get(&a.need));
    let route = routes.into_iter().flatten().find(|r| Some(r.format.as_str()) == format);
    let Some(limit) = route.filter(|r| r.sourced != Sourced::None).and_then(|r| r.bytes_per_day).filter(|n| *n > 0)
    else {
        return;
    };
    let Some(bytes) = found.and_then(|f| f.bytes) else { return };
    let each = bytes / accounts.max(1);
    let days = |bytes: u64| u32::try_from(bytes.div_ceil(limit)).unwrap_or(u32::MAX).clamp(1, 365);
    let largest = found.and_then(|f| f.largest_account).filter(|n| *n > each);
    task.wait_days = task.wait_days.max(days(largest.unwrap_or(each)));
    let gigabytes = |n: u64| {
        let tenths = n / 100_000_000;
        same(&format!("{}.{}", tenths / 10, tenths % 10))
    };
    let top = largest.unwrap_or(each);
    let fill = [
        ("gb", &gigabytes(limit)),
        ("each", &gigabytes(each)),
        ("days", &same(&days(each).to_string())),
        ("largest", &gigabytes(top)),
        ("most", &same(&days(top).to_string())),
    ];
    let text = if largest.is_some() { "step-throttle-largest" } else { "step-throttle" };
    let at = task.steps.len().saturating_sub(1);
    task.steps.insert(at, catalog.say(text, &fill));
}
