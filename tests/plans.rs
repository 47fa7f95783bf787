//! Plans that people can follow: whole plans of made-up groups as golden files, what every plan keeps, and what people
//! look at.

mod golden;
mod keeps;
mod looks;
mod many;
mod useful;

use crate::support::Bench;

/// The groups whose plans were read whole by a person.
pub(crate) const GROUPS: &[&str] = &["calle-ocho", "clinica-amapola", "radio-cenzontle", "red-raiz", "casa-norte"];

/// The workspace of a group, planned on a fixed day.
pub(crate) fn planned(group: &str) -> Bench {
    let bench = crate::rendered::case(group);
    bench.run(&["inventory", "--today", "2026-11-26"]).ok();
    bench.run(&["plan", "--today", "2026-11-26"]).ok();
    bench
}
