//! Makes telemetry of a simulated system: fixtures, random incidents, and bulk for benchmarks.
//!
//! ```text
//! cargo run --release --example generate -- scenarios
//! cargo run --release --example generate -- incidents --out /tmp/incidents --count 50 --seed 7
//! cargo run --release --example generate -- faults --out /tmp/faults --count 50 --seed 7
//! cargo run --release --example generate -- bulk --spans 1000000 --out - > traces.jsonl
//! ```

mod bulk;
mod files;
mod proto;
mod world;

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use world::incident::{Produced, produce};
use world::incidents;
use world::probes::probe;
use world::scenarios::{SCENARIOS, Storage};

/// Makes telemetry of a simulated system.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Writes the scenarios of the shop, each into a folder of its own.
    Scenarios {
        /// Folder that takes them.
        #[arg(long, default_value = "fixtures")]
        out: PathBuf,
        /// Only this scenario.
        #[arg(long)]
        only: Option<String>,
        /// Seed.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Streams many spans of a large system, for benchmarks.
    Bulk(bulk::Options),
    /// Writes healthy exports of random landscapes, each into a folder of its own, with what faults
    /// at every dependency would do to users there (harm.json).
    Faults {
        /// Folder that takes them.
        #[arg(long)]
        out: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 50)]
        count: usize,
        /// Seed of the first; the following ones count up.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Writes random incidents in random landscapes, each into a folder of its own.
    Incidents {
        /// Folder that takes them.
        #[arg(long)]
        out: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 50)]
        count: usize,
        /// Seed of the first; the following ones count up.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do when even stderr is gone.
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    match arguments.command {
        Command::Scenarios { out, only, seed } => {
            let wanted = |name: &str| only.as_deref().is_none_or(|only| only == name);
            let chosen: Vec<_> =
                SCENARIOS.iter().filter(|scenario| wanted(scenario.name)).collect();
            if chosen.is_empty() {
                return Err("no scenario has this name".into());
            }
            for scenario in chosen {
                let produced = scenario.produce(seed)?;
                let folder = out.join(scenario.name);
                files::write(&folder, &produced, scenario.storage, scenario.about)?;
                report(scenario.name, &produced)?;
            }
        }
        Command::Bulk(options) => bulk::run(&options)?,
        Command::Faults { out, count, seed } => {
            for index in 0..count {
                let seed = seed * 10_000 + index as u64;
                let (traces, harm) = probe(seed);
                let folder = out.join(format!("{seed:08}"));
                std::fs::create_dir_all(&folder)?;
                files::store(&folder, "traces.jsonl", &traces, Storage::Fast)?;
                std::fs::write(folder.join("harm.json"), serde_json::to_string_pretty(&harm)?)?;
                writeln!(std::io::stderr(), "{seed:08}: {} dependencies", harm.points.len())?;
            }
        }
        Command::Incidents { out, count, seed } => {
            for index in 0..count {
                let seed = seed * 10_000 + index as u64;
                let produced = produce(seed, |rng| incidents::draw(index, rng))?;
                let name = format!("{seed:08}-{}", produced.truth.scenario);
                let about = "A random incident in a random landscape.";
                files::write(&out.join(&name), &produced, Storage::Fast, about)?;
                report(&name, &produced)?;
            }
        }
    }
    Ok(())
}

fn report(name: &str, produced: &Produced) -> std::io::Result<()> {
    let harm = produced.harm;
    writeln!(
        std::io::stderr(),
        "{name}: {} spans, entries failed {}/{} before and {}/{} since; impacted {}",
        produced.spans,
        harm.failed_before,
        harm.before,
        harm.failed_since,
        harm.since,
        produced.truth.impacted.join(", ")
    )
}
