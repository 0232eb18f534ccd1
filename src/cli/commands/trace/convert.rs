//! `shipctl trace diagram` and `shipctl trace export`.

use std::{
    io::{self, IsTerminal as _, Write as _},
    path::Path,
};

use serde_json::Map;

use crate::{
    cli::{args, context::Context, error::CliError, exit::Exit, new_file},
    trace::{diagram, pcapng},
};

/// What stands for stdout.
const STDOUT: &str = "-";

/// The diagram, on stdout.
pub(super) fn diagram(context: &mut Context<'_>, args: &args::TraceOf) -> Result<Exit, CliError> {
    let trace = super::read(context, &args.file)?;
    let skis = super::skis(context, args, &trace)?;
    let wanted =
        |ski: crate::proto::Ski| skis.is_empty() || skis.iter().any(|start| ski.starts_with(start));
    let text = diagram::diagram(&trace, wanted);
    for line in text.lines() {
        context.ui.result(line)?;
    }
    super::done(context, "shown", Map::from_iter([("diagram".to_owned(), text.into())]))
}

/// The capture file.
pub(super) fn pcapng(
    context: &mut Context<'_>,
    args: &args::TraceExport,
) -> Result<Exit, CliError> {
    let trace = super::read(context, &args.file)?;
    let bytes = pcapng::pcapng(&trace);
    if args.pcapng == Path::new(STDOUT) {
        return to_stdout(context, &bytes);
    }
    new_file::write(&args.pcapng, &bytes)?;
    context.ui.result(&format!("written  {}", args.pcapng.display()))?;
    let file = args.pcapng.display().to_string();
    super::done(context, "exported", Map::from_iter([("file".to_owned(), file.into())]))
}

/// To a program that reads it; nothing else is on stdout then.
fn to_stdout(context: &mut Context<'_>, bytes: &[u8]) -> Result<Exit, CliError> {
    let mut stdout = io::stdout().lock();
    if context.ui.is_json() || stdout.is_terminal() {
        let message = match context.ui.is_json() {
            true => "a capture and --json cannot both be on stdout",
            false => "a capture is nothing a terminal can show",
        };
        return Err(CliError::usage(message)
            .hint("name a file, or send it to a program: `… --pcapng - FILE | tshark -r -`"));
    }
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        // Whoever has read enough of it is content.
        _ => Ok(Exit::Done),
    }
}
