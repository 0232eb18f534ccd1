//! `shipctl demo`: a hub and simulated devices in one process, on loopback, with an mDNS of their
//! own. Nothing leaves the machine, and nothing of it stays.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, UdpSocket},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::{sync::mpsc, time::sleep};

use super::{
    hub::embedded::Embedded,
    simulate::{Teller, introduce, loopback, network, start, stop, without_ski},
    status::state,
};
use crate::{
    cli::{
        args::{self, Global},
        context::Context,
        error::CliError,
        exit::Exit,
        output::{Ui, json::Body, text::safe},
        remote,
        settings::Settings,
        signals::Signals,
    },
    control::{
        Client, Reply, Wish,
        wire::{Happening, Plain, Register},
    },
    devices::{Device, DeviceEvent, Persona, persona::Dials},
    proto::Ski,
};

/// Between two devices that are registered, for people to follow.
const GAP: Duration = Duration::from_millis(600);

/// How long the link of a device stands at first: shorter than otherwise, to be seen soon.
const FIRST_DROP: Duration = Duration::from_secs(12);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Demo) -> Result<Exit, CliError> {
    let headless = args.is_headless() || !can_draw(context);
    if headless != args.is_headless() {
        context
            .ui
            .hint("there is no terminal to draw in: it is told line by line, as with --headless");
    }
    let args = &args::Demo { headless, ..args.clone() };
    let home = tempfile::Builder::new().prefix("shipctl-demo-").tempdir().map_err(|error| {
        CliError::new(Exit::LocalIo, "no temporary directory can be made")
            .because_of(&error)
            .hint("free some space, or name another directory with TMPDIR")
    })?;
    let global = own_world(&context.global, home.path())?;
    let mut quiet = Ui::silent(context.ui.writer());
    // Its hub is shown as it is without a configuration.
    let mut own = Context::new(global, Settings::default(), &mut quiet);
    // That an identity is made is no news here.
    own.state_dir()?.open(OffsetDateTime::now_utc())?;
    // The dashboard knows by itself when its terminal is gone.
    let signals = if headless { Signals::catch_with_hangup() } else { Signals::catch() }?;
    let hub = Embedded::start(&mut own, &args::HubRun::default()).await?;
    let (devices, events) = start(personas(), &network(&own))?;
    let mut demo = Demo {
        names: devices.iter().map(|device| (device.ski, device.name.clone())).collect(),
        teller: Teller::new(&devices),
        events,
        signals,
    };
    let ended = demo.run(context, args, &devices, hub).await;
    stop(devices).await;
    let (exit, details) = ended?;
    context.ui.json_now(None, &Body::done("ended", exit, details))?;
    Ok(exit)
}

#[cfg(feature = "tui")]
fn can_draw(context: &Context<'_>) -> bool {
    super::tui::require_terminal(context).is_ok()
}

#[cfg(not(feature = "tui"))]
fn can_draw(_: &Context<'_>) -> bool {
    false
}

/// The flags of the hub: everything its own, on loopback, and silent, for what it does is told here.
fn own_world(global: &Global, home: &Path) -> Result<Global, CliError> {
    // Nobody else uses a port that is free; another demo finds another one.
    let port = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| socket.local_addr());
    let port = port.map_err(|error| {
        CliError::new(Exit::LocalIo, "no UDP port is free")
            .because_of(&error)
            .hint("end other programs that use the network, then try again")
    })?;
    Ok(Global {
        state_dir: Some(home.to_owned()),
        port: 0,
        bind: None,
        interface: vec![loopback()?],
        mdns_port: port.port(),
        no_mdns: false,
        json: false,
        quiet: true,
        log_file: None,
        no_input: true,
        ..global.clone()
    })
}

fn personas() -> Vec<Persona> {
    let mut all = Persona::built_in();
    for persona in &mut all {
        persona.drops_after = persona.drops_after.map(|after| after.min(FIRST_DROP));
    }
    all
}

/// The devices that are registered at the hub, in this order; the other ones ask to be paired.
fn registered(devices: &[Device]) -> Vec<Ski> {
    let asks = |device: &Device| {
        Persona::named(&device.name).is_ok_and(|persona| persona.dials == Dials::AtSight)
    };
    devices.iter().filter(|device| !asks(device)).map(|device| device.ski).collect()
}

struct Demo {
    names: BTreeMap<Ski, Arc<str>>,
    teller: Teller,
    events: mpsc::Receiver<DeviceEvent>,
    signals: Signals,
}

impl Demo {
    /// Shows the hub until the time is over, a signal comes, or one of the two ends; then ends the hub
    /// in order. Gives what is told at the end.
    async fn run(
        &mut self,
        context: &mut Context<'_>,
        args: &args::Demo,
        devices: &[Device],
        hub: Embedded,
    ) -> Result<(Exit, Map<String, Value>), CliError> {
        let registering = register(hub.client().await?, registered(devices));
        let client = hub.client().await?;
        let shown = tokio::select! {
            shown = self.show(context, args, devices, client) => shown,
            failed = registering => Err(failed),
        };
        // Hears only what comes from here on.
        let mut second = Signals::catch()?;
        let details = tokio::select! {
            details = self.end(context, args, &hub) => details?,
            exit = second.next() => {
                let what = "a second signal: everything was cut at once";
                return Err(CliError::new(exit, what).hint("wait a moment after the first one"));
            }
        };
        hub.ended().await?;
        match details {
            Some(details) => shown.map(|exit| (exit, details)),
            None => shown.map(|exit| (exit, Map::new())),
        }
    }

    /// Ends the hub in order, and tells what happens meanwhile; `None` where somebody else has told
    /// it to end before.
    async fn end(
        &mut self,
        context: &mut Context<'_>,
        args: &args::Demo,
        hub: &Embedded,
    ) -> Result<Option<Map<String, Value>>, CliError> {
        let Ok(mut client) = hub.client().await else { return Ok(None) };
        let Ok(status) =
            remote::ask(&mut client, Wish::Plain(Plain::Status { history: false })).await
        else {
            return Ok(None);
        };
        if status["hub"]["shutdown"] != Value::Null {
            return Ok(None);
        }
        remote::ask(&mut client, Wish::Watch { messages: false }).await?;
        client.send(Wish::Plain(Plain::Shutdown {})).await?;
        // From here on it ends, whatever becomes of what is printed.
        let details = self.report(context, args, &status)?;
        while let Some(reply) = client.next().await? {
            if let Reply::Event(happening) = reply {
                self.tell(context, args, &happening)?;
            }
        }
        Ok(Some(details))
    }

    async fn show(
        &mut self,
        context: &mut Context<'_>,
        args: &args::Demo,
        devices: &[Device],
        mut hub: Client,
    ) -> Result<Exit, CliError> {
        #[cfg(feature = "tui")]
        if !args.headless {
            return self.dashboard(context, args, hub).await;
        }
        introduce(context, devices)?;
        let state_dir = safe(&hub.hub().state_dir);
        context.ui.story(&format!("steer    shipctl --state-dir {state_dir} status"));
        remote::ask(&mut hub, Wish::Watch { messages: false }).await?;
        let until = args.duration.map(|duration| Instant::now() + duration);
        loop {
            tokio::select! {
                () = context.ui.closed() => return Ok(Exit::Done),
                _ = self.signals.next() => return Ok(Exit::Done),
                () = over(until) => return Ok(Exit::Done),
                Some(event) = self.events.recv() => self.teller.tell_deeds(context.ui, &event)?,
                reply = hub.next() => match reply? {
                    Some(Reply::Event(happening)) => self.tell(context, args, &happening)?,
                    Some(Reply::Answer { .. } | Reply::Message(_)) => {}
                    None => return Ok(Exit::Done),
                },
            }
        }
    }

    /// The dashboard on the hub of the demo; what the devices did is seen there by its effects.
    #[cfg(feature = "tui")]
    async fn dashboard(
        &mut self,
        context: &mut Context<'_>,
        args: &args::Demo,
        hub: Client,
    ) -> Result<Exit, CliError> {
        let theme = super::tui::theme(context, args.looks);
        context.ui.finish().await?;
        let mut shown = std::pin::pin!(super::tui::show(hub, true, theme));
        loop {
            tokio::select! {
                exit = &mut shown => return exit,
                Some(_) = self.events.recv() => {}
            }
        }
    }

    /// What the hub says, with the name of the device it is about.
    fn tell(
        &self,
        context: &mut Context<'_>,
        args: &args::Demo,
        happening: &Happening,
    ) -> Result<(), CliError> {
        if !args.headless {
            return Ok(());
        }
        let mut event = happening.event.clone();
        let ski = event["ski"].as_str().and_then(|ski| ski.parse::<Ski>().ok());
        let name = ski.and_then(|ski| self.names.get(&ski));
        for said in &happening.say {
            let text = safe(&said.text);
            let text = ski.map_or(&*text, |ski| without_ski(&text, ski));
            let line = self.teller.line(name.map_or("hub", |name| name), &safe(&said.stage), text);
            context.ui.result(&line)?;
        }
        if let Some(name) = name {
            event["device"] = Value::from(&**name);
        }
        context.ui.json_line(&event)
    }

    /// Where each device stands at the end.
    fn report(
        &self,
        context: &mut Context<'_>,
        args: &args::Demo,
        status: &Map<String, Value>,
    ) -> Result<Map<String, Value>, CliError> {
        let mut states = Map::new();
        for peer in status["hub"]["peers"].as_array().into_iter().flatten() {
            let ski = peer["ski"].as_str().and_then(|ski| ski.parse::<Ski>().ok());
            if let Some(name) = ski.and_then(|ski| self.names.get(&ski)) {
                if args.headless {
                    context.ui.result(&self.teller.line(name, "state", &state(peer)))?;
                }
                states.insert(name.to_string(), peer["state"].clone());
            }
        }
        Ok(Map::from_iter([("devices".to_owned(), Value::Object(states))]))
    }
}

/// Registers the devices at the hub, one after the other; gives why that failed, and nothing else.
async fn register(mut hub: Client, devices: Vec<Ski>) -> CliError {
    for ski in devices {
        let (ship_id, pin, fingerprint) = (None, None, None);
        let peer =
            Register { ski, ship_id, addresses: Vec::new(), pin, fingerprint, remember_pin: false };
        match hub.ask(Wish::Register(peer)).await {
            Ok(Ok(_)) => sleep(GAP).await,
            Ok(Err(refusal)) if !is_ending(&mut hub).await => return refusal.into(),
            // Somebody has left before all were there; whoever watches the hub sees it end.
            Ok(Err(_)) | Err(_) => break,
        }
    }
    std::future::pending().await
}

/// Whether the hub ends, or has ended.
async fn is_ending(hub: &mut Client) -> bool {
    match remote::ask(hub, Wish::Plain(Plain::Status { history: false })).await {
        Ok(status) => status["hub"]["shutdown"] != Value::Null,
        Err(_) => true,
    }
}

async fn over(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until.into()).await,
        None => std::future::pending().await,
    }
}
