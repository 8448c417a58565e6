//! Incidents are remembered, shown again byte by byte, and read together; through the program.

mod common;

#[expect(dead_code, reason = "the simulated world has more to offer than these tests need")]
#[path = "generator/world/mod.rs"]
mod world;

#[path = "history/alike.rs"]
mod alike;
#[path = "history/safety.rs"]
mod safety;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;
use std::{fs, thread};

use assert_cmd::Command;
use common::{analyses, fixtures, pipeline};
use serde_json::Value;
use tempfile::TempDir;
use tracefall::summary;

/// A user's data, empty at first.
struct Home(TempDir);

/// What the program said: exit code, standard output, standard error.
type Said = (i32, String, String);

impl Home {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("tracefall/history.db")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::cargo_bin("tracefall").unwrap();
        command.env("XDG_DATA_HOME", self.0.path()).env_remove("NO_COLOR").args(args);
        command
    }

    /// Standard output of what must succeed.
    fn must(&self, args: &[&str]) -> String {
        let (code, out, err) = self.run(args);
        assert_eq!(code, 0, "{args:?}: {err}");
        out
    }

    fn remember(&self, scenario: &str, more: &[&str]) -> Said {
        let summary = saved(scenario);
        let args = ["analyze", summary.to_str().unwrap(), "--remember", "--format", "csv"];
        self.run(&[&args[..], &["--now", "2026-06-01T12:00:00Z"], more].concat())
    }

    fn list(&self) -> Vec<Value> {
        let list = self.must(&["history", "list", "--format", "json"]);
        let list: Value = serde_json::from_str(&list).unwrap();
        list["incidents"].as_array().unwrap().clone()
    }
}

fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// A fixture as a saved summary, made once.
fn saved(scenario: &str) -> PathBuf {
    static FOLDER: OnceLock<TempDir> = OnceLock::new();
    static MADE: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let made = MADE.get_or_init(|| {
        let folder = FOLDER.get_or_init(|| TempDir::new().unwrap()).path();
        let make = |name: String| {
            let bytes =
                summary::write(&pipeline::summary(&[fixtures::root().join(&name)])).unwrap();
            let path = folder.join(format!("{name}.summary"));
            fs::write(&path, bytes).unwrap();
            (name, path)
        };
        SCENARIOS.iter().map(|(name, _)| make((*name).to_owned())).collect()
    });
    made[scenario].clone()
}

/// A dozen of different cascades, with the first candidate of each.
const SCENARIOS: [(&str, &str); 12] = [
    ("bad-version", "checkout"),
    ("dead-dependency", "ledger"),
    ("deep-queue", ""),
    ("eager-retries", ""),
    ("hanging-queries", "fulfilment-db"),
    ("instance-crash", ""),
    ("network-delay", ""),
    ("patience-pays", ""),
    ("retry-storm", ""),
    ("silent-database", "fulfilment-db"),
    ("slow-database", ""),
    ("third-party-outage", ""),
];

/// A home in which the whole dozen is remembered, in the order above.
fn dozen() -> &'static Home {
    static DOZEN: OnceLock<Home> = OnceLock::new();
    DOZEN.get_or_init(|| {
        let home = Home::new();
        for (scenario, _) in SCENARIOS {
            let (code, _, err) = home.remember(scenario, &["--label", scenario]);
            assert_eq!(code, 0, "{scenario}: {err}");
            assert!(err.contains("note: remembered as incident "), "{scenario}: {err}");
        }
        home
    })
}

#[test]
fn nothing_is_written_unasked() {
    let home = Home::new();
    let summary = saved("bad-version");
    home.must(&["analyze", summary.to_str().unwrap(), "--format", "csv"]);
    let (code, _, err) = home.run(&["history", "list"]);
    assert_eq!(code, 3, "{err}");
    assert!(err.contains("there is no history yet"), "{err}");
    // Nor where there is nothing to remember.
    let quiet = fixtures::root().join("healthy-noise");
    let (code, _, err) = home.run(&["analyze", quiet.to_str().unwrap(), "--remember"]);
    assert_eq!((code, err.as_str()), (0, "note: there is no incident to remember\n"));
    assert!(!home.file().exists());
    let (code, _, err) = home.run(&["analyze", quiet.to_str().unwrap(), "--label", "x"]);
    assert!(code == 2 && err.contains("--remember"), "{err}");
}

#[test]
fn what_is_shown_is_what_was_written() {
    let home = Home::new();
    let (incident, other) = (saved("dead-dependency"), saved("slow-database"));
    let [incident, other] = [&incident, &other].map(|path| path.to_str().unwrap());
    let runs: [&[&str]; 3] = [
        &[incident],
        &[other, "--top", "2", "--containment", "all"],
        &[incident, "--baseline", other],
    ];
    for run in runs {
        let home_of_one = Home::new();
        for (number, format) in
            ["terminal", "html", "markdown", "json", "edges-csv"].iter().enumerate()
        {
            let args = [&["analyze"], run, &["--remember", "--format", format]].concat();
            let (code, written, err) = home_of_one.run(&args);
            assert_eq!(code, 0, "{err}");
            let known = ["remembered as incident 1", "was known, and says the same"];
            assert!(err.contains(known[number.min(1)]), "{err}");
            let (code, shown, err) = home_of_one.run(&["history", "show", "1", "--format", format]);
            assert_eq!((code, err.contains("made another report")), (0, false), "{err}");
            assert!(shown == written, "{run:?} as {format} differs:\n{shown}\n{written}");
        }
    }
    let wide = ["--explain", "--width", "140", "--tz", "+02:00", "--color", "always"];
    let written = home.must(&[&["analyze", incident, "--remember"], &wide[..]].concat());
    assert_eq!(home.must(&[&["history", "show", "1"], &wide[..]].concat()), written);
    let into = home.path("report.html");
    home.must(&["history", "show", "1", "--format", "html", "-o", into.to_str().unwrap()]);
    assert!(fs::read_to_string(into).unwrap().contains("ledger"));
    let (code, _, err) = home.run(&["history", "show", "7"]);
    assert!(code == 2 && err.contains("there is no incident 7"), "{err}");
}

#[test]
fn an_incident_is_remembered_once() {
    let home = Home::new();
    home.remember("dead-dependency", &["--label", "ledger down"]);
    let (_, _, err) = home.remember("dead-dependency", &[]);
    assert!(err.contains("incident 1 in ") && err.contains("says the same"), "{err}");
    // Other settings and another part of the same export: the same incident, told anew.
    let (_, _, err) = home.remember("dead-dependency", &["--top", "1", "--note", "seen again"]);
    assert!(err.contains("was known, and is replaced"), "{err}");
    let export = fixtures::root().join("dead-dependency");
    let part = ["analyze", export.to_str().unwrap(), "--to", "2026-03-05T14:40:00Z", "--remember"];
    let (_, _, err) = home.run(&part);
    assert!(err.contains("was known, and is replaced"), "{err}");
    let list = home.list();
    assert_eq!(list.len(), 1, "{list:?}");
    assert_eq!(
        (&list[0]["label"], &list[0]["note"]),
        (&"ledger down".into(), &"seen again".into())
    );
    // Another window of the same export is another incident.
    let early = "2026-03-05T14:36:00Z..2026-03-05T14:37:00Z";
    let other = ["analyze", export.to_str().unwrap(), "--incident", early, "--remember"];
    home.must(&other);
    assert_eq!(home.list().len(), 2);
}

#[test]
fn words_are_changed_and_incidents_forgotten() {
    let home = Home::new();
    for scenario in ["bad-version", "dead-dependency"] {
        home.remember(scenario, &["--note", "as told"]);
    }
    home.must(&["history", "annotate", "2", "--label", "ledger"]);
    let second = home.list().into_iter().find(|i| i["id"] == 2).unwrap();
    assert_eq!((&second["label"], &second["note"]), (&"ledger".into(), &"as told".into()));
    assert_eq!(home.run(&["history", "annotate", "9", "--label", "x"]).0, 2);
    assert_eq!(home.run(&["history", "annotate", "2"]).0, 2);
    // All or none.
    assert_eq!(home.run(&["history", "forget", "2", "9"]).0, 2);
    assert_eq!(home.list().len(), 2);
    home.must(&["history", "forget", "2"]);
    assert_eq!(home.list().len(), 1);
    // A number is not given twice: what was written down elsewhere stays true.
    home.remember("dead-dependency", &[]);
    assert!(home.list().iter().any(|i| i["id"] == 3));
}

#[test]
fn a_dozen_is_listed_and_their_weak_points_make_sense() {
    let home = dozen();
    let list = home.list();
    assert_eq!(list.len(), SCENARIOS.len());
    for (scenario, first) in SCENARIOS.iter().filter(|(_, first)| !first.is_empty()) {
        let found = list.iter().find(|i| i["label"] == *scenario).unwrap();
        assert_eq!(found["first_candidate"]["service"], *first, "{scenario}");
    }
    let onsets: Vec<&str> = list.iter().map(|i| i["onset"].as_str().unwrap()).collect();
    assert!(onsets.is_sorted(), "{onsets:?}");

    let weak: Value =
        serde_json::from_str(&home.must(&["history", "weak-points", "--format", "json"])).unwrap();
    let certain = list.iter().filter(|i| i["verdict"] == "incident").count();
    assert_eq!(weak["incidents_read"], certain);
    for kind in ["edges", "services", "boundaries"] {
        let points = weak[kind].as_array().unwrap();
        assert!(!points.is_empty(), "{kind}");
        let of = |point: &Value, field: &str| point[field].as_f64().unwrap();
        let excess = |point: &Value| of(point, "low") - of(point, "by_traffic");
        assert!(points.windows(2).all(|two| excess(&two[0]) >= excess(&two[1])), "{kind}");
        for point in points {
            let part = point["incidents"].as_array().unwrap().len() as f64;
            assert_eq!(
                (of(point, "took_part"), of(point, "rate")),
                (part, part / of(point, "seen"))
            );
            assert!(
                of(point, "low") <= of(point, "rate") && of(point, "rate") <= of(point, "high")
            );
            assert!(of(point, "origins") <= part);
        }
    }
    // Recounted from the reports themselves: in how many did each edge fall?
    let mut fell: BTreeMap<(String, String), u64> = BTreeMap::new();
    for incident in list.iter().filter(|i| i["verdict"] == "incident") {
        let id = incident["id"].to_string();
        let report = home.must(&["history", "show", &id, "--format", "json"]);
        let report: Value = serde_json::from_str(&report).unwrap();
        for edge in report["cascade"]["edges"].as_array().unwrap() {
            let name = |end: &str| edge[end].as_str().unwrap().to_owned();
            *fell.entry((name("to"), name("from"))).or_default() += 1;
        }
    }
    let found = weak["edges"].as_array().unwrap().iter().map(|point| {
        let name = |end: &str| point[end].as_str().unwrap().to_owned();
        ((name("caller"), name("callee")), point["took_part"].as_u64().unwrap())
    });
    assert_eq!(found.collect::<BTreeMap<_, _>>(), fell);
}

/// Boundaries between teams that took part, as (caller, callee).
fn boundaries(said: &str) -> Vec<(String, String)> {
    let weak: Value = serde_json::from_str(said).unwrap();
    let name = |point: &Value, end: &str| point[end].as_str().unwrap().to_owned();
    let points = weak["boundaries"].as_array().unwrap().iter();
    points.map(|point| (name(point, "caller"), name(point, "callee"))).collect()
}

#[test]
fn teams_are_those_of_the_time_until_others_are_given() {
    let home = Home::new();
    let write = |name: &str, text: &str| {
        fs::write(home.path(name), text).unwrap();
        home.path(name).to_str().unwrap().to_owned()
    };
    let then = write("then.toml", "\"payments\" = \"money\"\n\"ledger\" = \"books\"\n");
    home.remember("dead-dependency", &["--teams", &then]);
    let weak = ["history", "weak-points", "--format", "json"];
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    let found = boundaries(&home.must(&weak));
    // By namespaces both would be finance, and nothing between them a boundary.
    assert!(found.contains(&pair("money", "books")), "{found:?}");
    assert!(found.contains(&pair("commerce", "money")), "{found:?}");

    let now = write("now.toml", "[teams]\n\"finance/*\" = \"bank\"\n");
    let found = boundaries(&home.must(&[&weak[..], &["--teams", &now]].concat()));
    assert!(found.contains(&pair("commerce", "bank")), "{found:?}");
    assert!(!found.iter().flat_map(|(a, b)| [a, b]).any(|team| team == "money"), "{found:?}");
    // Settings in force are as good as the flag, which wins.
    let config = [&weak[..], &["--config", &now]].concat();
    assert_eq!(boundaries(&home.must(&config)), found);
    let both = boundaries(&home.must(&[&config[..], &["--teams", &then]].concat()));
    assert!(both.contains(&pair("money", "books")), "{both:?}");

    let hidden = home.must(&["history", "weak-points", "--redact"]);
    assert!(!hidden.contains("money") && hidden.contains("namespace-"), "{hidden}");
    let wrong = write("wrong.toml", "\"[x\" = \"c\"\n");
    let (code, _, err) = home.run(&[&weak[..], &["--teams", &wrong]].concat());
    assert!(code == 2 && err.contains("wrong.toml:1:1"), "{code}: {err}");
}

#[test]
fn every_format_of_every_list_is_written_and_valid() {
    let home = dozen();
    let schema: Value = serde_json::from_str(include_str!("../docs/history.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    for command in [&["list"][..], &["weak-points"], &["similar", "2"]] {
        let of = |format: &str| home.must(&[&["history"], command, &["--format", format]].concat());
        let json: Value = serde_json::from_str(&of("json")).unwrap();
        let errors: Vec<String> = schema.iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{command:?}: {errors:?}");
        assert!(of("terminal").lines().all(|line| line.chars().count() <= 100), "{command:?}");
        if command[0] != "similar" {
            assert!(of("markdown").contains("| ---"), "{command:?}");
            let text = of("csv");
            let mut csv = csv::Reader::from_reader(text.as_bytes());
            assert!(csv.records().all(|row| row.is_ok()) && text.lines().count() > 5, "{text}");
        }
    }
    let hidden = home.must(&["history", "weak-points", "--redact"]);
    assert!(!hidden.contains("checkout") && hidden.contains("service-"), "{hidden}");
    let hidden = home.must(&["history", "list", "--redact"]);
    assert!(!hidden.contains("bad-version") && !hidden.contains("ledger"), "{hidden}");
}

#[test]
fn a_history_goes_out_and_comes_in_again() {
    let home = dozen();
    let lines = home.must(&["history", "export"]);
    assert_eq!(lines.lines().count(), SCENARIOS.len());
    let other = Home::new();
    let file = other.path("history.jsonl");
    fs::write(&file, &lines).unwrap();
    let file = file.to_str().unwrap();
    let (code, _, err) = other.run(&["history", "import", file]);
    assert_eq!((code, err.as_str()), (0, "note: 12 added, 0 updated, 0 known\n"));
    assert!(other.must(&["history", "export"]) == lines, "what came in is not what went out");
    let (_, _, err) = other.run(&["history", "import", file]);
    assert_eq!(err, "note: 0 added, 0 updated, 12 known\n");
    assert!(other.must(&["history", "export"]) == lines);
    let shown = |home: &Home| home.must(&["history", "show", "5"]);
    assert_eq!(shown(&other), shown(home));

    // Bad lines are named, all of them, and then nothing comes in.
    let empty = Home::new();
    let mut bad: Vec<String> = lines.lines().map(str::to_owned).collect();
    bad[1] = "{".to_owned();
    bad[4] = bad[4].replacen("\"tracefall_history\":1", "\"tracefall_history\":7", 1);
    bad[6] = bad[6].replacen("\"summary\":\"", "\"summary\":\"AAAA", 1);
    fs::write(file, bad.join("\n")).unwrap();
    let (code, _, err) = empty.run(&["history", "import", file]);
    assert_eq!(code, 3, "{err}");
    for told in
        ["line 2: ", "line 5: version 7", "line 7: the summary is damaged", "nothing was imported"]
    {
        assert!(err.contains(told), "{told} in {err}");
    }
    assert_eq!(empty.list().len(), 0);
}

#[test]
fn what_leaves_the_house_has_no_names() {
    let home = Home::new();
    for scenario in ["dead-dependency", "bad-version"] {
        home.remember(scenario, &["--label", "our secret"]);
    }
    let lines = home.must(&["history", "export", "--redact"]);
    for secret in ["ledger", "checkout", "payments", "finance", "secret", "POST", "/account"] {
        assert!(!lines.contains(secret), "{secret} is in the export");
    }
    let other = Home::new();
    let import = ["history", "import", "-"];
    assert!(other.command(&import).write_stdin(lines.clone()).output().unwrap().status.success());
    assert!(other.command(&import).write_stdin(lines).output().unwrap().status.success());
    assert_eq!(other.list().len(), 2);
    // One name has one pseudonym in all incidents: the weak points stay what they are.
    let counts = |home: &Home| {
        let weak = home.must(&["history", "weak-points", "--format", "json"]);
        let weak: Value = serde_json::from_str(&weak).unwrap();
        let edges = weak["edges"].as_array().unwrap().iter();
        let mut counts: Vec<u64> = edges.map(|e| e["took_part"].as_u64().unwrap()).collect();
        counts.sort_unstable();
        counts
    };
    assert_eq!(counts(&other), counts(&home));
    let (code, _, err) = other.run(&["history", "show", "1"]);
    assert!(code == 2 && err.contains("without its summary"), "{err}");
    let report = other.must(&["history", "show", "1", "--format", "json"]);
    assert_eq!(serde_json::from_str::<Value>(&report).unwrap()["verdict"], "incident");
}

#[test]
fn names_from_strangers_do_no_harm() {
    let home = Home::new();
    home.remember("bad-version", &[]);
    let line = home.must(&["history", "export"]);
    let mut line: Value = serde_json::from_str(&line).unwrap();
    line["label"] = analyses::HOSTILE.into();
    line["note"] = analyses::REVERSED.into();
    line["tool"] = analyses::HOSTILE.into();
    line["summary"] = Value::Null;
    let imprint = &mut line["imprint"];
    imprint["verdict"] = analyses::HOSTILE.into();
    for pointer in
        ["/accused/0/node/name", "/accused/0/mechanism", "/fell/0/0/name", "/entries/0/operation"]
    {
        *imprint.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) =
            analyses::HOSTILE.into();
    }
    let other = Home::new();
    let taken = other.command(&["history", "import", "-"]).write_stdin(line.to_string()).output();
    assert!(taken.unwrap().status.success());
    other.remember("dead-dependency", &[]);
    for command in
        [&["list"][..], &["weak-points"], &["similar", "1"], &["show", "1", "--format", "json"]]
    {
        for format in ["terminal", "json", "markdown", "csv"] {
            let args = match command[0] {
                "show" => [&["history"], command].concat(),
                "similar" if format == "markdown" || format == "csv" => continue,
                _ => [&["history"], command, &["--format", format]].concat(),
            };
            let (_, out, err) = other.run(&args);
            for text in [out, err] {
                assert!(!text.contains(analyses::FORBIDDEN), "{args:?}: {text:?}");
            }
        }
    }
}

/// Writers that begin at once, some of them the file itself.
#[test]
fn many_writers_all_get_in() {
    let home = Home::new();
    for (scenario, _) in SCENARIOS {
        saved(scenario);
    }
    thread::scope(|scope| {
        for (scenario, _) in SCENARIOS {
            for _ in 0..2 {
                let home = &home;
                scope.spawn(move || {
                    let (code, _, err) = home.remember(scenario, &[]);
                    assert_eq!(code, 0, "{scenario}: {err}");
                });
            }
        }
    });
    let list = home.list();
    assert_eq!(list.len(), SCENARIOS.len());
    let mut ids: Vec<u64> = list.iter().map(|i| i["id"].as_u64().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, (1..=12).collect::<Vec<u64>>());
    for id in ids {
        home.must(&["history", "show", &id.to_string()]);
    }
}

fn refused(file: &Path, why: &str) {
    let home = Home::new();
    let before = fs::read(file).unwrap();
    let path = file.to_str().unwrap();
    let summary = saved("bad-version");
    let remember = format!("--remember={path}");
    let analyze = ["analyze", summary.to_str().unwrap(), &remember];
    for args in [&["history", "--history", path, "list"][..], &analyze] {
        let (code, _, err) = home.run(args);
        assert_eq!(code, 3, "{args:?}: {err}");
        assert!(err.contains(why), "{args:?}: {err}");
    }
    assert!(fs::read(file).unwrap() == before, "{path} was changed");
}

#[test]
fn what_is_no_history_of_ours_is_refused_and_not_touched() {
    let home = Home::new();
    let text = home.path("notes.txt");
    fs::write(&text, "a text that is somewhat longer than the head of a database\n".repeat(40))
        .unwrap();
    refused(&text, "it is not a history of tracefall");
    let foreign = home.path("foreign.db");
    let other = rusqlite::Connection::open(&foreign).unwrap();
    other.execute_batch("CREATE TABLE bookmarks (url TEXT)").unwrap();
    drop(other);
    refused(&foreign, "it is not a history of tracefall");

    home.remember("dead-dependency", &[]);
    let newer = home.path("newer.db");
    fs::copy(home.file(), &newer).unwrap();
    let other = rusqlite::Connection::open(&newer).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    refused(&newer, "newer tracefall (schema 99");

    let cut = home.path("cut.db");
    let bytes = fs::read(home.file()).unwrap();
    fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let (code, _, err) = home.run(&["history", "--history", cut.to_str().unwrap(), "show", "1"]);
    assert!(code == 3 && err.contains("it is damaged"), "{err}");
}

/// Wherever a byte changes, nobody is shown something else for what was kept.
#[test]
fn what_rotted_is_not_shown() {
    let home = Home::new();
    home.remember("dead-dependency", &[]);
    let kept = home.must(&["history", "export"]);
    let bytes = fs::read(home.file()).unwrap();
    let rotten = home.path("rotten.db");
    let path = rotten.to_str().unwrap();
    let (mut told, mut harmless) = (0, 0);
    for at in (0..24).map(|i| bytes.len() * i / 24 + 37) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        fs::write(&rotten, changed).unwrap();
        let (code, out, err) = home.run(&["history", "--history", path, "export"]);
        match code {
            0 => {
                assert!(out == kept, "byte {at} changed what is shown");
                harmless += 1;
            }
            3 => {
                assert!(err.starts_with("error: "), "{err}");
                told += 1;
            }
            code => panic!("byte {at}: exit code {code}: {err}"),
        }
    }
    assert!(told > 12, "{told} told, {harmless} harmless");
}
