//! How many calls an instance works on at once, and how many it lets wait.

use crate::summary::{InstanceId, NodeId};

use super::landscape::Pool;
use super::typical::{TIMES, WAITED};
use super::under_way::{Interval, Period, UnderWay};

/// Fewer sightings of a full pool are no measurement.
pub const SIGHTINGS: usize = 8;
/// Less than one busy worker: the time passed elsewhere, on the network perhaps. (A measured
/// mean of one is rarely above this by chance.)
pub const FULL: f64 = 0.7;
/// Calls at one instance, at work or waiting, above which it is at its limits.
const CROWD: f64 = 3.0;
/// So many microseconds before and after a call was turned away all workers are busy.
const AROUND: u64 = 50_000;
/// Room to wait in that was never seen full.
const UNSEEN: u32 = 1_000_000;

/// Work and the sightings of full pools, of all nodes.
#[derive(Debug)]
pub struct Pools(Vec<Seen>);

#[derive(Clone, Debug, Default)]
struct Seen {
    work: Vec<Interval>,
    came: Vec<Came>,
    /// The same with the wait inside the span.
    there: Vec<Interval>,
    /// Of the reference.
    usual: Vec<u64>,
}

/// A call that came during the incident.
#[derive(Clone, Copy, Debug)]
struct Came {
    instance: InstanceId,
    at: u64,
    took: u64,
    delay: Option<u64>,
    turned_away: bool,
}

/// A call that reached its callee.
#[derive(Clone, Copy, Debug)]
pub struct Arrived {
    /// The work on it.
    pub work: Interval,
    /// Between the caller's beginning and the callee's, if both were seen.
    pub delay: Option<u64>,
    /// Of its span, waited for a worker.
    pub inside: u64,
    /// It was turned away at once.
    pub turned_away: bool,
    /// 0 in the reference, 1 in the incident.
    pub phase: usize,
}

impl Pools {
    /// For so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self(vec![Seen::default(); nodes])
    }

    /// Adds a call that reached its callee.
    pub fn arrived(&mut self, node: NodeId, call: Arrived) {
        let seen = &mut self.0[node as usize];
        let Arrived { work, delay, turned_away, phase, .. } = call;
        if phase == 0 {
            seen.usual.extend(delay);
        } else {
            let (instance, at) = (work.instance, work.from);
            let took = work.to - work.from;
            seen.came.push(Came { instance, at, took, delay, turned_away });
        }
        if !turned_away {
            seen.there.push(Interval { from: work.from - call.inside, ..work });
            seen.work.push(work);
        }
    }

    /// The limits of a node's instances (`None` if they were not reached), and the most calls
    /// that one was seen to work on.
    ///
    /// Whoever waits for a worker or is turned away sees all workers busy: the calls then under
    /// way are the pool.
    pub fn measure(&mut self, node: NodeId) -> (Option<Pool>, f64) {
        let seen = std::mem::take(&mut self.0[node as usize]);
        let mut usual = seen.usual;
        usual.sort_unstable();
        let usual = usual.get(usual.len() / 2).copied().unwrap_or(0);
        let work = UnderWay::new(seen.work);
        let late = |c: &&Came| c.delay.is_some_and(|d| d > WAITED + TIMES * usual);
        let away = seen.came.iter().filter(|c| c.turned_away);
        let waited = seen.came.iter().filter(|c| !c.turned_away).filter(late);
        let sightings: Vec<Period> = away
            .clone()
            .map(|c| (c.instance, c.at.saturating_sub(AROUND), c.at + AROUND))
            .chain(
                waited.clone().map(|c| (c.instance, c.at - c.delay.unwrap_or(0).min(c.at), c.at)),
            )
            .collect();
        let most = work.most();
        let busy = work.mean_during(&sightings);
        // Those that wait inside their span are under way too.
        let there = UnderWay::new(seen.there);
        let crowd = there.mean_during(&sightings);
        let certain = away.clone().count() >= SIGHTINGS || crowd >= CROWD;
        if sightings.len() < SIGHTINGS || (busy < FULL && !certain) {
            return (None, most);
        }
        let workers = busy.round().max(1.0);
        let queue = if away.count() < SIGHTINGS {
            UNSEEN
        } else {
            let mut waits: Vec<u64> = waited.filter_map(|c| c.delay).collect();
            waits.sort_unstable();
            let wait = waits.get(waits.len() * 9 / 10).map_or(0, |w| w - usual);
            let done: Vec<&Came> = seen.came.iter().filter(|c| !c.turned_away).collect();
            let mean = done.iter().map(|c| c.took as f64).sum::<f64>() / done.len().max(1) as f64;
            // Little's law for the room to wait in: calls there = rate out of it × time in it.
            (workers * wait as f64 / mean.max(1.0)).round().max(1.0) as u32
        };
        let slower = if busy < FULL { workers / busy.max(0.05) } else { 1.0 };
        (Some(Pool { workers: workers as u32, queue, slower }), most)
    }
}
