//! What opens the dashboard, and what it looks like.

use std::time::Duration;

use clap::Args as ClapArgs;
#[cfg(feature = "tui")]
use clap::ValueEnum;

#[cfg(feature = "tui")]
use super::HubRun;
use super::positive_duration;

/// `shipctl tui`.
#[cfg(feature = "tui")]
#[derive(Debug, Default, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl                                  the same as shipctl tui
  shipctl tui --background light
  shipctl tui --ascii

Without a terminal it ends with exit code 2; programs use `shipctl status --watch --json`.")]
pub struct Tui {
    /// What it looks like
    #[command(flatten)]
    pub looks: Looks,
    /// For a hub of its own
    #[command(flatten)]
    pub hub: HubRun,
}

/// What a dashboard looks like.
#[cfg(feature = "tui")]
#[derive(Clone, Copy, Debug, Default, ClapArgs)]
pub struct Looks {
    /// Nothing but ASCII characters [default: where the locale is not UTF-8]
    #[arg(long)]
    pub ascii: bool,
    /// The background of the terminal [default: what COLORFGBG says, else dark]
    #[arg(long, value_enum, value_name = "COLOUR")]
    pub background: Option<Background>,
}

/// The background of the terminal.
#[cfg(feature = "tui")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Background {
    /// Light text on it
    Dark,
    /// Dark text on it
    Light,
}

/// `shipctl demo`.
#[derive(Clone, Debug, ClapArgs)]
#[command(after_help = "\
Examples:
  shipctl demo                             in the dashboard
  shipctl demo --headless                  line by line, until Ctrl-C
  shipctl demo --for 20s --json            line by line as well, and for 20 s")]
pub struct Demo {
    /// Print what happens instead of opening the dashboard, as without a terminal
    #[arg(long)]
    pub headless: bool,
    /// End after this time; line by line, as with --headless [default: until Ctrl-C]
    #[arg(long = "for", value_name = "TIME", value_parser = positive_duration)]
    pub duration: Option<Duration>,
    /// What the dashboard looks like
    #[cfg(feature = "tui")]
    #[command(flatten)]
    pub looks: Looks,
}

impl Demo {
    /// Whether it is told line by line: nobody wants a dashboard that closes by itself.
    pub fn is_headless(&self) -> bool {
        self.headless || self.duration.is_some()
    }
}
