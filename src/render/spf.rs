//! SPF (RFC 7208): the new sender goes in before the old one goes out.

/// `old` with `add` before `all` (or `redirect`), unless it is there.
pub fn with(old: &str, add: &str) -> String {
    let mut terms: Vec<&str> = old.split_ascii_whitespace().collect();
    if terms.iter().any(|t| t.trim_start_matches('+').eq_ignore_ascii_case(add.trim_start_matches('+'))) {
        return old.to_owned();
    }
    let last = |t: &&str| {
        let bare = t.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        bare == "all" || bare.starts_with("redirect=") || bare.starts_with("exp=")
    };
    let at = terms.iter().position(last).unwrap_or(terms.len());
    terms.insert(at, add);
    terms.join(" ")
}

/// `old` without the terms that `retired` names.
pub fn without(old: &str, retired: impl Fn(&str) -> bool) -> String {
    let kept = old
        .split_ascii_whitespace()
        .enumerate()
        .filter(|(i, t)| *i == 0 || !retired(t.trim_start_matches(['+', '-', '~', '?'])));
    kept.map(|(_, t)| t).collect::<Vec<_>>().join(" ")
}

/// Terms that cost a look-up; more than ten make the record void (RFC 7208 §4.6.4).
pub fn lookups(spf: &str) -> usize {
    let costs = |t: &&str| {
        let bare = t.trim_start_matches(['+', '-', '~', '?']).to_ascii_lowercase();
        let name = bare.split([':', '=', '/']).next().unwrap_or_default();
        matches!(name, "include" | "a" | "mx" | "ptr" | "exists" | "redirect")
    };
    spf.split_ascii_whitespace().skip(1).filter(|t| costs(t)).count()
}

/// Whether a TXT value is an SPF record.
pub fn is_spf(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower == "v=spf1" || lower.starts_with("v=spf1 ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_come_and_go() {
        let old = "v=spf1 include:_spf.google.com ip4:192.0.2.1 ~all";
        let both = with(old, "include:_spf.example.org");
        assert_eq!(both, "v=spf1 include:_spf.google.com ip4:192.0.2.1 include:_spf.example.org ~all");
        assert_eq!(with(&both, "include:_spf.example.org"), both);
        assert_eq!(
            without(&both, |t| t == "include:_spf.google.com"),
            "v=spf1 ip4:192.0.2.1 include:_spf.example.org ~all"
        );
        assert_eq!(with("v=spf1 redirect=x.example", "mx"), "v=spf1 mx redirect=x.example");
        assert_eq!(lookups(&both), 2);
    }
}
