//! The rooms of `src/` know each other in one direction, keep their libraries to themselves,
//! and stay readable.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Every room with the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("config", &[]),
    ("ingest", &["model"]),
    ("assemble", &["model"]),
    ("summary", &["model", "assemble"]),
    ("detect", &["model", "summary"]),
    ("cascade", &["model", "summary", "detect"]),
    ("rank", &["model", "assemble", "summary", "detect", "cascade"]),
    ("contain", &["model", "summary", "detect"]),
    ("contrast", &["model", "summary", "detect", "cascade", "rank"]),
    (
        "analysis",
        &[
            "model", "ingest", "assemble", "summary", "detect", "cascade", "rank", "contain",
            "contrast",
        ],
    ),
    ("compare", &["model", "summary", "analysis"]),
    ("faultlines", &["model", "summary", "detect", "cascade", "contain", "analysis"]),
    ("gate", &["model", "config", "compare", "summary", "cascade", "analysis"]),
    ("history", &["model", "summary", "analysis"]),
    ("report", &["model", "analysis", "compare", "faultlines", "gate", "history"]),
    (
        "cli",
        &[
            "model",
            "ingest",
            "assemble",
            "summary",
            "detect",
            "cascade",
            "rank",
            "contain",
            "analysis",
            "compare",
            "faultlines",
            "gate",
            "history",
            "report",
            "config",
            "contrast",
        ],
    ),
    ("main", &["cli"]),
];

/// Libraries with the rooms, or folders within one, that may use them.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("clap", &["cli"]),
    ("indicatif", &["cli"]),
    ("terminal_size", &["cli"]),
    ("prost", &["ingest"]),
    ("opentelemetry_proto", &["ingest"]),
    ("flate2", &["ingest"]),
    ("wide", &["ingest"]),
    ("signal_hook", &["cli"]),
    ("tempfile", &["cli", "ingest"]),
    ("glob", &["model"]),
    ("toml", &["config"]),
    ("strsim", &["config"]),
    ("comfy_table", &["report"]),
    ("askama", &["report"]),
    ("dagre", &["report"]),
    ("aho_corasick", &["report"]),
    ("sha2", &["history", "report"]),
    ("rusqlite", &["history"]),
    ("quick_xml", &["report"]),
    ("object_store", &["ingest/remote"]),
    ("reqwest", &["ingest/remote"]),
    ("tokio", &["ingest/remote"]),
    ("rustls", &["ingest/remote"]),
    ("futures_util", &["ingest/remote"]),
    ("bytes", &["ingest/remote"]),
    ("url", &["ingest/remote"]),
    ("petgraph", &["assemble", "analysis", "cascade", "rank", "gate"]),
];

/// A file is one idea; longer than this it is two.
const MOST_LINES: usize = 600;
/// A `mod.rs` is a table of contents: a function in it may be a look-up, not a procedure.
const MOST_LINES_OF_A_FUNCTION: usize = 3;

struct Source {
    path: PathBuf,
    room: String,
    lines: usize,
    /// The text without comments.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&root).unwrap().to_owned();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = fs::read_to_string(entry.path()).unwrap();
        let first = path.components().next().unwrap().as_os_str().to_str().unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        sources.push(Source {
            room: first.trim_end_matches(".rs").to_owned(),
            lines: text.lines().count(),
            code: code.collect::<Vec<_>>().join("\n"),
            path,
        });
    }
    sources
}

/// The names that follow `prefix::` in the code: one, or the heads of a group in braces.
fn after(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(&format!("{prefix}::")) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len() + 2..];
        match rest.strip_prefix('{') {
            Some(group) => names.extend(heads(group)),
            None => names.extend([word(rest)]),
        }
    }
    names
}

/// The first word of each item of a group whose opening brace is already read.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0;
    let mut heads = Vec::new();
    let mut item = String::new();
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => heads.push(word(std::mem::take(&mut item).trim())),
            c => item.push(c),
        }
    }
    heads.push(word(item.trim()));
    heads.retain(|head| !head.is_empty());
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn uses(code: &str, library: &str) -> bool {
    !after(code, library).is_empty()
}

fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn every_room_is_in_the_table_and_the_table_has_no_cycle() {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    for (room, may_use) in ROOMS {
        for used in *may_use {
            assert!(known.contains(used), "{room} may use {used}, which comes after it");
        }
        known.insert(room);
    }
    let found: BTreeSet<String> = sources().into_iter().map(|source| source.room).collect();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).filter(|r| *r != "lib").collect();
    assert_eq!(found, known);
}

#[test]
fn arrows_go_one_way() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut problems = Vec::new();
    let mut arrows = 0;
    for source in sources().iter().filter(|source| source.room != "lib") {
        let prefix = if source.room == "main" { "tracefall" } else { "crate" };
        for used in after(&source.code, prefix) {
            arrows += 1;
            let allowed = used == source.room || rooms[source.room.as_str()].contains(&&*used);
            if !allowed {
                problems.push(format!("{} uses {used}", source.path.display()));
            }
        }
    }
    none(&problems);
    assert!(arrows > 50, "only {arrows} arrows were found: the scan is blind");
}

#[test]
fn libraries_stay_in_their_rooms() {
    let mut problems = Vec::new();
    let sources = sources();
    for (library, rooms) in LIBRARIES {
        let users: Vec<&Source> = sources.iter().filter(|s| uses(&s.code, library)).collect();
        assert!(!users.is_empty(), "nobody uses {library}: strike it from the table");
        let may = |user: &Source| {
            rooms.iter().any(|room| *room == user.room || user.path.starts_with(room))
        };
        for user in users.iter().filter(|user| !may(user)) {
            problems.push(format!("{} uses {library}", user.path.display()));
        }
    }
    none(&problems);
}

#[test]
fn files_are_short() {
    let long = sources().into_iter().filter(|source| source.lines > MOST_LINES);
    let told = |source: Source| format!("{} has {} lines", source.path.display(), source.lines);
    none(&long.map(told).collect::<Vec<_>>());
}

#[test]
fn a_mod_file_is_a_table_of_contents() {
    let mut problems = Vec::new();
    for source in sources().iter().filter(|source| source.path.ends_with("mod.rs")) {
        let lines: Vec<&str> = source.code.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            // Formatting puts the end of a body at the indentation of its beginning.
            let indent = line.len() - line.trim_start().len();
            let opens = line.split_whitespace().any(|w| w == "fn") && line.ends_with('{');
            let end = format!("{:indent$}}}", "");
            let body = lines[number + 1..].iter().take_while(|line| **line != end).count();
            if opens && body > MOST_LINES_OF_A_FUNCTION {
                problems.push(format!("{}: {}", source.path.display(), line.trim()));
            }
        }
    }
    none(&problems);
}

#[test]
fn nothing_is_printed_but_by_handles() {
    let printing = ["println!", "eprintln!", "print!(", "dbg!"];
    let guilty = sources().into_iter().filter(|s| printing.iter().any(|p| s.code.contains(p)));
    none(&guilty.map(|source| source.path.display().to_string()).collect::<Vec<_>>());
}

/// What the scan itself must see.
#[test]
fn paths_are_found_however_they_are_written() {
    let code = "use crate::{a, b::{c, d}, e::F};\nlet x = crate::g::h();\nuse my_crate::no;";
    let found: Vec<String> = after(code, "crate").into_iter().collect();
    assert_eq!(found, ["a", "b", "e", "g"]);
    assert!(uses("use clap::Parser;", "clap") && !uses("use not_clap::Parser;", "clap"));
}
