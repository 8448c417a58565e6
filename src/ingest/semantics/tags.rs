//! What a span or an emitter says of itself that requests can be told apart by.

use crate::model::{SpanKind, Tables, TagsId};

use super::{Attributes, Key, SpanDraft, shorten};

/// Values are cut at so many bytes.
const VALUE_BYTES: usize = 120;

/// The tags of an emitter beside its version, instance and zone.
pub(in crate::ingest) fn resource_tags(attributes: &Attributes<'_>, tables: &mut Tables) -> TagsId {
    let mut tags = TagsId::NONE;
    let mut add = |key: &str, value: &str| {
        tags = tables.tag(tags, key, shorten(value, VALUE_BYTES));
    };
    for (key, keys) in [
        ("cloud.region", &[Key::Region][..]),
        ("host", &[Key::NodeName, Key::HostName]),
        ("tenant", &[Key::Tenant]),
    ] {
        if let Some(value) = attributes.first(keys) {
            add(key, &value);
        }
    }
    attributes.asked().for_each(|(key, value)| add(key, &value));
    tags
}

/// The tags of a span. Method and route are tagged only where the operation does not name them:
/// as a rule it does.
pub(in crate::ingest) fn span_tags(
    span: &SpanDraft<'_>,
    operation: &str,
    tables: &mut Tables,
) -> TagsId {
    let mut tags = TagsId::NONE;
    let mut add = |key: &str, value: &str| {
        tags = tables.tag(tags, key, shorten(value, VALUE_BYTES));
    };
    let attributes = &span.attributes;
    if span.kind == SpanKind::Server {
        let method = attributes.get(Key::HttpMethod).str();
        if !method.is_empty() && !operation.starts_with(method) {
            add("http.request.method", method);
        }
        let route = attributes.get(Key::HttpRoute).str();
        if !route.is_empty() && !operation.ends_with(route) {
            add("http.route", route);
        }
    }
    if let Some(tenant) = attributes.get(Key::Tenant).text() {
        add("tenant", &tenant);
    }
    for (flag, variant) in &span.evaluated {
        add(&format!("feature_flag:{flag}"), variant);
    }
    if let Some((flag, variant)) = evaluation(attributes) {
        add(&format!("feature_flag:{flag}"), &variant);
    }
    attributes.asked().for_each(|(key, value)| add(key, &value));
    tags
}

/// A feature flag and what it was evaluated to, if attributes tell of one.
pub(in crate::ingest) fn evaluation(attributes: &Attributes<'_>) -> Option<(String, String)> {
    let flag = attributes.get(Key::FlagName).text()?;
    let variant = attributes.first(&[Key::FlagVariant, Key::FlagValue])?;
    Some((shorten(&flag, VALUE_BYTES).to_owned(), shorten(&variant, VALUE_BYTES).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::semantics::{Dimensions, Value};

    fn told(tables: &Tables, tags: TagsId) -> Vec<(&str, &str)> {
        let text = |sym| tables.symbols.get(sym);
        let mut told: Vec<_> =
            tables.tags_of(tags).map(|(key, value)| (text(key), text(value))).collect();
        told.sort_unstable();
        told
    }

    #[test]
    fn a_span_tells_its_tenant_its_flags_and_what_was_asked_for() {
        let asked = Dimensions::new(&["app.shard".to_owned()]).unwrap();
        let mut span = SpanDraft { kind: SpanKind::Server, ..SpanDraft::wanting(&asked) };
        span.attributes.set(Key::HttpMethod, Value::from("GET"));
        span.attributes.set(Key::HttpRoute, Value::from("/cart/{id}"));
        let mut tables = Tables::default();
        assert!(span_tags(&span, "GET /cart/{id}", &mut tables).is_none());
        span.attributes.set(Key::Tenant, Value::Int(7));
        span.attributes.set(Key::FlagName, Value::from("new-cart"));
        span.attributes.set(Key::FlagVariant, Value::from("on"));
        let shard = span.attributes.wants(b"app.shard").unwrap();
        span.attributes.set(shard, Value::from("s3"));
        let tags = span_tags(&span, "CartController.show", &mut tables);
        let wanted = [
            ("app.shard", "s3"),
            ("feature_flag:new-cart", "on"),
            ("http.request.method", "GET"),
            ("http.route", "/cart/{id}"),
            ("tenant", "7"),
        ];
        assert_eq!(told(&tables, tags), wanted);
        assert_eq!(span_tags(&span, "CartController.show", &mut tables), tags);
    }

    #[test]
    fn an_emitter_tells_where_it_runs() {
        let mut attributes = Attributes::default();
        attributes.set(Key::Region, Value::from("eu-1"));
        attributes.set(Key::HostName, Value::from("pod-7"));
        attributes.set(Key::NodeName, Value::from("n1"));
        let mut tables = Tables::default();
        let tags = resource_tags(&attributes, &mut tables);
        assert_eq!(told(&tables, tags), [("cloud.region", "eu-1"), ("host", "n1")]);
    }
}
