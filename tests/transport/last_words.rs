//! A whole node against a peer that says everything in one breath and hangs up.

use std::net::Ipv4Addr;

use futures_util::{SinkExt as _, StreamExt as _};
use shipctl::{
    driver::{Node, NodeEvent, NodeSettings, listen::ListenSettings},
    hub::{Command, Event, EventKind, Registration},
    identity::trust::TrustStore,
    proto::handshake::{Cause, Denial, Side},
};
use tokio_tungstenite::tungstenite::Message;

use super::kit::{self, identity, loopback, soon};

#[tokio::test]
async fn a_refusal_is_heard_although_the_peer_takes_no_answer_any_more() {
    let mut peer = kit::Node::with(&identity(), loopback());
    let mut settings = NodeSettings::new(identity());
    let bind = Some(Ipv4Addr::LOCALHOST.into());
    settings.listen = Some(ListenSettings { port: 0, bind, ..ListenSettings::default() });
    let (node, mut events) = Node::start(settings, &TrustStore::default(), |_| Ok(())).unwrap();
    let wish = Registration { targets: vec![peer.target()], ..Registration::new(peer.ski) };
    node.command(Command::Register(wish)).await.unwrap();

    let mut ws = peer.request().await.admit().await.unwrap();
    soon(ws.next()).await.unwrap().unwrap();
    for said in [
        &b"\0\0"[..],
        b"\x01{\"connectionHello\":[{\"phase\":\"pending\"},{\"waiting\":60000}]}",
        b"\x01{\"connectionHello\":[{\"phase\":\"aborted\"}]}",
    ] {
        ws.feed(Message::Binary(said.to_vec().into())).await.unwrap();
    }
    ws.flush().await.unwrap();
    drop(ws);

    let ended = loop {
        let event = soon(events.recv()).await.unwrap();
        if let NodeEvent::Hub(Event { kind: EventKind::Ended { end, .. }, .. }) = event {
            break end;
        }
    };
    assert_eq!(ended.cause, Cause::Denied { by: Side::Peer, how: Denial::Aborted });
}
