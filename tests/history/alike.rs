//! Two runs of one scenario are more alike than runs of two.

use std::fs;

use serde_json::Value;

use super::world::scenarios::SCENARIOS;
use super::{Home, dozen};

/// Regenerating all would take a debug build long.
const AGAIN: [&str; 3] = ["bad-version", "dead-dependency", "retry-storm"];

#[test]
fn another_run_of_a_scenario_is_like_the_first() {
    let home = Home::new();
    let lines = home.path("dozen.jsonl");
    fs::write(&lines, dozen().must(&["history", "export"])).unwrap();
    home.must(&["history", "import", lines.to_str().unwrap()]);
    for name in AGAIN {
        let scenario = SCENARIOS.iter().find(|scenario| scenario.name == name).unwrap();
        let produced = scenario.produce(977).unwrap();
        let folder = home.path(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("traces.jsonl"), produced.files.traces).unwrap();
        fs::write(folder.join("logs.jsonl"), produced.files.logs).unwrap();
        let (code, _, err) = home.run(&["analyze", folder.to_str().unwrap(), "--remember"]);
        assert_eq!(code, 0, "{err}");
        assert!(err.contains("It is like incident ") && err.contains(name), "{name}: {err}");
        let id = home.list().iter().filter_map(|i| i["id"].as_u64()).max().unwrap().to_string();
        let similar = home.must(&["history", "similar", &id, "--format", "json"]);
        let similar: Value = serde_json::from_str(&similar).unwrap();
        let others = similar["others"].as_array().unwrap();
        assert_eq!(others[0]["label"], name);
        assert_eq!((&others[0]["alike"], &others[1]["alike"]), (&true.into(), &false.into()));
        home.must(&["history", "forget", &id]);
    }
}
