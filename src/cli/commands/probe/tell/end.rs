//! What it all comes to: the last lines.

use serde_json::{Map, Value, json};

use super::{fitted, span};
use crate::{
    checks::{
        Finding,
        ladder::{Ladder, Rung, addresses::Reached, repeated::Repeated},
    },
    cli::{
        commands::probe::{dials::Dialled, list},
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::{Body, FailureJson, ms},
            table::{Column, Narrow, lines},
            text::safe,
        },
    },
    driver::probe::Probed,
    proto::Ski,
};

const COLUMNS: [Column; 5] = [
    Column { heading: "RUNG", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "HELD", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "SHORTEST", narrow: Narrow::Whole, missable: 2 },
    Column { heading: "MIDDLE", narrow: Narrow::Whole, missable: 1 },
    Column { heading: "LONGEST", narrow: Narrow::Whole, missable: 3 },
];

/// What many probes came to.
pub(in crate::cli::commands::probe) fn summary(
    context: &mut Context<'_>,
    all: &Repeated,
) -> Result<(), CliError> {
    let columns = context.ui.columns();
    let rows: Vec<[String; 5]> = all
        .rows()
        .iter()
        .map(|row| {
            let times = row.took.map(|took| took.map(span)).unwrap_or_default();
            let [least, middle, most] = times;
            let held = format!("{} of {}", row.held, all.runs());
            [row.rung.name().to_owned(), held, least, middle, most]
        })
        .collect();
    context.ui.result("")?;
    for line in lines(&COLUMNS, &rows, columns) {
        context.ui.result(&line)?;
    }
    context.ui.result("")?;
    for conclusion in all.conclusions() {
        let what = match &conclusion.what {
            Some((rung, why)) => format!("{} at {rung}", why.code),
            None => "nothing is wrong".to_owned(),
        };
        context.ui.result(&format!("{:>5} of {}  {what}", conclusion.count, all.runs()))?;
    }
    Ok(())
}

/// What it all comes to: the last lines.
#[expect(clippy::too_many_arguments, reason = "called from one place, which knows all of them")]
pub(in crate::cli::commands::probe) fn end(
    context: &mut Context<'_>,
    ski: Option<Ski>,
    exit: Exit,
    outcome: &'static str,
    probed: Option<&Probed>,
    error: Option<&CliError>,
    dialled: &Dialled,
    repeated: Option<&Repeated>,
) -> Result<(), CliError> {
    let columns = context.ui.columns();
    if probed.is_some() {
        context.ui.result("")?;
    }
    let mut say = |label: &str, text: &str| {
        context.ui.result(&fitted(&format!("{label:<10}  {text}"), columns))
    };
    if let Some(probed) = probed {
        for other in others(&probed.reached) {
            say("beside it", &safe(&other.in_short()))?;
        }
        for (place, says) in dialled.says.iter().enumerate() {
            say(if place == 0 { "its dials" } else { "" }, says)?;
        }
        match probed.ladder.conclusion() {
            Some((rung, Finding { code, seen, advice, .. })) => {
                say("conclusion", &format!("{code} at {rung}: {}", safe(seen)))?;
                say("to do", advice)?;
                for (rung, Finding { code, seen, advice, .. }) in probed.ladder.also() {
                    say("also", &format!("{code} at {rung}: {} {advice}", safe(seen)))?;
                }
            }
            None => say("conclusion", all_is_well(&probed.ladder))?,
        }
    }
    let conclusion = probed.and_then(|it| it.ladder.conclusion());
    let failure = error.map(FailureJson::of).or_else(|| conclusion.map(remark));
    let failure = failure.or_else(|| FailureJson::of_exit(exit));
    let details = details(probed, dialled, repeated);
    let body = Body::Result { outcome, exit: exit.number(), failure, details };
    context.ui.json_now(ski, &body)
}

fn all_is_well(ladder: &Ladder) -> &'static str {
    if ladder.step(Rung::Hello).by_hub {
        "nothing is wrong: our hub is connected with it"
    } else {
        "nothing is wrong: every rung holds"
    }
}

/// The addresses beside the one that counts.
fn others(reached: &[Reached]) -> impl Iterator<Item = &Reached> {
    let open = reached.iter().position(Reached::is_open);
    let behind = open.map_or(reached.len(), |place| place + 1);
    reached.iter().skip(behind)
}

fn remark((rung, finding): (Rung, &Finding)) -> FailureJson {
    FailureJson {
        kind: "finding".to_owned(),
        stage: Some(rung.stage().to_owned()),
        code: Some(finding.code),
        message: finding.seen.clone(),
        causes: Vec::new(),
        advice: Some(finding.advice.clone().into_owned()),
    }
}

fn details(
    probed: Option<&Probed>,
    dialled: &Dialled,
    repeated: Option<&Repeated>,
) -> Map<String, Value> {
    let mut details = Map::new();
    details.insert("its_dials".to_owned(), dialled.json.clone());
    if let Some(probed) = probed {
        let height = probed.ladder.height();
        details.insert("height".to_owned(), json!(height));
        details.insert("addresses".to_owned(), list(&probed.reached, address));
    }
    if let Some(all) = repeated {
        details.insert("runs".to_owned(), json!(all.runs()));
        let row = |row: crate::checks::ladder::repeated::Row| {
            let took = row.took.map(|took| took.map(ms));
            json!({ "rung": row.rung, "held": row.held, "took_ms": took })
        };
        details.insert("rungs".to_owned(), list(all.rows(), row));
        let conclusions = list(all.conclusions(), |it| {
            let what = it.what.as_ref();
            json!({ "count": it.count, "rung": what.map(|(rung, _)| rung),
                    "code": what.map(|(_, finding)| finding.code) })
        });
        details.insert("conclusions".to_owned(), conclusions);
    }
    details
}

fn address(reached: &Reached) -> Value {
    let failed = reached.failure();
    json!({
        "target": reached.target.to_string(),
        "address": reached.address,
        "tcp_ms": reached.tcp.map(ms),
        "tls_ms": reached.tls.map(ms),
        "websocket_ms": reached.upgrade.map(ms),
        "code": failed.map(|tried| tried.code),
        "message": failed.map(|tried| tried.what.clone()),
    })
}
