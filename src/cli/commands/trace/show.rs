//! `shipctl trace show`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::NAMES,
            story::short,
            text::{elapsed, padded, quoted, safe},
        },
    },
    devices::fault::nearest,
    time::Time,
    trace::{
        Fact, Trace,
        fact::KINDS,
        show::{Filter, GROUPS, ONLY_IN_TRACES, kind, show},
    },
};

/// Runs it.
pub(super) fn run(context: &mut Context<'_>, args: &args::TraceShow) -> Result<Exit, CliError> {
    if let (Some(since), Some(until)) = (args.since, args.until)
        && until < since
    {
        let message = format!("--until {} is before --since {}", typed(until), typed(since));
        return Err(CliError::usage(message).hint("both are times since the start of the trace"));
    }
    let trace = super::read(context, &args.of.file)?;
    let kinds = if args.messages { vec!["messages".to_owned()] } else { args.only.clone() };
    known(&trace, &kinds)?;
    let filter = Filter {
        skis: super::skis(context, &args.of, &trace)?,
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
        let told = format!(
            "{}  {}  {}  {}",
            elapsed(line.at.since_origin()),
            padded(&whose, 11),
            padded(&safe(&shown.kind), 16),
            safe(&shown.says),
        );
        context.ui.result(told.trim_end())?;
        if let (true, Some(Fact::Frame(frame))) = (args.messages, &line.fact)
            && let Some(json) = &frame.json
        {
            context.ui.result(&format!("{:26}{}", "", safe(json)))?;
        }
    }
    super::done(context, "shown", Map::from_iter([("lines".to_owned(), lines.into())]))
}

/// A time as it is typed behind a flag.
fn typed(duration: std::time::Duration) -> String {
    humantime::format_duration(duration).to_string()
}

/// Refuses a kind that there is none of: neither here nor in a trace of this version.
fn known(trace: &Trace, wanted: &[String]) -> Result<(), CliError> {
    let here = trace.lines.iter().filter_map(|line| line.fact.as_ref()).map(kind);
    let here: BTreeSet<String> = here.collect();
    let all = || {
        let named = GROUPS.iter().chain(&KINDS).chain(NAMES).chain(&ONLY_IN_TRACES).copied();
        named.chain(here.iter().map(String::as_str))
    };
    let Some(unknown) = wanted.iter().find(|kind| !all().any(|known| known == *kind)) else {
        return Ok(());
    };
    let meant = nearest(unknown, all()).filter(|_| !unknown.is_empty());
    let meant = meant.map_or(String::new(), |it| format!("; did you mean {it:?}?"));
    Err(CliError::usage(format!("--only knows no {}{meant}", quoted(unknown)))
        .hint(format!("it takes {}, and the kinds and events in docs/trace.md", GROUPS.join(", "))))
}
