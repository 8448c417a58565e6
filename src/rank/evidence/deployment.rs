//! A new version shortly before.

use crate::model::Article;
use crate::summary::NodeId;

use super::super::{Case, Dimension, concentration};
use super::{Evidence, Finding};

/// See the article.
pub static EVIDENCE: Evidence = Evidence {
    article: Article {
        id: "deployment",
        title: "new version shortly before",
        unit: "s",
        rationale: "Most outages follow a change. A version of the node that was not there \
                    before appeared in the minutes before the onset. The value is how long \
                    before (negative: after).",
        limits: "Rollouts are frequent and mostly harmless: this counts only for a node at which \
                 requests ended, and not if the trouble is on another version.",
        source: "SRE book, chapter 8: some 70 % of outages are due to changes; Datadog Watchdog",
    },
    weigh,
};

/// Log-odds for a change in time.
const RECENT: f64 = 0.5;
/// Seconds before the onset within which a new version counts.
const WITHIN: f64 = 600.0;
/// Seconds after the latest plausible onset: the first call of a new version comes late.
const SLACK: f64 = 10.0;
/// Calls to the node before a version appeared, or it may only not have been sampled.
const CALLS: u64 = 20;

fn weigh(case: &Case<'_>, node: NodeId) -> Option<Finding> {
    let (version, appeared) = newest(case, node)?;
    let trouble = concentration(case, node, Dimension::Version);
    if trouble.is_some_and(|trouble| trouble.value != version) {
        return None;
    }
    let lead = (case.window.onset.0 as f64 - appeared as f64) / 1e9;
    let late = (appeared as f64 - case.window.latest.0 as f64) / 1e9;
    if lead > WITHIN || late > SLACK {
        return None;
    }
    let text = if lead >= 0.0 {
        format!("version {version} appeared {lead:.0} s before the first harm")
    } else {
        format!("version {version} appeared with the first harm ({:.0} s after)", -lead)
    };
    Some(Finding { value: lead, contribution: RECENT, text })
}

/// The version that appeared last, if others were there before it: its name and first slice.
fn newest<'a>(case: &'a Case<'_>, node: NodeId) -> Option<(&'a str, u64)> {
    let mut first: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    let mut calls: Vec<(u64, u64)> = Vec::new();
    for (instance, slice, work) in case.summary.instances.rows() {
        let instance = &case.catalog().instances[*instance as usize];
        if instance.node == node && !instance.version.is_empty() && *slice < case.window.to {
            let seen = first.entry(instance.version.as_str()).or_insert(*slice);
            *seen = (*slice).min(*seen);
            calls.push((*slice, work.calls));
        }
    }
    let (&version, &slice) = first.iter().max_by_key(|(_, slice)| **slice)?;
    let before: u64 = calls.iter().filter(|c| c.0 < slice).map(|c| c.1).sum();
    (before >= CALLS).then_some((version, slice << case.window.slice_log2))
}
