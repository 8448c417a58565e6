//! `tracefall history`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use crate::analysis::{Analysis, Settings, Sort, analyze};
use crate::history::{
    self, Access, Contents, Entry, History, HistoryError, ImportError, Imprint, Likeness, Record,
    Stored, Witness, weak_points,
};
use crate::model::Teams;
use crate::report::{Options, likeness_told, redact, redact_entries, redact_weak_points};
use crate::summary::{self, Summary};

use super::diagnostics::Diagnostics;
use super::history_args::{self as args, Action, Written};
use super::output::Output;
use super::remember::{contract, now, open, place, prepare};
use super::screen::Screen;
use super::{Error, exit, teams};

/// Runs the command.
///
/// # Errors
/// If there is no result.
pub fn run(args: &args::History, screen: &Screen) -> Result<u8, Error> {
    let path = place(args.file.as_deref())?;
    let book = |access| Ok(Book { history: open(&path, access)? });
    match &args.action {
        Action::List(args) => book(Access::Read)?.list(args, screen),
        Action::Show(args) => book(Access::Read)?.show(args, screen),
        Action::Similar(args) => book(Access::Read)?.similar(args, screen),
        Action::WeakPoints(args) => book(Access::Read)?.weak_points(args, screen),
        Action::Annotate(args) => book(Access::Change)?.annotate(args),
        Action::Forget(args) => book(Access::Change)?.forget(args),
        Action::Export(args) => book(Access::Read)?.export(args),
        Action::Import(import) => {
            prepare(args.file.as_deref(), &path)?;
            book(Access::Begin)?.import(import)
        }
    }?;
    Ok(exit::SUCCESS)
}

/// An open history, with errors that name it.
struct Book {
    history: History,
}

impl Book {
    fn broken(&self, why: HistoryError) -> Error {
        Error::History { path: self.history.path().to_owned(), why }
    }

    fn none(&self, id: u64) -> Error {
        let path = self.history.path().display();
        Error::Usage(format!(
            "there is no incident {id} in {path}; tracefall history list shows all"
        ))
    }

    fn entries(&self, redacted: bool) -> Result<Vec<Entry>, Error> {
        let entries = self.history.entries().map_err(|why| self.broken(why))?;
        Ok(if redacted { redact_entries(&entries) } else { entries })
    }

    fn stored(&self, id: u64) -> Result<Stored, Error> {
        let found = self.history.get(id).map_err(|why| self.broken(why))?;
        found.ok_or_else(|| self.none(id))
    }

    fn list(&self, args: &args::List, screen: &Screen) -> Result<(), Error> {
        let contents = Contents::of(self.entries(args.written.redact)?);
        write(&args.written, screen, |options, out| args.format.write(&contents, options, out))
    }

    fn similar(&self, args: &args::Similar, screen: &Screen) -> Result<(), Error> {
        let entries = self.entries(args.written.redact)?;
        let likeness = Likeness::of(&entries, args.id).ok_or_else(|| self.none(args.id))?;
        write(&args.written, screen, |options, out| args.format.write(&likeness, options, out))
    }

    fn weak_points(&self, args: &args::Weak, screen: &Screen) -> Result<(), Error> {
        let today = teams::read(args.teams.as_deref(), &args.settled)?;
        let mut entries = self.entries(false)?;
        // One landscape, seen by one order of teams; what it was at the time, where none is given.
        if today != Teams::default() {
            entries.iter_mut().for_each(|entry| entry.teams = today.clone());
        }
        let witnesses: Vec<Witness<'_>> = entries
            .iter()
            .map(|e| Witness { id: e.id, imprint: &e.imprint, teams: &e.teams })
            .collect();
        let mut found = weak_points(&witnesses);
        if args.written.redact {
            found = redact_weak_points(&found, &entries);
        }
        write(&args.written, screen, |options, out| args.format.write(&found, options, out))
    }

    fn show(&self, args: &args::Show, screen: &Screen) -> Result<(), Error> {
        let stored = self.stored(args.id)?;
        let record = &stored.record;
        let output = Output::open(args.written.output.as_deref())?;
        let mut diagnostics = Diagnostics::new();
        let as_kept = args.format.id == "json" && !args.written.redact;
        if as_kept {
            output.write(|out| out.write_all(record.report.as_bytes()))?;
        } else {
            let analysis = self.again(args.id, record)?;
            if contract(&analysis) != record.report {
                diagnostics.warning(&format!(
                    "tracefall {} made another report of incident {} than this version does; \
                     --format json shows it",
                    record.tool, args.id
                ));
            }
            let shown = if args.written.redact { redact(&analysis) } else { analysis };
            // Telemetry without names has no address either.
            let trace_url = args.trace_url.clone().filter(|_| !args.written.redact);
            let options = Options { explain: args.explain, trace_url, ..output.options(screen) };
            output.write(|out| args.format.write(&shown, &options, out))?;
        }
        let entries = self.entries(args.written.redact)?;
        if let Some(likeness) = Likeness::of(&entries, args.id) {
            diagnostics.note(&likeness_told(&likeness, &Options::default()));
        }
        Ok(())
    }

    /// The analysis of what is kept, once more.
    fn again(&self, id: u64, record: &Record) -> Result<Analysis, Error> {
        let Some(summary) = &record.summary else {
            return Err(Error::Usage(format!(
                "incident {id} is kept without its summary, as history export --redact leaves it: \
                 only --format json can show it"
            )));
        };
        let read = |bytes: &Vec<u8>| -> Result<Summary, Error> {
            let damaged = |why| self.broken(HistoryError::Damaged(format!("incident {id}: {why}")));
            summary::read(bytes).map_err(damaged)
        };
        let (summary, baseline) = (read(summary)?, record.baseline.as_ref().map(read).transpose()?);
        let settings: Settings = record.settings.settings();
        Ok(analyze(&summary, baseline.as_ref(), &settings))
    }

    fn annotate(&mut self, args: &args::Annotate) -> Result<(), Error> {
        let (label, note) = (args.label.as_deref(), args.note.as_deref());
        let now = args.now.unwrap_or_else(now);
        let there = self.history.annotate(args.id, label, note, now);
        if there.map_err(|why| self.broken(why))? { Ok(()) } else { Err(self.none(args.id)) }
    }

    fn forget(&mut self, args: &args::Forget) -> Result<(), Error> {
        let ids: BTreeSet<u64> = args.ids.iter().copied().collect();
        let missing = self.history.forget(&ids.into_iter().collect::<Vec<_>>());
        match missing.map_err(|why| self.broken(why))? {
            Some(id) => Err(self.none(id)),
            None => Ok(()),
        }
    }

    fn export(&self, args: &args::Export) -> Result<(), Error> {
        let output = Output::open(args.written.output.as_deref())?;
        let ids: BTreeSet<u64> = self.entries(false)?.iter().map(|entry| entry.id).collect();
        let names = if args.written.redact { Some(self.names(&ids)?) } else { None };
        let mut broken = None;
        let written = output.write(|out| {
            for id in ids {
                let stored = self.leaving(id, names.as_deref()).map_err(|why| {
                    broken = Some(why);
                    io::ErrorKind::InvalidData
                })?;
                history::export(&stored, out)?;
            }
            Ok(())
        });
        broken.map_or(written, Err)
    }

    /// An incident as it leaves, without names if all names are given.
    fn leaving(&self, id: u64, names: Option<&[(Sort, String)]>) -> Result<Stored, Error> {
        let mut stored = self.stored(id)?;
        if let Some(names) = names {
            let mut analysis = self.again(id, &stored.record)?;
            analysis.names = names.to_vec();
            leave_out(&mut stored.record, &redact(&analysis));
        }
        Ok(stored)
    }

    /// Every name in every incident: one name has one pseudonym in all of them.
    fn names(&self, ids: &BTreeSet<u64>) -> Result<Vec<(Sort, String)>, Error> {
        let mut names = BTreeSet::new();
        for id in ids {
            names.extend(self.again(*id, &self.stored(*id)?.record)?.names);
        }
        Ok(names.into_iter().collect())
    }

    fn import(&mut self, args: &args::Import) -> Result<(), Error> {
        let mut source = source(&args.lines)?;
        let done = history::import(&mut self.history, &mut source).map_err(|why| match why {
            ImportError::History(why) => self.broken(why),
            why => Error::Input(format!("{}: {why}", args.lines.display())),
        })?;
        Diagnostics::new().note(&format!(
            "{} added, {} updated, {} known",
            done.added, done.updated, done.unchanged
        ));
        Ok(())
    }
}

/// Replaces what a record says by what a redacted analysis says. Its summary is made of names.
fn leave_out(record: &mut Record, analysis: &Analysis) {
    record.summary = None;
    record.baseline = None;
    record.label.clear();
    record.note.clear();
    record.report = contract(analysis);
    if let Some(imprint) = Imprint::of(analysis) {
        record.imprint = imprint;
    }
}

fn source(path: &Path) -> Result<Box<dyn BufRead>, Error> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file =
        File::open(path).map_err(|why| Error::Input(format!("{}: {why}", path.display())))?;
    Ok(Box::new(BufReader::new(file)))
}

fn write(
    written: &Written,
    screen: &Screen,
    result: impl FnOnce(&Options, &mut dyn io::Write) -> io::Result<()>,
) -> Result<(), Error> {
    let output = Output::open(written.output.as_deref())?;
    let options = output.options(screen);
    output.write(|out| result(&options, out))
}
