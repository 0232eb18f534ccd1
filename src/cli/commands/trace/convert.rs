//! `shipctl trace diagram` and `shipctl trace export`.

use std::{
    fs::OpenOptions,
    io::{self, Write as _},
    path::Path,
};

use serde_json::Map;

use crate::{
    cli::{args, context::Context, error::CliError, exit::Exit},
    trace::{diagram, pcapng},
};

/// The diagram, on stdout.
pub(super) fn diagram(context: &mut Context<'_>, args: &args::TraceOf) -> Result<Exit, CliError> {
    let trace = super::read(context, &args.file)?;
    let skis = super::skis(context, args)?;
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
    write(&args.pcapng, &bytes).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AlreadyExists => "name another file, or move that one away first",
            _ => "check the directory and the disk",
        };
        let message = format!("cannot write {}", args.pcapng.display());
        CliError::new(Exit::LocalIo, message).because_of(&error).hint(hint)
    })?;
    context.ui.result(&format!("written  {}", args.pcapng.display()))?;
    let file = args.pcapng.display().to_string();
    super::done(context, "exported", Map::from_iter([("file".to_owned(), file.into())]))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(bytes)
}
