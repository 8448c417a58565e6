//! For tests: a shop that calls stock, which calls a store; one operation each, numbered alike.

use crate::summary::{Catalog, NodeKey, Operation};

pub const SHOP: u32 = 0;
pub const STOCK: u32 = 1;
pub const STORE: u32 = 2;

pub fn catalog() -> Catalog {
    let names = ["shop", "stock", "store"];
    let node = |name: &str| NodeKey { name: name.to_owned(), ..NodeKey::default() };
    Catalog {
        nodes: names.map(node).to_vec(),
        operations: (0..3).map(|node| Operation { node, name: "run".to_owned() }).collect(),
        ..Catalog::default()
    }
}
