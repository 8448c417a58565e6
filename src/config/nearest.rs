//! What was probably meant.

use strsim::osa_distance;

/// Letters of what was typed that are looked at.
const LONGEST: usize = 64;

/// The known word that was probably meant: one that holds what was typed, or else the fewest
/// typing errors away (letters missing, added, wrong or swapped), if they are at most a third of
/// it. Case and the sign between words do not matter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |word: &str| word.to_lowercase().replace(['-', ' '], "_");
    let typed = plain(&typed.chars().take(LONGEST).collect::<String>());
    let known: Vec<&str> = known.into_iter().collect();
    let holds = |word: &&&str| typed.chars().count() > 2 && plain(word).contains(&typed);
    if let Some(word) = known.iter().find(holds) {
        return Some(word);
    }
    let few = |(errors, word): &(usize, &str)| *errors <= word.chars().count().div_ceil(3);
    let ranked = known.iter().map(|word| (osa_distance(&typed, &plain(word)), *word));
    ranked.filter(few).min().map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_meant_is_found() {
        let ids = ["dead_service", "retry_amplification", "pool_wait"];
        assert_eq!(nearest("Dead-Servic", ids), Some("dead_service"));
        assert_eq!(nearest("dead_srevice", ids), Some("dead_service"));
        assert_eq!(nearest("retry", ids), Some("retry_amplification"));
        assert_eq!(nearest("zzz", ids), None);
        assert_eq!(nearest("zzz", []), None);
        assert_eq!(nearest("alises", ["aliases", "peers"]), Some("aliases"));
        assert_eq!(nearest(&"x".repeat(100_000), ids), None);
    }
}
