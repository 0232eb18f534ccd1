//! What happens, told: in the log, as lines of `--json`, and to whoever watches over the socket.

use std::time::Duration;

use time::OffsetDateTime;

use crate::{
    cli::{
        output::{
            Ui,
            json::{Body, Line, ms},
            story::{Said, Story},
            text::{rfc3339, safe},
        },
        session::{Notice, notices},
    },
    control::{
        Reply, Server,
        wire::{Happening, Saying},
    },
    driver::{Clock, NodeEvent, Seen},
    hub::EventKind,
    proto::Ski,
    time::Time,
};

/// Tells what happens: the log, the lines of `--json`, and whoever watches.
pub(super) struct Teller {
    clock: Clock,
    story: Story,
    /// Whether stdout does not take what is written: told once.
    stdout_failed: bool,
    /// Whether the end of the shutdown was reported.
    shut_down: bool,
}

impl Teller {
    pub(super) fn new(clock: Clock, own: Ski) -> Self {
        Self { clock, story: Story::of_all(own), stdout_failed: false, shut_down: false }
    }

    pub(super) fn tell(&mut self, ui: &mut Ui, server: &Server, event: &NodeEvent) {
        if let NodeEvent::Hub(event) = event {
            self.shut_down |= matches!(event.kind, EventKind::ShutDown { .. });
            let said = self.story.tell(event);
            self.line(ui, server, event.at, event.ski, &Body::event(event), &said);
        }
        for Notice { ski, text, body } in notices(event) {
            let said = [Said { stage: "remark", text: self.story.whose(ski, &safe(&text)) }];
            self.line(ui, server, self.clock.now(), ski, &body, &said);
        }
    }

    /// Reports the end of a shutdown that was cut short after `took`, unless the hub did.
    pub(super) fn cut(&mut self, ui: &mut Ui, server: &Server, took: Duration) {
        if !std::mem::replace(&mut self.shut_down, true) {
            let body = Body::ShutDown { took_ms: ms(took), forced: true };
            self.line(ui, server, self.clock.now(), None, &body, &[]);
        }
    }

    /// Shows a message to whoever watches them.
    pub(super) fn show(&self, server: &Server, seen: &Seen) {
        let ts = rfc3339(self.wall(seen.passed.at));
        server.show(seen.passed.record(ts, seen.lost));
    }

    /// The clock of the computer may have been set since we started: what counts is the time now.
    fn wall(&self, at: Time) -> OffsetDateTime {
        OffsetDateTime::now_utc() - self.clock.now().since(at)
    }

    fn line(
        &mut self,
        ui: &mut Ui,
        server: &Server,
        at: Time,
        ski: Option<Ski>,
        body: &Body,
        said: &[Said],
    ) {
        for Said { stage, text } in said {
            tracing::info!(target: "shipctl::hub", "{stage:<10}  {text}");
        }
        let wall = self.wall(at);
        let line = Line::new(wall, ski, body);
        tracing::debug!("{line}");
        if server.is_watched() {
            let say = said.iter().map(|Said { stage, text }| Saying {
                stage: (*stage).to_owned(),
                text: text.clone(),
            });
            let event = serde_json::to_value(&line).unwrap_or_default();
            server.publish(&Reply::Event(Happening { event, say: say.collect() }));
        }
        // A hub is there for its devices: that a disk behind stdout is full does not end it.
        match ui.json(wall, ski, body) {
            Err(error) if !std::mem::replace(&mut self.stdout_failed, true) => {
                tracing::error!("{}: {}", error.message, error.causes.join(": "));
            }
            _ => {}
        }
    }
}
