//! docs/commands.md is what the program prints, and is written anew by one command.

use std::fs;

use super::help::{Help, printed};
use super::{page, root};

const PAGE: &str = "docs/commands.md";
const ANEW: &str = "UPDATE_DOCS=1 cargo test --test docs commands_page";
const GENERAL: &str = "General options:";

/// Help without the general options, which every command shares.
fn own(help: &str) -> String {
    let mut kept = String::new();
    let mut general = false;
    for line in help.lines() {
        general = line == GENERAL || (general && (line.is_empty() || line.starts_with(' ')));
        if !general {
            kept.extend([line, "\n"]);
        }
    }
    kept.trim_end().to_owned()
}

fn expected() -> String {
    let mut text = format!(
        "# Commands\n\nWhat `--help` says of the program and of each command, as it is printed. \
         General options belong to\nevery command and are shown once, with the program. \
         This page is written by\n`{ANEW}`.\n"
    );
    for path in Help::read().commands() {
        let help = printed(&path);
        let (title, help) = match path.is_empty() {
            true => ("tracefall".to_owned(), help.trim_end().to_owned()),
            false => (format!("tracefall {}", path.join(" ")), own(&help)),
        };
        text += &format!("\n## {title}\n\n```text\n{help}\n```\n");
    }
    text
}

#[test]
fn commands_page_is_what_the_program_prints() {
    let expected = expected();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(root().join(PAGE), &expected).unwrap();
    }
    let differs = |text: &str| {
        let mut pairs = expected.lines().zip(text.lines());
        let line = pairs.position(|(a, b)| a != b).map_or(text.lines().count(), |at| at) + 1;
        format!("{PAGE} differs in line {line} from what is printed: run {ANEW}")
    };
    let text = page(PAGE);
    assert!(text == expected, "{}", differs(&text));
    let analyze = text.split("\n## ").find(|part| part.starts_with("tracefall analyze\n")).unwrap();
    assert!(analyze.contains("--baseline <PATH>...") && analyze.contains("Examples:"));
    assert_eq!(text.matches(GENERAL).count(), 1);
}
