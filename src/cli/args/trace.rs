//! Traces: the flags that record one, and what can be done with one.

use std::{path::PathBuf, time::Duration};

use clap::{Args as ClapArgs, Subcommand};

use super::{devices, duration};

/// The flags that record a trace.
#[derive(Clone, Debug, Default, ClapArgs)]
pub struct TraceFlags {
    /// Write all that happens to this new file; `shipctl trace` reads it
    #[arg(long, global = true, value_name = "FILE")]
    pub trace: Option<PathBuf>,
    /// Leave serial numbers in the trace; PINs never are in it
    #[arg(long, global = true, hide_short_help = true)]
    pub trace_full: bool,
    /// The size at which the trace ends
    #[arg(long, global = true, value_name = "SIZE", default_value = "64M", value_parser = size,
          hide_short_help = true)]
    pub trace_limit: u64,
}

/// `shipctl trace …`.
#[derive(Debug, Subcommand)]
pub enum Trace {
    /// Show what a trace tells, line by line
    #[command(after_help = "\
Examples:
  shipctl trace show pairing.trace --messages
  shipctl trace show pairing.trace --ski 5555aa --only states,decisions
  shipctl trace show pairing.trace --since 10s --until 12s --json

--only takes the groups messages, states, decisions, findings, commands, inputs and outputs, kinds \
and names of events (docs/trace.md lists them).")]
    Show(TraceShow),
    /// Show the states of each device, with their times and durations
    #[command(after_help = super::examples::TRACE_TIMELINE)]
    Timeline(TraceOf),
    /// Print a sequence diagram for Mermaid
    #[command(after_help = super::examples::TRACE_DIAGRAM)]
    Diagram(TraceOf),
    /// Write a capture file for Wireshark
    #[command(after_help = "\
Examples:
  shipctl trace export --pcapng pairing.pcapng pairing.trace
  shipctl trace export --pcapng - pairing.trace | tshark -r -
  tshark -r pairing.pcapng -T fields -e frame.time_relative -e frame.comment")]
    Export(TraceExport),
    /// Feed a trace to a new hub: does it decide the same?
    #[command(after_help = "\
Examples:
  shipctl trace replay pairing.trace

Exit code 0: the same states and decisions. 1: the first difference is told. 65: the trace began \
when the hub was running already, or it is cut, and cannot be replayed to its end.")]
    Replay {
        /// The trace
        file: PathBuf,
    },
    /// Begin a trace of all that the hub does; asks a running hub
    #[cfg(unix)]
    #[command(after_help = super::examples::TRACE_START)]
    Start {
        /// The new file [default: shipctl-DATE.trace here]
        file: Option<PathBuf>,
    },
    /// End the trace of the hub; asks a running hub
    #[cfg(unix)]
    #[command(after_help = super::examples::TRACE_STOP)]
    Stop,
}

/// `shipctl trace show`.
#[derive(Debug, ClapArgs)]
pub struct TraceShow {
    /// The trace, and whose lines of it
    #[command(flatten)]
    pub of: TraceOf,
    /// Only these kinds of lines: messages, states, decisions, findings, commands, inputs, outputs, or
    /// the name of a kind or an event
    #[arg(long, visible_alias = "kind", value_name = "KIND", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Only the messages, with their JSON
    #[arg(long, conflicts_with = "only")]
    pub messages: bool,
    /// Nothing before this time since the start of the trace
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub since: Option<Duration>,
    /// Nothing after it
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub until: Option<Duration>,
}

/// A trace, and whose lines of it.
#[derive(Debug, ClapArgs)]
pub struct TraceOf {
    /// The trace
    pub file: PathBuf,
    /// Only the device with this SKI, its first digits, or its name; may be repeated
    #[arg(long, value_name = "SKI", add = devices())]
    pub ski: Vec<String>,
}

/// `shipctl trace export`.
#[derive(Debug, ClapArgs)]
pub struct TraceExport {
    /// The new capture file; - is stdout
    #[arg(long, value_name = "FILE", required = true)]
    pub pcapng: PathBuf,
    /// The trace
    pub file: PathBuf,
}

/// A size in bytes: a number, and K, M or G behind it.
fn size(text: &str) -> Result<u64, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let shift = match unit.to_ascii_lowercase().trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        _ => return Err("a size looks like 500K, 64M or 2G".to_owned()),
    };
    let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(1 << shift));
    bytes.filter(|bytes| *bytes >= 4096).ok_or_else(|| "a size is 4K or more".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_a_number_with_its_unit() {
        for (text, bytes) in [("64M", 64 << 20), ("4096", 4096), ("8k", 8192), ("2GiB", 2 << 30)] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for no in ["", "M", "-1", "1", "64T", "99999999999G"] {
            assert!(size(no).is_err(), "{no}");
        }
    }
}
