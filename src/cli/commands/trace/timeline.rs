//! `shipctl trace timeline`.

use serde_json::{Map, json};

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            text::{elapsed, padded, rough, safe},
        },
    },
    time::text::exact,
    trace::{
        show::state_word,
        timeline::{Lane, Stay, lanes},
    },
};

/// Runs it.
pub(super) fn run(context: &mut Context<'_>, args: &args::TraceOf) -> Result<Exit, CliError> {
    let trace = super::read(context, &args.file)?;
    let skis = super::skis(context, args, &trace)?;
    let wanted =
        |lane: &Lane| skis.is_empty() || skis.iter().any(|start| lane.ski.starts_with(start));
    let lanes: Vec<Lane> = lanes(&trace).into_iter().filter(wanted).collect();
    for lane in &lanes {
        context.ui.result(&format!("SKI {}", lane.ski.grouped()))?;
        for stay in &lane.stays {
            context.ui.result(&row(stay))?;
            if context.ui.is_json() {
                let body = Body::Status { details: details(stay) };
                context.ui.json_now(Some(lane.ski), &body)?;
            }
        }
    }
    super::done(context, "shown", Map::from_iter([("devices".to_owned(), lanes.len().into())]))
}

fn row(stay: &Stay) -> String {
    let lasted = match stay.lasted.as_secs() {
        0..60 => exact(stay.lasted),
        _ => rough(stay.lasted),
    };
    let more = if stay.is_last { " at the end" } else { "" };
    let steps = stay
        .protocol
        .iter()
        .map(|(number, name, after)| format!("{number} {name} +{}", exact(*after)));
    let told: Vec<String> = stay.marks.iter().cloned().chain(steps).collect();
    let row = format!(
        "{}  {}  {}  {}",
        elapsed(stay.from.since_origin()),
        padded(&state_word(&stay.state), 12),
        padded(&format!("{lasted}{more}"), 20),
        safe(&told.join(" · ")),
    );
    row.trim_end().to_owned()
}

fn details(stay: &Stay) -> Map<String, serde_json::Value> {
    let ms = |time: std::time::Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let protocol = stay.protocol.iter().map(|(number, state, after)| {
        json!({ "number": number, "state": state, "after_ms": ms(*after) })
    });
    Map::from_iter([
        ("state".to_owned(), stay.state.clone().into()),
        ("from_ms".to_owned(), ms(stay.from.since_origin()).into()),
        ("lasted_ms".to_owned(), ms(stay.lasted).into()),
        ("is_last".to_owned(), stay.is_last.into()),
        ("protocol".to_owned(), protocol.collect()),
        ("marks".to_owned(), stay.marks.clone().into()),
    ])
}
