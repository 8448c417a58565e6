//! Telemetry into a summary, partition by partition.

use std::borrow::Borrow;

use rayon::prelude::*;

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
    telemetry.partitions.par_iter_mut().for_each(sort);
    let tables = &telemetry.tables;
    let survey = telemetry
        .partitions
        .par_iter()
        .fold(Survey::default, |mut survey, partition| {
            admitted(partition, &rules).for_each(|records| survey.see(&records, tables, &rules));
            survey
        })
        .reduce(Survey::default, Survey::merge);
    Plan::new(&survey, tables, rules)
}

/// The second visit, of all partitions or of some: they must be sorted. Given away, each is
/// freed as soon as it is folded.
pub fn fold_part<P: Borrow<Partition>>(
    partitions: impl IntoParallelIterator<Item = P>,
    tables: &Tables,
    plan: &Plan,
) -> Summary {
    partitions
        .into_par_iter()
        .fold(Fold::default, |mut fold, partition| {
            admitted(partition.borrow(), &plan.rules)
                .for_each(|records| fold.see(&records, tables, plan));
            fold
        })
        .reduce(Fold::default, Fold::merge)
        .seal(plan)
}

fn admitted<'a>(
    partition: &'a Partition,
    rules: &'a Rules,
) -> impl Iterator<Item = TraceRecords<'a>> {
    traces(partition).filter_map(|records| rules.admit(records))
}
