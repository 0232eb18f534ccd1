//! `shipctl listen`: wait for devices that dial us, and decide about each.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::time::{Instant, sleep_until};

use super::pair::paired;
use crate::{
    checks::Code,
    cli::{
        args,
        context::{Context, read_pin},
        error::CliError,
        exit::Exit,
        linger::Linger,
        output::{
            json::Body,
            story::{Story, short},
            text::{rough, safe},
        },
        peer::Named,
        prompt::{self, Answers},
        session::{self, Happening, Session, Wishes},
        settings::table::Key,
    },
    driver::NodeEvent,
    hub::{Command, Event, EventKind, Registration},
    proto::{Pin, Ski, handshake::PinPolicy},
};

/// How long a completed connection is kept with `--once`, for the device to finish as well.
const MOMENT: Duration = Duration::from_millis(500);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Listen) -> Result<Exit, CliError> {
    let interactive = context.is_interactive();
    let asks = interactive && args.auto_accept.is_none();
    if !interactive && args.accept.is_empty() && args.auto_accept.is_none() {
        return Err(CliError::usage("nobody can be asked here which devices to accept")
            .hint("name them with --accept SKI, or accept any one with --auto-accept"));
    }
    if args.pin_file.is_some() && args.auto_accept.is_some() {
        return Err(CliError::usage("--pin-file and --auto-accept do not go together")
            .hint("a PIN is sent only to a device that was named: give --accept SKI"));
    }
    let pin = args.pin_file.as_deref().map(|path| read_pin(path, "--pin-file")).transpose()?;
    let demanded = args
        .require_pin_file
        .as_deref()
        .map(|path| read_pin(path, "--require-pin-file"))
        .transpose()?;
    let accept = args.accept.iter().map(|text| whole(context, text));
    let accept: BTreeSet<Ski> = accept.collect::<Result<_, _>>()?;
    let state = context.open_state()?;
    let own = state.identity.ski();
    if accept.contains(&own) {
        return Err(crate::hub::CommandError::OwnSki(own).into());
    }
    let known = state.trust().iter().map(|(ski, _)| *ski).collect();
    let trust_path = state.directory().trust_path().display().to_string();
    let wishes = Wishes {
        can_ask_for_trust: asks || !accept.is_empty(),
        accept: accept.clone(),
        can_ask_for_pin: false,
        pin_for_trusted: pin.clone(),
        pin_policy: demanded.map_or(PinPolicy::None, PinPolicy::Required),
        register: false,
        tls: args.tls.settings(context)?,
    };
    let mut session = Session::start(context, state, wishes)?;
    let mut story = Story::of_all(own);
    let mut listening = Listening {
        accept,
        once: args.once,
        pin,
        answers: asks.then(Answers::new),
        questions: VecDeque::new(),
        paired: Vec::new(),
        known,
        names: BTreeMap::new(),
        in_flight: BTreeMap::new(),
        asks_offers: context.settings.switch(Key::Spine),
        window_over: false,
        leave: None,
        trust_path,
    };
    let ended = listening.run(context, &mut session, &mut story, &args).await;
    let closed = session.end(context.ui, &mut story).await;
    let exit = ended?;
    let exit = closed?.signal.unwrap_or(exit);
    let outcome = if exit == Exit::Done { "completed" } else { exit.name() };
    let paired: Vec<String> = listening.paired.iter().map(ToString::to_string).collect();
    let details = Map::from_iter([("paired".to_owned(), Value::from(paired))]);
    context.ui.json_now(None, &Body::done(outcome, exit, details))?;
    Ok(exit)
}

/// A device that is accepted unasked: its first digits alone would accept others as well.
fn whole(context: &Context<'_>, text: &str) -> Result<Ski, CliError> {
    match context.recognise(text)? {
        Named::Ski(ski) => Ok(ski),
        Named::Qr(qr) => Ok(qr.ski),
        Named::Prefix(_) => Err(CliError::usage("a device is accepted by its whole SKI")
            .hint("give all 40 digits, or the text of its QR code")),
    }
}

struct Listening {
    accept: BTreeSet<Ski>,
    once: bool,
    pin: Option<Pin>,
    /// What is typed, where somebody is asked.
    answers: Option<Answers>,
    /// The devices that wait for an answer; the first is being asked about.
    questions: VecDeque<Ski>,
    paired: Vec<Ski>,
    /// The devices trusted from the start: that they connect is no new pairing.
    known: BTreeSet<Ski>,
    /// What the devices seen call themselves.
    names: BTreeMap<Ski, String>,
    /// The devices with a connection, and how far each has come.
    in_flight: BTreeMap<Ski, Linger>,
    /// Whether devices are asked what they offer.
    asks_offers: bool,
    /// Whether the time of `--auto-accept` is over.
    window_over: bool,
    leave: Option<Instant>,
    trust_path: String,
}

impl Listening {
    async fn run(
        &mut self,
        context: &mut Context<'_>,
        session: &mut Session,
        story: &mut Story,
        args: &args::Listen,
    ) -> Result<Exit, CliError> {
        self.begin(context, session, args).await?;
        let deadline = args.timeout.map(session::deadline);
        loop {
            let until = self.leave.or(deadline);
            tokio::select! {
                happening = session.next() => match happening? {
                    Happening::Signal(exit) => return Ok(exit),
                    Happening::Event(event) => self.take(context, session, story, &event).await?,
                },
                line = typed(&mut self.answers) => self.answer(context, session, line).await?,
                // Whoever read had enough: `shipctl listen | head -1`.
                () = context.ui.closed() => return Ok(Exit::Done),
                () = sleep_until(until.unwrap_or_else(Instant::now)), if until.is_some() => {
                    return self.time_is_over();
                }
            }
            if self.window_over && self.is_idle() {
                return self.time_is_over();
            }
        }
    }

    async fn begin(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        args: &args::Listen,
    ) -> Result<(), CliError> {
        if let Some(duration) = args.auto_accept {
            let message = format!(
                "every device that asks within {} is trusted without a question",
                rough(duration)
            );
            context.ui.warning(&message);
            context.ui.json_now(None, &Body::Warning { message, code: None, advice: None })?;
            session.command(Command::AutoAccept { duration }).await?;
        }
        context.ui.story("waiting  for devices that want to pair; Ctrl-C ends");
        Ok(())
    }

    /// Whether only the auto-accept window kept us here, and it left nothing to wait for.
    fn is_idle(&self) -> bool {
        self.once && self.accept.is_empty() && self.in_flight.is_empty() && self.answers.is_none()
    }

    async fn take(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        story: &mut Story,
        event: &NodeEvent,
    ) -> Result<(), CliError> {
        session.show(context.ui, story, event)?;
        match event {
            NodeEvent::Hub(Event { ski: Some(ski), kind, .. }) => {
                self.take_of(context, session, *ski, kind).await
            }
            NodeEvent::Hub(Event { kind: EventKind::AutoAccept { until: None }, .. }) => {
                context.ui.story("waiting  the time of --auto-accept is over");
                self.window_over = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    async fn take_of(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        ski: Ski,
        kind: &EventKind,
    ) -> Result<(), CliError> {
        match kind {
            EventKind::ServiceSeen(service) => {
                self.names.insert(ski, safe(&service.name()));
            }
            EventKind::Connected { .. } => {
                self.in_flight.insert(ski, Linger::new(self.asks_offers, MOMENT));
            }
            EventKind::PairingRequest { .. } => self.decide(context, session, ski).await?,
            // That a device paired long ago connects is not what anybody waits for.
            EventKind::Completed { .. } if self.is_known(ski) => {}
            EventKind::Completed { .. } => {
                let name = self.names.get(&ski).map(String::as_str);
                context.ui.result(&paired(name, ski, &self.trust_path))?;
                self.paired.push(ski);
            }
            EventKind::Ended { .. } => {
                self.in_flight.remove(&ski);
                // It has finished as well.
                if self.paired.contains(&ski) {
                    self.leave = self.leave.map(|_| Instant::now());
                }
                if let Some(at) = self.questions.iter().position(|asking| *asking == ski) {
                    self.questions.remove(at);
                    context.ui.story(&format!("withdrawn  {} no longer waits", short(ski)));
                    if at == 0 {
                        self.change_question(context);
                    }
                }
            }
            _ => {}
        }
        if let Some(linger) = self.in_flight.get_mut(&ski) {
            linger.note(kind);
            if self.once && self.paired.contains(&ski) {
                self.leave = linger.until();
            }
        }
        Ok(())
    }

    /// Whether it was trusted before, and nobody asked for it now.
    fn is_known(&self, ski: Ski) -> bool {
        self.known.contains(&ski) && !self.accept.contains(&ski)
    }

    async fn decide(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        ski: Ski,
    ) -> Result<(), CliError> {
        if self.accept.contains(&ski) {
            self.accept_peer(session, ski).await
        } else if self.answers.is_some() {
            if !self.questions.contains(&ski) {
                self.questions.push_back(ski);
                self.ask(context, self.questions.len() == 1);
            }
            Ok(())
        } else {
            let message = format!("SKI {} asked to be paired, and was denied", ski.grouped());
            let hint = format!("`shipctl listen --accept {ski}` accepts it");
            context.warn(Code::Hel04.as_str(), &message, &hint)?;
            session.command_if_present(Command::Deny { ski }).await
        }
    }

    async fn accept_peer(&self, session: &Session, ski: Ski) -> Result<(), CliError> {
        let wish = Registration { pin: self.pin.clone(), ..Registration::new(ski) };
        session.command_if_present(Command::Register(wish)).await
    }

    /// Asks about the first device that waits, if it was not asked about before.
    fn ask(&mut self, context: &mut Context<'_>, anew: bool) {
        match self.questions.front() {
            Some(ski) if anew => {
                self.answers.iter_mut().for_each(Answers::want);
                context.ui.ask_about("accept", *ski, self.names.get(ski).map(String::as_str));
            }
            Some(_) => {}
            None => context.ui.answered(),
        }
    }

    /// A line was typed: the answer about the first device that waits.
    async fn answer(
        &mut self,
        context: &mut Context<'_>,
        session: &Session,
        line: Option<String>,
    ) -> Result<(), CliError> {
        let Some(line) = line else {
            // Nobody types any more: whoever waits is refused when his time is over.
            self.answers = None;
            self.questions.clear();
            context.ui.answered();
            return Ok(());
        };
        let Some(ski) = self.questions.pop_front() else { return Ok(()) };
        context.ui.answered();
        if prompt::is_yes(&line) {
            self.accept_peer(session, ski).await?;
        } else {
            session.command_if_present(Command::Deny { ski }).await?;
        }
        self.change_question(context);
        Ok(())
    }

    /// Asks about the next device. An answer that was on its way to the one before must not count.
    fn change_question(&mut self, context: &mut Context<'_>) {
        self.ask(context, true);
    }

    fn time_is_over(&self) -> Result<Exit, CliError> {
        if !self.paired.is_empty() {
            return Ok(Exit::Done);
        }
        Err(CliError::new(Exit::Pending, "no device was paired in time")
            .hint("start pairing on the device while this waits, or give a longer --timeout")
            .stage("listen"))
    }
}

async fn typed(answers: &mut Option<Answers>) -> Option<String> {
    match answers {
        // Without a question nothing is read.
        Some(answers) => answers.next().await,
        None => std::future::pending().await,
    }
}
