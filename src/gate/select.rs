//! What a rule applies to.

use crate::model::{Glob, ServiceGlob};

use super::subject::{Place, Subject};

/// What a rule may be narrowed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// The service that takes a request or is called.
    Service,
    /// The operation that is asked for.
    Operation,
    /// Caller and callee.
    Edge,
    /// The team of the service.
    Team,
}

impl Key {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Service, Self::Operation, Self::Edge, Self::Team];

    /// The key in the policy.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Operation => "operation",
            Self::Edge => "edge",
            Self::Team => "team",
        }
    }
}

/// What a rule applies to: what fits one of the patterns of every key that is given.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selector {
    /// Services, by name or by `namespace/name`.
    pub service: Vec<ServiceGlob>,
    /// Operations.
    pub operation: Vec<Glob>,
    /// Callers and callees.
    pub edge: Vec<(ServiceGlob, ServiceGlob)>,
    /// Teams.
    pub team: Vec<Glob>,
}

impl Selector {
    /// Whether everything fits.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a subject fits.
    pub fn fits(&self, subject: &Subject) -> bool {
        let services = subject.services();
        let service = |globs: &[ServiceGlob]| {
            globs.is_empty() || services.iter().any(|s| globs.iter().any(|g| fits(g, s)))
        };
        let team = |place: &Place| {
            place.team.as_ref().is_some_and(|team| self.team.iter().any(|g| g.matches(team)))
        };
        let operation = |operation: &str| self.operation.iter().any(|glob| glob.matches(operation));
        let edge = |[from, to]: [&Place; 2]| {
            self.edge.iter().any(|(caller, callee)| fits(caller, from) && fits(callee, to))
        };
        service(&self.service)
            && (self.team.is_empty() || services.iter().any(team))
            && (self.operation.is_empty() || subject.operation().is_some_and(operation))
            && (self.edge.is_empty() || subject.edge().is_some_and(edge))
    }
}

/// Whether a service is meant.
pub fn fits(glob: &ServiceGlob, place: &Place) -> bool {
    glob.matches(&place.namespace, &place.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(namespace: &str, name: &str) -> Place {
        let team = (!namespace.is_empty()).then(|| namespace.to_owned());
        Place { name: name.to_owned(), namespace: namespace.to_owned(), team }
    }

    fn service(pattern: &str) -> ServiceGlob {
        ServiceGlob::parse(pattern).unwrap()
    }

    fn team_is(pattern: &str) -> Selector {
        Selector { team: vec![Glob::parse(pattern).unwrap()], ..Selector::default() }
    }

    fn entry(operation: &str) -> Subject {
        Subject::Entry { service: place("shop", "front"), operation: operation.to_owned() }
    }

    #[test]
    fn every_key_that_is_given_must_fit() {
        let all = Selector::default();
        assert!(all.fits(&entry("GET /")) && all.fits(&Subject::Run));
        let some = Selector {
            service: ["cart", "shop/*"].map(service).to_vec(),
            operation: vec![Glob::parse("POST *").unwrap()],
            ..Selector::default()
        };
        assert!(some.fits(&entry("POST /checkout")) && !some.fits(&entry("GET /")));
        assert!(!some.fits(&Subject::Run));
        assert!(team_is("sh*").fits(&entry("GET /")) && !team_is("web").fits(&entry("GET /")));
    }

    #[test]
    fn an_edge_is_selected_by_both_ends_and_belongs_to_its_callee() {
        let edge = Subject::Edge {
            caller: place("shop", "front"),
            callee: place("", "stock"),
            operation: None,
        };
        let by =
            |from, to| Selector { edge: vec![(service(from), service(to))], ..Selector::default() };
        assert!(by("front", "*").fits(&edge) && by("shop/front", "stock").fits(&edge));
        assert!(!by("stock", "front").fits(&edge) && !by("*", "*").fits(&entry("GET /")));
        let of = |name| Selector { service: vec![service(name)], ..Selector::default() };
        assert!(of("stock").fits(&edge) && !of("front").fits(&edge));
        assert!(!team_is("shop").fits(&edge), "stock has no team");
    }
}
