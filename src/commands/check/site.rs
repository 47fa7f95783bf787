//! `--site`: pages of the new site, and what they still load from services that the group leaves.

use super::network;
use crate::catalog::index::Index;
use crate::check::site::{Decided, Loaded, page, unread};
use crate::check::{Report, text};
use crate::cli::check::CheckArgs;
use crate::commands::{Context, connect};
use crate::error::Result;
use crate::evidence::read::read_stream;
use crate::evidence::{Input, Kind, zone};
use crate::inventory::collect::Collector;
use crate::inventory::merge;
use crate::net::http::Web;
use crate::plan::Decision;
use crate::workspace::Workspace;
use std::time::Duration;
use url::Url;

/// How long all pages may take.
const TIME: Duration = Duration::from_secs(10 * 60);

/// Looks at each page.
pub(super) fn check(ctx: &Context, args: &CheckArgs, workspace: &Workspace<'_>, report: &mut Report) -> Result<()> {
    let pages: Vec<Url> = args.site.iter().map(|url| connect::address(url)).collect::<Result<_>>()?;
    if pages.iter().filter(|url| connect::says_whom(ctx, url.as_str())).count() == 0 {
        return Ok(());
    }
    let catalog = ctx.catalog()?;
    let index = Index::new(&catalog);
    let domains = if ctx.files.exists("group.yaml") { workspace.group()?.domains } else { Vec::new() };
    let decided = decided(workspace)?;
    let network = network(args);
    let authorities = network.authorities(ctx)?;
    let tell = network.teller(ctx);
    let names = network.names(&tell);
    let mut web = Web::new(&names, &authorities, TIME);
    for url in &pages {
        let reply = match connect::page(&mut web, url) {
            Ok(reply) => reply,
            Err(fault) => {
                report.merge(unread(url.as_str(), fault.says()));
                continue;
            }
        };
        let mut own = domains.clone();
        own.extend(reply.url.host_str().map(str::to_owned));
        let about = Input { path: reply.url.as_str(), domains: &own, shapes: index.shapes(), named: true };
        let mut collector = Collector::new(&index, &own);
        let outcome = read_stream(&mut reply.body.as_slice(), &about, &mut collector, &zone::no_include)?;
        if outcome.kind != Kind::Html {
            report.merge(unread(url.as_str(), &text("it is no page in HTML", "no es una página en HTML")));
            continue;
        }
        let others = collector.unrecognized.len();
        let loaded: Vec<Loaded> = merge::services(&catalog, &mut collector, None)
            .into_iter()
            .map(|s| Loaded { id: s.id, name: s.name, saw: s.evidence.into_iter().map(|e| e.saw).collect() })
            .collect();
        report.merge(page(url.as_str(), &loaded, others, &decided));
    }
    Ok(())
}

/// What the plan says; nothing without one.
fn decided(workspace: &Workspace<'_>) -> Result<Decided> {
    let mut decided = Decided::default();
    for a in workspace.plan_if_any()?.iter().flat_map(|p| &p.assignments) {
        let into = match a.decision {
            Decision::Move | Decision::LetGo => &mut decided.leaving,
            Decision::Stay => &mut decided.staying,
            Decision::Ask => continue,
        };
        into.insert(a.from.clone());
    }
    Ok(decided)
}
