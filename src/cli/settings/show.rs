//! The settings in force, as a file of settings, each with where it comes from.

use crate::report::escape::{is_unsafe, toml_string};

use super::settle::Settled;
use super::{KEYS, Key};

/// Columns before what is said about a setting.
const COLUMN: usize = 40;

/// The settings in force: what was typed, what is in a file, what is usual. May be read back.
pub fn show(settled: &Settled) -> String {
    let mut out = match &settled.file {
        Some((name, _)) => comment(&format!("Settings of {name}, and what is usual")),
        None => comment("No file of settings: what is usual"),
    };
    let mut table = "";
    for key in KEYS {
        let (of, name) = key.path.split_once('.').unwrap_or(("", key.path));
        if of != table {
            out.push_str(&format!("\n[{of}]\n"));
            table = of;
        }
        match name {
            "*" => out.push_str(&rules(of, key, settled)),
            _ => out.push_str(&setting(name, key, settled)),
        }
    }
    out
}

fn setting(name: &str, key: &Key, settled: &Settled) -> String {
    let typed = settled.typed.iter().find(|typed| typed.path == key.path);
    let found = settled.file.as_ref().and_then(|(file_name, file)| {
        let written = file.written.iter().find(|written| written.path == key.path)?;
        Some((written, format!("{file_name}:{}", written.line)))
    });
    if let Some(typed) = typed {
        let beside = found.filter(|_| typed.adds).map_or_else(String::new, |(_, from)| from + ", ");
        return line(&format!("{name} = {}", typed.text), &format!("{beside}{}", typed.flag));
    }
    match found {
        Some((written, from)) => line(&format!("{name} = {}", written.text), &from),
        None if key.default.is_empty() => {
            line(&format!("# {name} = …"), &format!("default: {}", key.absent))
        }
        None => line(&format!("{name} = {}", key.default), "default"),
    }
}

/// The entries of a table whose keys are the user's own.
fn rules(table: &str, key: &Key, settled: &Settled) -> String {
    let mut out = String::new();
    let file = settled.file.as_ref().map(|(name, file)| (name, &file.written));
    let teams = settled.teams.as_ref().map(|(name, rules)| (name, rules));
    if let Some((name, rules)) = teams.filter(|_| table == "teams").or(file) {
        for written in rules {
            let pattern = written.path.strip_prefix(table).and_then(|p| p.strip_prefix('.'));
            if let Some(pattern) = pattern {
                let text = format!("{} = {}", toml_string(pattern), written.text);
                out.push_str(&line(&text, &format!("{name}:{}", written.line)));
            }
        }
    }
    if out.is_empty() { comment(&format!("default: {}", key.absent)) } else { out }
}

fn line(text: &str, from: &str) -> String {
    let last = text.rsplit('\n').next().unwrap_or(text);
    let blank = " ".repeat(COLUMN.saturating_sub(last.chars().count()));
    harmless(&format!("{text}{blank} # {}", from.replace('\n', " "))) + "\n"
}

fn comment(text: &str) -> String {
    harmless(&format!("# {}", text.replace('\n', " "))) + "\n"
}

/// What a file may hold in its comments and strings, and a terminal should not be shown. Lists
/// keep their lines.
fn harmless(text: &str) -> String {
    let shown = |c: char| if is_unsafe(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.replace("\r\n", "\n").chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::super::settle::Typed;
    use super::*;

    #[test]
    fn what_is_shown_can_be_read_back_and_says_whence_it_is() {
        let text = "width = 60\ntz = 'local'\n[errors]\nhttp_successes = [\n  404, # gone\n]\n\
                    [peers]\n\"10.0.*\" = \"b\"\n\"a \\\"\" = 'c'\n";
        let file = read("t.toml", text).unwrap();
        let typed =
            vec![Typed { path: "width", text: "70".to_owned(), flag: "--width", adds: false }];
        let file = Some(("t.toml".to_owned(), file));
        let settled = Settled { file, typed, teams: None };
        let shown = show(&settled);
        let again = read("again", &shown).unwrap_or_else(|e| panic!("{e}\n{shown}"));
        let (_, file) = settled.file.unwrap();
        assert_eq!((again.width, again.errors), (Some(70), file.errors));
        assert_eq!(again.aliases, file.aliases);
        let from = |start: &str| {
            let line = shown.lines().find(|line| line.starts_with(start)).unwrap();
            line.rsplit_once("# ").unwrap().1.to_owned()
        };
        assert_eq!(from("width"), "--width");
        assert_eq!(from("tz"), "t.toml:2");
        assert_eq!(from("color"), "default");
        assert_eq!(from("# memory"), "default: no bound");
        assert_eq!(from("\"10.0.*\""), "t.toml:8");
        assert!(shown.contains("\n  404, # gone\n]"), "{shown}");
    }

    #[test]
    fn nothing_that_is_set_is_what_is_usual() {
        let shown = show(&Settled::default());
        let file = read("shown", &shown).unwrap();
        assert_eq!((file.errors, file.keep_usual_noise), (Default::default(), false));
        assert!(!show(&Settled::default()).contains('\u{fffd}'));
    }
}
