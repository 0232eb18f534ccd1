//! What is looked at, what lies over it, and what is being typed.

use std::time::Duration;

use super::super::{
    lane::Zoom,
    line::Line,
    rows::{Key, Sort},
    theme::Role,
};
use crate::{control::Wish, proto::Ski, time::Time};

/// What is looked at.
#[derive(Debug, Default)]
pub(in crate::tui) struct Screen {
    pub(in crate::tui) pane: Pane,
    pub(in crate::tui) tab: Tab,
    pub(in crate::tui) selected: Option<Key>,
    pub(in crate::tui) follow: bool,
    pub(in crate::tui) sort: Sort,
    pub(in crate::tui) filter: String,
    pub(in crate::tui) log_filter: String,
    pub(in crate::tui) zoom: Zoom,
    /// How far the timeline's list is scrolled back from its end.
    pub(in crate::tui) entries_back: usize,
    /// How far the log is scrolled back from its end.
    pub(in crate::tui) log_back: usize,
    /// How far service and findings are scrolled down.
    pub(in crate::tui) down: usize,
    /// The message chosen; the last one if `None`.
    pub(in crate::tui) message: Option<u64>,
    pub(in crate::tui) popup: Option<Popup>,
    pub(in crate::tui) typing: Option<Typing>,
    pub(in crate::tui) notice: Option<Notice>,
}

/// The parts of the screen that can be moved in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Pane {
    #[default]
    Services,
    Detail,
    Log,
}

/// What of the selected device is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::tui) enum Tab {
    #[default]
    Timeline,
    Messages,
    Service,
    Findings,
}

impl Tab {
    pub(in crate::tui) const ALL: [Self; 4] =
        [Self::Timeline, Self::Messages, Self::Service, Self::Findings];

    pub(in crate::tui) fn name(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Messages => "messages",
            Self::Service => "service",
            Self::Findings => "findings",
        }
    }
}

/// What lies over the screen.
#[derive(Debug)]
pub(in crate::tui) enum Popup {
    /// A device asks to be paired.
    Request {
        ski: Ski,
        opened: Time,
    },
    /// A device wants a PIN.
    Pin {
        ski: Ski,
        typed: Line,
        wrong: Option<String>,
    },
    /// Something would be lost.
    Question {
        what: String,
        line: String,
        wish: Box<Wish>,
    },
    /// Quitting would end an embedded hub.
    Leave,
    Help {
        down: usize,
    },
    /// Our own QR code, once the hub has told its text.
    OwnQr {
        text: Option<String>,
    },
    /// A message, as text or as bytes.
    Record {
        number: u64,
        raw: bool,
        down: usize,
    },
    /// A text of the hub.
    Report {
        title: String,
        text: String,
        down: usize,
    },
}

/// What is being typed at the bottom.
#[derive(Debug)]
pub(in crate::tui) struct Typing {
    pub(in crate::tui) what: Wanted,
    pub(in crate::tui) line: Line,
    /// What was there before, to come back to.
    pub(in crate::tui) before: String,
    /// What is wrong with it, or what could follow.
    pub(in crate::tui) hint: Option<Hint>,
}

/// What is told about a line being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Hint {
    pub(in crate::tui) role: Role,
    pub(in crate::tui) lines: Vec<String>,
}

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::tui) enum Wanted {
    Command,
    /// A name for this device.
    Name(Ski),
    Filter,
    LogFilter,
}

/// Something told at the bottom for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::tui) struct Notice {
    pub(in crate::tui) role: Role,
    pub(in crate::tui) text: String,
    pub(in crate::tui) until: Time,
}

impl Hint {
    pub(in crate::tui) fn new(role: Role, line: impl Into<String>) -> Self {
        Self { role, lines: vec![line.into()] }
    }
}

impl Typing {
    pub(in crate::tui) fn new(what: Wanted, text: &str) -> Self {
        Self { what, line: Line::of(text), before: text.to_owned(), hint: None }
    }
}

/// How long something is told.
pub(in crate::tui) const TOLD_FOR: Duration = Duration::from_secs(8);
