//! How many calls an instance works on at once, and how many it lets wait.

use std::collections::BTreeMap;

use crate::summary::{InstanceId, NodeId};

use super::landscape::Pool;
use super::typical::{TIMES, WAITED, median};
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
/// In the reference at most this share of calls waits for a worker: more would have been seen.
const SELDOM: f64 = 0.05;
/// No pool is taken to be larger for what the reference says.
const LARGEST: u32 = 1_000;

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
    before: Vec<Interval>,
    usual: Vec<u64>,
}

/// A call that came during the incident.
#[derive(Clone, Copy, Debug)]
struct Came {
    instance: InstanceId,
    at: u64,
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
    /// In the reference.
    pub healthy: bool,
}

/// What was measured of a node's instances.
#[derive(Debug, Default)]
pub struct Limits {
    /// The limits, if they were reached.
    pub pool: Option<Pool>,
    /// The most calls that one was seen to work on at once, estimated.
    pub busiest: f64,
    /// How many it works on in the reference on average.
    pub load: f64,
    /// Where spans show work and wait in one: how many calls were there.
    pub there: Option<UnderWay>,
}

impl Limits {
    /// The share of a call's time that was work: by Little's law, of all calls there as many are
    /// worked on as there are workers. 1 where the wait is told from the work otherwise.
    pub fn working(&self, call: &Interval) -> f64 {
        match (&self.pool, &self.there) {
            (Some(pool), Some(there)) => (f64::from(pool.workers) / there.beside(call)).min(1.0),
            _ => 1.0,
        }
    }
}

impl Pools {
    /// For so many nodes.
    pub fn new(nodes: usize) -> Self {
        Self(vec![Seen::default(); nodes])
    }

    /// Adds a call that reached its callee.
    pub fn arrived(&mut self, node: NodeId, call: Arrived) {
        let seen = &mut self.0[node as usize];
        let Arrived { work, delay, turned_away, healthy, .. } = call;
        if healthy {
            seen.usual.extend(delay);
            seen.before.push(work);
            return;
        }
        let (instance, at) = (work.instance, work.from);
        seen.came.push(Came { instance, at, delay, turned_away });
        if !turned_away {
            seen.there.push(Interval { from: work.from - call.inside, ..work });
            seen.work.push(work);
        }
    }

    /// The limits of a node's instances.
    ///
    /// Whoever waits for a worker or is turned away sees all workers busy: the calls then under
    /// way are the pool. In spans of a node that computes (`computes`) work and wait cannot be
    /// told apart: its pool is as large as its speed asks for.
    pub fn measure(&mut self, node: NodeId, computes: bool) -> Limits {
        let seen = std::mem::take(&mut self.0[node as usize]);
        let usual = median(seen.usual.clone()).unwrap_or(0);
        let work = UnderWay::new(&seen.work);
        let late = |c: &&Came| c.delay.is_some_and(|d| d > WAITED + TIMES * usual);
        let away = seen.came.iter().filter(|c| c.turned_away);
        let waited = seen.came.iter().filter(|c| !c.turned_away).filter(late);
        let refused = away.map(|c| (c.instance, c.at.saturating_sub(AROUND), c.at + AROUND));
        let refused: Vec<Period> = refused.collect();
        let (busiest, load) = (work.most(), UnderWay::new(&seen.before).busiest_mean());
        let open = Limits { busiest, load, ..Limits::default() };
        if computes && waited.clone().count() < SIGHTINGS {
            return seen.computing(&refused, open);
        }
        let late =
            waited.clone().map(|c| (c.instance, c.at - c.delay.unwrap_or(0).min(c.at), c.at));
        let sightings: Vec<Period> = refused.iter().copied().chain(late).collect();
        let busy = work.mean_during(&sightings);
        // Those that wait inside their span are under way too.
        let there = UnderWay::new(&seen.there);
        let certain = refused.len() >= SIGHTINGS || there.mean_during(&sightings) >= CROWD;
        if sightings.len() < SIGHTINGS || (busy < FULL && !certain) {
            return open;
        }
        let inside = seen.there.iter().zip(&seen.work).any(|(t, w)| t.from < w.from);
        let workers = busy.round().max(1.0) as u32;
        let queue = if refused.len() < SIGHTINGS {
            UNSEEN
        } else if inside {
            room(&there, &refused, workers)
        } else {
            let late = waited.map(|c| (c.instance, c.at - c.delay.unwrap_or(0).min(c.at), c.at));
            ahead(&seen.work, &late.collect::<Vec<Period>>())
        };
        Limits { pool: Some(Pool { workers, queue }), ..open }
    }
}

impl Seen {
    fn computing(&self, refused: &[Period], open: Limits) -> Limits {
        let there = UnderWay::new(&self.there);
        let usual = median(self.before.iter().map(|i| i.to - i.from).collect()).unwrap_or(0);
        let least = least_workers(open.load);
        let workers = least.max(fastest(&self.there, usual, &there).round() as u32);
        let mut times: Vec<u64> = self.before.iter().map(|i| i.to - i.from).collect();
        times.sort_unstable();
        let slow = times.get(times.len() * 9 / 10).copied().unwrap_or(u64::MAX);
        let crowded = self
            .there
            .iter()
            .filter(|i| i.to - i.from > slow && there.beside(i) > f64::from(workers));
        let crowded = crowded.count();
        // One in ten is as slow as that anyway, and may have company by chance.
        let chance = self.there.len() / 10;
        if crowded.saturating_sub(chance) + refused.len() < SIGHTINGS {
            return open;
        }
        let unseen = refused.len() < SIGHTINGS;
        let queue = if unseen { UNSEEN } else { room(&there, refused, workers) };
        Limits { pool: Some(Pool { workers, queue }), there: Some(there), ..open }
    }
}

/// Workers of each instance of every node. Who runs a landscape sizes all of it alike: where none
/// were seen at their limits, they are what the others let expect, by size and by spare room.
/// Entries are sized for other work and expect nothing.
pub fn workers(limits: &[Limits], entry: impl Fn(usize) -> bool) -> Vec<Option<f64>> {
    let measured: Vec<(f64, f64)> =
        limits.iter().filter_map(|l| l.pool.map(|p| (f64::from(p.workers), l.load))).collect();
    let middle = |mut list: Vec<f64>| {
        list.sort_by(f64::total_cmp);
        list.get(list.len() / 2).copied().unwrap_or(0.0)
    };
    let usual = middle(measured.iter().map(|m| m.0).collect());
    let spare = middle(measured.iter().filter(|m| m.1 > 0.0).map(|m| m.0 / m.1).collect());
    let expected = |(node, l): (usize, &Limits)| match l.pool {
        Some(pool) => Some(f64::from(pool.workers)),
        None if measured.is_empty() || entry(node) => None,
        None => Some(usual.max(spare * l.load)),
    };
    limits.iter().enumerate().map(expected).collect()
}

/// Room to wait in: how many others were taken up while a call waited, at most as a rule.
fn ahead(work: &[Interval], waits: &[Period]) -> u32 {
    let mut starts: BTreeMap<InstanceId, Vec<(u64, f64)>> = BTreeMap::new();
    for i in work {
        starts.entry(i.instance).or_default().push((i.from, i.weight));
    }
    for list in starts.values_mut() {
        list.sort_by_key(|s| s.0);
        let mut sum = 0.0;
        for (_, weight) in list {
            sum += *weight;
            *weight = sum;
        }
    }
    let before = |(instance, from, to): Period| {
        let list = starts.get(&instance).map_or(&[][..], Vec::as_slice);
        let until = |at| match list.partition_point(|s| s.0 < at) {
            0 => 0.0,
            n => list[n - 1].1,
        };
        until(to) - until(from)
    };
    let mut rooms: Vec<f64> = waits.iter().map(|&p| before(p)).collect();
    rooms.sort_by(f64::total_cmp);
    rooms.get(rooms.len() * 9 / 10).map_or(1, |r| r.round().max(1.0) as u32)
}

/// Room to wait in: who was there, and not at work, when others were turned away.
fn room(there: &UnderWay, refused: &[Period], workers: u32) -> u32 {
    (there.mean_during(refused) - f64::from(workers)).round().max(1.0) as u32
}

/// The fewest workers with which so many calls under way on average seldom wait: Erlang's
/// formula for a queue with many servers (1917).
fn least_workers(load: f64) -> u32 {
    // The blocking probability without a queue, from one server up.
    let mut blocked = 1.0;
    for workers in 1..LARGEST {
        let servers = f64::from(workers);
        blocked = load * blocked / (servers + load * blocked);
        let spare = servers - load;
        let waiting = if spare > 0.0 { servers * blocked / (spare + load * blocked) } else { 1.0 };
        if waiting <= SELDOM {
            return workers;
        }
    }
    LARGEST
}

/// How many workers it took to end calls as fast as they were seen to, had the work taken no
/// longer than usual: at least that many there are. (Little's law: by rate × time.)
fn fastest(there: &[Interval], usual: u64, crowd: &UnderWay) -> f64 {
    let mut workers: Vec<f64> = there
        .iter()
        .filter(|i| i.to - i.from > usual)
        .map(|i| crowd.beside(i) * usual as f64 / (i.to - i.from) as f64)
        .collect();
    workers.sort_by(f64::total_cmp);
    workers.get(workers.len() * 9 / 10).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;

    fn call(from: u64, took: u64) -> Interval {
        Interval { instance: 0, from, to: from + took, weight: 1.0 }
    }

    fn arrived(work: Interval, delay: u64, healthy: bool) -> Arrived {
        Arrived { work, delay: Some(delay), inside: 0, turned_away: false, healthy }
    }

    #[test]
    fn workers_are_those_busy_while_others_wait() {
        let mut pools = Pools::new(1);
        for i in 0..100 {
            pools.arrived(0, arrived(call(i * SECOND, SECOND / 10), 1_000, true));
        }
        // Calls of a second begin every half second: two are at work, and each waited two seconds.
        for i in 0..40 {
            let from = 200 * SECOND + i * SECOND / 2;
            pools.arrived(0, arrived(call(from, SECOND), 2 * SECOND, false));
        }
        let pool = pools.measure(0, false).pool.expect("calls waited");
        assert_eq!(pool.workers, 2);
        assert_eq!(pool.queue, UNSEEN, "none was turned away");
    }

    #[test]
    fn a_node_without_waits_has_no_limits() {
        let mut pools = Pools::new(1);
        for i in 0..100 {
            pools.arrived(0, arrived(call(i * SECOND, SECOND / 2), 1_000, i < 50));
        }
        let limits = pools.measure(0, false);
        assert!(limits.pool.is_none());
        assert!((limits.load - 0.5).abs() < 0.01, "half a call at work: {}", limits.load);
    }

    #[test]
    fn erlang_by_hand() {
        // One call at work on average: of three workers 9 % wait, of four 2 % (Erlang C).
        assert_eq!(least_workers(1.0), 4);
        assert_eq!(least_workers(0.04), 1);
        assert_eq!(least_workers(0.5), 3);
    }

    #[test]
    fn a_computing_node_that_is_slow_only_in_company_is_full() {
        let mut pools = Pools::new(1);
        for i in 0..100 {
            pools.arrived(0, arrived(call(i * SECOND, SECOND / 10), 0, true));
        }
        // Ten at once, each there for a second: 0.1 s of work each, so one worker.
        for i in 0..200 {
            pools.arrived(0, arrived(call(200 * SECOND + i * SECOND / 10, SECOND), 0, false));
        }
        let limits = pools.measure(0, true);
        assert_eq!(limits.pool.map(|p| p.workers), Some(2), "one would often have made wait");
        let share = limits.working(&call(210 * SECOND, SECOND));
        assert!((share - 0.2).abs() < 0.03, "two of ten are worked on: {share}");
    }
}
