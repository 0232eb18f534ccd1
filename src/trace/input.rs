//! What the hub is told, written down and read again to be fed to another hub.

use std::{net::SocketAddr, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    command::CommandRecord,
    fact::{Fact, FrameRecord},
    pins::Pins,
};
use crate::{
    checks::Code,
    hub::{
        Command, Input, LinkId, Opened,
        dial::{DialFailure, Stage, Tried},
    },
    mdns::{service::Service, txt::Txt},
    proto::{Frame, Ski, Target},
};

/// A service as it was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the record")]
pub struct ServiceRecord {
    pub instance: String,
    pub host: String,
    pub port: u16,
    pub addresses: Vec<SocketAddr>,
    pub interfaces: Vec<String>,
    /// The pairs of its TXT record, in order.
    pub txt: Vec<(String, String)>,
}

/// What came of one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedRecord {
    /// The target, with the path tried.
    pub target: Target,
    /// The address behind its name.
    pub address: Option<SocketAddr>,
    /// How far it went.
    pub stage: Stage,
    /// The finding.
    pub code: String,
    /// What happened, in words.
    pub what: String,
    /// Whether it may be gone at the next attempt.
    pub passing: bool,
    /// How long it took, in nanoseconds.
    pub took_ns: u64,
    /// The interfaces the route to it uses, where that may tell why nothing answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub via: Vec<String>,
}

/// What a line of a trace tells the hub.
#[derive(Debug)]
pub enum Step {
    /// To begin.
    Begin,
    /// That a link is used up.
    TurnedAway(LinkId),
    /// An input.
    Input(Box<Input>),
    /// A command.
    Command(Box<Command>),
}

impl Fact {
    /// An input, written down.
    pub fn input(input: &Input, pins: &mut Pins) -> Self {
        match input {
            Input::Seen(service) => Self::Seen { service: ServiceRecord::new(service) },
            Input::Gone { instance } => Self::Gone { instance: instance.clone() },
            Input::Incoming { link, ski, remote, transport } => Self::Incoming {
                link: link.number(),
                ski: *ski,
                remote: *remote,
                transport: transport.clone(),
            },
            Input::Accepted { link } => Self::Accepted { link: link.number() },
            Input::Dialled { link, result: Ok(opened) } => Self::Reached {
                link: link.number(),
                ski: opened.ski,
                remote: opened.remote,
                tried: opened.tried.iter().map(TriedRecord::new).collect(),
                transport: opened.transport.clone(),
            },
            Input::Dialled { link, result: Err(failure) } => Self::NotReached {
                link: link.number(),
                tried: failure.tried.iter().map(TriedRecord::new).collect(),
                telling: failure.telling,
            },
            Input::Dialling { link, target, address, stage } => Self::Dialling {
                link: link.number(),
                target: target.clone(),
                address: *address,
                stage: *stage,
            },
            Input::Message { link, bytes } => {
                Self::Frame(FrameRecord::new(link.number(), false, &pins.frame(bytes)))
            }
            Input::Text { link } => Self::TextFrame { link: link.number() },
            Input::Pong { link } => Self::Pong { link: link.number() },
            Input::Closed { link, how } => Self::Closed { link: link.number(), how: how.clone() },
            Input::ListeningStopped => Self::ListeningStopped {},
            Input::Withdrawn => Self::Withdrawn {},
            Input::Timeout => Self::Timeout {},
        }
    }

    /// Whether it is something the hub was told.
    pub fn is_step(&self) -> bool {
        match self {
            Self::Frame(FrameRecord { sent, .. }) => !sent,
            Self::Begin {}
            | Self::Seen { .. }
            | Self::Gone { .. }
            | Self::TurnedAway { .. }
            | Self::Incoming { .. }
            | Self::Accepted { .. }
            | Self::Reached { .. }
            | Self::NotReached { .. }
            | Self::Dialling { .. }
            | Self::TextFrame { .. }
            | Self::Pong { .. }
            | Self::Closed { .. }
            | Self::ListeningStopped {}
            | Self::Withdrawn {}
            | Self::Timeout {}
            | Self::Command(_) => true,
            _ => false,
        }
    }

    /// What it tells the hub; `None` if that is nothing, or cannot be made of it.
    pub fn step(&self) -> Option<Step> {
        let link = |number: u64| LinkId::from_number(number);
        let input = match self.clone() {
            Self::Begin {} => return Some(Step::Begin),
            Self::TurnedAway { link: number, .. } => {
                return Some(Step::TurnedAway(link(number)));
            }
            Self::Command(command) => {
                return command.command().map(|command| Step::Command(Box::new(command)));
            }
            Self::Seen { service } => Input::Seen(service.service()),
            Self::Gone { instance } => Input::Gone { instance },
            Self::Incoming { link: number, ski, remote, transport } => {
                Input::Incoming { link: link(number), ski, remote, transport }
            }
            Self::Accepted { link: number } => Input::Accepted { link: link(number) },
            Self::Reached { link: number, ski, remote, tried, transport } => {
                let tried = tried.into_iter().map(TriedRecord::tried).collect();
                let result = Ok(Opened { ski, remote, tried, transport });
                Input::Dialled { link: link(number), result }
            }
            Self::NotReached { link: number, tried, telling } => {
                let tried = tried.into_iter().map(TriedRecord::tried).collect();
                let result = Err(DialFailure { tried, telling });
                Input::Dialled { link: link(number), result }
            }
            Self::Dialling { link: number, target, address, stage } => {
                Input::Dialling { link: link(number), target, address, stage }
            }
            Self::Frame(frame) if !frame.sent => {
                let bytes = Frame::from(frame.bytes()?);
                Input::Message { link: link(frame.link), bytes }
            }
            Self::TextFrame { link: number } => Input::Text { link: link(number) },
            Self::Pong { link: number } => Input::Pong { link: link(number) },
            Self::Closed { link: number, how } => Input::Closed { link: link(number), how },
            Self::ListeningStopped {} => Input::ListeningStopped,
            Self::Withdrawn {} => Input::Withdrawn,
            Self::Timeout {} => Input::Timeout,
            _ => return None,
        };
        Some(Step::Input(Box::new(input)))
    }

    /// A command, written down.
    pub fn command(command: &Command, pins: &mut Pins) -> Self {
        Self::Command(CommandRecord::new(command, pins))
    }
}

impl ServiceRecord {
    /// A service, written down.
    pub fn new(service: &Service) -> Self {
        Self {
            instance: service.instance.clone(),
            host: service.host.clone(),
            port: service.port,
            addresses: service.addresses.clone(),
            interfaces: service.interfaces.clone(),
            txt: service.txt.raw.clone(),
        }
    }

    /// The service; what its TXT record says and what is wrong with it is read anew.
    pub fn service(self) -> Service {
        let pairs = self.txt.iter().map(|(key, value)| (&**key, Some(value.as_bytes())));
        Service {
            txt: Txt::read(pairs),
            instance: self.instance,
            host: self.host,
            port: self.port,
            addresses: self.addresses,
            interfaces: self.interfaces,
        }
    }

    /// The value of a key of its TXT record.
    pub fn value(&self, name: &str) -> Option<&str> {
        let named = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
        self.txt.iter().find(named).map(|(_, value)| &**value)
    }

    /// Whose it is.
    pub fn ski(&self) -> Option<Ski> {
        self.value("ski")?.parse().ok()
    }
}

impl TriedRecord {
    fn new(tried: &Tried) -> Self {
        Self {
            target: tried.target.clone(),
            address: tried.address,
            stage: tried.stage,
            code: tried.code.to_owned(),
            what: tried.what.clone(),
            passing: tried.passing,
            took_ns: u64::try_from(tried.took.as_nanos()).unwrap_or(u64::MAX),
            via: tried.via.clone(),
        }
    }

    fn tried(self) -> Tried {
        Tried {
            target: self.target,
            address: self.address,
            stage: self.stage,
            code: self.code.parse().map_or("", Code::as_str),
            what: self.what,
            passing: self.passing,
            took: Duration::from_nanos(self.took_ns),
            via: self.via,
            announced: false,
        }
    }
}

#[cfg(test)]
mod tests;
