//! Flags over the file, the file over what is usual.

use std::env;

use jiff::tz::TimeZone;

use crate::cli::Error;
use crate::cli::args::{Cli, Color, Command, Counting, Global, Input};
use crate::summary::Noise;

use super::show::quoted;
use super::{File, contents, find, read};

/// Where the settings in force come from.
#[derive(Debug, Default)]
pub struct Settled {
    /// The file, as the user knows it, and what it says.
    pub file: Option<(String, File)>,
    /// What was typed, by the name of the setting, as TOML.
    pub typed: Vec<(&'static str, String)>,
}

/// Fills in what the command line left open.
///
/// # Errors
/// If there is a file and it has mistakes or cannot be read.
pub fn settle(cli: &mut Cli) -> Result<Settled, Error> {
    let typed = typed(&cli.global);
    // These ask nothing of telemetry or the screen; and a check reads the file itself.
    let aside = match &cli.command {
        Command::Completions(_) | Command::Man(_) => true,
        Command::Config(args) => args.check,
        _ => false,
    };
    let here = env::current_dir().ok();
    // Without a working folder there is none above it either.
    let found = || here.as_deref().and_then(find);
    let path = match &cli.global.config {
        _ if aside || cli.global.no_config => None,
        Some(path) => Some(path.clone()),
        None => found(),
    };
    let Some(path) = path else {
        return Ok(Settled { file: None, typed });
    };
    let text = contents(&path)?;
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    let name = short.unwrap_or(&path).display().to_string();
    let file = read(&name, &text).map_err(Error::Settings)?;
    fill(cli, &file);
    Ok(Settled { file: Some((name, file)), typed })
}

fn typed(global: &Global) -> Vec<(&'static str, String)> {
    let color = global.color.map(|color| match color {
        Color::Auto => "\"auto\"".to_owned(),
        Color::Always => "\"always\"".to_owned(),
        Color::Never => "\"never\"".to_owned(),
    });
    let zone = |zone: &TimeZone| {
        let name = zone.iana_name().map(str::to_owned);
        let offset = || zone.to_fixed_offset().ok().map(|offset| offset.to_string());
        quoted(&name.or_else(offset).unwrap_or_else(|| "local".to_owned()))
    };
    let settings = [
        ("color", color),
        ("width", global.width.map(|width| width.to_string())),
        ("tz", global.tz.as_ref().map(zone)),
        ("threads", global.threads.map(|threads| threads.to_string())),
    ];
    settings.into_iter().filter_map(|(path, text)| Some((path, text?))).collect()
}

fn fill(cli: &mut Cli, file: &File) {
    let global = &mut cli.global;
    global.color = global.color.or(file.color);
    global.width = global.width.or(file.width);
    global.tz = global.tz.take().or_else(|| file.tz.clone());
    global.threads = global.threads.or(file.threads);
    if let Some(trace_url) = cli.command.trace_url_mut() {
        *trace_url = trace_url.take().or_else(|| file.trace_url.clone());
    }
    if let Some(input) = cli.command.input_mut() {
        fill_input(input, file);
    }
}

fn fill_input(input: &mut Input, file: &File) {
    input.memory = input.memory.or(file.memory);
    input.errors_4xx = input.errors_4xx.or(file.http_4xx);
    let usual = if file.keep_usual_noise { Noise::default() } else { Noise::usual() };
    input.counting = Counting {
        errors: file.errors.clone(),
        entries: file.entries.clone(),
        aliases: file.aliases.clone(),
        dimensions: file.dimensions.clone(),
        teams: file.teams.clone(),
        noise: Noise {
            operations: [usual.operations, file.noise.operations.clone()].concat(),
            keep: file.noise.keep.clone(),
        },
    };
}
