//! The documentation tells the truth: what it shows can be typed, what it lists is what the
//! registries hold, what it quotes is what the source says, and its links lead somewhere.

#[path = "docs/commands.rs"]
mod commands;
#[path = "docs/help.rs"]
mod help;
#[path = "docs/shell.rs"]
mod shell;

use std::collections::BTreeSet;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use help::Help;
use tracefall::cli::{self, KEYS, exit};
use tracefall::gate::{BUILT_IN, KINDS, Preset};
use tracefall::model::{Article, LossKind};
use tracefall::report::{ANALYSIS, CHECK, DIFF, FAULTLINES, Format, GRAPH, TRACE};
use tracefall::summary::NOISE;
use tracefall::{cascade, contain, faultlines, ingest, rank};

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

/// Checks what is said in passing: that there are such commands, flags and values.
fn check_mention(help: &Help, arguments: &[String], place: &str) {
    let Some((command, rest)) = help.find(arguments) else {
        panic!("{place}: there is no command {arguments:?}")
    };
    for (index, word) in rest.iter().enumerate() {
        let flag = word.split('=').next().unwrap_or(word);
        if flag.len() > 1 && flag.starts_with('-') {
            let known = help::argument(command, flag);
            assert!(known.is_some(), "{place}: {arguments:?} has no flag {flag}");
            let values = known.map(help::values).unwrap_or_default();
            for value in rest.get(index + 1).iter().flat_map(|value| value.split(',')) {
                let listed = values.is_empty() || values.iter().any(|v| v == value);
                assert!(listed, "{place}: {flag} has no value {value:?}");
            }
        }
        if word.starts_with("fixtures/") {
            assert!(root().join(word).exists(), "{place}: there is no {word}");
        }
    }
}

/// Checks what can be typed: it is a mention, and the program takes it.
fn check_command(help: &Help, arguments: &[String], place: &str) {
    check_mention(help, arguments, place);
    let words = ["tracefall".to_owned()].into_iter().chain(arguments.iter().cloned());
    if let Err(why) = cli::parse(words.map(Into::into)) {
        assert!(!why.use_stderr(), "{place}: {arguments:?}: {why}");
    }
}

#[test]
fn commands_and_flags_exist() {
    let help = Help::read();
    let (mut typed, mut mentioned) = (0, 0);
    for (path, text) in pages() {
        let place = path.display().to_string();
        let parts = parts(&text);
        let shell = parts.fenced.iter().filter(|(language, _)| SHELL.contains(language));
        for line in shell::joined(shell.map(|(_, line)| *line)) {
            for arguments in shell::commands(&line) {
                check_command(&help, &arguments, &place);
                typed += 1;
            }
        }
        for span in parts.prose.iter().flat_map(|line| spans(line)) {
            for arguments in shell::commands(span) {
                check_mention(&help, &arguments, &place);
                mentioned += 1;
            }
            if span.starts_with("--") {
                let flag = span.split([' ', '=']).next().unwrap_or(span);
                assert!(help.knows(flag), "{place}: no command has a flag {flag}");
            }
        }
    }
    assert!(typed > 15 && mentioned > 5, "{typed} and {mentioned} found: is the test blind?");
}

#[test]
fn wrong_commands_are_noticed() {
    let help = Help::read();
    for line in [
        "tracefall analyse x",
        "tracefall analyze x --fast",
        "tracefall explain x --top 3",
        "tracefall graph x --format markdown",
        "tracefall analyze",
        "tracefall whatif x --edge one --pattern timeout",
        "A=1 tracefall analyze x --top 0 > out",
        "zcat x | tracefall analyze - --format yaml",
        "cargo run --release -- analyze fixtures/none-such",
    ] {
        let all = shell::commands(line);
        assert_eq!(all.len(), 1, "{line}");
        let checked = std::panic::catch_unwind(AssertUnwindSafe(|| {
            check_command(&help, &all[0], line);
        }));
        assert!(checked.is_err(), "{line}");
    }
}

/// What help shows as an example can be typed, and the pages that it names exist.
#[test]
fn help_tells_the_truth() {
    let help = Help::read();
    let mut seen = 0;
    for path in help.commands() {
        let text = help::printed(&path);
        let place = format!("the help of {path:?}");
        let indented = text.lines().filter(|line| line.starts_with("  tracefall "));
        for line in shell::joined(indented) {
            for arguments in shell::commands(&line) {
                check_command(&help, &arguments, &place);
                seen += 1;
            }
        }
        for word in text.split_whitespace().filter(|word| word.starts_with("docs/")) {
            let named = word.trim_end_matches([',', '.', ')', ';']);
            assert!(root().join(named).exists(), "{place} names {named}");
        }
    }
    assert!(seen > 8, "only {seen} examples were found: is the test blind?");
}

#[test]
fn every_command_is_introduced() {
    let readme = page("README.md");
    for path in Help::read().commands().iter().filter(|path| path.len() == 1) {
        let told = format!("tracefall {}", path[0]);
        assert!(readme.contains(&told), "README.md does not say what {told} is for");
    }
}

/// What a table or a sentence calls the default is the default.
#[test]
fn defaults_are_those_of_the_program() {
    let help = Help::read();
    let default = |command: &clap::Command, flag: &str| {
        let values = help::argument(command, flag).map(|a| a.get_default_values().to_vec());
        values.and_then(|v| v.first().map(|v| v.to_string_lossy().into_owned()))
    };
    let mut seen = 0;
    for row in table(&page("README.md"), "## Formats written") {
        let words = [code(&row[0]).to_owned()];
        let (command, _) = help.find(&words).unwrap();
        let told = row[2].contains("(the default)");
        let is = default(command, "--format").as_deref() == Some(code(&row[1]));
        assert_eq!(told, is, "README.md on {row:?}");
        seen += usize::from(is);
    }
    assert!(seen > 2, "{seen}");
    for (path, text) in pages() {
        let prose = parts(&text).prose.join(" ");
        for piece in prose.split("` (the default").filter(|piece| piece.contains('`')) {
            let span = piece.rsplit('`').next().unwrap_or_default();
            if let (true, Some((flag, value))) = (span.starts_with("--"), span.split_once(' ')) {
                let all = help.commands();
                let mut commands = all.iter().filter_map(|path| help.find(path));
                let known = commands.any(|(c, _)| default(c, flag).as_deref() == Some(value));
                assert!(known, "{}: {value} is not the default of {flag}", path.display());
            }
        }
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
    assert_eq!(of("diff"), DIFF.iter().map(|f| f.id).collect::<Vec<_>>());
    assert_eq!(of("trace"), TRACE.iter().map(|f| f.id).collect::<Vec<_>>());
    assert_eq!(of("check"), CHECK.iter().map(|f| f.id).collect::<Vec<_>>());
    assert_eq!(of("faultlines"), FAULTLINES.iter().map(|f| f.id).collect::<Vec<_>>());

    let findings = table(&page("docs/faultlines.md"), "## Findings");
    let found: Vec<(String, String)> =
        findings.iter().map(|row| (code(&row[0]).to_owned(), row[1].clone())).collect();
    assert_eq!(found, pairs(faultlines::articles()));
    for (row, finding) in findings.iter().zip(faultlines::FINDINGS) {
        assert!(row[2].starts_with(&format!("`{}`", finding.pattern)), "{row:?}");
    }
}

/// Policy.md has every kind of rule, every parameter with its preset, and the built-in policy.
#[test]
fn policies_are_those_of_the_program() {
    let text = page("docs/policy.md");
    let kinds: Vec<Vec<String>> = KINDS
        .iter()
        .map(|kind| {
            let keys: Vec<String> =
                kind.keys.iter().map(|key| format!("`{}`", key.as_str())).collect();
            vec![kind.article.id.to_owned(), kind.article.title.to_owned(), keys.join(", ")]
        })
        .collect();
    let mut rows = table(&text, "## Kinds of rules");
    rows.iter_mut().for_each(|row| {
        row[0] = code(&row[0]).to_owned();
        row[2] = row[2].trim_matches([' ', '|']).to_owned();
    });
    assert_eq!(rows, kinds);
    let mut parameters = Vec::new();
    for kind in KINDS {
        for parameter in kind.parameters {
            let preset = match parameter.preset {
                Some(Preset::Number(number)) => number.to_string(),
                Some(Preset::Word(word)) => word.to_owned(),
                Some(Preset::Nothing) => "nothing".to_owned(),
                None => "must be given".to_owned(),
            };
            let [id, name] = [kind.article.id, parameter.name].map(|id| format!("`{id}`"));
            parameters.push(vec![id, name, preset, parameter.meaning.to_owned()]);
        }
    }
    assert_eq!(table(&text, "## Parameters"), parameters);
    assert!(
        text.contains(&format!("```toml\n{BUILT_IN}```")),
        "the built-in policy is another one"
    );
    let examples = text.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    for example in examples {
        tracefall::gate::read("docs/policy.md", example).unwrap_or_else(|wrong| panic!("{wrong}"));
    }
}

#[test]
fn exit_codes_are_those_of_the_program() {
    let program = [exit::SUCCESS, exit::GATE_FAILED, exit::USAGE, exit::INPUT, exit::GATE_UNKNOWN];
    let rows = table(&page("README.md"), "## Exit codes");
    let codes: Vec<u8> = first_cells(&rows).iter().map_while(|cell| cell.parse().ok()).collect();
    assert_eq!(codes, program);
    let help = help::printed(&[]);
    let told = help.split("Exit codes: ").nth(1).unwrap();
    let words = told.split(|c: char| !c.is_alphanumeric());
    let told: Vec<u8> = words.filter_map(|word| word.parse().ok()).collect();
    assert_eq!(told, program);
}

/// Every constant that method.md names has in the source the value that it states.
#[test]
fn constants_have_the_stated_values() {
    let mut rows = table(&page("docs/method.md"), "## Constants");
    assert!(rows.len() > 30, "{}", rows.len());
    rows.extend(table(&page("docs/faultlines.md"), "## Risk without an incident"));
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

/// docs/config.md lists every setting with its default.
#[test]
fn settings_are_listed_with_their_defaults() {
    let text = page("docs/config.md");
    let rows: Vec<Vec<String>> = ["## General", "## Errors", "## Entries", "## Noise", "## Names"]
        .iter()
        .flat_map(|heading| table(&text, heading))
        .collect();
    let listed: Vec<(&str, &str)> = rows.iter().map(|row| (code(&row[0]), &*row[2])).collect();
    let keys = KEYS.iter().map(|key| (key.path, key.default, key.absent));
    assert_eq!(listed.len(), KEYS.len());
    for ((path, shown), (key, default, absent)) in listed.into_iter().zip(keys) {
        let default = if default.is_empty() { absent.to_owned() } else { format!("`{default}`") };
        assert_eq!((path, shown), (key, default.as_str()));
    }
}

/// docs/inputs.md lists the noise that is left out.
#[test]
fn noise_is_listed() {
    let text = page("docs/inputs.md");
    let prose = parts(&text).prose.join("\n");
    for path in NOISE {
        assert!(prose.contains(&format!("`{path}`")), "docs/inputs.md does not list {path}");
    }
    let rows = table(&text, "## Noise");
    let agents: Vec<&str> = rows.iter().flat_map(|row| spans(&row[0])).collect();
    assert_eq!(agents, ingest::USER_AGENTS);
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
    let text = page("docs/json.md") + &page("docs/faultlines.md");
    let prose = parts(&text).prose;
    let explained: BTreeSet<&str> = prose
        .iter()
        .flat_map(|line| spans(line))
        .flat_map(|span| span.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')))
        .collect();
    let losses = LossKind::ALL.map(LossKind::as_str);
    let schemas = ["report", "graph", "diff", "faultlines", "check"];
    for schema in schemas.map(|name| format!("docs/{name}.schema.json")) {
        let schema = serde_json::from_str(&page(&schema)).unwrap();
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
        // What the program prints of itself, and the map of all files, are looked up, not read.
        let looked_up = path.ends_with("commands.md") || path.ends_with("architecture.md");
        let short = text.lines().count() < 600 || looked_up;
        assert!(short, "{} is long", path.display());
        for word in ["/tmp/", "/home/", "/root/", "/Users/"] {
            assert!(!text.contains(word), "{} names {word}", path.display());
        }
    }
}
