//! Every command at every state a peer can be in, as `commands_by_state.txt` says beside this file.
//! The table is written by hand; here stand only what its words mean.

use std::time::Duration;

use shipctl::{
    hub::{
        Command, CommandError, EventKind, Output, Registration,
        snapshot::{LinkPhase, Outlook, PeerSnapshot},
    },
    identity::trust::{TrustChange, TrustStore},
    proto::{
        ConnectionState::{
            self, Completed, Error, InProgress, Initiated, None as Idle, Pin, Queued,
            ReceivedPairingRequest, RemoteDeniedTrust, Trusted,
        },
        Ski,
        codec::decode,
        handshake::PinPolicy,
        message::{Control, Data, HelloPhase, Message, SPINE},
    },
};

use crate::world::{NodeId, Place, Say, World, secs, ship_id, ski};

#[test]
fn every_command_has_the_right_effect_or_is_refused_at_every_state() {
    let (mut cells, mut wrong) = (0, Vec::new());
    for (state, command, expected) in table() {
        let found = Bench::at(state).tell(command);
        if found != expected {
            wrong.push(format!("{command:>14} at {state:<14} is {found:<16} not {expected}"));
        }
        cells += 1;
    }
    assert_eq!(cells, 23 * 16, "a cell for each");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The cells of the table: state, command, what is to happen.
fn table() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let mut commands: Vec<&str> = Vec::new();
    include_str!("commands_by_state.txt").lines().filter(|line| line.contains('|')).flat_map(
        move |line| {
            let mut cells = line.split('|').map(str::trim);
            let state = cells.next().unwrap();
            if state.is_empty() {
                commands = cells.collect();
                return Vec::new();
            }
            commands.iter().zip(cells).map(|(command, cell)| (state, *command, cell)).collect()
        },
    )
}

fn command(name: &str, peer: Ski) -> Command {
    let ski = peer;
    match name {
        "Register" => Command::Register(Registration::new(ski)),
        "Connect" => Command::Connect { ski },
        "Unregister" => Command::Unregister { ski },
        "Disconnect" => Command::Disconnect { ski },
        "Accept" => Command::Accept { ski },
        "Deny" => Command::Deny { ski },
        "Cancel" => Command::Cancel { ski },
        "EnterPin" => Command::EnterPin { ski, pin: PIN.parse().unwrap() },
        "Send" => {
            let (protocol_id, payload) = (SPINE.to_owned(), "{}".to_owned());
            Command::Send { ski, data: Data { protocol_id, payload } }
        }
        "Rename" => Command::Rename { ski, name: "Garage".to_owned() },
        "ForgetAddress" => Command::ForgetAddress { ski },
        "ForgetPin" => Command::ForgetPin { ski },
        "DisconnectAll" => Command::DisconnectAll,
        "AutoAccept" => Command::AutoAccept { duration: secs(600) },
        "AutoAccept off" => Command::AutoAccept { duration: Duration::ZERO },
        "SetLimit" => Command::SetLimit { limit: 20 },
        "Shutdown" => Command::Shutdown,
        other => panic!("no command {other:?}"),
    }
}

const PIN: &str = "12345678";

/// The word for what a hub wants done outside, if it is worth one.
fn out(output: &Output) -> Option<&'static str> {
    match output {
        Output::Dial { .. } => Some("dial"),
        Output::Forget { .. } => Some("stop"),
        Output::Close { .. } => Some("drop"),
        Output::Transmit { bytes, .. } => Some(match decode(bytes).unwrap().message {
            Message::Control(Control::Hello(hello)) => match hello.phase {
                HelloPhase::Ready => "ready",
                HelloPhase::Pending => "pending",
                HelloPhase::Aborted => "abort",
            },
            Message::Control(Control::PinInput(_)) => "pin",
            Message::Close(_) => "close",
            Message::Data(_) => "data",
            _ => "something else",
        }),
        _ => None,
    }
}

fn then(peer: Option<&PeerSnapshot>) -> &'static str {
    let Some(peer) = peer.filter(|peer| peer.registered) else { return "free" };
    match peer.outlook {
        Outlook::Connected => "conn",
        Outlook::Dialling => "dial",
        Outlook::AttemptDue => "due",
        Outlook::WaitsForPlace => "place",
        Outlook::WaitsForSight => "sight",
        Outlook::Held => "held",
        Outlook::PeerMayCome => "peer",
        Outlook::GivenUp => "over",
        Outlook::NotPaired => "free",
        Outlook::Other => unreachable!("a hub of our own says nothing newer"),
    }
}

/// A hub and one peer of it at some state.
struct Bench {
    w: World,
    hub: NodeId,
    peer: Ski,
}

impl Bench {
    /// Does it; the cell of the table that is.
    fn tell(mut self, name: &str) -> String {
        let Self { w, hub, peer } = &mut self;
        w.forget_events();
        if let Err(error) = w.command(*hub, command(name, *peer)) {
            assert_eq!(w.outputs(*hub).len(), 0, "{error}, but something happened");
            return refusal(&error).to_owned();
        }
        let at_once: Vec<&str> = w.outputs(*hub).iter().filter_map(|(_, o)| out(o)).collect();
        let at_once = if at_once.is_empty() { "-".to_owned() } else { at_once.join("+") };
        w.run(secs(5));
        let snapshot = w.snapshot(*hub);
        let then = match name {
            "Shutdown" => {
                assert_eq!((w.deadline(*hub), snapshot.links.len()), (None, 0));
                "end"
            }
            _ => then(snapshot.peers.iter().find(|p| p.ski == *peer)),
        };
        format!("{at_once} {then}")
    }

    /// A hub with somebody to ask, whose one peer is at this state.
    fn at(state: &str) -> Self {
        let mut w = World::new(1);
        let hub = w.hub(1, |c| {
            c.can_ask_for_trust = true;
            c.can_ask_for_pin = true;
            c.max_connections = 1;
        });
        let peer = match state {
            "us" => hub,
            "unknown" => w.hub(2, |_| {}),
            "stored" => return Self::stored(),
            "let in" | "trusted" => scripted(&mut w, hub, state),
            _ => wire_up(&mut w, hub, state),
        };
        let bench = Self { peer: w.ski(peer), w, hub };
        bench.check(state, peer);
        bench
    }

    /// The hub was started with the peer in its trust store; nobody asked for it since.
    fn stored() -> Self {
        let mut trust = TrustStore::default();
        let (ski, ship_id, name, address, seen) = (ski(2), Some(ship_id(2)), None, None, true);
        trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen }, 1);
        let mut w = World::new(1);
        let (hub, peer) = (w.hub_that_trusts(1, &trust, |_| {}), w.hub(2, |_| {}));
        w.register(peer, hub);
        w.sees(hub, peer);
        let bench = Self { peer: ski, w, hub };
        bench.check("stored", peer);
        bench
    }

    /// Makes sure that the state is the one its name says.
    #[track_caller]
    fn check(&self, name: &str, peer: NodeId) {
        let snapshot = self.w.snapshot(self.hub);
        let link = snapshot.links.first();
        let told = |is: fn(&EventKind) -> bool| self.w.count(self.hub, is) > 0;
        let (state, holds): (ConnectionState, bool) = match name {
            "us" | "unknown" => (Idle, snapshot.peers.is_empty()),
            "seen" => (Idle, snapshot.services.len() == 1),
            "asks" => (ReceivedPairingRequest, !link.unwrap().leaving),
            "refused" => (ReceivedPairingRequest, link.unwrap().leaving),
            "unseen" | "stored" => (Queued, snapshot.links.is_empty()),
            "due" | "lost" => (Queued, snapshot.peers[0].next_attempt.is_some()),
            "no place" => (Queued, snapshot.metrics.waiting == 1),
            "dialled" => (Initiated, link.unwrap().phase == LinkPhase::Dialling),
            "let in" => (Initiated, link.unwrap().phase == LinkPhase::Admitted),
            "decides" => (InProgress, true),
            "trusted" => (Trusted, true),
            "wants a PIN" => (Pin, told(|kind| matches!(kind, EventKind::PinWanted { .. }))),
            "completed" => (Completed, !link.unwrap().leaving),
            "disconnected" => (Queued, snapshot.peers[0].outlook == Outlook::Held),
            "disconnecting" => (Queued, link.unwrap().leaving && snapshot.peers[0].registered),
            "unregistering" => (Idle, link.unwrap().leaving && !snapshot.peers[0].registered),
            "denied us" => (RemoteDeniedTrust, true),
            "given up" => (Error, snapshot.peers[0].outlook == Outlook::GivenUp),
            "hub ending" => (Idle, snapshot.shutdown.is_some()),
            "hub ended" => (Idle, self.w.deadline(self.hub).is_none()),
            other => panic!("no state {other:?}"),
        };
        assert!(holds, "{name}: {snapshot:#?}");
        assert_eq!(self.w.state(self.hub, peer), state, "{name}");
    }
}

fn refusal(error: &CommandError) -> &'static str {
    match error {
        CommandError::OwnSki(_) => "OwnSki",
        CommandError::UnknownPeer(_) => "UnknownPeer",
        CommandError::NotRegistered(_) => "NotRegistered",
        CommandError::NotTrusted(_) => "NotTrusted",
        CommandError::NothingToAccept(_) => "NothingToAccept",
        CommandError::NothingToDeny(_) => "NothingToDeny",
        CommandError::NothingToCancel(_) => "NothingToCancel",
        CommandError::NoPinWanted(_) => "NoPinWanted",
        CommandError::NotConnected(_) => "NotConnected",
        CommandError::NotStored(_) => "NotStored",
        CommandError::OtherCertificate(_) => "OtherCertificate",
        CommandError::BadName(_) => "BadName",
        CommandError::ShuttingDown => "ShuttingDown",
    }
}

/// A peer that dials in and whose upgrade is being answered, or that says no more after its hello.
fn scripted(w: &mut World, hub: NodeId, state: &str) -> NodeId {
    let peer = w.script(2, |_, heard| match heard {
        heard if heard.is_init() => vec![Say::INIT],
        heard if heard.is_hello(HelloPhase::Ready) => vec![Say::hello(HelloPhase::Ready)],
        _ => vec![],
    });
    w.register(hub, peer);
    if state == "let in" {
        w.delay = 100..=100;
        w.script_dials(peer, hub);
        w.run(Duration::from_millis(50));
    } else {
        w.sees(hub, peer);
        w.run(secs(1));
    }
    peer
}

/// A peer that is a hub of ours, and trusts the one under test unless the state wants it otherwise.
fn wire_up(w: &mut World, hub: NodeId, state: &str) -> NodeId {
    let peer = w.hub(2, |c| {
        c.can_ask_for_trust = state == "decides";
        if state == "wants a PIN" {
            c.pin_policy = PinPolicy::Required(PIN.parse().unwrap());
        }
    });
    let ski = w.ski(peer);
    if !["decides", "denied us", "given up"].contains(&state) {
        w.register(peer, hub);
    }
    match state {
        "seen" => w.sees(hub, peer),
        "asks" | "refused" => {
            w.sees(hub, peer);
            w.sees(peer, hub);
            w.run(secs(4));
            if state == "refused" {
                w.told(hub, Command::Deny { ski });
            }
        }
        "unseen" => w.register(hub, peer),
        "due" | "dialled" | "no place" | "decides" | "denied us" | "wants a PIN" | "given up" => {
            match state {
                "due" => w.listens(peer, false),
                "dialled" => w.place(w.address(peer), Place::Silent),
                "given up" => {
                    let stranger = w.hub(3, |_| {});
                    w.place(w.address(peer), Place::Node(stranger));
                }
                "no place" => {
                    let other = w.hub(3, |_| {});
                    w.paired(hub, other);
                }
                _ => {}
            }
            w.sees(hub, peer);
            w.register(hub, peer);
            w.run(secs(1));
        }
        _ => {
            w.paired(hub, peer);
            after_pairing(w, hub, peer, state);
        }
    }
    peer
}

fn after_pairing(w: &mut World, hub: NodeId, peer: NodeId, state: &str) {
    let ski = w.ski(peer);
    w.node_mut(peer).mute = ["disconnecting", "unregistering", "hub ending"].contains(&state);
    match state {
        "completed" => {}
        "disconnected" => {
            w.told(hub, Command::Disconnect { ski });
            w.run(secs(5));
        }
        "disconnecting" => w.told(hub, Command::Disconnect { ski }),
        "unregistering" => w.told(hub, Command::Unregister { ski }),
        "lost" => {
            w.listens(peer, false);
            w.listens(hub, false);
            w.cut(hub, peer);
            w.run(Duration::from_millis(1));
        }
        "hub ending" => w.told(hub, Command::Shutdown),
        "hub ended" => {
            w.told(hub, Command::Shutdown);
            w.run(secs(5));
        }
        other => panic!("no state {other:?}"),
    }
}
