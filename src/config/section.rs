//! Tables of a file of settings, and the file as a whole.

use std::cell::RefCell;
use std::ops::Range;

use toml::de::DeTable;

use super::value::Value;
use super::{Problem, Problems, nearest};

/// The text, and the mistakes found in it so far.
pub(super) struct Source<'a> {
    pub(super) text: &'a str,
    problems: RefCell<Vec<Problem>>,
}

impl Source<'_> {
    pub(super) fn wrong(&self, at: Range<usize>, message: String) {
        self.problems.borrow_mut().push(Problem::new(self.text, at, message));
    }
}

/// Reads the text of a file of settings: `ask` is handed the root table and makes of it what it
/// will. `file` is only named in mistakes.
///
/// ```
/// # use tracefall::config::read;
/// let asked = read("x.toml", "limit = 5\n[team]\nname = \"pay\"", |root| {
///     let limit = root.value("limit").and_then(|v| v.integer(1..=10));
///     let name = root.value("team").and_then(|v| v.table(|team| {
///         team.value("name").and_then(|v| v.text().map(str::to_owned))
///     }));
///     (limit, name.flatten())
/// });
/// assert_eq!(asked.unwrap(), (Some(5), Some("pay".to_owned())));
/// let wrong = read("x.toml", "limti = 5", |root| drop(root.value("limit"))).unwrap_err();
/// assert_eq!(wrong.to_string(), "x.toml:1:1: unknown key `limti`; did you mean `limit`?");
/// ```
///
/// # Errors
/// With all mistakes: of syntax if there are such, else of keys and values.
pub fn read<T>(
    file: &str,
    text: &str,
    ask: impl FnOnce(&mut Section<'_>) -> T,
) -> Result<T, Problems> {
    let (root, broken) = DeTable::parse_recoverable(text);
    let source = Source { text, problems: RefCell::default() };
    let mut asked = None;
    if broken.is_empty() {
        let mut section = Section::new(&source, root.get_ref(), 0..0, "");
        asked = Some(ask(&mut section));
        section.finish();
    }
    for error in broken {
        let end = text.len();
        source.wrong(error.span().unwrap_or(end..end), error.message().to_owned());
    }
    let mut list = source.problems.into_inner();
    list.sort();
    list.dedup();
    match asked {
        Some(asked) if list.is_empty() => Ok(asked),
        _ => Err(Problems { file: file.to_owned(), list }),
    }
}

/// A table. Whatever nobody [asked](Section::value) for is a mistake.
pub struct Section<'a> {
    source: &'a Source<'a>,
    table: &'a DeTable<'a>,
    at: Range<usize>,
    /// What it is called in mistakes; empty at the root.
    path: String,
    asked: Vec<&'static str>,
    open: bool,
}

impl<'a> Section<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        table: &'a DeTable<'a>,
        at: Range<usize>,
        path: &str,
    ) -> Self {
        Self { source, table, at, path: path.to_owned(), asked: Vec::new(), open: false }
    }

    /// The value of a key, if it is there. Makes the key a known one.
    pub fn value(&mut self, key: &'static str) -> Option<Value<'a>> {
        self.asked.push(key);
        let (_, value) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some(Value::new(self.source, value, self.name_of(key)))
    }

    /// The value of a key without which the table makes no sense.
    pub fn required(&mut self, key: &'static str) -> Option<Value<'a>> {
        let value = self.value(key);
        if value.is_none() {
            self.wrong(format!("`{key}` is missing"));
        }
        value
    }

    /// All keys with their values, in the order of the file: of a table whose keys are the
    /// user's own.
    pub fn entries(&mut self) -> Vec<(Key<'a>, Value<'a>)> {
        self.open = true;
        let mut entries: Vec<_> = self.table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let source = self.source;
        let entry = |(key, value): (&'a toml::Spanned<toml::de::DeString<'a>>, _)| {
            let value = Value::new(source, value, self.name_of(key.get_ref()));
            (Key { source, text: key.get_ref(), at: key.span() }, value)
        };
        entries.into_iter().map(entry).collect()
    }

    /// Tells a mistake of the table as a whole.
    pub fn wrong(&self, message: impl Into<String>) {
        self.source.wrong(self.at.clone(), message.into());
    }

    /// The line where it begins, from 1.
    pub fn line(&self) -> usize {
        line(self.source.text, self.at.start)
    }

    /// Tells keys that nobody asked for.
    pub(super) fn finish(self) {
        let unknown = |name: &str| !self.open && !self.asked.contains(&name);
        for (key, _) in self.table.iter().filter(|(key, _)| unknown(key.get_ref())) {
            let name = key.get_ref();
            let place =
                if self.path.is_empty() { String::new() } else { format!(" in `{}`", self.path) };
            let hint = match nearest(name, self.asked.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => format!("; known are {}", listed(&self.asked)),
            };
            self.source.wrong(key.span(), format!("unknown key `{name}`{place}{hint}"));
        }
    }

    fn name_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// A key that the user chose.
pub struct Key<'a> {
    source: &'a Source<'a>,
    text: &'a str,
    at: Range<usize>,
}

impl<'a> Key<'a> {
    /// What it says.
    pub fn text(&self) -> &'a str {
        self.text
    }

    /// What `parse` makes of it; its refusal is a mistake at the key.
    pub fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        parse(self.text).map_err(|why| self.wrong(why)).ok()
    }

    /// Tells a mistake at the key.
    pub fn wrong(&self, message: impl Into<String>) {
        self.source.wrong(self.at.clone(), message.into());
    }

    /// The line where it stands, from 1.
    pub fn line(&self) -> usize {
        line(self.source.text, self.at.start)
    }
}

pub(super) fn line(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1
}

pub(super) fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    quoted.join(", ")
}
