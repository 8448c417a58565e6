//! Failed calls in requests that did not fail.

use crate::model::Article;
use crate::summary::DigestHop;

use super::edge::told;
use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "masked_errors",
        title: "failures made good",
        unit: "share",
        rationale: "These calls failed in requests that did not: a repeat or a fallback made them \
                    good. They cost time and capacity, and are the origin of nothing. The value \
                    is their share of the failed calls.",
        limits: "What the fallback gave the user, traces do not say.",
        source: "CRISP, USENIX ATC 2022: a large part of successful requests hold an error",
    },
    find,
};

/// Fewer such calls are anecdotes.
const CALLS: usize = 5;
/// A smaller share of failures made good says nothing of the edge.
const NOTABLE: f64 = 0.05;

fn find(edge: &Edge<'_>) -> Option<Found> {
    edge.risen(|calls| calls.failed)?;
    let failed = edge.kept.iter().map(|(digest, at)| (digest, &digest.hops[*at as usize]));
    let failed: Vec<_> = failed.filter(|(_, hop)| hop.has(DigestHop::FAILED)).collect();
    let masked = || failed.iter().filter(|(digest, _)| !digest.stratum.1).map(|(_, hop)| *hop);
    let count = masked().count();
    let share = count as f64 / failed.len().max(1) as f64;
    if count < CALLS || share < NOTABLE {
        return None;
    }
    let repeated = masked().filter(|hop| hop.has(DigestHop::REPAIRED)).count();
    let cost: f64 = masked().map(|hop| f64::from(hop.took()) / 1000.0).sum();
    let [caller, callee] = edge.names();
    let text = format!(
        "{:.0} % of the failed calls from {caller} to {callee} were made good ({:.0} % of these by \
         a repeat), at a cost of {} each",
        100.0 * share,
        100.0 * repeated as f64 / count as f64,
        told(cost / count as f64),
    );
    Some(Found { value: share, text })
}
