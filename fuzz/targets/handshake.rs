//! One connection, and whatever a peer, a user and the clock may do to it: its laws hold.

#![no_main]

use std::time::Duration;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use shipctl::{
    proto::{
        ConnectionState, ProtocolState, Ski,
        codec::encode,
        handshake::{Connection, Event, Output, PinPolicy, Role, Settings, TransportEnd, Trust},
        message::*,
    },
    time::Time,
};

#[derive(Arbitrary, Debug)]
struct Course {
    is_client: bool,
    trust: Attitude,
    policy: Policy,
    knows_pin: bool,
    knows_ship_id: bool,
    can_ask_for_pin: bool,
    asks_access_methods: bool,
    pauses: bool,
    wrong_pins: u8,
    penalty: Option<u8>,
    deeds: Vec<Deed>,
}

#[derive(Arbitrary, Debug)]
enum Attitude {
    Trusted,
    Undecided,
    NobodyToAsk,
}

#[derive(Arbitrary, Debug)]
enum Policy {
    None,
    Optional,
    Required,
}

#[derive(Arbitrary, Debug)]
enum Deed {
    /// The message that brings the handshake on.
    Helpful,
    Says(Word),
    /// A message with a byte of it changed, or cut off there.
    SaysDamaged {
        word: Word,
        at: u8,
        byte: Option<u8>,
    },
    SaysBytes(Vec<u8>),
    SaysText,
    Goes(Leaving),
    /// Waits exactly until the deadline.
    Deadline,
    /// So many milliseconds pass, and the deadlines among them are noticed late.
    Late(u32),
    Trust,
    Deny,
    Pin {
        right: bool,
    },
    Data,
    Close,
    Drop,
}

/// What a peer may say.
#[derive(Arbitrary, Debug)]
enum Word {
    Init(u8),
    Hello { phase: u8, waiting: Option<u32>, prolongation: bool },
    Protocol { selects: bool, major: u8, minor: u8, odd: bool, formats: u8 },
    ProtocolError(u8),
    PinState { demand: u8, permission: Option<bool> },
    PinInput { right: bool },
    PinError(u8),
    AccessRequest,
    Access { id: Option<bool>, uri: bool },
    KeyState { counter: u16, entries: Vec<(u8, u16, u8)> },
    KeyResponse(bool),
    KeyRequest(u16),
    Unknown,
    Data { size: u16 },
    Close { confirms: bool, time: Option<u32>, odd: bool },
}

#[derive(Arbitrary, Debug)]
enum Leaving {
    Frame(u16),
    Eof,
    NoPong,
    NoWebSocket,
    TooLarge,
    Error,
    Flooded,
    NotReading,
}

fuzz_target!(|course: Course| {
    let mut watched = Watched::new(&course);
    for deed in course.deeds {
        watched.suffers(deed);
    }
    // Dropped and then left alone, it always comes to an end.
    watched.suffers(Deed::Drop);
    watched.suffers(Deed::Deadline);
    assert!(watched.ended, "it does not end: {:?}", watched.dut);
});

/// A connection that is watched for breaking a law.
struct Watched {
    dut: Connection,
    now: Time,
    rest: ConnectionState,
    trusted: bool,
    needs_pin: bool,
    got_pin: bool,
    has_pin: bool,
    completed: bool,
    close_sent: bool,
    ended: bool,
}

impl Watched {
    fn new(course: &Course) -> Self {
        let now = Time::after(Duration::from_secs(1000));
        let settings = course.settings(now);
        let mut watched = Self {
            now,
            rest: ConnectionState::None,
            trusted: settings.trust == Trust::Trusted,
            needs_pin: matches!(settings.pin_policy, PinPolicy::Required(_)),
            got_pin: false,
            has_pin: settings.pin_for_peer.is_some(),
            completed: false,
            close_sent: false,
            ended: false,
            dut: Connection::new(settings, now),
        };
        watched.drain();
        watched
    }

    fn suffers(&mut self, deed: Deed) {
        let (dut, now) = (&mut self.dut, self.now);
        match deed {
            Deed::Helpful => dut.handle_message(now, &encode(&helpful(dut.state()))),
            Deed::Says(word) => dut.handle_message(now, &encode(&word.message())),
            Deed::SaysDamaged { word, at, byte } => {
                dut.handle_message(now, &damaged(&word.message(), at, byte));
            }
            Deed::SaysBytes(bytes) => dut.handle_message(now, &bytes),
            Deed::SaysText => dut.handle_text(now),
            Deed::Goes(leaving) => dut.handle_closed(now, leaving.how()),
            Deed::Deadline => {
                let at = dut.poll_timeout().map_or(now, |at| at.max(now));
                self.timeout(at);
            }
            Deed::Late(millis) => self.timeout(now + Duration::from_millis(millis.into())),
            Deed::Trust => {
                dut.trust(now);
                self.trusted = true;
            }
            Deed::Deny => dut.deny(now),
            Deed::Pin { right } => self.has_pin |= dut.enter_pin(now, pin(right)),
            Deed::Data => assert_eq!(dut.can_send(), dut.send_data(now, data(1)).is_ok()),
            Deed::Close => dut.close(now, CloseReason::Unspecific),
            Deed::Drop => dut.drop_with(now, 4500, "replaced"),
        }
        self.drain();
    }

    fn timeout(&mut self, at: Time) {
        self.now = at;
        self.dut.handle_timeout(at);
        assert!(self.dut.poll_timeout().is_none_or(|next| next > at), "busy: {:?}", self.dut);
    }

    fn drain(&mut self) {
        while let Some(output) = self.dut.poll_output() {
            assert!(!self.ended, "after the end: {output:?}");
            match output {
                Output::Send(bytes) => {
                    assert!(!self.close_sent, "a message after the close");
                    let is_pin = bytes.windows(11).any(|part| part == b"PinInput\":[");
                    assert!(self.has_pin || !is_pin, "a PIN nobody gave");
                }
                Output::Close { .. } => {
                    assert!(!self.close_sent, "closed twice");
                    self.close_sent = true;
                }
                Output::Event(event) => self.event(event),
            }
        }
        assert_eq!(self.dut.is_over(), self.ended);
        assert!(!self.ended || self.dut.poll_timeout().is_none(), "it waits after its end");
        assert!(!self.dut.can_send() || self.trusted, "data may flow, and nobody trusts the peer");
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::State { protocol, connection } => self.state(protocol, connection),
            Event::RightPin => self.got_pin = true,
            Event::Completed => {
                assert!(!self.completed, "completed twice");
                assert!(self.trusted, "completed, and nobody trusts the peer");
                assert!(!self.needs_pin || self.got_pin, "completed without the PIN");
                self.completed = true;
            }
            Event::Data(_) => assert!(self.completed, "data before the handshake is complete"),
            Event::Ended(end) => {
                assert_eq!(end.completed, self.completed);
                self.ended = true;
            }
            _ => {}
        }
    }

    /// Every change is one that is allowed; 6, 10 and 12 are only passed through.
    fn state(&mut self, protocol: ProtocolState, connection: ConnectionState) {
        if matches!(protocol.number(), 6 | 10 | 12) || connection == self.rest {
            return;
        }
        let (from, to) = (self.rest, connection);
        assert!(from.may_become(to), "{from} to {to} at {protocol}");
        self.rest = connection;
    }
}

impl Course {
    fn settings(&self, now: Time) -> Settings {
        let role = if self.is_client { Role::Client } else { Role::Server };
        let trust = match self.trust {
            Attitude::Trusted => Trust::Trusted,
            Attitude::Undecided => Trust::Undecided,
            Attitude::NobodyToAsk => Trust::NobodyToAsk,
        };
        let mut settings = Settings::new(role, trust, ship_id("i:46925_u:dut"));
        settings.pin_policy = match self.policy {
            Policy::None => PinPolicy::None,
            Policy::Optional => PinPolicy::Optional(pin(true)),
            Policy::Required => PinPolicy::Required(pin(true)),
        };
        settings.pin_for_peer = self.knows_pin.then(|| pin(true));
        settings.known_ship_id = self.knows_ship_id.then(|| ship_id("peer"));
        settings.can_ask_for_pin = self.can_ask_for_pin;
        settings.ask_access_methods = self.asks_access_methods;
        settings.wrong_pins = self.wrong_pins.into();
        settings.pin_penalty_until =
            self.penalty.map(|seconds| now + Duration::from_secs(seconds.into()));
        settings.early_data_limit = 4096;
        if self.pauses {
            settings.timing.init_delay = Duration::from_millis(20);
        }
        settings
    }
}

impl Word {
    fn message(self) -> Message {
        let millis = |time: Option<u32>| time.map(|ms| Duration::from_millis(ms.into()));
        Message::Control(match self {
            Self::Init(head) => return Message::Init { head: head % 3 },
            Self::Hello { phase, waiting, prolongation } => {
                let phases = [HelloPhase::Pending, HelloPhase::Ready, HelloPhase::Aborted];
                hello(phases[usize::from(phase % 3)], millis(waiting), prolongation)
            }
            Self::Protocol { selects, major, minor, odd, formats } => {
                let kind = if selects { HandshakeKind::Select } else { HandshakeKind::AnnounceMax };
                let other = Format::Other("JSON-UTF16".to_owned());
                let format = if odd { other } else { Format::JsonUtf8 };
                let version = Version { major: u16::from(major % 4), minor: minor.into() };
                let formats = vec![format; usize::from(formats % 3)];
                Control::Protocol(ProtocolHandshake { kind, version, formats })
            }
            Self::ProtocolError(1) => Control::ProtocolError(ProtocolErrorCode::Timeout),
            Self::ProtocolError(_) => Control::ProtocolError(ProtocolErrorCode::SelectionMismatch),
            Self::PinState { demand, permission } => {
                let permission = permission
                    .map(|ok| if ok { InputPermission::Ok } else { InputPermission::Busy });
                let state =
                    [PinDemand::None, PinDemand::Optional, PinDemand::Required, PinDemand::PinOk]
                        [usize::from(demand % 4)];
                Control::PinState(PinStateMessage { state, permission })
            }
            Self::PinInput { right } => Control::PinInput(pin(right)),
            Self::PinError(number) => Control::PinError(number % 3),
            Self::AccessRequest => Control::AccessMethodsRequest,
            Self::Access { id, uri } => access(
                id.map(|right| if right { "peer" } else { "other" }),
                uri.then(|| "wss://10.0.0.7:4712/ship/".to_owned()),
            ),
            Self::KeyState { counter, entries } => {
                let states = [KeyState::Predecessor, KeyState::Current, KeyState::Successor];
                let entry = |(state, curve, ski): (u8, u16, u8)| KeyEntry {
                    state: states[usize::from(state % 3)],
                    curve,
                    ski: Ski::from_bytes([ski; 20]),
                };
                Control::KeyMaterialState(KeyMaterialState {
                    update_counter: counter,
                    entries: entries.into_iter().map(entry).collect(),
                    unreadable: 0,
                })
            }
            Self::KeyResponse(accept) => Control::KeyMaterialStateResponse { accept },
            Self::KeyRequest(known_update_counter) => {
                Control::KeyMaterialStateRequest { known_update_counter }
            }
            Self::Unknown => Control::Unknown { name: "commissioningRequest".to_owned() },
            Self::Data { size } => return Message::Data(data(usize::from(size))),
            Self::Close { confirms, time, odd } => {
                let phase = if confirms { ClosePhase::Confirm } else { ClosePhase::Announce };
                let reason = odd.then(|| CloseReason::Other("odd".to_owned()));
                let max_time = millis(time);
                return Message::Close(ConnectionClose { phase, max_time, reason });
            }
        })
    }
}

impl Leaving {
    fn how(self) -> TransportEnd {
        let detail = "it broke".to_owned();
        match self {
            Self::Frame(code) => TransportEnd::Frame { code, text: detail },
            Self::Eof => TransportEnd::Eof,
            Self::NoPong => TransportEnd::NoPong { waited: Duration::from_secs(10) },
            Self::NoWebSocket => TransportEnd::NoWebSocket { detail },
            Self::TooLarge => TransportEnd::TooLarge { size: 2, limit: 1 },
            Self::Flooded => TransportEnd::Flooded { limit: 1, within: Duration::from_secs(10) },
            Self::NotReading => TransportEnd::NotReading { detail },
            Self::Error => TransportEnd::Error { detail },
        }
    }
}

/// What a friendly peer would say in this state.
fn helpful(state: ProtocolState) -> Message {
    use ProtocolState::*;
    let protocol = |kind| {
        let (version, formats) = (Version::V1_0, vec![Format::JsonUtf8]);
        Control::Protocol(ProtocolHandshake { kind, version, formats })
    };
    let pin_state = |state| Control::PinState(PinStateMessage { state, permission: None });
    Message::Control(match state {
        CmiInitStart | CmiClientSend | CmiClientWait | CmiServerWait => {
            return Message::Init { head: 0 };
        }
        HelloReadyListen | HelloPendingListen => {
            hello(HelloPhase::Ready, Some(Duration::from_secs(60)), false)
        }
        ProtServerListenProposal => protocol(HandshakeKind::AnnounceMax),
        ProtServerListenConfirm | ProtClientListenChoice => protocol(HandshakeKind::Select),
        PinCheckListen | PinCheckBusyWait => pin_state(PinDemand::None),
        PinAskProcess => pin_state(PinDemand::PinOk),
        _ => access(Some("peer"), None),
    })
}

fn damaged(message: &Message, at: u8, byte: Option<u8>) -> Vec<u8> {
    let mut bytes = encode(message);
    let at = usize::from(at) % bytes.len();
    match byte {
        Some(byte) => bytes[at] = byte,
        None => bytes.truncate(at),
    }
    bytes
}

fn hello(phase: HelloPhase, waiting: Option<Duration>, prolongation_request: bool) -> Control {
    Control::Hello(Hello { phase, waiting, prolongation_request, update_counter: None })
}

fn access(id: Option<&str>, dns_uri: Option<String>) -> Control {
    let id = id.map(ship_id);
    Control::AccessMethods(AccessMethods { id, dns_sd_mdns: true, dns_uri })
}

fn data(size: usize) -> Data {
    Data { protocol_id: SPINE.to_owned(), payload: format!("\"{}\"", "x".repeat(size)) }
}

fn pin(right: bool) -> shipctl::proto::Pin {
    if right { "12345678" } else { "00000000" }.parse().expect("a PIN")
}

fn ship_id(text: &str) -> shipctl::proto::ShipId {
    text.parse().expect("a SHIP ID")
}
