//! Sizing a landscape for a load, as its operators would have done.

use super::landscape::{Call, Chance, Landscape, Node, Request, Step, Trigger};
use super::rng::Rng;

/// Load of a landscape in requests and busy seconds a second.
#[derive(Debug, Default, Clone)]
struct Load {
    services: Vec<f64>,
    peers: Vec<f64>,
    spans: f64,
}

/// Sets workers and slots so that `rate` requests a second use them to a third or less,
/// and returns about how many spans a request makes.
pub fn fit(landscape: &mut Landscape, rate: f64, rng: &mut Rng) -> f64 {
    let mut load = Load {
        services: vec![0.0; landscape.services.len()],
        peers: vec![0.0; landscape.peers.len()],
        spans: 0.0,
    };
    let total: f64 = landscape.entries.iter().map(|(_, weight)| weight).sum();
    for (operation, weight) in &landscape.entries {
        visit(landscape, *operation, rate * weight / total, &mut load);
    }
    for (service, busy) in landscape.services.iter_mut().zip(&load.services) {
        let headroom = rng.between(3.0, 5.0);
        let workers = busy * headroom / service.replicas as f64;
        service.workers = workers.ceil() as usize + rng.whole(1, 2);
        service.backlog = service.workers * rng.whole(2, 5) + 4;
    }
    for (peer, busy) in landscape.peers.iter_mut().zip(&load.peers) {
        peer.slots = (busy * 4.0).ceil() as usize + rng.whole(2, 4);
    }
    load.spans / rate
}

/// Adds the load of `rate` requests for an operation and returns the seconds one takes.
fn visit(landscape: &Landscape, operation: usize, rate: f64, load: &mut Load) -> f64 {
    let this = &landscape.operations[operation];
    let mut taken = 0.0;
    load.spans += rate;
    for step in &this.steps {
        match step {
            Step::Work(mean, inner) => {
                taken += mean / 1000.0;
                load.spans += if inner.is_some() { rate } else { 0.0 };
            }
            Step::Calls(calls) => {
                let each = calls.iter().map(|call| call_time(landscape, call, rate, load));
                taken += each.fold(0.0, f64::max);
            }
            Step::Send(topic) => {
                load.spans += rate;
                visit(landscape, landscape.topics[*topic].consumer, rate, load);
            }
            Step::Fresh(..) => {}
        }
    }
    if matches!(this.trigger, Trigger::Call { .. }) {
        load.services[this.service] += rate * taken;
    }
    taken
}

fn call_time(landscape: &Landscape, call: &Call, rate: f64, load: &mut Load) -> f64 {
    let share = match call.chance {
        Chance::Share(share) => share,
        Chance::Miss(cache) => 1.0 - landscape.peers[cache].hit_rate,
    };
    let rate = rate * share;
    load.spans += rate;
    let time = match (&call.request, landscape.edges[call.edge].to) {
        (Request::Operation(operation), _) => visit(landscape, *operation, rate, load),
        (Request::Statement { .. }, Node::Peer(peer)) => {
            let time = landscape.peers[peer].mean / 1000.0;
            load.peers[peer] += rate * time;
            time
        }
        (Request::Statement { .. }, Node::Service(_)) => 0.0,
    };
    share * time
}
