//! Patterns for names and texts; `playbooks/README.md` describes the language.

use memchr::memrchr;

/// A pattern for domain names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamePattern {
    labels: Vec<String>,
    scope: Scope,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    /// That name and everything below it.
    Tree,
    /// That name only (`=name`).
    Exact,
    /// Only what lies below (`*.name`).
    Below,
}

impl NamePattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// The reason in words, when it could match nothing or nearly everything.
    pub fn new(text: &str) -> Result<Self, String> {
        let (scope, body) = if let Some(body) = text.strip_prefix('=') {
            (Scope::Exact, body)
        } else if let Some(body) = text.strip_prefix("*.") {
            (Scope::Below, body)
        } else {
            (Scope::Tree, text)
        };
        if body.ends_with('.') {
            return Err(format!("`{text}` ends in a dot"));
        }
        let labels: Vec<String> = body.split('.').map(str::to_ascii_lowercase).collect();
        if labels.iter().any(String::is_empty) {
            return Err(format!("`{text}` has an empty label"));
        }
        if labels.len() < 2 {
            return Err(format!("`{text}` has only one label"));
        }
        let bare = labels.iter().rev().take(2).any(|l| l.bytes().all(|b| b == b'*'));
        if bare {
            return Err(format!("`{text}` would match every name of a top-level domain"));
        }
        Ok(Self { labels, scope })
    }

    /// Whether it fits `name` (lower case, no final dot).
    pub fn matches(&self, name: &str) -> bool {
        let mut own = self.labels.iter().rev();
        let mut other = name.rsplit('.');
        let mut extra = 0_usize;
        loop {
            match (own.next(), other.next()) {
                (Some(p), Some(l)) => {
                    if !glob(p, l) {
                        return false;
                    }
                }
                (Some(_), None) => return false,
                (None, Some(_)) => {
                    extra += 1;
                    break;
                }
                (None, None) => break,
            }
        }
        match self.scope {
            Scope::Tree => true,
            Scope::Exact => extra == 0,
            Scope::Below => extra > 0,
        }
    }

    /// The last two labels.
    pub fn last_two(&self) -> (&str, &str) {
        match self.labels.as_slice() {
            [.., before, last] => (before, last),
            _ => ("", ""),
        }
    }

    /// The last two labels when they are literal: what an index looks up.
    pub fn anchor(&self) -> Option<String> {
        let (before, last) = self.last_two();
        let literal = !before.contains('*') && !last.contains('*');
        literal.then(|| format!("{before}.{last}"))
    }
}

/// The last two labels of a name together, and each of the two; of a name with one label only the last.
pub fn ends_of(name: &str) -> (&str, &str, &str) {
    let Some(dot) = memrchr(b'.', name.as_bytes()) else { return (name, "", name) };
    let start = memrchr(b'.', &name.as_bytes()[..dot]).map_or(0, |at| at + 1);
    (&name[start..], &name[start..dot], &name[dot + 1..])
}

/// Whether `pattern`, in which `*` stands for any run of bytes, fits all of `text`; case is ignored.
pub fn glob(pattern: &str, text: &str) -> bool {
    let (p, t) = (pattern.as_bytes(), text.as_bytes());
    let (mut pi, mut ti) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while ti < t.len() {
        if pi < p.len() && p[pi] == b'*' {
            if pi + 1 == p.len() {
                return true;
            }
            star = Some((pi, ti));
            pi += 1;
        } else if pi < p.len() && p[pi].eq_ignore_ascii_case(&t[ti]) {
            pi += 1;
            ti += 1;
        } else if let Some((sp, st)) = star {
            pi = sp + 1;
            ti = st + 1;
            star = Some((sp, st + 1));
        } else {
            return false;
        }
    }
    p[pi..].iter().all(|b| *b == b'*')
}

/// Whether an owner relative to its zone fits a `name` pattern: `_x-*` also fits `_x-y.www`.
pub fn owner_matches(pattern: &str, owner: &str) -> bool {
    glob(pattern, owner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn fits(pattern: &str, name: &str) -> bool {
        NamePattern::new(pattern).unwrap().matches(name)
    }

    #[test]
    fn names_match_at_label_boundaries() {
        assert!(fits("slack.com", "slack.com") && fits("slack.com", "a.b.slack.com"));
        assert!(!fits("slack.com", "notslack.com") && !fits("slack.com", "slack.com.example.net"));
        assert!(fits("=google.com", "google.com") && !fits("=google.com", "x.google.com"));
        assert!(fits("*.herokudns.com", "x.herokudns.com") && !fits("*.herokudns.com", "herokudns.com"));
        assert!(
            fits("ns-*.awsdns-*.net", "ns-700.awsdns-44.net") && !fits("ns-*.awsdns-*.net", "ns-700.awsdns-44.org")
        );
    }

    #[test]
    fn too_wide_patterns_are_refused() {
        for text in ["com", "*.com", "*.*", "a..b", "a.com.", ""] {
            assert!(NamePattern::new(text).is_err(), "{text}");
        }
    }

    #[test]
    fn globs_run() {
        assert!(
            glob("MS=*", "ms=ms123")
                && glob("a*", "a")
                && glob("a*b*", "acb")
                && !glob("a*b*", "acd")
                && glob("**", "a")
                && glob("*a*b", "xaxb")
                && !glob("*a*b", "xaxbc")
                && glob("", "")
                && glob("*", "")
        );
    }

    #[test]
    fn anchors() {
        assert_eq!(NamePattern::new("*.a.B.c*").unwrap().last_two(), ("b", "c*"));
        assert_eq!(ends_of("a.b.c"), ("b.c", "b", "c"));
        assert_eq!(ends_of("b.c"), ("b.c", "b", "c"));
        assert_eq!(ends_of("c"), ("c", "", "c"));
        assert_eq!(ends_of(""), ("", "", ""));
        assert_eq!(ends_of(".é."), ("é.", "é", ""));
        assert_eq!(NamePattern::new("ns-*.awsdns-*.net").unwrap().anchor(), None);
    }

    proptest::proptest! {
        #[test]
        fn a_name_matches_its_own_pattern_and_no_longer_label(name in "[a-z]{1,8}\\.[a-z]{2,5}", prefix in "[a-z]{1,6}") {
            let p = NamePattern::new(&name).unwrap();
            proptest::prop_assert!(p.matches(&name));
            let below = format!("{prefix}.{name}");
            proptest::prop_assert!(p.matches(&below));
            let longer = format!("{prefix}{name}");
            proptest::prop_assert!(!p.matches(&longer));
        }
    }
}
