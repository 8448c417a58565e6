//! The parts of which a document is made.

/// What a piece of text means. Renderers may colour it; the words must do without.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    #[default]
    Plain,
    /// What the eye should find.
    Strong,
    /// What may be passed over.
    Quiet,
    /// Harm.
    Bad,
    /// All is well.
    Good,
    /// Doubt, or something lost.
    Warning,
}

/// A piece of text in one tone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// How it is meant.
    pub tone: Tone,
    /// Its words, unescaped: that is the renderer's business.
    pub text: String,
    /// Where it leads.
    pub link: Option<String>,
}

/// Pieces that are joined by single spaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub Vec<Span>);

impl Text {
    /// In one tone.
    pub fn new(tone: Tone, text: impl Into<String>) -> Self {
        Self::default().and(tone, text)
    }

    /// With another piece.
    pub fn and(mut self, tone: Tone, text: impl Into<String>) -> Self {
        self.0.push(Span { tone, text: text.into(), link: None });
        self
    }

    /// With another piece that leads somewhere.
    pub fn linked(mut self, text: impl Into<String>, link: Option<String>) -> Self {
        self.0.push(Span { tone: Tone::Plain, text: text.into(), link });
        self
    }
}

impl Text {
    /// The words alone.
    pub fn plain(&self) -> String {
        self.0.iter().map(|span| span.text.as_str()).collect::<Vec<_>>().join(" ")
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(text: T) -> Self {
        Self::new(Tone::Plain, text)
    }
}

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// A table of plain cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Titles of the columns.
    pub columns: Vec<(&'static str, Align)>,
    /// Cells, as many a row as there are columns.
    pub rows: Vec<Vec<String>>,
}

/// A line of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    /// The strokes that join it to the lines above.
    pub strokes: String,
    /// What stands there.
    pub text: Text,
    /// What stands in the columns beside the tree, from the first; there may be fewer.
    pub cells: Vec<String>,
}

/// A column beside a tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title.
    pub title: &'static str,
    /// On a narrow page those with the highest rank are left out first; 0 stays.
    pub rank: u8,
    /// Words begin at the left, numbers end at the right.
    pub words: bool,
}

impl Column {
    /// A column of numbers.
    pub const fn number(title: &'static str, rank: u8) -> Self {
        Self { title, rank, words: false }
    }

    /// A column of words.
    pub const fn words(title: &'static str, rank: u8) -> Self {
        Self { title, rank, words: true }
    }
}

/// A block of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// The title of a section, or of a part of one.
    Heading {
        /// 1 for a section, 2 for a part.
        level: usize,
        /// Its words.
        text: String,
    },
    /// Running text.
    Paragraph(Text),
    /// Labels with what belongs to them.
    Fields(Vec<(&'static str, Text)>),
    /// Items of a list.
    List(Vec<Text>),
    /// A table.
    Table(Table),
    /// A tree with columns beside it.
    Tree {
        /// The columns.
        columns: &'static [Column],
        /// The lines.
        branches: Vec<Branch>,
    },
    /// Source of another language, made harmless by whoever wrote it.
    Code {
        /// Its name.
        language: &'static str,
        /// Its lines.
        text: String,
    },
}

impl Block {
    /// The title of a section.
    pub fn section(text: impl Into<String>) -> Self {
        Self::Heading { level: 1, text: text.into() }
    }

    /// The title of a part of a section.
    pub fn part(text: impl Into<String>) -> Self {
        Self::Heading { level: 2, text: text.into() }
    }
}
