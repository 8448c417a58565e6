//! The documentation tells the truth: what it shows can be typed, what it lists is what the
//! registries hold, what it quotes is what the source says, and its links lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use tracefall::cli::exit;
use tracefall::model::{Article, LossKind};
use tracefall::report::{ANALYSIS, Format, GRAPH, TRACE};
use tracefall::{cascade, contain, ingest, rank};

const SHELL: [&str; 2] = ["sh", "console"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README and everything in docs/: path from the root, and text.
fn pages() -> Vec<(PathBuf, String)> {
    let mut paths = vec![root().join("README.md")];
    for entry in walkdir::WalkDir::new(root().join("docs")).sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    assert!(paths.len() > 6, "pages are missing: {paths:?}");
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        (path.strip_prefix(root()).unwrap().to_owned(), text)
    };
    paths.into_iter().map(read).collect()
}

fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// A page in pieces: lines of fenced blocks with their language, and the prose between.
struct Parts<'a> {
    fenced: Vec<(&'a str, &'a str)>,
    prose: Vec<&'a str>,
}

fn parts(text: &str) -> Parts<'_> {
    let mut parts = Parts { fenced: Vec::new(), prose: Vec::new() };
    let mut language = None;
    for line in text.lines() {
        match (line.trim_start().strip_prefix("```"), language) {
            (Some(_), Some(_)) => language = None,
            (Some(name), None) => language = Some(name.trim()),
            (None, Some(language)) => parts.fenced.push((language, line)),
            (None, None) => parts.prose.push(line),
        }
    }
    assert!(language.is_none(), "a fence that is not closed");
    parts
}

/// What stands between single backticks.
fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The rows of the first table below a heading, cell by cell, without the head.
fn table(text: &str, heading: &str) -> Vec<Vec<String>> {
    let below = text.lines().skip_while(|line| *line != heading).skip(1);
    let rows: Vec<Vec<String>> = below
        .take_while(|line| !line.starts_with('#'))
        .skip_while(|line| !line.starts_with('|'))
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split(" | ").map(|c| c.trim().to_owned()).collect())
        .collect();
    assert!(!rows.is_empty(), "no table below {heading}");
    rows
}

fn code(cell: &str) -> &str {
    cell.strip_prefix('`').and_then(|c| c.strip_suffix('`')).unwrap_or(cell)
}

fn first_cells(rows: &[Vec<String>]) -> Vec<&str> {
    rows.iter().map(|row| code(&row[0])).collect()
}

/// What `--help` says of the program and of each subcommand.
struct Help {
    by_command: BTreeMap<String, String>,
}

impl Help {
    fn read() -> Self {
        let help = |args: &[&str]| {
            let output = Command::cargo_bin("tracefall").unwrap().args(args).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        let all = help(&["--help"]);
        let commands = all.lines().skip_while(|line| *line != "Commands:").skip(1);
        let mut by_command = BTreeMap::new();
        for line in commands.take_while(|line| !line.is_empty()) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                by_command.insert(name.to_owned(), help(&[name, "--help"]));
            }
        }
        assert!(by_command.len() >= 4, "{all}");
        by_command.insert(String::new(), all);
        Self { by_command }
    }

    fn knows(&self, command: &str, flag: &str) -> bool {
        let words = |text: &str| {
            text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).any(|w| w == flag)
        };
        self.by_command.get(command).is_some_and(|help| words(help))
    }
}

/// The arguments of every `tracefall …` (or `cargo run … -- …`) in a line.
fn commands(line: &str) -> Vec<Vec<&str>> {
    let line = line.split(" # ").next().unwrap_or(line);
    let pieces = line.split(['|', '>', ';']);
    let arguments = pieces.filter_map(|piece| {
        let piece = piece.trim().trim_start_matches("$ ");
        let rest = match piece.strip_prefix("cargo run ") {
            Some(rest) if rest.contains("--example") => return None,
            Some(rest) => rest.split_once("-- ")?.1,
            None => piece.strip_prefix("tracefall ")?,
        };
        Some(rest.split_whitespace().collect())
    });
    arguments.collect()
}

fn check_command(help: &Help, arguments: &[&str], place: &str) {
    let command = match arguments.first() {
        Some(first) if first.starts_with('-') => "",
        Some(first) => first,
        None => return,
    };
    assert!(help.by_command.contains_key(command), "{place}: there is no command {command:?}");
    for (index, argument) in arguments.iter().enumerate() {
        let flag = argument.split('=').next().unwrap_or(argument);
        if flag.len() > 1 && flag.starts_with('-') {
            assert!(help.knows(command, flag), "{place}: {command:?} has no flag {flag}");
        }
        if *argument == "--format" {
            let known: Vec<&str> = match command {
                "graph" => GRAPH.iter().map(|f| f.id).collect(),
                "trace" => TRACE.iter().map(|f| f.id).collect(),
                _ => ANALYSIS.iter().map(|f| f.id).collect(),
            };
            let ids = arguments.get(index + 1).copied().unwrap_or_default();
            for id in ids.split(',') {
                assert!(known.contains(&id), "{place}: no format {id:?}");
            }
        }
        if argument.starts_with("fixtures/") {
            assert!(root().join(argument).exists(), "{place}: there is no {argument}");
        }
    }
}

#[test]
fn commands_and_flags_exist() {
    let help = Help::read();
    let mut seen = 0;
    for (path, text) in pages() {
        let place = path.display().to_string();
        let parts = parts(&text);
        let shell = parts.fenced.iter().filter(|(language, _)| SHELL.contains(language));
        let typed = shell.map(|(_, line)| *line);
        let spans: Vec<&str> = parts.prose.iter().flat_map(|line| spans(line)).collect();
        for line in typed.chain(spans.iter().copied()) {
            for arguments in commands(line) {
                check_command(&help, &arguments, &place);
                seen += 1;
            }
        }
        for flag in spans.iter().filter(|span| span.starts_with("--")) {
            let flag = flag.split([' ', '=']).next().unwrap_or(flag);
            let known = help.by_command.keys().any(|command| help.knows(command, flag));
            assert!(known, "{place}: no command has a flag {flag}");
        }
    }
    assert!(seen > 10, "only {seen} commands were found: is the test blind?");
}

#[test]
fn wrong_commands_are_noticed() {
    let help = Help::read();
    for line in [
        "tracefall analyse x",
        "tracefall analyze x --fast",
        "tracefall explain x --top 3",
        "tracefall graph x --format markdown",
        "zcat x | tracefall analyze - --format yaml",
        "cargo run --release -- analyze fixtures/none-such",
    ] {
        let all = commands(line);
        assert_eq!(all.len(), 1, "{line}");
        let checked = std::panic::catch_unwind(|| check_command(&help, &all[0], line));
        assert!(checked.is_err(), "{line}");
    }
}

#[test]
fn lists_are_those_of_the_registries() {
    let pairs = |articles: Vec<Article>| -> Vec<(String, String)> {
        articles.iter().map(|a| (a.id.to_owned(), a.title.to_owned())).collect()
    };
    let documented = |heading| -> Vec<(String, String)> {
        let rows = table(&page("docs/method.md"), heading);
        rows.iter().map(|row| (code(&row[0]).to_owned(), row[1].clone())).collect()
    };
    assert_eq!(documented("## Evidence"), pairs(rank::articles()));
    assert_eq!(documented("## Mechanisms"), pairs(cascade::articles()));
    assert_eq!(documented("## Factors"), pairs(cascade::factor_articles()));
    let patterns: Vec<&str> = contain::articles().iter().map(|a| a.id).collect();
    let described = table(&page("docs/method.md"), "## What would have contained it");
    assert_eq!(first_cells(&described), patterns);

    let inputs = page("docs/inputs.md");
    let formats: Vec<&str> = ingest::FORMATS.iter().map(|format| format.id).collect();
    assert_eq!(first_cells(&table(&inputs, "## Formats")), formats);
    let losses = LossKind::ALL.map(LossKind::as_str);
    assert_eq!(first_cells(&table(&inputs, "## Damage and losses")), losses);

    let readme = page("README.md");
    let written = table(&readme, "## Formats written");
    let of = |command: &str| -> Vec<&str> {
        written.iter().filter(|row| code(&row[0]) == command).map(|row| code(&row[1])).collect()
    };
    let ids = |formats: &[Format]| -> Vec<&str> { formats.iter().map(|f| f.id).collect() };
    assert_eq!(of("analyze"), ids(ANALYSIS));
    assert_eq!(of("graph"), ids(GRAPH));
    assert_eq!(of("trace"), TRACE.iter().map(|f| f.id).collect::<Vec<_>>());
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let program = [exit::SUCCESS, exit::GATE_FAILED, exit::USAGE, exit::INPUT, exit::GATE_UNKNOWN];
    let rows = table(&page("README.md"), "## Exit codes");
    let codes: Vec<u8> = first_cells(&rows).iter().map_while(|cell| cell.parse().ok()).collect();
    assert_eq!(codes, program);
}

/// Every constant that method.md names has in the source the value that it states.
#[test]
fn constants_have_the_stated_values() {
    let rows = table(&page("docs/method.md"), "## Constants");
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let [name, value, file, ..] = &row[..] else { panic!("{row:?}") };
        let (name, value, file) = (code(name), code(value), code(file));
        let source = page(&format!("src/{file}"));
        let declared = source.lines().find_map(|line| {
            let rest = line.trim().trim_start_matches("pub(super) ").trim_start_matches("pub ");
            let rest = rest.strip_prefix("const ")?.strip_prefix(name)?.strip_prefix(':')?;
            Some(rest.split_once('=')?.1.trim().trim_end_matches(';'))
        });
        assert_eq!(declared, Some(value), "{name} in src/{file}");
    }
}

/// Architecture.md names every source file of every room, and no other.
#[test]
fn every_source_file_is_described() {
    let text = page("docs/architecture.md");
    let described: BTreeSet<String> = parts(&text)
        .prose
        .iter()
        .filter(|line| line.starts_with("- `"))
        .filter_map(|line| spans(line).next())
        .filter(|name| name.ends_with(".rs"))
        .map(str::to_owned)
        .collect();
    let mut present = BTreeSet::new();
    for entry in walkdir::WalkDir::new(root().join("src")) {
        let path = entry.unwrap().into_path();
        let name = path.strip_prefix(root().join("src")).unwrap().to_str().unwrap();
        let test = name.ends_with("tests.rs");
        if name.ends_with(".rs") && !name.ends_with("mod.rs") && !test {
            present.insert(name.replace('\\', "/"));
        }
    }
    let missing: Vec<_> = present.difference(&described).collect();
    let gone: Vec<_> = described.difference(&present).collect();
    assert!(missing.is_empty() && gone.is_empty(), "missing {missing:?}, gone {gone:?}");
}

/// Every field of the two contracts is explained.
#[test]
fn json_fields_are_explained() {
    fn names(schema: &serde_json::Value, into: &mut BTreeSet<String>) {
        match schema {
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    if let (true, Some(fields)) = (key == "properties", value.as_object()) {
                        into.extend(fields.keys().cloned());
                    }
                    names(value, into);
                }
            }
            serde_json::Value::Array(list) => list.iter().for_each(|item| names(item, into)),
            _ => {}
        }
    }
    let text = page("docs/json.md");
    let prose = parts(&text).prose;
    let explained: BTreeSet<&str> = prose
        .iter()
        .flat_map(|line| spans(line))
        .flat_map(|span| span.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .collect();
    let losses = LossKind::ALL.map(LossKind::as_str);
    for schema in ["docs/report.schema.json", "docs/graph.schema.json"] {
        let schema = serde_json::from_str(&page(schema)).unwrap();
        let mut fields = BTreeSet::new();
        names(&schema, &mut fields);
        assert!(fields.len() > 20);
        for field in fields {
            let known = explained.contains(field.as_str()) || losses.contains(&field.as_str());
            assert!(known, "docs/json.md does not explain {field}");
        }
    }
}

/// What README and json.md show of a run is what the program writes, line by line or value by
/// value, with gaps only where they say so.
#[test]
fn shown_output_is_real() {
    let output = |arguments: &[&str]| {
        let mut program = Command::cargo_bin("tracefall").unwrap();
        let output = program.current_dir(root()).args(arguments).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let fixture = ["analyze", "fixtures/dead-dependency"];
    let report = output(&fixture) + &output(&["analyze", "fixtures/hanging-queries"]);
    let readme = page("README.md");
    let mut rest = report.lines();
    let mut shown = 0;
    for (_, line) in parts(&readme).fenced.iter().filter(|(language, _)| *language == "text") {
        if *line != "…" {
            let found = rest.any(|real| real.trim_end() == line.trim_end());
            assert!(found, "README.md shows a line that is not written (there): {line:?}");
            shown += 1;
        }
    }
    assert!(shown > 10, "{shown}");

    let json = output(&[fixture[0], fixture[1], "--format", "json"])
        + &output(&["graph", fixture[1], "--format", "json"]);
    let text = page("docs/json.md");
    let mut shown = 0;
    for (_, line) in parts(&text).fenced.iter().filter(|(language, _)| *language == "json") {
        let strings = line.split('"').skip(1).step_by(2).map(|text| format!("\"{text}\""));
        let between: String = line.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let number = |c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-'));
        let numbers: Vec<&str> = between.split(number).filter(|n| n.len() > 1).collect();
        for value in strings.chain(numbers.iter().map(|n| format!(" {n}"))) {
            assert!(json.contains(&value), "docs/json.md shows {value}, which is not written");
            shown += 1;
        }
    }
    assert!(shown > 50, "{shown}");
}

#[test]
fn links_lead_somewhere() {
    let anchor = |heading: &str| -> String {
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.collect::<String>().replace(' ', "-")
    };
    let mut followed = 0;
    for (path, text) in pages() {
        let prose = parts(&text).prose.join("\n");
        for rest in prose.split("](").skip(1) {
            let target = rest.split(')').next().unwrap();
            if target.starts_with("http") {
                continue;
            }
            followed += 1;
            let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
            let to = match file {
                "" => root().join(&path),
                file => root().join(path.parent().unwrap()).join(file),
            };
            assert!(to.exists(), "{}: {target} does not exist", path.display());
            if !fragment.is_empty() {
                let there = fs::read_to_string(&to).unwrap();
                let mut headings = there.lines().filter(|line| line.starts_with('#'));
                let found = headings.any(|heading| anchor(heading) == fragment);
                assert!(found, "{}: {target} has no such heading", path.display());
            }
        }
    }
    assert!(followed > 10, "only {followed} links were found: is the test blind?");
}

#[test]
fn pages_are_short_and_name_no_machine() {
    for (path, text) in pages() {
        assert!(text.lines().count() < 600, "{} is long", path.display());
        for word in ["/tmp/", "/home/", "/root/", "/Users/"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}
