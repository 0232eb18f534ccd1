//! `shipctl pair`: listen, announce and dial at once, until both sides trust each other.

use std::time::Duration;

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};

use crate::{
    cli::{
        args,
        context::{Context, read_pin},
        error::CliError,
        exit::Exit,
        linger::Linger,
        outcome::{Progress, wrong_certificate},
        output::{
            json::Body,
            story::{Story, short},
            text::safe,
        },
        peer::{self, Candidate, Named, choose, not_meant},
        prompt::{self, PinPrompt},
        session::{Happening, Session, Wishes},
        settings::table::Key,
    },
    driver::NodeEvent,
    hub::{Command, Event, EventKind, Registration},
    identity::{disk::State, trust::TrustStore},
    proto::{
        Pin, ShipId, Ski,
        handshake::{Cause, PinPolicy, Side},
        message::CloseReason,
    },
};

/// How long services are gathered before a prefix is taken to be unique.
const GATHER: Duration = Duration::from_secs(3);

/// How long a completed connection is kept for the device to finish as well.
const MOMENT: Duration = Duration::from_millis(300);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Pair) -> Result<Exit, CliError> {
    let wish = Wish::read(context, &args)?;
    wish.named.require_whole_without(context.is_interactive())?;
    #[cfg(unix)]
    if let Some(hub) = crate::cli::remote::find(context).await? {
        return super::pair_by_hub::run(context, args, wish, hub).await;
    }
    let mdns = !context.global.no_mdns;
    if !mdns && args.address.is_empty() {
        context.ui.hint("without --address and mDNS we only wait for the device to dial us");
    }
    let state = context.open_state()?;
    wish.refuse_own(&state)?;
    let tls = args.tls.settings(context)?;
    let (trust, trust_path) = (state.trust().clone(), state.directory().trust_path());
    let own = state.identity.ski();
    let wishes = Wishes {
        // It may dial us before we know that it is meant: then it waits, and is not refused.
        can_ask_for_trust: true,
        can_ask_for_pin: context.is_interactive(),
        pin_for_trusted: None,
        pin_policy: PinPolicy::None,
        register: args.register,
        tls,
    };
    let deadline = far(args.timeout);
    let mut session = Session::start(context, state, wishes)?;
    let mut story = Story::of_all(own);
    let ended = match resolve(context, &mut session, &wish.named, &trust, deadline).await {
        Ok(Resolved::Ski(peer, before)) => {
            context.ui.story(&format!("peer     SKI {}", peer.grouped()));
            story = Story::of(own, peer, mdns && args.address.is_empty());
            session.command(Command::Register(wish.registration(peer, &args))).await?;
            let mut pairing = Pairing::new(peer, &args, deadline, context);
            let ended = pairing.run(context, &mut session, &mut story, before).await;
            if ended.is_err() && pairing.ever_completed && !trust.contains(&peer) {
                // What this run began to trust is trusted no more.
                session.command_if_present(Command::Unregister { ski: peer }).await?;
            }
            ended.map(|exit| (exit, Some(pairing))).map_err(|error| error.about(peer))
        }
        Ok(Resolved::Signal(exit)) => Ok((exit, None)),
        Err(error) => Err(error),
    };
    let closed = session.end(context.ui, &mut story).await;
    let (exit, pairing) = ended?;
    let exit = closed?.signal.unwrap_or(exit);
    let path = trust_path.display().to_string();
    report(context, exit, pairing.as_ref(), &trust, &path)?;
    Ok(exit)
}

/// What was asked for on the command line.
pub(super) struct Wish {
    pub(super) named: Named,
    pub(super) pin: Option<Pin>,
    pub(super) ship_id: Option<ShipId>,
    pub(super) fingerprint: Option<String>,
}

impl Wish {
    fn read(context: &Context<'_>, args: &args::Pair) -> Result<Self, CliError> {
        let named = context.recognise(&args.device.join(" "))?;
        let file = args.pin_file.as_deref().map(|path| read_pin(path, "--pin-file")).transpose()?;
        let (pin, ship_id) = match &named {
            Named::Qr(qr) => (qr.pin.clone(), qr.ship_id.clone()),
            Named::Ski(_) | Named::Prefix(_) => (None, None),
        };
        if file.is_some() {
            named.require_whole()?;
        }
        let fingerprint = named.fingerprint();
        let ship_id = args.ship_id.clone().or(ship_id);
        Ok(Self { named, pin: file.or(pin), ship_id, fingerprint })
    }

    /// Nobody pairs with himself; to say so needs no network.
    fn refuse_own(&self, state: &State) -> Result<(), CliError> {
        let own = state.identity.ski();
        match &self.named {
            Named::Ski(ski) if *ski == own => Err(crate::hub::CommandError::OwnSki(own).into()),
            Named::Qr(qr) if qr.ski == own => Err(crate::hub::CommandError::OwnSki(own).into()),
            _ => Ok(()),
        }
    }

    fn registration(&self, ski: Ski, args: &args::Pair) -> Registration {
        Registration {
            ship_id: self.ship_id.clone(),
            targets: args.address.clone(),
            pin: self.pin.clone(),
            fingerprint: self.fingerprint.clone(),
            ..Registration::new(ski)
        }
    }
}

enum Resolved {
    /// This one, and what has happened meanwhile.
    Ski(Ski, Vec<NodeEvent>),
    Signal(Exit),
}

/// Who is meant. A prefix is compared with what is trusted and what is seen meanwhile.
async fn resolve(
    context: &mut Context<'_>,
    session: &mut Session,
    named: &Named,
    trust: &TrustStore,
    deadline: Instant,
) -> Result<Resolved, CliError> {
    let prefix = match named {
        Named::Ski(ski) => return Ok(Resolved::Ski(*ski, Vec::new())),
        Named::Qr(qr) => return Ok(Resolved::Ski(qr.ski, Vec::new())),
        Named::Prefix(prefix) => prefix,
    };
    let mut candidates = peer::trusted(trust);
    let mut before = Vec::new();
    if context.global.no_mdns {
        let chosen = choose(prefix, &candidates)?;
        return confirm(context, session, chosen, before).await;
    }
    context.ui.story(&format!("peer     looking for a SKI that begins with {prefix}"));
    let until = deadline.min(far(GATHER));
    loop {
        let happening = tokio::select! {
            happening = session.next() => happening?,
            () = sleep_until(until) => break,
        };
        match happening {
            Happening::Signal(exit) => return Ok(Resolved::Signal(exit)),
            Happening::Event(event) => {
                if let NodeEvent::Hub(Event { ski: Some(ski), kind, .. }) = &*event {
                    match kind {
                        EventKind::ServiceSeen(service) => {
                            let name = Some(safe(&service.name()));
                            candidates.push(Candidate { ski: *ski, name });
                        }
                        EventKind::PairingRequest { .. } => {
                            candidates.push(Candidate { ski: *ski, name: None });
                        }
                        _ => {}
                    }
                }
                keep(&mut before, *event);
            }
        }
    }
    confirm(context, session, choose(prefix, &candidates)?, before).await
}

/// Shows the whole SKI of the device that a prefix found, and asks whether it is the one.
async fn confirm(
    context: &mut Context<'_>,
    session: &mut Session,
    Candidate { ski, name }: Candidate,
    mut before: Vec<NodeEvent>,
) -> Result<Resolved, CliError> {
    context.ui.ask_about("pair with", ski, name.as_deref());
    let mut answer = prompt::confirmed();
    loop {
        let happening = tokio::select! {
            answer = &mut answer => {
                context.ui.answered();
                return match answer {
                    Ok(Ok(true)) => Ok(Resolved::Ski(ski, before)),
                    Ok(Err(error)) => Err(error.into()),
                    Ok(Ok(false)) | Err(_) => Err(not_meant(ski)),
                };
            }
            happening = session.next() => happening?,
        };
        match happening {
            Happening::Signal(exit) => {
                context.ui.answered();
                return Ok(Resolved::Signal(exit));
            }
            Happening::Event(event) => keep(&mut before, *event),
        }
    }
}

/// Keeps what happens before it is known who is meant.
fn keep(before: &mut Vec<NodeEvent>, event: NodeEvent) {
    match &event {
        NodeEvent::Hub(Event { ski: Some(ski), kind: EventKind::Ended { .. }, .. }) => {
            forget_connection(before, *ski);
        }
        _ => before.push(event),
    }
}

/// A connection that has ended already says nothing about the pairing to come.
fn forget_connection(before: &mut Vec<NodeEvent>, of: Ski) {
    before.retain(|event| {
        let NodeEvent::Hub(Event { ski: Some(ski), kind, .. }) = event else { return true };
        *ski != of || matches!(kind, EventKind::ServiceSeen(_) | EventKind::ServiceGone { .. })
    });
}

/// One pairing, from the first look to the last.
struct Pairing {
    peer: Ski,
    keep: bool,
    timeout: Duration,
    deadline: Instant,
    progress: Progress,
    ever_completed: bool,
    name: Option<String>,
    ship_id: Option<ShipId>,
    took: Option<Duration>,
    linger: Linger,
    /// When to leave after completion.
    leave: Option<Instant>,
    prompt: PinPrompt,
}

impl Pairing {
    fn new(peer: Ski, args: &args::Pair, deadline: Instant, context: &Context<'_>) -> Self {
        Self {
            peer,
            keep: args.keep,
            timeout: args.timeout,
            deadline,
            progress: Progress::new(peer, !context.global.no_mdns),
            ever_completed: false,
            name: None,
            ship_id: None,
            took: None,
            linger: Linger::new(context.settings.switch(Key::Spine), MOMENT),
            leave: None,
            prompt: PinPrompt::new(),
        }
    }

    async fn run(
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
        loop {
            let until = match self.leave {
                Some(leave) => leave,
                None if self.ever_completed => far(Duration::MAX),
                None => self.deadline,
            };
            tokio::select! {
                happening = session.next() => match happening? {
                    Happening::Signal(exit) => return Ok(exit),
                    Happening::Event(event) => self.take(context, session, story, &event).await?,
                },
                typed = self.prompt.answer(), if self.prompt.is_open() => {
                    context.ui.answered();
                    self.enter(context, session, typed).await?;
                }
                // A connection is kept for whoever reads; a pairing goes on without.
                () = context.ui.closed(), if self.ever_completed => return Ok(Exit::Done),
                () = sleep_until(until) => return self.time_is_over(session),
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
            EventKind::ServiceSeen(service) => self.name = Some(safe(&service.name())),
            EventKind::PeerShipId(id) => self.ship_id = Some(id.clone()),
            EventKind::Completed { took } => {
                self.took.get_or_insert(*took);
                self.ever_completed = true;
            }
            EventKind::PinWanted { busy: false, .. } if context.is_interactive() => {
                self.ask_pin(context);
            }
            EventKind::Ended { .. } if self.prompt.is_open() => {
                self.prompt.close();
                context.ui.answered();
            }
            _ => {}
        }
        // After completion the device gets a moment to complete as well, and to tell its SHIP ID and
        // what it offers.
        if self.progress.completed && !self.keep {
            self.leave = self.linger.until();
        }
    }

    /// Asks, unless the question stands already: only one may read the terminal at a time.
    fn ask_pin(&mut self, context: &mut Context<'_>) {
        if self.prompt.is_open() {
            return;
        }
        self.prompt.open();
        context.ui.ask(format!("PIN of {}:", short(self.peer)));
    }

    async fn enter(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        typed: std::io::Result<Result<Pin, crate::proto::PinError>>,
    ) -> Result<(), CliError> {
        match typed {
            Ok(Ok(pin)) => {
                let enter = Command::EnterPin { ski: self.peer, pin };
                session.command_if_present(enter).await?;
            }
            Ok(Err(error)) => {
                context.ui.hint(&error.to_string());
                self.ask_pin(context);
            }
            Err(error) => {
                return Err(CliError::usage("no PIN was entered")
                    .because_of(&error)
                    .hint("give it with --pin-file"));
            }
        }
        Ok(())
    }

    fn time_is_over(&self, session: &Session) -> Result<Exit, CliError> {
        if self.leave.is_some() {
            return Ok(Exit::Done);
        }
        Err(self.progress.out_of_time(session.clock().now(), self.timeout))
    }
}

/// Whether a pairing that was complete is none any more.
pub(super) fn undoes_pairing(event: &Event) -> bool {
    let EventKind::Ended { end, .. } = &event.kind else { return false };
    let removed = CloseReason::RemovedConnection;
    match &end.cause {
        Cause::ShipIdMismatch { .. } => true,
        Cause::Closed { by: Side::Peer, reason, .. } => *reason == removed,
        _ => false,
    }
}

/// The result on stdout.
fn report(
    context: &mut Context<'_>,
    exit: Exit,
    pairing: Option<&Pairing>,
    trust: &TrustStore,
    path: &str,
) -> Result<(), CliError> {
    let Some(pairing) = pairing else {
        return context.ui.json_now(None, &Body::done(exit.name(), exit, Map::new()));
    };
    let peer = pairing.peer;
    let stored = trust.get(&peer).and_then(|peer| peer.name.as_deref()).map(safe);
    let name = stored.or_else(|| pairing.name.clone());
    let mut details = Map::new();
    if pairing.ever_completed {
        let called = name.as_deref().map_or(String::new(), |name| format!("{name} · "));
        context
            .ui
            .result(&format!("paired   {called}SKI {} · stored in {path}", peer.grouped()))?;
        let ship_id = pairing.ship_id.as_ref().map(ToString::to_string);
        let took = pairing.took.map(|took| took.as_millis() as u64);
        let offers = serde_json::to_value(&pairing.linger.offers).unwrap_or_default();
        details = Map::from_iter([
            ("name".to_owned(), Value::from(name)),
            ("ship_id".to_owned(), Value::from(ship_id)),
            ("took_ms".to_owned(), Value::from(took)),
            ("offers".to_owned(), offers),
            ("stored_in".to_owned(), Value::from(path)),
        ]);
    }
    let outcome = if exit == Exit::Done { "completed" } else { exit.name() };
    context.ui.json_now(Some(peer), &Body::done(outcome, exit, details))
}

/// The moment after so much time; one that never comes if it is too much.
fn far(after: Duration) -> Instant {
    const NEVER: Duration = Duration::from_secs(30 * 365 * 86_400);
    Instant::now() + after.min(NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::backoff::Verdict,
        proto::{ProtocolState, handshake::End},
        time::Time,
    };

    fn ended(cause: Cause) -> Event {
        let end = End {
            during: ProtocolState::Complete,
            cause,
            completed: true,
            after: Duration::from_secs(1),
            instead: None,
        };
        let kind = EventKind::Ended { end, verdict: Verdict::Nothing };
        Event { at: Time::ORIGIN, ski: Some(Ski::from_bytes([0x55; 20])), kind }
    }

    fn closed(by: Side, reason: CloseReason) -> Event {
        ended(Cause::Closed { by, reason, confirmed: true })
    }

    #[test]
    fn a_pairing_is_undone_by_a_device_that_forgets_us_or_is_another_one() {
        assert!(undoes_pairing(&closed(Side::Peer, CloseReason::RemovedConnection)));
        for by in [Side::We, Side::Peer] {
            let cause = Cause::ShipIdMismatch { by, stored: None, received: None };
            assert!(undoes_pairing(&ended(cause)));
        }
    }

    #[test]
    fn however_else_a_connection_ends_the_pairing_stays() {
        let lost = Cause::Lost { detail: "reset".to_owned() };
        let code = Cause::ClosedWithCode { code: 4452, text: String::new() };
        let no_pong = Cause::NoPong { waited: Duration::from_secs(10) };
        for cause in [lost, code, no_pong] {
            assert!(!undoes_pairing(&ended(cause)));
        }
        assert!(!undoes_pairing(&closed(Side::Peer, CloseReason::Unspecific)));
        assert!(!undoes_pairing(&closed(Side::We, CloseReason::RemovedConnection)));
        let completed = EventKind::Completed { took: Duration::ZERO };
        assert!(!undoes_pairing(&Event {
            kind: completed,
            ..closed(Side::We, CloseReason::Unspecific)
        }));
    }
}
