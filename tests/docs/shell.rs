//! Lines of shell as the documentation shows them, cut into what runs.

/// The lines of shell in a text, those that end in a backslash joined to the next.
pub fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = false;
    for line in lines {
        let (text, goes_on) = match line.strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        match all.last_mut() {
            Some(last) if open => *last = format!("{last} {}", text.trim()),
            _ => all.push(text.trim().to_owned()),
        }
        open = goes_on;
    }
    all
}

/// The arguments of every `tracefall …` (or `cargo run … -- …`) in a line.
pub fn commands(line: &str) -> Vec<Vec<String>> {
    let line = line.strip_prefix("$ ").unwrap_or(line);
    // Prose may hold a quotation mark without its fellow.
    let words = shlex::split(line).unwrap_or_default();
    let mut all = vec![Vec::new()];
    let mut redirected = false;
    for word in words {
        let bare = word.trim_end_matches(';');
        let joins = ["|", "||", "&&", "&", "!", "if", "then", "do", "{", "(", "time"];
        if redirected {
            redirected = false;
        } else if joins.contains(&word.as_str()) || word == ";" {
            all.push(Vec::new());
        } else if [">", ">>", "<", "2>"].contains(&word.as_str()) {
            redirected = true;
        } else {
            all.last_mut().unwrap().push(bare.to_owned());
            if bare != word {
                all.push(Vec::new());
            }
        }
    }
    all.iter().filter_map(|words| arguments(words)).collect()
}

/// The arguments of tracefall in one simple command.
fn arguments(words: &[String]) -> Option<Vec<String>> {
    let assigns = |word: &&String| word.split_once('=').is_some_and(|(name, _)| is_name(name));
    let begin = words.iter().take_while(assigns).count();
    match &words[begin..] {
        [first, rest @ ..] if first == "tracefall" => Some(rest.to_vec()),
        [cargo, run, rest @ ..] if cargo == "cargo" && run == "run" => {
            let end = rest.iter().position(|word| word == "--")?;
            let ours = !rest[..end].iter().any(|word| word == "--example");
            ours.then(|| rest[end + 1..].to_vec())
        }
        _ => None,
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}
