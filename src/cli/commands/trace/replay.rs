//! `shipctl trace replay`.

use std::path::Path;

use serde_json::{Map, Value};

use crate::{
    cli::{
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            text::{count, elapsed, safe},
        },
    },
    trace::replay::{Difference, Replayed, replay},
};

/// Runs it.
pub(super) fn run(context: &mut Context<'_>, file: &Path) -> Result<Exit, CliError> {
    let trace = super::read(context, file)?;
    let replayed = replay(&trace).map_err(|error| {
        CliError::new(Exit::PeerData, format!("{}: {error}", file.display()))
            .hint("`shipctl trace show` and `timeline` read it all the same")
    })?;
    let mut details = counts(&replayed);
    let came_out = format!(
        "the same {} and {}, and {} of ours",
        count(replayed.states as u64, "state"),
        count(replayed.decisions as u64, "decision"),
        count(replayed.messages as u64, "message"),
    );
    if let Some(difference) = &replayed.difference {
        context.ui.story(&format!("{came_out}, until"));
        for line in told(difference) {
            context.ui.result(&line)?;
        }
        let before = difference.at.since_origin().as_secs().saturating_sub(1);
        context.ui.hint(&format!(
            "`shipctl trace show --since {before}s {}` shows what led to it",
            file.display()
        ));
        details.extend(fields(difference));
        context.ui.json_now(None, &Body::done("differs", Exit::Findings, details))?;
        return Ok(Exit::Findings);
    }
    if let Some((line, why)) = &replayed.stopped {
        let message = format!("{came_out}, up to line {line}: {why}");
        return Err(CliError::new(Exit::PeerData, message)
            .hint("what comes after it cannot be compared; `shipctl trace show` shows it"));
    }
    context.ui.result(&came_out)?;
    super::done(context, "same", details)
}

fn counts(replayed: &Replayed) -> Map<String, Value> {
    let Replayed { steps, states, decisions, messages, .. } = replayed;
    let counts =
        [("steps", steps), ("states", states), ("decisions", decisions), ("messages", messages)];
    Map::from_iter(counts.map(|(name, count)| (name.to_owned(), (*count).into())))
}

fn told(difference: &Difference) -> [String; 3] {
    let of = |fact: &Option<String>| fact.as_deref().map_or_else(|| "nothing".to_owned(), safe);
    let at = elapsed(difference.at.since_origin());
    [
        format!("different at line {}, {at}", difference.line),
        format!("recorded  {}", of(&difference.recorded)),
        format!("replayed  {}", of(&difference.replayed)),
    ]
}

fn fields(difference: &Difference) -> [(String, Value); 3] {
    [
        ("line".to_owned(), difference.line.into()),
        ("recorded".to_owned(), difference.recorded.clone().into()),
        ("replayed".to_owned(), difference.replayed.clone().into()),
    ]
}
