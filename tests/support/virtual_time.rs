//! Connections on a virtual clock: one against a script ([`Bench`]), or two against each other
//! ([`Pair`]). Nothing waits for real.

use std::{collections::VecDeque, time::Duration};

use shipctl::{
    proto::{
        ConnectionState, Pin, ProtocolState, ShipId,
        codec::{decode, encode},
        handshake::{Connection, End, Event, Output, Remark, Role, Settings, TransportEnd, Trust},
        message::*,
    },
    time::Time,
};

pub const fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

pub const fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

pub fn ship_id(text: &str) -> ShipId {
    text.parse().unwrap()
}

pub fn pin(text: &str) -> Pin {
    text.parse().unwrap()
}

/// Settings of the node under test.
pub fn settings(role: Role, trust: Trust) -> Settings {
    Settings::new(role, trust, ship_id("i:46925_u:dut"))
}

/// What a connection did, sorted out.
#[derive(Default)]
pub struct Log {
    /// Messages not looked at yet.
    pub sent: VecDeque<Message>,
    pub states: Vec<ProtocolState>,
    pub connections: Vec<ConnectionState>,
    pub events: Vec<Event>,
    pub closed: Option<(u16, &'static str)>,
    pub ended: Option<End>,
}

impl Log {
    pub fn take(&mut self, output: Output) {
        assert!(self.ended.is_none(), "after Ended: {output:?}");
        match output {
            Output::Send(bytes) => self.sent.push_back(decode(&bytes).unwrap().message),
            Output::Close { code, reason } => {
                assert!(self.closed.is_none(), "closed twice");
                self.closed = Some((code, reason));
            }
            Output::Event(Event::State { protocol, connection }) => {
                self.states.push(protocol);
                if self.connections.last() != Some(&connection) {
                    self.connections.push(connection);
                }
            }
            Output::Event(Event::Ended(end)) => self.ended = Some(end),
            Output::Event(event) => self.events.push(event),
        }
    }

    pub fn numbers(&self) -> Vec<u8> {
        self.states.iter().map(|state| state.number()).collect()
    }

    pub fn data(&self) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Data(data) => Some(data.payload.as_str()),
                _ => None,
            })
            .collect()
    }

    pub fn remarks(&self) -> Vec<&Remark> {
        self.events
            .iter()
            .filter_map(|event| match event {
                Event::Remark(remark) => Some(remark),
                _ => None,
            })
            .collect()
    }
}

/// One connection, played against by hand.
pub struct Bench {
    pub now: Time,
    pub dut: Connection,
    pub log: Log,
}

impl Bench {
    pub fn new(settings: Settings) -> Self {
        let now = Time::after(secs(1000));
        let mut bench = Self { now, dut: Connection::new(settings, now), log: Log::default() };
        bench.drain();
        bench
    }

    /// A trusting node, having said and heard its init and said its hello.
    pub fn in_hello(settings: Settings) -> Self {
        let mut bench = Self::new(settings);
        bench.say(init());
        assert_eq!(bench.heard(), init());
        bench
    }

    /// As far as the protocol handshake, in the role given.
    pub fn in_protocol(settings: Settings) -> Self {
        let mut bench = Self::in_hello(settings);
        assert_eq!(bench.heard(), hello(HelloPhase::Ready, Some(60_000)));
        bench.say(hello(HelloPhase::Ready, Some(60_000)));
        bench
    }

    /// As far as the PIN phase; the node's `connectionPinState` is not looked at yet.
    pub fn in_pin(settings: Settings) -> Self {
        let role = settings.role;
        let mut bench = Self::in_protocol(settings);
        match role {
            Role::Client => {
                assert_eq!(bench.heard(), announce());
                bench.say(select());
                assert_eq!(bench.heard(), select());
            }
            Role::Server => {
                bench.say(announce());
                assert_eq!(bench.heard(), select());
                bench.say(select());
            }
        }
        bench
    }

    /// As far as access methods; the node's request is not looked at yet.
    pub fn in_access(settings: Settings) -> Self {
        let mut bench = Self::in_pin(settings);
        assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
        bench.say(pin_state(PinDemand::None, None));
        bench
    }

    pub fn complete(settings: Settings) -> Self {
        let mut bench = Self::in_access(settings);
        assert_eq!(bench.heard(), control(Control::AccessMethodsRequest));
        bench.say(access_methods("peer"));
        assert_eq!(bench.dut.state(), ProtocolState::Complete);
        bench
    }

    pub fn say(&mut self, message: Message) {
        self.say_bytes(&encode(&message));
    }

    pub fn say_bytes(&mut self, bytes: &[u8]) {
        self.with(|dut, now| dut.handle_message(now, bytes));
    }

    pub fn hang_up(&mut self, how: TransportEnd) {
        self.with(|dut, now| dut.handle_closed(now, how));
    }

    pub fn close_frame(&mut self, code: u16, text: &str) {
        self.hang_up(TransportEnd::Frame { code, text: text.to_owned() });
    }

    pub fn with<T>(&mut self, act: impl FnOnce(&mut Connection, Time) -> T) -> T {
        let result = act(&mut self.dut, self.now);
        self.drain();
        result
    }

    /// The next message of the node under test.
    pub fn heard(&mut self) -> Message {
        self.log.sent.pop_front().expect("it says nothing")
    }

    pub fn heard_hello(&mut self) -> Hello {
        match self.heard() {
            Message::Control(Control::Hello(hello)) => hello,
            other => panic!("no hello: {other:?}"),
        }
    }

    pub fn is_silent(&self) -> bool {
        self.log.sent.is_empty()
    }

    /// Lets time pass, waking the connection exactly when it asked for it.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.dut.poll_timeout().filter(|at| *at <= until) {
            assert!(at >= self.now, "a deadline in the past");
            self.now = at;
            self.with(|dut, now| dut.handle_timeout(now));
            assert!(self.dut.poll_timeout().is_none_or(|next| next > at), "a busy loop");
        }
        self.now = until;
    }

    pub fn state(&self) -> ProtocolState {
        self.dut.state()
    }

    pub fn end(&self) -> &End {
        self.log.ended.as_ref().expect("it has not ended")
    }

    fn drain(&mut self) {
        while let Some(output) = self.dut.poll_output() {
            self.log.take(output);
        }
    }
}

/// Two connections, one millisecond apart.
pub struct Pair {
    pub now: Time,
    pub nodes: [Connection; 2],
    pub logs: [Log; 2],
    wire: VecDeque<(Time, usize, Parcel)>,
}

enum Parcel {
    Message(Vec<u8>),
    Close(u16, &'static str),
}

impl Pair {
    /// Client first.
    pub fn new(client: Settings, server: Settings) -> Self {
        let now = Time::ORIGIN;
        assert_eq!((client.role, server.role), (Role::Client, Role::Server));
        let nodes = [Connection::new(client, now), Connection::new(server, now)];
        let mut pair = Self { now, nodes, logs: Default::default(), wire: VecDeque::new() };
        pair.drain();
        pair
    }

    pub fn with(&mut self, node: usize, act: impl FnOnce(&mut Connection, Time)) {
        act(&mut self.nodes[node], self.now);
        self.drain();
    }

    /// Runs for so long, from event to event.
    pub fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.next_event().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            if self.wire.front().is_some_and(|(due, ..)| *due <= self.now) {
                let (_, to, parcel) = self.wire.pop_front().unwrap();
                self.deliver(to, parcel);
            }
            for node in &mut self.nodes {
                node.handle_timeout(self.now);
            }
            self.drain();
        }
        self.now = until;
    }

    pub fn are_complete(&self) -> bool {
        self.nodes.iter().all(|node| node.state() == ProtocolState::Complete)
    }

    fn next_event(&self) -> Option<Time> {
        let wire = self.wire.front().map(|(at, ..)| *at);
        self.nodes.iter().filter_map(Connection::poll_timeout).chain(wire).min()
    }

    fn deliver(&mut self, to: usize, parcel: Parcel) {
        match parcel {
            Parcel::Message(bytes) => self.nodes[to].handle_message(self.now, &bytes),
            Parcel::Close(code, text) => {
                let how = TransportEnd::Frame { code, text: text.to_owned() };
                self.nodes[to].handle_closed(self.now, how);
                self.nodes[1 - to].handle_closed(self.now, TransportEnd::Eof);
            }
        }
    }

    fn drain(&mut self) {
        for from in 0..2 {
            while let Some(output) = self.nodes[from].poll_output() {
                let parcel = match &output {
                    Output::Send(bytes) => Some(Parcel::Message(bytes.to_vec())),
                    Output::Close { code, reason } => Some(Parcel::Close(*code, reason)),
                    Output::Event(_) => None,
                };
                if let Some(parcel) = parcel {
                    self.wire.push_back((self.now + ms(1), 1 - from, parcel));
                }
                self.logs[from].take(output);
            }
        }
    }
}

pub fn init() -> Message {
    Message::Init { head: 0 }
}

pub fn control(control: Control) -> Message {
    Message::Control(control)
}

pub fn hello(phase: HelloPhase, waiting: Option<u64>) -> Message {
    let waiting = waiting.map(ms);
    control(Control::Hello(Hello {
        phase,
        waiting,
        prolongation_request: false,
        update_counter: None,
    }))
}

pub fn more_time() -> Message {
    let phase = HelloPhase::Pending;
    control(Control::Hello(Hello {
        phase,
        waiting: None,
        prolongation_request: true,
        update_counter: None,
    }))
}

pub fn protocol(kind: HandshakeKind, version: (u16, u16), formats: &[Format]) -> Message {
    let version = Version { major: version.0, minor: version.1 };
    control(Control::Protocol(ProtocolHandshake { kind, version, formats: formats.to_vec() }))
}

pub fn announce() -> Message {
    protocol(HandshakeKind::AnnounceMax, (1, 0), &[Format::JsonUtf8])
}

pub fn select() -> Message {
    protocol(HandshakeKind::Select, (1, 0), &[Format::JsonUtf8])
}

pub fn protocol_error(error: ProtocolErrorCode) -> Message {
    control(Control::ProtocolError(error))
}

pub fn pin_state(state: PinDemand, permission: Option<InputPermission>) -> Message {
    control(Control::PinState(PinStateMessage { state, permission }))
}

pub fn access_request() -> Message {
    control(Control::AccessMethodsRequest)
}

pub fn access_methods(id: &str) -> Message {
    let methods = AccessMethods { id: Some(ship_id(id)), ..AccessMethods::default() };
    control(Control::AccessMethods(methods))
}

/// What the node under test answers to a request.
pub fn own_access_methods() -> Message {
    let id = Some(ship_id("i:46925_u:dut"));
    control(Control::AccessMethods(AccessMethods { id, dns_sd_mdns: true, dns_uri: None }))
}

pub fn data_of(payload: &str) -> Data {
    Data { protocol_id: SPINE.to_owned(), payload: payload.to_owned() }
}

pub fn data(payload: &str) -> Message {
    Message::Data(data_of(payload))
}

pub fn closing(phase: ClosePhase) -> Message {
    Message::Close(ConnectionClose { phase, max_time: None, reason: None })
}
