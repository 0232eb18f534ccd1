//! What happened to one peer: its states with their times and reasons, and what was found about it.
//! Both are bounded; the oldest goes first.

use std::{collections::VecDeque, time::Duration};

use serde::{Deserialize, Serialize};

pub use super::judging::Found;
use super::{Event, EventKind, dial::Stage, json, judging::Judged};
use crate::{
    proto::{
        ConnectionState, ProtocolState,
        handshake::{Cause, Side},
    },
    time::Time,
};

/// One thing that happened to a peer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When.
    #[serde(rename = "at_ms")]
    pub at: Time,
    /// What.
    pub step: Step,
    /// The connection state afterwards.
    pub state: ConnectionState,
    /// The protocol state of its connection; at an end, the one it ended in.
    pub protocol: Option<ProtocolState>,
    /// Why, where something ended.
    #[serde(default, deserialize_with = "json::maybe")]
    pub reason: Option<Reason>,
    /// The number of the attempt, where one is concerned.
    pub attempt: Option<u32>,
    /// The delay drawn for it.
    #[serde(rename = "delay_ms", default, with = "json::optional_millis")]
    pub delay: Option<Duration>,
    /// The address tried or connected with.
    pub address: Option<String>,
}

/// What happened to a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It was registered.
    Registered,
    /// It is no longer registered.
    Unregistered,
    /// The connection state changed.
    State,
    /// An attempt is due after a delay.
    AttemptScheduled,
    /// An attempt waits for a place.
    LimitReached,
    /// An attempt began.
    AttemptStarted,
    /// An attempt found no node.
    AttemptFailed,
    /// There is a WebSocket.
    Connected,
    /// It has another key, and so another SKI, from then on.
    KeyChanged,
    /// The handshake is complete.
    Completed,
    /// A connection was given up for another.
    Replaced,
    /// A connection of the peer was turned away.
    Refused,
    /// The connection is over.
    Ended,
}

/// Why an attempt or a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// A dial got no further than this stage.
    Dial(Stage),
    /// Closed in order.
    Closed(Side),
    /// One side refused to trust the other.
    Denied(Side),
    /// Nothing came in time.
    TimedOut,
    /// The peer sent what the specification does not allow.
    Violation,
    /// The protocol handshake was broken off.
    ProtocolError(Side),
    /// The peer demands a PIN and we have none.
    PinMissing,
    /// The peer refused our PIN.
    PinRefused,
    /// The SHIP ID is not the one stored.
    ShipIdMismatch,
    /// The WebSocket was closed with this code.
    CloseCode(u16),
    /// The transport went away.
    Lost,
    /// The peer sent more messages than a handshake can need.
    Flooded,
    /// The peer did not read what we sent.
    NotReading,
    /// A ping was not answered.
    NoPong,
    /// We closed it for a reason outside the connection.
    Dropped,
}

impl Reason {
    /// The reason in a cause.
    pub fn of(cause: &Cause) -> Self {
        match cause {
            Cause::Closed { by, .. } => Self::Closed(*by),
            Cause::Denied { by, .. } => Self::Denied(*by),
            Cause::TimedOut { .. } => Self::TimedOut,
            Cause::Violation { .. } => Self::Violation,
            Cause::ProtocolError { by, .. } => Self::ProtocolError(*by),
            Cause::PinMissing => Self::PinMissing,
            Cause::PinRefused => Self::PinRefused,
            Cause::ShipIdMismatch { .. } => Self::ShipIdMismatch,
            Cause::ClosedWithCode { code, .. } => Self::CloseCode(*code),
            Cause::Lost { .. } => Self::Lost,
            Cause::Flooded { .. } => Self::Flooded,
            Cause::NotReading { .. } => Self::NotReading,
            Cause::NoPong { .. } => Self::NoPong,
            Cause::Dropped { .. } => Self::Dropped,
        }
    }

    /// Whether something went wrong, rather than ended in order.
    pub fn is_failure(self) -> bool {
        !matches!(self, Self::Closed(_) | Self::Dropped)
    }
}

/// What is remembered of a peer.
#[derive(Clone, Debug, Default)]
pub(super) struct Record {
    pub(super) entries: VecDeque<Entry>,
    pub(super) judged: Judged,
    pub(super) protocol: Option<ProtocolState>,
    /// When the state became what it is.
    pub(super) since: Time,
}

impl Record {
    /// Takes notice of an event of the peer, whose state is `state` now.
    pub(super) fn note(&mut self, event: &Event, state: ConnectionState, keep: usize) {
        match &event.kind {
            EventKind::Protocol { state } => self.protocol = Some(*state),
            EventKind::State { .. } => self.since = event.at,
            // What comes next belongs to no handshake yet, or to another one.
            EventKind::Ended { .. } | EventKind::Replaced { .. } => self.protocol = None,
            _ => {}
        }
        let mut entry = Entry {
            at: event.at,
            step: Step::State,
            state,
            protocol: self.protocol,
            reason: None,
            attempt: None,
            delay: None,
            address: None,
        };
        if entry.fill(&event.kind) {
            push(&mut self.entries, entry, keep);
        }
    }
}

impl Entry {
    /// Fills in what the event tells; `false` if it is nothing for the history.
    fn fill(&mut self, kind: &EventKind) -> bool {
        self.step = match kind {
            EventKind::State { .. } => Step::State,
            EventKind::Registered => Step::Registered,
            EventKind::Unregistered => Step::Unregistered,
            EventKind::LimitReached { .. } => Step::LimitReached,
            EventKind::KeyChanged { .. } => Step::KeyChanged,
            EventKind::Completed { .. } => Step::Completed,
            EventKind::Replaced { .. } => Step::Replaced,
            EventKind::AttemptScheduled { number, delay, .. } => {
                (self.attempt, self.delay) = (Some(*number), Some(*delay));
                Step::AttemptScheduled
            }
            EventKind::AttemptStarted { number, targets } => {
                self.attempt = Some(*number);
                self.address = targets.first().map(ToString::to_string);
                Step::AttemptStarted
            }
            EventKind::AttemptFailed { number, failure, .. } => {
                let telling = failure.most_telling();
                self.attempt = Some(*number);
                self.reason = telling.map(|tried| Reason::Dial(tried.stage));
                self.address = telling.map(|tried| tried.target.to_string());
                Step::AttemptFailed
            }
            EventKind::Connected { remote, .. } => {
                self.address = Some(remote.to_string());
                Step::Connected
            }
            EventKind::Refused { remote, .. } => {
                self.address = Some(remote.to_string());
                Step::Refused
            }
            EventKind::Ended { end, .. } => {
                self.reason = Some(Reason::of(&end.cause));
                self.protocol = Some(end.during);
                Step::Ended
            }
            _ => return false,
        };
        true
    }
}

fn push<T>(queue: &mut VecDeque<T>, item: T, keep: usize) {
    queue.push_back(item);
    while queue.len() > keep {
        queue.pop_front();
    }
}
