//! `shipctl doctor`: whether our own side is in order, before the peer is blamed.

use anstyle::{AnsiColor, Style};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout};

use crate::{
    checks::{
        Finding,
        doctor::{
            Check, Verdict,
            facts::{Facts, Hub, Kept},
            first_to_do, judge,
        },
    },
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            text::{rough, safe, wrapped},
        },
        signals::Signals,
    },
    doctor::{Question, gather},
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Doctor) -> Result<Exit, CliError> {
    match look(context, args).await? {
        Ok(facts) => tell(context, &facts),
        Err(exit) => {
            context.ui.json_now(None, &Body::done(exit.name(), exit, Map::new()))?;
            Ok(exit)
        }
    }
}

/// Everything that can be known of this side; or the signal that cut it short.
pub(super) async fn look(
    context: &mut Context<'_>,
    args: &args::Doctor,
) -> Result<Result<Facts, Exit>, CliError> {
    let mut signals = Signals::catch_with_hangup()?;
    let until = Instant::now() + args.timeout;
    context.ui.story(&format!("looking at this side, for {} at most", rough(args.timeout)));
    // A hub that hangs must not take all of the time.
    let hub = timeout(args.timeout / 4, hub(context)).await;
    let named = context.global.interface.clone();
    let question = Question {
        // Without mDNS they are still where devices are to reach us.
        interfaces: (!named.is_empty()).then_some(named),
        mdns_port: context.mdns(None).map(|mdns| mdns.port),
        listen: context.listen(),
        state: context.state_dir()?,
        hub: hub.unwrap_or_else(|_| Hub::Silent("it does not answer".to_owned())),
        within: until.saturating_duration_since(Instant::now()),
    };
    tokio::select! {
        facts = gather(question) => Ok(Ok(facts?)),
        exit = signals.next() => Ok(Err(exit)),
    }
}

/// What is thought of it.
pub(super) fn tell(context: &mut Context<'_>, facts: &Facts) -> Result<Exit, CliError> {
    let checks = judge(facts);
    for check in &checks {
        show(context, check)?;
    }
    conclude(context, facts, &checks)
}

/// What the hub tells, if one runs with our identity.
#[cfg(unix)]
async fn hub(context: &Context<'_>) -> Hub {
    use crate::{
        checks::doctor::facts::HubFacts,
        cli::remote,
        control::{Wish, wire::Plain},
    };
    let asked = async {
        let Some(mut hub) = remote::find(context).await? else { return Ok(Hub::None) };
        let status = remote::ask(&mut hub, Wish::Plain(Plain::Status { history: false })).await?;
        let known = &status["hub"];
        let number = |field: &str| {
            known["metrics"][field].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0)
        };
        let interfaces = known["node"]["interfaces"].as_array().into_iter().flatten();
        let interfaces = interfaces.filter_map(|name| name.as_str().map(str::to_owned)).collect();
        let greeting = hub.hub();
        Ok::<_, CliError>(Hub::Runs(HubFacts {
            pid: greeting.pid,
            port: greeting.port,
            interfaces,
            connections: number("connections"),
            limit: number("limit"),
            waiting: number("waiting"),
        }))
    };
    asked.await.unwrap_or_else(|error| Hub::Silent(error.message))
}

#[cfg(not(unix))]
async fn hub(_context: &Context<'_>) -> Hub {
    Hub::None
}

/// A check in a line, and what to do about it in another.
fn show(context: &mut Context<'_>, check: &Check) -> Result<(), CliError> {
    let line = format!("{:<9}  {:<11}  {}", check.verdict, check.name, safe(&check.evidence));
    let line = fitted(context, &line);
    // Coloured when the width is known, for which colour would count.
    let word = check.verdict.to_string();
    let style = style(check.verdict);
    let rest = line.strip_prefix(&word).unwrap_or_default();
    context.ui.result(&format!("{style}{word}{style:#}{rest}"))?;
    if let Some(finding) = &check.finding {
        let line = format!("{:<9}  {:<11}  {}", "", finding.code, safe(&finding.advice));
        let line = fitted(context, &line);
        context.ui.result(&line)?;
    }
    context.ui.json_now(
        None,
        &Body::Checked {
            check: check.name,
            verdict: check.verdict,
            evidence: check.evidence.clone(),
            finding: check.finding.clone(),
        },
    )
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Ok => AnsiColor::Green.on_default(),
        Verdict::Info | Verdict::NotKnown => AnsiColor::Cyan.on_default(),
        Verdict::Warning => AnsiColor::Yellow.on_default().bold(),
        Verdict::Failed => AnsiColor::Red.on_default().bold(),
    }
}

fn fitted(context: &Context<'_>, line: &str) -> String {
    context.ui.columns().map_or_else(|| line.to_owned(), |columns| wrapped(line, columns))
}

/// One conclusion, and the result.
fn conclude(context: &mut Context<'_>, facts: &Facts, checks: &[Check]) -> Result<Exit, CliError> {
    let to_do = first_to_do(checks);
    let named = |verdict| {
        let names = checks.iter().filter(|it| it.verdict == verdict).map(|it| it.name);
        names.collect::<Vec<_>>()
    };
    context.ui.result("")?;
    if to_do.is_empty() {
        let not_known = match &*named(Verdict::NotKnown) {
            [] => String::new(),
            names => format!("; not known: {}", names.join(", ")),
        };
        let line = fitted(context, &format!("this side is in order{not_known}"));
        context.ui.result(&line)?;
    } else {
        context.ui.result("to do first:")?;
        for (n, finding) in to_do.iter().enumerate() {
            let line =
                fitted(context, &format!("{}. {}  {}", n + 1, finding.code, safe(&finding.advice)));
            context.ui.result(&line)?;
        }
    }
    let exit = exit(facts, &to_do);
    let outcome = if to_do.is_empty() { "in_order" } else { "findings" };
    let codes = to_do.iter().map(|finding| finding.code.as_str()).collect::<Vec<_>>();
    let details = Map::from_iter([
        ("codes".to_owned(), Value::from(codes)),
        ("not_known".to_owned(), Value::from(named(Verdict::NotKnown))),
    ]);
    context.ui.json_now(None, &Body::done(outcome, exit, details))?;
    Ok(exit)
}

/// Where our state cannot be used it is the code every other command would end with.
fn exit(facts: &Facts, to_do: &[&Finding]) -> Exit {
    let state = &facts.state;
    match (&state.identity, &state.trust) {
        (Kept::Unusable { io, .. }, _) | (_, Kept::Unusable { io, .. }) => {
            if *io {
                Exit::LocalIo
            } else {
                Exit::Configuration
            }
        }
        _ if to_do.is_empty() => Exit::Done,
        _ => Exit::Findings,
    }
}
