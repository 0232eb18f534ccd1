//! The commands that ask a running hub: one request, one answer.

use serde_json::{Map, Value};

use crate::{
    cli::{
        args,
        context::{Context, read_pin},
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            text::{count, rough},
        },
        peer::Named,
        remote,
    },
    control::{
        Client, Wish,
        wire::{Plain, Register},
    },
    proto::Ski,
};

/// `shipctl register`.
pub async fn register(context: &mut Context<'_>, args: args::Register) -> Result<Exit, CliError> {
    let named = context.recognise(&args.device.device.join(" "))?;
    let file = args.pin_file.as_deref().map(|path| read_pin(path, "--pin-file")).transpose()?;
    if file.is_some() {
        named.require_whole()?;
    }
    let (pin, ship_id) = match &named {
        Named::Qr(qr) => (qr.pin.clone(), qr.ship_id.clone()),
        Named::Ski(_) | Named::Prefix(_) => (None, None),
    };
    let fingerprint = named.fingerprint();
    let mut hub = remote::need(context).await?;
    let peer = Register {
        ski: remote::resolve_to_trust(context, &mut hub, named).await?,
        ship_id: args.ship_id.or(ship_id),
        addresses: args.address,
        pin: file.or(pin),
        fingerprint,
        remember_pin: args.remember_pin,
    };
    about(context, hub, peer.ski, Wish::Register(peer), "registered").await
}

/// `shipctl unregister`.
pub async fn unregister(context: &mut Context<'_>, args: &args::Device) -> Result<Exit, CliError> {
    device(context, args, |ski| Plain::Unregister { ski }, "unregistered").await
}

/// `shipctl connect`.
pub async fn connect(context: &mut Context<'_>, args: &args::Device) -> Result<Exit, CliError> {
    device(context, args, |ski| Plain::Connect { ski }, "connecting").await
}

/// `shipctl disconnect`.
pub async fn disconnect(
    context: &mut Context<'_>,
    args: args::Disconnect,
) -> Result<Exit, CliError> {
    if args.all {
        let done = "every device is disconnected";
        return general(context, Plain::DisconnectAll {}, done, "disconnected").await;
    }
    let args = args::Device { device: args.device };
    device(context, &args, |ski| Plain::Disconnect { ski }, "disconnected").await
}

/// `shipctl cancel`.
pub async fn cancel(context: &mut Context<'_>, args: &args::Device) -> Result<Exit, CliError> {
    device(context, args, |ski| Plain::Cancel { ski }, "cancelled").await
}

/// `shipctl accept`.
pub async fn accept(context: &mut Context<'_>, args: &args::Device) -> Result<Exit, CliError> {
    let named = context.recognise(&args.device.join(" "))?;
    let mut hub = remote::need(context).await?;
    let ski = remote::resolve_to_trust(context, &mut hub, named).await?;
    about(context, hub, ski, Wish::Plain(Plain::Accept { ski }), "accepted").await
}

/// `shipctl metrics`.
pub async fn metrics(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let mut hub = remote::need(context).await?;
    let mut details = remote::ask(&mut hub, Wish::Plain(Plain::Metrics {})).await?;
    let text = details.remove("text");
    for line in text.as_ref().and_then(Value::as_str).unwrap_or_default().lines() {
        context.ui.result(line)?;
    }
    done(context, None, "metrics", details)
}

/// `shipctl limit`.
pub async fn limit(context: &mut Context<'_>, args: &args::Limit) -> Result<Exit, CliError> {
    let connections = args.connections;
    let done = match connections {
        0 => "no new connection from now on; those there are stay".to_owned(),
        _ => format!("at most {} from now on", count(connections.into(), "connection")),
    };
    general(context, Plain::Limit { connections }, &done, "limit").await
}

/// `shipctl deny`.
pub async fn deny(context: &mut Context<'_>, args: &args::Device) -> Result<Exit, CliError> {
    device(context, args, |ski| Plain::Deny { ski }, "denied").await
}

/// `shipctl auto-accept`.
pub async fn auto_accept(
    context: &mut Context<'_>,
    args: &args::AutoAccept,
) -> Result<Exit, CliError> {
    let seconds = args::whole_seconds(args.duration);
    let line = match seconds {
        0 => "devices that ask wait for your answer again".to_owned(),
        _ => format!("every device that asks within {} is accepted", rough(args.duration)),
    };
    general(context, Plain::AutoAccept { seconds }, &line, "auto_accept").await
}

/// `shipctl shutdown`.
pub async fn shutdown(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let mut hub = remote::need(context).await?;
    let details = remote::ask(&mut hub, Wish::Plain(Plain::Shutdown {})).await?;
    let forced = details.get("forced") == Some(&Value::Bool(true));
    context.ui.result(if forced { "ended; some connections had to be cut" } else { "ended" })?;
    done(context, None, "ended", details)
}

/// A command about no device in particular.
async fn general(
    context: &mut Context<'_>,
    wish: Plain,
    line: &str,
    outcome: &'static str,
) -> Result<Exit, CliError> {
    let mut hub = remote::need(context).await?;
    let details = remote::ask(&mut hub, Wish::Plain(wish)).await?;
    context.ui.result(line)?;
    done(context, None, outcome, details)
}

/// A command about one device.
async fn device(
    context: &mut Context<'_>,
    args: &args::Device,
    wish: impl FnOnce(Ski) -> Plain,
    outcome: &'static str,
) -> Result<Exit, CliError> {
    let named = context.recognise(&args.device.join(" "))?;
    let mut hub = remote::need(context).await?;
    let ski = remote::resolve(context, &mut hub, named).await?;
    about(context, hub, ski, Wish::Plain(wish(ski)), outcome).await
}

async fn about(
    context: &mut Context<'_>,
    mut hub: Client,
    ski: Ski,
    wish: Wish,
    outcome: &'static str,
) -> Result<Exit, CliError> {
    let details = remote::ask(&mut hub, wish).await.map_err(|error| error.about(ski))?;
    context.ui.result(&format!("{outcome}  SKI {}", ski.grouped()))?;
    match details.get("outlook").and_then(Value::as_str) {
        Some("waits_for_place") => context.ui.hint(
            "every place is taken: it is dialled as soon as one is free; `shipctl limit` sets how \
             many there are",
        ),
        Some("waits_for_sight") => context.ui.hint(
            "it is not on the network now: it is connected as soon as it appears. Is it on? Is EEBUS \
             switched on in its menu?",
        ),
        Some("connected") => context.ui.story("it is connected already"),
        _ if outcome == "connecting" => {
            context.ui.story("`shipctl status --watch` shows what becomes of it");
        }
        _ => {}
    }
    done(context, Some(ski), outcome, details)
}

fn done(
    context: &mut Context<'_>,
    ski: Option<Ski>,
    outcome: &'static str,
    details: Map<String, Value>,
) -> Result<Exit, CliError> {
    context.ui.json_now(ski, &Body::done(outcome, Exit::Done, details))?;
    Ok(Exit::Done)
}
