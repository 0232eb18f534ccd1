//! One connection, from the completed handshake to its end.

use std::time::Duration;

use eebus::runtime::{ConnectionError, KEEPALIVE_INTERVAL, ShipConnection};
use eebus::ship::{ConnectionCloseReason, ControlMessage, DataMessage, ShipMessage};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, interval_at, sleep};

use crate::{events, payload};

/// What the rest of the program may ask of a connection.
pub enum Order {
    Send(ShipMessage),
    Ping,
    Keys,
    Close(ConnectionCloseReason),
}

/// What is told to a peer as the time to confirm a close.
const CLOSE_MAX_TIME: Duration = Duration::from_secs(2);

/// Serves the connection until either side ends it.
pub async fn serve(
    mut connection: ShipConnection,
    mut orders: UnboundedReceiver<Order>,
    echo: bool,
) {
    let mut ping = interval_at(Instant::now() + KEEPALIVE_INTERVAL, KEEPALIVE_INTERVAL);
    let mut named = false;
    loop {
        let timer = until(connection.poll_timeout().map(|at| at.saturating_sub(connection.age())));
        // Only the read may lose the race: it is the one call of the crate that is cancel-safe.
        let message = tokio::select! {
            message = connection.next_message() => Some(message),
            order = orders.recv() => match order {
                Some(Order::Close(reason)) => {
                    let _ = connection.close(reason, CLOSE_MAX_TIME).await;
                    return;
                }
                Some(Order::Send(message)) => match connection.send_ship(&message).await {
                    Ok(()) => None,
                    Err(error) => Some(Err(error)),
                },
                Some(Order::Keys) => connection.send_key_material().await.err().map(Err),
                Some(Order::Ping) | None => connection.ping().await.err().map(Err),
            },
            _ = ping.tick() => match connection.awaiting_pong() {
                true => Some(Err(ConnectionError::Timeout)),
                false => connection.ping().await.err().map(Err),
            },
            () = timer => connection.handle_timeout().err().map(Err),
        };
        let ended = match message {
            None => connection.flush().await.err(),
            Some(Ok(message)) => receive(&mut connection, message, echo).await.err(),
            Some(Err(error)) => Some(error),
        };
        if !named && let Some(ship_id) = connection.peer_ship_id() {
            events::ship_id(connection.peer(), ship_id);
            named = true;
        }
        match ended {
            None => {}
            Some(ConnectionError::NotBinary) => {
                connection.reject(1003, "SHIP carries binary frames only").await;
                return;
            }
            Some(error) => {
                events::log(format_args!("{}: {error}", connection.peer()));
                return;
            }
        }
    }
}

/// Answers what the crate answers, and reports data, or sends it back.
async fn receive(
    connection: &mut ShipConnection,
    message: ShipMessage,
    echo: bool,
) -> Result<(), ConnectionError> {
    connection.handle_message(&message)?;
    connection.flush().await?;
    match message {
        ShipMessage::Data(DataMessage::Data(_)) if echo => connection.send_ship(&message).await,
        ShipMessage::Data(DataMessage::Data(data)) => {
            let payload = data.payload.map(payload::to_ordinary).unwrap_or_default();
            events::data(connection.peer(), payload);
            Ok(())
        }
        // The peer announced a close and has our confirmation, or lost patience: either way over.
        ShipMessage::End(_) => Err(ConnectionError::Closed),
        ShipMessage::Control(ControlMessage::KeyMaterialStateResponse(_)) => {
            events::keys_accepted(connection.peer());
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Waits for the next timer of the SHIP state machine; for ever if none runs.
async fn until(next: Option<Duration>) {
    match next {
        Some(left) => sleep(left).await,
        None => std::future::pending().await,
    }
}
