//! The hub that runs, and the commands that ask it.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::{Spine, duration};
use crate::{
    cli::tls,
    proto::{ShipId, Target},
};

/// `shipctl hub …`.
#[derive(Debug, Subcommand)]
pub enum Hub {
    /// Run in the foreground until Ctrl-C, SIGTERM or `shipctl shutdown`; SIGHUP reloads
    #[command(after_help = "\
Examples:
  shipctl hub run
  shipctl hub run --max-connections 20
  shipctl hub run --config /etc/shipctl.toml --state-dir /var/lib/shipctl")]
    Run(HubRun),
}

/// `shipctl hub run`.
#[derive(Debug, Default, ClapArgs)]
pub struct HubRun {
    /// The configuration [default: config.toml in the state directory, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The most connections at a time; counts before the configuration [default: 10]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub max_connections: Option<u32>,
    /// Which of two connections to one device survives, where we decide [default: initiator]
    #[arg(long, value_enum, value_name = "RULE")]
    pub double_connection: Option<DoubleConnection>,
    /// What is said in SPINE
    #[command(flatten)]
    pub spine: Spine,
    /// What holds for TLS
    #[command(flatten)]
    pub tls: tls::Flags,
}

/// Which of two connections to one device survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DoubleConnection {
    /// The one initiated by the node with the higher SKI, as most devices do it
    Initiator,
    /// The most recent one (SHIP 12.2.2)
    MostRecent,
}

impl From<DoubleConnection> for crate::hub::DoubleConnection {
    fn from(rule: DoubleConnection) -> Self {
        match rule {
            DoubleConnection::Initiator => Self::Initiator,
            DoubleConnection::MostRecent => Self::MostRecent,
        }
    }
}

/// `shipctl status`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl status
  shipctl status --watch
  shipctl status --json | jq '.hub.peers[] | {ski, state}'")]
pub struct Status {
    /// Go on and show what happens, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

/// `shipctl register`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl register 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222
  shipctl register 5555… --address 192.168.1.20:4712")]
pub struct Register {
    /// The device
    #[command(flatten)]
    pub device: Device,
    /// Where to reach it, host:port[/path]; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub address: Vec<Target>,
    /// The SHIP ID it must have
    #[arg(long, value_name = "ID")]
    pub ship_id: Option<ShipId>,
    /// The file with its PIN; - is stdin
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
}

/// One device.
#[derive(Debug, ClapArgs)]
pub struct Device {
    /// The SKI of the device, its first digits, or the text of its QR code
    #[arg(required = true, value_name = "SKI")]
    pub device: Vec<String>,
}

/// `shipctl disconnect`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl disconnect 5555aa
  shipctl disconnect --all")]
#[command(override_usage = "shipctl disconnect <SKI>...\n       shipctl disconnect --all")]
pub struct Disconnect {
    /// The SKI of the device, its first digits, or the text of its QR code
    #[arg(required_unless_present = "all", value_name = "SKI")]
    pub device: Vec<String>,
    /// Every device, and refuse those that ask to be paired
    #[arg(long, conflicts_with = "device")]
    pub all: bool,
}

/// `shipctl limit`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl limit 20
  shipctl limit 0                          no new one; those there are stay")]
pub struct Limit {
    /// How many; none is closed for it, and with 0 no new one is let in
    #[arg(value_name = "N", value_parser = connections)]
    pub connections: u32,
}

/// `shipctl auto-accept`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl auto-accept                      for two minutes
  shipctl auto-accept 10m
  shipctl auto-accept 0s                   end it now")]
pub struct AutoAccept {
    /// For how long
    #[arg(value_name = "TIME", default_value = "2m", value_parser = duration)]
    pub duration: Duration,
}

fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= 10_000);
    number.ok_or_else(|| "connections are a number from 0 to 10000".to_owned())
}

fn at_least_one(text: &str) -> Result<u32, String> {
    let number = connections(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| "connections are a number from 1 to 10000".to_owned())
}
