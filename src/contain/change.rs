//! What a pattern changes in a landscape.

use super::landscape::{BreakerRule, Landscape, Pair};

/// A change on one edge. What is not named stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// The caller gives up after so many microseconds, unless it does so sooner.
    pub timeout: Option<u64>,
    /// At most so many calls under way from each instance of the caller.
    pub limit: Option<u32>,
    /// A breaker in each instance of the caller.
    pub breaker: Option<BreakerRule>,
    /// Retries for each call.
    pub budget: Option<f64>,
    /// Calls that may wait for a worker of the callee, whoever makes them.
    pub queue: Option<u32>,
}

impl Change {
    /// The landscape with the change made.
    #[must_use]
    pub fn made_in(&self, world: &Landscape, pair: Pair) -> Landscape {
        let mut world = world.clone();
        if let (Some(queue), Some(node)) = (self.queue, world.nodes.get_mut(pair.1 as usize))
            && let Some(pool) = &mut node.pool
        {
            pool.queue = pool.queue.min(queue);
        }
        if let Some(edge) = world.edges.get_mut(&pair) {
            let sooner = |t: u64| Some(edge.timeout.map_or(t, |now| now.min(t)));
            edge.timeout = self.timeout.map_or(edge.timeout, sooner);
            edge.limit = self.limit.or(edge.limit);
            edge.breaker = self.breaker.or(edge.breaker);
            edge.budget = self.budget.or(edge.budget);
        }
        world
    }
}
