//! The last look before a zone is written: nothing that mail, names or the site hang on may vanish.

use super::zonefile::Line;
use crate::error::{Error, Result};
use crate::evidence::zone::{Record, Zone};

/// Refuses a zone in which a name that is MX, NS or apex address ends with no record, or from which more than a third
/// of the records (more than 2 of fewer than 10) are gone without a change that says so.
///
/// # Errors
/// With the names, unless `allowed`.
pub fn check(old: &Zone, after: &[Line], told: usize, allowed: bool) -> Result<()> {
    if allowed {
        return Ok(());
    }
    let new: Vec<&Record> =
        after.iter().filter_map(|l| if let Line::Record(r) = l { Some(&**r) } else { None }).collect();
    let vital = |r: &Record| match r.rtype.as_str() {
        "MX" | "NS" => true,
        "A" | "AAAA" => r.key() == old.name,
        _ => false,
    };
    let class = |r: &Record| if r.rtype == "AAAA" { "A".to_owned() } else { r.rtype.clone() };
    let mut lost: Vec<String> = Vec::new();
    for r in old.records.iter().filter(|r| vital(r)) {
        let there = new.iter().any(|n| n.key() == r.key() && (class(n) == class(r) || n.rtype == "CNAME"));
        let shown = format!("{} {}", r.relative(&old.name), r.rtype);
        if !there && !lost.contains(&shown) {
            lost.push(shown);
        }
    }
    if !lost.is_empty() {
        return Err(Error::input(format!("in `{}` nothing would be left of: {}", old.name, lost.join(", ")))
            .hint("look at the plan; if it is meant, run again with `--allow-deletions`"));
    }
    let gone = old
        .records
        .iter()
        .filter(|r| !new.iter().any(|n| n.key() == r.key() && n.rtype == r.rtype))
        .count()
        .saturating_sub(told);
    let total = old.records.len();
    let many = if total < 10 { gone > 2 } else { gone * 3 > total };
    if many {
        return Err(Error::input(format!("in `{}` {gone} of {total} records would be gone", old.name))
            .hint("look at the changes; if it is meant, run again with `--allow-deletions`"));
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::evidence::zone::{Options, no_include, parse};

    fn zone(text: &str) -> Zone {
        parse(text.as_bytes(), Options { path: "t.example.zone", origin: None, include: &no_include }).unwrap()
    }

    fn lines(text: &str) -> Vec<Line> {
        zone(text).records.into_iter().map(|r| Line::Record(Box::new(r))).collect()
    }

    #[test]
    fn vital_names_may_not_vanish() {
        let old = zone("@ MX 1 a.example.\n@ NS n.example.\n@ A 192.0.2.1\nwww A 192.0.2.1\n");
        assert!(check(&old, &lines("@ NS n.example.\n@ A 192.0.2.1\nwww A 192.0.2.1\n"), 0, false).is_err());
        assert!(
            check(&old, &lines("@ MX 1 b.example.\n@ NS n.example.\n@ AAAA 2001:db8::1\nwww A 192.0.2.1\n"), 0, false)
                .is_ok()
        );
        assert!(check(&old, &lines("@ NS n.example.\n"), 0, true).is_ok());
    }

    #[test]
    fn many_may_not_vanish() {
        let few = zone("a TXT x\nb TXT x\nc TXT x\nd TXT x\n");
        assert!(check(&few, &lines("d TXT x\n"), 0, false).is_err());
        assert!(check(&few, &lines("c TXT x\nd TXT x\n"), 0, false).is_ok());
        assert!(check(&few, &lines("d TXT x\n"), 3, false).is_ok());
    }
}
