//! The gate as JUnit XML, as Jenkins and GitLab read it: a test case a rule.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use crate::gate::{Gate, State, Verdict};
use crate::report::escape::clean;

use super::finding::{lines, notice, result};

/// Writes the report. There are no times in it: the same run gives the same bytes.
///
/// # Errors
/// Those of `out`.
pub fn write(gate: &Gate, out: &mut dyn Write) -> io::Result<()> {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let count = |state| gate.verdicts.iter().filter(|v| v.state == state).count().to_string();
    let all = gate.verdicts.len().to_string();
    let (failures, errors) = (count(State::Failed), count(State::Unevaluated));
    let counts = [("tests", &all), ("failures", &failures), ("errors", &errors)];
    let begin = |element: &'static str, name: &str| {
        let mut start = BytesStart::new(element);
        start.push_attribute(("name", legal(name).as_str()));
        counts.iter().for_each(|(key, value)| start.push_attribute((*key, value.as_str())));
        start
    };
    xml.write_event(Event::Start(begin("testsuites", "tracefall check")))?;
    let mut suite = begin("testsuite", &gate.policy);
    suite.push_attribute(("skipped", count(State::Skipped).as_str()));
    xml.write_event(Event::Start(suite))?;
    gate.verdicts.iter().try_for_each(|verdict| case(verdict, &mut xml))?;
    if !gate.notices.is_empty() {
        let notices: Vec<String> = gate.notices.iter().map(|n| notice(gate, n)).collect();
        element(&mut xml, BytesStart::new("system-out"), &notices.join("\n"))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))?;
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    out.write_all(&xml.into_inner())?;
    writeln!(out)
}

fn case(verdict: &Verdict, xml: &mut Writer<Vec<u8>>) -> io::Result<()> {
    let kind = verdict.kind.article.id;
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("name", legal(&verdict.rule).as_str()));
    start.push_attribute(("classname", format!("tracefall.{kind}").as_str()));
    let text = lines(verdict).join("\n");
    let outcome = match verdict.state {
        State::Failed => Some("failure"),
        State::Unevaluated => Some("error"),
        State::Skipped => Some("skipped"),
        State::Warned | State::Passed => None,
    };
    xml.write_event(Event::Start(start))?;
    if let Some(outcome) = outcome {
        let mut inner = BytesStart::new(outcome);
        inner.push_attribute(("type", kind));
        let message = format!("{} ({})", verdict.reason, verdict.asks);
        inner.push_attribute(("message", legal(&message).as_str()));
        element(xml, inner, &text)?;
    } else {
        let told = format!("{}: {}\n{text}", result(verdict), verdict.asks);
        element(xml, BytesStart::new("system-out"), told.trim_end())?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn element(xml: &mut Writer<Vec<u8>>, start: BytesStart<'_>, text: &str) -> io::Result<()> {
    let end = start.to_end().into_owned();
    xml.write_event(Event::Start(start))?;
    let lines: Vec<String> = text.lines().map(legal).collect();
    xml.write_event(Event::Text(BytesText::new(&lines.join("\n"))))?;
    xml.write_event(Event::End(end))
}

/// Characters that XML 1.0 cannot hold, escaped or not, and those that drive terminals become
/// visible ones.
fn legal(text: &str) -> String {
    clean(text).replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}")
}
