//! One trace by its id, for `tracefall trace`.

use crate::cascade::{Profile, blame};
use crate::detect::{Aggregate, detect};
use crate::summary::Summary;

use super::names;
use super::pipeline::Settings;
use super::scene::{Sort, Waterfall};
use super::study::Study;
use super::waterfall::waterfall;

/// Its waterfall, with the blamed call marked if the request failed or was harmed; and every
/// name in the input.
///
/// # Errors
/// If it is not among the kept traces.
pub fn one_trace(
    summary: &Summary,
    settings: &Settings,
    id: &str,
) -> Result<(Waterfall, Vec<(Sort, String)>), String> {
    let wanted = id.trim().to_ascii_lowercase();
    let found = summary.digests.iter().find(|d| d.trace().to_string() == wanted);
    let digest = found.ok_or_else(|| unknown(summary))?;
    let detection = detect(summary, None, settings.incident);
    let window = detection.incidents.first();
    let study = window.map(|window| Study::of(summary, None, window, &detection));
    let harmed = digest.stratum.1 || window.is_some_and(|w| w.harms(digest, &summary.catalog));
    let usual = || Profile::new(&Aggregate::of(summary, |_| true), &summary.catalog);
    let profile = study.map_or_else(usual, |study| study.profile);
    let path = if harmed { blame(digest, &summary.catalog, &profile).path } else { Vec::new() };
    Ok((
        waterfall(&summary.catalog, digest, &path, usize::MAX),
        names::view(summary, &settings.teams),
    ))
}

fn unknown(summary: &Summary) -> String {
    let (kept, all) = (summary.digests.len() as u64, summary.traces());
    if kept < all {
        format!(
            "no such trace among the {kept} of {all} that are kept whole; \
             narrow the input with --from and --to"
        )
    } else {
        format!("no such trace among the {all} of the input; ids have 32 hexadecimal digits")
    }
}
