//! The settings of a run, as far as they decide what is made of its summary.

use serde::{Deserialize, Serialize};

use crate::analysis::{Breadth, Settings};
use crate::model::{Nanos, ServiceGlob, Teams};

/// What must be the same again for the same report. What the summary has in it already (bounds,
/// what a failure is) is not asked again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KeptSettings {
    /// A window that was known to be the incident.
    incident: Option<(Nanos, Nanos)>,
    /// At most so many candidates.
    top: usize,
    /// Whether all that was considered as containment is listed.
    all_containment: bool,
    /// Whose services are: patterns and teams, in order.
    teams: Vec<(String, String)>,
}

impl KeptSettings {
    /// What is kept of a run's settings.
    pub fn of(settings: &Settings) -> Self {
        Self {
            incident: settings.incident,
            top: settings.top,
            all_containment: matches!(settings.containment, Breadth::All),
            teams: settings.teams.rules().map(|(glob, team)| (glob.into(), team.into())).collect(),
        }
    }

    /// The settings for another analysis of the same summary.
    pub fn settings(&self) -> Settings {
        Settings {
            incident: self.incident,
            top: self.top,
            containment: if self.all_containment { Breadth::All } else { Breadth::Best },
            teams: self.teams(),
            ..Settings::default()
        }
    }

    /// Whose services were.
    pub fn teams(&self) -> Teams {
        let rule = |(glob, team): &(String, String)| {
            // What was a pattern when it was kept is one still.
            Some((ServiceGlob::parse(glob).ok()?, team.clone()))
        };
        Teams::new(self.teams.iter().filter_map(rule).collect())
    }
}
