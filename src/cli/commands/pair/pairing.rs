//! One pairing with a node of our own, from the first look to the last.

use std::{pin::pin, time::Duration};

use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        linger::Linger,
        outcome::{Progress, undoes_pairing, wrong_certificate},
        output::{story::Story, text::safe},
        prompt::PinPrompt,
        session::{Happening, Session, deadline},
        settings::table::Key,
    },
    driver::NodeEvent,
    hub::{Command, Event, EventKind},
    proto::{ShipId, Ski},
};

/// How long a completed connection is kept for the device to finish as well.
const MOMENT: Duration = Duration::from_millis(300);

/// When a device that was not seen yet is told of: by then who is there has answered.
pub(super) const EARLY: Duration = Duration::from_secs(3);

/// One pairing, from the first look to the last.
pub(super) struct Pairing {
    pub(super) peer: Ski,
    keep: bool,
    timeout: Duration,
    deadline: Instant,
    progress: Progress,
    pub(super) ever_completed: bool,
    /// Whether the device took a PIN from us.
    pub(super) entered_pin: bool,
    pub(super) name: Option<String>,
    pub(super) ship_id: Option<ShipId>,
    pub(super) took: Option<Duration>,
    pub(super) linger: Linger,
    /// When to leave after completion.
    leave: Option<Instant>,
    prompt: PinPrompt,
}

impl Pairing {
    pub(super) fn new(
        peer: Ski,
        args: &args::Pair,
        deadline: Instant,
        context: &Context<'_>,
    ) -> Self {
        Self {
            peer,
            keep: args.keep,
            timeout: args.timeout,
            deadline,
            progress: Progress::new(peer, !context.global.no_mdns, context.is_interactive()),
            ever_completed: false,
            entered_pin: false,
            name: None,
            ship_id: None,
            took: None,
            linger: Linger::new(context.settings.switch(Key::Spine), MOMENT),
            leave: None,
            prompt: PinPrompt::new(context.is_interactive()),
        }
    }

    pub(super) async fn run(
        &mut self,
        context: &mut Context<'_>,
        session: &mut Session,
        story: &mut Story,
        before: Vec<NodeEvent>,
    ) -> Result<Exit, CliError> {
        for event in &before {
            self.take(context, session, story, event).await?;
        }
        let mut second = tokio::time::interval(Duration::from_secs(1));
        let mut early = pin!(sleep(EARLY.min(self.timeout)));
        let mut told_early = self.timeout <= EARLY;
        loop {
            let until = match self.leave {
                Some(leave) => leave,
                None if self.ever_completed => deadline(Duration::MAX),
                None => self.deadline,
            };
            tokio::select! {
                happening = session.next() => match happening? {
                    Happening::Signal(exit) => return Ok(exit),
                    Happening::Event(event) => self.take(context, session, story, &event).await?,
                },
                typed = self.prompt.answer(), if self.prompt.is_open() => {
                    if let Some(pin) = self.prompt.read(context.ui, self.peer, typed)? {
                        let enter = Command::EnterPin { ski: self.peer, pin };
                        session.command_if_present(enter).await?;
                    }
                }
                // A connection is kept for whoever reads; a pairing goes on without.
                () = context.ui.closed(), if self.ever_completed => return Ok(Exit::Done),
                () = sleep_until(until) => return self.time_is_over(session),
                () = &mut early, if !told_early => {
                    told_early = true;
                    let left = self.deadline.duration_since(Instant::now());
                    if let Some(told) = self.progress.seen_instead(EARLY, left) {
                        context.ui.hint(&told);
                    }
                }
                _ = second.tick(), if context.ui.counts_down() && !self.prompt.is_open() => {
                    let now = session.clock().now();
                    if let Some(said) = story.countdown(now) {
                        context.ui.transient(&said.line(now));
                    }
                }
            }
        }
    }

    async fn take(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        story: &mut Story,
        event: &NodeEvent,
    ) -> Result<(), CliError> {
        session.show(context.ui, story, event)?;
        let NodeEvent::Hub(event) = event else {
            return wrong_certificate(self.peer, event).map_or(Ok(()), Err);
        };
        if let (EventKind::PairingRequest { .. }, Some(ski)) = (&event.kind, event.ski)
            && ski != self.peer
        {
            return session.command_if_present(Command::Deny { ski }).await;
        }
        let taken = self.progress.take(event);
        // How a connection ends behind a completed handshake does not undo the pairing, unless the
        // device turns out to be another one, or thinks better of it.
        if self.leave.is_none() || undoes_pairing(event) {
            taken?;
        }
        if event.ski == Some(self.peer) {
            self.note(context, event);
        }
        Ok(())
    }

    fn note(&mut self, context: &mut Context<'_>, event: &Event) {
        self.linger.note(&event.kind);
        match &event.kind {
            EventKind::ServiceSeen(service) => {
                self.name = Some(safe(&service.name()));
                self.prompt.name.clone_from(&self.name);
            }
            EventKind::PeerShipId(id) => self.ship_id = Some(id.clone()),
            EventKind::PinAccepted => self.entered_pin = true,
            EventKind::Completed { took } => {
                self.took.get_or_insert(*took);
                self.ever_completed = true;
            }
            EventKind::PinWanted { busy: false, .. } if context.is_interactive() => {
                self.prompt.ask(context.ui, self.peer);
            }
            EventKind::Ended { .. } => self.prompt.withdraw(context.ui),
            _ => {}
        }
        // After completion the device gets a moment to complete as well, and to tell its SHIP ID and
        // what it offers.
        if self.progress.completed && !self.keep {
            self.leave = self.linger.until();
        }
    }

    fn time_is_over(&self, session: &Session) -> Result<Exit, CliError> {
        if self.leave.is_some() {
            return Ok(Exit::Done);
        }
        Err(self.progress.out_of_time(session.clock().now(), self.timeout))
    }
}
