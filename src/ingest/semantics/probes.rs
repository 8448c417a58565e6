//! Callers that only ask whether it answers, told by their user agents or by what they are said
//! to be.

use crate::model::Glob;

/// Callers whose requests nobody waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Probes {
    /// Those with these user agents …
    pub agents: Vec<Glob>,
    /// … but for these, whatever else is said of them.
    pub keep: Vec<Glob>,
    /// Those whose `user_agent.synthetic.type` is one of these.
    pub synthetic: Vec<String>,
}

/// User agents of what platforms, proxies and monitors check health with, and of collectors of
/// metrics. Load generators are not among them: what they ask for is what a load test is about.
///
/// Sources: the manuals of Kubernetes (probes), Google Cloud (load balancing, uptime checks), AWS
/// (Elastic Load Balancing, Route 53, CloudWatch Synthetics), Azure Front Door, Envoy, Consul,
/// Prometheus and its blackbox exporter, VictoriaMetrics, Elastic Heartbeat, Datadog Synthetics,
/// Dynatrace, New Relic, Pingdom, UptimeRobot, Better Stack, StatusCake, Site24x7, Checkly and
/// Uptime Kuma.
pub const USER_AGENTS: [&str; 26] = [
    "kube-probe/*",
    "GoogleHC/*",
    "GoogleStackdriverMonitoring-UptimeChecks*",
    "ELB-HealthChecker/*",
    "Amazon-Route53-Health-Check-Service*",
    "*CloudWatchSynthetics*",
    "Edge Health Probe*",
    "Envoy/HC",
    "Consul Health Check",
    "Prometheus/*",
    "Blackbox Exporter/*",
    "vm_promscrape*",
    "Elastic-Heartbeat*",
    "Datadog/Synthetics*",
    "*DatadogSynthetics*",
    "*RuxitSynthetic/*",
    "NewRelicPinger/*",
    "Pingdom.com_bot_*",
    "*PingdomPageSpeed/*",
    "*PingdomTMS/*",
    "*UptimeRobot/*",
    "*Better Uptime Bot*",
    "*StatusCake*",
    "*Site24x7*",
    "Checkly/*",
    "Uptime-Kuma/*",
];

/// The values of `user_agent.synthetic.type` that the semantic conventions know.
pub const SYNTHETIC: [&str; 2] = ["bot", "test"];

impl Probes {
    /// What is left out unless told otherwise: [`USER_AGENTS`] and [`SYNTHETIC`].
    pub fn usual() -> Self {
        Self {
            agents: USER_AGENTS.iter().filter_map(|text| Glob::parse(text).ok()).collect(),
            keep: Vec::new(),
            synthetic: SYNTHETIC.map(str::to_owned).into(),
        }
    }

    /// What a user agent says of its caller.
    pub(in crate::ingest) fn of(&self, agent: &str) -> Caller {
        let any = |globs: &[Glob]| globs.iter().any(|glob| glob.matches(agent));
        match (any(&self.keep), any(&self.agents)) {
            (true, _) => Caller::Kept,
            (false, true) => Caller::Probe,
            (false, false) => Caller::Unknown,
        }
    }
}

/// Who calls, as far as a user agent tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ingest) enum Caller {
    /// Anybody.
    Unknown,
    /// One that checks whether it answers.
    Probe,
    /// One that is not to be left out.
    Kept,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_usual_patterns_are_patterns() {
        assert_eq!(Probes::usual().agents.len(), USER_AGENTS.len());
    }

    #[test]
    fn probes_are_told_from_people_and_programs() {
        let usual = Probes::usual();
        for agent in [
            "kube-probe/1.29",
            "ELB-HealthChecker/2.0",
            "GoogleHC/1.0",
            "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
            "Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)",
            "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36 DatadogSynthetics",
            "Prometheus/2.45.0",
        ] {
            assert_eq!(usual.of(agent), Caller::Probe, "{agent}");
        }
        for agent in [
            "",
            "Mozilla/5.0 (X11; Linux x86_64) Chrome/120.0 Safari/537.36",
            "curl/8.4.0",
            "k6/0.49.0 (https://k6.io/)",
            "Envoy/1.30",
            "prometheus-operator/0.7",
        ] {
            assert_eq!(usual.of(agent), Caller::Unknown, "{agent}");
        }
        let keep = vec![Glob::parse("kube-*").unwrap()];
        let but = Probes { keep, ..usual };
        assert_eq!(but.of("kube-probe/1.29"), Caller::Kept);
    }
}
