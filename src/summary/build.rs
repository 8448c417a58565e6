//! Telemetry into a summary, partition by partition.

use std::borrow::Borrow;
use std::io;
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::assemble::{ErrorPolicy, TraceRecords, sort, traces};
use crate::model::{Aliases, Nanos, Partition, Shelf, Tables, Telemetry};

use super::entries::Entries;
use super::fold::Fold;
use super::noise::{Noise, Sieve};
use super::plan::Plan;
use super::survey::Survey;
use super::value::Summary;

/// What is counted, and how.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// When a span counts as failed.
    pub errors: ErrorPolicy,
    /// Leave out traces that start before this.
    pub from: Option<Nanos>,
    /// Leave out traces that start at this or later.
    pub to: Option<Nanos>,
    /// Services and peers that go by another name.
    pub aliases: Aliases,
    /// What counts as an entry request.
    pub entries: Entries,
    /// Traces to leave out.
    pub noise: Noise,
}

impl Rules {
    /// The settings that change what is counted, by their names on the command line.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let whose = match (self.errors.server_4xx, self.errors.ignore_client_4xx) {
            (false, false) => "client",
            (true, false) => "both",
            (false, true) => "none",
            (true, true) => "server",
        };
        vec![("errors-4xx", whose.to_owned())]
    }

    fn admits(&self, time: Nanos) -> bool {
        self.from.is_none_or(|from| time >= from) && self.to.is_none_or(|to| time < to)
    }

    /// The trace if it started within the range; of the log records without a trace, those
    /// that were written within it.
    fn admit<'a>(&self, records: TraceRecords<'a>) -> Option<TraceRecords<'a>> {
        if records.id.is_none() {
            let start = self.from.map_or(0, |from| records.logs.partition_point(|l| l.time < from));
            let end = self
                .to
                .map_or(records.logs.len(), |to| records.logs.partition_point(|l| l.time < to));
            let logs = records.logs.get(start..end).filter(|logs| !logs.is_empty())?;
            return Some(TraceRecords { logs, ..records });
        }
        let span = records.spans.first().map(|s| s.start);
        let start = span.or(records.logs.first().map(|l| l.time))?;
        self.admits(start).then_some(records)
    }
}

/// The whole job: sort, survey, plan, fold.
///
/// # Errors
/// If records that did not fit in memory cannot be read back.
pub fn build(mut telemetry: Telemetry, rules: Rules) -> io::Result<Summary> {
    let mut summary = match telemetry.shelf.take() {
        Some(shelf) => build_from(&*shelf, &telemetry.tables, rules)?,
        None => {
            let plan = plan_of(&mut telemetry, rules);
            fold_part(telemetry.partitions, &telemetry.tables, &plan)
        }
    };
    summary.input = telemetry.stats;
    Ok(summary)
}

/// The same with a partition for each thread in memory at a time. Sorting them twice costs less
/// than writing them again.
fn build_from(shelf: &dyn Shelf, tables: &Tables, rules: Rules) -> io::Result<Summary> {
    let sieve = Sieve::new(&rules.noise, tables);
    let surveys = fetch(shelf, |s: &mut Survey, part| survey(s, part, tables, &rules, &sieve))?;
    let survey = surveys.into_iter().reduce(Survey::merge).unwrap_or_default();
    let plan = Plan::new(&survey, tables, rules, sieve);
    drop(survey);
    let folds = fetch(shelf, |value: &mut Fold, partition| fold(value, partition, tables, &plan))?;
    Ok(folds.into_iter().reduce(Fold::merge).unwrap_or_default().seal(&plan))
}

/// Visits what is on the shelf, sorted.
fn fetch<T: Default + Send>(
    shelf: &dyn Shelf,
    see: impl Fn(&mut T, &Partition) + Sync,
) -> io::Result<Vec<T>> {
    let broken = OnceLock::new();
    let values = visit(0..shelf.partitions(), |value: &mut T, at| {
        if broken.get().is_some() {
            return;
        }
        match shelf.fetch(at) {
            Ok(mut partition) => {
                sort(&mut partition);
                see(value, &partition);
            }
            // One reason is enough; whichever came first.
            Err(error) => drop(broken.set(error)),
        }
    });
    broken.into_inner().map_or(Ok(values), Err)
}

/// The first visit: sorts the partitions and draws the plan.
pub fn plan_of(telemetry: &mut Telemetry, rules: Rules) -> Plan {
    let tables = &telemetry.tables;
    let sieve = Sieve::new(&rules.noise, tables);
    let surveys = visit(&mut telemetry.partitions, |s: &mut Survey, partition| {
        sort(partition);
        survey(s, partition, tables, &rules, &sieve);
    });
    let survey = surveys.into_iter().reduce(Survey::merge).unwrap_or_default();
    Plan::new(&survey, tables, rules, sieve)
}

/// The second visit, of all partitions or of some: they must be sorted. Given away, each is
/// freed as soon as it is folded.
pub fn fold_part<P: Borrow<Partition> + Send>(
    partitions: impl IntoIterator<Item = P, IntoIter: Send>,
    tables: &Tables,
    plan: &Plan,
) -> Summary {
    let folds = visit(partitions, |value: &mut Fold, partition: P| {
        fold(value, partition.borrow(), tables, plan);
    });
    folds.into_iter().reduce(Fold::merge).unwrap_or_default().seal(plan)
}

fn fold(fold: &mut Fold, partition: &Partition, tables: &Tables, plan: &Plan) {
    // In order of time, so that the counts of one moment stay near the processor. They add
    // up in any order.
    let mut admitted: Vec<_> = admitted(partition, &plan.rules).collect();
    admitted.sort_unstable_by_key(|records| records.spans.first().map(|s| s.start));
    admitted.iter().for_each(|records| fold.see(records, tables, plan));
}

fn survey(
    survey: &mut Survey,
    partition: &Partition,
    tables: &Tables,
    rules: &Rules,
    sieve: &Sieve,
) {
    let wanted = |records: &TraceRecords<'_>| sieve.holds_back(records, tables).is_none();
    admitted(partition, rules).filter(wanted).for_each(|records| survey.see(&records, tables));
}

/// Visits the partitions on all threads, with one value for each thread: adding values up costs
/// as much as they hold, so there must be no more of them than that.
fn visit<P: Send, T: Default + Send>(
    partitions: impl IntoIterator<Item = P, IntoIter: Send>,
    see: impl Fn(&mut T, P) + Sync,
) -> Vec<T> {
    let waiting = Mutex::new(partitions.into_iter());
    let next = || waiting.lock().unwrap_or_else(PoisonError::into_inner).next();
    rayon::broadcast(|_| {
        let mut value = T::default();
        while let Some(partition) = next() {
            see(&mut value, partition);
        }
        value
    })
}

fn admitted<'a>(
    partition: &'a Partition,
    rules: &'a Rules,
) -> impl Iterator<Item = TraceRecords<'a>> {
    traces(partition).filter_map(|records| rules.admit(records))
}
