//! Finding devices, and pairing with them.

use std::{path::PathBuf, time::Duration};

use clap::Args as ClapArgs;

use super::{Spine, duration, positive_duration};
use crate::{
    cli::{completion::devices, tls},
    proto::{ShipId, Target},
};

/// `shipctl discover`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl discover
  shipctl discover --watch
  shipctl discover --json --timeout 10s")]
pub struct Discover {
    /// How long to look [default: 5s; without end with --watch]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// Go on and show what changes, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
}

/// `shipctl pair`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl pair 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222
  shipctl pair 5555aa                      the only device seen that begins so
  shipctl pair 'SHIP;SKI:…;ID:…;ENDSHIP;'  the text of its QR code
  shipctl pair 5555… --address 192.168.1.20:4712 --pin-file pin.txt")]
pub struct Pair {
    /// The SKI of the device (40 hex digits), the text of its QR code, the name you gave it, or its
    /// first digits, which are asked about
    #[arg(required = true, value_name = "SKI", add = devices())]
    pub device: Vec<String>,
    /// Where to reach it, host:port[/path]; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub address: Vec<Target>,
    /// The SHIP ID it must have
    #[arg(long, value_name = "ID")]
    pub ship_id: Option<ShipId>,
    /// How long to try
    #[arg(long, value_name = "TIME", default_value = "120s", value_parser = positive_duration)]
    pub timeout: Duration,
    /// The file with its PIN; - is stdin
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// The name to keep it under; `shipctl trust rename` changes it
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Remember its PIN once it is accepted, so that a hub reconnects by itself after a restart
    #[arg(long)]
    pub remember_pin: bool,
    /// Announce `register=true`: some devices list only what announces so
    #[arg(long)]
    pub register: bool,
    /// Stay connected until Ctrl-C
    #[arg(long)]
    pub keep: bool,
    /// What is said in SPINE
    #[command(flatten)]
    pub spine: Spine,
    /// What holds for TLS
    #[command(flatten)]
    pub tls: tls::Flags,
}

/// `shipctl listen`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl listen                           ask about every device
  shipctl listen --accept 5555… --once     accept this one, then end
  shipctl listen --auto-accept 2m --once   accept any one for two minutes")]
pub struct Listen {
    /// Accept this device without asking; may be repeated
    #[arg(long, value_name = "SKI", add = devices())]
    pub accept: Vec<String>,
    /// Accept every device without asking, for this long
    #[arg(long, value_name = "TIME", num_args = 0..=1,
          default_missing_value = "2m", value_parser = positive_duration)]
    pub auto_accept: Option<Duration>,
    /// End after the first device is paired
    #[arg(long)]
    pub once: bool,
    /// How long to wait [default: until Ctrl-C]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub timeout: Option<Duration>,
    /// The file with the PIN of the device that wants one; - is stdin
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// The file with the PIN we demand of every device
    #[arg(long, value_name = "FILE")]
    pub require_pin_file: Option<PathBuf>,
    /// What is said in SPINE
    #[command(flatten)]
    pub spine: Spine,
    /// What holds for TLS
    #[command(flatten)]
    pub tls: tls::Flags,
}
