//! A dashboard on the hub that is written down, and hands to type with.

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend, buffer::Buffer, style::Modifier};
use serde_json::{Value, json};

use super::{
    super::{
        effect::Effect,
        export,
        message::Message,
        model::Model,
        theme::{Depth, Theme},
        update::update,
        view,
    },
    written::{happenings, hub, messages},
};
use crate::{
    control::wire::{Greeting, Request},
    hub::{Snapshot, snapshot::PeerSnapshot},
    proto::Ski,
    time::Time,
};

pub(super) const COLOUR: Theme = Theme { depth: Depth::True, light: false, ascii: false };
pub(super) const ASCII: Theme = Theme { depth: Depth::None, light: false, ascii: true };

pub(super) struct Desk {
    pub(super) model: Model,
    pub(super) now: Time,
}

pub(super) fn ski(tag: u8) -> Ski {
    Ski::from_bytes([tag; 20])
}

impl Desk {
    /// A dashboard that knows nothing yet.
    pub(super) fn new(theme: Theme, size: (u16, u16)) -> Self {
        let greeting = Greeting {
            protocol: 1,
            shipctl: "0.1.0".to_owned(),
            pid: 4711,
            ski: ski(0xA1),
            ship_id: "shipctl-a1a1a1a1".parse().unwrap(),
            port: Some(4712),
            mdns: true,
            state_dir: "/home/user/.local/state/shipctl".to_owned(),
        };
        Self { model: Model::new(greeting, false, theme, size), now: Time::ORIGIN }
    }

    /// One that shows the hub that is written down.
    pub(super) fn with_hub(theme: Theme, size: (u16, u16)) -> Self {
        let mut desk = Self::new(theme, size);
        desk.status(hub());
        // The request that stands there is put off.
        desk.later(Duration::from_secs(1));
        desk.press(KeyCode::Esc);
        desk.select(0x11);
        for record in messages() {
            desk.tell(Message::Transfer(Box::new(record)));
        }
        for happening in happenings() {
            desk.tell(Message::Happening(Box::new(happening)));
        }
        desk
    }

    pub(super) fn tell(&mut self, message: Message) -> Vec<Effect> {
        update(&mut self.model, self.now, message)
    }

    pub(super) fn later(&mut self, time: Duration) {
        self.now += time;
        self.tell(Message::Tick);
    }

    pub(super) fn status(&mut self, hub: Value) {
        let hub: Snapshot = serde_json::from_value(hub).unwrap();
        let peers: Vec<PeerSnapshot> = hub.peers.clone();
        self.tell(Message::Status(Box::new(hub)));
        for peer in peers {
            if Some(peer.ski) == self.model.selected_ski() {
                self.tell(Message::Peer(Box::new(peer)));
            }
        }
    }

    pub(super) fn select(&mut self, tag: u8) {
        self.model.select(super::super::rows::Key::Ski(ski(tag)));
    }

    pub(super) fn press(&mut self, code: KeyCode) -> Vec<Effect> {
        self.tell(Message::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    pub(super) fn ctrl(&mut self, c: char) -> Vec<Effect> {
        self.tell(Message::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))
    }

    /// Types a text; `\n` is Enter, `\t` Tab, `\x1b` Escape. What came out of the last key.
    pub(super) fn types(&mut self, text: &str) -> Vec<Effect> {
        let mut effects = Vec::new();
        for c in text.chars() {
            effects = self.press(match c {
                '\n' => KeyCode::Enter,
                '\t' => KeyCode::Tab,
                '\x1b' => KeyCode::Esc,
                c => KeyCode::Char(c),
            });
        }
        effects
    }

    /// Our own QR code as the hub tells it.
    pub(super) fn own_qr(&mut self) {
        self.types("o");
        let qr = "SHIP;SKI:A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1A1;ID:shipctl-a1a1a1a1;BRAND:shipctl;\
                  TYPE:EnergyManagementSystem;MODEL:shipctl;ENDSHIP;";
        let answer = json!({ "identity": { "qr": qr } });
        let id = self.model.last_id;
        self.tell(Message::Answer { id, answer: Ok(answer.as_object().unwrap().clone()) });
    }

    /// What is on the screen.
    pub(super) fn buffer(&self) -> Buffer {
        let (columns, lines) = self.model.size;
        let mut terminal = Terminal::new(TestBackend::new(columns, lines)).unwrap();
        terminal.draw(|frame| view::draw(&self.model, frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    pub(super) fn screen(&self) -> String {
        export::lines(&self.buffer()).join("\n")
    }

    /// The screen with its styles: of every line what is not plain, from column to column.
    pub(super) fn styled(&self) -> String {
        let buffer = self.buffer();
        let mut text = export::lines(&buffer).join("\n") + "\n\n";
        for (n, cells) in buffer.content.chunks(buffer.area.width.into()).enumerate() {
            let mut runs: Vec<(usize, usize, String)> = Vec::new();
            for (x, cell) in cells.iter().enumerate() {
                let style = style(cell);
                match runs.last_mut() {
                    Some((_, end, last)) if *last == style => *end = x,
                    _ => runs.push((x, x, style)),
                }
            }
            let runs: Vec<String> = runs
                .iter()
                .filter(|(.., style)| !style.is_empty())
                .map(|(from, to, style)| format!("{from}-{to} {style}"))
                .collect();
            if !runs.is_empty() {
                text += &format!("{n:>2}: {}\n", runs.join(", "));
            }
        }
        text
    }
}

fn style(cell: &ratatui::buffer::Cell) -> String {
    let colour = |mark: &str, colour| match colour {
        ratatui::style::Color::Reset => String::new(),
        colour => format!("{mark}{colour}"),
    };
    let mut style = colour("", cell.fg) + &colour("/", cell.bg);
    for (modifier, mark) in [
        (Modifier::BOLD, "b"),
        (Modifier::DIM, "d"),
        (Modifier::UNDERLINED, "u"),
        (Modifier::REVERSED, "r"),
    ] {
        if cell.modifier.contains(modifier) {
            style += &format!("+{mark}");
        }
    }
    style
}

/// A dashboard on it.
pub(super) fn desk() -> Desk {
    Desk::with_hub(COLOUR, (120, 40))
}

/// The one request that went out, as it is written.
pub(super) fn asked(effects: &[Effect]) -> Value {
    let [Effect::Ask { id, wish }] = effects else { panic!("{effects:?}") };
    let line = Request { id: *id, wish: wish.clone() }.line();
    let mut line: Value = serde_json::from_str(&line).unwrap();
    line.as_object_mut().unwrap().remove("id");
    line
}

pub(super) fn notice(desk: &Desk) -> String {
    desk.model.screen.notice.as_ref().map(|notice| notice.text.clone()).unwrap_or_default()
}
