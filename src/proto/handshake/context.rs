//! What every state works with: settings, the table of timers, the queue of outputs.

use std::{collections::VecDeque, mem, time::Duration};

use super::{
    Cause, End, Event, Instead, Output, Remark, Settings,
    keys::{self, Keys},
};
use crate::{
    proto::{
        ConnectionState, Phase, ProtocolState, codec,
        message::{Control, Data, Message, Version},
        timer::Timers,
    },
    time::Time,
};

/// Every deadline of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// The pause of a client before its init.
    InitDelay,
    /// The peer's init is due.
    Cmi,
    /// Wait-For-Ready: the peer's `ready` is due.
    WaitForReady,
    /// Send-Prolongation-Request: the peer's patience ends soon.
    SendProlongation,
    /// Prolongation-Request-Reply: the answer to our request is due.
    ProlongationReply,
    /// The peer's patience is over, and it cannot be asked for more time.
    PeerPatience,
    /// From our `aborted` to the close.
    AbortDelay,
    /// The next message of the protocol handshake is due.
    Protocol,
    /// The peer's first `connectionPinState` is due.
    PinState,
    /// The peer's penalty for wrong PINs ends.
    PinPenalty,
    /// The peer's penalty for our wrong PIN, if there is one, is told by then.
    PinVerdict,
    /// The peer's `accessMethods` are due.
    AccessMethods,
    /// The confirmation of our announced close is due.
    CloseConfirm,
    /// The transport has to be gone.
    TransportGone,
}

/// The part of a connection that outlives its states.
#[derive(Debug)]
pub(super) struct Context {
    pub(super) settings: Settings,
    pub(super) timers: Timers<Timer>,
    /// The time of the call being handled.
    pub(super) now: Time,
    /// Whether either side uses a PIN: decides how the PIN states look to a person.
    pub(super) pin_involved: bool,
    /// The version agreed upon, once it is.
    pub(super) agreed: Option<Version>,
    pub(super) keys: Keys,
    outputs: VecDeque<Output>,
    protocol: ProtocolState,
    entered: Time,
    completed: bool,
    early: EarlyData,
    /// How many remarks there were of each kind.
    remarks: Vec<(mem::Discriminant<Remark>, u32)>,
    /// What came in the present state and was of no use.
    instead: Option<Instead>,
}

impl Context {
    pub(super) fn new(settings: Settings, now: Time) -> Self {
        let early = EarlyData { room: settings.early_data_limit, ..EarlyData::default() };
        let mut cx = Self {
            settings,
            timers: Timers::default(),
            now,
            pin_involved: false,
            agreed: None,
            keys: Keys::default(),
            outputs: VecDeque::new(),
            protocol: ProtocolState::CmiInitStart,
            entered: now,
            completed: false,
            early,
            remarks: Vec::new(),
            instead: None,
        };
        cx.enter(ProtocolState::CmiInitStart);
        cx
    }

    pub(super) fn protocol(&self) -> ProtocolState {
        self.protocol
    }

    pub(super) fn connection(&self) -> ConnectionState {
        self.protocol.connection_state(self.pin_involved)
    }

    /// How long the present state has lasted.
    pub(super) fn in_state(&self) -> Duration {
        self.now.since(self.entered)
    }

    /// The end this cause makes of the connection as it stands. Taken before any further state is
    /// entered, so that `during` names the stage of the fault.
    pub(super) fn end(&self, cause: Cause) -> End {
        let (during, completed, after) = (self.protocol, self.completed, self.in_state());
        let timed_out = matches!(cause, Cause::TimedOut { .. });
        // What could not be read may be why the peer gave up, not only why we waited in vain.
        let tells = |instead: &Instead| timed_out || (instead.unreadable && cause.is_of_peer());
        let instead = self.instead.clone().filter(tells);
        End { during, cause, completed, after, instead }
    }

    /// Enters a protocol state and reports it.
    pub(super) fn enter(&mut self, protocol: ProtocolState) {
        // In these phases the state also changes by what is done here: what could not be read is
        // due as before.
        let phase = protocol.phase();
        let same = phase == self.protocol.phase() && matches!(phase, Phase::Hello | Phase::Pin);
        self.instead = self.instead.take().filter(|instead| same && instead.unreadable);
        self.protocol = protocol;
        self.entered = self.now;
        let connection = self.connection();
        self.event(Event::State { protocol, connection });
    }

    /// Starts a timer that ends `after` from now.
    pub(super) fn start(&mut self, timer: Timer, after: Duration) {
        self.timers.set(timer, self.now + after);
    }

    pub(super) fn send(&mut self, message: &Message) {
        self.output(Output::Send(codec::encode(message).into()));
    }

    pub(super) fn send_control(&mut self, control: Control) {
        self.send(&Message::Control(control));
    }

    pub(super) fn event(&mut self, event: Event) {
        self.output(Output::Event(event));
    }

    /// Tells a remark. A peer can give cause for endlessly many: of each kind the first few are told,
    /// then one whenever their number has doubled.
    pub(super) fn remark(&mut self, remark: Remark) {
        const FEW: u32 = 8;
        if !self.completed {
            let of_more_use = |new: &Instead| {
                new.unreadable || self.instead.as_ref().is_none_or(|known| !known.unreadable)
            };
            if let Some(new) = Instead::of(&remark).filter(of_more_use) {
                self.instead = Some(new);
            }
        }
        let kind = mem::discriminant(&remark);
        let place = self.remarks.iter().position(|(of, _)| *of == kind).unwrap_or_else(|| {
            self.remarks.push((kind, 0));
            self.remarks.len() - 1
        });
        let count = &mut self.remarks[place].1;
        *count = count.saturating_add(1);
        match *count {
            ..=FEW => self.event(Event::Remark(remark)),
            count if count.is_power_of_two() => {
                self.event(Event::Remark(Remark::Repeated { count, last: Box::new(remark) }));
            }
            _ => {}
        }
    }

    /// A message of the peer was of use: what could not be read before it no longer matters.
    pub(super) fn of_use(&mut self) {
        self.instead = None;
    }

    /// Remarks that a message was not waited for here.
    pub(super) fn ignored(&mut self, message: &'static str) {
        let state = self.protocol;
        self.remark(Remark::Ignored { message, state });
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() && self.completed {
            // Most connections are idle from now on: they keep no room for what they may say.
            self.outputs = VecDeque::new();
        }
        output
    }

    /// Hands data over, or keeps it until the handshake is complete.
    pub(super) fn data(&mut self, data: Data) {
        if self.completed {
            self.event(Event::Data(data));
        } else {
            self.early.keep(data);
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.completed
    }

    pub(super) fn has_early_data(&self) -> bool {
        !self.early.kept.is_empty()
    }

    /// The handshake is complete: says so, then hands over what came early, in order.
    pub(super) fn complete(&mut self) {
        self.enter(ProtocolState::Approved);
        self.enter(ProtocolState::Complete);
        self.completed = true;
        self.event(Event::Completed);
        let EarlyData { kept, dropped, .. } = mem::take(&mut self.early);
        for data in kept {
            self.event(Event::Data(data));
        }
        if dropped > 0 {
            self.remark(Remark::EarlyDataDropped(dropped));
        }
        keys::on_complete(self);
    }
}

/// Data that arrived before the handshake was complete.
#[derive(Debug, Default)]
struct EarlyData {
    kept: Vec<Data>,
    /// Bytes that may still be kept.
    room: usize,
    dropped: u32,
}

impl EarlyData {
    fn keep(&mut self, data: Data) {
        let size = size_of::<Data>() + data.protocol_id.len() + data.payload.len();
        // After a gap nothing is kept: what is handed over has no holes.
        if self.dropped > 0 || size > self.room {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.room -= size;
        self.kept.push(data);
    }
}
