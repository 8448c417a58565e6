//! What could not be seen.

use crate::model::{PeerKind, SamplingThreshold};
use crate::summary::Summary;

use super::view::{Coverage, NoiseBy, SkewedClock};

/// The coverage section.
pub fn view(summary: &Summary) -> Coverage {
    let c = &summary.coverage;
    let dark = |id: usize| {
        let key = &summary.catalog.nodes[id];
        key.kind == PeerKind::Service && !summary.instrumented.contains(&(id as u32))
    };
    Coverage {
        unpaired_client_spans: c.unpaired_clients,
        unpaired_server_spans: c.unpaired_servers,
        orphan_spans: c.orphans,
        rootless_traces: c.rootless,
        duplicate_spans: c.duplicates,
        duplicate_logs: c.duplicate_logs,
        cyclic_spans: c.cyclic,
        unnamed_spans: c.unnamed,
        logs_without_trace: c.logs_without_trace,
        logs_unjoined: c.logs_unjoined,
        folded_keys: c.folded_keys,
        noise_traces: c.noise,
        noise_by: NoiseBy {
            operation: c.noise.saturating_sub(c.noise_agents + c.noise_synthetic),
            user_agent: c.noise_agents,
            synthetic: c.noise_synthetic,
        },
        uninstrumented: (0..summary.catalog.nodes.len())
            .filter(|&id| dark(id))
            .map(|id| summary.catalog.nodes[id].name.clone())
            .collect(),
        skewed_clocks: summary
            .clocks
            .iter()
            .map(|(clock, &ahead_ns)| SkewedClock { clock: clock.clone(), ahead_ns })
            .collect(),
        sampling: sampling(summary),
        status_blind: summary.status_blind(),
        digest_traces: summary.digests.len() as u64,
    }
}

fn sampling(summary: &Summary) -> String {
    let mut known = (0_u64, 0.0_f64);
    let mut unknown = 0;
    for ((_, threshold), _, count) in summary.sampled.rows() {
        match threshold.adjusted_count() {
            Some(each) => known = (known.0 + count, known.1 + each * *count as f64),
            None => unknown += count,
        }
    }
    if unknown > 0 || known.0 == 0 {
        return "unknown".to_owned();
    }
    let everything = summary.sampled.rows().iter().all(|r| r.0.1 == SamplingThreshold(0));
    if everything { "all".to_owned() } else { format!("head:{:.4}", known.0 as f64 / known.1) }
}
