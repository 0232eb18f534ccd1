//! The configuration of `shipctl hub run`: a TOML file, read at the start and at SIGHUP.

use std::{
    io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Deserializer, de};

use crate::{
    cli::{
        args,
        error::CliError,
        exit::Exit,
        tls::{self, suites, versions},
        toml_text,
    },
    driver::{
        NodeSettings,
        listen::ListenSettings,
        tls::{Suite, TlsSettings, Version},
    },
    hub::DoubleConnection,
};

/// The name of the file in the state directory.
const NAME: &str = "config.toml";

/// The most connections, or handshakes, that may be set.
const MOST_CONNECTIONS: i64 = 10_000;

/// What a message may have at most, in KiB: no more than memory that a computer has.
const MOST_KIB: i64 = 65_536;

/// Where the configuration is, and what counts before it.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    /// Whether it must be there: it was named.
    required: bool,
    max_connections: Option<u32>,
    double_connection: Option<args::DoubleConnection>,
    spine: args::Spine,
    tls: tls::Flags,
}

/// The settings of the hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Config {
    pub(super) max_connections: usize,
    /// Counts from the start to the end of a hub: peers have to be able to rely on it.
    pub(super) double_connection: DoubleConnection,
    /// These as well.
    pub(super) ask_access_methods: bool,
    pub(super) spine: bool,
    pub(super) suites: Vec<Suite>,
    pub(super) versions: Vec<Version>,
    /// And these.
    pub(super) limits: Limits,
}

/// What strangers may cost us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    pub(super) handshakes: usize,
    pub(super) handshakes_per_address: usize,
    /// In bytes.
    pub(super) message: usize,
}

impl Default for Limits {
    fn default() -> Self {
        let listen = ListenSettings::default();
        Self {
            handshakes: listen.handshakes,
            handshakes_per_address: listen.handshakes_per_address,
            message: listen.messages.incoming,
        }
    }
}

impl Limits {
    /// Puts them where they count.
    pub(super) fn apply(self, settings: &mut NodeSettings) {
        settings.dial.messages.incoming = self.message;
        if let Some(listen) = &mut settings.listen {
            listen.handshakes = self.handshakes;
            listen.handshakes_per_address = self.handshakes_per_address;
            listen.messages.incoming = self.message;
        }
    }
}

/// The file; `docs/hub.md` has a row for each.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, deserialize_with = "connections")]
    max_connections: Option<u32>,
    double_connection: Option<args::DoubleConnection>,
    ask_access_methods: Option<bool>,
    spine: Option<bool>,
    #[serde(default)]
    tls_suites: Vec<tls::SuiteName>,
    #[serde(default)]
    tls_versions: Vec<tls::VersionName>,
    #[serde(default, deserialize_with = "handshakes")]
    max_handshakes: Option<u32>,
    #[serde(default, deserialize_with = "handshakes_per_address")]
    max_handshakes_per_address: Option<u32>,
    #[serde(default, deserialize_with = "message_kib")]
    max_message_kib: Option<u32>,
}

impl Source {
    pub(super) fn new(args: &args::HubRun, state_dir: &Path) -> Self {
        Self {
            path: args.config.clone().unwrap_or_else(|| state_dir.join(NAME)),
            required: args.config.is_some(),
            max_connections: args.max_connections,
            double_connection: args.double_connection,
            spine: args.spine,
            tls: args.tls.clone(),
        }
    }

    /// Reads it. Errors name the line and the rule, and are ours to mend (exit 78).
    pub(super) fn read(&self) -> Result<Config, CliError> {
        let file = match toml_text::read(&self.path) {
            Ok(text) => parse(&text).map_err(|wrong| {
                CliError::new(Exit::Configuration, format!("{}: {wrong}", self.path.display()))
                    .hint("correct it; docs/hub.md describes what may stand there")
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.required => {
                File::default()
            }
            Err(error) => {
                let what = format!("cannot read the configuration {}", self.path.display());
                return Err(CliError::new(Exit::Configuration, what)
                    .because_of(&error)
                    .hint("check the path given with --config"));
            }
        };
        let default = TlsSettings::default();
        let max_connections = self.max_connections.or(file.max_connections).unwrap_or(10);
        let double_connection = self.double_connection.or(file.double_connection);
        let limits = Limits::default();
        let or = |given: Option<u32>, default| given.map_or(default, |given| given as usize);
        Ok(Config {
            max_connections: max_connections as usize,
            double_connection: double_connection.map_or_else(Default::default, Into::into),
            ask_access_methods: file.ask_access_methods.unwrap_or(true),
            spine: file.spine.unwrap_or(true) && !self.spine.no_spine,
            suites: suites(&self.tls.tls_suites)
                .or_else(|| suites(&file.tls_suites))
                .unwrap_or(default.suites),
            versions: versions(&self.tls.tls_versions)
                .or_else(|| versions(&file.tls_versions))
                .unwrap_or(default.versions),
            limits: Limits {
                handshakes: or(file.max_handshakes, limits.handshakes),
                handshakes_per_address: or(
                    file.max_handshakes_per_address,
                    limits.handshakes_per_address,
                ),
                message: file.max_message_kib.map_or(limits.message, |kib| kib as usize * 1024),
            },
        })
    }
}

/// The file in the state directory as others may see it: the settings there are, without comments
/// and without whatever else somebody wrote there. `None` if there is no file.
pub(in crate::cli::commands) fn shown(state_dir: &Path) -> Option<String> {
    let text = match toml_text::read(&state_dir.join(NAME)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => return Some(format!("# it cannot be read: {error}\n")),
    };
    let Ok(table) = toml_text::parse::<toml::Table>(&text) else {
        return Some("# it is no TOML, and left out\n".to_owned());
    };
    let setting = |(key, value): (String, toml::Value)| {
        // Numbers, texts and lists of them are written the same way in JSON.
        let line = format!("{key} = {}", serde_json::to_string(&value).unwrap_or_default());
        if parse(&line).is_ok() { line } else { "# a line the hub does not take".to_owned() }
    };
    Some(table.into_iter().map(setting).map(|line| line + "\n").collect())
}

/// Errors begin with the line.
fn parse(text: &str) -> Result<File, String> {
    toml_text::parse(text)
}

fn connections<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    number(value, "max_connections", 1, MOST_CONNECTIONS)
}

fn handshakes<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    number(value, "max_handshakes", 1, MOST_CONNECTIONS)
}

fn handshakes_per_address<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    number(value, "max_handshakes_per_address", 1, MOST_CONNECTIONS)
}

/// No less than what is taken before a handshake is complete.
fn message_kib<'de, D: Deserializer<'de>>(value: D) -> Result<Option<u32>, D::Error> {
    number(value, "max_message_kib", 256, MOST_KIB)
}

fn number<'de, D: Deserializer<'de>>(
    value: D,
    key: &str,
    least: i64,
    most: i64,
) -> Result<Option<u32>, D::Error> {
    let given = toml::Value::deserialize(value)?;
    match given.as_integer() {
        Some(number) if (least..=most).contains(&number) => Ok(u32::try_from(number).ok()),
        _ => {
            let kind = || format!("a {}", given.type_str());
            let given = given.as_integer().map_or_else(kind, |n| n.to_string());
            Err(de::Error::custom(format!("{key} is a number from {least} to {most}, not {given}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_is_not_set_is_as_always() {
        assert_eq!(parse("").unwrap(), File::default());
        let file = parse("# a Raspberry Pi 4\nmax_connections = 20\n").unwrap();
        assert_eq!(file.max_connections, Some(20));
        let file = parse("double_connection = 'most-recent'").unwrap();
        assert_eq!(file.double_connection, Some(args::DoubleConnection::MostRecent));
    }

    #[test]
    fn an_error_names_the_line_and_the_rule() {
        for (text, says) in [
            ("\nmax_connections = 0", "line 2: max_connections is a number from 1 to 10000, not 0"),
            ("max_connections = 10001", "line 1: max_connections is a number from 1 to 10000"),
            ("max_connections = 4294967297", "line 1: max_connections is a number"),
            (
                "max_connections = \"ten\"",
                "line 1: max_connections is a number from 1 to 10000, not a string",
            ),
            ("\n\nmax_conections = 3", "line 3: unknown field `max_conections`"),
            ("double_connection = 'newest'", "line 1: unknown variant `newest`, expected "),
            (
                "ask_access_methods = 'no'",
                "line 1: invalid type: string \"no\", expected a boolean",
            ),
            ("tls_suites = ['gcm', 'rc4']", "line 1: unknown variant `rc4`, expected "),
            ("tls_versions = [1.2]", "line 1: "),
            ("max_handshakes = 0", "line 1: max_handshakes is a number from 1 to 10000, not 0"),
            (
                "\nmax_handshakes_per_address = 1.5",
                "line 2: max_handshakes_per_address is a number from 1 to 10000, not a float",
            ),
            ("max_message_kib = 255", "line 1: max_message_kib is a number from 256 to 65536"),
            ("max_connections", "line 1: "),
            ("max_connections = 1\nmax_connections = 2", "line 2: duplicate key"),
        ] {
            let wrong = parse(text).unwrap_err();
            assert!(wrong.starts_with(says), "{text:?}: {wrong}");
        }
    }

    #[test]
    fn a_flag_counts_before_the_file_and_only_a_named_file_must_be_there() {
        let temp = tempfile::tempdir().unwrap();
        let mut source = Source {
            path: temp.path().join(NAME),
            required: false,
            max_connections: None,
            double_connection: None,
            spine: args::Spine::default(),
            tls: tls::Flags::default(),
        };
        assert_eq!(source.read().unwrap().max_connections, 10);
        source.required = true;
        assert_eq!(source.read().unwrap_err().exit, Exit::Configuration);
        fs::write(&source.path, "max_connections = 3").unwrap();
        let config = source.read().unwrap();
        assert_eq!((config.max_connections, config.ask_access_methods), (3, true));
        fs::write(&source.path, "ask_access_methods = false").unwrap();
        assert!(!source.read().unwrap().ask_access_methods);
        assert!(source.read().unwrap().spine);
        source.spine.no_spine = true;
        assert!(!source.read().unwrap().spine);
        source.spine.no_spine = false;
        fs::write(&source.path, "spine = false").unwrap();
        assert!(!source.read().unwrap().spine);
        fs::write(&source.path, "tls_suites = ['cbc']\ntls_versions = ['1.2', '1.3']").unwrap();
        let config = source.read().unwrap();
        assert_eq!(config.suites, [Suite::Cbc]);
        assert_eq!(config.versions, [Version::Tls12, Version::Tls13]);
        assert_eq!(
            config.limits,
            Limits { handshakes: 64, handshakes_per_address: 32, message: 1 << 20 }
        );
        let limits = "max_handshakes = 7\nmax_handshakes_per_address = 3\nmax_message_kib = 512";
        fs::write(&source.path, limits).unwrap();
        let limits = Limits { handshakes: 7, handshakes_per_address: 3, message: 512 << 10 };
        assert_eq!(source.read().unwrap().limits, limits);
        source.tls.tls_suites = vec![tls::SuiteName::Gcm];
        let config = source.read().unwrap();
        assert_eq!((config.suites.as_slice(), config.versions.len()), (&[Suite::Gcm][..], 1));
        source.max_connections = Some(7);
        assert_eq!(source.read().unwrap().max_connections, 7);
        fs::write(&source.path, "max_connections = -3").unwrap();
        let error = source.read().unwrap_err();
        assert_eq!(error.exit, Exit::Configuration, "also where a flag counts before it");
        assert!(error.message.contains("config.toml: line 1: "), "{}", error.message);
    }

    #[test]
    fn of_the_file_others_see_settings_and_nothing_else() {
        let temp = tempfile::tempdir().unwrap();
        let write = |text: &str| fs::write(temp.path().join(NAME), text).unwrap();
        assert_eq!(shown(temp.path()), None);
        write("# the PIN is 12345678\ntls_suites = [\n'gcm', # 12345678\n]\nmax_connections = 3\n");
        let text = shown(temp.path()).unwrap();
        assert_eq!(text, "max_connections = 3\ntls_suites = [\"gcm\"]\n");
        write("pin = '12345678'\nspine = '12345678'\n");
        assert_eq!(shown(temp.path()).unwrap().matches("does not take").count(), 2);
        write("12345678");
        for text in [shown(temp.path()).unwrap(), {
            write("a = 12345678 12345678");
            shown(temp.path()).unwrap()
        }] {
            assert!(text.starts_with("# ") && !text.contains("12345678"), "{text}");
        }
    }
}
