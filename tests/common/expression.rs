//! The expressions of GitHub Actions, as far as they are used here. Anything else is a panic.

use std::collections::BTreeMap;

/// The values that expressions may name.
#[derive(Debug, Default)]
pub struct Context {
    values: BTreeMap<String, String>,
}

impl Context {
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    /// A text with every `${{ … }}` replaced by its value.
    pub fn fill(&self, text: &str) -> String {
        let mut pieces = text.split("${{");
        let mut filled = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (expression, rest) = piece.split_once("}}").expect("an expression that ends");
            filled += &self.evaluate(expression, false);
            filled += rest;
        }
        filled
    }

    /// Whether a condition holds. One that asks for no state asks for success besides.
    pub fn holds(&self, condition: &str, failed: bool) -> bool {
        let bare = condition.trim().strip_prefix("${{").and_then(|c| c.strip_suffix("}}"));
        let bare = bare.unwrap_or(condition);
        let states = ["always()", "success()", "failure()", "cancelled()"];
        let asks = states.iter().any(|state| bare.contains(state));
        (asks || !failed) && truthy(&self.evaluate(bare, failed))
    }

    fn evaluate(&self, expression: &str, failed: bool) -> String {
        let tokens = tokens(expression);
        let mut parser = Parser { tokens: &tokens, context: self, failed };
        let value = parser.or();
        assert!(parser.tokens.is_empty(), "cannot read the end of {expression}");
        value
    }
}

fn truthy(value: &str) -> bool {
    !value.is_empty() && value != "false"
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let operators = ["&&", "||", "==", "!=", "!", "(", ")"];
        let length = if first == '\'' {
            rest[1..].find('\'').expect("a string that ends") + 2
        } else if name(first) {
            rest.find(|c| !name(c)).unwrap_or(rest.len())
        } else {
            operators.iter().find(|o| rest.starts_with(**o)).expect("an operator").len()
        };
        tokens.push(rest[..length].to_owned());
        rest = rest[length..].trim_start();
    }
    tokens
}

struct Parser<'a> {
    tokens: &'a [String],
    context: &'a Context,
    failed: bool,
}

impl Parser<'_> {
    fn takes(&mut self, token: &str) -> bool {
        match self.tokens {
            [first, rest @ ..] if first == token => {
                self.tokens = rest;
                true
            }
            _ => false,
        }
    }

    fn or(&mut self) -> String {
        let mut left = self.and();
        while self.takes("||") {
            let right = self.and();
            left = if truthy(&left) { left } else { right };
        }
        left
    }

    fn and(&mut self) -> String {
        let mut left = self.equal();
        while self.takes("&&") {
            let right = self.equal();
            left = if truthy(&left) { right } else { left };
        }
        left
    }

    fn equal(&mut self) -> String {
        let left = self.one();
        if self.takes("==") {
            return (left == self.one()).to_string();
        }
        if self.takes("!=") {
            return (left != self.one()).to_string();
        }
        left
    }

    fn one(&mut self) -> String {
        if self.takes("!") {
            return (!truthy(&self.one())).to_string();
        }
        if self.takes("(") {
            let value = self.or();
            assert!(self.takes(")"), "a parenthesis is not closed");
            return value;
        }
        let (first, rest) = self.tokens.split_first().expect("a value");
        self.tokens = rest;
        if let Some(text) = first.strip_prefix('\'') {
            return text.trim_end_matches('\'').to_owned();
        }
        if self.takes("(") {
            assert!(self.takes(")"), "{first} takes nothing");
            let state = match first.as_str() {
                "always" => true,
                "success" => !self.failed,
                "failure" => self.failed,
                "cancelled" => false,
                _ => panic!("there is no function {first}"),
            };
            return state.to_string();
        }
        // A step that did not run has no outputs, which is an empty text.
        let known = self.context.values.get(first.as_str());
        assert!(known.is_some() || first.starts_with("steps."), "nothing is known of {first}");
        known.cloned().unwrap_or_default()
    }
}
