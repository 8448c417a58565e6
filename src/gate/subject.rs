//! What was measured by a rule.

use std::fmt;

/// A service (or a store, a queue, a peer) by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// `service.name`, or the peer's name.
    pub name: String,
    /// `service.namespace`, or empty.
    pub namespace: String,
    /// The team that owns it, if one is known.
    pub team: Option<String>,
}

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The run as a whole.
    Run,
    /// Requests from outside.
    Entry {
        /// Who takes them.
        service: Place,
        /// What they ask for.
        operation: String,
    },
    /// Calls.
    Edge {
        /// Who calls.
        caller: Place,
        /// Who is called.
        callee: Place,
        /// What is asked for, if a rule tells that apart.
        operation: Option<String>,
    },
    /// What a service does with a call.
    Handler {
        /// The service.
        service: Place,
        /// The operation.
        operation: String,
    },
    /// Those that have too few requests or calls each to be judged, together.
    Rest {
        /// How many they are.
        count: usize,
    },
    /// Services that call each other in this order.
    Route {
        /// The operation of the entry, if it begins at one.
        operation: Option<String>,
        /// The services.
        services: Vec<Place>,
    },
}

impl Subject {
    /// The services by which it is selected.
    pub fn services(&self) -> &[Place] {
        match self {
            Self::Run | Self::Rest { .. } => &[],
            Self::Entry { service, .. } | Self::Handler { service, .. } => {
                std::slice::from_ref(service)
            }
            Self::Edge { callee, .. } => std::slice::from_ref(callee),
            Self::Route { operation: Some(_), services } => &services[..services.len().min(1)],
            Self::Route { services, .. } => services,
        }
    }

    /// The operation by which it is selected.
    pub fn operation(&self) -> Option<&str> {
        match self {
            Self::Entry { operation, .. } | Self::Handler { operation, .. } => Some(operation),
            Self::Edge { operation, .. } | Self::Route { operation, .. } => operation.as_deref(),
            Self::Run | Self::Rest { .. } => None,
        }
    }

    /// Caller and callee, of an edge.
    pub const fn edge(&self) -> Option<[&Place; 2]> {
        match self {
            Self::Edge { caller, callee, .. } => Some([caller, callee]),
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run => f.write_str("the run"),
            Self::Rest { count } => write!(f, "{count} others of little traffic, together"),
            Self::Entry { service, operation } | Self::Handler { service, operation } => {
                write!(f, "{} {operation}", service.name)
            }
            Self::Edge { caller, callee, operation: None } => {
                write!(f, "{} → {}", caller.name, callee.name)
            }
            Self::Edge { caller, callee, operation: Some(operation) } => {
                write!(f, "{} → {} {operation}", caller.name, callee.name)
            }
            Self::Route { services, .. } => {
                let names: Vec<&str> = services.iter().map(|s| s.name.as_str()).collect();
                f.write_str(&names.join(" → "))
            }
        }
    }
}
