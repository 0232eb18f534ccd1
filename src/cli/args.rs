//! The command line: every flag and its help, written for the person on site.

mod config;
#[cfg(unix)]
mod dashboard;
mod doctor;
mod examples;
mod explain;
mod identity;
mod pairing;
mod probe;
mod report;
mod simulate;
mod spine;
#[cfg(unix)]
mod steer;
mod trace;

use std::{net::IpAddr, path::PathBuf, time::Duration};

use clap::{
    ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum,
    builder::{OsStringValueParser, TypedValueParser},
};

use super::{
    completion::{devices, profiles},
    exit::Exit,
};

pub use config::Config;
#[cfg(unix)]
pub use dashboard::*;
pub use doctor::Doctor;
pub use explain::*;
pub use identity::*;
pub use pairing::*;
pub use probe::Probe;
pub use report::Report;
pub use simulate::Simulate;
pub use spine::Spine;
#[cfg(unix)]
pub use steer::*;
pub use trace::{Trace, TraceExport, TraceFlags, TraceOf, TraceShow};

/// Pair EEBUS devices over SHIP, and say what is wrong when that fails.
#[derive(Debug, Parser)]
#[command(
    name = "shipctl",
    version,
    about,
    max_term_width = 100,
    after_help = "See `shipctl help <command>` for examples, `shipctl --help` for exit codes.",
    after_long_help = Exit::table()
)]
pub struct Args {
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do; the dashboard if nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Flags every command understands.
#[derive(Clone, Debug, ClapArgs)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// Where identity and trust are kept
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "SHIPCTL_STATE_DIR",
        hide_env_values = true,
        value_parser = maybe_empty()
    )]
    pub state_dir: Option<PathBuf>,
    /// Be another shipctl on this computer, with identity, trust and configuration of its own
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        env = "SHIPCTL_PROFILE",
        hide_env_values = true,
        add = profiles()
    )]
    pub profile: Option<String>,
    /// The configuration [default: config.toml in the platform's place, if it is there]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "SHIPCTL_CONFIG",
        hide_env_values = true,
        value_parser = maybe_empty(),
        hide_short_help = true,
        long_help = "The configuration [default: config.toml in the platform's place, or in the state \
                     directory where that is named, if it is there]"
    )]
    pub config: Option<PathBuf>,
    /// The port to listen on; 0 picks a free one
    #[arg(long, global = true, value_name = "PORT", default_value_t = 4712, value_parser = port)]
    pub port: u16,
    /// The address to listen on [default: every address; 127.0.0.1 with --interface lo]
    #[arg(long, global = true, value_name = "IP", value_parser = address)]
    pub bind: Option<IpAddr>,
    /// The network interface for discovery; may be repeated [default: all but loopback]
    #[arg(long, global = true, value_name = "NAME")]
    pub interface: Vec<String>,
    /// The UDP port of mDNS; another port is an mDNS world of its own, for trying things out
    #[arg(long, global = true, value_name = "PORT", default_value_t = 5353,
          value_parser = real_port, hide_short_help = true)]
    pub mdns_port: u16,
    /// Neither look for devices nor be seen by them; needs --address
    #[arg(long, global = true, hide_short_help = true)]
    pub no_mdns: bool,
    /// One JSON object a line on stdout; the last is the result
    #[arg(long, global = true)]
    pub json: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t = ColorWhen::Auto)]
    pub color: ColorWhen,
    /// Only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Write a log to this file as well
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// A trace
    #[command(flatten)]
    pub trace: TraceFlags,
    /// Never ask; fail and name the missing flag instead
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorWhen {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard: on the hub that runs, or else on one of its own (the default)
    #[cfg(all(unix, feature = "tui"))]
    Tui(Tui),
    /// List the EEBUS devices on this network
    Discover(Discover),
    /// Check our own side: network, port, firewall, identity, clock; changes nothing
    Doctor(Doctor),
    /// Pair with a device
    Pair(Box<Pair>),
    /// Look at a device rung by rung, from mDNS to the close, and say what is wrong
    Probe(Box<Probe>),
    /// Put all that a bug report needs into one zip file, without secrets
    Report(Report),
    /// Wait for devices that want to pair with us
    Listen(Box<Listen>),
    /// Show it all on simulated devices: no hardware, no network, nothing to set up
    #[cfg(unix)]
    Demo(Demo),
    /// Simulate devices to try things out on
    Simulate(Simulate),
    /// Keep connections to every trusted device, steered by the commands below
    #[cfg(unix)]
    #[command(subcommand)]
    Hub(Hub),
    /// Show what a running hub does
    #[cfg(unix)]
    Status(Status),
    /// Trust a device and connect to it; asks a running hub
    #[cfg(unix)]
    Register(Register),
    /// Trust a device no longer and disconnect it; asks a running hub
    #[cfg(unix)]
    #[command(after_help = examples::UNREGISTER)]
    Unregister(Device),
    /// Connect to a trusted device now; asks a running hub
    #[cfg(unix)]
    #[command(after_help = examples::CONNECT)]
    Connect(Device),
    /// Disconnect a device until told to connect; asks a running hub
    #[cfg(unix)]
    Disconnect(Disconnect),
    /// Give up a pairing that never completed; asks a running hub
    #[cfg(unix)]
    #[command(after_help = examples::CANCEL)]
    Cancel(Device),
    /// Accept a device that asks to be paired; asks a running hub
    #[cfg(unix)]
    #[command(after_help = examples::ACCEPT)]
    Accept(Device),
    /// Deny a device that asks to be paired, or give up a pairing; asks a running hub
    #[cfg(unix)]
    #[command(after_help = examples::DENY)]
    Deny(Device),
    /// Accept every device that asks to be paired, for a while; asks a running hub
    #[cfg(unix)]
    AutoAccept(AutoAccept),
    /// Set how many connections there may be at a time; asks a running hub
    #[cfg(unix)]
    Limit(Limit),
    /// Show the metrics of a running hub, as Prometheus reads them
    #[cfg(unix)]
    #[command(after_help = examples::METRICS)]
    Metrics,
    /// End a running hub in order
    #[cfg(unix)]
    #[command(after_help = examples::SHUTDOWN)]
    Shutdown,
    /// Say what a finding means, why it comes, and what to do
    Explain(Explain),
    /// Show, export or replace our own identity
    #[command(subcommand)]
    Identity(Identity),
    /// Show or change which devices are trusted
    #[command(subcommand)]
    Trust(Trust),
    /// Show the settings, where each comes from, and what is wrong with them
    #[command(subcommand)]
    Config(Config),
    /// Read a trace, replay it, turn it into a diagram or a capture file; or have one recorded
    #[command(subcommand)]
    Trace(Trace),
    /// Show the versions of shipctl and of all it reads and writes
    #[command(after_help = examples::VERSION)]
    Version,
}

impl Command {
    /// Whether it takes the whole terminal.
    pub fn is_fullscreen(&self) -> bool {
        #[cfg(all(unix, feature = "tui"))]
        return match self {
            Self::Tui(_) => true,
            Self::Demo(demo) => !demo.is_headless(),
            _ => false,
        };
        #[cfg(not(all(unix, feature = "tui")))]
        false
    }

    /// Whether it helps although the configuration cannot be read.
    pub fn bears_a_bad_configuration(&self) -> bool {
        matches!(
            self,
            Self::Config(Config::Check { .. } | Config::Path)
                | Self::Version
                | Self::Explain(_)
                | Self::Report(_)
        )
    }

    /// Whether its log is what people read of it.
    pub fn is_service(&self) -> bool {
        #[cfg(unix)]
        return matches!(self, Self::Hub(_));
        #[cfg(not(unix))]
        false
    }
}

/// A path, or nothing: a variable that is empty says nothing.
fn maybe_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| "a port is a number from 0 to 65535".to_owned())
}

fn real_port(text: &str) -> Result<u16, String> {
    let number = text.parse().ok().filter(|port| *port > 0);
    number.ok_or_else(|| "a port is a number from 1 to 65535".to_owned())
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| "an address looks like 192.168.1.20 or fe80::1".to_owned())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| "a time looks like 90s, 10m or 2h".to_owned())
}

/// A duration in whole seconds, rounded up.
pub fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

fn positive_duration(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(Duration::ZERO) => Err("it must be longer than nothing".to_owned()),
        Ok(duration) => Ok(duration),
        Err(_) => duration(text),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn the_help_of_every_command_ends_with_examples() {
        fn without(command: &clap::Command) -> Vec<String> {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let below: Vec<String> = command.get_subcommands().flat_map(without).collect();
            match command.has_subcommands() || help.contains("Examples:\n  shipctl ") {
                true => below,
                false => vec![command.get_name().to_owned()],
            }
        }
        assert_eq!(without(&Args::command()), Vec::<String>::new());
    }

    #[cfg(all(unix, feature = "tui"))]
    #[test]
    fn a_demo_that_ends_by_itself_takes_no_screen() {
        let is_fullscreen = |line: &str| {
            Args::try_parse_from(line.split(' ')).unwrap().command.unwrap().is_fullscreen()
        };
        assert!(is_fullscreen("shipctl demo"));
        assert!(!is_fullscreen("shipctl demo --headless"));
        assert!(!is_fullscreen("shipctl demo --for 3s"));
    }

    #[test]
    fn auto_accept_alone_means_two_minutes() {
        let parse = |line: &str| match Args::try_parse_from(line.split(' ')).unwrap().command {
            Some(Command::Listen(listen)) => listen.auto_accept,
            other => panic!("{other:?}"),
        };
        assert_eq!(parse("shipctl listen"), None);
        assert_eq!(parse("shipctl listen --auto-accept"), Some(Duration::from_secs(120)));
        for line in ["--auto-accept 10m", "--auto-accept=10m", "--auto-accept 10m --once"] {
            assert_eq!(parse(&format!("shipctl listen {line}")), Some(Duration::from_secs(600)));
        }
        assert_eq!(parse("shipctl listen --auto-accept --once"), Some(Duration::from_secs(120)));
        assert!(Args::try_parse_from(["shipctl", "listen", "--auto-accept=0s"]).is_err());
    }

    #[test]
    fn global_flags_may_stand_behind_the_command() {
        let args = Args::try_parse_from(["shipctl", "discover", "--json", "-vv"]).unwrap();
        assert!(args.global.json);
        assert_eq!(args.global.verbose, 2);
    }

    #[test]
    fn a_ski_in_groups_needs_no_quotes() {
        let args = Args::try_parse_from(["shipctl", "pair", "5555", "AAAA", "--keep"]).unwrap();
        let Some(Command::Pair(pair)) = args.command else { panic!("{args:?}") };
        assert_eq!(pair.device, ["5555", "AAAA"]);
        assert!(pair.keep);
    }
}
