//! What clients of the control socket ask for, as commands to the hub; and what they are answered.

use std::{path::PathBuf, time::Duration};

use serde_json::{Map, Value};

use crate::{
    cli::{error::CliError, exit::Exit},
    control::{
        Answer, Refusal, Wish,
        wire::{Plain, Register},
    },
    driver::{Node, TraceSettings},
    hub::{Command, CommandError, Registration, Snapshot},
    identity::trust::given_name,
    proto::Ski,
};

/// Does what is asked for.
pub(super) async fn obey(node: &Node, own: &Map<String, Value>, wish: &Wish) -> Answer {
    if let Wish::Plain(plain) = wish {
        match plain {
            Plain::Status { history } => return status(node, *history).await,
            Plain::Peer { ski } => return peer(node, *ski).await,
            Plain::Identity {} => return answer("identity", own),
            Plain::Services {} => return services(node).await,
            Plain::Metrics {} => return metrics(node).await,
            Plain::TraceStart { file, full, limit } => {
                return start_trace(node, file, *full, *limit).await;
            }
            Plain::TraceStop {} => return stop_trace(node).await,
            _ => {}
        }
    }
    // The socket sees to watching by itself, and pairings to themselves.
    let Some((command, ski)) = command(wish) else { return Ok(Default::default()) };
    node.command(command).await.map_err(|error| refusal(&error))?;
    let Some(ski) = ski else { return Ok(Default::default()) };
    let mut fields = match node.peer(ski).await {
        Some(peer) => answer("outlook", &peer.outlook)?,
        // Nothing has to be remembered of it any more.
        None => Default::default(),
    };
    fields.insert("ski".to_owned(), Value::from(ski.to_string()));
    if let Wish::Plain(Plain::Rename { name, .. }) = wish {
        // Another client may have named it anew by now: this is what was done for this one.
        fields.insert("name".to_owned(), given_name(name).unwrap_or_default().into());
    }
    Ok(fields)
}

/// Whether it changes nothing, and needs nothing but the node to be answered.
pub(super) fn only_asks(wish: &Wish) -> bool {
    let Wish::Plain(plain) = wish else { return false };
    matches!(
        plain,
        Plain::Status { .. }
            | Plain::Peer { .. }
            | Plain::Identity {}
            | Plain::Services {}
            | Plain::Metrics {}
    )
}

async fn status(node: &Node, history: bool) -> Answer {
    let mut hub = snapshot(node).await?;
    if !history {
        hub.peers.iter_mut().for_each(|peer| peer.history.clear());
    }
    answer("hub", &hub)
}

async fn peer(node: &Node, ski: Ski) -> Answer {
    match node.peer(ski).await {
        Some(peer) => answer("peer", &peer),
        None if snapshot(node).await?.services.iter().any(|it| it.ski == Some(ski)) => {
            Err(refusal(&CommandError::NotRegistered(ski)))
        }
        None => Err(refusal(&CommandError::UnknownPeer(ski))),
    }
}

async fn services(node: &Node) -> Answer {
    let hub = snapshot(node).await?;
    let mut fields = answer("services", &hub.services)?;
    // What `since_ms` is to be compared with.
    fields.extend(answer("at_ms", &hub.at)?);
    Ok(fields)
}

async fn metrics(node: &Node) -> Answer {
    let hub = snapshot(node).await?;
    let mut fields = answer("metrics", &hub.metrics)?;
    fields.insert("text".to_owned(), Value::from(super::metrics::text(&hub)));
    Ok(fields)
}

async fn start_trace(node: &Node, file: &str, full: bool, limit: u64) -> Answer {
    let path = PathBuf::from(file);
    if !path.is_absolute() {
        let message = format!("{file:?} is no whole path, and the hub is not where you are");
        let error = CliError::usage(message).hint("name the file with its whole path");
        return Err(error.into_refusal("bad_file"));
    }
    let settings = TraceSettings { path, full, limit };
    match node.record(settings).await {
        Ok(()) => answer("file", &file),
        Err(error) => Err(CliError::from(error).into_refusal("not_recorded")),
    }
}

async fn stop_trace(node: &Node) -> Answer {
    match node.stop_recording().await {
        Some(recording) => answer("file", &recording.file),
        None => Err(CliError::new(Exit::NotFound, "the hub records nothing now")
            .hint("begin with `shipctl trace start FILE`")
            .into_refusal("nothing_recorded")),
    }
}

fn answer(name: &str, value: &impl serde::Serialize) -> Answer {
    match serde_json::to_value(value) {
        Ok(value) => Ok([(name.to_owned(), value)].into_iter().collect()),
        Err(error) => Err(CliError::bug(error.to_string()).into_refusal("bug")),
    }
}

pub(super) async fn snapshot(node: &Node) -> Result<Snapshot, Box<Refusal>> {
    node.snapshot().await.ok_or_else(shutting_down)
}

/// The answer to everything while we end.
pub(super) fn shutting_down() -> Box<Refusal> {
    refusal(&CommandError::ShuttingDown)
}

/// The command, and the peer it is about.
fn command(wish: &Wish) -> Option<(Command, Option<Ski>)> {
    Some(match wish {
        Wish::Watch { .. } | Wish::Pair { .. } => return None,
        Wish::Register(peer) => (Command::Register(registration(peer)), Some(peer.ski)),
        Wish::EnterPin { ski, pin } => {
            (Command::EnterPin { ski: *ski, pin: pin.clone() }, Some(*ski))
        }
        Wish::Plain(plain) => match plain {
            Plain::Status { .. }
            | Plain::Peer { .. }
            | Plain::Identity {}
            | Plain::Services {}
            | Plain::Metrics {}
            | Plain::TraceStart { .. }
            | Plain::TraceStop {} => return None,
            Plain::Accept { ski } => (Command::Accept { ski: *ski }, Some(*ski)),
            Plain::Unregister { ski } => (Command::Unregister { ski: *ski }, Some(*ski)),
            Plain::Connect { ski } => (Command::Connect { ski: *ski }, Some(*ski)),
            Plain::Disconnect { ski } => (Command::Disconnect { ski: *ski }, Some(*ski)),
            Plain::DisconnectAll {} => (Command::DisconnectAll, None),
            Plain::Cancel { ski } => (Command::Cancel { ski: *ski }, Some(*ski)),
            Plain::Limit { connections } => {
                (Command::SetLimit { limit: *connections as usize }, None)
            }
            Plain::Deny { ski } => (Command::Deny { ski: *ski }, Some(*ski)),
            Plain::Rename { ski, name } => {
                (Command::Rename { ski: *ski, name: name.clone() }, Some(*ski))
            }
            Plain::ForgetAddress { ski } => (Command::ForgetAddress { ski: *ski }, Some(*ski)),
            Plain::ForgetPin { ski } => (Command::ForgetPin { ski: *ski }, Some(*ski)),
            Plain::AutoAccept { seconds } => {
                let duration = Duration::from_secs(*seconds);
                (Command::AutoAccept { duration }, None)
            }
            Plain::Shutdown {} => (Command::Shutdown, None),
        },
    })
}

/// What is acknowledged is on disk.
pub(super) fn registration(peer: &Register) -> Registration {
    Registration {
        ski: peer.ski,
        ship_id: peer.ship_id.clone(),
        targets: peer.addresses.clone(),
        pin: peer.pin.clone(),
        fingerprint: peer.fingerprint.clone(),
        store_at_once: true,
        remember_pin: peer.remember_pin,
    }
}

pub(super) fn refusal(error: &CommandError) -> Box<Refusal> {
    let (kind, exit, hint) = match error {
        CommandError::OwnSki(_) => ("own_ski", Exit::Usage, None),
        CommandError::UnknownPeer(_) => (
            "unknown_peer",
            Exit::NotFound,
            Some("`shipctl status` and `shipctl trust list` list the devices we know"),
        ),
        CommandError::NotRegistered(_) => ("not_registered", Exit::NotFound, None),
        CommandError::NotTrusted(_) => {
            ("not_trusted", Exit::NotFound, Some("`shipctl trust list` lists the trusted devices"))
        }
        CommandError::NothingToAccept(_) => (
            "nothing_to_accept",
            Exit::NotFound,
            Some(
                "`shipctl status` shows who asks; `shipctl register` trusts a device before it asks",
            ),
        ),
        CommandError::NothingToDeny(_) => {
            ("nothing_to_deny", Exit::NotFound, Some("`shipctl status` shows who asks"))
        }
        CommandError::NothingToCancel(_) => (
            "nothing_to_cancel",
            Exit::NotFound,
            Some("`shipctl unregister` ends a pairing that is complete"),
        ),
        CommandError::NoPinWanted(_) => (
            "no_pin_wanted",
            Exit::NotFound,
            Some("`shipctl status` tells what each device waits for"),
        ),
        CommandError::NotConnected(_) => {
            ("not_connected", Exit::NotFound, Some("connect to it with `shipctl connect`"))
        }
        CommandError::NotStored(_) => ("not_stored", Exit::LocalIo, None),
        CommandError::OtherCertificate(_) => ("other_certificate", Exit::Denied, None),
        CommandError::BadName(_) => ("bad_request", Exit::Usage, None),
        CommandError::ShuttingDown => {
            ("shutting_down", Exit::Pending, Some("wait until it has ended, then start it again"))
        }
    };
    let error = match error {
        CommandError::OwnSki(_)
        | CommandError::NotStored(_)
        | CommandError::OtherCertificate(_)
        | CommandError::BadName(_) => CliError::from(error.clone()),
        CommandError::NotRegistered(ski) => CliError::new(exit, error.to_string())
            .hint(format!("pair with it first: `shipctl pair {ski}`")),
        _ => CliError::new(exit, error.to_string()),
    };
    CliError { hint: error.hint.or(hint.map(str::to_owned)), ..error }.into_refusal(kind)
}
