//! The verdict, and the windows in which something was wrong.

use std::collections::BTreeMap;

use crate::model::Nanos;
use crate::summary::{Catalog, Digest, OpId, SLICE_SHIFT, Summary};

use super::behaviour::{self, Change};
use super::recovery::part;
use super::{Aggregate, EntrySeries, Found, Grid, Harm, change_point, scan, wilson};

/// A window in which requests were harmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// First slice.
    pub from: u64,
    /// One past the last slice.
    pub to: u64,
    /// The most likely beginning.
    pub onset: Nanos,
    /// The earliest plausible beginning.
    pub earliest: Nanos,
    /// The latest plausible beginning.
    pub latest: Nanos,
    /// When it was over, if the input shows requests after it.
    pub end: Option<Nanos>,
    /// What was counted.
    pub harm: Harm,
    /// Entry requests within.
    pub requests: u64,
    /// Harmed ones.
    pub harmed: u64,
    /// Harmed ones beyond what the reference rates would give.
    pub excess: f64,
    /// Share of harmed requests in the reference, weighted by the window's mix; 0 to 1.
    pub usual: f64,
    /// The largest share of harmed requests at an entry operation that has enough of them alone.
    pub worst: f64,
    /// How often chance does as well, 0 to 1.
    pub p_value: f64,
    /// Width of a slice, log2 of nanoseconds.
    pub slice_log2: u32,
    /// For latency: from how long on a request counts as slow, nanoseconds.
    pub slow: BTreeMap<OpId, u64>,
    /// For behaviour: what changed.
    pub change: Option<Change>,
}

impl Window {
    /// Whether a slice lies within.
    pub const fn contains(&self, slice: u64) -> bool {
        self.from <= slice && slice < self.to
    }

    /// Whether the request of this trace was harmed.
    pub fn harms(&self, digest: &Digest, catalog: &Catalog) -> bool {
        match self.harm {
            Harm::Behaviour => {
                self.change.as_ref().is_some_and(|c| !c.shown_by(digest, catalog).is_empty())
            }
            Harm::Failure => digest.stratum.1,
            Harm::Latency => self.slow.get(&digest.stratum.0).is_some_and(|&slow| {
                let entry = digest.hops.get(digest.entry as usize);
                entry.is_some_and(|hop| u64::from(hop.took()) * 1000 > slow)
            }),
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Detection {
    /// The windows that count as incidents, largest excess first.
    pub incidents: Vec<Window>,
    /// The best window that does not, if there is one worth a word.
    pub doubtful: Option<Window>,
    /// There is enough to say that nothing is wrong.
    pub enough: bool,
    /// The slices.
    pub grid: Grid,
}

/// Run-wide level of false alarms.
const LEVEL: f64 = 0.01;
/// Up to this level a find is worth doubt rather than silence.
const DOUBT: f64 = 0.1;
/// The material effect: at least this share of requests harmed …
const MATERIAL_RATE: f64 = 0.02;
/// (far slower, where that is the harm: a request that is late is less harmed than one that
/// failed, and load makes some late) …
const MATERIAL_SLOW: f64 = 0.1;
/// (or so much of the requests of one entry operation: its median is far slower) …
const MOSTLY: f64 = 0.5;
/// … at least so many times the usual share …
const MATERIAL_RATIO: f64 = 3.0;
/// … and at least so many harmed requests beyond the usual. One or two are anecdotes.
const MATERIAL_EXCESS: f64 = 5.0;
/// (slow ones: a collection pause of a few seconds makes a handful late and is no incident).
const SLOW_EXCESS: f64 = 20.0;
/// Of that excess, the share from which on it is worth doubt.
const DOUBTFUL: f64 = 0.75;
/// Fewer requests than this decide nothing.
const ENOUGH: u64 = 50;
/// In status-blind input: among so many, what hits one request in five (the material share there)
/// shows at least once, 99 times in 100.
const SEEN: u64 = 21;
/// Incidents told apart in one input.
const MOST: usize = 3;

/// Looks for windows in which entry requests were harmed.
///
/// `known` is a window that the user says is the incident. The search is for failures first
/// and, if there are none to speak of, for latency.
pub fn detect(
    summary: &Summary,
    baseline: Option<&Summary>,
    known: Option<(Nanos, Nanos)>,
) -> Detection {
    let grid = Grid::of(summary);
    let requests: u64 = summary.entries.rows().iter().map(|r| r.2.total).sum();
    let mut detection = Detection {
        incidents: Vec::new(),
        doubtful: None,
        enough: requests >= if summary.status_blind() { SEEN } else { ENOUGH },
        grid,
    };
    if summary.status_blind() {
        changed(summary, baseline, known, &mut detection);
        return detection;
    }
    for harm in [Harm::Failure, Harm::Latency] {
        search(summary, baseline, known, harm, &mut detection);
        // In a window that is given, a failure or two must not hide that all was slow.
        let least = if known.is_some() { MATERIAL_EXCESS } else { f64::MIN };
        if detection.incidents.iter().any(|w| w.excess >= least) {
            break;
        }
    }
    if known.is_some() {
        detection.incidents.truncate(1);
    }
    detection
}

/// Input that never says whether a request failed: behaviour decides.
fn changed(
    summary: &Summary,
    baseline: Option<&Summary>,
    known: Option<(Nanos, Nanos)>,
    detection: &mut Detection,
) {
    let grid = &detection.grid;
    let known = known.map(|window| positions(window, grid)).filter(|(from, to)| from < to);
    for change in behaviour::search(summary, baseline, grid, known) {
        let window = behaved(change, summary, grid);
        if window.p_value <= LEVEL || known.is_some() {
            detection.incidents.push(window);
        } else {
            if window.p_value <= DOUBT && detection.incidents.is_empty() {
                detection.doubtful = Some(window);
            }
            break;
        }
        if known.is_some() {
            break;
        }
    }
}

fn behaved(change: Change, summary: &Summary, grid: &Grid) -> Window {
    let (from, to) = (grid.slice(change.from), grid.slice(change.to - 1) + 1);
    let requests = Aggregate::of(summary, |s| from <= s && s < to).requests().total;
    let begins = |position: usize| Nanos(grid.begins(grid.slice(position)));
    let mut window = Window {
        from,
        to,
        onset: begins(change.from),
        earliest: begins(change.earliest),
        latest: begins(change.latest.min(grid.len() - 1)),
        end: (change.to < grid.len()).then(|| Nanos(grid.begins(to))),
        harm: Harm::Behaviour,
        requests,
        harmed: 0,
        excess: 0.0,
        usual: 0.0,
        worst: 0.0,
        p_value: change.p_value,
        slice_log2: grid.log2(),
        slow: BTreeMap::new(),
        change: Some(change),
    };
    let (mut kept, mut shown) = (0_u64, 0_u64);
    for digest in summary.digests.iter().filter(|d| window.contains(d.slice)) {
        kept += 1;
        shown += u64::from(window.harms(digest, &summary.catalog));
    }
    // Kept traces are a sample; of all requests the same share is harmed.
    window.harmed = (requests * shown).checked_div(kept).unwrap_or(0);
    window.excess = window.harmed as f64;
    window
}

fn search(
    summary: &Summary,
    baseline: Option<&Summary>,
    known: Option<(Nanos, Nanos)>,
    harm: Harm,
    detection: &mut Detection,
) {
    let grid = &detection.grid;
    let series = EntrySeries::all(summary, baseline, grid, harm);
    let mut taken = vec![false; grid.len()];
    for _ in 0..MOST {
        let found = match known {
            Some(window) => given(window, &series, grid),
            None => scan(&series, &taken).map(|found| part(found, &series)),
        };
        let Some(found) = found else { break };
        let window = describe(&found, &series, &taken, summary, grid, harm);
        let surely = known.is_some() || (found.p_value <= LEVEL && material(&window, true));
        if !surely {
            let doubtful = found.p_value <= DOUBT && material(&window, false);
            if doubtful && detection.doubtful.is_none() {
                detection.doubtful = Some(window);
            }
            break;
        }
        taken[found.from..found.to].fill(true);
        detection.incidents.push(window);
        if known.is_some() {
            break;
        }
    }
    detection.incidents.sort_by(|a, b| b.excess.total_cmp(&a.excess));
}

fn given(window: (Nanos, Nanos), series: &[EntrySeries], grid: &Grid) -> Option<Found> {
    let (from, to) = positions(window, grid);
    let any = series.iter().any(|s| s.within(from, to).0 > 0);
    (from < to && any).then_some(Found { from, to, ratio: 0.0, p_value: 0.0 })
}

fn positions((from, to): (Nanos, Nanos), grid: &Grid) -> (usize, usize) {
    (grid.position(from.0 >> grid.log2()), grid.position((to.0 >> grid.log2()) + 1))
}

/// Whether the effect is large enough: as seen, or (`surely` false) possibly, by the upper end of
/// Wilson's interval.
fn material(window: &Window, surely: bool) -> bool {
    let (least, excess) = match window.harm {
        Harm::Failure => (MATERIAL_RATE, MATERIAL_EXCESS),
        Harm::Latency | Harm::Behaviour => (MATERIAL_SLOW, SLOW_EXCESS),
    };
    let (harmed, requests) = (window.harmed as f64, window.requests as f64);
    let (rate, excess) = if surely {
        (harmed / requests.max(1.0), excess)
    } else {
        (wilson(harmed, requests, 0.95).high, excess * DOUBTFUL)
    };
    let enough = rate >= least || (window.harm == Harm::Latency && window.worst >= MOSTLY);
    enough && rate >= MATERIAL_RATIO * window.usual && window.excess >= excess
}

fn describe(
    found: &Found,
    series: &[EntrySeries],
    taken: &[bool],
    summary: &Summary,
    grid: &Grid,
    harm: Harm,
) -> Window {
    let (mut requests, mut harmed, mut due, mut worst) = (0, 0, 0.0, 0.0_f64);
    for one in series {
        let inside = one.within(found.from, found.to);
        let outside = (0..grid.len())
            .filter(|&at| !taken[at] && !(found.from..found.to).contains(&at))
            .map(|at| (one.total[at], one.harmed[at]))
            .fold(one.baseline, |sum, c| (sum.0 + c.0, sum.1 + c.1));
        // Half a harmed request in as many requests as were seen: silence is not certainty.
        let rate = (outside.1 as f64 + 0.5) / (outside.0 as f64 + 1.0);
        requests += inside.0;
        harmed += inside.1;
        let usual = inside.0 as f64 * if outside.0 == 0 { 0.0 } else { rate };
        due += usual;
        if inside.1 as f64 - usual >= SLOW_EXCESS {
            worst = worst.max(inside.1 as f64 / inside.0 as f64);
        }
    }
    let first = grid.slice(found.from);
    let last = grid.slice(found.to - 1);
    let (onset, earliest, latest) = begin(found, series, summary, grid, harm);
    Window {
        from: first,
        to: last + 1,
        onset,
        earliest,
        latest,
        end: (found.to < grid.len()).then(|| Nanos(grid.begins(last + 1))),
        harm,
        requests,
        harmed,
        excess: harmed as f64 - due,
        usual: if requests > 0 { due / requests as f64 } else { 0.0 },
        worst,
        p_value: found.p_value,
        slice_log2: grid.log2(),
        change: None,
        slow: series.iter().filter_map(|s| Some((s.operation, s.slow?))).collect(),
    }
}

/// The change point among the buckets from well before the window to its end.
fn begin(
    found: &Found,
    series: &[EntrySeries],
    summary: &Summary,
    grid: &Grid,
    harm: Harm,
) -> (Nanos, Nanos, Nanos) {
    let first = grid.begins(grid.slice(found.from));
    let fallback = (Nanos(first), Nanos(first), Nanos(first + (1 << grid.log2())));
    let length = found.to - found.from;
    let early = found.from.saturating_sub(length.max(4));
    // The end of a window may be a recovery; its first half decides where it began.
    let late = found.from + length.div_ceil(2).max(length.min(4));
    if harm == Harm::Latency {
        let counts: Vec<(u64, u64)> = (early..late)
            .map(|at| series.iter().fold((0, 0), |s, e| (s.0 + e.total[at], s.1 + e.harmed[at])))
            .collect();
        let at = |position: usize| Nanos(grid.begins(grid.slice(early + position)));
        return change_point(&counts)
            .map_or(fallback, |o| (at(o.at), at(o.earliest), at(o.latest)));
    }
    let (from, to) = (grid.slice(early) << SLICE_SHIFT, (grid.slice(late - 1) + 1) << SLICE_SHIFT);
    let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
    for (_, bucket, requests) in summary.entries.rows() {
        if (from..to).contains(bucket) {
            let count = counts.entry(*bucket).or_default();
            *count = (count.0 + requests.total, count.1 + requests.failed);
        }
    }
    let buckets: Vec<u64> = counts.keys().copied().collect();
    let counts: Vec<(u64, u64)> = counts.into_values().collect();
    let at = |position: usize| Nanos(buckets[position] << summary.bucket_log2);
    change_point(&counts).map_or(fallback, |o| (at(o.at), at(o.earliest), at(o.latest)))
}
