//! As much of XML Schema as the one for JUnit needs: which elements there are, what may stand in
//! them, and which attributes they have.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event};

#[derive(Debug, Default)]
struct Element {
    /// Attributes, and whether they must be there.
    attributes: BTreeMap<String, bool>,
    children: BTreeSet<String>,
    /// Whether text may stand in it.
    text: bool,
}

/// A schema.
#[derive(Debug, Default)]
pub struct Schema {
    elements: BTreeMap<String, Element>,
}

fn attributes(start: &BytesStart<'_>) -> BTreeMap<String, String> {
    let pair = |attribute: quick_xml::events::attributes::Attribute<'_>| {
        let value = unescape(&attribute.value).expect("a legal value").into_owned();
        (attribute.key.as_ref().to_owned(), value)
    };
    start.attributes().map(|attribute| pair(attribute.expect("well-formed attributes"))).collect()
}

fn local(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

impl Schema {
    /// Reads a schema.
    pub fn read(text: &str) -> Self {
        let mut schema = Self::default();
        let mut reader = Reader::from_str(text);
        let (mut depth, mut within) = (0, None::<String>);
        loop {
            let (start, empty) = match reader.read_event().expect("the schema is XML") {
                Event::Start(start) => (start, false),
                Event::Empty(start) => (start, true),
                Event::End(_) => {
                    depth -= 1;
                    if depth == 1 {
                        within = None;
                    }
                    continue;
                }
                Event::Eof => break,
                _ => continue,
            };
            let has = attributes(&start);
            let name = local(&start);
            if depth == 1 && name == "element" {
                let text = has.get("type").is_some_and(|t| t == "xs:string");
                let element = Element { text, ..Element::default() };
                schema.elements.insert(has["name"].clone(), element);
                within = Some(has["name"].clone()).filter(|_| !empty);
            } else if let Some(element) = within.as_ref().and_then(|w| schema.elements.get_mut(w)) {
                match name.as_str() {
                    "complexType" => element.text |= has.get("mixed").is_some_and(|m| m == "true"),
                    "element" => {
                        element.children.insert(has["ref"].clone());
                    }
                    "attribute" => {
                        let must = has.get("use").is_some_and(|u| u == "required");
                        element.attributes.insert(has["name"].clone(), must);
                    }
                    _ => {}
                }
            }
            depth += i32::from(!empty);
        }
        assert!(schema.elements.len() > 8, "{schema:?}");
        schema
    }

    /// What a document has that it may not, or lacks.
    pub fn problems(&self, document: &str) -> Vec<String> {
        let mut problems = Vec::new();
        let mut reader = Reader::from_str(document);
        let mut open: Vec<String> = Vec::new();
        loop {
            match reader.read_event() {
                Err(error) => return vec![format!("not XML: {error}")],
                Ok(Event::Eof) => break,
                Ok(Event::End(_)) => drop(open.pop()),
                Ok(Event::Start(start)) => {
                    self.element(&start, open.last(), &mut problems);
                    open.push(local(&start));
                }
                Ok(Event::Empty(start)) => self.element(&start, open.last(), &mut problems),
                Ok(Event::Text(text)) => {
                    let blank = text.trim().is_empty();
                    let allowed =
                        open.last().is_some_and(|e| self.elements.get(e).is_some_and(|e| e.text));
                    if !blank && !allowed {
                        problems.push(format!("text in {open:?}"));
                    }
                }
                Ok(_) => {}
            }
        }
        if !open.is_empty() {
            problems.push(format!("{open:?} is not closed"));
        }
        let illegal = |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        problems.extend(document.chars().filter(|c| illegal(*c)).map(|c| format!("holds {c:?}")));
        problems
    }

    fn element(&self, start: &BytesStart<'_>, parent: Option<&String>, problems: &mut Vec<String>) {
        let name = local(start);
        let Some(element) = self.elements.get(&name) else {
            return problems.push(format!("there is no element {name}"));
        };
        if parent.is_some_and(|p| self.elements.get(p).is_some_and(|p| !p.children.contains(&name)))
        {
            problems.push(format!("{name} in {parent:?}"));
        }
        let has = attributes(start);
        for known in has.keys().filter(|key| !element.attributes.contains_key(*key)) {
            problems.push(format!("{name} has {known}"));
        }
        for (must, _) in element.attributes.iter().filter(|(_, must)| **must) {
            if !has.contains_key(must) {
                problems.push(format!("{name} has no {must}"));
            }
        }
    }
}
