//! The log: to a file, and with `-v` to stderr. Never a secret: see the types that have none to show.

use std::{fs::OpenOptions, sync::Mutex};

use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt, util::SubscriberInitExt};

use super::{args::Global, error::CliError, exit::Exit};

/// Starts it as the flags say.
pub(super) fn start(global: &Global) -> Result<(), CliError> {
    let stderr = (global.verbose > 0).then(|| {
        tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(std::io::stderr)
            .with_filter(filter(global.verbose))
    });
    let file = match &global.log_file {
        None => None,
        Some(path) => {
            let file =
                OpenOptions::new().create(true).append(true).open(path).map_err(|error| {
                    CliError::new(Exit::LocalIo, format!("cannot write the log {}", path.display()))
                        .because_of(&error)
                        .hint("choose another --log-file")
                })?;
            let layer = tracing_subscriber::fmt::layer().with_ansi(false);
            Some(layer.with_writer(Mutex::new(file)).with_filter(filter(2)))
        }
    };
    if stderr.is_some() || file.is_some() {
        // Fails only when there is a subscriber already.
        let _ = tracing_subscriber::registry().with(stderr).with(file).try_init();
    }
    Ok(())
}

fn filter(verbose: u8) -> EnvFilter {
    EnvFilter::new(match verbose {
        0 | 1 => "warn,shipctl=info",
        _ => "info,shipctl=trace",
    })
}
