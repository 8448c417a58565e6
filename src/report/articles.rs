//! What the method says about itself, for `tracefall explain`.

use std::io::{self, Write};

use crate::model::Article;

use super::document::{Align, Block, Table, Text};
use super::{Options, terminal};

/// A titled part of the method with its articles.
pub type Chapter = (&'static str, Vec<Article>);

/// Writes one article.
///
/// # Errors
/// Those of `out`.
pub fn write_article(article: &Article, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut fields =
        vec![("Measures", Text::from(article.rationale)), ("Limits", article.limits.into())];
    if !article.unit.is_empty() {
        fields.push(("Unit", article.unit.into()));
    }
    if !article.source.is_empty() {
        fields.push(("Source", article.source.into()));
    }
    let blocks =
        [Block::part(format!("{} ({})", article.title, article.id)), Block::Fields(fields)];
    terminal::write(&blocks, options, out)
}

/// Writes the ids and titles of all articles.
///
/// # Errors
/// Those of `out`.
pub fn write_contents(
    chapters: &[Chapter],
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut blocks = Vec::new();
    for (title, articles) in chapters {
        blocks.push(Block::section(*title));
        blocks.push(Block::Table(Table {
            columns: vec![("Id", Align::Left), ("Title", Align::Left)],
            rows: articles
                .iter()
                .map(|article| vec![article.id.to_owned(), article.title.to_owned()])
                .collect(),
        }));
    }
    terminal::write(&blocks, options, out)
}
