//! Calls that were refused at once.

use crate::model::{Article, Cause};
use crate::summary::DigestHop;

use super::edge::{median, told};
use super::{Edge, Factor, Found};

/// See the article.
pub static FACTOR: Factor = Factor {
    article: Article {
        id: "fail_fast",
        title: "refused at once",
        unit: "share",
        rationale: "Calls were refused in less time than a call usually takes: by a limit, a full \
                    queue or an open breaker. That contains a failure and is not its cause; look \
                    at what keeps the callee from answering. The value is the share of such \
                    calls.",
        limits: "A limit that is set too low refuses calls too, with nothing behind it.",
        source: "Nygard, Release It!: fail fast; Envoy's documentation of load shedding",
    },
    find,
};

fn find(edge: &Edge<'_>) -> Option<Found> {
    let share = edge.risen(|calls| calls.rejected)?;
    let refused = |hop: &&DigestHop| {
        matches!(hop.cause, Cause::Rejected | Cause::ShortCircuited) && hop.has(DigestHop::FAILED)
    };
    let took = median(edge.calls().filter(refused).map(DigestHop::took).collect())?;
    let usual = edge.before.took().quantile(0.5)? as f64 / 1e6;
    if took >= usual {
        return None;
    }
    let [caller, callee] = edge.names();
    let text = format!(
        "{:.0} % of the calls from {caller} to {callee} were refused within {} (a call usually \
         takes {})",
        100.0 * share,
        told(took),
        told(usual),
    );
    Some(Found { value: share, text })
}
