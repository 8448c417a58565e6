//! What is told of incidents remembered.

mod contents;
mod csv;
mod json;
mod similar;
mod weak_points;

pub use contents::contents;
pub use csv::{contents as contents_csv, weak_points as weak_points_csv};
pub use json::{
    contents as contents_json, similar as similar_json, weak_points as weak_points_json,
};
pub use similar::{likeness_told, similar};
pub use weak_points::weak_points;
