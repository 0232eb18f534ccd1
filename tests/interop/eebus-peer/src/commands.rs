//! What comes in on stdin, one command a line.

use std::sync::Arc;

use eebus::ship::{ConnectionCloseReason, Ski};
use tokio::sync::mpsc;

use crate::peer::Peer;
use crate::{Fallible, events};

/// Obeys until stdin ends or says `quit`.
pub async fn obey_stdin(peer: &Arc<Peer>) {
    let (sender, mut lines) = mpsc::unbounded_channel();
    // A thread of its own: reading stdin blocks, and cannot be cancelled.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    while let Some(line) = lines.recv().await {
        if line.trim() == "quit" {
            return;
        }
        if let Err(error) = obey(peer, line.trim()) {
            events::error(error);
        }
    }
}

fn obey(peer: &Arc<Peer>, line: &str) -> Fallible {
    let (word, rest) = split(line);
    let (first, second) = split(rest);
    match word {
        "" => {}
        "accept" | "register" => peer.trust(first.parse()?),
        "deny" => peer.refuse(first.parse()?),
        "disconnect" => peer.close(first.parse()?, ConnectionCloseReason::Unspecific),
        "unregister" => {
            let ski: Ski = first.parse()?;
            peer.forget(ski);
            peer.close(ski, ConnectionCloseReason::RemovedConnection);
        }
        "dial" => peer.dial(first, second.parse()?),
        "announce" => peer.announce_keys(first.parse()?),
        "send" => peer.send(first.parse()?, second)?,
        _ => return Err(format!("unknown command {word:?}").into()),
    }
    Ok(())
}

fn split(line: &str) -> (&str, &str) {
    let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
    (first, rest.trim_start())
}
