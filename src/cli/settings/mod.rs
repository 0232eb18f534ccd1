//! The configuration: what every command is told by flags, the environment and a file, in this order
//! of precedence.
//!
//! | room | what happens there |
//! |---|---|
//! | [`table`] | every setting, a row each |
//! | [`value`] | what a setting may be |
//! | [`file`](mod@file) | what a file says, and all that is wrong with it |
//! | `node` | what they mean for a node |
//! | [`place`] | which file that is, and which state; profiles |
//! | [`page`] | `docs/configuration.md` |

pub mod file;
mod node;
pub mod page;
pub mod place;
pub mod table;
pub mod value;

use std::{collections::BTreeMap, fmt, net::SocketAddr};

use clap::{ArgMatches, ValueEnum, parser::ValueSource};

use self::{
    file::{Problem, Said},
    place::Place,
    table::{Key, SETTINGS, Setting},
    value::{Kind, Value, listen_address},
};
use super::{
    args::{Args, ColorWhen, Command, Global},
    error::CliError,
    exit::Exit,
};

/// What holds, and where each of it was said.
#[derive(Clone, Debug)]
pub struct Settings {
    given: Given,
    values: [Held; SETTINGS.len()],
}

/// A value and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The value; `None` if there is none.
    pub value: Option<Value>,
    /// Where it was said.
    pub origin: Origin,
}

/// Where a value was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere.
    Default,
    /// In the file, on this line.
    File {
        /// Its path.
        path: String,
        /// The line, from 1.
        line: usize,
    },
    /// By this environment variable.
    Environment(String),
    /// By this flag.
    Flag(&'static str),
}

impl Origin {
    /// Its name for programs.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::File { .. } => "file",
            Self::Environment(_) => "environment",
            Self::Flag(_) => "flag",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Environment(variable) => f.write_str(variable),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// What was said beside the file; it stays as it is while a process runs.
#[derive(Clone, Debug, Default)]
struct Given {
    place: Place,
    flags: BTreeMap<Key, Value>,
    variables: BTreeMap<Key, Value>,
    /// Variables that cannot be read.
    problems: Vec<Problem>,
}

/// Everything has its default.
impl Default for Settings {
    fn default() -> Self {
        Self::of(Given::default(), &Said::default())
    }
}

impl Settings {
    /// What holds for this command line in this environment, as far as it can be read, and all that
    /// cannot.
    ///
    /// # Errors
    ///
    /// Those of [`Place::find`].
    pub fn load(global: &Global, matches: &ArgMatches) -> Result<(Self, Vec<Problem>), CliError> {
        let variable = |name: &str| {
            let value = std::env::var_os(name).filter(|value| !value.is_empty())?;
            Some(value.into_string().map_err(|_| "is not UTF-8".to_owned()))
        };
        let (variables, problems) = variables(variable);
        let place = Place::find(global, matches)?;
        let given = Given { place, flags: flags(matches), variables, problems };
        Ok(given.read())
    }

    /// The same, the file read anew.
    ///
    /// # Errors
    ///
    /// It is not as it should be (78).
    pub fn read_again(&self) -> Result<Self, CliError> {
        let (settings, problems) = self.given.read();
        refuse(&problems).map_or(Ok(settings), Err)
    }

    fn of(given: Given, said: &Said) -> Self {
        let place = given.place.shown();
        let values = std::array::from_fn(|at| {
            let setting = &SETTINGS[at];
            let key = &setting.key;
            if let (Some(value), Some(flag)) = (given.flags.get(key), setting.flag) {
                return Held::new(value, Origin::Flag(flag));
            }
            if let Some(value) = given.variables.get(key) {
                return Held::new(value, Origin::Environment(setting.variable()));
            }
            if let Some((_, value, line)) = said.set.iter().find(|(set, ..)| set == key) {
                return Held::new(value, Origin::File { path: place.clone(), line: *line });
            }
            Held { value: setting.default_value(), origin: Origin::Default }
        });
        Self { given, values }
    }

    /// Where they come from.
    pub fn place(&self) -> &Place {
        &self.given.place
    }

    /// What is wrong with the environment.
    pub fn bad_variables(&self) -> &[Problem] {
        &self.given.problems
    }

    /// Every setting with what holds of it.
    pub fn all(&self) -> impl Iterator<Item = (&'static Setting, &Held)> {
        SETTINGS.iter().zip(&self.values)
    }

    /// What holds of one.
    pub fn held(&self, key: Key) -> &Held {
        &self.values[key as usize]
    }

    /// What holds of each setting that another one holds otherwise.
    pub fn differing<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'static Setting, &'a Held)> {
        self.all().filter(|(setting, held)| held.value != other.held(setting.key).value)
    }

    /// Whether it is switched on.
    pub fn switch(&self, key: Key) -> bool {
        self.held(key).value == Some(Value::Switch(true))
    }

    /// The number; 0 if it is none.
    pub fn number(&self, key: Key) -> u32 {
        match self.held(key).value {
            Some(Value::Number(number)) => number,
            _ => 0,
        }
    }

    /// The text, if it is one.
    pub fn text(&self, key: Key) -> Option<&str> {
        match &self.held(key).value {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The words; none if it is not set.
    pub fn list(&self, key: Key) -> &[String] {
        match &self.held(key).value {
            Some(Value::List(words)) => words,
            _ => &[],
        }
    }

    /// The word, as the command line knows it.
    pub fn choice<T: ValueEnum>(&self, key: Key) -> Option<T> {
        T::from_str(self.text(key)?, false).ok()
    }

    /// The words, as the command line knows them.
    pub fn choices<T: ValueEnum>(&self, key: Key) -> Vec<T> {
        self.list(key).iter().filter_map(|word| T::from_str(word, false).ok()).collect()
    }

    /// Where Prometheus is to be answered, if anywhere.
    pub fn metrics_listen(&self) -> Option<SocketAddr> {
        self.text(Key::MetricsListen).and_then(listen_address)
    }

    /// Fills in what the flags of every command, and those of the dashboard, do not say.
    pub fn fill(&self, args: &mut Args) {
        let global = &mut args.global;
        global.state_dir = self.place().state_dir.clone();
        global.port = u16::try_from(self.number(Key::Port)).unwrap_or_default();
        global.bind = self.text(Key::Bind).and_then(|text| text.parse().ok());
        global.interface = self.list(Key::Interface).to_vec();
        global.no_mdns = !self.switch(Key::Mdns);
        global.mdns_port = u16::try_from(self.number(Key::MdnsPort)).unwrap_or_default();
        global.color = self.choice(Key::Color).unwrap_or(ColorWhen::Auto);
        // A path need not be text: one that was given stays as it is.
        if !self.is_flag(Key::LogFile) {
            global.log_file = self.text(Key::LogFile).map(Into::into);
        }
        if !global.quiet {
            global.verbose = u8::try_from(self.number(Key::Verbose)).unwrap_or(u8::MAX);
        }
        match &mut args.command {
            #[cfg(all(unix, feature = "tui"))]
            Some(Command::Tui(tui)) => self.fill_looks(&mut tui.looks),
            #[cfg(all(unix, feature = "tui"))]
            Some(Command::Demo(demo)) => self.fill_looks(&mut demo.looks),
            // Its devices are on the network of others only where that was said just now.
            Some(Command::Simulate(_)) if self.is_said_before(Key::Interface) => {
                global.interface.clear();
            }
            _ => {}
        }
    }

    #[cfg(all(unix, feature = "tui"))]
    fn fill_looks(&self, looks: &mut super::args::Looks) {
        looks.ascii = self.switch(Key::Ascii);
        looks.background = self.choice(Key::Background);
    }

    /// Whether a flag says it.
    pub fn is_flag(&self, key: Key) -> bool {
        self.flag(key).is_some()
    }

    /// The flag that says it, if one does.
    pub fn flag(&self, key: Key) -> Option<&'static str> {
        if let Origin::Flag(flag) = self.held(key).origin { Some(flag) } else { None }
    }

    /// What to do about a value that is of no use here, by where it was said.
    pub fn change(&self, key: Key) -> String {
        let setting = key.setting();
        match &self.held(key).origin {
            Origin::File { path, line } => {
                format!("change {} in {path}, line {line}, or take it out", setting.name)
            }
            Origin::Environment(variable) => format!("change {variable}, or `unset {variable}`"),
            Origin::Flag(flag) => format!("choose another {flag}"),
            Origin::Default => format!("set {}", setting.name),
        }
    }

    fn is_said_before(&self, key: Key) -> bool {
        matches!(self.held(key).origin, Origin::File { .. })
    }
}

impl Held {
    fn new(value: &Value, origin: Origin) -> Self {
        Self { value: Some(value.clone()), origin }
    }
}

impl Given {
    fn read(&self) -> (Settings, Vec<Problem>) {
        let said = match &self.place.file {
            Some(path) => file::read(path, self.place.required),
            None => Said::default(),
        };
        let settings = Settings::of(self.clone(), &said);
        (settings, [self.problems.clone(), said.problems].concat())
    }
}

/// The error that problems come to, if there are any.
pub fn refuse(problems: &[Problem]) -> Option<CliError> {
    let (first, others) = problems.split_first()?;
    let others = match others.len() {
        0 => String::new(),
        1 => " (and one more problem)".to_owned(),
        more => format!(" (and {more} more problems)"),
    };
    let hint = match others.is_empty() {
        true => first.advice.clone(),
        false => format!("{}; `shipctl config check` tells every problem", first.advice),
    };
    Some(CliError::new(Exit::Configuration, format!("{first}{others}")).hint(hint))
}

/// What the flags of this command line say, which clap has found to be right.
fn flags(matches: &ArgMatches) -> BTreeMap<Key, Value> {
    let mut flags = BTreeMap::new();
    let mut level = Some(matches);
    while let Some(matches) = level {
        for setting in &SETTINGS {
            let Some(id) = setting.flag_id() else { continue };
            if matches.ids().any(|known| known.as_str() == id)
                && matches.value_source(&id) == Some(ValueSource::CommandLine)
                && let Some(raw) = matches.get_raw(&id)
            {
                let said: Vec<_> = raw.map(|it| it.to_string_lossy()).collect();
                flags.extend(of_flag(setting, &said).map(|value| (setting.key, value)));
            }
        }
        level = matches.subcommand().map(|(_, matches)| matches);
    }
    flags
}

fn of_flag(setting: &Setting, said: &[impl AsRef<str>]) -> Option<Value> {
    let words = || said.iter().map(AsRef::as_ref).collect::<Vec<_>>();
    match setting.kind {
        Kind::Switch => Some(Value::Switch(!setting.flag?.starts_with("--no-"))),
        Kind::Names { .. } => Some(Value::List(words().into_iter().map(str::to_owned).collect())),
        Kind::Choices(_) => setting.kind.read_text(&words().join(",")).ok(),
        // `-vvv` says no more than `-vv`.
        Kind::Number { most, .. } => {
            said.last()?.as_ref().parse().ok().map(|number: u32| Value::Number(number.min(most)))
        }
        Kind::Choice(_) | Kind::Address | Kind::Listen | Kind::Path => {
            said.last().map(|text| Value::Text(text.as_ref().to_owned()))
        }
    }
}

/// What the environment says, and what of it cannot be read.
fn variables(
    variable: impl Fn(&str) -> Option<Result<String, String>>,
) -> (BTreeMap<Key, Value>, Vec<Problem>) {
    let (mut values, mut problems) = (BTreeMap::new(), Vec::new());
    for setting in &SETTINGS {
        let name = setting.variable();
        let Some(text) = variable(&name) else { continue };
        let read = text.and_then(|text| {
            let rule = || setting.kind.rule();
            setting
                .kind
                .read_text(&text)
                .map_err(|not| format!("{} is {}, {not}", setting.name, rule()))
        });
        match read {
            Ok(value) => {
                values.insert(setting.key, value);
            }
            Err(what) => problems.push(Problem {
                advice: format!("correct the variable, or take it away: `unset {name}`"),
                place: name,
                line: None,
                what,
            }),
        }
    }
    (values, problems)
}

#[cfg(test)]
mod tests;
