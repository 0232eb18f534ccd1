//! The laws of the machine, under whatever a peer, a user and the clock may do.

use std::time::Duration;

use proptest::prelude::*;
use shipctl::{
    proto::{
        ConnectionState, ProtocolState,
        codec::encode,
        handshake::{Connection, Event, Output, PinPolicy, Role, Settings, TransportEnd, Trust},
        message::*,
    },
    time::Time,
};

use crate::support::virtual_time::*;

/// Anything that can happen to a connection.
#[derive(Clone, Debug)]
enum Input {
    Message(Message),
    /// The message that would bring the handshake on, guessed from the state.
    Helpful,
    Bytes(Vec<u8>),
    Text,
    Closed(TransportEnd),
    /// Wait exactly until the deadline.
    Deadline,
    /// Wait so long, deadlines or not; then say so late.
    Late(Duration),
    Trust,
    Deny,
    Pin(&'static str),
    Data,
    Close,
    Drop,
}

fn any_hello() -> impl Strategy<Value = Message> {
    let phase =
        prop_oneof![Just(HelloPhase::Pending), Just(HelloPhase::Ready), Just(HelloPhase::Aborted)];
    let waiting = prop_oneof![Just(None), (0_u64..250_000).prop_map(|n| Some(ms(n)))];
    (phase, waiting, any::<bool>()).prop_map(|(phase, waiting, prolongation_request)| {
        control(Control::Hello(Hello {
            phase,
            waiting,
            prolongation_request,
            update_counter: None,
        }))
    })
}

fn any_message() -> impl Strategy<Value = Message> {
    let demands = [PinDemand::None, PinDemand::Optional, PinDemand::Required, PinDemand::PinOk];
    let permissions = [None, Some(InputPermission::Ok), Some(InputPermission::Busy)];
    prop_oneof![
        4 => any_hello(),
        2 => prop_oneof![Just(announce()), Just(select())],
        1 => Just(protocol_error(ProtocolErrorCode::Timeout)),
        3 => (prop::sample::select(demands.to_vec()), prop::sample::select(permissions.to_vec()))
            .prop_map(|(demand, permission)| pin_state(demand, permission)),
        2 => prop_oneof![Just("12345678"), Just("00000000")]
            .prop_map(|text| control(Control::PinInput(pin(text)))),
        1 => Just(control(Control::PinError(1))),
        1 => Just(access_request()),
        1 => prop_oneof![Just("peer"), Just("other")].prop_map(access_methods),
        1 => Just(control(Control::AccessMethods(AccessMethods::default()))),
        1 => Just(data("1")),
        1 => (0_u8..2).prop_map(|head| Message::Init { head }),
        1 => prop_oneof![Just(ClosePhase::Announce), Just(ClosePhase::Confirm)].prop_map(closing),
    ]
}

fn any_input() -> impl Strategy<Value = Input> {
    let transport = prop_oneof![
        prop_oneof![Just(1000), Just(4001), Just(4450), Just(4452)]
            .prop_map(|code| TransportEnd::Frame { code, text: String::new() }),
        Just(TransportEnd::Eof),
        Just(TransportEnd::Error { detail: "reset".to_owned() }),
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..6);
    prop_oneof![
        40 => Just(Input::Helpful),
        30 => any_message().prop_map(Input::Message),
        4 => bytes.prop_map(Input::Bytes),
        1 => Just(Input::Text),
        2 => transport.prop_map(Input::Closed),
        12 => Just(Input::Deadline),
        3 => (0_u64..200_000).prop_map(|n| Input::Late(ms(n))),
        4 => Just(Input::Trust),
        1 => Just(Input::Deny),
        3 => prop_oneof![Just("12345678"), Just("00000000")].prop_map(Input::Pin),
        2 => Just(Input::Data),
        1 => Just(Input::Close),
        1 => Just(Input::Drop),
    ]
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let role = prop_oneof![Just(Role::Client), Just(Role::Server)];
    let trust = prop_oneof![
        4 => Just(Trust::Trusted), 4 => Just(Trust::Undecided), 1 => Just(Trust::NobodyToAsk)
    ];
    let policy = prop_oneof![
        2 => Just(PinPolicy::None),
        1 => Just(PinPolicy::Optional(pin("12345678"))),
        2 => Just(PinPolicy::Required(pin("12345678"))),
    ];
    let known = prop_oneof![Just(None), Just(Some(ship_id("peer")))];
    let own_pin = prop_oneof![Just(None), Just(Some(pin("12345678")))];
    (role, trust, policy, known, own_pin, any::<[bool; 3]>(), 0_u32..7).prop_map(
        |(role, trust, pin_policy, known_ship_id, pin_for_peer, flags, wrong_pins)| {
            let mut settings = Settings {
                pin_policy,
                known_ship_id,
                pin_for_peer,
                can_ask_for_pin: flags[0],
                ask_access_methods: flags[1],
                wrong_pins,
                ..settings(role, trust)
            };
            if flags[2] {
                settings.timing.init_delay = ms(20);
                settings.pin_penalty_until = Some(Time::after(secs(5)));
            }
            settings
        },
    )
}

/// What a friendly peer would say in this state.
fn helpful(state: ProtocolState) -> Message {
    use ProtocolState::*;
    match state {
        CmiInitStart | CmiClientSend | CmiClientWait | CmiServerWait => init(),
        HelloReadyListen | HelloPendingListen => hello(HelloPhase::Ready, Some(60_000)),
        ProtServerListenProposal => announce(),
        ProtServerListenConfirm | ProtClientListenChoice => select(),
        PinCheckListen | PinCheckBusyWait => pin_state(PinDemand::None, None),
        PinAskProcess => pin_state(PinDemand::PinOk, None),
        _ => access_methods("peer"),
    }
}

/// A connection that is watched for breaking a law.
struct Watched {
    dut: Connection,
    now: Time,
    rest: ConnectionState,
    completed: bool,
    close_sent: bool,
    ends: u32,
}

impl Watched {
    fn new(settings: Settings) -> Self {
        let now = Time::ORIGIN;
        let dut = Connection::new(settings, now);
        let rest = ConnectionState::None;
        let mut watched = Self { dut, now, rest, completed: false, close_sent: false, ends: 0 };
        watched.drain();
        watched
    }

    fn apply(&mut self, input: Input) {
        let (dut, now) = (&mut self.dut, self.now);
        match input {
            Input::Message(message) => dut.handle_message(now, &encode(&message)),
            Input::Helpful => dut.handle_message(now, &encode(&helpful(dut.state()))),
            Input::Bytes(bytes) => dut.handle_message(now, &bytes),
            Input::Text => dut.handle_text(now),
            Input::Closed(how) => dut.handle_closed(now, how),
            Input::Deadline => self.wait(),
            Input::Late(time) => {
                self.now += time;
                self.dut.handle_timeout(self.now);
                self.not_busy();
            }
            Input::Trust => dut.trust(now),
            Input::Deny => dut.deny(now),
            Input::Pin(text) => {
                dut.enter_pin(now, pin(text));
            }
            Input::Data => assert_eq!(dut.can_send(), dut.send_data(now, data_of("1")).is_ok()),
            Input::Close => dut.close(now, CloseReason::Unspecific),
            Input::Drop => dut.drop_with(now, 4500, "replaced"),
        }
        self.drain();
    }

    /// Waiting exactly until the deadline must always bring something on.
    fn wait(&mut self) {
        if let Some(at) = self.dut.poll_timeout() {
            self.now = self.now.max(at);
            self.dut.handle_timeout(self.now);
            self.not_busy();
        }
    }

    fn not_busy(&self) {
        assert!(self.dut.poll_timeout().is_none_or(|at| at > self.now), "{:?}", self.dut);
    }

    fn drain(&mut self) {
        while let Some(output) = self.dut.poll_output() {
            assert_eq!(self.ends, 0, "after the end: {output:?}");
            match output {
                Output::Event(Event::State { protocol, connection }) => {
                    self.state(protocol, connection)
                }
                Output::Event(Event::Completed) => {
                    assert!(!self.completed, "completed twice");
                    self.completed = true;
                }
                Output::Event(Event::Data(_)) => assert!(self.completed, "data before Completed"),
                Output::Event(Event::Ended(end)) => {
                    assert_eq!(end.completed, self.completed);
                    self.ends += 1;
                }
                Output::Close { .. } => {
                    assert!(!self.close_sent, "closed twice");
                    self.close_sent = true;
                }
                Output::Send(_) => assert!(!self.close_sent, "a message after the close"),
                Output::Event(_) => {}
            }
        }
        assert_eq!(self.dut.is_over(), self.ends == 1);
        if self.dut.is_over() {
            assert_eq!(self.dut.poll_timeout(), None);
        }
    }

    /// Every change is one that `may_become` allows; 6, 10 and 12 are only passed through.
    fn state(&mut self, protocol: ProtocolState, connection: ConnectionState) {
        if matches!(protocol.number(), 6 | 10 | 12) || connection == self.rest {
            return;
        }
        assert!(self.rest.may_become(connection), "{} to {connection} at {protocol}", self.rest);
        self.rest = connection;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_input_breaks_a_law(
        settings in any_settings(),
        inputs in prop::collection::vec(any_input(), 0..60),
    ) {
        let mut watched = Watched::new(settings);
        for input in inputs {
            watched.apply(input);
        }
        // Dropped, and then left alone, it always comes to an end.
        watched.apply(Input::Drop);
        watched.apply(Input::Deadline);
        prop_assert_eq!(watched.ends, 1);
    }

    #[test]
    fn a_silent_peer_is_given_up_wherever_it_falls_silent(
        helps in 0_usize..6,
        role in prop_oneof![Just(Role::Client), Just(Role::Server)],
        trust in prop_oneof![Just(Trust::Trusted), Just(Trust::Undecided)],
    ) {
        let mut watched = Watched::new(settings(role, trust));
        for _ in 0..helps {
            watched.apply(Input::Helpful);
        }
        for _ in 0..10 {
            watched.apply(Input::Deadline);
        }
        prop_assert!(watched.ends == 1 || watched.completed, "{:?}", watched.dut);
    }
}
