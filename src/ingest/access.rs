//! What opens object stores.

/// Names and values of environment variables that say how stores are reached, and by whom.
#[derive(Clone, Default)]
pub struct Access {
    variables: Vec<(String, String)>,
}

/// What the variables that matter begin with.
const PREFIXES: [&str; 3] = ["AWS_", "AZURE_", "GOOGLE_"];

impl Access {
    /// Of those among the variables that concern a store.
    pub fn of(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let concerns = |name: &str| PREFIXES.iter().any(|prefix| name.starts_with(prefix));
        let mut variables: Vec<_> =
            variables.into_iter().filter(|(name, _)| concerns(name)).collect();
        variables.sort();
        Self { variables }
    }

    /// Each setting, its name in lower case.
    #[cfg(feature = "object-store")]
    pub(super) fn settings(&self) -> impl Iterator<Item = (String, &str)> {
        self.variables.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_str()))
    }

    /// Whether a setting with such an end is switched on.
    #[cfg(feature = "object-store")]
    pub(super) fn has(&self, prefix: &str, end: &str) -> bool {
        let on = |value: &str| matches!(&*value.to_ascii_lowercase(), "1" | "true" | "on" | "yes");
        self.variables
            .iter()
            .any(|(name, value)| name.starts_with(prefix) && name.ends_with(end) && on(value))
    }

    /// Where stores are said to be, by the name of the variable.
    #[cfg(feature = "object-store")]
    pub(super) fn endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        variables.filter(|(name, _)| name.contains("ENDPOINT") || name.ends_with("BASE_URL"))
    }
}

impl std::fmt::Debug for Access {
    /// Names alone: values are secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.variables.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Access {
        Access::of(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn only_variables_of_stores_are_kept_and_never_their_values_shown() {
        let access = of(&[("HOME", "/root"), ("AWS_SECRET_ACCESS_KEY", "hush")]);
        assert_eq!(format!("{access:?}"), "[\"AWS_SECRET_ACCESS_KEY\"]");
    }

    #[test]
    #[cfg(feature = "object-store")]
    fn settings_are_read_as_vendors_write_them() {
        let access = of(&[("AWS_SKIP_SIGNATURE", "True"), ("AWS_ENDPOINT_URL", "http://h:1")]);
        assert!(access.has("AWS_", "SKIP_SIGNATURE") && !access.has("GOOGLE_", "SKIP_SIGNATURE"));
        assert_eq!(access.endpoints().collect::<Vec<_>>(), [("AWS_ENDPOINT_URL", "http://h:1")]);
        let names: Vec<String> = access.settings().map(|(name, _)| name).collect();
        assert_eq!(names, ["aws_endpoint_url", "aws_skip_signature"]);
    }
}
