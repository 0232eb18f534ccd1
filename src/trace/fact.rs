//! One line of a trace behind the header: a fact, and when. `docs/trace.md` tells the fields.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    command::CommandRecord,
    input::{ServiceRecord, TriedRecord},
};
use crate::{
    hub::{dial::Stage, facts::TransportFacts},
    identity::trust::TrustChange,
    proto::{Ski, Target, handshake::TransportEnd},
};

/// What a line tells: first what the hub was told, then what it did, then notes about the trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(missing_docs, reason = "docs/trace.md has a row for each field")]
pub enum Fact {
    /// The hub begins.
    Begin {},
    /// A service was seen, or changed.
    Seen { service: ServiceRecord },
    /// A service is gone.
    Gone { instance: String },
    /// A peer was turned away before the hub was asked; its link is used up.
    TurnedAway { link: u64, ski: Ski, remote: SocketAddr, what: String },
    /// A peer asks for a connection.
    Incoming { link: u64, ski: Ski, remote: SocketAddr, transport: Box<TransportFacts> },
    /// Its upgrade went through.
    Accepted { link: u64 },
    /// Our dial found the peer.
    Reached {
        link: u64,
        /// The SKI it proved, where it came with its other key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ski: Option<Ski>,
        remote: SocketAddr,
        tried: Vec<TriedRecord>,
        transport: Box<TransportFacts>,
    },
    /// Our dial found nobody.
    NotReached { link: u64, tried: Vec<TriedRecord>, telling: usize },
    /// Our dial has come so far.
    Dialling { link: u64, target: Target, address: Option<SocketAddr>, stage: Stage },
    /// A message, from the peer or to it.
    Frame(FrameRecord),
    /// A text frame came.
    TextFrame { link: u64 },
    /// A pong came.
    Pong { link: u64 },
    /// The transport is gone.
    Closed { link: u64, how: TransportEnd },
    /// No more connections are taken.
    ListeningStopped {},
    /// The goodbye went out.
    Withdrawn {},
    /// A timer was due.
    Timeout {},
    /// The hub was told something.
    Command(CommandRecord),

    /// What the hub answered to the command before.
    Answer { refused: Option<String> },
    /// It dials.
    Dial {
        link: u64,
        ski: Ski,
        /// The other SKI the peer may prove.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        also: Option<Ski>,
        targets: Vec<Target>,
    },
    /// It lets a peer in.
    Admit { link: u64 },
    /// It turns a peer away with 503.
    Refuse { link: u64 },
    /// It allows messages of full size.
    Widen { link: u64 },
    /// It sends a ping.
    Ping { link: u64 },
    /// It closes the WebSocket.
    Close { link: u64, code: u16, reason: String },
    /// It lets go of a link.
    Forget { link: u64 },
    /// It announces itself.
    Announce { register: bool },
    /// It says goodbye by mDNS.
    Withdraw {},
    /// It takes no more connections.
    StopListening {},
    /// It writes trust down.
    Store { what: TrustChange },
    /// It tells what happened: a state, a delay, a decision, a finding.
    Event(EventRecord),
    /// It has stopped.
    Stopped { forced: bool },

    /// Something about a peer or the network that is not the hub's.
    Note { ski: Option<Ski>, code: Option<String>, text: String },
    /// So many facts were lost here: the disk was too slow.
    Lost { count: u64 },
    /// The recording ended in order, and why.
    End { why: String },
}

/// Every kind of line, by its name in the file.
pub const KINDS: [&str; 34] = [
    "begin",
    "seen",
    "gone",
    "turned_away",
    "incoming",
    "accepted",
    "reached",
    "not_reached",
    "dialling",
    "frame",
    "text_frame",
    "pong",
    "closed",
    "listening_stopped",
    "withdrawn",
    "timeout",
    "command",
    "answer",
    "dial",
    "admit",
    "refuse",
    "widen",
    "ping",
    "close",
    "forget",
    "announce",
    "withdraw",
    "stop_listening",
    "store",
    "event",
    "stopped",
    "note",
    "lost",
    "end",
];

/// A message, as it travelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameRecord {
    /// The number of the link.
    pub link: u64,
    /// Whether we sent it.
    pub sent: bool,
    /// The name of the message.
    #[serde(default)]
    pub message: String,
    /// What it says, in one line.
    #[serde(default)]
    pub text: String,
    /// Its JSON, turned into ordinary JSON.
    #[serde(default)]
    pub json: Option<String>,
    /// Its bytes in hex, as they came: nothing is repaired.
    pub raw: String,
}

/// What the hub tells.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventRecord {
    /// Which peer it concerns.
    pub ski: Option<Ski>,
    /// What happened.
    pub event: String,
    /// And what belongs to it.
    #[serde(flatten)]
    pub told: Map<String, Value>,
}

impl EventRecord {
    /// A text that belongs to it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.told.get(name)?.as_str()
    }

    /// A number that belongs to it.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.told.get(name)?.as_u64()
    }
}

impl FrameRecord {
    /// A message, which holds no secret any more.
    pub fn new(link: u64, sent: bool, bytes: &[u8]) -> Self {
        let line = super::describe::frame(bytes);
        let json = bytes.get(1..).and_then(|value| std::str::from_utf8(value).ok());
        let json = json.map(|text| text.trim_end_matches('\0')).filter(|text| !text.is_empty());
        let json = json.and_then(|text| crate::proto::codec::plain::to_plain(text).ok());
        Self {
            link,
            sent,
            message: line.kind,
            text: line.text,
            json,
            raw: super::hex::write(bytes),
        }
    }

    /// Its bytes; `None` if they are not written in hex.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        super::hex::read(&self.raw)
    }
}

impl Fact {
    /// The number of the link it is about.
    pub fn link(&self) -> Option<u64> {
        match self {
            Self::TurnedAway { link, .. }
            | Self::Incoming { link, .. }
            | Self::Accepted { link }
            | Self::Reached { link, .. }
            | Self::NotReached { link, .. }
            | Self::Dialling { link, .. }
            | Self::Frame(FrameRecord { link, .. })
            | Self::TextFrame { link }
            | Self::Pong { link }
            | Self::Closed { link, .. }
            | Self::Dial { link, .. }
            | Self::Admit { link }
            | Self::Refuse { link }
            | Self::Widen { link }
            | Self::Ping { link }
            | Self::Close { link, .. }
            | Self::Forget { link } => Some(*link),
            _ => None,
        }
    }

    /// The peer it names itself.
    pub fn ski(&self) -> Option<Ski> {
        match self {
            Self::Seen { service } => service.ski(),
            Self::TurnedAway { ski, .. } | Self::Incoming { ski, .. } | Self::Dial { ski, .. } => {
                Some(*ski)
            }
            Self::Command(command) => command.ski(),
            Self::Store { what } => Some(what.ski()),
            Self::Event(EventRecord { ski, .. }) | Self::Note { ski, .. } => *ski,
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kinds_are_those_that_are_read() {
        let error = serde_json::from_str::<Fact>(r#"{"kind":"none of them"}"#).unwrap_err();
        let error = error.to_string();
        let told: Vec<&str> = error.split('`').skip(3).step_by(2).collect();
        assert_eq!(told, KINDS);
    }
}
