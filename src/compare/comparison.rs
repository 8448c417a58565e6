//! A run against reference runs: everything that can be told of their difference.

use std::collections::BTreeSet;

use crate::analysis::names;
use crate::model::Teams;
use crate::summary::{Catalog, Summary};

use super::comparability::warnings;
use super::draft::{Draft, conclude};
use super::profile::Profile;
use super::runs::{Run, Runs, united};
use super::traces::Traces;
use super::view::{Comparison, RunFacts};
use super::{presence, requests, shares, times};

/// Both sides in one set of names, as the measures see them.
pub struct Sides {
    /// The names.
    pub catalog: Catalog,
    /// The reference runs.
    pub old: Vec<Side>,
    /// The new run.
    pub new: Side,
}

/// One run.
pub struct Side {
    /// By blocks of time.
    pub profile: Profile,
    /// By kept traces.
    pub traces: Traces,
}

impl Sides {
    /// All runs, the new one last.
    pub fn all(&self) -> impl Iterator<Item = &Side> + Clone {
        self.old.iter().chain(std::iter::once(&self.new))
    }
}

/// Compares a run with one or several reference runs. With several, what they differ among
/// themselves counts as noise; with one, only what varies within it does.
pub fn compare(reference: &Runs, new: &Run) -> Comparison {
    let all: Vec<&Summary> =
        reference.list.iter().chain(std::iter::once(new)).map(|run| &run.summary).collect();
    let (catalog, renamings) = united(all.iter().map(|summary| &summary.catalog));
    let mut sides: Vec<Side> = all
        .iter()
        .zip(&renamings)
        .map(|(summary, names)| Side {
            profile: Profile::new(summary, names),
            traces: Traces::new(summary, names),
        })
        .collect();
    // There is always the new one.
    let last = sides.len() - 1;
    let new_side = sides.remove(last);
    let sides = Sides { catalog, old: sides, new: new_side };

    let mut drafts: Vec<Draft> = Vec::new();
    shares::measure(&sides, &mut drafts);
    times::measure(&sides, &mut drafts);
    requests::measure(&sides, &mut drafts);
    presence::measure(&sides, &mut drafts);
    let untested = drafts.iter().filter(|draft| draft.is_untested()).count();
    let (measured, tests) = conclude(drafts);
    let names: BTreeSet<_> =
        all.iter().flat_map(|summary| names(summary, &Teams::default())).collect();
    Comparison {
        reference: reference.list.iter().map(facts).collect(),
        new: facts(new),
        warnings: warnings(reference, new, &sides),
        measured,
        tests,
        untested,
        status_blind: all.iter().any(|summary| summary.status_blind()),
        names: names.into_iter().collect(),
    }
}

fn facts(run: &Run) -> RunFacts {
    let s = &run.summary;
    let requests: u64 = s.entries.rows().iter().map(|row| row.2.total).sum();
    let seconds = s.input.to.0.saturating_sub(s.input.from.0) as f64 / 1e9;
    RunFacts {
        label: run.label.clone(),
        from: s.input.from,
        to: s.input.to,
        traces: s.traces(),
        requests,
        rate: if seconds > 0.0 { requests as f64 / seconds } else { 0.0 },
    }
}
