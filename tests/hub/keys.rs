//! Peers that change their key (SHIP 1.1, 12.1.3): whom the hub trusts for it, and what it keeps.

use std::{net::SocketAddr, time::Duration};

use shipctl::{
    hub::{
        Command, Config, EventKind, Hub, Input, LinkId, Opened, Output, Registration, Snapshot,
        history::Step,
        keys::{KeyNews, KeyOutcome},
    },
    identity::trust::{PeerKeys, TrustChange, TrustStore},
    mdns::{service::Service, txt::Txt},
    proto::{
        ConnectionState, ProtocolState, Ski,
        codec::{decode, encode},
        message::*,
    },
    time::Time,
};

const OWN: Ski = Ski::from_bytes([0xFF; 20]);
/// The device with its key, the announced one, and the one after that.
const A: Ski = Ski::from_bytes([0xAA; 20]);
const B: Ski = Ski::from_bytes([0xBB; 20]);
const C: Ski = Ski::from_bytes([0xCC; 20]);
/// Another trusted device.
const OTHER: Ski = Ski::from_bytes([0x22; 20]);

use KeyState::{Current, Predecessor, Successor};

/// A hub that trusts two devices, and everything it wants done.
struct Bench {
    hub: Hub,
    now: Time,
    out: Vec<Output>,
    trust: TrustStore,
}

impl Bench {
    fn new() -> Self {
        let mut trust = TrustStore::default();
        for (ski, name) in [(A, "Garage"), (OTHER, "Meter")] {
            let (ship_id, name) = (format!("i:1_u:{name}").parse().ok(), Some(name.to_owned()));
            let address = Some("10.0.0.7:4712/ship/".to_owned());
            trust.apply(&TrustChange::Trust { ski, ship_id, name, address, seen: true }, 1);
        }
        Self::that_trusts(trust)
    }

    fn that_trusts(trust: TrustStore) -> Self {
        let config = Config {
            dial_stored: true,
            can_ask_for_trust: true,
            ..Config::new(OWN, "i:1_u:us".parse().unwrap())
        };
        let hub = Hub::new(config, &trust, 1);
        Self { hub, now: Time::ORIGIN, out: Vec::new(), trust }
    }

    fn drain(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            if let Output::Store(change) = &output {
                self.trust.apply(change, 2);
            }
            self.out.push(output);
        }
    }

    fn feed(&mut self, input: Input) {
        self.hub.handle(self.now, input);
        self.drain();
    }

    fn tell(&mut self, command: Command) {
        let foreseen = self.hub.foresee(&command).unwrap();
        self.hub.command(self.now, command.clone()).unwrap();
        self.drain();
        if let Some(change) = foreseen {
            assert!(self.out.contains(&Output::Store(change)), "{command:?}");
        }
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.hub.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            self.feed(Input::Timeout);
        }
        self.now = until;
    }

    fn says(&mut self, link: LinkId, message: Message) {
        self.feed(Input::Message { link, bytes: encode(&message).into() });
    }

    fn remote() -> SocketAddr {
        "10.0.0.7:50000".parse().unwrap()
    }

    /// A device with this key dials us, and is let in.
    fn comes(&mut self, ski: Ski) -> LinkId {
        let link = self.hub.new_link();
        let (remote, transport) = (Self::remote(), Box::default());
        self.feed(Input::Incoming { link, ski, remote, transport });
        self.feed(Input::Accepted { link });
        link
    }

    /// The rest of the handshake of a client, with this in its hello and this SHIP ID.
    fn shakes_hands(&mut self, link: LinkId, update_counter: Option<u16>, id: &str) {
        self.says(link, Message::Init { head: 0 });
        self.says(
            link,
            Message::Control(Control::Hello(Hello {
                phase: HelloPhase::Ready,
                waiting: Some(Duration::from_secs(60)),
                prolongation_request: false,
                update_counter,
            })),
        );
        for kind in [HandshakeKind::AnnounceMax, HandshakeKind::Select] {
            let (version, formats) = (Version::V1_0, vec![Format::JsonUtf8]);
            let handshake = ProtocolHandshake { kind, version, formats };
            self.says(link, Message::Control(Control::Protocol(handshake)));
        }
        let none = PinStateMessage { state: PinDemand::None, permission: None };
        self.says(link, Message::Control(Control::PinState(none)));
        let methods = AccessMethods { id: id.parse().ok(), ..AccessMethods::default() };
        self.says(link, Message::Control(Control::AccessMethods(methods)));
    }

    /// The device is connected with this key.
    fn connected(&mut self, ski: Ski, update_counter: Option<u16>) -> LinkId {
        let link = self.comes(ski);
        self.shakes_hands(link, update_counter, "i:1_u:Garage");
        assert_eq!(self.hub.state(ski), ConnectionState::Completed, "{:#?}", self.out);
        link
    }

    /// It describes its keys; what is told of that.
    fn tells_keys(&mut self, link: LinkId, counter: u16, keys: &[(KeyState, u16, Ski)]) -> KeyNews {
        let entry = |&(state, curve, ski): &_| KeyEntry { state, curve, ski };
        let state = KeyMaterialState {
            update_counter: counter,
            entries: keys.iter().map(entry).collect(),
            unreadable: 0,
        };
        self.out.clear();
        self.says(link, Message::Control(Control::KeyMaterialState(state)));
        assert!(matches!(
            self.sent(link)[..],
            [Control::KeyMaterialStateResponse { accept: true }]
        ));
        let mut news = self.out.iter().filter_map(|output| match output {
            Output::Event(event) => match event.kind {
                EventKind::KeyMaterial(news) => Some(news),
                _ => None,
            },
            _ => None,
        });
        news.next_back().expect("what became of it is told")
    }

    fn sent(&self, on: LinkId) -> Vec<Control> {
        let sent = self.out.iter().filter_map(|output| match output {
            Output::Transmit { link, bytes } if *link == on => match decode(bytes).unwrap().message
            {
                Message::Control(control) => Some(control),
                _ => None,
            },
            _ => None,
        });
        sent.collect()
    }

    fn keys(&self, ski: Ski) -> Option<PeerKeys> {
        self.trust.get(&ski).unwrap().keys
    }

    /// Who is trusted, in any way.
    fn trusted(&self) -> Vec<Ski> {
        let both = |(ski, _): (&Ski, _)| [Some(*ski), self.trust.get(ski).unwrap().also_trusted()];
        self.trust.iter().flat_map(both).flatten().collect()
    }

    fn snapshot(&self) -> Snapshot {
        self.hub.snapshot(self.now)
    }

    /// Whether a device with this key is let through the hello.
    fn is_let_in(&mut self, ski: Ski) -> bool {
        self.out.clear();
        let link = self.comes(ski);
        self.says(link, Message::Init { head: 0 });
        let ready = |control: &Control| matches!(control, Control::Hello(hello) if hello.phase == HelloPhase::Ready);
        self.sent(link).iter().any(ready)
    }
}

fn keys(update_counter: u16, also_trusted: Option<Ski>) -> PeerKeys {
    PeerKeys { update_counter, also_trusted }
}

fn record(ski: Ski) -> Service {
    let address: SocketAddr = "10.0.0.9:4712".parse().unwrap();
    Service {
        instance: format!("device {ski}"),
        host: String::new(),
        port: 4712,
        addresses: vec![address],
        interfaces: Vec::new(),
        txt: Txt { ski: Some(ski), ..Txt::default() },
    }
}

#[test]
fn announced_successor_is_trusted_and_gets_everything_of_the_device() {
    let mut bench = Bench::new();
    let link = bench.connected(A, Some(1));
    let news = bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    assert_eq!(
        news,
        KeyNews {
            update_counter: 2,
            outcome: KeyOutcome::Applied,
            trusted: Some(B),
            dropped: None
        }
    );
    // Written before it is told.
    assert!(matches!(
        bench.out[..],
        [
            Output::Transmit { .. },
            Output::Store(TrustChange::Keys { ski: A, .. }),
            Output::Event(_),
            ..
        ]
    ));
    assert_eq!(bench.snapshot().peers.iter().find(|it| it.ski == A).unwrap().also_trusted, Some(B));
    bench.feed(Input::Closed { link, how: shipctl::proto::handshake::TransportEnd::Eof });

    bench.out.clear();
    bench.connected(B, Some(3));
    let changed = bench.out.iter().position(|output| {
        matches!(output, Output::Event(event)
            if event.ski == Some(A) && event.kind == EventKind::KeyChanged { to: B })
    });
    let stored = bench
        .out
        .iter()
        .position(|output| *output == Output::Store(TrustChange::Succeed { ski: A, to: B }));
    assert!(stored.unwrap() < changed.unwrap(), "written before it is told");

    assert!(bench.trust.get(&A).is_none());
    let device = bench.trust.get(&B).unwrap();
    assert_eq!(device.name.as_deref(), Some("Garage"));
    assert_eq!(device.ship_id, "i:1_u:Garage".parse().ok());
    assert_eq!(device.address.as_deref(), Some("10.0.0.7:4712/ship/"));
    let snapshot = bench.snapshot();
    assert_eq!(snapshot.peers.len(), 2, "it is no other device");
    let peer = snapshot.peers.iter().find(|peer| peer.ski == B).unwrap();
    assert_eq!((peer.name.as_deref(), peer.state), (Some("Garage"), ConnectionState::Completed));
    assert_eq!(peer.targets.len(), 1);
    let steps: Vec<Step> = peer.history.iter().map(|entry| entry.step).collect();
    let completed = steps.iter().filter(|step| **step == Step::Completed).count();
    assert_eq!((completed, steps.contains(&Step::KeyChanged)), (2, true), "{steps:?}");
}

#[test]
fn predecessor_and_unlisted_keys_are_dropped_but_never_the_one_in_use() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    // It changed its mind.
    let news = bench.tells_keys(link, 3, &[(Current, 23, A), (Successor, 23, C)]);
    assert_eq!((news.trusted, news.dropped), (Some(C), Some(B)));
    assert_eq!(bench.keys(A), Some(keys(3, Some(C))));
    let news = bench.tells_keys(link, 4, &[(Current, 23, A)]);
    assert_eq!((news.trusted, news.dropped), (None, Some(C)));
    // It uses another key from now on, but this connection runs on the one before.
    bench.tells_keys(link, 5, &[(Predecessor, 23, A), (Current, 23, B)]);
    assert_eq!(bench.keys(A), Some(keys(5, Some(B))));
    bench.tells_keys(link, 6, &[]);
    assert_eq!(bench.keys(A), Some(keys(6, None)));
    bench.tells_keys(link, 7, &[(Predecessor, 23, A), (Current, 23, B)]);

    let link = bench.connected(B, Some(7));
    assert_eq!(bench.keys(B), Some(keys(7, Some(A))), "until it says that it is retired");
    bench.tells_keys(link, 7, &[(Predecessor, 23, A), (Current, 23, B)]);
    assert_eq!(bench.keys(B), Some(keys(7, None)));
    assert!(!bench.is_let_in(A));
}

#[test]
fn lower_counter_is_a_replay_equal_and_higher_are_applied() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    let announced = [(Current, 23, A), (Successor, 23, B)];
    bench.tells_keys(link, 5, &announced);
    for counter in [0, 1, 4] {
        let news = bench.tells_keys(link, counter, &[(Current, 23, A), (Successor, 23, C)]);
        assert_eq!(news.outcome, KeyOutcome::Replay);
        assert_eq!(bench.keys(A), Some(keys(5, Some(B))));
    }
    let news = bench.tells_keys(link, 5, &announced);
    assert_eq!(news.outcome, KeyOutcome::Unchanged);
    assert!(!bench.out.iter().any(|output| matches!(output, Output::Store(_))));
    let news = bench.tells_keys(link, 5, &[(Current, 23, A), (Successor, 23, C)]);
    assert_eq!((news.outcome, news.trusted), (KeyOutcome::Applied, Some(C)));
    bench.tells_keys(link, u16::MAX, &announced);
    assert_eq!(bench.keys(A), Some(keys(u16::MAX, Some(B))));
}

#[test]
fn keys_of_other_curves_are_not_taken_and_not_dropped() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(
        link,
        2,
        &[(Current, 26, B), (Successor, 27, C), (Current, 23, A), (Current, 27, OTHER)],
    );
    assert_eq!(bench.keys(A), Some(keys(2, None)));
    bench.tells_keys(link, 3, &[(Current, 23, A), (Successor, 23, B), (Predecessor, 26, B)]);
    assert_eq!(bench.keys(A), Some(keys(3, Some(B))));
}

#[test]
fn contradictory_states_are_answered_and_ignored() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    for state in [
        &[(Current, 23, A), (Current, 23, C)][..],
        &[(Current, 23, A), (Successor, 23, B), (Successor, 23, C)],
        &[(Current, 23, A), (Successor, 23, A)],
        &[(Current, 23, A), (Predecessor, 23, B), (Successor, 23, B)],
        &[(Predecessor, 23, A), (Current, 23, A)],
    ] {
        let news = bench.tells_keys(link, 9, state);
        assert_eq!(news.outcome, KeyOutcome::Contradictory, "{state:?}");
        assert_eq!(bench.keys(A), Some(keys(2, Some(B))));
    }
}

#[test]
fn key_of_ours_or_of_another_device_is_never_taken() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.tell(Command::Register(Registration::new(C)));
    for (counter, taken) in [(3, OTHER), (4, C), (5, OWN)] {
        let news = bench.tells_keys(link, counter, &[(Current, 23, A), (Successor, 23, taken)]);
        assert_eq!((news.outcome, news.trusted), (KeyOutcome::OtherDevice, None));
        // What is no longer listed goes all the same; the counter stays, so that we ask again.
        assert_eq!(bench.keys(A), Some(keys(2, None)));
    }
    // Nor the one that the other device announced.
    let other = bench.comes(OTHER);
    bench.shakes_hands(other, None, "i:1_u:Meter");
    let next = Ski::from_bytes([0x33; 20]);
    bench.tells_keys(other, 2, &[(Current, 23, OTHER), (Successor, 23, next)]);
    let news = bench.tells_keys(link, 6, &[(Current, 23, A), (Successor, 23, next)]);
    assert_eq!(news.outcome, KeyOutcome::OtherDevice);
    assert_eq!(bench.keys(OTHER), Some(keys(2, Some(next))));
}

#[test]
fn hostile_device_never_gathers_trust_for_more_than_one_other_key() {
    let mut bench = Bench::new();
    let before = bench.trusted().len();
    let mut writes = 0;
    let link = bench.connected(A, None);
    for n in 0..200_u16 {
        let next = Ski::from_bytes([n as u8; 20]);
        bench.tells_keys(link, n, &[(Current, 23, A), (Successor, 23, next)]);
        writes += bench.out.iter().filter(|output| matches!(output, Output::Store(_))).count();
        assert!(bench.trusted().len() <= before + 1);
    }
    assert!(writes <= 8, "{writes} writes of one connection");
    let news = bench.tells_keys(link, 300, &[(Current, 23, A)]);
    assert_eq!(news.outcome, KeyOutcome::TooMany);
}

#[test]
fn many_entries_in_one_state_trust_none_of_them() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    let mut entries = vec![(Current, 23, A)];
    entries.extend((0..30).map(|n| (Successor, 23, Ski::from_bytes([n; 20]))));
    let news = bench.tells_keys(link, 2, &entries);
    assert_eq!(news.outcome, KeyOutcome::Contradictory);
    assert_eq!(bench.trusted().len(), 2);
}

#[test]
fn higher_counter_in_hello_is_asked_for_with_the_stored_one() {
    let asked = |bench: &Bench, link| {
        bench.sent(link).into_iter().find_map(|control| match control {
            Control::KeyMaterialStateRequest { known_update_counter } => Some(known_update_counter),
            _ => None,
        })
    };
    let mut bench = Bench::new();
    let link = bench.connected(A, Some(2));
    assert_eq!(asked(&bench, link), Some(0));
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.out.clear();
    let link = bench.connected(A, Some(2));
    assert_eq!(asked(&bench, link), None);
    let link = bench.connected(A, Some(3));
    assert_eq!(asked(&bench, link), Some(2));
    // After a restart as well.
    let mut bench = Bench::that_trusts(bench.trust);
    let link = bench.connected(A, Some(2));
    assert_eq!(asked(&bench, link), None);
    // Under the new key everything is asked for: whether the one before is retired is not known.
    let link = bench.connected(B, Some(2));
    assert_eq!(asked(&bench, link), Some(0));
}

#[test]
fn successor_survives_a_restart_of_the_hub() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    let written = bench.trust.to_json();
    let mut bench = Bench::that_trusts(TrustStore::from_json(written.as_bytes()).unwrap());
    bench.connected(B, Some(3));
    assert_eq!(bench.trust.get(&B).unwrap().name.as_deref(), Some("Garage"));
}

#[test]
fn new_key_with_another_ship_id_does_not_become_the_device() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.feed(Input::Closed { link, how: shipctl::proto::handshake::TransportEnd::Eof });
    let link = bench.comes(B);
    bench.shakes_hands(link, Some(3), "i:1_u:Somebody");
    assert!(bench.out.iter().any(|it| matches!(it, Output::Close { code: 4450, .. })));
    assert_eq!(bench.keys(A), Some(keys(2, Some(B))));
    assert!(bench.trust.get(&B).is_none());
}

#[test]
fn stranger_announces_keys_in_vain() {
    let mut bench = Bench::new();
    let link = bench.comes(C);
    bench.says(link, Message::Init { head: 0 });
    let state = KeyMaterialState { update_counter: 2, entries: Vec::new(), unreadable: 0 };
    bench.says(link, Message::Control(Control::KeyMaterialState(state)));
    assert!(!bench.out.iter().any(|output| matches!(output, Output::Store(_))));
    assert_eq!(bench.trusted().len(), 2);
}

#[test]
fn device_seen_under_its_new_key_is_dialled_and_may_prove_either() {
    let mut bench = Bench::new();
    bench.hub.command(bench.now, Command::ForgetAddress { ski: A }).unwrap();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.feed(Input::Closed { link, how: shipctl::proto::handshake::TransportEnd::Eof });
    bench.pass(Duration::from_secs(60));
    bench.out.clear();
    bench.feed(Input::Seen(record(B)));
    bench.pass(Duration::from_secs(30));
    let dialled = bench.out.iter().find_map(|output| match output {
        Output::Dial { link, ski: A, also: Some(B), targets } => Some((*link, targets.clone())),
        _ => None,
    });
    let (link, targets) = dialled.expect("it is dialled");
    assert_eq!(targets[0].to_string(), "10.0.0.9:4712/ship/");
    assert_eq!(
        bench.trust.get(&A).map(|peer| peer.also_trusted()),
        Some(Some(B)),
        "seen is no proof"
    );
    let opened = Opened { ski: Some(B), ..Bench::remote().into() };
    bench.feed(Input::Dialled { link, result: Ok(opened) });
    bench.says(link, Message::Init { head: 0 });
    let hello = Hello {
        phase: HelloPhase::Ready,
        waiting: Some(Duration::from_secs(60)),
        prolongation_request: false,
        update_counter: Some(3),
    };
    bench.says(link, Message::Control(Control::Hello(hello)));
    let (version, formats) = (Version::V1_0, vec![Format::JsonUtf8]);
    let select = ProtocolHandshake { kind: HandshakeKind::Select, version, formats };
    bench.says(link, Message::Control(Control::Protocol(select)));
    let none = PinStateMessage { state: PinDemand::None, permission: None };
    bench.says(link, Message::Control(Control::PinState(none)));
    assert_eq!(bench.hub.state(A), ConnectionState::Trusted);
    let methods = AccessMethods { id: "i:1_u:Garage".parse().ok(), ..AccessMethods::default() };
    bench.says(link, Message::Control(Control::AccessMethods(methods)));
    assert_eq!(bench.hub.state(B), ConnectionState::Completed);
    assert_eq!(bench.hub.link_ski(link), Some(B));
    // And it goes on by itself when the connection is lost.
    bench.feed(Input::Closed { link, how: shipctl::proto::handshake::TransportEnd::Eof });
    bench.out.clear();
    bench.pass(Duration::from_secs(30));
    assert!(bench.out.iter().any(|it| matches!(it, Output::Dial { ski: B, also: Some(A), .. })));
}

#[test]
fn record_under_the_announced_ski_is_no_second_device() {
    let codes = |bench: &Bench, ski: Ski| -> Vec<&str> {
        let snapshot = bench.snapshot();
        let peer = snapshot.peers.into_iter().find(|peer| peer.ski == ski);
        let findings = peer.map(|peer| peer.findings).unwrap_or_default();
        findings.iter().map(|found| found.finding.code.as_str()).collect()
    };
    for announced in [true, false] {
        let mut bench = Bench::new();
        let link = bench.connected(A, None);
        if announced {
            bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
        }
        let renewed = Service { instance: record(A).instance, ..record(B) };
        bench.feed(Input::Seen(record(A)));
        bench.feed(Input::Seen(renewed));
        assert_eq!(codes(&bench, A).contains(&"MDNS-09"), !announced, "{:?}", codes(&bench, A));
    }
}

#[test]
fn commands_reach_the_device_under_either_ski() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.tell(Command::Rename { ski: B, name: "Carport".to_owned() });
    assert_eq!(bench.trust.get(&A).unwrap().name.as_deref(), Some("Carport"));
    bench.tell(Command::Disconnect { ski: B });
    bench.tell(Command::Connect { ski: A });
    bench.connected(B, None);
    bench.tell(Command::Unregister { ski: A });
    assert_eq!(bench.trusted(), [OTHER], "with everything it may use");
    assert!(!bench.is_let_in(B) && !bench.is_let_in(A));
}

#[test]
fn device_registered_under_the_announced_ski_is_another_device() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.tell(Command::Register(Registration::written_at_once(B)));
    assert_eq!(bench.keys(A), Some(keys(2, None)));
    bench.connected(B, None);
    assert_eq!(bench.hub.state(A), ConnectionState::Completed);
    assert_eq!(bench.trust.len(), 3);
}

#[test]
fn announced_key_registered_during_its_handshake_does_not_take_over() {
    let mut bench = Bench::new();
    let link = bench.connected(A, None);
    bench.tells_keys(link, 2, &[(Current, 23, A), (Successor, 23, B)]);
    bench.feed(Input::Closed { link, how: shipctl::proto::handshake::TransportEnd::Eof });
    let link = bench.comes(B);
    bench.tell(Command::Register(Registration::written_at_once(B)));
    bench.shakes_hands(link, None, "i:1_u:Garage");
    assert!(bench.trust.get(&A).is_some() && bench.trust.get(&B).is_some());
    assert_ne!(bench.hub.state(A), ConnectionState::Completed);
    let completed = |output: &Output| {
        matches!(output, Output::Event(event)
            if event.kind == EventKind::Protocol { state: ProtocolState::Complete })
    };
    assert!(!bench.out.iter().any(completed));
}
