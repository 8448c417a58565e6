//! Services and peers under the names that the user gives them.

use super::ServiceGlob;

/// The name that a service is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alias {
    /// Its namespace; `None` leaves that which was given.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl Alias {
    /// Reads `name` or `namespace/name`.
    ///
    /// # Errors
    /// If a part is missing.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (namespace, name) = match text.split_once('/') {
            Some((namespace, name)) => (Some(namespace.trim().to_owned()), name),
            None => (None, text),
        };
        let name = name.trim().to_owned();
        if name.is_empty() || namespace.as_deref() == Some("") {
            return Err(format!("\"{text}\" names no service; NAME or NAMESPACE/NAME is expected"));
        }
        Ok(Self { namespace, name })
    }
}

/// Which services and peers go by another name. The first rule that matches wins; what a rule
/// gives is not looked up again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Aliases {
    /// By what emitters call themselves.
    pub services: Vec<(ServiceGlob, Alias)>,
    /// By the name or address that callers use, without a port.
    pub peers: Vec<(ServiceGlob, Alias)>,
}

impl Aliases {
    /// The other name of an emitter.
    pub fn service(&self, namespace: &str, name: &str) -> Option<&Alias> {
        find(&self.services, namespace, name)
    }

    /// The other name of a peer.
    pub fn peer(&self, namespace: &str, name: &str) -> Option<&Alias> {
        find(&self.peers, namespace, name)
    }
}

fn find<'a>(rules: &'a [(ServiceGlob, Alias)], namespace: &str, name: &str) -> Option<&'a Alias> {
    let rule = rules.iter().find(|(glob, _)| glob.matches(namespace, name));
    rule.map(|(_, alias)| alias)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_is_a_name_with_or_without_a_namespace() {
        let alias = |namespace: Option<&str>, name: &str| {
            Ok(Alias { namespace: namespace.map(str::to_owned), name: name.to_owned() })
        };
        assert_eq!(Alias::parse("cart"), alias(None, "cart"));
        assert_eq!(Alias::parse("shop/cart"), alias(Some("shop"), "cart"));
        for wrong in ["", " ", "/", "shop/", "/cart"] {
            assert!(Alias::parse(wrong).is_err(), "{wrong}");
        }
    }
}
