//! Log templates: which words of a masked body vary.

use std::collections::{BTreeMap, BTreeSet};

/// A word position with more distinct words than this is a parameter, not part of the template.
/// Six, because an enumeration (a method, a status, a unit) rarely has more that matter.
const WORDS: usize = 6;
/// The mark of a masked word, the same that ingest writes.
const MASK: &str = "<*>";

/// Templates of the bodies of one node and severity.
///
/// Bodies are grouped by number of words and first word (the fixed-depth idea of Drain, He et
/// al., ICWS 2017), then every position with many distinct words is masked. The result is a
/// function of the set of bodies, so that order and partition of the input cannot matter.
pub fn mine<'a>(bodies: &BTreeSet<&'a str>) -> BTreeMap<&'a str, String> {
    let mut groups: BTreeMap<(usize, &str), Vec<(&'a str, Vec<&'a str>)>> = BTreeMap::new();
    for &body in bodies {
        let words: Vec<&str> = body.split_whitespace().collect();
        let key = (words.len(), words.first().copied().unwrap_or(""));
        groups.entry(key).or_default().push((body, words));
    }
    let mut templates = BTreeMap::new();
    for ((length, _), members) in groups {
        let distinct = |at: usize| members.iter().map(|m| m.1[at]).collect::<BTreeSet<_>>().len();
        let varies: Vec<bool> = (0..length).map(|at| distinct(at) > WORDS).collect();
        for (body, words) in &members {
            let words: Vec<&str> =
                words.iter().zip(&varies).map(|(w, v)| if *v { MASK } else { w }).collect();
            templates.insert(*body, words.join(" "));
        }
    }
    templates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_varies_much_is_masked_and_one_that_varies_little_stays() {
        let bodies: Vec<String> = ["GET", "POST"]
            .iter()
            .flat_map(|verb| {
                ["anna", "ben", "cleo", "dora", "emil", "finn", "gus"]
                    .map(|who| format!("login {verb} by {who} done"))
            })
            .collect();
        let set: BTreeSet<&str> = bodies.iter().map(String::as_str).collect();
        let distinct: BTreeSet<String> = mine(&set).into_values().collect();
        let expected = ["login GET by <*> done", "login POST by <*> done"];
        assert_eq!(distinct.into_iter().collect::<Vec<_>>(), expected);
    }
}
