//! What a setting may be, and how that is read from a file, a variable or a flag.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::Path,
};

use serde::Serialize;
use toml::de::DeValue;

use crate::{devices::fault::nearest, proto::text::excerpt};

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Yes or no.
    Switch(bool),
    /// How many.
    Number(u32),
    /// A word, an address, a path.
    Text(String),
    /// Some words.
    List(Vec<String>),
}

/// What a setting may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Switch,
    /// A number within these bounds.
    Number {
        /// No less.
        least: u32,
        /// No more.
        most: u32,
        /// What is counted, where the name alone does not tell.
        unit: &'static str,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words, in an order that counts.
    Choices(&'static [&'static str]),
    /// Any words.
    Names {
        /// One of them.
        example: &'static str,
    },
    /// An IP address.
    Address,
    /// An IP address and a port, or a port on loopback.
    Listen,
    /// Where a file is; in a configuration from the root on, for nobody knows where it will be read.
    Path,
}

/// As it stands in a file: numbers, texts and lists are written the same way in JSON.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => on.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&literal(text)),
            Self::List(words) => write!(f, "[{}]", listed(words)),
        }
    }
}

impl Kind {
    /// The rule, to stand behind "is".
    pub fn rule(self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number { least, most, unit: "" } => format!("a number from {least} to {most}"),
            Self::Number { least, most, unit } => {
                format!("a number of {unit} from {least} to {most}")
            }
            Self::Choice(words) => either(words),
            Self::Choices(words) => format!("a list of {}", listed(words)),
            Self::Names { example } => format!("a list of names like [{}]", literal(example)),
            Self::Address => "an IP address like \"192.168.1.20\"".to_owned(),
            Self::Listen => {
                "a port on loopback or an address and a port like \"192.168.1.20:9712\"".to_owned()
            }
            Self::Path => "a path from the root on like \"/var/log/shipctl.log\"".to_owned(),
        }
    }

    /// A value it may have.
    pub fn example(self) -> Value {
        let text = |text: &str| Value::Text(text.to_owned());
        match self {
            Self::Switch => Value::Switch(true),
            Self::Number { most, .. } => Value::Number(most),
            Self::Choice(words) => text(words[0]),
            Self::Choices(words) => Value::List(vec![words[0].to_owned()]),
            Self::Names { example } => Value::List(vec![example.to_owned()]),
            Self::Address => text("192.168.1.20"),
            Self::Listen => text("127.0.0.1:9712"),
            Self::Path => text("/var/log/shipctl.log"),
        }
    }

    /// What a file says.
    ///
    /// # Errors
    ///
    /// It breaks the rule: "not …", to stand behind it.
    pub fn read_toml(self, value: &DeValue<'_>) -> Result<Value, String> {
        let wrong = || Err(format!("not {}", shown(value)));
        match (self, value) {
            (Self::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
            (Self::Number { least, most, .. }, DeValue::Integer(number)) => {
                match u32::from_str_radix(number.as_str(), number.radix()) {
                    Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
                    _ => wrong(),
                }
            }
            (Self::Choices(_) | Self::Names { .. }, DeValue::Array(words)) => {
                let words = words.iter().map(|word| word.get_ref().as_str());
                match words.collect::<Option<Vec<&str>>>() {
                    Some(words) => self.list(&words),
                    None => wrong(),
                }
            }
            (Self::Path, DeValue::String(path)) if !Path::new(path.as_ref()).is_absolute() => {
                wrong()
            }
            (
                Self::Choice(_) | Self::Address | Self::Listen | Self::Path,
                DeValue::String(text),
            ) => self.read_text(text),
            _ => wrong(),
        }
    }

    /// What a variable or a flag says; a list has commas.
    ///
    /// # Errors
    ///
    /// It breaks the rule: "not …", to stand behind it.
    pub fn read_text(self, text: &str) -> Result<Value, String> {
        let wrong = || Err(format!("not {}", quoted(text)));
        match self {
            Self::Switch => match text.to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Ok(Value::Switch(true)),
                "false" | "no" | "off" | "0" => Ok(Value::Switch(false)),
                _ => wrong(),
            },
            Self::Number { least, most, .. } => match text.parse() {
                Ok(number) if (least..=most).contains(&number) => Ok(Value::Number(number)),
                _ => wrong(),
            },
            Self::Choice(words) => chosen(text, words).map(Value::Text),
            Self::Choices(_) | Self::Names { .. } => {
                self.list(&text.split(',').map(str::trim).collect::<Vec<_>>())
            }
            Self::Address if text.parse::<IpAddr>().is_err() => wrong(),
            Self::Listen if listen_address(text).is_none() => wrong(),
            Self::Path if text.is_empty() => wrong(),
            Self::Address | Self::Listen | Self::Path => Ok(Value::Text(text.to_owned())),
        }
    }

    /// These words, each once.
    fn list(self, words: &[&str]) -> Result<Value, String> {
        let mut once = Vec::new();
        for word in words {
            let word = match self {
                Self::Choices(choices) => chosen(word, choices)?,
                _ if word.is_empty() => return Err(format!("not {}", quoted(word))),
                _ => (*word).to_owned(),
            };
            if !once.contains(&word) {
                once.push(word);
            }
        }
        if once.is_empty() { Err("not empty".to_owned()) } else { Ok(Value::List(once)) }
    }
}

/// The address to listen on that a text says; a port alone is on loopback.
pub fn listen_address(text: &str) -> Option<SocketAddr> {
    let port = text.strip_prefix("localhost").unwrap_or(text);
    match port.strip_prefix(':').unwrap_or(port).parse::<u16>() {
        Ok(port) => Some((Ipv4Addr::LOCALHOST, port).into()),
        Err(_) => text.parse().ok(),
    }
}

fn chosen(word: &str, words: &[&str]) -> Result<String, String> {
    if words.contains(&word) {
        return Ok(word.to_owned());
    }
    let meant = nearest(word, words.iter().copied());
    let meant = meant.map_or(String::new(), |meant| format!("; did you mean {}?", quoted(meant)));
    Err(format!("not {}{meant}", quoted(word)))
}

/// How much of a value that is wrong is shown.
const SHOWN: usize = 60;

fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Datetime(_) => "a date".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
        DeValue::Array(values) => {
            let values: Vec<String> = values.iter().map(|value| shown(value.get_ref())).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// A text that was given, as far as it is worth showing.
fn quoted(text: &str) -> String {
    literal(&excerpt(text, SHOWN))
}

/// A text as it stands in a file.
fn literal(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn listed(words: &[impl AsRef<str>]) -> String {
    words.iter().map(|word| literal(word.as_ref())).collect::<Vec<_>>().join(", ")
}

fn either(words: &[&str]) -> String {
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {}", listed(rest), literal(last)),
        _ => listed(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toml(kind: Kind, value: &str) -> Result<Value, String> {
        let line = format!("it = {value}");
        let table = toml::de::DeTable::parse(&line).unwrap();
        kind.read_toml(table.get_ref()["it"].get_ref())
    }

    #[test]
    fn a_value_is_read_alike_from_a_file_and_from_a_variable_and_written_so_that_it_can_be_read() {
        let number = Kind::Number { least: 1, most: 10, unit: "" };
        let suites = Kind::Choices(&["gcm", "cbc"]);
        for (kind, file, variable) in [
            (Kind::Switch, "true", "yes"),
            (Kind::Switch, "false", "0"),
            (number, "0xA", "10"),
            (number, "1", "1"),
            (Kind::Choice(&["a", "b"]), "'b'", "b"),
            (suites, "['cbc', 'gcm', 'cbc']", "cbc, gcm"),
            (Kind::Names { example: "eth0" }, "['lo', 'eth 0']", "lo,eth 0"),
            (Kind::Address, "'::1'", "::1"),
            (Kind::Listen, "'[::]:9712'", "[::]:9712"),
            (Kind::Listen, "'9712'", "9712"),
            (Kind::Path, r#""/a \\ \" ü""#, "/a \\ \" ü"),
        ] {
            let value = toml(kind, file).unwrap();
            assert_eq!(kind.read_text(variable).as_ref(), Ok(&value), "{file}");
            assert_eq!(toml(kind, &value.to_string()), Ok(value), "{file}");
        }
    }

    #[test]
    fn what_breaks_the_rule_is_shown_and_the_word_that_was_meant() {
        let number = Kind::Number { least: 1, most: 10, unit: "" };
        let suites = Kind::Choices(&["gcm", "cbc"]);
        for (kind, value, wrong) in [
            (number, "0", "not 0"),
            (number, "11", "not 11"),
            (number, "-1", "not -1"),
            (number, "99999999999", "not 99999999999"),
            (number, "1.5", "not 1.5"),
            (number, "'ten'", "not \"ten\""),
            (Kind::Switch, "1", "not 1"),
            (Kind::Switch, "'no'", "not \"no\""),
            (
                Kind::Choice(&["initiator"]),
                "'initator'",
                "not \"initator\"; did you mean \"initiator\"?",
            ),
            (suites, "'gcm'", "not \"gcm\""),
            (suites, "['gcm', 'xyzzy']", "not \"xyzzy\""),
            (suites, "[1.2]", "not [1.2]"),
            (suites, "[]", "not empty"),
            (Kind::Names { example: "a" }, "['']", "not \"\""),
            (Kind::Address, "'here'", "not \"here\""),
            (Kind::Path, "'here.log'", "not \"here.log\""),
            (Kind::Path, "{ a = 1 }", "not a table"),
        ] {
            assert_eq!(toml(kind, value), Err(wrong.to_owned()), "{value}");
        }
        assert_eq!(Kind::Switch.read_text("maybe"), Err("not \"maybe\"".to_owned()));
        assert!(toml(number, &format!("'{}'", "x".repeat(999))).unwrap_err().len() < 100);
    }

    #[test]
    fn every_example_keeps_its_own_rule() {
        for setting in &crate::cli::settings::table::SETTINGS {
            let example = setting.kind.example();
            assert_eq!(toml(setting.kind, &example.to_string()), Ok(example), "{}", setting.name);
        }
    }
}
