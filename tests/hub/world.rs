//! The virtual world of [`shipctl::sim`], as these tests use it.

pub(crate) use shipctl::sim::{
    Habits, Heard, NodeId, Place, Say, World, kinds, secs, ship_id, ski,
};
use std::time::Duration;

use shipctl::{
    checks::Code,
    hub::{EventKind, history::Found, snapshot::PeerSnapshot},
    proto::{
        ConnectionState::{Completed, InProgress, ReceivedPairingRequest},
        message::{
            AccessMethods, Control, Format, HandshakeKind, HelloPhase, Message, PinDemand,
            PinStateMessage, ProtocolHandshake, Version,
        },
    },
};

/// Two hubs that know nothing of each other; the second has the higher SKI.
pub(crate) fn two_hubs(seed: u64) -> (World, NodeId, NodeId) {
    let mut w = World::new(seed);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |_| {}));
    (w, a, b)
}

/// Two hubs, of which the first asks the second to be paired, where somebody can be asked and has
/// not answered yet.
pub(crate) fn asked() -> (World, NodeId, NodeId) {
    let mut w = World::new(1);
    let (a, b) = (w.hub(1, |_| {}), w.hub(2, |c| c.can_ask_for_trust = true));
    w.sees(a, b);
    w.register(a, b);
    w.run(secs(5));
    assert_eq!(w.states(a, b), [InProgress, ReceivedPairingRequest]);
    (w, a, b)
}

/// What a hub knows of a peer.
pub(crate) fn peer(w: &World, id: NodeId, of: NodeId) -> PeerSnapshot {
    let peers = w.snapshot(id).peers;
    peers.into_iter().find(|peer| peer.ski == w.ski(of)).expect("it is known")
}

/// The codes of what a hub found about a peer.
pub(crate) fn codes(w: &World, id: NodeId, of: NodeId) -> Vec<Code> {
    peer(w, id, of).findings.iter().map(|found| found.finding.code).collect()
}

/// One of its findings.
pub(crate) fn found(w: &World, id: NodeId, of: NodeId, code: Code) -> Found {
    let findings = peer(w, id, of).findings;
    let it = findings.iter().find(|found| found.finding.code == code);
    it.unwrap_or_else(|| panic!("{code} is not among {findings:?}")).clone()
}

/// How often a hub told of a finding that no other event tells.
pub(crate) fn told(w: &World, id: NodeId, code: Code) -> usize {
    w.count(id, |kind| matches!(kind, EventKind::Found(finding) if finding.code == code))
}

/// A device that trusts whoever dials it and completes the handshake.
pub(crate) fn device(_: usize, heard: &Heard) -> Vec<Say> {
    let say = |control| vec![Say::Message(Message::Control(control))];
    let Heard::Message(message) = heard else { return vec![] };
    match message {
        Message::Init { .. } => vec![Say::INIT],
        Message::Control(Control::Hello(_)) => vec![Say::hello(HelloPhase::Ready)],
        Message::Control(Control::Protocol(it)) if it.kind == HandshakeKind::AnnounceMax => {
            say(Control::Protocol(ProtocolHandshake {
                kind: HandshakeKind::Select,
                version: Version::V1_0,
                formats: vec![Format::JsonUtf8],
            }))
        }
        Message::Control(Control::PinState(_)) => {
            say(Control::PinState(PinStateMessage { state: PinDemand::None, permission: None }))
        }
        Message::Control(Control::AccessMethodsRequest) => {
            say(Control::AccessMethods(AccessMethods {
                id: Some(ship_id(2)),
                ..AccessMethods::default()
            }))
        }
        _ => vec![],
    }
}

/// A hub that dials such a device.
pub(crate) fn with_device(seed: u64) -> (World, NodeId, NodeId) {
    let mut w = World::new(seed);
    let (a, b) = (w.hub(1, |_| {}), w.script(2, device));
    w.sees(a, b);
    w.register(a, b);
    (w, a, b)
}

/// Lets the time pass until the handshake is complete.
pub(crate) fn until_completed(w: &mut World, a: NodeId, b: NodeId) {
    for _ in 0..70_000 {
        if w.state(a, b) == Completed {
            return;
        }
        w.run(Duration::from_millis(10));
    }
    panic!("not completed: {:?}", w.events(a));
}

pub(crate) fn closes(w: &mut World, a: NodeId, b: NodeId, code: u16, text: &'static str) {
    let wire = w.open_between(a, b)[0];
    w.script_closes(wire, code, text);
    w.run(Duration::from_millis(50));
}
