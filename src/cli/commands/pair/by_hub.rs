//! `shipctl pair` beside a hub that runs with our identity: the hub pairs, and we tell and ask.

use std::{
    pin::pin,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};

use tokio::time::sleep;

use super::{Wish as Wanted, paired, pairing::EARLY, remind_of_pin};
use crate::{
    checks::unseen::Others,
    cli::{
        args,
        commands::{status, trace::steer},
        context::Context,
        error::CliError,
        exit::Exit,
        outcome::still_waiting,
        output::{json::Body, story::short, text::safe},
        prompt::PinPrompt,
        remote,
        settings::table::Key,
        signals::Signals,
    },
    control::{
        Answer, Client, Reply, Wish,
        wire::{Happening, Plain, Register},
    },
    proto::Ski,
};

/// Runs it.
pub(super) async fn run(
    context: &mut Context<'_>,
    args: args::Pair,
    wanted: Wanted,
    mut hub: Client,
) -> Result<Exit, CliError> {
    remote::say_so(context, &hub);
    let others = [
        (args.register, "--register"),
        (args.tls.is_given(), "what is said of TLS"),
        (args.spine.no_spine, "--no-spine"),
    ];
    let others: Vec<_> = others.into_iter().filter(|it| it.0).map(|it| it.1).collect();
    let settings = [Key::Interface, Key::Port, Key::Bind, Key::Mdns, Key::MdnsPort];
    remote::warn_of_flags(context, &mut hub, &settings, &others).await?;
    let ski = remote::resolve_to_trust(context, &mut hub, wanted.named.clone()).await?;
    let mut recording = None;
    if let Some(file) = &context.global.trace.trace {
        steer::begin(&mut hub, file, &context.global.trace).await?;
        recording = remote::find(context).await?;
    }
    let signals = Signals::catch_with_hangup()?;
    context.ui.story(&format!("device   SKI {}", ski.grouped()));
    let peer = Register {
        ski,
        ship_id: wanted.ship_id.clone(),
        addresses: args.address.clone(),
        pin: wanted.pin.clone(),
        fingerprint: wanted.fingerprint.clone(),
        remember_pin: args.remember_pin,
    };
    let timeout_ms = u64::try_from(args.timeout.as_millis()).unwrap_or(u64::MAX);
    hub.send(Wish::Watch { messages: false }).await?;
    let can_enter_pin = context.is_interactive();
    let asked = hub.send(Wish::Pair { peer, timeout_ms, can_enter_pin }).await?;
    // It may wait for its PIN already, and will not say so again.
    let state = hub.send(Wish::Plain(Plain::Peer { ski })).await?;
    let mut pairing = Pairing {
        ski,
        asked,
        state,
        services: u64::MAX,
        timeout: args.timeout,
        is_under_way: false,
        keep: args.keep,
        remember_pin: args.remember_pin,
        entered_pin: false,
        hub,
        signals,
        prompt: PinPrompt::new(context.is_interactive()),
        paired: None,
    };
    let exit = pairing.run(context).await.map_err(|error| error.about(ski));
    if let (true, Some(name)) = (pairing.paired.is_some(), &args.name) {
        let rename = Wish::Plain(Plain::Rename { ski, name: name.clone() });
        remote::ask(&mut pairing.hub, rename).await.map_err(|error| error.about(ski))?;
    }
    if let Some(mut hub) = recording {
        // A hub that ended meanwhile has ended the file as well.
        let _ = steer::end(&mut hub).await;
    }
    pairing.report(context, exit.map_err(|error| wanted.say_expectation(&args, error))?)
}

struct Pairing {
    ski: Ski,
    /// The number of the request.
    asked: u64,
    /// The number of the question how far the hub is with the device.
    state: u64,
    /// The number of the question which devices are seen, once it was asked.
    services: u64,
    timeout: Duration,
    /// Whether the device was dialled, or dialled us.
    is_under_way: bool,
    keep: bool,
    remember_pin: bool,
    /// Whether the device took a PIN from us.
    entered_pin: bool,
    hub: Client,
    signals: Signals,
    prompt: PinPrompt,
    /// What the hub answered.
    paired: Option<Map<String, Value>>,
}

impl Pairing {
    /// A signal ends it: the hub takes back what nobody waits for any more.
    async fn run(&mut self, context: &mut Context<'_>) -> Result<Exit, CliError> {
        let began = Instant::now();
        let mut early = pin!(sleep(EARLY));
        let mut is_early = self.timeout > EARLY;
        loop {
            tokio::select! {
                () = &mut early, if is_early => {
                    is_early = false;
                    self.services = self.hub.send(Wish::Plain(Plain::Services {})).await?;
                }
                exit = self.signals.next() => {
                    context.ui.answered();
                    return Ok(exit);
                }
                typed = self.prompt.answer(), if self.prompt.is_open() => {
                    if let Some(pin) = self.prompt.read(context.ui, self.ski, typed)? {
                        self.hub.send(Wish::EnterPin { ski: self.ski, pin }).await?;
                    }
                }
                reply = self.hub.next() => match reply? {
                    Some(Reply::Event(happening)) => self.tell(context, began, happening)?,
                    Some(Reply::Message(_)) => {}
                    Some(Reply::Answer { id, answer }) => {
                        if let Some(exit) = self.answered(context, id, answer)? {
                            return Ok(exit);
                        }
                    }
                    None => return Err(self.hub.lost("ended").into()),
                },
            }
        }
    }

    /// What concerns our device; its name is left out of every line.
    fn tell(
        &mut self,
        context: &mut Context<'_>,
        began: Instant,
        mut happening: Happening,
    ) -> Result<(), CliError> {
        let event = &happening.event;
        if event["ski"] != self.ski.to_string() {
            return Ok(());
        }
        self.is_under_way |= event["event"] == "attempt_started" || event["event"] == "connected";
        let wants_pin = event["event"] == "pin_wanted" && event["busy"] != true;
        let ended = event["event"] == "ended";
        self.entered_pin |= event["event"] == "pin_accepted";
        let whose = format!("{}  ", short(self.ski));
        for said in &mut happening.say {
            said.text = said.text.trim_start_matches(&whose).to_owned();
        }
        status::tell_aside(context, began, &happening)?;
        if wants_pin && context.is_interactive() {
            self.prompt.ask(context.ui, self.ski);
        } else if ended {
            self.prompt.withdraw(context.ui);
        }
        Ok(())
    }

    fn answered(
        &mut self,
        context: &mut Context<'_>,
        id: Option<u64>,
        answer: Answer,
    ) -> Result<Option<Exit>, CliError> {
        match answer {
            Ok(details) if id == Some(self.asked) => {
                context.ui.answered();
                self.paired = Some(details);
                Ok((!self.keep).then_some(Exit::Done))
            }
            Err(refusal) if id == Some(self.asked) => Err(refusal.into()),
            Ok(state) if id == Some(self.state) => {
                self.prompt.name = state["peer"]["name"].as_str().map(safe);
                let wanted = &state["peer"]["pin_wanted"];
                if wanted["busy"] == false && context.is_interactive() {
                    self.prompt.ask(context.ui, self.ski);
                }
                Ok(None)
            }
            Ok(seen) if id == Some(self.services) => {
                if let Some(told) = self.seen_instead(&seen["services"]) {
                    context.ui.hint(&told);
                }
                Ok(None)
            }
            // A PIN that came too late; the events tell.
            _ => Ok(None),
        }
    }

    /// Who is seen instead of our device; `None` if it is seen, or busy without.
    fn seen_instead(&self, services: &Value) -> Option<String> {
        let mut others = Others::default();
        for service in services.as_array().into_iter().flatten() {
            let ski = service["ski"].as_str().and_then(|ski| ski.parse().ok());
            if ski == Some(self.ski) {
                return None;
            }
            others.note(ski, service["name"].as_str().unwrap_or_default());
        }
        let looks = self.hub.hub().mdns && !self.is_under_way;
        looks.then(|| still_waiting(&others, self.ski, EARLY, self.timeout.saturating_sub(EARLY)))
    }

    fn report(self, context: &mut Context<'_>, exit: Exit) -> Result<Exit, CliError> {
        let Some(mut details) = self.paired else {
            context.ui.story(&format!("{}; the hub takes the pairing back", exit.name()));
            context.ui.json_now(Some(self.ski), &Body::done(exit.name(), exit, Map::new()))?;
            return Ok(exit);
        };
        let name = remote::names(context).remove(&self.ski).flatten();
        let path = context.state_dir()?.trust_path().display().to_string();
        context.ui.result(&paired(name.as_deref(), self.ski, &path))?;
        if self.entered_pin && !self.remember_pin {
            remind_of_pin(context, self.ski);
        }
        details.remove("ski");
        details.insert("name".to_owned(), Value::from(name.as_deref().map(safe)));
        details.insert("stored_in".to_owned(), Value::from(path));
        let outcome = if exit == Exit::Done { "completed" } else { exit.name() };
        context.ui.json_now(Some(self.ski), &Body::done(outcome, exit, details))?;
        Ok(exit)
    }
}
