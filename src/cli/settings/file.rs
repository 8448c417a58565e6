//! What the file of settings says.

use std::num::NonZeroUsize;

use jiff::tz::TimeZone;

use crate::assemble::ErrorPolicy;
use crate::cli::args::{self, Color};
use crate::cli::overrides::ClientErrors;
use crate::cli::size::size;
use crate::cli::teams;
use crate::config::{self, Problems, Section, Value};
use crate::ingest::{Dimensions, Probes};
use crate::model::{Alias, Aliases, Glob, OperationGlob, ServiceGlob, StatusCode, Teams};
use crate::report::TraceUrl;
use crate::summary::{Entries, Noise};

/// The settings of a file; nothing where it says nothing.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// `color`.
    pub color: Option<Color>,
    /// `width`.
    pub width: Option<u16>,
    /// `tz`.
    pub tz: Option<TimeZone>,
    /// `threads`.
    pub threads: Option<NonZeroUsize>,
    /// `memory`, bytes.
    pub memory: Option<u64>,
    /// `trace_url`.
    pub trace_url: Option<TraceUrl>,
    /// `dimensions`.
    pub dimensions: Dimensions,
    /// `errors.http_4xx`.
    pub http_4xx: Option<ClientErrors>,
    /// The rest of `errors`.
    pub errors: ErrorPolicy,
    /// `entries`.
    pub entries: Entries,
    /// Whether the usual noise stays in.
    pub keep_usual_noise: bool,
    /// `noise.operations` and `noise.keep`.
    pub noise: Noise,
    /// `noise.user_agents` and `noise.keep_user_agents`.
    pub probes: Probes,
    /// `noise.synthetic`.
    pub synthetic: Option<Vec<String>>,
    /// `teams`.
    pub teams: Teams,
    /// `aliases` and `peers`.
    pub aliases: Aliases,
    /// Every setting that was found, in the order in which they were asked for.
    pub written: Vec<Written>,
}

/// A setting as it is written.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its name with that of its table.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The value as TOML.
    pub text: String,
}

impl Written {
    /// A value where it stands.
    pub fn of(value: &Value<'_>) -> Self {
        let path = value.path().to_owned();
        Self { path, line: value.line(), text: value.written().to_owned() }
    }
}

/// Reads the text of a file of settings.
///
/// # Errors
/// With all mistakes in it.
pub fn read(name: &str, text: &str) -> Result<File, Problems> {
    config::read(name, text, |root| {
        let mut file = File::default();
        file.root(root);
        file.written.sort_by_key(|written| written.line);
        file
    })
}

impl File {
    fn root(&mut self, root: &mut Section<'_>) {
        self.color = self.get(root, "color").and_then(|v| {
            v.choice(&[("auto", Color::Auto), ("always", Color::Always), ("never", Color::Never)])
        });
        let range = i64::from(args::WIDTHS.0)..=i64::from(args::WIDTHS.1);
        let width = self.get(root, "width").and_then(|v| v.integer(range));
        self.width = width.and_then(|width| u16::try_from(width).ok());
        self.tz = self.get(root, "tz").and_then(|v| v.parsed(args::zone));
        let threads = self.get(root, "threads").and_then(|v| v.integer(1..=4_096));
        self.threads = threads.and_then(|n| NonZeroUsize::new(usize::try_from(n).ok()?));
        self.memory = self.get(root, "memory").and_then(|v| v.parsed(size));
        self.trace_url = self.get(root, "trace_url").and_then(|v| v.parsed(TraceUrl::parse));
        if let Some(value) = self.get(root, "dimensions") {
            let names = value.list(|name| name.text().map(str::to_owned));
            match Dimensions::new(&names) {
                Ok(dimensions) => self.dimensions = dimensions,
                Err(why) => value.wrong(why.to_string()),
            }
        }
        for (key, read) in TABLES {
            if let Some(value) = root.value(key) {
                value.table(|table| read(self, table));
            }
        }
    }

    /// A value, taken note of.
    fn get<'a>(&mut self, table: &mut Section<'a>, key: &'static str) -> Option<Value<'a>> {
        let value = table.value(key)?;
        self.note(&value);
        Some(value)
    }

    fn note(&mut self, value: &Value<'_>) {
        self.written.push(Written::of(value));
    }

    fn operations(&mut self, table: &mut Section<'_>, key: &'static str) -> Vec<OperationGlob> {
        let value = self.get(table, key);
        value.map_or_else(Vec::new, |v| v.list(|v| v.parsed(OperationGlob::parse)))
    }

    fn globs(&mut self, table: &mut Section<'_>, key: &'static str) -> Vec<Glob> {
        let value = self.get(table, key);
        value.map_or_else(Vec::new, |v| v.list(|v| v.parsed(Glob::parse)))
    }

    fn errors(&mut self, table: &mut Section<'_>) {
        self.http_4xx = self.get(table, "http_4xx").and_then(|v| {
            v.choice(&[
                ("client", ClientErrors::Client),
                ("both", ClientErrors::Both),
                ("none", ClientErrors::None),
            ])
        });
        let lists: [List; 4] = [
            ("http_failures", http_codes, true),
            ("http_successes", http_codes, false),
            ("grpc_failures", grpc_code, true),
            ("grpc_successes", grpc_code, false),
        ];
        // Classes first: a single code departs from its class.
        let mut classes = Vec::new();
        for (key, read, fails) in lists {
            let Some(value) = self.get(table, key) else { continue };
            value.list(|item| {
                let codes = read(item)?;
                if codes.len() > 1 {
                    classes.extend(codes.iter().map(|code| (*code, fails)));
                } else if let Some(code) = codes.first() {
                    let before = self.errors.codes.insert(*code, fails);
                    if before == Some(!fails) {
                        item.wrong("this code is a failure and a success at once");
                    }
                }
                Some(())
            });
        }
        for (code, fails) in classes {
            self.errors.codes.entry(code).or_insert(fails);
        }
        self.errors.ignored_types = self.globs(table, "ignored_types");
        self.errors.ignored_operations = self.operations(table, "ignored_operations");
    }

    fn entries(&mut self, table: &mut Section<'_>) {
        self.entries.count = self.operations(table, "count");
        self.entries.never = self.operations(table, "never");
    }

    fn noise(&mut self, table: &mut Section<'_>) {
        let defaults = self.get(table, "defaults").and_then(|v| v.boolean());
        self.keep_usual_noise = defaults == Some(false);
        self.noise.operations = self.operations(table, "operations");
        self.noise.keep = self.operations(table, "keep");
        self.probes.agents = self.globs(table, "user_agents");
        self.probes.keep = self.globs(table, "keep_user_agents");
        self.synthetic = self
            .get(table, "synthetic")
            .map(|value| value.list(|kind| kind.text().map(str::to_owned)));
    }

    fn aliases(&mut self, table: &mut Section<'_>) {
        self.aliases.services = self.names(table);
    }

    fn peers(&mut self, table: &mut Section<'_>) {
        self.aliases.peers = self.names(table);
    }

    fn teams(&mut self, table: &mut Section<'_>) {
        table.entries().iter().for_each(|(_, value)| self.note(value));
        self.teams = Teams::new(teams::rules(table));
    }

    fn names(&mut self, table: &mut Section<'_>) -> Vec<(ServiceGlob, Alias)> {
        let mut rules = Vec::new();
        for (key, value) in table.entries() {
            self.note(&value);
            let (glob, alias) = (key.parsed(ServiceGlob::parse), value.parsed(Alias::parse));
            rules.extend(glob.zip(alias));
        }
        rules
    }
}

type Table = (&'static str, fn(&mut File, &mut Section<'_>));

/// The tables of the file.
const TABLES: [Table; 6] = [
    ("errors", File::errors),
    ("entries", File::entries),
    ("noise", File::noise),
    ("aliases", File::aliases),
    ("peers", File::peers),
    ("teams", File::teams),
];

type Codes = Vec<StatusCode>;
/// A key, how its items are read, and whether they are failures.
type List = (&'static str, fn(&Value<'_>) -> Option<Codes>, bool);

/// 404, or "4xx" for all of a class.
fn http_codes(value: &Value<'_>) -> Option<Codes> {
    if !value.is_text() {
        let code = value.integer(100..=599)?;
        return Some(vec![StatusCode::http(u16::try_from(code).ok()?)]);
    }
    value.parsed(|text| {
        let class = text.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok());
        match class.filter(|class| (1..=5).contains(class)) {
            Some(class) => {
                Ok((class * 100..class * 100 + 100).map(StatusCode::http).collect::<Codes>())
            }
            None => {
                Err(format!("\"{text}\" is neither a code such as 404 nor a class such as 4xx"))
            }
        }
    })
}

/// 5 or "NOT_FOUND".
fn grpc_code(value: &Value<'_>) -> Option<Codes> {
    let code = if value.is_text() {
        let names: Vec<_> =
            StatusCode::GRPC_NAMES.iter().zip(0..).map(|(name, code)| (*name, code)).collect();
        value.choice(&names)?
    } else {
        u16::try_from(value.integer(0..=16)?).ok()?
    };
    Some(vec![StatusCode::grpc(code)])
}

#[cfg(test)]
mod tests {
    use super::super::KEYS;
    use super::*;

    #[test]
    fn the_file_knows_what_the_table_of_keys_lists() {
        let known = |path: &str| {
            let text = match path.split_once('.') {
                Some((table, "*")) => format!("[{table}]\nx = {{}}"),
                Some((table, key)) => format!("[{table}]\n{key} = {{}}"),
                None => format!("{path} = {{}}"),
            };
            // A table is what no setting takes: the key is known if that is the only mistake.
            let told = read("f", &text).unwrap_err().to_string();
            assert!(!told.contains("unknown"), "{path}: {told}");
        };
        KEYS.iter().for_each(|key| known(key.path));
        for table in ["", "errors", "entries", "noise"] {
            let text = if table.is_empty() { String::new() } else { format!("[{table}]\n") };
            let told = read("f", &format!("{text}zzzzzz = 1")).unwrap_err().to_string();
            let listed = told.matches('`').count() / 2 - 1 - usize::from(!table.is_empty());
            let of = |key: &&super::super::Key| match key.path.split_once('.') {
                Some((of, _)) => of == table,
                None => table.is_empty(),
            };
            let tables = if table.is_empty() { TABLES.len() } else { 0 };
            assert_eq!(listed, KEYS.iter().filter(of).count() + tables, "{told}");
        }
    }

    #[test]
    fn a_single_code_departs_from_its_class() {
        let text = "[errors]\nhttp_successes = [\"5xx\"]\nhttp_failures = [503]\n\
                    grpc_failures = [\"NOT_FOUND\", 8]";
        let codes = read("f", text).unwrap().errors.codes;
        assert!(!codes[&StatusCode::http(500)] && codes[&StatusCode::http(503)]);
        assert!(codes[&StatusCode::grpc(5)] && codes[&StatusCode::grpc(8)]);
        let both = "[errors]\ngrpc_failures = [5]\ngrpc_successes = \"NOT_FOUND\"";
        let told = read("f", both).unwrap_err();
        assert_eq!(told.to_string(), "f:3:18: this code is a failure and a success at once");
    }
}
