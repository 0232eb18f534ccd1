//! `shipctl status`: what a running hub does, once or as it happens.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use crate::{
    checks::{
        Severity,
        quirks::{QuirkSeen, explanation},
    },
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            offers,
            table::{Column, Narrow, lines},
            text::{self, elapsed, padded, rough, safe, wrapped},
        },
        remote,
        signals::Signals,
    },
    control::{
        Client, Reply, Wish,
        wire::{Greeting, Happening, Plain, Saying},
    },
    hub::{
        history::Found,
        snapshot::{Outlook, state_word},
    },
    proto::{ConnectionState, Ski},
    spine::Offers,
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Status) -> Result<Exit, CliError> {
    let mut signals = Signals::catch_with_hangup()?;
    let mut hub = remote::need(context).await?;
    if args.watch {
        // First, so that nothing is missed between the two.
        remote::ask(&mut hub, Wish::Watch { messages: false }).await?;
    }
    let history = context.ui.is_json();
    let mut status = remote::ask(&mut hub, Wish::Plain(Plain::Status { history })).await?;
    show(context, &hub, &status["hub"])?;
    if !args.watch {
        context.ui.json_now(None, &Body::done("status", Exit::Done, status))?;
        return Ok(Exit::Done);
    }
    status.retain(|name, _| name == "hub");
    context.ui.json_now(None, &Body::Status { details: status })?;
    let exit = follow(context, &mut hub, &mut signals).await?;
    let outcome = if hub.has_shut_down() { "hub_ended" } else { exit.name() };
    context.ui.json_now(None, &Body::done(outcome, exit, Map::new()))?;
    Ok(exit)
}

/// Shows what happens until the hub ends, nobody reads any more, or a signal comes.
async fn follow(
    context: &mut Context<'_>,
    hub: &mut Client,
    signals: &mut Signals,
) -> Result<Exit, CliError> {
    let began = Instant::now();
    loop {
        let reply = tokio::select! {
            exit = signals.next() => return Ok(exit),
            () = context.ui.closed() => return Ok(Exit::Done),
            reply = hub.next() => reply?,
        };
        match reply {
            Some(Reply::Event(happening)) => tell(context, began, &happening)?,
            Some(Reply::Answer { .. } | Reply::Message(_)) => {}
            None if hub.has_shut_down() => return Ok(Exit::Done),
            None => return Err(hub.lost("ended").into()),
        }
    }
}

/// One event: what people are told of it, or its line of JSON as the hub wrote it.
fn tell(context: &mut Context<'_>, began: Instant, happening: &Happening) -> Result<(), CliError> {
    for line in story(began, happening) {
        context.ui.event(&line)?;
    }
    if let Some(count) = happening.event["count"].as_u64().filter(|_| is_loss(&happening.event)) {
        context.ui.warning(&format!(
            "{} went untold: this terminal was too slow",
            text::count(count, "event")
        ));
    }
    context.ui.json_line(&happening.event)
}

/// The same where it is not the result.
pub(super) fn tell_aside(
    context: &mut Context<'_>,
    began: Instant,
    happening: &Happening,
) -> Result<(), CliError> {
    for line in story(began, happening) {
        context.ui.story(&line);
    }
    context.ui.json_line(&happening.event)
}

fn story(began: Instant, happening: &Happening) -> Vec<String> {
    let time = elapsed(began.elapsed());
    let line =
        |said: &Saying| format!("{time}  {}  {}", padded(&safe(&said.stage), 10), safe(&said.text));
    happening.say.iter().map(line).collect()
}

fn is_loss(event: &Value) -> bool {
    event["event"] == "events_lost"
}

fn show(context: &mut Context<'_>, client: &Client, hub: &Value) -> Result<(), CliError> {
    let names = remote::names(context);
    for line in report(client.hub(), hub, &names, context.ui.columns()) {
        context.ui.result(&line)?;
    }
    Ok(())
}

/// The hub and its peers, a line each, in at most so many columns. `names` are those people gave.
pub(crate) fn report(
    greeting: &Greeting,
    hub: &Value,
    names: &BTreeMap<Ski, Option<String>>,
    columns: Option<usize>,
) -> Vec<String> {
    let metrics = &hub["metrics"];
    let port = greeting.port.map_or(String::new(), |port| format!(" · port {port}"));
    let ski = greeting.ski.grouped();
    let mut report = vec![format!("hub      process {} · SKI {ski}{port}", greeting.pid)];
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let seen = hub["services"].as_array().map_or(0, Vec::len) as u64;
    report.push(format!(
        "         {} of {} connections · {} waiting · {} seen{}",
        number(&metrics["connections"]),
        number(&metrics["limit"]),
        number(&metrics["waiting"]),
        text::count(seen, "device"),
        auto_accept(hub),
    ));
    let announced = announced(hub);
    let rows: Vec<_> = hub["peers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|peer| row(hub, peer, names, &announced))
        .collect();
    report.extend(lines(&COLUMNS, &rows, columns).into_iter().skip(usize::from(rows.is_empty())));
    for peer in hub["peers"].as_array().into_iter().flatten() {
        let name = name(peer, names, &announced);
        let told = offered(peer, &name).into_iter().chain(other_key(peer, &name));
        for line in told.chain(findings(hub, peer, &name)) {
            report.push(columns.map_or_else(|| line.clone(), |columns| wrapped(&line, columns)));
        }
    }
    report
}

/// What a peer offers that is connected.
fn offered(peer: &Value, name: &str) -> Vec<String> {
    let offers: Option<Offers> = serde_json::from_value(peer["offers"].clone()).ok().flatten();
    let Some(offers) = offers.filter(|_| peer["state"] == "Completed") else { return Vec::new() };
    let lines = offers::lines(&offers);
    let first = format!("offers   {name}: ");
    let lead = |n| if n == 0 { first.as_str() } else { "         " };
    lines.iter().enumerate().map(|(n, line)| format!("{}{line}", lead(n))).collect()
}

/// The other SKI a peer may use, since it announced a change of its key.
fn other_key(peer: &Value, name: &str) -> Option<String> {
    let ski: Ski = peer["also_trusted"].as_str()?.parse().ok()?;
    Some(format!("keys     {name}: SKI {} is trusted for it, too", ski.grouped()))
}

fn auto_accept(hub: &Value) -> String {
    match (hub["auto_accept_until_ms"].as_u64(), hub["at_ms"].as_u64()) {
        (Some(until), Some(now)) => {
            let left = Duration::from_millis(until.saturating_sub(now));
            format!(" · every device is let in for {}", rough(left))
        }
        _ => String::new(),
    }
}

/// What the services that are seen call themselves.
fn announced(hub: &Value) -> BTreeMap<Ski, String> {
    let services = hub["services"].as_array().into_iter().flatten();
    let name = |service: &Value| {
        Some((service["ski"].as_str()?.parse().ok()?, safe(service["name"].as_str()?)))
    };
    services.filter_map(name).collect()
}

const COLUMNS: [Column; 6] = [
    Column { heading: "NAME", narrow: Narrow::Cut(12), missable: 0 },
    Column { heading: "SKI", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "STATE", narrow: Narrow::Wrapped(12), missable: 0 },
    Column { heading: "FOR", narrow: Narrow::Whole, missable: 3 },
    Column { heading: "NEXT", narrow: Narrow::Wrapped(17), missable: 2 },
    Column { heading: "ADDRESS", narrow: Narrow::Cut(12), missable: 4 },
];

fn row(
    hub: &Value,
    peer: &Value,
    names: &BTreeMap<Ski, Option<String>>,
    announced: &BTreeMap<Ski, String>,
) -> [String; 6] {
    let text = |value: &Value| safe(value.as_str().unwrap_or_default());
    let since = match (hub["at_ms"].as_u64(), peer["since_ms"].as_u64()) {
        (Some(now), Some(since)) => rough(Duration::from_millis(now.saturating_sub(since))),
        _ => String::new(),
    };
    let links = hub["links"].as_array().into_iter().flatten();
    let remote = links.filter(|link| link["ski"] == peer["ski"]).find_map(|l| l["remote"].as_str());
    let address = remote.or_else(|| peer["targets"][0].as_str()).unwrap_or_default();
    [
        name(peer, names, announced),
        text(&peer["ski"]),
        state(peer),
        since,
        next(peer),
        safe(address),
    ]
}

/// What a peer is called.
fn name(
    peer: &Value,
    names: &BTreeMap<Ski, Option<String>>,
    announced: &BTreeMap<Ski, String>,
) -> String {
    let ski: Option<Ski> = peer["ski"].as_str().and_then(|ski| ski.parse().ok());
    let given = ski.and_then(|ski| names.get(&ski).cloned().flatten());
    let name = given.or_else(|| ski.and_then(|ski| announced.get(&ski).cloned()));
    name.unwrap_or_else(|| "-".to_owned())
}

/// What people call the state of a peer.
pub(in crate::cli) fn state(peer: &Value) -> String {
    let state = peer["state"].as_str().unwrap_or_default();
    let outlook = serde_json::from_value(peer["outlook"].clone()).unwrap_or(Outlook::Other);
    // A newer hub may know states that we do not.
    ConnectionState::named(state)
        .map_or_else(|| safe(state), |state| state_word(state, outlook).to_owned())
}

/// What is wrong with a peer and not over, the latest first: what somebody has to do something
/// about. What is merely worth knowing stands in the JSON.
fn findings(hub: &Value, peer: &Value, name: &str) -> Vec<String> {
    let quirks: Vec<QuirkSeen> = serde_json::from_value(peer["quirks"].clone()).unwrap_or_default();
    let now = hub["at_ms"].as_u64().unwrap_or_default();
    let mut told = Vec::new();
    for value in peer["findings"].as_array().into_iter().flatten().rev() {
        // A newer hub may know codes that we do not.
        let Ok(found) = serde_json::from_value::<Found>(value.clone()) else { continue };
        let Found { finding, count, last, over, .. } = found;
        let last = u64::try_from(last.since_origin().as_millis()).unwrap_or(u64::MAX);
        if over.is_some() || finding.severity == Severity::Info {
            continue;
        }
        let ago = rough(Duration::from_millis(now.saturating_sub(last)));
        let when = match count {
            1 => format!("{ago} ago"),
            count => format!("{count} times, last {ago} ago"),
        };
        let code = finding.code;
        told.push(format!("{:<9}{name}: {} ({when})", code.as_str(), code.title()));
        told.push(format!("         {}", safe(&finding.seen)));
        told.push(format!("         → {}", safe(&finding.advice)));
        told.extend(explanation(&quirks, code).map(|known| format!("         {}", safe(&known))));
    }
    told
}

/// What becomes of a peer next, for people.
fn next(peer: &Value) -> String {
    let attempt = peer["attempts"].as_u64().unwrap_or_default() + 1;
    match peer["outlook"].as_str().unwrap_or_default() {
        "connected" if peer["state"] == "ReceivedPairingRequest" => "accept or deny it".to_owned(),
        "connected" => String::new(),
        "dialling" => "dialling".to_owned(),
        "attempt_due" => {
            let left =
                Duration::from_millis(peer["next_attempt_in_ms"].as_u64().unwrap_or_default());
            let because = peer["pattern"]["code"].as_str();
            let because = because.map_or(String::new(), |code| format!(" ({})", safe(code)));
            format!("attempt {attempt} in {}{because}", rough(left))
        }
        "waits_for_place" => "waits for a free place".to_owned(),
        "waits_for_sight" => "waits until it is seen".to_owned(),
        "held" => "until told to connect".to_owned(),
        "peer_may_come" => "left to the device".to_owned(),
        "given_up" => "given up until told to connect".to_owned(),
        "not_paired" => "not paired".to_owned(),
        other => safe(other),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::cli::output::table::tests::{fits, plain};

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    #[test]
    fn announced_key_has_a_line() {
        let peer = json!({ "ski": SKI, "also_trusted": "ab".repeat(20) });
        let line = other_key(&peer, "Garage").unwrap();
        assert!(line.starts_with("keys     Garage: SKI ABAB ABAB"), "{line}");
        assert_eq!(other_key(&json!({ "ski": SKI, "also_trusted": null }), "Garage"), None);
    }

    #[test]
    fn a_row_tells_who_how_since_when_and_what_comes_next() {
        let peer = json!({
            "ski": SKI, "state": "Error", "since_ms": 4_000, "outlook": "attempt_due", "attempts": 2,
            "next_attempt_in_ms": 12_000, "targets": ["10.0.0.7:4712/ship/"],
        });
        let mut hub = json!({ "at_ms": 64_000, "links": [], "peers": [peer] });
        let (mut names, announced) = (BTreeMap::new(), [(SKI.parse().unwrap(), "Demo".to_owned())]);
        let announced = BTreeMap::from(announced);
        let shown = row(&hub, &hub["peers"][0], &names, &announced);
        let next = "attempt 3 in 12 s";
        assert_eq!(shown, ["Demo", SKI, "failed", "60 s", next, "10.0.0.7:4712/ship/"]);
        hub["peers"][0]["pattern"] = json!({ "code": "DAT-03", "times": 2 });
        let shown = row(&hub, &hub["peers"][0], &names, &announced);
        assert_eq!(shown[4], "attempt 3 in 12 s (DAT-03)");
        names.insert(SKI.parse().unwrap(), Some("Garage".to_owned()));
        hub["links"] = json!([{ "ski": SKI, "remote": "10.0.0.9:1" }]);
        let shown = row(&hub, &hub["peers"][0], &names, &announced);
        assert_eq!((&*shown[0], &*shown[5]), ("Garage", "10.0.0.9:1"));
    }

    #[test]
    fn a_state_has_the_word_that_the_dashboard_has_for_it() {
        let word = |name: &str, outlook: &str| state(&json!({ "state": name, "outlook": outlook }));
        for known in ConnectionState::ALL {
            assert_eq!(word(known.name(), "connected"), known.word());
        }
        assert_eq!(word("Queued", "held"), "disconnected");
        assert_eq!(word("Dreaming", "elsewhere"), "Dreaming", "of a newer hub");
    }

    #[test]
    fn what_is_wrong_with_a_peer_stands_below_with_title_count_and_advice() {
        let finding = |code: &str, severity: &str, last: u64| {
            json!({
                "code": code, "severity": severity, "seen": "It\u{1b} is so.", "advice": "Do it.",
                "count": 3, "first_ms": 1, "last_ms": last, "over_ms": null,
            })
        };
        let quirk = json!({
            "name": "demo", "who": "Demo", "does": "It does.", "handling": "tolerated",
            "codes": ["CLS-03"],
        });
        let mut peer = json!({
            "ski": SKI, "state": "Error", "since_ms": 50_000, "quirks": [quirk],
            "findings": [
                finding("CERT-06", "info", 40_000), finding("NEW-01", "error", 40_000),
                finding("CLS-03", "error", 40_000),
            ],
        });
        let hub = json!({ "at_ms": 64_000 });
        assert_eq!(
            findings(&hub, &peer, "Demo"),
            [
                "CLS-03   Demo: Closed by the device (3 times, last 24 s ago)",
                "         It\\u{1b} is so.",
                "         → Do it.",
                "         known of Demo: tolerated",
            ]
        );
        peer["state"] = json!("Completed");
        assert_eq!(findings(&hub, &peer, "Demo").len(), 4, "also while it is connected");
        peer["findings"][2]["over_ms"] = json!(50_000);
        assert_eq!(findings(&hub, &peer, "Demo"), [""; 0], "it is over");
    }

    #[test]
    fn name_ski_and_state_are_whole_in_every_terminal() {
        let asks = [
            "Example Charge 11",
            SKI,
            "asks to pair",
            "57 s",
            "accept or deny it",
            "192.168.178.20:4712",
        ];
        let off = [
            "Meter",
            SKI,
            "disconnected",
            "2 d",
            "until told to connect",
            "[fe80::1%eth0]:4712/ship/",
        ];
        let rows = [asks, off].map(|row| row.map(str::to_owned));
        fits(&COLUMNS, &rows, &["Example Charge 11", SKI, "asks to pair", "disconnected"]);
        let last = |columns| plain(lines(&COLUMNS, &rows, Some(columns))).pop().unwrap();
        assert_eq!(last(80), "no room for NEXT, ADDRESS");
        assert_eq!(last(100), "no room for ADDRESS");
        assert!(last(120).starts_with("Meter"), "there is room for all");
    }

    #[test]
    fn a_hub_that_says_nonsense_is_shown_without_harm() {
        let shown =
            row(&json!({}), &json!({ "ski": "\u{1b}[2J" }), &BTreeMap::new(), &BTreeMap::new());
        assert!(!shown.concat().contains('\u{1b}'), "{shown:?}");
    }
}
