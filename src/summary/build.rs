//! Telemetry into a summary, partition by partition.

use std::borrow::Borrow;
use std::sync::{Mutex, PoisonError};

use crate::assemble::{ErrorPolicy, TraceRecords, sort, traces};
use crate::model::{Nanos, Partition, Tables, Telemetry};

use super::fold::Fold;
use super::plan::Plan;
use super::survey::Survey;
use super::value::Summary;

/// What is counted, and how.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    /// When a span counts as failed.
    pub errors: ErrorPolicy,
    /// Leave out traces that start before this.
    pub from: Option<Nanos>,
    /// Leave out traces that start at this or later.
    pub to: Option<Nanos>,
}

impl Rules {
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
pub fn build(mut telemetry: Telemetry, rules: Rules) -> Summary {
    let plan = plan_of(&mut telemetry, rules);
    let mut summary = fold_part(telemetry.partitions, &telemetry.tables, &plan);
    summary.input = telemetry.stats;
    summary
}

/// The first visit: sorts the partitions and draws the plan.
pub fn plan_of(telemetry: &mut Telemetry, rules: Rules) -> Plan {
    let tables = &telemetry.tables;
    let surveys = visit(&mut telemetry.partitions, |survey: &mut Survey, partition| {
        sort(partition);
        admitted(partition, &rules).for_each(|records| survey.see(&records, tables, &rules));
    });
    let survey = surveys.into_iter().reduce(Survey::merge).unwrap_or_default();
    Plan::new(&survey, tables, rules)
}

/// The second visit, of all partitions or of some: they must be sorted. Given away, each is
/// freed as soon as it is folded.
pub fn fold_part<P: Borrow<Partition> + Send>(
    partitions: impl IntoIterator<Item = P, IntoIter: Send>,
    tables: &Tables,
    plan: &Plan,
) -> Summary {
    let folds = visit(partitions, |fold: &mut Fold, partition: P| {
        // In order of time, so that the counts of one moment stay near the processor. They add
        // up in any order.
        let mut admitted: Vec<_> = admitted(partition.borrow(), &plan.rules).collect();
        admitted.sort_unstable_by_key(|records| records.spans.first().map(|s| s.start));
        admitted.iter().for_each(|records| fold.see(records, tables, plan));
    });
    folds.into_iter().reduce(Fold::merge).unwrap_or_default().seal(plan)
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
