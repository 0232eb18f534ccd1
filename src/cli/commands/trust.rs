//! `shipctl trust`: which devices are trusted, and what is known of them.

use serde_json::{Map, Value};
use time::OffsetDateTime;

#[cfg(unix)]
use crate::{
    cli::remote,
    control::{Wish, wire::Plain},
};
use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            table::{Column, Narrow, lines},
            text::{date_time, safe},
        },
        peer::{self, Named, choose},
        session::unix,
    },
    identity::trust::{TrustChange, TrustStore, TrustedPeer, given_name},
    proto::Ski,
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Trust) -> Result<Exit, CliError> {
    match args {
        args::Trust::List => list(context),
        args::Trust::Remove { device } => remove(context, &device.join(" ")).await,
        args::Trust::Rename { device, name } => rename(context, &device, &name).await,
        args::Trust::ForgetAddress { device } => forget_address(context, &device.join(" ")).await,
        args::Trust::ForgetPin { device } => forget_pin(context, &device.join(" ")).await,
    }
}

fn list(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let directory = context.state_dir()?;
    let trust = directory.read()?.trust;
    if trust.is_empty() {
        context.ui.story(&format!("no device is trusted yet in {}", directory.path().display()));
        context.ui.hint("`shipctl discover` lists devices, `shipctl pair` pairs with one");
    }
    let rows: Vec<_> = trust.iter().map(|(ski, peer)| row(*ski, peer)).collect();
    for line in
        lines(&COLUMNS, &rows, context.ui.columns()).iter().skip(usize::from(rows.is_empty()))
    {
        context.ui.result(line)?;
    }
    for (ski, peer) in trust.iter() {
        if let Some(also) = peer.also_trusted() {
            let name = peer.name.as_deref().map_or_else(|| ski.grouped(), safe);
            context.ui.result(&format!("SKI {} is trusted for {name}, too", also.grouped()))?;
        }
    }
    for (ski, peer) in trust.iter().filter(|(ski, _)| trust.pin(ski).is_some()) {
        let name = peer.name.as_deref().map_or_else(|| ski.grouped(), safe);
        context.ui.result(&format!("the PIN of {name} is remembered"))?;
    }
    for (ski, peer) in trust.iter() {
        let body = Body::Trusted {
            name: peer.name.clone(),
            ship_id: peer.ship_id.clone(),
            since: unix(peer.since),
            last_seen: peer.last_seen.map(unix),
            address: peer.address.clone(),
            also_trusted: peer.also_trusted(),
            pin_remembered: trust.pin(ski).is_some(),
        };
        context.ui.json_now(Some(*ski), &body)?;
    }
    let details = Map::from_iter([("trusted".to_owned(), Value::from(trust.len()))]);
    context.ui.json_now(None, &Body::done("done", Exit::Done, details))?;
    Ok(Exit::Done)
}

async fn remove(context: &mut Context<'_>, device: &str) -> Result<Exit, CliError> {
    let named = context.recognise(device)?;
    let ski = change(context, &named, |ski| TrustChange::Remove { ski }).await?;
    context.ui.result(&format!("removed  SKI {}", ski.grouped()))?;
    context.ui.hint("the device still trusts us; remove us there as well");
    context.ui.json_now(Some(ski), &Body::done("removed", Exit::Done, Map::new()))?;
    Ok(Exit::Done)
}

async fn rename(context: &mut Context<'_>, device: &str, name: &str) -> Result<Exit, CliError> {
    // What is kept then, whatever somebody else calls it a moment later.
    let name = given_name(name)?;
    let named = context.recognise(device)?;
    let given = name.clone().unwrap_or_default();
    let ski = change(context, &named, |ski| TrustChange::Rename { ski, name: given }).await?;
    let shown = name.as_deref().unwrap_or("no name");
    context.ui.result(&format!("renamed  SKI {} · {shown}", ski.grouped()))?;
    let details = Map::from_iter([("name".to_owned(), Value::from(name))]);
    context.ui.json_now(Some(ski), &Body::done("renamed", Exit::Done, details))?;
    Ok(Exit::Done)
}

async fn forget_address(context: &mut Context<'_>, device: &str) -> Result<Exit, CliError> {
    let named = context.recognise(device)?;
    let ski = change(context, &named, |ski| TrustChange::ForgetAddress { ski }).await?;
    context.ui.result(&format!("no address is kept now  SKI {}", ski.grouped()))?;
    context.ui.json_now(Some(ski), &Body::done("address_forgotten", Exit::Done, Map::new()))?;
    Ok(Exit::Done)
}

async fn forget_pin(context: &mut Context<'_>, device: &str) -> Result<Exit, CliError> {
    let named = context.recognise(device)?;
    let ski = change(context, &named, |ski| TrustChange::ForgetPin { ski }).await?;
    context.ui.result(&format!("no PIN is remembered now  SKI {}", ski.grouped()))?;
    context.ui.json_now(Some(ski), &Body::done("pin_forgotten", Exit::Done, Map::new()))?;
    Ok(Exit::Done)
}

/// Changes what is trusted: by the hub that runs, or else on disk. Returns who was meant.
async fn change(
    context: &mut Context<'_>,
    named: &Named,
    change: impl FnOnce(Ski) -> TrustChange,
) -> Result<Ski, CliError> {
    #[cfg(unix)]
    if let Some(mut hub) = remote::find(context).await? {
        let directory = context.state_dir()?;
        let ski = find(&directory.read()?.trust, named)?;
        remote::say_so(context, &hub);
        let wish = match change(ski) {
            TrustChange::Rename { ski, name } => Plain::Rename { ski, name },
            TrustChange::ForgetAddress { ski } => Plain::ForgetAddress { ski },
            TrustChange::ForgetPin { ski } => Plain::ForgetPin { ski },
            TrustChange::Remove { ski }
            | TrustChange::RememberPin { ski, .. }
            | TrustChange::Trust { ski, .. }
            | TrustChange::Keys { ski, .. }
            | TrustChange::Succeed { ski, .. } => Plain::Unregister { ski },
        };
        remote::ask(&mut hub, Wish::Plain(wish)).await.map_err(|error| error.about(ski))?;
        return Ok(ski);
    }
    let mut state = context.open_state()?;
    let ski = find(state.trust(), named)?;
    state.apply(&change(ski), now())?;
    Ok(ski)
}

/// The trusted device that is meant.
fn find(trust: &TrustStore, named: &Named) -> Result<Ski, CliError> {
    let ski = match named {
        Named::Ski(ski) => *ski,
        Named::Qr(qr) => qr.ski,
        Named::Prefix(prefix) => {
            let hint = "`shipctl trust list` lists the trusted devices";
            let chosen = choose(prefix, &peer::trusted(trust)).map(|candidate| candidate.ski);
            return chosen.map_err(|error| match error.exit {
                Exit::NotFound => error.hint(hint),
                _ => error,
            });
        }
    };
    trust.owner(&ski).ok_or_else(|| {
        CliError::new(Exit::NotFound, format!("SKI {} is not trusted", ski.grouped()))
            .hint("`shipctl trust list` lists the trusted devices")
    })
}

fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

const COLUMNS: [Column; 6] = [
    Column { heading: "NAME", narrow: Narrow::Cut(8), missable: 0 },
    Column { heading: "SKI", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "SHIP ID", narrow: Narrow::Cut(10), missable: 3 },
    Column { heading: "SINCE", narrow: Narrow::Whole, missable: 2 },
    Column { heading: "LAST SEEN", narrow: Narrow::Whole, missable: 1 },
    Column { heading: "ADDRESS", narrow: Narrow::Cut(12), missable: 4 },
];

fn row(ski: Ski, peer: &TrustedPeer) -> [String; 6] {
    [
        safe(peer.name.as_deref().unwrap_or("-")),
        ski.to_string(),
        safe(peer.ship_id.as_ref().map_or("-", |id| id.as_str())),
        date_time(peer.since),
        peer.last_seen.map_or_else(|| "never".to_owned(), date_time),
        safe(peer.address.as_deref().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::table::tests::{fits, plain};

    fn peer(name: &str) -> TrustedPeer {
        TrustedPeer {
            ship_id: "i:46925_u:example-charge".parse().ok(),
            name: Some(name.to_owned()),
            since: 1_700_000_000,
            last_seen: Some(1_700_000_000),
            address: Some("192.168.1.20:4712/ship/".to_owned()),
            keys: None,
        }
    }

    #[test]
    fn names_and_skis_are_whole_in_every_terminal() {
        let ski = Ski::from_bytes([0x55; 20]);
        let rows = [row(ski, &peer("Example Charge 11")), row(ski, &peer("Meter"))];
        fits(&COLUMNS, &rows, &["Example Charge 11", &ski.to_string()]);
        let shown = plain(lines(&COLUMNS, &rows, Some(80)));
        assert_eq!(
            shown[0].split_whitespace().collect::<Vec<_>>(),
            ["NAME", "SKI", "LAST", "SEEN"]
        );
        assert_eq!(shown[3], "no room for SHIP ID, SINCE, ADDRESS");
    }

    #[test]
    fn a_row_shows_what_is_known_and_says_what_is_not() {
        let peer = TrustedPeer {
            ship_id: None,
            name: Some("Wallbox".to_owned()),
            since: 1_700_000_000,
            last_seen: None,
            address: None,
            keys: None,
        };
        let ski = Ski::from_bytes([0x55; 20]);
        assert_eq!(
            row(ski, &peer),
            ["Wallbox", &ski.to_string(), "-", "2023-11-14 22:13", "never", ""]
        );
    }
}
