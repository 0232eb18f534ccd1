//! `shipctl trace show`.

use serde_json::{Map, Value};

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            story::short,
            text::{elapsed, padded, safe},
        },
    },
    time::Time,
    trace::{
        Fact,
        show::{Filter, show},
    },
};

/// Runs it.
pub(super) fn run(context: &mut Context<'_>, args: &args::TraceShow) -> Result<Exit, CliError> {
    let trace = super::read(context, &args.of.file)?;
    let kinds = if args.messages { vec!["messages".to_owned()] } else { args.only.clone() };
    let filter = Filter {
        skis: super::skis(context, &args.of)?,
        kinds,
        since: args.since.map(Time::after),
        until: args.until.map(Time::after),
    };
    if context.ui.is_json() {
        let header = serde_json::to_value(&trace.header).unwrap_or_default();
        context.ui.json_part(&header)?;
    }
    let mut lines = 0_u64;
    for shown in show(&trace, &filter) {
        lines += 1;
        let line = shown.line;
        if context.ui.is_json() {
            let mut value: Value = serde_json::from_str(&line.text).unwrap_or_default();
            if let (Some(fields), Some(ski)) = (value.as_object_mut(), shown.ski) {
                fields.insert("ski".to_owned(), ski.to_string().into());
            }
            context.ui.json_part(&value)?;
            continue;
        }
        let whose = shown.ski.map_or_else(|| "-".to_owned(), short);
        context.ui.result(&format!(
            "{}  {}  {}  {}",
            elapsed(line.at.since_origin()),
            padded(&whose, 11),
            padded(&safe(&shown.kind), 16),
            safe(&shown.says),
        ))?;
        if let (true, Some(Fact::Frame(frame))) = (args.messages, &line.fact)
            && let Some(json) = &frame.json
        {
            context.ui.result(&format!("{:26}{}", "", safe(json)))?;
        }
    }
    super::done(context, "shown", Map::from_iter([("lines".to_owned(), lines.into())]))
}
