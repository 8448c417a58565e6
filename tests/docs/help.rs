//! What the program says of itself: its commands and flags as declared, and its help as printed.

use assert_cmd::Command;
use clap::builder::PossibleValue;
use clap::{Arg, CommandFactory as _};
use tracefall::cli;

/// The declared commands, with general options in each.
pub struct Help {
    program: clap::Command,
}

impl Help {
    pub fn read() -> Self {
        let mut program = cli::Cli::command();
        program.build();
        Self { program }
    }

    /// The path of words to every command, the program's own first, in the order of `--help`.
    pub fn commands(&self) -> Vec<Vec<String>> {
        fn below(command: &clap::Command, path: &[String], into: &mut Vec<Vec<String>>) {
            into.push(path.to_vec());
            let shown = command.get_subcommands().filter(|c| !c.is_hide_set());
            for sub in shown.filter(|c| c.get_name() != "help") {
                below(sub, &[path, &[sub.get_name().to_owned()]].concat(), into);
            }
        }
        let mut all = Vec::new();
        below(&self.program, &[], &mut all);
        assert!(all.len() > 8, "commands are missing: {all:?}");
        all
    }

    /// The command that words lead to, with the words that follow; nothing if there is no such.
    pub fn find<'a, 'w>(
        &'a self,
        words: &'w [String],
    ) -> Option<(&'a clap::Command, &'w [String])> {
        let mut command = &self.program;
        let mut rest = words;
        while let [first, behind @ ..] = rest
            && command.has_subcommands()
            && !first.starts_with('-')
        {
            command = command.find_subcommand(first)?;
            rest = behind;
        }
        Some((command, rest))
    }

    /// Whether any command has such a flag, written with its dashes.
    pub fn knows(&self, flag: &str) -> bool {
        let all = self.commands();
        all.iter().any(|path| argument(self.find(path).unwrap().0, flag).is_some())
    }
}

/// The argument behind a flag that is written with its dashes.
pub fn argument<'a>(command: &'a clap::Command, flag: &str) -> Option<&'a Arg> {
    command.get_arguments().find(|argument| match flag.strip_prefix("--") {
        Some(long) => argument.get_long_and_visible_aliases().is_some_and(|l| l.contains(&long)),
        None => {
            let short = flag.strip_prefix('-').filter(|f| f.len() == 1);
            short.is_some_and(|f| argument.get_short() == f.chars().next())
        }
    })
}

/// The values that an argument may have, where they are listed.
pub fn values(argument: &Arg) -> Vec<String> {
    let values = argument.get_possible_values();
    values.iter().map(PossibleValue::get_name).map(str::to_owned).collect()
}

/// What the binary prints for `--help` after these words, at its usual width.
pub fn printed(path: &[String]) -> String {
    let mut program = Command::cargo_bin("tracefall").unwrap();
    program.env_remove("COLUMNS").args(path).arg("--help");
    let output = program.output().unwrap();
    assert!(output.status.success(), "{path:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect()
}
