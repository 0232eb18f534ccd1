//! Which commands write a trace, and what the others say instead.

use super::{
    args::{Command, TraceFlags},
    error::CliError,
};
use crate::driver::TraceSettings;

/// Where and how a node is to write its trace, as the flags say.
pub(super) fn settings(flags: &TraceFlags) -> Option<TraceSettings> {
    let TraceFlags { trace, trace_full: full, trace_limit: limit } = flags;
    trace.clone().map(|path| TraceSettings { path, full: *full, limit: *limit })
}

/// Refuses `--trace` where nothing would be in it.
pub(super) fn refuse_in_vain(command: &Command, flags: &TraceFlags) -> Result<(), CliError> {
    if flags.trace.is_none() {
        return Ok(());
    }
    let (why, hint) = match command {
        Command::Discover(_) | Command::Pair(_) | Command::Listen(_) => return Ok(()),
        // There it is one to put in.
        Command::Report(_) => return Ok(()),
        #[cfg(all(unix, feature = "tui"))]
        Command::Tui(_) => return Ok(()),
        #[cfg(unix)]
        Command::Demo(_) | Command::Hub(_) => return Ok(()),
        Command::Simulate(_) => (
            "simulated devices have a node each, and a trace is of one",
            "record at the side that connects with them: shipctl pair or hub run with --trace",
        ),
        Command::Identity(_)
        | Command::Trust(_)
        | Command::Trace(_)
        | Command::Doctor(_)
        | Command::Config(_)
        | Command::Explain(_)
        | Command::Version => (
            "nothing is connected by this command",
            "pair, listen, hub run, tui, demo and discover write a trace; \
             `shipctl trace start FILE` has a running hub write one",
        ),
        Command::Probe(_) => (
            "a probe has no hub, and a trace is of one",
            "its own lines, with --json as well, tell every rung",
        ),
        #[cfg(unix)]
        _ => (
            "this command only asks a hub that runs, and that one has the connections",
            "have it record with `shipctl trace start FILE`",
        ),
    };
    Err(CliError::usage(format!("--trace has nothing to record here: {why}")).hint(hint))
}
