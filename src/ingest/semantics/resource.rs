//! Who emitted a record.

use std::borrow::Cow;

use super::{Attributes, Key};

/// The names of an emitter, not yet interned; see [`crate::model::Resource`].
#[derive(Debug, Default)]
pub(in crate::ingest) struct ResourceNames<'a> {
    /// `service.namespace`.
    pub(in crate::ingest) namespace: Cow<'a, str>,
    /// `service.name` or its substitute.
    pub(in crate::ingest) name: Cow<'a, str>,
    /// Whether `name` is a substitute.
    pub(in crate::ingest) unnamed: bool,
    /// The instance.
    pub(in crate::ingest) instance: Cow<'a, str>,
    /// The version.
    pub(in crate::ingest) version: Cow<'a, str>,
    /// Whose clock stamped the records.
    pub(in crate::ingest) clock: Cow<'a, str>,
    /// The availability zone.
    pub(in crate::ingest) zone: Cow<'a, str>,
}

const SUBSTITUTES: &[Key] = &[
    Key::DeploymentName,
    Key::K8sContainerName,
    Key::ContainerName,
    Key::FaasName,
    Key::ExecutableName,
];
const INSTANCE: &[Key] = &[Key::ServiceInstance, Key::PodName, Key::ContainerId, Key::HostName];
const CLOCK: &[Key] = &[
    Key::HostName,
    Key::HostId,
    Key::NodeName,
    Key::PodName,
    Key::ServiceInstance,
    Key::ContainerId,
];

/// Reads the identity of an emitter from its resource attributes.
pub(in crate::ingest) fn resource<'a>(attributes: &'a Attributes<'_>) -> ResourceNames<'a> {
    let first = |keys: &[Key]| attributes.first(keys).unwrap_or_default();
    let given = unquote(first(&[Key::ServiceName]));
    let unnamed = given.is_empty() || given.starts_with("unknown_service");
    let name = if unnamed {
        attributes.first(SUBSTITUTES).unwrap_or(Cow::Borrowed("unknown_service"))
    } else {
        given
    };
    ResourceNames {
        namespace: unquote(first(&[Key::ServiceNamespace])),
        name,
        unnamed,
        instance: first(INSTANCE),
        version: first(&[Key::ServiceVersion]),
        clock: first(CLOCK),
        zone: first(&[Key::Zone]),
    }
}

/// Takes off literal quotes, which shells and `OTEL_RESOURCE_ATTRIBUTES` leave in.
fn unquote(text: Cow<'_, str>) -> Cow<'_, str> {
    let plain = text.trim();
    let plain = ['"', '\'']
        .iter()
        .find_map(|quote| plain.strip_prefix(*quote)?.strip_suffix(*quote))
        .unwrap_or(plain);
    if plain.len() == text.len() { text } else { Cow::Owned(plain.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::Value;

    fn of<'a>(pairs: &[(Key, &'a str)]) -> Attributes<'a> {
        let mut attributes = Attributes::default();
        for (key, value) in pairs {
            attributes.set(*key, Value::from(*value));
        }
        attributes
    }

    #[test]
    fn the_given_name_without_its_quotes() {
        let attributes = of(&[(Key::ServiceName, "\"frontend\"")]);
        let names = resource(&attributes);
        assert_eq!((names.name.as_ref(), names.unnamed), ("frontend", false));
    }

    #[test]
    fn a_fallback_name_is_replaced_by_the_best_other() {
        let attributes = of(&[
            (Key::ServiceName, "unknown_service:java"),
            (Key::ExecutableName, "java"),
            (Key::DeploymentName, "cart"),
        ]);
        let names = resource(&attributes);
        assert_eq!((names.name.as_ref(), names.unnamed), ("cart", true));
        let nothing = Attributes::default();
        assert_eq!(resource(&nothing).name, "unknown_service");
    }

    #[test]
    fn instance_and_clock_fall_back() {
        let attributes = of(&[(Key::PodName, "cart-1"), (Key::NodeName, "n1")]);
        let names = resource(&attributes);
        assert_eq!(names.instance, "cart-1");
        assert_eq!(names.clock, "n1");
    }
}
