//! What a hub with our identity tells.

use std::{fs, path::PathBuf, time::Duration};

use serde_json::Value;
use tokio::time::timeout;

use crate::{
    cli::{context::Context, output::text::of_system, remote},
    control::{Wish, wire::Plain},
    time::text::span,
    trace::file::redacted,
};

/// How long a hub may take to answer; one that hangs is a case for a report too.
const ANSWER: Duration = Duration::from_secs(5);

/// All it knows, if one runs; or why it does not tell.
pub(super) async fn status(context: &Context<'_>) -> Result<Option<Value>, String> {
    let asked = async {
        let Some(mut hub) = remote::find(context).await? else { return Ok(None) };
        let mut status =
            remote::ask(&mut hub, Wish::Plain(Plain::Status { history: true })).await?;
        Ok(status.remove("hub"))
    };
    match timeout(ANSWER, asked).await {
        Ok(answer) => answer.map_err(|error: crate::cli::error::CliError| error.message),
        Err(_) => Err(format!("the hub does not answer within {}", span(ANSWER))),
    }
}

/// Takes away what people call their devices.
pub(super) fn without_names(status: &mut Value) {
    for peer in status["peers"].as_array_mut().into_iter().flatten() {
        peer["name"] = Value::Null;
    }
}

/// The trace it records, as far as it has come; or why it cannot be had.
pub(super) async fn trace(path: PathBuf, serials: bool) -> Result<String, String> {
    let taken = tokio::task::spawn_blocking(move || {
        let bytes =
            fs::read(&path).map_err(|error| of_system(&format!("{}: {error}", path.display())))?;
        redacted(&String::from_utf8_lossy(&bytes), serials).map_err(|error| error.to_string())
    });
    taken.await.unwrap_or_else(|_| Err("it was not read to its end".to_owned()))
}
