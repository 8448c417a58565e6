//! What can be set of a rule, and what it is otherwise.

/// Something that a kind of rule lets its writer set.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its key in the policy.
    pub name: &'static str,
    /// What may be given.
    pub sort: Sort,
    /// What holds if nothing is; `None` if something must be.
    pub preset: Option<Preset>,
    /// What it means, in plain words.
    pub meaning: &'static str,
}

/// What may be given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sort {
    /// A number from `least` to `most`.
    Number {
        /// The smallest that makes sense.
        least: f64,
        /// The largest.
        most: f64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of pairs such as `"orders -> stock"`.
    Pairs,
}

/// A value that holds where none is given.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Preset {
    /// A number.
    Number(f64),
    /// A word.
    Word(&'static str),
    /// No pairs.
    Nothing,
}

/// A value that was given.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A word of the [`Sort`].
    Word(&'static str),
    /// Pairs, as written.
    Pairs(Vec<(String, String)>),
}

impl Parameter {
    /// A number of at least 0 that has a preset.
    pub const fn number(name: &'static str, preset: f64, meaning: &'static str) -> Self {
        let sort = Sort::Number { least: 0.0, most: f64::MAX };
        Self { name, sort, preset: Some(Preset::Number(preset)), meaning }
    }

    /// A percentage that has a preset.
    pub const fn percent(name: &'static str, preset: f64, meaning: &'static str) -> Self {
        let sort = Sort::Number { least: 0.0, most: 100.0 };
        Self { name, sort, preset: Some(Preset::Number(preset)), meaning }
    }
}
