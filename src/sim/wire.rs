//! What connections are made of: wires with two ends, dials under way, and what lies in the queue.

use std::collections::VecDeque;

use crate::{
    hub::{
        LinkId,
        dial::{Stage, Tried},
    },
    proto::{Ski, target::Target},
    time::Time,
};

use super::NodeId;

/// What is behind an address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Place {
    /// A node.
    Node(NodeId),
    /// Something that never answers: the dial gives it up after 10 s.
    Silent,
    /// A SHIP node that answers 503.
    Busy,
}

pub(super) const CLIENT: usize = 0;
pub(super) const SERVER: usize = 1;

/// A TCP connection with TLS and WebSocket on it, or one that becomes that.
pub(super) struct Wire {
    pub(super) ends: [End; 2],
    /// When the last frame towards each end arrives: frames do not overtake each other.
    pub(super) arrival: [Time; 2],
    /// Nothing gets through any more, and nobody is told.
    pub(super) frozen: bool,
}

impl Wire {
    pub(super) fn is_between(&self, a: NodeId, b: NodeId) -> bool {
        let [client, server] = &self.ends;
        [(a, b), (b, a)].contains(&(client.node, server.node))
    }
}

pub(super) fn unordered(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    (a.min(b), a.max(b))
}

pub(super) struct End {
    pub(super) node: NodeId,
    /// The link of a hub.
    pub(super) link: Option<LinkId>,
    pub(super) phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) enum Phase {
    Asking,
    Open,
    /// This end sent a close frame.
    Closing,
    /// This end was lost without a word.
    Vanished,
    Gone,
}

/// Which end of which wire a link is.
#[derive(Clone, Copy)]
pub(super) struct EndAt {
    pub(super) wire: usize,
    pub(super) side: usize,
}

/// A dial under way.
pub(super) struct Dial {
    pub(super) ski: Ski,
    pub(super) rest: VecDeque<Target>,
    pub(super) tried: Vec<Tried>,
}

/// Something that lies in the queue.
pub(super) enum Happening {
    Try { node: NodeId, link: LinkId },
    Fails { node: NodeId, link: LinkId, target: Target, stage: Stage, passing: bool },
    Knock { wire: usize },
    Upgraded { wire: usize },
    Answered { wire: usize, admitted: bool },
    Frame { wire: usize, to: usize, frame: Frame },
    Seen { node: NodeId, service: Box<crate::mdns::service::Service> },
}

impl Happening {
    /// The wire it happens on.
    pub(super) fn wire(&self) -> Option<usize> {
        match self {
            Self::Knock { wire }
            | Self::Upgraded { wire }
            | Self::Answered { wire, .. }
            | Self::Frame { wire, .. } => Some(*wire),
            Self::Try { .. } | Self::Fails { .. } | Self::Seen { .. } => None,
        }
    }
}

pub(super) enum Frame {
    Message(crate::proto::Frame),
    Ping,
    Pong,
    Close(u16, String),
    Eof,
    Reset,
}
