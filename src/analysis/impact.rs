//! Whom an incident hurt.

use crate::detect::Harm;
use crate::summary::{OpId, Summary};

use super::study::Study;
use super::view::{EntryImpact, Harmed, Incident};

/// The view of a studied window.
pub fn incident(summary: &Summary, study: &Study, id: u32) -> Incident {
    let window = &study.window;
    let failed = match window.harm {
        Harm::Failure => Some(window.harmed),
        Harm::Latency | Harm::Behaviour => (!summary.status_blind()).then(|| {
            let inside = summary
                .entries
                .rows()
                .iter()
                .filter(|r| window.contains(r.1 >> crate::summary::SLICE_SHIFT));
            inside.map(|r| r.2.failed).sum()
        }),
    };
    Incident {
        id,
        onset: window.onset,
        onset_earliest: window.earliest,
        onset_latest: window.latest,
        end: window.end,
        reference: study.reference.to_owned(),
        requests: window.requests,
        failed,
        harm: match window.harm {
            Harm::Failure => Harmed::Failed,
            Harm::Latency => Harmed::Slow,
            Harm::Behaviour => Harmed::Unusual,
        },
        harmed: window.harmed,
        usual: window.usual,
    }
}

/// Entry operations with requests during the incident: most failed first, then by requests.
pub fn entries(summary: &Summary, study: &Study) -> Vec<EntryImpact> {
    let blind = summary.status_blind();
    let catalog = &summary.catalog;
    let mut list: Vec<EntryImpact> = study
        .contrast
        .during
        .entries
        .iter()
        .map(|(&operation, during)| {
            let before = study.contrast.before.entries.get(&operation);
            let quantile = |side: &crate::detect::Aggregate, q| {
                side.entry_times.get(&operation).and_then(|h| h.quantile(q))
            };
            let named = &catalog.operations[operation as usize];
            let share = before.map(|b| b.failed as f64 / b.total.max(1) as f64);
            EntryImpact {
                service: catalog.nodes[named.node as usize].name.clone(),
                operation: named.name.clone(),
                requests: during.total,
                requests_estimated: estimated(summary, operation, during.total),
                failed: (!blind).then_some(during.failed),
                failed_before: share.filter(|_| !blind),
                unusual: blind.then(|| unusual(summary, study, operation, during.total)),
                p50_before: quantile(&study.contrast.before, 0.5),
                p50_during: quantile(&study.contrast.during, 0.5),
                p99_before: quantile(&study.contrast.before, 0.99),
                p99_during: quantile(&study.contrast.during, 0.99),
            }
        })
        .collect();
    list.sort_by(|a, b| {
        let key = |e: &EntryImpact| std::cmp::Reverse((e.failed, e.unusual, e.requests));
        key(a).cmp(&key(b)).then_with(|| a.operation.cmp(&b.operation))
    });
    list
}

/// Requests of an operation that show the change: the share of the kept traces, of all.
fn unusual(summary: &Summary, study: &Study, operation: OpId, requests: u64) -> u64 {
    let window = &study.window;
    let kept = summary.digests.iter().filter(|d| d.stratum.0 == operation);
    let (all, shown) = kept.filter(|d| window.contains(d.slice)).fold((0, 0), |(all, shown), d| {
        (all + 1, shown + u64::from(window.harms(d, &summary.catalog)))
    });
    (requests * shown).checked_div(all).unwrap_or(0)
}

/// Requests adjusted for head sampling by the operation's mean adjusted count.
fn estimated(summary: &Summary, operation: OpId, requests: u64) -> Option<f64> {
    let rows = summary.sampled.rows().iter().filter(|r| r.0.0 == operation);
    let (mut seen, mut stands_for) = (0.0, 0.0);
    for ((_, threshold), _, count) in rows {
        stands_for += threshold.adjusted_count()? * *count as f64;
        seen += *count as f64;
    }
    (seen > 0.0).then(|| requests as f64 * stands_for / seen)
}
