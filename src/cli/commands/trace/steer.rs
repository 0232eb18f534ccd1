//! `shipctl trace start` and `stop`: a hub that runs records, and records no more.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::{
    cli::{
        args::TraceFlags, context::Context, error::CliError, exit::Exit, output::json::Body, remote,
    },
    control::{Client, Wish, wire::Plain},
};

/// Has a running hub record from now on.
pub(super) async fn start(
    context: &mut Context<'_>,
    file: Option<PathBuf>,
) -> Result<Exit, CliError> {
    let mut hub = remote::need(context).await?;
    let file = file.unwrap_or_else(usual_file);
    let details = begin(&mut hub, &file, &context.global.trace).await?;
    context.ui.result(&format!("recording  {}", file.display()))?;
    context.ui.hint("end it with `shipctl trace stop`");
    done(context, "recording", details)
}

/// Has it record no more.
pub(super) async fn stop(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let mut hub = remote::need(context).await?;
    let details = end(&mut hub).await?;
    let file = details.get("file").and_then(Value::as_str).unwrap_or_default().to_owned();
    context.ui.result(&format!("recorded  {file}"))?;
    done(context, "recorded", details)
}

/// Asks a hub to record to this file.
pub(in crate::cli) async fn begin(
    hub: &mut Client,
    file: &Path,
    flags: &TraceFlags,
) -> Result<Map<String, Value>, CliError> {
    remote::ask(hub, Wish::Plain(wish(file, flags)?)).await
}

/// Asks it to record no more.
pub(in crate::cli) async fn end(hub: &mut Client) -> Result<Map<String, Value>, CliError> {
    remote::ask(hub, Wish::Plain(Plain::TraceStop {})).await
}

/// The request: the hub need not be where we are.
pub(crate) fn wish(file: &Path, flags: &TraceFlags) -> Result<Plain, CliError> {
    let file = std::path::absolute(file).map_err(|error| {
        CliError::new(Exit::LocalIo, format!("cannot tell where {} is", file.display()))
            .because_of(&error)
            .hint("name it with its whole path")
    })?;
    let file = file.display().to_string();
    Ok(Plain::TraceStart { file, full: flags.trace_full, limit: flags.trace_limit })
}

/// Where to record to if nothing is said.
pub(crate) fn usual_file() -> PathBuf {
    let now = OffsetDateTime::now_utc();
    let (date, time) = (now.date(), now.time());
    PathBuf::from(format!(
        "shipctl-{date}-{:02}{:02}{:02}.trace",
        time.hour(),
        time.minute(),
        time.second()
    ))
}

fn done(
    context: &mut Context<'_>,
    outcome: &'static str,
    details: Map<String, Value>,
) -> Result<Exit, CliError> {
    context.ui.json_now(None, &Body::done(outcome, Exit::Done, details))?;
    Ok(Exit::Done)
}
