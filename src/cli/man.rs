//! `tracefall man`.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::args::{self, Cli};
use super::output::Output;
use super::{Error, exit};

/// Runs the command.
///
/// # Errors
/// If there is no such command, or a page cannot be written.
pub fn run(args: &args::Man) -> Result<u8, Error> {
    let pages = pages();
    if let Some(folder) = &args.output {
        write_all(pages, folder)?;
        return Ok(exit::SUCCESS);
    }
    let name = args.command.as_ref().map_or("tracefall".to_owned(), |c| format!("tracefall-{c}"));
    let Some(page) = pages.into_iter().find(|page| page.get_name() == name) else {
        return Err(Error::Usage(format!(
            "there is no page \"{name}\"; tracefall --help lists them"
        )));
    };
    Output::open(None)?.write(|out| Man::new(page).render(out))?;
    Ok(exit::SUCCESS)
}

fn write_all(pages: Vec<Command>, folder: &Path) -> Result<(), Error> {
    fs::create_dir_all(folder)
        .map_err(|why| Error::Output { to: folder.display().to_string(), why })?;
    for page in pages {
        let path = folder.join(format!("{}.1", page.get_name()));
        Output::open(Some(&path))?.write(|out| Man::new(page).render(out))?;
    }
    Ok(())
}

/// The page of the program, and one for each command and each command below it.
fn pages() -> Vec<Command> {
    // What `help` prints is what these pages say.
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let mut all = vec![program.clone().name("tracefall")];
    below(&program, "tracefall", &mut all);
    all
}

fn below(command: &Command, path: &str, all: &mut Vec<Command>) {
    for sub in command.get_subcommands() {
        // Leaked once a run: the name of a page lives as long as the program.
        let name: &'static str = format!("{path}-{}", sub.get_name()).leak();
        all.push(sub.clone().name(name).version(env!("CARGO_PKG_VERSION")));
        below(sub, name, all);
    }
}
