//! Peers that say what a test wants them to say, byte by byte if it must be.

use std::time::Duration;

use crate::proto::{
    codec,
    handshake::TransportEnd,
    message::{Control, Hello, HelloPhase, Message},
};

use super::{
    NodeId, Who, World,
    wire::{End, Frame, Happening, Phase},
};

/// What a scripted peer hears.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The WebSocket is open.
    Connected,
    /// It was turned away with 503.
    Refused,
    /// A message.
    Message(Message),
    /// The WebSocket is gone.
    Closed(TransportEnd),
}

/// What a scripted peer does.
#[derive(Clone, Debug)]
pub enum Say {
    /// Sends a message.
    Message(Message),
    /// Sends a close frame, without announcement.
    Close(u16, &'static str),
}

type Answer = Box<dyn FnMut(usize, &Heard) -> Vec<Say>>;

/// A scripted peer.
pub(super) struct Script {
    answer: Answer,
    /// Its connections, by their wire.
    wires: Vec<usize>,
    pub(super) heard: Vec<(usize, Heard)>,
}

impl Script {
    pub(super) fn new(answer: impl FnMut(usize, &Heard) -> Vec<Say> + 'static) -> Self {
        Self { answer: Box::new(answer), wires: Vec::new(), heard: Vec::new() }
    }

    /// Hears something on a wire, and answers.
    pub(super) fn hear(&mut self, wire: usize, heard: Heard) -> Vec<Say> {
        let known = self.wires.iter().position(|w| *w == wire);
        let nth = known.unwrap_or_else(|| {
            self.wires.push(wire);
            self.wires.len() - 1
        });
        let says = (self.answer)(nth, &heard);
        self.heard.push((nth, heard));
        says
    }
}

impl Say {
    /// `00 00`.
    pub const INIT: Self = Self::Message(Message::Init { head: 0 });

    /// A hello of this phase; `ready` and `pending` wait 60 s.
    pub fn hello(phase: HelloPhase) -> Self {
        let waiting = (phase != HelloPhase::Aborted).then_some(Duration::from_secs(60));
        let hello = Hello { phase, waiting, prolongation_request: false, update_counter: None };
        Self::Message(Message::Control(Control::Hello(hello)))
    }
}

impl Heard {
    /// What these bytes are to a peer.
    pub(super) fn message(bytes: &[u8]) -> Self {
        Self::Message(codec::decode(bytes).expect("a hub sends messages").message)
    }

    /// Whether it is a hello of this phase.
    pub fn is_hello(&self, phase: HelloPhase) -> bool {
        matches!(self, Self::Message(Message::Control(Control::Hello(h))) if h.phase == phase)
    }

    /// Whether it is an init.
    pub fn is_init(&self) -> bool {
        matches!(self, Self::Message(Message::Init { .. }))
    }
}

impl World {
    pub(super) fn script_hears(&mut self, wire: usize, side: usize, heard: Heard) {
        let node = self.wires[wire].ends[side].node;
        let Who::Script(script) = &mut self.nodes[node].who else { return };
        for say in script.hear(wire, heard) {
            self.script_says(wire, side, say);
        }
    }

    fn script_says(&mut self, wire: usize, side: usize, say: Say) {
        if self.wires[wire].ends[side].phase != Phase::Open {
            return;
        }
        match say {
            Say::Message(message) => {
                self.send(wire, 1 - side, Frame::Message(codec::encode(&message).into()));
            }
            Say::Close(code, text) => {
                self.send(wire, 1 - side, Frame::Close(code, text.to_owned()));
                self.wires[wire].ends[side].phase = Phase::Closing;
            }
        }
    }

    /// A scripted peer dials.
    pub fn script_dials(&mut self, from: NodeId, to: NodeId) {
        let wire = self.wire(from, None, to);
        self.later(Duration::ZERO, Happening::Knock { wire });
    }

    /// The scripted peer at one end of a wire closes it.
    pub fn script_closes(&mut self, wire: usize, code: u16, text: &'static str) {
        let scripted = |end: &End| end.link.is_none();
        if let Some(side) = self.wires[wire].ends.iter().position(scripted) {
            self.script_says(wire, side, Say::Close(code, text));
        }
    }
}
