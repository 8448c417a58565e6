//! Flags over the file, the file over what is usual.

use std::env;

use jiff::tz::TimeZone;

use crate::cli::Error;
use crate::cli::args::{Cli, Color, Command, Config, Counting, Global, Input};
use crate::cli::overrides::ClientErrors;
use crate::cli::size::written;
use crate::cli::teams;
use crate::ingest::{Dimensions, Probes};
use crate::report::escape::toml_string;
use crate::summary::Noise;

use super::{File, Written, contents, find, read};

/// Where the settings in force come from.
#[derive(Debug, Default)]
pub struct Settled {
    /// The file, as the user knows it, and what it says.
    pub file: Option<(String, File)>,
    /// What was typed.
    pub typed: Vec<Typed>,
    /// The file of `--teams` and its rules, of `tracefall config`.
    pub teams: Option<(String, Vec<Written>)>,
}

/// A setting that was typed.
#[derive(Debug)]
pub struct Typed {
    /// The name of the setting.
    pub path: &'static str,
    /// What it is now, as TOML.
    pub text: String,
    /// The flag.
    pub flag: &'static str,
    /// Whether the flag adds to what the file says.
    pub adds: bool,
}

/// Fills in what the command line left open.
///
/// # Errors
/// If there is a file and it has mistakes or cannot be read.
pub fn settle(cli: &mut Cli) -> Result<Settled, Error> {
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
        return typed_by(cli, &Dimensions::default());
    };
    let text = contents(&path)?;
    let short = here.as_deref().and_then(|here| path.strip_prefix(here).ok());
    let name = short.unwrap_or(&path).display().to_string();
    let file = read(&name, &text).map_err(Error::Settings)?;
    let settled = typed_by(cli, &file.dimensions)?;
    fill(cli, &file);
    Ok(Settled { file: Some((name, file)), ..settled })
}

/// What was typed, for `tracefall config`: nothing else asks where settings come from. `asked` are
/// the attributes that the file names.
fn typed_by(cli: &Cli, asked: &Dimensions) -> Result<Settled, Error> {
    let Command::Config(args) = &cli.command else { return Ok(Settled::default()) };
    let teams = args.teams.as_deref().map(|path| {
        let rules = teams::written(path)?;
        Ok::<_, Error>((path.display().to_string(), rules))
    });
    let mut typed = typed(&cli.global);
    typed.extend(typed_over(args, asked)?);
    Ok(Settled { file: None, typed, teams: teams.transpose()? })
}

fn typed(global: &Global) -> Vec<Typed> {
    let color = global.color.map(|color| match color {
        Color::Auto => "\"auto\"".to_owned(),
        Color::Always => "\"always\"".to_owned(),
        Color::Never => "\"never\"".to_owned(),
    });
    let zone = |zone: &TimeZone| {
        let name = zone.iana_name().map(str::to_owned);
        let offset = || zone.to_fixed_offset().ok().map(|offset| offset.to_string());
        toml_string(&name.or_else(offset).unwrap_or_else(|| "local".to_owned()))
    };
    let settings = [
        ("color", "--color", color),
        ("width", "--width", global.width.map(|width| width.to_string())),
        ("tz", "--tz", global.tz.as_ref().map(zone)),
        ("threads", "--threads", global.threads.map(|threads| threads.to_string())),
    ];
    replacing(settings).collect()
}

/// What was typed that only commands with an input take.
fn typed_over(args: &Config, asked: &Dimensions) -> Result<Vec<Typed>, Error> {
    let over = &args.over;
    let whose = over.errors_4xx.map(|whose| match whose {
        ClientErrors::Client => "\"client\"".to_owned(),
        ClientErrors::Both => "\"both\"".to_owned(),
        ClientErrors::None => "\"none\"".to_owned(),
    });
    let no_noise = |what: &str| over.keep_noise.then(|| what.to_owned());
    let settings = [
        ("memory", "--memory", over.memory.map(|bytes| toml_string(&written(bytes)))),
        (
            "trace_url",
            "--trace-url",
            args.trace_url.as_ref().map(|url| toml_string(url.template())),
        ),
        ("errors.http_4xx", "--errors-4xx", whose),
        ("noise.defaults", "--keep-noise", no_noise("false")),
        ("noise.operations", "--keep-noise", no_noise("[]")),
        ("noise.user_agents", "--keep-noise", no_noise("[]")),
        ("noise.synthetic", "--keep-noise", no_noise("[]")),
    ];
    let mut typed: Vec<Typed> = replacing(settings).collect();
    if !over.dimensions.is_empty() {
        let all = dimensions(asked, &over.dimensions)?;
        let names: Vec<String> = all.names().map(toml_string).collect();
        let text = format!("[{}]", names.join(", "));
        typed.push(Typed { path: "dimensions", text, flag: "--dimension", adds: true });
    }
    Ok(typed)
}

/// Flags in whose stead a file's setting does not count.
fn replacing<const N: usize>(
    settings: [(&'static str, &'static str, Option<String>); N],
) -> impl Iterator<Item = Typed> {
    let typed = |(path, flag, text)| Some(Typed { path, text: text?, flag, adds: false });
    settings.into_iter().filter_map(typed)
}

/// The attributes that a file of settings names, and those that are typed beside them.
///
/// # Errors
/// If there are too many, or one cannot be an attribute.
pub fn dimensions(file: &Dimensions, typed: &[String]) -> Result<Dimensions, Error> {
    file.and(typed).map_err(|why| Error::Usage(format!("--dimension: {why}")))
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
    if let Some(teams) = cli.command.teams_mut() {
        *teams = file.teams.clone();
    }
    if let Some(input) = cli.command.input_mut() {
        fill_input(input, file);
    }
}

fn fill_input(input: &mut Input, file: &File) {
    input.over.memory = input.over.memory.or(file.memory);
    input.over.errors_4xx = input.over.errors_4xx.or(file.http_4xx);
    let (usual, probes) = match file.keep_usual_noise {
        true => (Noise::default(), Probes::default()),
        false => (Noise::usual(), Probes::usual()),
    };
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
        probes: Probes {
            agents: [probes.agents, file.probes.agents.clone()].concat(),
            keep: file.probes.keep.clone(),
            synthetic: file.synthetic.clone().unwrap_or(probes.synthetic),
        },
    };
}
