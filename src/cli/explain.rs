//! `tracefall explain`.

use crate::report::{Chapter, write_article, write_contents};
use crate::{cascade, contain, faultlines, rank};

use super::args::Explain;
use super::output::Output;
use super::screen::Screen;
use super::{Error, exit};

/// Runs the command.
///
/// # Errors
/// If there is no such article.
pub fn run(args: &Explain, screen: &Screen) -> Result<u8, Error> {
    let chapters = chapters();
    let output = Output::open(None)?;
    let options = output.options(screen);
    let Some(id) = &args.id else {
        output.write(|out| write_contents(&chapters, &options, out))?;
        return Ok(exit::SUCCESS);
    };
    let articles = chapters.iter().flat_map(|(_, articles)| articles);
    match articles.clone().find(|article| article.id == id) {
        Some(article) => {
            output.write(|out| write_article(article, &options, out))?;
            Ok(exit::SUCCESS)
        }
        None => {
            let ids: Vec<&str> = articles.map(|article| article.id).collect();
            Err(Error::Usage(unknown(id, &ids)))
        }
    }
}

fn chapters() -> Vec<Chapter> {
    vec![
        ("Evidence", rank::articles()),
        ("Mechanisms", cascade::articles()),
        ("Factors", cascade::factor_articles()),
        ("Patterns", contain::articles()),
        ("Fault lines", faultlines::articles()),
    ]
}

fn unknown(id: &str, ids: &[&str]) -> String {
    let hint = "`tracefall explain` lists them all";
    match nearest(id, ids) {
        Some(near) => format!("there is no article \"{id}\"; did you mean \"{near}\"? {hint}"),
        None => format!("there is no article \"{id}\"; {hint}"),
    }
}

/// The id that was probably meant: one that holds the word, or else the fewest typing errors
/// away, if they are few.
fn nearest<'a>(id: &str, ids: &[&'a str]) -> Option<&'a str> {
    let typed: String = id.to_lowercase().chars().take(64).collect();
    let typed = typed.replace(['-', ' '], "_");
    let holds = |known: &&&str| typed.len() > 2 && known.contains(typed.as_str());
    if let Some(known) = ids.iter().find(holds) {
        return Some(known);
    }
    ids.iter()
        .map(|known| (distance(&typed, known), *known))
        .min()
        .filter(|(errors, known)| *errors <= known.len().div_ceil(3))
        .map(|(_, known)| known)
}

/// Levenshtein's distance: letters to insert, delete or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_levenshteins() {
        for (a, b, errors) in [("", "", 0), ("abc", "", 3), ("kitten", "sitting", 3)] {
            assert_eq!(distance(a, b), errors);
        }
    }

    #[test]
    fn what_was_meant_is_found() {
        let ids = ["dead_service", "retry_amplification", "pool_wait"];
        assert_eq!(nearest("Dead-Servic", &ids), Some("dead_service"));
        assert_eq!(nearest("dead_srevice", &ids), Some("dead_service"));
        assert_eq!(nearest("retry", &ids), Some("retry_amplification"));
        assert_eq!(nearest("zzz", &ids), None);
        assert_eq!(nearest("zzz", &[]), None);
    }

    #[test]
    fn ids_are_unique() {
        let chapters = chapters();
        let mut ids: Vec<&str> = chapters
            .iter()
            .flat_map(|(_, articles)| articles.iter().map(|article| article.id))
            .collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
