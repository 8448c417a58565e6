//! Names chosen by a pattern.

use std::fmt;

use glob::Pattern;

use super::ServiceGlob;

/// A glob over a name: `*` stands for any text, `?` for any character, `[ab]` for one of some;
/// all else is itself, braces too. Case matters.
#[derive(Clone, PartialEq, Eq)]
pub struct Glob(Pattern);

impl Glob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is empty or no glob, with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a pattern is expected; \"*\" stands for any name".to_owned());
        }
        let pattern = Pattern::new(text);
        pattern.map(Self).map_err(|e| format!("\"{text}\" is no pattern: {}", e.msg))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it chooses a name.
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

impl fmt::Debug for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Glob").field(&self.as_str()).finish()
    }
}

/// Operations of services, as reports name them: `storefront POST /checkout`. A pattern for the
/// service ([`ServiceGlob`]), then a blank and one for the operation; without it, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationGlob {
    service: ServiceGlob,
    operation: Option<Glob>,
}

impl OperationGlob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If either part is no glob, with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (service, operation) = match text.trim().split_once(' ') {
            Some((service, operation)) => (service, Some(operation.trim_start())),
            None => (text.trim(), None),
        };
        Ok(Self {
            service: ServiceGlob::parse(service)?,
            operation: operation.map(Glob::parse).transpose()?,
        })
    }

    /// Whether it chooses an operation of some service.
    pub fn matches_operation(&self, operation: &str) -> bool {
        self.operation.as_ref().is_none_or(|glob| glob.matches(operation))
    }

    /// Whether it chooses an operation of a service; the namespace may be empty.
    pub fn matches(&self, namespace: &str, name: &str, operation: &str) -> bool {
        self.service.matches(namespace, name) && self.matches_operation(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_is_over_the_whole_name() {
        let matches = |pattern, name| Glob::parse(pattern).unwrap().matches(name);
        assert!(matches("GET /users/{id}", "GET /users/{id}"));
        assert!(matches("GET /health*", "GET /healthz/ready") && matches("*", ""));
        assert!(!matches("cart", "cart-1") && !matches("cart", "Cart"));
        assert!(Glob::parse(" ").is_err() && Glob::parse("[a").is_err());
    }

    #[test]
    fn an_operation_is_chosen_as_reports_name_it() {
        let matches = |pattern, ns, name, operation| {
            OperationGlob::parse(pattern).unwrap().matches(ns, name, operation)
        };
        assert!(matches("cart GET /items/*", "shop", "cart", "GET /items/7"));
        assert!(matches("shop/*", "shop", "cart", "anything") && matches("*", "", "a", ""));
        assert!(matches("* * /ping", "", "a", "GET /ping"));
        assert!(!matches("* * /ping", "", "a", "GET /pong/ping"));
        assert!(!matches("cart GET /", "", "stock", "GET /"));
        assert!(OperationGlob::parse("").is_err() && OperationGlob::parse("a [").is_err());
    }
}
