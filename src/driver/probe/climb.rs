//! The handshake on the connection that works.

use std::time::Duration;

use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};

use super::{LEAVE, Plan, Teller, Told, reach::Open};
use crate::{
    checks::ladder::{
        Rung,
        climb::Climb,
        last::{Last, left},
    },
    driver::{
        Clock,
        link::{self, LinkCommand, LinkEvent, LinkLimits},
    },
    proto::Ski,
    proto::handshake::{Connection, Event, Output, Role, Settings, TransportEnd, Trust},
    time::Time,
    trace::describe,
};

/// Before our init: a server of ship-go can lose the hello of a client that is too quick, and a
/// probe is in no hurry.
const PAUSE: Duration = Duration::from_millis(50);

/// By how much we are more patient than the state machine, which knows how to close.
const SLACK: Duration = Duration::from_millis(200);

/// When to let go of a device that does not take leave.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is kept for a device that does not read.
const QUEUE: usize = 64;

/// Nobody waits long for a device to take leave of us.
fn limits() -> LinkLimits {
    let second = Duration::from_secs(1);
    LinkLimits { flush: second, close_answer: second, ..LinkLimits::default() }
}

/// Climbs as far as it goes, and leaves in order.
pub(super) async fn climb(
    plan: &Plan,
    open: Open,
    teller: &mut Teller,
    stop: &mut watch::Receiver<bool>,
) {
    let trusted = plan.trust.get(&open.ski);
    let trust = if trusted.is_some() { Trust::Trusted } else { Trust::Undecided };
    let mut settings = Settings::new(Role::Client, trust, plan.identity.ship_id().clone());
    settings.known_ship_id = trusted.and_then(|peer| peer.ship_id.clone());
    settings.pin_for_peer = plan.pin.clone().filter(|_| trusted.is_some());
    settings.discoverable = plan.discoverable;
    settings.timing.cmi = plan.limit;
    settings.timing.protocol = plan.limit;
    settings.timing.access_methods = plan.limit;
    sleep(PAUSE).await;

    let (commands, queue) = mpsc::channel(QUEUE);
    let (events, inbox) = mpsc::channel(QUEUE);
    let link = tokio::spawn(link::run(open.ws, queue, events, |event| event, limits()));
    let clock = Clock::start();
    let mut climbing = Climbing {
        plan,
        ski: open.ski,
        stranger: trusted.is_none(),
        connection: Connection::new(settings, clock.now()),
        climb: Climb::new(clock.now()),
        clock,
        commands,
        inbox,
        last: Last::default(),
        ping: None,
        give_up: None,
        over: false,
    };
    climbing.run(teller, stop).await;
    let Climbing { commands, climb, mut last, mut inbox, .. } = climbing;
    // The link may still wait for the device's close frame.
    let closing = async {
        while let Some(event) = inbox.recv().await {
            tell_message(teller, &event);
            note(&mut last, &event);
        }
    };
    let _ = timeout(2 * limits().close_answer, closing).await;
    drop(commands);
    let _ = timeout(LEAVE, link).await;
    teller.probed.failure = climb.failure().cloned();
    // The close is the last rung to be told: only now is it known how it went.
    let settled = teller.probed.ladder.step(Rung::Close).clone();
    if settled.took.is_some() {
        let mut step = settled;
        step.evidence.extend(last.evidence());
        teller.step(step);
    } else if let Some(step) = left(&last) {
        teller.step(step);
    }
}

/// Closes a connection nobody began to talk on.
pub(super) async fn hang_up(open: Open) {
    let (commands, queue) = mpsc::channel(1);
    let (events, mut inbox) = mpsc::channel(QUEUE);
    let close = LinkCommand::Close { code: 1000, reason: String::new() };
    // The queue has room for one.
    let _ = commands.try_send(close);
    let link = tokio::spawn(link::run(open.ws, queue, events, |event| event, limits()));
    let _ = timeout(LEAVE, async { while inbox.recv().await.is_some() {} }).await;
    drop(commands);
    let _ = link.await;
}

struct Climbing<'a> {
    plan: &'a Plan,
    ski: Ski,
    /// Whether it is not trusted here.
    stranger: bool,
    connection: Connection,
    climb: Climb,
    clock: Clock,
    commands: mpsc::Sender<LinkCommand>,
    inbox: mpsc::Receiver<LinkEvent>,
    last: Last,
    /// When the pong is overdue.
    ping: Option<Time>,
    /// When to let go, once we leave.
    give_up: Option<Instant>,
    over: bool,
}

impl Climbing<'_> {
    async fn run(&mut self, teller: &mut Teller, stop: &mut watch::Receiver<bool>) {
        loop {
            self.carry_out(teller).await;
            if self.over {
                return;
            }
            if self.decide() {
                // What we say on leaving must not wait for what the device says next.
                continue;
            }
            let wake = self.wake();
            tokio::select! {
                event = self.inbox.recv() => match event {
                    Some(event) => {
                        tell_message(teller, &event);
                        self.take(event);
                    }
                    None => return,
                },
                () = sleep_until(wake) => {
                    if self.give_up.is_some_and(|at| at <= Instant::now()) {
                        return;
                    }
                    self.time_passed();
                }
                _ = stop.wait_for(|stop| *stop), if !self.climb.is_leaving() => {
                    self.climb.interrupt();
                    self.leave();
                }
            }
        }
    }

    /// Carries out what the handshake wants, and tells the rungs.
    async fn carry_out(&mut self, teller: &mut Teller) {
        while let Some(output) = self.connection.poll_output() {
            let now = self.clock.now();
            if let Some(version) = self.connection.version() {
                self.climb.agreed(version);
            }
            let command = match output {
                Output::Send(frame) => {
                    let line = describe::frame(&frame);
                    self.last.sent = Some(format!("{}: {}", line.kind, line.text));
                    teller.tell(Told::Frame { sent: true, bytes: frame.clone() });
                    LinkCommand::Send(frame)
                }
                Output::Close { code, reason } => {
                    self.last.we_closed = Some(format!("{code} {reason:?}"));
                    LinkCommand::Close { code, reason: reason.to_owned() }
                }
                Output::Event(event) => {
                    self.climb.take(now, &event);
                    if let Event::State { protocol, .. } = &event {
                        teller.tell(Told::State(self.ski, *protocol));
                    }
                    match event {
                        Event::Completed => LinkCommand::Widen,
                        Event::Ended(_) => {
                            self.over = true;
                            continue;
                        }
                        _ => continue,
                    }
                }
            };
            // A link that is gone tells so by its last event.
            let _ = self.commands.send(command).await;
        }
        while let Some(step) = self.climb.poll_step() {
            match step.rung {
                // Told once it is known how the connection was closed.
                Rung::Close => teller.probed.ladder.settle(step),
                _ => teller.step(step),
            }
        }
        if !self.climb.is_leaving() {
            teller.trying(self.climb.rung().name().to_owned());
        }
    }

    /// Leaves where there is no more to see, and tells so; at the top the device is pinged before.
    fn decide(&mut self) -> bool {
        if self.climb.is_leaving() {
            return false;
        }
        let now = self.clock.now();
        if self.stranger && self.climb.peer_has_spoken() {
            self.climb.leave(now);
            self.leave();
        } else if self.climb.rung() == Rung::Close && self.ping.is_none() {
            self.ping = Some(now + self.plan.limit);
            // As above.
            let _ = self.commands.try_send(LinkCommand::Ping);
        }
        self.climb.is_leaving()
    }

    fn leave(&mut self) {
        self.give_up = Some(Instant::now() + PATIENCE);
        self.connection.leave(self.clock.now());
    }

    fn take(&mut self, event: LinkEvent) {
        let now = self.clock.now();
        note(&mut self.last, &event);
        match event {
            LinkEvent::Message(bytes) => self.connection.handle_message(now, &bytes),
            LinkEvent::Text { .. } => self.connection.handle_text(now),
            // A pong behind the close of the device changes nothing about it.
            LinkEvent::Pong
                if self.ping.is_some()
                    && !self.climb.is_leaving()
                    && self.last.we_closed.is_none() =>
            {
                self.climb.pong(now);
                self.climb.leave(now);
                self.leave();
            }
            LinkEvent::Pong => {}
            LinkEvent::Closed(how) => self.connection.handle_closed(now, how),
        }
    }

    fn time_passed(&mut self) {
        let now = self.clock.now();
        self.connection.handle_timeout(now);
        if self.climb.is_leaving() || self.connection.is_over() {
            return;
        }
        if self.ping.is_some_and(|at| at <= now) {
            let waited = self.plan.limit;
            self.connection.handle_closed(now, TransportEnd::NoPong { waited });
        } else if Instant::now() >= self.rung_ends() {
            self.climb.out_of_time(now);
            self.leave();
        }
    }

    /// When something has to be done without the device.
    fn wake(&self) -> Instant {
        let instant = |at: Time| Instant::from_std(self.clock.instant(at));
        let timers = self.connection.poll_timeout().map(instant);
        let mine = match self.give_up {
            Some(at) => at,
            None => self.rung_ends(),
        };
        let ping = self.ping.filter(|_| self.give_up.is_none()).map(instant);
        timers.into_iter().chain(ping).fold(mine, Instant::min)
    }

    /// When the time for the present rung is over.
    fn rung_ends(&self) -> Instant {
        let since = Instant::from_std(self.clock.instant(self.climb.since()));
        // In the hello nothing else ends the wait.
        let slack = if self.climb.rung() == Rung::Hello { Duration::ZERO } else { SLACK };
        (since + self.plan.limit + slack).min(self.plan.until)
    }
}

/// Tells a message of the device.
fn tell_message(teller: &Teller, event: &LinkEvent) {
    if let LinkEvent::Message(bytes) = event {
        teller.tell(Told::Frame { sent: false, bytes: bytes.clone() });
    }
}

/// Keeps what was seen last.
fn note(last: &mut Last, event: &LinkEvent) {
    match event {
        LinkEvent::Message(bytes) => {
            let line = describe::frame(bytes);
            last.received = Some(format!("{}: {}", line.kind, line.text));
        }
        LinkEvent::Text { length } => {
            last.received = Some(format!("a text frame of {length} bytes"));
        }
        LinkEvent::Closed(how) => {
            last.peer_closed = match how {
                TransportEnd::Frame { code: 1005, .. } => Some("without a code".to_owned()),
                TransportEnd::Frame { code, text } => Some(format!("{code} {text:?}")),
                TransportEnd::Eof => Some("without a close frame".to_owned()),
                _ => None,
            };
        }
        LinkEvent::Pong => {}
    }
}
