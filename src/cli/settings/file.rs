//! The file: everything it sets, and everything that is wrong with it, each with its line.

use std::{fmt, io, path::Path};

use toml::{Spanned, de::DeTable};

use super::{
    table::{Key, SETTINGS, Setting},
    value::Value,
};
use crate::{
    cli::{output::text::of_system, toml_text},
    devices::fault::nearest,
    proto::text::excerpt,
};

/// What a file says.
#[derive(Debug, Default)]
pub struct Said {
    /// What it sets, with the line, in the order of the file.
    pub set: Vec<(Key, Value, usize)>,
    /// What is wrong with it.
    pub problems: Vec<Problem>,
}

/// Something that is wrong with the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the variable.
    pub place: String,
    /// The line, if it has one.
    pub line: Option<usize>,
    /// What is wrong: the value and the rule.
    pub what: String,
    /// What to do about it.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}: line {line}: {}", self.place, self.what),
            None => write!(f, "{}: {}", self.place, self.what),
        }
    }
}

/// Where people look for what may stand there.
const LOOK: &str =
    "`shipctl config show` lists every setting, docs/configuration.md describes them";

/// Reads it. That there is none is a problem only where it is `required`.
pub fn read(path: &Path, required: bool) -> Said {
    match toml_text::read(path) {
        Ok(text) => parse(&text, &path.display().to_string()),
        Err(error) if is_absent(&error) && !required => Said::default(),
        Err(error) => {
            let what = match error.kind() {
                io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => of_system(&format!("it cannot be read: {error}")),
            };
            let (place, advice) =
                (path.display().to_string(), "check the path and its permissions");
            let problem = Problem { place, line: None, what, advice: advice.to_owned() };
            Said { set: Vec::new(), problems: vec![problem] }
        }
    }
}

/// Whether nothing is there. What stands where its directory ought to be is told by who needs that.
fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The file as others may see it: the settings there are, without comments and without whatever else
/// somebody wrote there. `None` if there is no file.
pub fn shown(path: &Path) -> Option<String> {
    let text = match toml_text::read(path) {
        Ok(text) => text,
        Err(error) if is_absent(&error) => return None,
        Err(error) => return Some(of_system(&format!("# it cannot be read: {error}\n"))),
    };
    let said = parse(&text, "");
    let mut lines: Vec<(usize, String)> = said
        .set
        .iter()
        .map(|(key, value, line)| (*line, format!("{} = {value}\n", key.setting().name)))
        .collect();
    let taken = |problem: &Problem| problem.line.unwrap_or_default();
    let refused = said.problems.iter().map(taken);
    lines.extend(refused.map(|line| (line, "# a line that is not taken\n".to_owned())));
    lines.sort();
    Some(lines.into_iter().map(|(_, line)| line).collect())
}

/// What this text says, which stands at `place`.
pub fn parse(text: &str, place: &str) -> Said {
    let mut said = Said::default();
    let problem = |line, what, advice| Problem { place: place.to_owned(), line, what, advice };
    let (text, broken) = without_broken_lines(text);
    for (line, what) in broken {
        let advice = format!("a line looks like `{}`", SETTINGS[0].example());
        said.problems.push(problem(Some(line), what, advice));
    }
    // Empty where nothing helped.
    let table = DeTable::parse(&text).map(Spanned::into_inner).unwrap_or_default();
    let mut found: Vec<_> = table
        .iter()
        .map(|(name, value)| {
            (toml_text::line(&text, name.span().start), name.get_ref(), value.get_ref())
        })
        .collect();
    found.sort_by_key(|(line, ..)| *line);
    for (line, name, value) in found {
        let Some(setting) = Setting::named(name) else {
            let (what, advice) = unknown(name);
            said.problems.push(problem(Some(line), what, advice));
            continue;
        };
        match setting.kind.read_toml(value) {
            Ok(value) => said.set.push((setting.key, value, line)),
            Err(not) => {
                let what = format!("{name} is {}, {not}", setting.kind.rule());
                let advice = format!("write for example `{}`, or leave it out", setting.example());
                said.problems.push(problem(Some(line), what, advice));
            }
        }
    }
    said.problems.sort_by_key(|problem| problem.line);
    said
}

/// The text with an empty line for each that is no TOML, and what is wrong with those. A parser may
/// find a mistake behind the line it is in (a bracket that is never closed), and then it is looked for
/// upwards.
fn without_broken_lines(text: &str) -> (String, Vec<(usize, String)>) {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let mut broken = Vec::new();
    loop {
        let rest = lines.join("\n");
        let read = DeTable::parse(&rest).map(|table| heading(&rest, table.get_ref(), &lines));
        let error = match read {
            Ok(None) => return (rest, broken),
            Ok(Some((at, what))) => {
                broken.push((at + 1, what));
                lines[at] = "";
                continue;
            }
            Err(error) => error,
        };
        let at = error.span().map_or(0, |span| toml_text::line(&rest, span.start) - 1);
        let said = |line: &&str| !line.trim().is_empty();
        if said(&lines[at]) {
            broken.push((at + 1, why(&lines, at, &error)));
            lines[at] = "";
        } else if let Some(above) = lines[..at].iter().rposition(said) {
            lines[above] = "";
        } else {
            return (String::new(), broken);
        }
    }
}

/// What is wrong with this line: in our words where people often go wrong.
fn why(lines: &[&str], at: usize, error: &toml::de::Error) -> String {
    let said = error.message().trim().replace('\n', ", ");
    let Some((name, value)) = assignment(lines[at]) else { return said };
    let shown = excerpt(name, 60);
    if value.is_empty() {
        return format!("{shown} has no value");
    }
    let is_same = |line: &&str| assignment(line).is_some_and(|(other, _)| other == name);
    match lines[..at].iter().position(is_same) {
        Some(first) if said.starts_with("duplicate key") => {
            format!("{shown} is said twice, first in line {}", first + 1)
        }
        _ => said,
    }
}

/// The name in a line and what stands behind its `=`, without a comment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let value = value.trim();
    let value = if value.starts_with('#') { "" } else { value };
    Some((name.trim().trim_matches(['"', '\'']), value))
}

/// The line of a section's heading, if there is one, and what is wrong with it: without it, what is
/// below is read as what it was meant for.
fn heading(text: &str, table: &DeTable<'_>, lines: &[&str]) -> Option<(usize, String)> {
    table.keys().find_map(|name| {
        let at = toml_text::line(text, name.span().start) - 1;
        let what = format!("[{}]: the file has no sections", excerpt(name.get_ref(), 60));
        lines[at].trim_start().starts_with('[').then_some((at, what))
    })
}

/// What the file is found by, and so cannot stand in it.
const PLACES: [&str; 3] = ["state_dir", "profile", "config"];

/// What is said to a name that is none, and the advice.
fn unknown(name: &str) -> (String, String) {
    let shown = excerpt(name, 60);
    if PLACES.contains(&name) {
        let (flag, variable) = (name.replace('_', "-"), name.to_uppercase());
        let what = format!("{shown} cannot stand in the file, which is found by it");
        return (what, format!("take it out, and say --{flag} or SHIPCTL_{variable}"));
    }
    // In capitals it is the name of the variable.
    let small = name.to_lowercase();
    let small = small.strip_prefix("shipctl_").unwrap_or(&small);
    let what = match nearest(small, SETTINGS.iter().map(|setting| setting.name)) {
        Some(meant) => format!("{shown}: no such setting; did you mean {meant}?"),
        None => format!("{shown}: no such setting"),
    };
    (what, LOOK.to_owned())
}

/// What begins every variable.
const PREFIX: &str = "SHIPCTL_";

/// Variables that look like settings and are none, with what was meant, if anything.
pub fn strangers(variables: impl Iterator<Item = String>) -> Vec<String> {
    let known: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).chain(PLACES).collect();
    let told = |variable: String| {
        let name = variable.strip_prefix(PREFIX)?.to_lowercase();
        if known.contains(&name.as_str()) {
            return None;
        }
        let meant = nearest(&name, known.iter().copied()).map(str::to_uppercase);
        let meant = meant.map_or(String::new(), |it| format!("; did you mean {PREFIX}{it}?"));
        Some(format!("{}: no such setting{meant}", excerpt(&variable, 60)))
    };
    let mut told: Vec<String> = variables.filter_map(told).collect();
    told.sort();
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_sets_is_told_with_the_line() {
        let said = parse("# a Raspberry Pi 4\nmax_connections = 20\n\nspine = false\n", "f");
        assert_eq!(said.problems, []);
        let set =
            [(Key::MaxConnections, Value::Number(20), 2), (Key::Spine, Value::Switch(false), 4)];
        assert_eq!(said.set, set);
        assert!(parse("", "f").set.is_empty());
    }

    #[test]
    fn a_problem_names_the_line_the_value_the_rule_and_the_next_step() {
        for (text, says) in [
            (
                "\nmax_connections = 0",
                "f: line 2: max_connections is a number from 1 to 10000, not 0",
            ),
            (
                "max_connections = 4294967297",
                "f: line 1: max_connections is a number from 1 to 10000",
            ),
            ("port = 'ten'", "f: line 1: port is a number from 0 to 65535, not \"ten\""),
            (
                "\n\nmax_conections = 3",
                "f: line 3: max_conections: no such setting; did you mean max_connections?",
            ),
            (
                "max-connections = 3",
                "f: line 1: max-connections: no such setting; did you mean max_connections?",
            ),
            ("xyzzy = 3", "f: line 1: xyzzy: no such setting"),
            ("\n[hub]\nport = 1", "f: line 2: [hub]: the file has no sections"),
            ("[[hub]]\nport = 1", "f: line 1: [hub]: the file has no sections"),
            ("[port]\nbind = '::1'", "f: line 1: [port]: the file has no sections"),
            ("hub = { port = 1 }", "f: line 1: hub: no such setting"),
            ("PORT = 1", "f: line 1: PORT: no such setting; did you mean port?"),
            (
                "SHIPCTL_MDNS_PORT = 1",
                "f: line 1: SHIPCTL_MDNS_PORT: no such setting; did you mean mdns_port?",
            ),
            ("port = # none", "f: line 1: port has no value"),
            ("\nport =", "f: line 2: port has no value"),
            ("max_message_kib = 1", "f: line 1: max_message_kib is a number of KiB from 256 to"),
            ("state_dir = '/a'", "f: line 1: state_dir cannot stand in the file"),
            (
                "double_connection = 'newest'",
                "f: line 1: double_connection is \"initiator\" or \"most-recent\", not \"newest\"",
            ),
            (
                "tls_suites = [\n'gcm',\n'rc4']",
                "f: line 1: tls_suites is a list of \"gcm\", \"ccm8\", \"cbc\", not \"rc4\"",
            ),
            ("log_file = 'a.log'", "f: line 1: log_file is a path from the root on"),
            ("port = 1\n\n'port' = 2", "f: line 3: port is said twice, first in line 1"),
        ] {
            let said = parse(text, "f");
            let [problem] = &said.problems[..] else { panic!("{text:?}: {:?}", said.problems) };
            assert!(problem.to_string().starts_with(says), "{text:?}: {problem}");
            assert!(!problem.advice.is_empty());
        }
    }

    #[test]
    fn every_problem_is_told_in_the_order_of_the_file_and_none_twice() {
        let text =
            "spin = true\nport = 70000\nmdns\nbind = \"10.0.0.1\"\ncolor = \"red\n\nascii = 1\n";
        let said = parse(text, "f");
        let lines: Vec<_> = said.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [1, 2, 3, 5, 7], "{:#?}", said.problems);
        assert_eq!(said.set, [(Key::Bind, Value::Text("10.0.0.1".to_owned()), 4)]);
    }

    #[test]
    fn what_stands_below_a_heading_is_read_all_the_same() {
        let said = parse("port = 1\n[hub]\nPORT = 2\nmdns = false\n[[hub.b]]\nport = 3\n", "f");
        let lines: Vec<_> = said.problems.iter().map(|problem| problem.line.unwrap()).collect();
        assert_eq!(lines, [2, 3, 5, 6], "{:#?}", said.problems);
        assert_eq!(said.set.len(), 2, "{said:?}");
    }

    #[test]
    fn a_bracket_that_is_never_closed_hides_nothing_before_it() {
        let unclosed = ["tls_suites = [\n'gcm',\nbind = 1\n", "[", "a = '''\nb", "a = [["];
        for text in unclosed {
            let said = parse(&format!("prot = 1\n{text}"), "f");
            assert_eq!(said.problems[0].line, Some(1), "{text:?}: {said:?}");
            assert!(said.problems.len() > 1, "{text:?}: {said:?}");
        }
    }

    #[test]
    fn of_the_file_others_see_settings_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("config.toml");
        let shown_of = |text: &str| {
            std::fs::write(&path, text).unwrap();
            shown(&path).unwrap()
        };
        assert_eq!(shown(&path), None);
        let text = "# 12345678\ntls_suites = [\n'gcm', # 12345678\n]\nmax_connections = 3\n";
        assert_eq!(shown_of(text), "tls_suites = [\"gcm\"]\nmax_connections = 3\n");
        let text = shown_of("pin = '12345678'\nspine = '12345678'\nport = 1\n");
        assert_eq!(text.matches("not taken").count(), 2);
        assert!(text.ends_with("port = 1\n") && !text.contains("12345678"), "{text}");
        for text in ["12345678", "a = 12345678 12345678", "[12345678", "'12345678"] {
            let text = shown_of(text);
            assert!(text.starts_with("# ") && !text.contains("12345678"), "{text}");
        }
    }

    #[test]
    fn a_variable_that_is_none_of_ours_is_told_with_the_nearest() {
        let names =
            ["PATH", "SHIPCTL_PROT", "SHIPCTL_PORT", "SHIPCTL_PROFILE", "SHIPCTL_XYZZYXYZZY"];
        let told = strangers(names.into_iter().map(str::to_owned));
        let expected = [
            "SHIPCTL_PROT: no such setting; did you mean SHIPCTL_PORT?",
            "SHIPCTL_XYZZYXYZZY: no such setting",
        ];
        assert_eq!(told, expected);
    }
}
