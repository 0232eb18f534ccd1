//! Which devices are simulated.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::{
    cli::completion::{faults, personas},
    devices::Fault,
};

/// `shipctl simulate`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl simulate                         every device built in, on loopback
  shipctl simulate wallbox meter
  shipctl simulate --fault hello-timeout --fault wrong-ski
  shipctl simulate --keep wallbox          the same wallbox at every start
  shipctl simulate --persona my-devices.toml --interface eth0
  shipctl --interface lo discover          sees them from another terminal

`shipctl simulate --list` lists the devices and the faults, docs/devices.md describes the file. \
Without --interface they are on loopback only. Each listens on a free port.")]
pub struct Simulate {
    /// The devices to simulate, by their names [default: every one built in]
    #[arg(value_name = "DEVICE", add = personas())]
    pub devices: Vec<String>,
    /// A file with devices of your own; may be repeated
    #[arg(long, value_name = "FILE")]
    pub persona: Vec<PathBuf>,
    /// A device with this fault; may be repeated
    #[arg(long, value_name = "NAME", add = faults())]
    pub fault: Vec<Fault>,
    /// Keep the identities of the devices for the next start, in the state directory or in DIR
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    pub keep: Option<Option<PathBuf>>,
    /// List the devices and the faults, and end
    #[arg(long)]
    pub list: bool,
}
