//! Trouble on one instance, version or zone.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::{Case, Dimension, concentration};
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "concentration",
        title: "on one instance, version or zone",
        unit: "share",
        rationale: "If calls handled by one version, zone or instance fail and those of its siblings \
                    at the same time do not, the trouble comes from there and not from outside. \
                    The value is the share of its calls that are in trouble.",
        limits: "A load balancer that sends one kind of request to one instance looks alike.",
        source: "Datadog Watchdog; Huang et al., Gray Failure, HotOS 2017",
    },
    weigh,
};

/// Log-odds for a clear concentration.
const CLEAR: f64 = 1.0;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let dimensions = [Dimension::Version, Dimension::Zone, Dimension::Instance];
    let carries = |d: Dimension| Some((d.name(), concentration(case, node, d)?));
    let (kind, found) = dimensions.into_iter().find_map(carries)?;
    let text = format!(
        "{:.0} % of calls handled by {kind} {}{} are in trouble, against {:.0} % elsewhere",
        100.0 * found.with,
        found.value,
        if found.new { " (new)" } else { "" },
        100.0 * found.without,
    );
    Some(Finding { value: found.with, contribution: CLEAR, text })
}
