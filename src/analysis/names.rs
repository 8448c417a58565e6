//! Every name that a report may show, for whoever must leave them out.

use std::collections::BTreeSet;

use crate::model::Teams;
use crate::summary::Summary;

use super::scene::Sort;

/// All names of a summary with what they name, in order. Teams are named as namespaces are: where
/// no rule says otherwise, they are the same.
pub fn view(summary: &Summary, teams: &Teams) -> Vec<(Sort, String)> {
    let catalog = &summary.catalog;
    let mut names: BTreeSet<(Sort, &str)> = BTreeSet::new();
    for node in &catalog.nodes {
        names.insert((Sort::Service, &node.name));
        names.insert((Sort::Namespace, &node.namespace));
        names.extend(teams.of(&node.namespace, &node.name).map(|team| (Sort::Namespace, team)));
    }
    names.extend(catalog.operations.iter().map(|o| (Sort::Operation, o.name.as_str())));
    for instance in &catalog.instances {
        names.insert((Sort::Instance, &instance.name));
        names.insert((Sort::Version, &instance.version));
        names.insert((Sort::Zone, &instance.zone));
        names.extend(instance.tags.iter().map(|tag| (Sort::Tag, tag.value.as_str())));
    }
    for tag in &catalog.tags {
        names.insert((Sort::Tag, &tag.value));
        names.extend(tag.key.strip_prefix("feature_flag:").map(|flag| (Sort::Tag, flag)));
    }
    names.extend(catalog.templates.iter().map(|t| (Sort::Log, t.text.as_str())));
    names.extend(summary.clocks.keys().map(|host| (Sort::Host, host.as_str())));
    let named = names.into_iter().filter(|(_, name)| !name.is_empty());
    named.map(|(sort, name)| (sort, name.to_owned())).collect()
}
