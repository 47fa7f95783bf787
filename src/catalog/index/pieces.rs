//! Of many patterns the few that may fit a text, in one pass over the text however many patterns there are.

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};

/// Patterns by the longest piece of each that has no `*`: where that does not stand in a text, the pattern can't fit.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    automaton: Option<AhoCorasick>,
    /// Whose pattern each piece is of.
    owners: Vec<usize>,
    /// Whose patterns have no piece, and may fit anything.
    always: Vec<usize>,
}

impl Pieces {
    /// For patterns in which `*` stands for anything, each with the number of its owner.
    pub(super) fn new<'p>(patterns: impl IntoIterator<Item = (usize, &'p str)>) -> Self {
        let (mut pieces, mut owners, mut always) = (Vec::new(), Vec::new(), Vec::new());
        for (owner, pattern) in patterns {
            match piece(pattern) {
                Some(piece) => {
                    pieces.push(piece);
                    owners.push(owner);
                }
                None => always.push(owner),
            }
        }
        if pieces.is_empty() {
            return Self { automaton: None, owners, always };
        }
        let mut builder = AhoCorasick::builder();
        builder.match_kind(MatchKind::Standard).ascii_case_insensitive(true);
        // Quick to make, too: it is made whenever the program starts.
        match builder.kind(Some(AhoCorasickKind::ContiguousNFA)).build(&pieces) {
            Ok(automaton) => Self { automaton: Some(automaton), owners, always },
            // Too many for an automaton: each is looked at.
            Err(_) => {
                always.append(&mut owners);
                always.sort_unstable();
                Self { automaton: None, owners, always }
            }
        }
    }

    /// Whose patterns may fit `text`, in order, each once.
    pub(super) fn near(&self, text: &str) -> Vec<usize> {
        let mut found = self.always.clone();
        if let Some(automaton) = &self.automaton {
            for hit in automaton.find_overlapping_iter(text) {
                let owner = self.owners[hit.pattern().as_usize()];
                if !found.contains(&owner) {
                    found.push(owner);
                }
            }
            found.sort_unstable();
        }
        found
    }
}

/// The longest piece of a pattern without `*`.
pub(super) fn piece(pattern: &str) -> Option<&str> {
    pattern.split('*').filter(|p| !p.is_empty()).max_by_key(|p| p.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::pattern::glob;
    use proptest::prelude::*;

    #[test]
    fn those_that_may_fit_are_found_in_order() {
        let pieces = Pieces::new([(0, "b*"), (1, "*"), (2, "abc*x"), (3, "B*"), (4, "zz")]);
        assert_eq!(pieces.near("xABCx"), [0, 1, 2, 3]);
        assert_eq!(pieces.near("ab"), [0, 1, 3]);
        assert_eq!(pieces.near(""), [1]);
        assert_eq!(Pieces::default().near("ab"), [0_usize; 0]);
    }

    proptest! {
        #[test]
        fn none_that_fits_is_missed(patterns in proptest::collection::vec("[ab*]{0,5}", 0..12), text in "[abAB]{0,12}") {
            let near = Pieces::new(patterns.iter().map(String::as_str).enumerate()).near(&text);
            for (n, pattern) in patterns.iter().enumerate() {
                prop_assert!(!glob(pattern, &text) || near.contains(&n), "{pattern} {text}");
            }
        }
    }
}
