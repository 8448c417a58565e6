//! Telemetry by the gigabyte: the same simulation with more load, written as it runs.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::proto;
use crate::world::attributes::Dialect;
use crate::world::faults::{Effect, Fault, Faults, Target};
use crate::world::fleet::Fleet;
use crate::world::landscape::{Landscape, PeerKind};
use crate::world::otlp::Exporter;
use crate::world::random::{self, Size};
use crate::world::recording;
use crate::world::rng::Rng;
use crate::world::simulate::{Simulation, Traffic, World};
use crate::world::telemetry::{Fact, Log, Sink, Span, seconds};

/// Spans or log records of one line, as the collector's batch processor gathers them.
const BATCH: usize = 512;
/// Requests of users a second.
const RATE: f64 = 300.0;

/// What is wanted.
#[derive(Debug, Args)]
pub struct Options {
    /// How many spans.
    #[arg(long, default_value_t = 1_000_000)]
    pub spans: u64,
    /// Encoding of the spans.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    pub format: Format,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// File that takes the spans, `-` for stdout.
    #[arg(long, default_value = "-")]
    pub out: PathBuf,
    /// File that takes log records as JSON lines; without it there are none.
    #[arg(long)]
    pub logs: Option<PathBuf>,
}

/// Encoding of spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// OTLP/JSON, a request a line.
    Json,
    /// OTLP protobuf: requests, each after its length in four bytes, big-endian.
    Proto,
}

/// Simulates until enough spans are written.
pub fn run(options: &Options) -> io::Result<()> {
    let mut rng = Rng::new(options.seed);
    let size = Size { services: 18, entries: 8, replicas: 4, rate: RATE };
    let (landscape, spans_each) = random::landscape(size, &mut rng);
    let duration = options.spans as f64 / (spans_each * RATE);
    let faults = faults(&landscape, duration);
    let fleet = Fleet::new(&landscape, &faults, &mut rng);
    let exporter = Exporter::new(&landscape, &fleet, recording::epoch(&mut rng));
    let world = World {
        landscape: &landscape,
        fleet: &fleet,
        faults: Faults(&faults),
        traffic: Traffic {
            rate: RATE,
            ramp: None,
            // The count of spans ends the run; the estimate of their number may be short.
            duration: seconds(duration * 10.0 + 60.0),
        },
        dialect: Dialect::Rich,
    };
    let stream = Stream {
        world,
        exporter: &exporter,
        format: options.format,
        spans: Vec::with_capacity(BATCH),
        logs: Vec::with_capacity(BATCH),
        text: String::new(),
        trace_output: open(&options.out)?,
        log_output: options.logs.as_deref().map(open).transpose()?,
        left: options.spans,
        error: None,
    };
    let enough = |stream: &Stream<'_>| stream.left == 0 || stream.error.is_some();
    Simulation::new(world, rng, stream).run(enough).finish()
}

/// A database slows down after three fifths of the run and recovers near its end.
fn faults(landscape: &Landscape, duration: f64) -> Vec<Fault> {
    let databases = landscape.peers.iter().enumerate();
    let database = databases
        .filter(|(_, peer)| peer.kind == PeerKind::Database)
        .map(|(index, _)| index)
        .next();
    let slow = database.map(|index| Fault {
        target: Target::Peer(index),
        effect: Effect::Slow(1500.0 / landscape.peers[index].mean),
        from: seconds(duration * 0.6),
        until: seconds(duration * 0.9),
    });
    slow.into_iter().collect()
}

fn open(path: &Path) -> io::Result<Box<dyn Write>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::with_capacity(1 << 20, io::stdout().lock())));
    }
    Ok(Box::new(BufWriter::with_capacity(1 << 20, File::create(path)?)))
}

/// Writes batches as they fill.
struct Stream<'a> {
    world: World<'a>,
    exporter: &'a Exporter,
    format: Format,
    spans: Vec<Span<'a>>,
    logs: Vec<Log>,
    text: String,
    trace_output: Box<dyn Write>,
    log_output: Option<Box<dyn Write>>,
    left: u64,
    /// The first failure; the simulation stops at the next event.
    error: Option<io::Error>,
}

impl Stream<'_> {
    fn flush_spans(&mut self) -> io::Result<()> {
        if self.spans.is_empty() {
            return Ok(());
        }
        match self.format {
            Format::Json => {
                self.text.clear();
                self.exporter.traces_line(&mut self.text, &self.spans);
                self.trace_output.write_all(self.text.as_bytes())?;
            }
            Format::Proto => {
                let frame = proto::frame(&self.spans, &self.world, self.exporter);
                self.trace_output.write_all(&frame)?;
            }
        }
        self.spans.clear();
        Ok(())
    }

    fn flush_logs(&mut self) -> io::Result<()> {
        if let (Some(output), false) = (&mut self.log_output, self.logs.is_empty()) {
            self.text.clear();
            self.exporter.logs_line(&mut self.text, &self.logs);
            output.write_all(self.text.as_bytes())?;
            self.logs.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        if let Some(error) = self.error.take() {
            return Err(error);
        }
        self.flush_spans()?;
        self.flush_logs()?;
        self.trace_output.flush()?;
        self.log_output.as_mut().map_or(Ok(()), |output| output.flush())
    }

    fn note(&mut self, result: io::Result<()>) {
        if let (Err(error), None) = (result, &self.error) {
            self.error = Some(error);
        }
    }
}

impl<'a> Sink<'a> for Stream<'a> {
    fn span(&mut self, span: Span<'a>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        self.spans.push(span);
        if self.spans.len() == BATCH {
            let result = self.flush_spans();
            self.note(result);
        }
    }

    fn log(&mut self, log: Log) {
        if self.log_output.is_none() {
            return;
        }
        self.logs.push(log);
        if self.logs.len() == BATCH {
            let result = self.flush_logs();
            self.note(result);
        }
    }

    fn fact(&mut self, _: Fact) {}
}
