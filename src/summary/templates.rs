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
    let mut groups: BTreeMap<(usize, &str), Vec<Body<'a>>> = BTreeMap::new();
    for &text in bodies {
        let body = Body::new(text);
        let key = (body.bare.len(), body.bare.first().copied().unwrap_or(""));
        groups.entry(key).or_default().push(body);
    }
    let mut templates = BTreeMap::new();
    for ((length, _), members) in groups {
        let distinct =
            |at: usize| members.iter().map(|m| m.bare[at]).collect::<BTreeSet<_>>().len();
        let varies: Vec<bool> = (0..length).map(|at| distinct(at) > WORDS).collect();
        for body in members {
            let masked = body.bare.iter().zip(&varies).map(|(w, v)| if *v { MASK } else { w });
            templates.insert(body.text, masked.collect::<Vec<_>>().join(" "));
        }
    }
    templates
}

/// A body in words. The punctuation that encloses a mask is left out: a value of another shape
/// may have taken a bracket with it when it was masked.
struct Body<'a> {
    text: &'a str,
    bare: Vec<&'a str>,
}

impl<'a> Body<'a> {
    fn new(text: &'a str) -> Self {
        let bare = |word: &'a str| match (word.find(MASK), word.rfind(MASK)) {
            (Some(first), Some(last)) => {
                let (before, after) = (&word[..first], &word[last + MASK.len()..]);
                let open = before.chars().all(|c| "[({<\"'".contains(c));
                let close = after.chars().all(|c| c.is_ascii_punctuation());
                let from = if open { first } else { 0 };
                let to = if close { last + MASK.len() } else { word.len() };
                &word[from..to]
            }
            _ => word,
        };
        Self { text, bare: text.split_whitespace().map(bare).collect() }
    }
}

/// For every template the most general of the list that says the same where neither is masked,
/// by index: two parts of an input may differ in how much of a position they saw vary.
pub fn generalise(texts: &[&str]) -> Vec<usize> {
    let words: Vec<Vec<&str>> = texts.iter().map(|t| t.split(' ').collect()).collect();
    let masks = |at: usize| words[at].iter().filter(|w| **w == MASK).count();
    let covers = |general: usize, special: usize| {
        words[general].len() == words[special].len()
            && words[general].iter().zip(&words[special]).all(|(g, s)| *g == MASK || g == s)
    };
    let mut by_length: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, words) in words.iter().enumerate() {
        by_length.entry(words.len()).or_default().push(at);
    }
    (0..texts.len())
        .map(|at| {
            let same = &by_length[&words[at].len()];
            let general = same.iter().copied().filter(|&g| covers(g, at));
            general.max_by_key(|&g| (masks(g), std::cmp::Reverse(g))).unwrap_or(at)
        })
        .collect()
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

    #[test]
    fn brackets_around_a_mask_do_not_tell_templates_apart() {
        let set = BTreeSet::from(["from [<*>]", "from [<*>", "from <*>]", "at Shop#<*>"]);
        let distinct: BTreeSet<String> = mine(&set).into_values().collect();
        assert_eq!(distinct.into_iter().collect::<Vec<_>>(), ["at Shop#<*>", "from <*>"]);
    }

    #[test]
    fn the_more_general_of_two_templates_takes_the_other() {
        let texts = ["buy <*> now", "buy apples now", "buy apples later", "sell apples now"];
        assert_eq!(generalise(&texts), [0, 0, 2, 3]);
    }
}
