//! `shipctl doctor`.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::positive_duration;

/// `shipctl doctor`.
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl doctor
  shipctl doctor --interface eth0
  shipctl doctor --json | jq 'select(.verdict == \"failed\")'

It makes no identity and writes no file. While a hub runs, it looks at the hub's port and interfaces.")]
pub struct Doctor {
    /// How long all of it may take; most of it is spent listening
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = positive_duration)]
    pub timeout: Duration,
}
