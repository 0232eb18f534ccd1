//! `shipctl report`.

use std::{path::PathBuf, time::Duration};

use clap::Args as ClapArgs;

use super::{devices, positive_duration};
use crate::proto::Target;

/// `shipctl report`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl report -o bundle.zip             this side: doctor, hub, versions
  shipctl report -o bundle.zip 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222
  shipctl report -o bundle.zip 192.168.1.20:4712 --trace pairing.trace

A device that is named is probed as well. A private key or a PIN is never in it; serial numbers \
become stand-ins. It is a zip file with texts: read them before you send it. docs/report.md \
describes each.")]
pub struct Report {
    /// The device it is about, which is probed then: its SKI (40 hex digits), its first digits, its
    /// name, the text of its QR code; or where it is, host:port[/path]
    #[arg(value_name = "SKI|HOST:PORT", add = devices())]
    pub device: Vec<String>,
    /// The new file [default: shipctl-DATE.zip here]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Put this trace in as well
    #[arg(long, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Where to reach the device, host:port[/path]; may be repeated
    #[arg(long, value_name = "ADDRESS", requires = "device")]
    pub address: Vec<Target>,
    /// How long each rung of the probe may take; doctor takes 5 s, or this if it is less
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = positive_duration)]
    pub timeout: Duration,
    /// Leave serial numbers as they are
    #[arg(long)]
    pub full: bool,
}
