//! One value of a file of settings. What cannot be read as asked is told and counts as absent.

use std::ops::{Range, RangeInclusive};

use jiff::civil::Date;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::nearest;
use super::section::{Section, Source, line, listed};

/// A value at its place.
pub struct Value<'a> {
    source: &'a Source<'a>,
    value: &'a DeValue<'a>,
    at: Range<usize>,
    /// What it is called in mistakes.
    path: String,
}

impl<'a> Value<'a> {
    pub(super) fn new(
        source: &'a Source<'a>,
        value: &'a Spanned<DeValue<'a>>,
        path: String,
    ) -> Self {
        Self { source, value: value.get_ref(), at: value.span(), path }
    }

    /// Text.
    pub fn text(&self) -> Option<&'a str> {
        match self.value {
            DeValue::String(text) => Some(text),
            _ => self.another("text in quotes"),
        }
    }

    /// Text of which `parse` makes something; its refusal is a mistake here.
    pub fn parsed<T>(&self, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        parse(self.text()?).map_err(|why| self.wrong(why)).ok()
    }

    /// One of some words.
    pub fn choice<T: Copy>(&self, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text()?;
        let chosen = choices.iter().find(|(word, _)| *word == text);
        if chosen.is_none() {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let hint = match nearest(text, words.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it can be {}", listed(&words)),
            };
            self.wrong(format!("`{}` cannot be `{text}`; {hint}", self.path));
        }
        chosen.map(|(_, value)| *value)
    }

    /// true or false.
    pub fn boolean(&self) -> Option<bool> {
        match self.value {
            DeValue::Boolean(value) => Some(*value),
            _ => self.another("true or false"),
        }
    }

    /// A whole number within a range.
    pub fn integer(&self, range: RangeInclusive<i64>) -> Option<i64> {
        let DeValue::Integer(written) = self.value else {
            return self.another("a whole number");
        };
        let number = i64::from_str_radix(written.as_str(), written.radix()).ok();
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            let (least, most) = range.into_inner();
            self.outside(&least.to_string(), &most.to_string(), most == i64::MAX);
        }
        fits
    }

    /// A number within a range, with or without decimals.
    pub fn number(&self, range: RangeInclusive<f64>) -> Option<f64> {
        let number = match self.value {
            DeValue::Float(written) => written.as_str().parse::<f64>().ok(),
            DeValue::Integer(written) => {
                i64::from_str_radix(written.as_str(), written.radix()).ok().map(|n| n as f64)
            }
            _ => return self.another("a number"),
        };
        // Not a number is in no range.
        let fits = number.filter(|number| range.contains(number));
        if fits.is_none() {
            let (least, most) = range.into_inner();
            self.outside(&least.to_string(), &most.to_string(), most == f64::INFINITY);
        }
        fits
    }

    /// A day, in quotes or not.
    pub fn date(&self) -> Option<Date> {
        let written = match self.value {
            DeValue::Datetime(day) => day.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return self.another("a day such as 2026-01-31"),
        };
        // Of a time, jiff would read the day alone.
        let day = written.parse::<Date>().ok().filter(|day| day.to_string() == written);
        if day.is_none() {
            self.wrong(format!("`{}` must be a day such as 2026-01-31", self.path));
        }
        day
    }

    /// A list; a value by itself is a list of one. Items that `read` refuses are left out.
    pub fn list<T>(&self, mut read: impl FnMut(&Value<'a>) -> Option<T>) -> Vec<T> {
        match self.value {
            DeValue::Array(items) => items
                .iter()
                .filter_map(|item| read(&Value::new(self.source, item, self.path.clone())))
                .collect(),
            _ => read(self).into_iter().collect(),
        }
    }

    /// A table, of which `ask` asks what it knows.
    pub fn table<T>(&self, ask: impl FnOnce(&mut Section<'a>) -> T) -> Option<T> {
        let DeValue::Table(table) = self.value else {
            return self.another("a table");
        };
        let mut section = Section::new(self.source, table, self.place_of(table), &self.path);
        let asked = ask(&mut section);
        section.finish();
        Some(asked)
    }

    /// Whether it is text: of settings that have a word or a number.
    pub fn is_text(&self) -> bool {
        matches!(self.value, DeValue::String(_))
    }

    /// Whether it is a table: of settings that have a short and a long form.
    pub fn is_table(&self) -> bool {
        matches!(self.value, DeValue::Table(_))
    }

    /// Tells a mistake here.
    pub fn wrong(&self, message: impl Into<String>) {
        self.source.wrong(self.at.clone(), message.into());
    }

    /// As it is written.
    pub fn written(&self) -> &'a str {
        self.source.text.get(self.at.clone()).unwrap_or_default()
    }

    /// The line where it stands, from 1.
    pub fn line(&self) -> usize {
        line(self.source.text, self.at.start)
    }

    /// Its name with those of the tables around it, such as `errors.http`.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn outside(&self, least: &str, most: &str, unbounded: bool) {
        let path = &self.path;
        if unbounded {
            self.wrong(format!("`{path}` must be at least {least}"));
        } else {
            self.wrong(format!("`{path}` must lie from {least} to {most}"));
        }
    }

    fn another<T>(&self, wanted: &str) -> Option<T> {
        let found = match self.value {
            DeValue::String(_) => "text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.wrong(format!("`{}` must be {wanted}, not {found}", self.path));
        None
    }

    /// A table that is only implied by the names of others has no place of its own.
    fn place_of(&self, table: &DeTable<'_>) -> Range<usize> {
        if self.at.is_empty() {
            let keys = table.iter().map(|(key, _)| key.span());
            return keys.min_by_key(|span| span.start).unwrap_or_else(|| self.at.clone());
        }
        self.at.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Section, read};

    fn wrong(text: &str, ask: impl FnOnce(&mut Section<'_>)) -> Vec<String> {
        let told = read("f", text, ask).unwrap_err();
        let place = |p: &super::super::Problem| format!("{}:{} {}", p.line, p.column, p.message);
        told.list.iter().map(place).collect()
    }

    #[test]
    fn all_mistakes_are_told_at_once_in_order_of_place() {
        let text = "width = \"wide\"\nwhom = \"clint\"\n\n[errors]\nhtpp = 1\nshare = 2.5\n\
                    codes = [404, \"x\", 999]\n";
        let told = wrong(text, |root| {
            assert!(root.value("width").unwrap().integer(1..=9).is_none());
            root.value("whom").unwrap().choice(&[("client", 1), ("server", 2)]);
            root.value("errors").unwrap().table(|errors| {
                errors.value("http");
                assert!(errors.value("share").unwrap().number(0.0..=1.0).is_none());
                let codes = errors.value("codes").unwrap().list(|v| v.integer(100..=599));
                assert_eq!(codes, [404]);
            });
        });
        assert_eq!(
            told,
            [
                "1:9 `width` must be a whole number, not text",
                "2:8 `whom` cannot be `clint`; did you mean `client`?",
                "5:1 unknown key `htpp` in `errors`; did you mean `http`?",
                "6:9 `errors.share` must lie from 0 to 1",
                "7:15 `errors.codes` must be a whole number, not text",
                "7:20 `errors.codes` must lie from 100 to 599",
            ]
        );
    }

    #[test]
    fn errors_of_syntax_come_first_and_all_together() {
        let told = wrong("a = \nb = [1,\nc = 2\nd 5\n", |_| unreachable!("it is not asked"));
        assert!(told.len() > 1 && told[0].starts_with("1:"), "{told:?}");
        let twice = wrong("a = 1\na = 2\n", |_| ());
        assert!(twice[0].starts_with("2:1 duplicate key"), "{twice:?}");
    }

    #[test]
    fn entries_keep_the_order_of_the_file() {
        let text = "z = 1\n\"a/*\" = 2\nm = 3\n";
        let keys = read("f", text, |root| {
            root.entries().iter().map(|(key, v)| (key.text().to_owned(), v.line())).collect()
        });
        let keys: Vec<(String, usize)> = keys.unwrap();
        assert_eq!(keys, [("z".into(), 1), ("a/*".into(), 2), ("m".into(), 3)]);
    }

    #[test]
    fn days_and_what_is_missing() {
        let text = "a = 2026-01-31\nb = \"2026-02-01\"\nc = 2026-01-31T10:00:00Z\n[[rule]]\n";
        let told = wrong(text, |root| {
            assert_eq!(root.value("a").unwrap().date().unwrap().to_string(), "2026-01-31");
            assert!(root.value("b").unwrap().date().is_some());
            assert!(root.value("c").unwrap().date().is_none());
            let rules = root.value("rule").unwrap();
            rules.list(|rule| rule.table(|rule| drop(rule.required("id"))));
        });
        assert_eq!(told[0], "3:5 `c` must be a day such as 2026-01-31");
        assert_eq!(told[1], "4:1 `id` is missing");
    }

    #[test]
    fn deep_nesting_is_refused_and_not_a_crash() {
        let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(!wrong(&deep, |_| ()).is_empty());
    }
}
