//! The log: to a file, with `-v` to stderr, and always there from a service. Never a secret: see the
//! types that have none to show.

use std::{
    fs::{File, OpenOptions},
    path::Path,
    sync::Mutex,
};

use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use super::{args::Global, error::CliError, exit::Exit, output::Writer};

/// Opens the file of the log, to write behind what is there.
pub(super) fn open(path: &Path) -> Result<File, CliError> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
        CliError::new(Exit::LocalIo, format!("cannot write the log {}", path.display()))
            .because_of(&error)
    })
}

/// Starts it as the flags say, in this file too. A service logs to stderr, without times where the
/// journal of systemd takes it, which has its own.
pub(super) fn start(global: &Global, is_service: bool, writer: Writer, file: Option<File>) {
    let stderr = (global.verbose > 0 || is_service).then(|| {
        let writer = move || writer.clone();
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(writer);
        let filter = if global.quiet { EnvFilter::new("warn") } else { filter(global.verbose) };
        if std::env::var_os("JOURNAL_STREAM").is_some() {
            layer.without_time().with_filter(filter).boxed()
        } else {
            layer.with_filter(filter).boxed()
        }
    });
    let file = file.map(|file| {
        let layer = tracing_subscriber::fmt::layer().with_ansi(false);
        layer.with_writer(Mutex::new(file)).with_filter(filter(2))
    });
    if stderr.is_some() || file.is_some() {
        // Fails only when there is a subscriber already.
        let _ = tracing_subscriber::registry().with(stderr).with(file).try_init();
    }
}

fn filter(verbose: u8) -> EnvFilter {
    EnvFilter::new(match verbose {
        0 | 1 => "warn,shipctl=info",
        _ => "info,shipctl=trace",
    })
}
