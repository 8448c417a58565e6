//! Input that is made to hurt, small enough for every run. `tests/hostile.py` has the large ones.

use std::fs;
use std::io::{Read, Write, repeat};
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;
use tracefall::analysis::{Settings, analyze};
use tracefall::model::SUMMARY_MAGIC;
use tracefall::summary;

/// A span of a service, with fields changed or added.
fn span(id: u64, changes: Value) -> Value {
    let start = 1_767_322_800_000_000_000_u64 + id;
    let mut span = json!({
        "traceId": format!("{id:032x}"), "spanId": format!("{id:016x}"), "name": "GET /x",
        "kind": 2, "startTimeUnixNano": start.to_string(),
        "endTimeUnixNano": (start + 5).to_string(),
    });
    let (Some(fields), Value::Object(changes)) = (span.as_object_mut(), changes) else {
        panic!("objects are expected")
    };
    fields.extend(changes);
    span
}

fn export(service: &str, spans: &[Value]) -> String {
    let name = json!({ "key": "service.name", "value": { "stringValue": service } });
    let scopes = json!([{ "spans": spans }]);
    json!({ "resourceSpans": [{ "resource": { "attributes": [name] }, "scopeSpans": scopes }] })
        .to_string()
}

struct Input(TempDir);

impl Input {
    fn new(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let input = Self(tempfile::tempdir().unwrap());
        fs::write(input.0.path().join(name), bytes).unwrap();
        input
    }
}

/// The report on a folder, which there must be.
fn report(folder: &Path) -> Value {
    let mut command = Command::cargo_bin("tracefall").unwrap();
    let output = command.args(["analyze", "--format", "json"]).arg(folder).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn report_on(bytes: impl AsRef<[u8]>) -> Value {
    report(Input::new("x", bytes).0.path())
}

#[test]
fn bombs_of_nothing_go_off_slowly() {
    const UNPACKED: u64 = 64 << 20;
    let line = export("cart", &[span(1, json!({}))]);
    for filler in *b" \n" {
        let text = || line.as_bytes().chain(repeat(filler).take(UNPACKED)).chain(line.as_bytes());
        let zstd = zstd::encode_all(text(), 1).unwrap();
        assert!(zstd.len() < 100_000, "{}", zstd.len());
        assert_eq!(report_on(&zstd)["input"]["spans"], 2);
        let twice = zstd::encode_all(&zstd[..], 1).unwrap();
        assert_eq!(report_on(twice)["input"]["spans"], 2);
    }
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::copy(&mut repeat(0).take(UNPACKED), &mut encoder).unwrap();
    let zeros = [line.as_bytes(), b"\n"].concat();
    let bomb = encoder.finish().unwrap();
    // A second member of zeros after a member of telemetry.
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(&zeros).unwrap();
    let report = report_on([encoder.finish().unwrap(), bomb].concat());
    assert_eq!(report["input"]["spans"], 1);
    assert_ne!(report["input"]["losses"], json!({}));
}

#[test]
fn nesting_takes_no_stack() {
    const DEEP: usize = 10_000;
    let nested = |open: &str, close: &str| open.repeat(DEEP) + &close.repeat(DEEP);
    let whole = export("cart", &[span(1, json!({}))]);
    let lists = nested("[", "]");
    let objects = nested(r#"{"a":"#, "").to_owned() + "1" + &"}".repeat(DEEP);
    for deep in [lists, objects] {
        let before = whole.replacen(r#""kind":2"#, &format!(r#""kind":2,"unknown":{deep}"#), 1);
        assert_ne!(before, whole);
        assert_eq!(report_on(before)["input"]["spans"], 1, "in a field that is not wanted");
        let lines = format!("{deep}\n{whole}\n");
        assert_eq!(report_on(lines)["input"]["spans"], 1, "on a line of its own");
    }
    let open = r#"{"arrayValue":{"values":["#;
    let value = open.repeat(DEEP) + &"]}}".repeat(DEEP);
    let attributes = format!(r#""attributes":[{{"key":"http.route","value":{value}}}],"kind":2"#);
    let deep = whole.replacen(r#""kind":2"#, &attributes, 1);
    assert_eq!(report_on(deep)["input"]["spans"], 1, "in a value");
}

#[test]
fn long_names_are_cut() {
    let name = "x".repeat(10 << 20);
    let changes = json!({ "name": name, "status": { "code": 2, "message": name } });
    let report = report_on(export(&name, &[span(1, changes)]));
    assert_eq!(report["input"]["spans"], 1);
    assert_eq!(
        report["input"]["losses"],
        report_on(export("a", &[span(1, json!({}))]))["input"]["losses"]
    );
}

#[test]
fn times_at_the_ends_of_time_are_borne() {
    let last = u64::MAX.to_string();
    let times = [("0", &*last), ("1", &last), (&last, &last), (&last, "1"), ("1", "1")];
    let mut spans: Vec<Value> = (1..20).map(|id| span(id, json!({}))).collect();
    for (id, (start, end)) in (100..).zip(times) {
        let times = json!({ "startTimeUnixNano": start, "endTimeUnixNano": end });
        spans.push(span(id, times.clone()));
        let below =
            json!({ "traceId": format!("{:032x}", 1), "parentSpanId": format!("{:016x}", 1) });
        let mut child = span(id + 100, times);
        child.as_object_mut().unwrap().extend(below.as_object().unwrap().clone());
        spans.push(child);
    }
    let report = report_on(export("cart", &spans));
    assert_eq!(report["input"]["spans"], 29);
    let beyond = json!({ "startTimeUnixNano": "18446744073709551616", "endTimeUnixNano": -1 });
    assert_eq!(report_on(export("cart", &[span(1, beyond)]))["input"]["losses"]["invalid_time"], 1);
}

#[test]
fn names_beyond_the_cap_are_counted() {
    let letter = |id: u64, at| char::from(b'a' + (id / 26_u64.pow(at) % 26) as u8);
    let name = |id| json!({ "name": (0..3).map(|at| letter(id, at)).collect::<String>() });
    let spans: Vec<Value> = (1..=5_000).map(|id| span(id, name(id))).collect();
    let report = report_on(export("cart", &spans));
    assert_eq!(report["input"]["spans"], 5_000);
    assert_eq!(report["coverage"]["folded_keys"], 5_000 - 256);
}

#[test]
fn input_that_ends_early_keeps_what_came() {
    let lines: Vec<String> = (1..=9).map(|id| export("cart", &[span(id, json!({}))])).collect();
    let text = lines.join("\n");
    let mut command = Command::cargo_bin("tracefall").unwrap();
    command.args(["analyze", "-", "--format", "json"]);
    let output = command.write_stdin(&text.as_bytes()[..text.len() - 30]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["input"]["spans"], 8);
    assert_eq!(report["input"]["losses"]["truncated_tail"], 1);
}

/// A file of so many lines with a span each, about a kilobyte long.
fn long_file(lines: u64) -> String {
    let padding = json!({ "key": "padding", "value": { "stringValue": "x".repeat(700) } });
    let line = |id| export("cart", &[span(id, json!({ "attributes": [padding] }))]) + "\n";
    (1..=lines).map(line).collect()
}

/// What a run makes of a file to which `change` is done meanwhile.
fn report_while(change: impl FnOnce(&Path)) -> Value {
    const LINES: u64 = 12_000;
    let input = Input::new("long.json", long_file(LINES));
    let path = input.0.path().join("long.json");
    let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin!("tracefall"));
    program.args(["analyze", "--format", "json", "--threads", "1"]).arg(&path);
    let child = program.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    change(&path);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Whenever the change comes, before, while or after the file is read, the run ends well and
/// tells of what it had.
#[test]
fn input_truncated_while_it_is_read_costs_its_end() {
    let report = report_while(|path| {
        let file = fs::OpenOptions::new().write(true).open(path).unwrap();
        file.set_len(4_500_000).unwrap();
    });
    let spans = report["input"]["spans"].as_u64().unwrap();
    assert!((1..=12_000).contains(&spans), "{spans}");
    let cut = report["input"]["losses"]["truncated_tail"].as_u64().unwrap();
    assert_eq!(cut + report["input"]["losses"]["bad_line"].as_u64().unwrap(), cut.min(1));
}

#[test]
fn input_replaced_while_it_is_read_is_the_old_or_the_new_one() {
    let report = report_while(|path| {
        let other = path.with_extension("new");
        fs::write(&other, long_file(10)).unwrap();
        fs::rename(other, path).unwrap();
    });
    let spans = report["input"]["spans"].as_u64().unwrap();
    assert!([10, 12_000].contains(&spans), "{spans}");
    assert_eq!(report["input"]["losses"]["bad_line"], 0);
}

#[cfg(unix)]
#[test]
fn what_cannot_be_read_in_a_folder_costs_itself() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let input = Input::new("good.json", export("cart", &[span(1, json!({}))]));
    let folder = input.0.path();
    symlink(folder.join("nowhere"), folder.join("dangling.json")).unwrap();
    symlink(folder, folder.join("loop")).unwrap();
    let closed = folder.join("closed.json");
    fs::write(&closed, export("cart", &[span(2, json!({}))])).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o0)).unwrap();
    // Whoever may read everything is not kept out by permissions.
    let kept_out = fs::File::open(&closed).is_err();
    // Nobody ever writes to this one: to wait for it would be for good.
    let pipe = std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap();
    assert!(pipe.success());
    let report = report(folder);
    assert_eq!(report["input"]["spans"], if kept_out { 1 } else { 2 });
    if kept_out {
        assert_eq!(report["input"]["losses"]["unreadable_file"], 1);
    }
}

/// What the fuzz target `summary` found worth keeping; see tests/fuzz.
#[test]
fn summaries_that_fuzzing_found_are_refused_or_analysed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/summary");
    // Magic bytes and the number of the format; the corpus holds what is packed behind them.
    let heads = [2, 3].map(|format: u16| [&SUMMARY_MAGIC[..], &format.to_le_bytes()].concat());
    let mut usable = 0;
    let files = fs::read_dir(folder).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    for (value, head) in files.flat_map(|value| heads.iter().map(move |head| (value.clone(), head)))
    {
        let bytes = [&head[..], &zstd::encode_all(&value[..], 1).unwrap()].concat();
        let Ok(summary) = summary::read(&bytes) else { continue };
        usable += 1;
        assert_eq!(summary::read(&summary::write(&summary).unwrap()).unwrap(), summary);
        analyze(&summary, Some(&summary), &Settings::default());
    }
    assert!(usable > 0);
}
