//! What clients of the control socket ask for, as commands to the hub; and what they are answered.

use std::time::Duration;

use serde_json::Value;

use crate::{
    cli::{error::CliError, exit::Exit},
    control::{
        Answer, Refusal, Wish,
        wire::{Plain, Register},
    },
    driver::Node,
    hub::{Command, CommandError, Registration},
    proto::Ski,
};

/// Does what is asked for.
pub(super) async fn obey(node: &Node, wish: &Wish) -> Answer {
    // The socket sees to watching by itself.
    let Some((command, ski)) = command(wish) else { return Ok(Default::default()) };
    node.command(command).await.map_err(|error| refusal(&error))?;
    Ok(ski.map(|ski| ("ski".to_owned(), Value::from(ski.to_string()))).into_iter().collect())
}

/// The answer to everything while we end.
pub(super) fn shutting_down() -> Refusal {
    refusal(&CommandError::ShuttingDown)
}

/// The command, and the peer it is about.
fn command(wish: &Wish) -> Option<(Command, Option<Ski>)> {
    Some(match wish {
        Wish::Watch => return None,
        Wish::Register(peer) => (Command::Register(registration(peer)), Some(peer.ski)),
        Wish::EnterPin { ski, pin } => {
            (Command::EnterPin { ski: *ski, pin: pin.clone() }, Some(*ski))
        }
        Wish::Plain(plain) => match plain {
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
            Plain::AutoAccept { seconds } => {
                // Nobody means longer, and a time must stay one that can be reckoned with.
                let duration = Duration::from_secs(*seconds).min(MOST_AUTO_ACCEPT);
                (Command::AutoAccept { duration }, None)
            }
            Plain::Shutdown {} => (Command::Shutdown, None),
        },
    })
}

/// The longest window of auto-accept.
const MOST_AUTO_ACCEPT: Duration = Duration::from_secs(365 * 86_400);

/// What is acknowledged is on disk.
fn registration(peer: &Register) -> Registration {
    Registration {
        ski: peer.ski,
        ship_id: peer.ship_id.clone(),
        targets: peer.addresses.clone(),
        pin: peer.pin.clone(),
        store_at_once: true,
    }
}

fn refusal(error: &CommandError) -> Refusal {
    let (kind, exit, hint) = match error {
        CommandError::OwnSki(_) => ("own_ski", Exit::Usage, None),
        CommandError::UnknownPeer(_) => {
            ("unknown_peer", Exit::NotFound, Some("see `shipctl trust list`"))
        }
        CommandError::NotRegistered(_) => {
            ("not_registered", Exit::NotFound, Some("trust it with `shipctl register`"))
        }
        CommandError::NothingToDeny(_) => ("nothing_to_deny", Exit::NotFound, None),
        CommandError::NothingToCancel(_) => ("nothing_to_cancel", Exit::NotFound, None),
        CommandError::NoPinWanted(_) => ("no_pin_wanted", Exit::NotFound, None),
        CommandError::NotConnected(_) => ("not_connected", Exit::NotFound, None),
        CommandError::NotStored(_) => ("not_stored", Exit::LocalIo, None),
        CommandError::ShuttingDown => {
            ("shutting_down", Exit::Pending, Some("wait until it has ended, then start it again"))
        }
    };
    let error = match error {
        CommandError::OwnSki(_) | CommandError::NotStored(_) => CliError::from(error.clone()),
        _ => CliError::new(exit, error.to_string()),
    };
    CliError { hint: error.hint.or(hint.map(str::to_owned)), ..error }.into_refusal(kind)
}
