//! A document of headings, lists and tables as a page.

use std::io::{self, Write};

use askama::Template;

use crate::report::document::{Align, Block, Text};

use super::policy::{SCRIPT, STYLE, policy};

#[derive(Template)]
#[template(path = "document_page.html", config = "src/report/html/askama.toml")]
struct Page<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    version: &'static str,
    title: &'a str,
    tone: &'static str,
    sections: Vec<Section>,
}

/// What stands below one heading.
#[derive(Default)]
struct Section {
    title: String,
    parts: Vec<Part>,
}

/// One block: the lists that are not its own are empty.
#[derive(Default)]
struct Part {
    heading: String,
    paragraph: String,
    fields: Vec<(&'static str, String)>,
    items: Vec<String>,
    /// Titles, and whether the column holds numbers.
    columns: Vec<(&'static str, bool)>,
    rows: Vec<Vec<(String, bool)>>,
}

/// Writes a document as a page. The tone is a class of the style sheet: `good`, `bad` or `doubt`.
///
/// # Errors
/// Those of `out`.
pub fn write_document(
    title: &str,
    tone: &'static str,
    blocks: &[Block],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut sections = vec![Section::default()];
    for block in blocks {
        if let Block::Heading { level: 1, text } = block {
            sections.push(Section { title: text.clone(), parts: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.parts.push(part(block));
        }
    }
    sections.retain(|section| !section.parts.is_empty());
    let page = Page {
        policy: policy(),
        style: STYLE,
        script: SCRIPT,
        version: env!("CARGO_PKG_VERSION"),
        title,
        tone,
        sections,
    };
    page.write_into(out).map_err(io::Error::other)
}

fn part(block: &Block) -> Part {
    let empty = Part::default();
    match block {
        Block::Heading { text, .. } => Part { heading: text.clone(), ..empty },
        Block::Paragraph(text) => Part { paragraph: plain(text), ..empty },
        Block::Fields(fields) => Part {
            fields: fields.iter().map(|(label, text)| (*label, plain(text))).collect(),
            ..empty
        },
        Block::List(items) => Part { items: items.iter().map(plain).collect(), ..empty },
        Block::Table(table) => {
            let number = |align: Align| align == Align::Right;
            let columns: Vec<_> =
                table.columns.iter().map(|(title, align)| (*title, number(*align))).collect();
            let row = |cells: &Vec<String>| {
                let kinds = columns.iter().map(|column| column.1);
                cells.iter().cloned().zip(kinds).collect()
            };
            let rows = table.rows.iter().map(row).collect();
            Part { columns, rows, ..empty }
        }
        Block::Tree { branches, .. } => {
            Part { items: branches.iter().map(|branch| plain(&branch.text)).collect(), ..empty }
        }
        Block::Code { text, .. } => Part { paragraph: text.clone(), ..empty },
    }
}

fn plain(text: &Text) -> String {
    text.0.iter().map(|span| span.text.as_str()).collect::<Vec<_>>().join(" ")
}
