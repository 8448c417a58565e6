//! Whose a service is.

use super::ServiceGlob;

/// Which team answers for a service: the first rule that matches it says so; where none does, its
/// `service.namespace`; without one, no team is known, and none is guessed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Teams {
    rules: Vec<(ServiceGlob, String)>,
}

impl Teams {
    /// From rules in order: the first that matches wins. An empty team takes services out of
    /// every team.
    pub const fn new(rules: Vec<(ServiceGlob, String)>) -> Self {
        Self { rules }
    }

    /// The team of a service, if one is known. The namespace may be empty.
    pub fn of<'a>(&'a self, namespace: &'a str, name: &str) -> Option<&'a str> {
        let rule = self.rules.iter().find(|(glob, _)| glob.matches(namespace, name));
        let team = rule.map_or(namespace, |(_, team)| team);
        (!team.is_empty()).then_some(team)
    }

    /// The rules in order: pattern and team.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules.iter().map(|(glob, team)| (glob.as_str(), team.as_str()))
    }

    /// The rules that choose none of these services (namespace, name): typing errors, as a rule.
    pub fn idle<'a>(
        &self,
        services: impl IntoIterator<Item = (&'a str, &'a str)> + Clone,
    ) -> Vec<&ServiceGlob> {
        let idle = |glob: &&ServiceGlob| {
            !services.clone().into_iter().any(|(namespace, name)| glob.matches(namespace, name))
        };
        self.rules.iter().map(|(glob, _)| glob).filter(idle).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn teams(rules: &[(&str, &str)]) -> Teams {
        let rule =
            |(glob, team): &(&str, &str)| (ServiceGlob::parse(glob).unwrap(), (*team).to_owned());
        Teams::new(rules.iter().map(rule).collect())
    }

    #[test]
    fn the_first_rule_wins_then_the_namespace() {
        let teams = teams(&[("ledger", "money"), ("pay/*", "checkout"), ("probe*", "")]);
        assert_eq!(teams.of("pay", "ledger"), Some("money"));
        assert_eq!(teams.of("pay", "cards"), Some("checkout"));
        assert_eq!(teams.of("shop", "cart"), Some("shop"));
        assert_eq!(teams.of("", "cart"), None);
        assert_eq!(teams.of("shop", "prober"), None);
        assert_eq!(Teams::default().of("shop", "cart"), Some("shop"));
    }

    #[test]
    fn rules_that_choose_nobody_are_told() {
        let teams = teams(&[("ledger", "money"), ("leger", "money")]);
        let idle = teams.idle([("pay", "ledger"), ("", "cart")]);
        assert_eq!(idle.iter().map(|glob| glob.as_str()).collect::<Vec<_>>(), ["leger"]);
    }
}
