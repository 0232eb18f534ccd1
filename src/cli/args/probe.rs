//! `shipctl probe`.

use std::{path::PathBuf, time::Duration};

use clap::Args as ClapArgs;

use super::{devices, duration, positive_duration};
use crate::{cli::tls, proto::Target};

/// `shipctl probe`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl probe 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222
  shipctl probe 192.168.1.20:4712
  shipctl probe 5555… --address 192.168.1.20:4712 --timeout 3s
  shipctl probe 5555… --repeat 20          for a device that fails now and then

No trust is changed. The probe leaves a device that is not trusted here at its hello; with one that \
is, it goes on to the access methods. It ends within six times --timeout and 5 s, 65 s by default. \
docs/probe.md explains every rung.")]
pub struct Probe {
    /// The SKI of the device (40 hex digits), its first digits, its name, the text of its QR code; or
    /// where it is, host:port[/path]
    #[arg(required = true, value_name = "SKI|HOST:PORT", add = devices())]
    pub device: Vec<String>,
    /// Where to reach it, host:port[/path]; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub address: Vec<Target>,
    /// How long each rung may take; the whole ends within six times that and 5 s
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive_duration)]
    pub timeout: Duration,
    /// The file with its PIN, for a device that is trusted; - is stdin
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Probe so many times, and sum it up
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = times)]
    pub repeat: u32,
    /// How long to wait between two probes
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    pub pause: Duration,
    /// Climb also where our hub is connected with the device, which may end that connection
    #[arg(long)]
    pub disturb: bool,
    /// What holds for TLS
    #[command(flatten)]
    pub tls: tls::Flags,
}

fn times(text: &str) -> Result<u32, String> {
    let number = text.parse().ok().filter(|number| (1..=10_000).contains(number));
    number.ok_or_else(|| "a device is probed from 1 to 10000 times".to_owned())
}
