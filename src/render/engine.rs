//! The template engine: strict, without HTML escaping of its own, with a quoting helper for each target syntax.

use super::quote;
use crate::error::{Error, Result};
use handlebars::{Context, Handlebars, Helper, HelperResult, Output, RenderContext, RenderError, RenderErrorReason};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// The templates: embedded, and over them those of a group's own folder.
#[derive(Debug)]
pub struct Engine {
    handlebars: Handlebars<'static>,
    overlay: BTreeMap<String, String>,
    plain: BTreeMap<String, String>,
    /// Of each template that was parsed beforehand: its parts' names, and how many lines stand before each.
    prepared: BTreeMap<String, Vec<(usize, String)>>,
}

/// Data for templates.
#[derive(Debug)]
pub struct Data(Context);

impl Data {
    /// Data, made ready to fill several templates.
    pub fn new(value: serde_json::Value) -> Self {
        Self(Context::from(value))
    }

    /// The data, for changing what only some templates see.
    pub fn value(&mut self) -> &mut serde_json::Value {
        self.0.data_mut()
    }
}

/// A line that cuts a template, outside all blocks. The parser's time grows with the square of a text's length, so long
/// templates are parsed part by part.
const CUT: &str = "{{! --- }}\n";

/// The parts of a template, each with the number of lines before it.
fn parts(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut before = 0;
    text.split(CUT).map(move |part| {
        let at = before;
        before += part.matches('\n').count() + 1;
        (at, part)
    })
}

impl Engine {
    /// An engine with an overlay: path below `templates/` without `.hbs` → text.
    pub fn new(overlay: BTreeMap<String, String>) -> Self {
        let mut handlebars = Handlebars::new();
        handlebars.set_strict_mode(true);
        handlebars.register_escape_fn(handlebars::no_escape);
        for (name, function) in quote::ALL {
            let function = *function;
            let helper = move |h: &Helper<'_>,
                               _: &Handlebars<'_>,
                               _: &Context,
                               _: &mut RenderContext<'_, '_>,
                               out: &mut dyn Output|
                  -> HelperResult {
                if h.params().is_empty() {
                    return Err(RenderErrorReason::Other("a quoting helper needs a value".into()).into());
                }
                // Most have one value, which needs no copy.
                let mut text = Cow::Borrowed("");
                for value in h.params() {
                    if value.is_value_missing() {
                        let name = value.relative_path().cloned().unwrap_or_default();
                        return Err(RenderErrorReason::MissingVariable(Some(name)).into());
                    }
                    text += told(value.value());
                }
                let quoted = function(&text).map_err(|why| {
                    RenderErrorReason::Other(format!(
                        "the value `{}` can't be written: {why}",
                        crate::ui::printable(&text)
                    ))
                })?;
                out.write(&quoted)?;
                Ok(())
            };
            handlebars.register_helper(name, Box::new(helper));
        }
        handlebars.register_helper("join", Box::new(join));
        Self { handlebars, overlay, plain: BTreeMap::new(), prepared: BTreeMap::new() }
    }

    /// The same with files that lie over the embedded ones and are written as they are: path below `templates/` → text.
    #[must_use]
    pub fn with_plain(mut self, plain: BTreeMap<String, String>) -> Self {
        self.plain = plain;
        self
    }

    /// What a template's name stands for: itself, or everything in the folder that it names. Each with its path within that
    /// folder and, where it is written as it is, its text.
    pub fn folder(&self, name: &str) -> Vec<(String, String, Option<&str>)> {
        if !name.ends_with('/') {
            return vec![(name.to_owned(), String::new(), None)];
        }
        let below = |n: &str| n.strip_prefix(name).unwrap_or_default().to_owned();
        let mut all: BTreeMap<String, (String, Option<&str>)> =
            self.names(name).into_iter().map(|n| (below(&n), (n, None))).collect();
        for (n, text) in PLAIN.iter().filter(|(n, _)| n.starts_with(name)) {
            all.insert(below(n), ((*n).to_owned(), Some(*text)));
        }
        for (n, text) in self.plain.iter().filter(|(n, _)| n.starts_with(name)) {
            all.insert(below(n), (n.clone(), Some(text.as_str())));
        }
        all.into_iter().map(|(within, (n, text))| (n, within, text)).collect()
    }

    /// A template's text.
    fn text(&self, name: &str) -> Option<&str> {
        self.overlay.get(name).map(String::as_str).or_else(|| embedded(name))
    }

    /// Whether there is such a template.
    pub fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// Names of templates that begin so, sorted.
    pub fn names(&self, prefix: &str) -> Vec<String> {
        let all = TEMPLATES.iter().map(|(n, _)| *n).chain(self.overlay.keys().map(String::as_str));
        let mut found: Vec<String> = all.filter(|n| n.starts_with(prefix)).map(str::to_owned).collect();
        found.sort();
        found.dedup();
        found
    }

    /// Parses the templates that begin so once, for a run that fills them many times.
    ///
    /// # Errors
    /// When one can't be parsed.
    pub fn prepare(&mut self, prefix: &str) -> Result<()> {
        for name in self.names(prefix) {
            let Some(text) = self.text(&name).map(str::to_owned) else { continue };
            let mut keys = Vec::new();
            for (n, (line, part)) in parts(&text).enumerate() {
                let key = format!("{name}#{n}");
                self.handlebars.register_template_string(&key, part).map_err(|e| {
                    Error::input(format!("the template can't be read: {}", e.reason()))
                        .in_file(format!("templates/{name}.hbs"))
                })?;
                keys.push((line, key));
            }
            self.prepared.insert(name, keys);
        }
        Ok(())
    }

    /// Fills a template.
    ///
    /// # Errors
    /// When it does not exist, names a value that is missing, or a value can't be written in its syntax.
    pub fn fill(&self, name: &str, data: &impl Serialize) -> Result<String> {
        let data =
            Context::wraps(data).map_err(|e| Error::machine(format!("the data can't be told: {}", e.reason())))?;
        self.fill_with(name, &Data(data))
    }

    /// The same with data that are ready.
    ///
    /// # Errors
    /// As [`Engine::fill`].
    pub fn fill_with(&self, name: &str, data: &Data) -> Result<String> {
        self.parts_with(name, data, 0, usize::MAX)
    }

    /// The first part only: up to the first line that cuts the template.
    ///
    /// # Errors
    /// As [`Engine::fill`].
    pub fn first_with(&self, name: &str, data: &Data) -> Result<String> {
        self.parts_with(name, data, 0, 1)
    }

    /// What comes after the first part.
    ///
    /// # Errors
    /// As [`Engine::fill`].
    pub fn rest_with(&self, name: &str, data: &Data) -> Result<String> {
        self.parts_with(name, data, 1, usize::MAX)
    }

    fn parts_with(&self, name: &str, data: &Data, skip: usize, most: usize) -> Result<String> {
        let wrong = |line: usize, e: &RenderError| {
            let error = Error::input(format!("the template can't be filled: {}", e.reason()));
            match e.line_no {
                Some(own) => error.at(format!("templates/{name}.hbs"), (line + own) as u64),
                None => error.in_file(format!("templates/{name}.hbs")),
            }
        };
        let mut filled = String::new();
        if let Some(parts) = self.prepared.get(name) {
            for (line, key) in parts.iter().skip(skip).take(most) {
                filled += &self.handlebars.render_with_context(key, &data.0).map_err(|e| wrong(*line, &e))?;
            }
            return Ok(filled);
        }
        let text = self.text(name).ok_or_else(|| {
            Error::input(format!("there is no template `{name}`"))
                .hint("the file is templates/NAME.hbs, or lies in the folder of `--templates`")
        })?;
        for (line, part) in parts(text).skip(skip).take(most) {
            filled += &self.handlebars.render_template_with_context(part, &data.0).map_err(|e| wrong(line, &e))?;
        }
        Ok(filled)
    }
}

/// `join LIST SEPARATOR [MOST]`: the items of a list as one text, for a quoting helper to write.
fn join(
    h: &Helper<'_>,
    _: &Handlebars<'_>,
    _: &Context,
    _: &mut RenderContext<'_, '_>,
    out: &mut dyn Output,
) -> HelperResult {
    let wrong = || RenderErrorReason::Other("`join` needs a list and what stands between its items".into());
    let (Some(list), Some(between)) = (h.param(0), h.param(1)) else { return Err(wrong().into()) };
    let (Some(items), Some(between)) = (list.value().as_array(), between.value().as_str()) else {
        return Err(wrong().into());
    };
    let most =
        h.param(2).and_then(|p| p.value().as_u64()).map_or(usize::MAX, |n| usize::try_from(n).unwrap_or(usize::MAX));
    for (n, item) in items.iter().take(most).enumerate() {
        if n > 0 {
            out.write(between)?;
        }
        out.write(&told(item))?;
    }
    Ok(())
}

/// A value as a text. Nothing is nothing, and a list its items with a space between them.
fn told(value: &serde_json::Value) -> Cow<'_, str> {
    match value {
        serde_json::Value::String(s) => s.into(),
        serde_json::Value::Null => "".into(),
        serde_json::Value::Array(all) => all.iter().map(told).collect::<Vec<_>>().join(" ").into(),
        other => other.to_string().into(),
    }
}

fn embedded(name: &str) -> Option<&'static str> {
    TEMPLATES.binary_search_by(|(n, _)| (*n).cmp(name)).ok().map(|at| TEMPLATES[at].1)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn engine(text: &str) -> Engine {
        Engine::new([("t".to_owned(), text.to_owned())].into())
    }

    #[test]
    fn a_missing_value_is_an_error_also_in_a_helper() {
        assert!(engine("{{a}}").fill("t", &json!({})).is_err());
        assert!(engine("{{sh a}}").fill("t", &json!({})).is_err());
        assert!(engine("{{#each a}}x{{/each}}").fill("t", &json!({})).is_err());
    }

    #[test]
    fn data_is_never_a_template() {
        let out = engine("{{sh a}} {{b}}").fill("t", &json!({"a": "{{b}}", "b": "{{> x}}"})).unwrap();
        assert_eq!(out, "'{{b}}' {{> x}}");
    }

    #[test]
    fn a_cut_template_gives_the_same_text_and_names_the_line() {
        let data = json!({"a": [1, 2]});
        let one = engine("x\n{{#each a}}\n{{this}}\n{{/each}}\n\ny\n").fill("t", &data).unwrap();
        let cut =
            engine("x\n{{! --- }}\n{{#each a}}\n{{this}}\n{{/each}}\n{{! --- }}\n\ny\n").fill("t", &data).unwrap();
        assert_eq!(one, cut);
        let error = engine("x\n{{! --- }}\n\n{{b}}\n").fill("t", &data).unwrap_err();
        assert_eq!(error.at.unwrap().line, Some(4));
        let cut = engine("x{{a.[0]}}\n{{! --- }}\ny\n{{! --- }}\nz\n");
        let data = Data::new(data);
        let parts = cut.first_with("t", &data).unwrap() + &cut.rest_with("t", &data).unwrap();
        assert_eq!(parts, cut.fill_with("t", &data).unwrap());
    }

    #[test]
    fn several_values_and_lists_are_one_text_before_they_are_quoted() {
        let data = json!({"a": "it's", "b": ["x", "y\"z"], "c": null});
        assert_eq!(engine("{{sh \"./\" a \"/\" c b}}").fill("t", &data).unwrap(), "'./it'\\''s/x y\"z'");
        assert_eq!(engine("{{csv b}}").fill("t", &data).unwrap(), "\"x y\"\"z\"");
        assert_eq!(engine("{{code (sh a)}}").fill("t", &data).unwrap(), "'it'\\''s'");
        assert!(engine("{{sh a d}}").fill("t", &data).is_err() && engine("{{sh}}").fill("t", &data).is_err());
    }

    #[test]
    fn a_list_is_joined_before_it_is_quoted() {
        let data = json!({"a": ["x", "it's", "z"], "none": []});
        assert_eq!(engine("{{sh (join a \", \")}}").fill("t", &data).unwrap(), "'x, it'\\''s, z'");
        assert_eq!(engine("{{html (join a \", \" 2)}}").fill("t", &data).unwrap(), "x, it&#39;s");
        assert_eq!(engine("{{plain (join none \", \")}}").fill("t", &data).unwrap(), "");
        assert!(engine("{{md (join b \", \")}}").fill("t", &data).is_err());
    }

    #[test]
    fn what_a_syntax_can_not_say_is_an_error() {
        assert!(engine("{{ini a}}").fill("t", &json!({"a": "x\n[y]"})).is_err());
    }

    #[test]
    fn embedded_templates_are_sorted_for_the_search() {
        assert!(TEMPLATES.is_sorted_by_key(|(n, _)| *n));
    }
}
