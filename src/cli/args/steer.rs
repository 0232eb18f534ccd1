//! The hub that runs, and the commands that ask it.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::{Spine, devices, duration};
use crate::{
    cli::{settings::value::listen_address, tls},
    hub::command::{LONGEST_AUTO_ACCEPT, MOST_CONNECTIONS},
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
  shipctl hub run --metrics-listen 9712
  shipctl hub run --config /etc/shipctl.toml --state-dir /var/lib/shipctl
  shipctl hub run --profile bench --port 4713

The configuration has more settings than there are flags: docs/configuration.md.")]
    Run(HubRun),
}

/// `shipctl hub run`.
#[derive(Debug, Default, ClapArgs)]
pub struct HubRun {
    /// The most connections at a time [default: 10]
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub max_connections: Option<u32>,
    /// Which of two connections to one device survives, where we decide [default: initiator]
    #[arg(long, value_enum, value_name = "RULE")]
    pub double_connection: Option<DoubleConnection>,
    /// Answer Prometheus at this address, http://ADDRESS:PORT/metrics; a port alone is on loopback
    /// only [default: no port is opened]
    #[arg(long, value_name = "[ADDRESS:]PORT", value_parser = metrics_address)]
    pub metrics_listen: Option<SocketAddr>,
    /// What is said in SPINE
    #[command(flatten)]
    pub spine: Spine,
    /// What holds for TLS
    #[command(flatten)]
    pub tls: tls::Flags,
}

/// Which of two connections to one device survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DoubleConnection {
    /// The one dialled by the side with the higher SKI, as most devices do it
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
    /// Remember its PIN once it is accepted, so that the hub reconnects by itself after a restart
    #[arg(long)]
    pub remember_pin: bool,
}

/// One device.
#[derive(Debug, ClapArgs)]
pub struct Device {
    /// The SKI of the device, its first digits, its name, or the text of its QR code
    #[arg(required = true, value_name = "SKI", add = devices())]
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
    /// The SKI of the device, its first digits, its name, or the text of its QR code
    #[arg(required_unless_present = "all", value_name = "SKI", add = devices())]
    pub device: Vec<String>,
    /// Every device, and deny those that ask to be paired
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
    /// How many; none is closed for it, and with 0 there is no new one
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
    /// For how long, at most 365d
    #[arg(value_name = "TIME", default_value = "2m", value_parser = window)]
    pub duration: Duration,
}

fn metrics_address(text: &str) -> Result<SocketAddr, String> {
    let wrong = || "an address looks like 9712, 192.168.1.5:9712 or [::]:9712".to_owned();
    listen_address(text).ok_or_else(wrong)
}

fn window(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        window if window > LONGEST_AUTO_ACCEPT => Err("a time is at most 365d here".to_owned()),
        window => Ok(window),
    }
}

fn connections(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| *number <= MOST_CONNECTIONS);
    number.ok_or_else(|| "connections are a number from 0 to 10000".to_owned())
}

fn at_least_one(text: &str) -> Result<u32, String> {
    let number = connections(text).ok().filter(|number| *number > 0);
    number.ok_or_else(|| "connections are a number from 1 to 10000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_on_loopback_unless_told_otherwise() {
        for (text, address) in [
            ("9712", "127.0.0.1:9712"),
            (":9712", "127.0.0.1:9712"),
            ("localhost:9712", "127.0.0.1:9712"),
            ("0.0.0.0:0", "0.0.0.0:0"),
            ("[::]:9712", "[::]:9712"),
        ] {
            assert_eq!(metrics_address(text).unwrap(), address.parse().unwrap(), "{text}");
        }
        for no in ["", ":", "localhost", "70000", "-1", "hub.local:9712", "1.2.3.4"] {
            assert!(metrics_address(no).is_err(), "{no}");
        }
    }
}
