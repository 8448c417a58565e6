//! Services chosen by a pattern.

use std::fmt;

use glob::Pattern;

/// A glob for services: over `name`, or over `namespace/name` if it holds a slash. `*` stands for
/// any text, `?` for any character, `[ab]` for one of some. Case matters.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceGlob(Pattern);

impl ServiceGlob {
    /// Reads a pattern.
    ///
    /// # Errors
    /// If it is empty or no glob, with the reason.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("a pattern for services is expected, such as \"checkout*\"".to_owned());
        }
        let pattern = Pattern::new(text);
        pattern.map(Self).map_err(|e| format!("\"{text}\" is no pattern: {}", e.msg))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it chooses a service; the namespace may be empty.
    pub fn matches(&self, namespace: &str, name: &str) -> bool {
        if self.as_str().contains('/') {
            self.0.matches(&format!("{namespace}/{name}"))
        } else {
            self.0.matches(name)
        }
    }
}

impl fmt::Debug for ServiceGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ServiceGlob").field(&self.as_str()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chooses(glob: &str, namespace: &str, name: &str) -> bool {
        ServiceGlob::parse(glob).unwrap().matches(namespace, name)
    }

    #[test]
    fn a_slash_asks_for_the_namespace_too() {
        assert!(chooses("pay*", "shop", "payments") && !chooses("pay*", "payments", "ledger"));
        assert!(chooses("shop/*", "shop", "payments") && !chooses("shop/*", "", "payments"));
        assert!(chooses("*/ledger", "", "ledger") && chooses("[cs]t*", "", "stock"));
        assert!(!chooses("Cart", "", "cart"));
        // Names may hold slashes and be no paths at all.
        assert!(chooses("shop/*", "shop", "a/b") && chooses("a*", "", "a..b"));
    }

    #[test]
    fn what_is_no_glob_says_why() {
        for (text, reason) in [("[a", "\"[a\" is no pattern: invalid range"), ("  ", "is expected")]
        {
            let error = ServiceGlob::parse(text).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
