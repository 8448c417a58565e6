//! `tracefall explain`.

use crate::config::nearest;
use crate::report::{Chapter, write_article, write_contents};
use crate::{cascade, contain, contrast, faultlines, gate, rank};

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
        ("Rules", gate::articles()),
        ("Contrasts", contrast::articles()),
    ]
}

fn unknown(id: &str, ids: &[&str]) -> String {
    let hint = "`tracefall explain` lists them all";
    match nearest(id, ids.iter().copied()) {
        Some(near) => format!("there is no article \"{id}\"; did you mean \"{near}\"? {hint}"),
        None => format!("there is no article \"{id}\"; {hint}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
