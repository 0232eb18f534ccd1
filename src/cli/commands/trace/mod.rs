//! `shipctl trace …`: a trace, read, and a hub told to write one.
//!
//! | room | what happens there |
//! |---|---|
//! | `show` | its lines |
//! | `timeline` | the states of each device |
//! | `convert` | a diagram, a capture file |
//! | `replay` | the same, decided again |
//! | `steer` | recording, started and ended at a hub that runs |

mod convert;
mod replay;
mod show;
#[cfg(unix)]
pub(crate) mod steer;
mod timeline;

use std::{fs, path::Path};

use serde_json::{Map, Value};

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        new_file,
        output::{json::Body, text::count},
        peer::Named,
    },
    driver::RecordError,
    proto::ski,
    trace::{Trace, TraceError, peers},
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Trace) -> Result<Exit, CliError> {
    match args {
        args::Trace::Show(args) => show::run(context, &args),
        args::Trace::Timeline(args) => timeline::run(context, &args),
        args::Trace::Diagram(args) => convert::diagram(context, &args),
        args::Trace::Export(args) => convert::pcapng(context, &args),
        args::Trace::Replay { file } => replay::run(context, &file),
        #[cfg(unix)]
        args::Trace::Start { file } => steer::start(context, file).await,
        #[cfg(unix)]
        args::Trace::Stop => steer::stop(context).await,
    }
}

/// Reads a trace, and says what of it could not be read.
fn read(context: &mut Context<'_>, path: &Path) -> Result<Trace, CliError> {
    let trace = Trace::read(&text(path)?).map_err(|error| no_trace(path, &error))?;
    if trace.unreadable > 0 {
        let lines = count(trace.unreadable as u64, "line");
        context.ui.warning(&format!("{lines} cannot be read: left out"));
    }
    if trace.cut {
        context.ui.notice(
            "the last line is cut off: the trace is still being written, or its writer was killed",
        );
    }
    Ok(trace)
}

/// The text of a file.
pub(super) fn text(path: &Path) -> Result<String, CliError> {
    let bytes = fs::read(path).map_err(|error| {
        CliError::new(Exit::LocalIo, format!("cannot read {}", path.display()))
            .because_of(&error)
            .hint("check the path; `--trace FILE` writes a trace")
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Why a file is no trace.
pub(super) fn no_trace(path: &Path, error: &TraceError) -> CliError {
    let hint = match error {
        TraceError::NoHeader => "a trace is written with --trace or `shipctl trace start`",
        TraceError::Newer { .. } => {
            "read it with that newer shipctl; this one is `shipctl --version`"
        }
    };
    CliError::new(Exit::PeerData, format!("{}: {error}", path.display())).hint(hint)
}

/// The first digits of the SKIs that are meant, each of which the trace is about.
fn skis(
    context: &Context<'_>,
    args: &args::TraceOf,
    trace: &Trace,
) -> Result<Vec<String>, CliError> {
    let digits = |text: &String| match context.recognise(text) {
        Ok(Named::Ski(ski)) => Ok(ski.to_string()),
        Ok(Named::Qr(qr)) => Ok(qr.ski.to_string()),
        Ok(Named::Prefix(digits)) => Ok(digits),
        // A trace is read without a state as well, and what is typed here makes nobody trusted.
        Err(error) => ski::hex_digits(text.trim()).map_err(|_| error),
    };
    let wanted = args.ski.iter().map(digits).collect::<Result<Vec<String>, _>>()?;
    let known = peers::skis(trace);
    match wanted.iter().find(|start| !known.iter().any(|ski| ski.starts_with(start))) {
        Some(absent) => {
            let message = format!("no line of {} is about SKI {absent}", args.file.display());
            Err(CliError::new(Exit::NotFound, message)
                .hint("`shipctl trace timeline FILE` shows whom it is about"))
        }
        None => Ok(wanted),
    }
}

fn done(
    context: &mut Context<'_>,
    outcome: &'static str,
    details: Map<String, Value>,
) -> Result<Exit, CliError> {
    context.ui.json_now(None, &Body::done(outcome, Exit::Done, details))?;
    Ok(Exit::Done)
}

impl From<RecordError> for CliError {
    fn from(error: RecordError) -> Self {
        let (exit, hint) = match &error {
            RecordError::Exists(path) => return new_file::is_there(path),
            RecordError::Io { .. } => (Exit::LocalIo, "check the directory and the disk"),
            RecordError::Recording(_) => (Exit::Usage, "end that one with `shipctl trace stop`"),
            RecordError::Ended => (Exit::Pending, "start the hub again"),
        };
        Self::from_error(exit, &error).hint(hint)
    }
}
