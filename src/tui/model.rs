//! What is known of the hub, and what of it is looked at. Only `update` changes it.

mod screen;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use time::OffsetDateTime;

pub(super) use self::screen::{Hint, Notice, Pane, Popup, Screen, TOLD_FOR, Tab, Typing, Wanted};
use super::{
    rows::{Key, Row, matching, rows},
    theme::Theme,
    traffic::Traffic,
};
use crate::{
    control::wire::Greeting,
    hub::{
        Snapshot,
        history::Entry,
        snapshot::{PeerSnapshot, ServiceSeen},
    },
    proto::Ski,
    time::Time,
    trace::MessageRecord,
};

/// How many lines of the event log are kept.
pub(super) const LOG_KEPT: usize = 5_000;

/// Everything the screen shows.
#[derive(Debug)]
pub struct Model {
    /// Who the hub is.
    pub(super) greeting: Greeting,
    /// Whether it runs in this process, and ends with it.
    pub(super) embedded: bool,
    pub(super) theme: Theme,
    /// Columns and lines.
    pub(super) size: (u16, u16),
    /// By our own clock.
    pub(super) now: Time,
    /// What is known; see [`Model::world`] for what is shown.
    pub(super) live: World,
    /// What was known when the screen was frozen.
    pub(super) frozen: Option<Box<World>>,
    pub(super) screen: Screen,
    /// What the hub has not answered yet.
    pub(super) asked: BTreeMap<u64, Asked>,
    pub(super) last_id: u64,
    /// When a key came last.
    pub(super) keyed: Time,
    /// Requests to be paired that were answered, or put off: since when they stand.
    pub(super) seen: BTreeMap<Ski, Time>,
    /// How we are going to end, once the hub has ended.
    pub(super) ending: Option<crate::cli::exit::Exit>,
    /// How the hub was lost.
    pub(super) gone: Option<String>,
}

/// What is known of the hub.
#[derive(Clone, Debug, Default)]
pub(super) struct World {
    pub(super) hub: Option<Arc<Snapshot>>,
    /// When that came, by our own clock.
    pub(super) received: Time,
    /// The time stands still, by our own clock.
    pub(super) stopped: Option<Time>,
    /// The peer looked at, with its history.
    pub(super) peer: Option<Arc<PeerSnapshot>>,
    pub(super) traffic: Traffic,
    pub(super) log: VecDeque<Arc<LogLine>>,
    /// How many lines there were in all.
    pub(super) logged: u64,
}

/// A line of the event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LogLine {
    /// RFC 3339, as the hub wrote it.
    pub(super) ts: String,
    pub(super) ski: Option<Ski>,
    pub(super) stage: String,
    pub(super) text: String,
    /// All of it in small letters, to be searched.
    pub(super) hay: String,
}

impl LogLine {
    pub(super) fn new(ts: &str, ski: Option<Ski>, stage: &str, text: &str) -> Self {
        let who = ski.map(|ski| ski.to_string()).unwrap_or_default();
        let hay = format!("{stage}\n{text}\n{who}").to_lowercase();
        Self { ts: ts.to_owned(), ski, stage: stage.to_owned(), text: text.to_owned(), hay }
    }
}

/// A message to or from a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Transfer {
    /// In the order of their coming here.
    pub(super) number: u64,
    pub(super) record: MessageRecord,
}

/// A question to the hub.
#[derive(Debug)]
pub(super) struct Asked {
    /// The command line that does the same.
    pub(super) line: String,
    pub(super) wants: Answers,
}

/// What is done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answers {
    /// It is told that it was done.
    Done,
    /// A PIN is on its way; what came of it is told by events.
    Pin,
    /// A trace begins, or has ended.
    Trace,
    /// The hub has ended.
    Shutdown,
    /// A text to read.
    Text,
    /// The state of the hub, to read.
    Status,
    /// Our own QR code.
    OwnQr,
}

impl Model {
    /// A hub nothing is known of yet but its greeting.
    pub fn new(greeting: Greeting, embedded: bool, theme: Theme, size: (u16, u16)) -> Self {
        Self {
            greeting,
            embedded,
            theme,
            size,
            now: Time::ORIGIN,
            live: World::default(),
            frozen: None,
            screen: Screen::default(),
            asked: BTreeMap::new(),
            last_id: 0,
            keyed: Time::ORIGIN,
            seen: BTreeMap::new(),
            ending: None,
            gone: None,
        }
    }

    /// What is shown.
    pub(super) fn world(&self) -> &World {
        self.frozen.as_deref().unwrap_or(&self.live)
    }

    /// The time of the hub that is shown.
    pub(super) fn hub_now(&self) -> Time {
        self.world().hub_now(self.now)
    }

    /// The list of devices.
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let hub = self.world().hub.as_deref();
        hub.map_or_else(Vec::new, |hub| rows(hub, &self.screen.filter, self.screen.sort))
    }

    /// How many devices the list has.
    pub(super) fn row_count(&self) -> usize {
        let hub = self.world().hub.as_deref();
        hub.map_or(0, |hub| matching(hub, &self.screen.filter).len())
    }

    /// The device looked at, as a row.
    pub(super) fn row(&self) -> Option<Row<'_>> {
        let hub = self.world().hub.as_deref()?;
        Some(Row::of(hub, self.screen.selected.clone()?))
    }

    /// The device looked at.
    pub fn selected_ski(&self) -> Option<Ski> {
        match self.screen.selected.as_ref()? {
            Key::Ski(ski) => Some(*ski),
            Key::Instance(_) => None,
        }
    }

    /// Why there is no SKI to do something with.
    pub(super) fn nobody(&self) -> &'static str {
        match self.screen.selected {
            Some(_) => "this device announces no SKI, so nothing can be done with it",
            None if !self.screen.filter.is_empty() => {
                "no device is selected; Esc takes the filter away"
            }
            None => "no device is selected; select one in the list first",
        }
    }

    /// The device whose PIN is entered now: the selected one, else the first that waits for one.
    pub(super) fn wants_pin(&self) -> Option<Ski> {
        let peers = || self.live.hub.iter().flat_map(|hub| &hub.peers);
        let selected = self.selected_ski();
        let chosen = peers().find(|it| it.pin_wanted.is_some() && Some(it.ski) == selected);
        let waits = || peers().find(|it| it.pin_wanted.is_some_and(|pin| pin.required));
        chosen.or_else(waits).map(|peer| peer.ski)
    }

    /// What is known of it, with its history where that came.
    pub(super) fn selected_peer(&self) -> Option<&PeerSnapshot> {
        let ski = self.selected_ski()?;
        let world = self.world();
        // Whom the hub knows no more, it tells nothing of: what it told last is over.
        let listed = world.peer_of(ski)?;
        Some(world.peer.as_deref().filter(|peer| peer.ski == ski).unwrap_or(listed))
    }

    pub(super) fn selected_service(&self) -> Option<&ServiceSeen> {
        self.row()?.service
    }

    /// Its history.
    pub(super) fn history(&self) -> &[Entry] {
        self.selected_peer().map_or(&[], |peer| &peer.history)
    }

    /// What a device is called, by its SKI.
    pub(super) fn name_of(&self, ski: Ski, columns: usize) -> Option<String> {
        let row = Row::of(self.world().hub.as_deref()?, Key::Ski(ski));
        (row.service.is_some() || row.peer.is_some_and(|peer| peer.name.is_some()))
            .then(|| row.name(columns))
    }

    /// The lines of the log that match its filter.
    pub(super) fn log(&self) -> Vec<&LogLine> {
        let needle = super::rows::needle(&self.screen.log_filter);
        let matches = |line: &LogLine| needle.iter().all(|word| line.hay.contains(word.as_str()));
        let lines = self.world().log.iter().map(AsRef::as_ref);
        if needle.is_empty() {
            lines.collect()
        } else {
            lines.filter(|line| matches(line)).collect()
        }
    }

    /// A moment of the hub as the time of day, UTC.
    pub(super) fn wall(&self, at: Time) -> Option<OffsetDateTime> {
        let origin = self.world().hub.as_deref()?.node.origin_unix_ms?;
        let origin =
            OffsetDateTime::from_unix_timestamp_nanos(i128::from(origin) * 1_000_000).ok()?;
        origin.checked_add(time::Duration::try_from(at.since_origin()).ok()?)
    }

    /// Whether something on the screen counts by itself.
    pub fn counts(&self) -> bool {
        self.live.hub.is_some() && self.frozen.is_none() && self.gone.is_none()
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.live.hub.as_deref().map_or(0, |hub| hub.metrics.connections)
    }

    /// Whether the hub ends.
    pub(super) fn is_shutting_down(&self) -> bool {
        self.ending.is_some() || self.live.hub.as_deref().is_some_and(|hub| !hub.phases.is_empty())
    }
}

impl World {
    pub(super) fn hub_now(&self, now: Time) -> Time {
        let at = self.hub.as_deref().map_or(Time::ORIGIN, |hub| hub.at);
        at + self.stopped.unwrap_or(now).since(self.received)
    }

    pub(super) fn peer_of(&self, ski: Ski) -> Option<&PeerSnapshot> {
        self.hub.as_deref()?.peers.iter().find(|peer| peer.ski == ski)
    }
}
