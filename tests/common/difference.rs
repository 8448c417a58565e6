//! Where two JSON values differ, told so that a failed test can be read.

use serde_json::Value;

/// Fails with the paths at which the values differ.
#[track_caller]
pub fn same(found: &Value, expected: &Value, subject: &str) {
    let mut told = Vec::new();
    differences(found, expected, "", &mut told);
    assert!(told.is_empty(), "{subject}:\n{}", told.join("\n"));
}

fn differences(found: &Value, expected: &Value, path: &str, told: &mut Vec<String>) {
    match (found, expected) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                differences(value, &b[key], &format!("{path}/{key}"), told);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, value) in a.iter().enumerate() {
                differences(value, &b[index], &format!("{path}/{index}"), told);
            }
        }
        _ if found == expected => {}
        _ => told.push(format!("{path}: {found} where {expected} was expected")),
    }
}
