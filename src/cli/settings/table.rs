//! Every setting there is, a row each. The file, the environment, `config show`, `config check` and
//! `docs/configuration.md` follow from it.

use super::value::{Kind, Value};
use crate::hub::command::MOST_CONNECTIONS;

/// A setting, in the order of [`SETTINGS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the table says what each is")]
pub enum Key {
    Port,
    Bind,
    Interface,
    Mdns,
    MdnsPort,
    MaxConnections,
    DoubleConnection,
    AskAccessMethods,
    Spine,
    TlsSuites,
    TlsVersions,
    MaxHandshakes,
    MaxHandshakesPerAddress,
    MaxMessageKib,
    MetricsListen,
    Color,
    Verbose,
    LogFile,
    Background,
    Ascii,
}

/// One setting.
#[derive(Debug)]
pub struct Setting {
    /// Which one it is.
    pub key: Key,
    /// Its name in the file.
    pub name: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Its value where nothing is said, as an environment variable would say it; else in words what
    /// holds then.
    pub default: Result<&'static str, &'static str>,
    /// Its flag, if it has one.
    pub flag: Option<&'static str>,
    /// What SIGHUP does about it in a hub that runs.
    pub at_hangup: AtHangup,
    /// What it does.
    pub does: &'static str,
}

/// When a changed setting counts in a hub that is told to read its configuration again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AtHangup {
    /// From then on.
    Counts,
    /// On connections that are made from then on.
    NewConnections,
    /// Not before the hub is started again.
    NextStart,
    /// Never: it is none of the hub's.
    Nothing,
}

impl AtHangup {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Counts => "counts at once",
            Self::NewConnections => "counts for new connections",
            Self::NextStart => "counts with the next start",
            Self::Nothing => "",
        }
    }
}

/// What a message may have at most, in KiB: no more than memory that a computer has.
const MOST_KIB: u32 = 65_536;

/// No less than what is taken before a handshake is complete.
const LEAST_KIB: u32 = 256;

/// The table.
pub static SETTINGS: [Setting; 20] = [
    Setting {
        key: Key::Port,
        name: "port",
        kind: Kind::Number { least: 0, most: 65_535, unit: "" },
        default: Ok("4712"),
        flag: Some("--port"),
        at_hangup: AtHangup::NextStart,
        does: "the TCP port to listen on; 0 picks a free one",
    },
    Setting {
        key: Key::Bind,
        name: "bind",
        kind: Kind::Address,
        default: Err("every address; 127.0.0.1 where only loopback interfaces are named"),
        flag: Some("--bind"),
        at_hangup: AtHangup::NextStart,
        does: "the address to listen on; mDNS announces no other",
    },
    Setting {
        key: Key::Interface,
        name: "interface",
        kind: Kind::Names { example: "eth0" },
        default: Err("all but loopback"),
        flag: Some("--interface"),
        at_hangup: AtHangup::NextStart,
        does: "the network interfaces for discovery; `simulate` takes them from the flag or the \
               variable only",
    },
    Setting {
        key: Key::Mdns,
        name: "mdns",
        kind: Kind::Switch,
        default: Ok("true"),
        flag: Some("--no-mdns"),
        at_hangup: AtHangup::NextStart,
        does: "whether to look for devices and to be found by them",
    },
    Setting {
        key: Key::MdnsPort,
        name: "mdns_port",
        kind: Kind::Number { least: 1, most: 65_535, unit: "" },
        default: Ok("5353"),
        flag: Some("--mdns-port"),
        at_hangup: AtHangup::NextStart,
        does: "the UDP port of mDNS; another one is a world of its own, for trying things out",
    },
    Setting {
        key: Key::MaxConnections,
        name: "max_connections",
        kind: Kind::Number { least: 1, most: MOST_CONNECTIONS, unit: "" },
        default: Ok("10"),
        flag: Some("--max-connections"),
        at_hangup: AtHangup::Counts,
        does: "connections at a time; established ones are never closed for it. At SIGHUP it counts \
               also after `shipctl limit`",
    },
    Setting {
        key: Key::DoubleConnection,
        name: "double_connection",
        kind: Kind::Choice(&["initiator", "most-recent"]),
        default: Ok("initiator"),
        flag: Some("--double-connection"),
        at_hangup: AtHangup::Counts,
        does: "which of two connections to one device survives where we decide: the one dialled by \
               the side with the higher SKI, or the most recent one (SHIP 12.2.2)",
    },
    Setting {
        key: Key::AskAccessMethods,
        name: "ask_access_methods",
        kind: Kind::Switch,
        default: Ok("true"),
        flag: None,
        at_hangup: AtHangup::NewConnections,
        does: "whether devices are asked for their access methods, which tell their SHIP ID; `false` \
               is for a device that cannot bear the question, and its SHIP ID stays unknown \
               (SHIP 13.4.6)",
    },
    Setting {
        key: Key::Spine,
        name: "spine",
        kind: Kind::Switch,
        default: Ok("true"),
        flag: Some("--no-spine"),
        at_hangup: AtHangup::NewConnections,
        does: "whether devices are asked what they offer, and answered; `false` sends nothing but SHIP",
    },
    Setting {
        key: Key::TlsSuites,
        name: "tls_suites",
        kind: Kind::Choices(&["gcm", "ccm8", "cbc"]),
        default: Ok("gcm,ccm8,cbc"),
        flag: Some("--tls-suites"),
        at_hangup: AtHangup::NewConnections,
        does: "cipher suites of TLS 1.2, the preferred one first; `cbc` is the mandatory one",
    },
    Setting {
        key: Key::TlsVersions,
        name: "tls_versions",
        kind: Kind::Choices(&["1.2", "1.3"]),
        default: Ok("1.2"),
        flag: Some("--tls-versions"),
        at_hangup: AtHangup::NewConnections,
        does: "versions of TLS; SHIP does not know `1.3`",
    },
    Setting {
        key: Key::MaxHandshakes,
        name: "max_handshakes",
        kind: Kind::Number { least: 1, most: MOST_CONNECTIONS, unit: "" },
        default: Ok("64"),
        flag: None,
        at_hangup: AtHangup::Counts,
        does: "TLS handshakes and upgrades under way at our port; beyond it the oldest of the busiest \
               address makes room",
    },
    Setting {
        key: Key::MaxHandshakesPerAddress,
        name: "max_handshakes_per_address",
        kind: Kind::Number { least: 1, most: MOST_CONNECTIONS, unit: "" },
        default: Ok("32"),
        flag: None,
        at_hangup: AtHangup::Counts,
        does: "the same of one address; connections that stand do not count, so any number of devices \
               may share an address",
    },
    Setting {
        key: Key::MaxMessageKib,
        name: "max_message_kib",
        kind: Kind::Number { least: LEAST_KIB, most: MOST_KIB, unit: "KiB" },
        default: Ok("1024"),
        flag: None,
        at_hangup: AtHangup::NewConnections,
        does: "the largest message taken, in KiB; larger ones end the connection (WS-05)",
    },
    Setting {
        key: Key::MetricsListen,
        name: "metrics_listen",
        kind: Kind::Listen,
        default: Err("no port is opened"),
        flag: Some("--metrics-listen"),
        at_hangup: AtHangup::NextStart,
        does: "where `hub run` answers Prometheus, http://ADDRESS:PORT/metrics; a port alone is on \
               loopback only",
    },
    Setting {
        key: Key::Color,
        name: "color",
        kind: Kind::Choice(&["auto", "always", "never"]),
        default: Ok("auto"),
        flag: Some("--color"),
        at_hangup: AtHangup::Nothing,
        does: "when to use colour; `auto` is on a terminal, unless `NO_COLOR` is set",
    },
    Setting {
        key: Key::Verbose,
        name: "verbose",
        kind: Kind::Number { least: 0, most: 2, unit: "" },
        default: Ok("0"),
        flag: Some("--verbose"),
        at_hangup: AtHangup::NextStart,
        does: "how much is said on stderr; `--quiet` counts before it",
    },
    Setting {
        key: Key::LogFile,
        name: "log_file",
        kind: Kind::Path,
        default: Err("none"),
        flag: Some("--log-file"),
        at_hangup: AtHangup::NextStart,
        does: "a file to write a log to as well",
    },
    Setting {
        key: Key::Background,
        name: "background",
        kind: Kind::Choice(&["dark", "light"]),
        default: Err("what `COLORFGBG` says, else dark"),
        flag: Some("--background"),
        at_hangup: AtHangup::Nothing,
        does: "the background of the terminal, for the dashboard",
    },
    Setting {
        key: Key::Ascii,
        name: "ascii",
        kind: Kind::Switch,
        default: Err("where the locale is not UTF-8"),
        flag: Some("--ascii"),
        at_hangup: AtHangup::Nothing,
        does: "whether the dashboard shows nothing but ASCII characters",
    },
];

impl Key {
    /// Its row.
    pub fn setting(self) -> &'static Setting {
        &SETTINGS[self as usize]
    }
}

impl Setting {
    /// The setting of this name in a file.
    pub fn named(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.name == name)
    }

    /// Its environment variable.
    pub fn variable(&self) -> String {
        format!("SHIPCTL_{}", self.name.to_uppercase())
    }

    /// The name clap knows its flag by.
    pub fn flag_id(&self) -> Option<String> {
        self.flag.map(|flag| flag.trim_start_matches("--").replace('-', "_"))
    }

    /// Its value where nothing is said; `None` if it has none then.
    pub fn default_value(&self) -> Option<Value> {
        self.default.ok().and_then(|text| self.kind.read_text(text).ok())
    }

    /// A line that might stand in the file.
    pub fn example(&self) -> String {
        let value = self.default_value().unwrap_or_else(|| self.kind.example());
        format!("{} = {value}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory, ValueEnum};

    use super::*;
    use crate::cli::{
        args::{Args, ColorWhen},
        tls::{SuiteName, VersionName},
    };

    #[test]
    fn every_row_stands_in_its_place_and_its_default_keeps_its_rule() {
        for (at, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(setting.key as usize, at, "{}", setting.name);
            assert_eq!(setting.default_value().is_some(), setting.default.is_ok());
        }
    }

    #[test]
    fn every_flag_is_one_of_the_command_line_with_the_same_values_and_the_same_default() {
        let mut all = vec![Args::command()];
        let mut flags = Vec::new();
        while let Some(command) = all.pop() {
            flags.extend(command.get_arguments().cloned());
            all.extend(command.get_subcommands().cloned());
        }
        for setting in &SETTINGS {
            let Some(id) = setting.flag_id() else { continue };
            let of_it: Vec<_> = flags.iter().filter(|flag| flag.get_id() == id.as_str()).collect();
            assert!(!of_it.is_empty(), "{id}");
            for flag in of_it {
                assert_eq!(
                    flag.get_long().map(|long| format!("--{long}")).as_deref(),
                    setting.flag
                );
                let default = flag.get_default_values().first().map(|text| text.to_str().unwrap());
                let takes_value = flag.get_action().takes_values();
                if let (Some(default), true) = (default, takes_value) {
                    assert_eq!(setting.default, Ok(default), "{id}");
                }
            }
        }
    }

    #[test]
    fn what_may_be_chosen_is_what_the_command_line_takes() {
        fn same<T: ValueEnum>(key: Key) {
            let (Kind::Choice(names) | Kind::Choices(names)) = key.setting().kind else {
                panic!("{key:?}")
            };
            let values = T::value_variants().iter().map(|it| it.to_possible_value().unwrap());
            let values: Vec<String> = values.map(|it| it.get_name().to_owned()).collect();
            assert_eq!(values, names);
        }
        same::<ColorWhen>(Key::Color);
        same::<SuiteName>(Key::TlsSuites);
        same::<VersionName>(Key::TlsVersions);
        #[cfg(unix)]
        same::<crate::cli::args::DoubleConnection>(Key::DoubleConnection);
        #[cfg(all(unix, feature = "tui"))]
        same::<crate::cli::args::Background>(Key::Background);
    }
}
