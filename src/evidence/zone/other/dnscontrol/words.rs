//! The words of a `dnsconfig.js`: strings, numbers, names and signs, with comments left out.

use crate::error::Error;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Text(String),
    Number(String),
    Sign(u8),
}

/// A token with its line and, at an opening bracket, how far on the closing one stands (0: nowhere).
#[derive(Debug, Clone)]
pub(super) struct Word {
    pub(super) line: u64,
    pub(super) token: Token,
    closes: usize,
}

/// The longest string that is taken.
const TEXT: usize = 64 * 1024;
/// The most tokens of one file.
pub(super) const TOKENS: usize = 500_000;

/// Cuts a file into words, up to a string that is never closed or to the most words; with what is wrong there.
pub(super) fn tokens(text: &str, path: &str) -> (Vec<Word>, Option<Error>) {
    let mut found: Vec<Word> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut chars = text.char_indices().peekable();
    let mut line = 1_u64;
    while let Some((at, c)) = chars.next() {
        if found.len() > TOKENS {
            let e = Error::input("the file has too many words").at(path, line).hint("give the part that matters");
            return (found, Some(e));
        }
        match c {
            '\n' => line += 1,
            c if c.is_whitespace() => {}
            '/' if text[at..].starts_with("//") => {
                while chars.peek().is_some_and(|(_, c)| *c != '\n') {
                    chars.next();
                }
            }
            '/' if text[at..].starts_with("/*") => {
                let mut before = ' ';
                chars.next();
                for (_, c) in chars.by_ref() {
                    line += u64::from(c == '\n');
                    if before == '*' && c == '/' {
                        break;
                    }
                    before = c;
                }
            }
            '"' | '\'' | '`' => {
                let begun = line;
                let mut value = String::new();
                let mut closed = false;
                while let Some((_, n)) = chars.next() {
                    if n == c {
                        closed = true;
                        break;
                    }
                    line += u64::from(n == '\n');
                    if n == '\\' {
                        if let Some((_, escaped)) = chars.next() {
                            line += u64::from(escaped == '\n');
                            value.push(match escaped {
                                'n' => '\n',
                                't' => '\t',
                                other => other,
                            });
                        }
                    } else if n == '\n' && c != '`' {
                        break;
                    } else if value.len() < TEXT {
                        value.push(n);
                    }
                }
                if !closed {
                    let e = Error::input("a string is never closed").at(path, begun).hint("give the file whole");
                    return (found, Some(e));
                }
                found.push(Word { line: begun, token: Token::Text(value), closes: 0 });
            }
            c if c.is_ascii_digit() => {
                let mut value = String::from(c);
                while let Some((_, d)) = chars.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '.') {
                    value.push(d);
                }
                found.push(Word { line, token: Token::Number(value), closes: 0 });
            }
            c if c.is_alphabetic() || c == '_' || c == '$' => {
                let mut value = String::from(c);
                while let Some((_, d)) =
                    chars.next_if(|(_, c)| c.is_alphanumeric() || *c == '_' || *c == '$' || *c == '.')
                {
                    value.push(d);
                }
                found.push(Word { line, token: Token::Word(value), closes: 0 });
            }
            c if c.is_ascii() => {
                match c {
                    '(' | '[' | '{' => open.push(found.len()),
                    ')' | ']' | '}' => {
                        if let Some(at) = open.pop() {
                            found[at].closes = found.len() - at;
                        }
                    }
                    _ => {}
                }
                found.push(Word { line, token: Token::Sign(c as u8), closes: 0 });
            }
            _ => {}
        }
    }
    (found, None)
}

/// The bracket that closes the one at `open`.
pub(super) fn closing(tokens: &[Word], open: usize) -> Option<usize> {
    let closes = tokens.get(open)?.closes;
    (closes > 0).then_some(open + closes)
}
