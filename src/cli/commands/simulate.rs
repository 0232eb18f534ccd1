//! `shipctl simulate`: devices to try things out on.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    sync::Arc,
    time::Instant,
};

use futures_util::future::join_all;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use tokio::sync::mpsc;

use crate::{
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            Ui,
            json::{Body, Line},
            story::{Said, Story},
            table::{Column, Narrow, lines},
            text::{elapsed, padded, safe, width},
        },
        persona_file, record,
        session::{Notice, notices},
        signals::Signals,
    },
    devices::{Device, DeviceError, DeviceEvent, Fault, Happened, Network, Persona},
    driver::NodeEvent,
    hub::EventKind,
    proto::Ski,
};

/// Events kept while a line is being written.
const EVENTS: usize = 4096;

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Simulate) -> Result<Exit, CliError> {
    if args.list {
        return list(context);
    }
    let personas = personas(args)?;
    let mut signals = Signals::catch_with_hangup()?;
    if context.global.interface.is_empty() {
        context.global.interface = vec![loopback()?];
    }
    let trace = record::settings(&context.global.trace);
    let keep = keep(context, args)?;
    let (devices, mut events) = start(personas, &Network { trace, keep, ..network(context) })?;
    introduce(context, &devices)?;
    if args.keep.is_none() {
        context.ui.story("the SKIs are new at every start; with --keep they stay");
    }
    hint(context);
    let mut teller = Teller::new(&devices);
    loop {
        tokio::select! {
            () = context.ui.closed() => break,
            _ = signals.next() => break,
            () = context.ui.closed() => break,
            event = events.recv() => match event {
                Some(event) => teller.tell(context.ui, &event)?,
                None => break,
            }
        }
    }
    let ended = tokio::select! {
        () = stop(devices) => (Exit::Done, "ended"),
        _ = signals.next() => (Exit::Findings, "forced"),
    };
    while let Ok(event) = events.try_recv() {
        teller.tell(context.ui, &event)?;
    }
    let (exit, outcome) = ended;
    context.ui.json_now(None, &Body::done(outcome, exit, Map::new()))?;
    Ok(exit)
}

/// Everything that was asked for; every device built in if nothing was.
fn personas(args: &args::Simulate) -> Result<Vec<Persona>, CliError> {
    let mut all = Vec::new();
    for name in &args.devices {
        all.push(Persona::named(name).map_err(|error| {
            CliError::usage(error.to_string()).hint("`shipctl simulate --list` lists them")
        })?);
    }
    for path in &args.persona {
        all.extend(persona_file::read(path)?);
    }
    all.extend(args.fault.iter().copied().map(Persona::with_fault));
    let all = if all.is_empty() { Persona::built_in() } else { all };
    let twice = all.iter().enumerate().find(|(n, it)| all[..*n].iter().any(|b| b.name == it.name));
    match twice {
        Some((_, it)) if args.keep.is_some() => {
            Err(CliError::usage(format!("{} cannot be simulated twice with --keep", safe(&it.name)))
                .hint("two devices cannot have one identity; give the second another name in a --persona file"))
        }
        _ => Ok(all),
    }
}

/// Where the devices keep their identities, if they do.
fn keep(context: &Context<'_>, args: &args::Simulate) -> Result<Option<PathBuf>, CliError> {
    Ok(match &args.keep {
        None => None,
        Some(Some(directory)) => Some(directory.clone()),
        Some(None) => Some(context.state_dir()?.path().join("simulated")),
    })
}

/// The name of the loopback interface.
pub(super) fn loopback() -> Result<String, CliError> {
    let present = if_addrs::get_if_addrs().unwrap_or_default();
    let found = present.into_iter().find(|it| it.is_loopback() && it.ip().is_ipv4());
    found.map(|it| it.name).ok_or_else(|| {
        CliError::new(Exit::LocalIo, "this computer has no loopback interface")
            .hint("bring it up, or name another interface with --interface")
    })
}

/// Where devices are as the flags say.
pub(super) fn network(context: &Context<'_>) -> Network {
    let mdns = context.mdns(None);
    let bind = context.listen().bind;
    let bind = bind.or(mdns.is_none().then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    Network { bind, mdns, trace: None, keep: None }
}

/// Starts them all.
pub(super) fn start(
    personas: Vec<Persona>,
    network: &Network,
) -> Result<(Vec<Device>, mpsc::Receiver<DeviceEvent>), CliError> {
    let (sender, events) = mpsc::channel(EVENTS);
    let start = |persona| Device::start(persona, network, sender.clone());
    let devices = personas.into_iter().map(start).collect::<Result<_, _>>()?;
    Ok((devices, events))
}

/// Ends them all in order.
pub(super) async fn stop(devices: Vec<Device>) {
    join_all(devices.into_iter().map(Device::stop)).await;
}

const DEVICES: [Column; 5] = [
    Column { heading: "DEVICE", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "SKI", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "PORT", narrow: Narrow::Whole, missable: 2 },
    Column { heading: "SHIP ID", narrow: Narrow::Whole, missable: 3 },
    Column { heading: "WILL", narrow: Narrow::Wrapped(20), missable: 0 },
];

/// Tells who they are and what they will do.
pub(super) fn introduce(context: &mut Context<'_>, devices: &[Device]) -> Result<(), CliError> {
    let row = |device: &Device| {
        let ship_id = device.ship_id.to_string();
        let (ski, port) = (device.ski.to_string(), device.port.to_string());
        [safe(&device.name), ski, port, ship_id, device.does.clone()]
    };
    let rows: Vec<_> = devices.iter().map(row).collect();
    for line in lines(&DEVICES, &rows, context.ui.columns()) {
        context.ui.result(&line)?;
    }
    for device in devices {
        let body = Body::Device {
            device: device.name.to_string(),
            ship_id: device.ship_id.clone(),
            port: device.port,
            does: device.does.clone(),
        };
        context.ui.json_now(Some(device.ski), &body)?;
    }
    Ok(())
}

fn hint(context: &mut Context<'_>) {
    let global = &context.global;
    let port = match global.mdns_port {
        crate::mdns::daemon::MDNS_PORT => String::new(),
        port => format!(" --mdns-port {port}"),
    };
    let interface = global.interface.join(" --interface ");
    if !global.no_mdns {
        let line = format!("try      shipctl --interface {interface}{port} discover");
        context.ui.story(&line);
    }
    context.ui.story("running  until Ctrl-C");
}

/// Tells what happens at each device.
pub(super) struct Teller {
    began: Instant,
    stories: BTreeMap<Arc<str>, Story>,
    names: usize,
}

impl Teller {
    pub(super) fn new(devices: &[Device]) -> Self {
        let story = |device: &Device| (device.name.clone(), Story::of_all(device.ski));
        Self {
            began: Instant::now(),
            stories: devices.iter().map(story).collect(),
            names: devices.iter().map(|device| width(&safe(&device.name))).max().unwrap_or(0),
        }
    }

    /// Everything, for people and programs.
    fn tell(&mut self, ui: &mut Ui, event: &DeviceEvent) -> Result<(), CliError> {
        match &event.happened {
            Happened::Did(what) => self.did(ui, event, what),
            Happened::Node(NodeEvent::Hub(told)) => {
                // That the devices see each other is no news.
                if matches!(told.kind, EventKind::ServiceSeen(_) | EventKind::ServiceGone { .. }) {
                    return Ok(());
                }
                let story = self.stories.get_mut(&event.device);
                for Said { stage, text } in story.map(|story| story.tell(told)).unwrap_or_default()
                {
                    ui.result(&self.line(&event.device, stage, &text))?;
                }
                json_of(ui, &event.device, told.ski, &Body::event(told))
            }
            Happened::Node(other) => {
                for Notice { ski, text, body } in notices(other) {
                    ui.result(&self.line(&event.device, "remark", &safe(&text)))?;
                    json_of(ui, &event.device, ski, &body)?;
                }
                Ok(())
            }
        }
    }

    /// What a person or the simulation did, and nothing else.
    #[cfg(unix)]
    pub(super) fn tell_deeds(&self, ui: &mut Ui, event: &DeviceEvent) -> Result<(), CliError> {
        match &event.happened {
            Happened::Did(what) => self.did(ui, event, what),
            Happened::Node(_) => Ok(()),
        }
    }

    fn did(&self, ui: &mut Ui, event: &DeviceEvent, what: &str) -> Result<(), CliError> {
        ui.result(&self.line(&event.device, "device", &safe(what)))?;
        let device = event.device.to_string();
        ui.json_now(Some(event.ski), &Body::DeviceDid { device, what: what.to_owned() })
    }

    /// A line about a device.
    pub(super) fn line(&self, device: &str, stage: &str, text: &str) -> String {
        let (time, device) = (elapsed(self.began.elapsed()), padded(&safe(device), self.names));
        format!("{time}  {device}  {}  {text}", padded(stage, 10))
    }
}

/// The text of a story without the SKI of the device it is about.
#[cfg(unix)]
pub(super) fn without_ski(text: &str, ski: Ski) -> &str {
    text.strip_prefix(&crate::cli::output::story::short(ski)).map_or(text, str::trim_start)
}

/// A line of JSON that tells whose event it is.
fn json_of(ui: &mut Ui, device: &str, ski: Option<Ski>, body: &Body) -> Result<(), CliError> {
    if !ui.tells_programs() {
        return Ok(());
    }
    let line = Line::new(OffsetDateTime::now_utc(), ski, body);
    // Texts and numbers can always be written.
    let mut line = serde_json::to_value(&line).unwrap_or_default();
    line["device"] = Value::from(device);
    ui.json_line(&line)
}

const PERSONAS: [Column; 3] = [
    Column { heading: "DEVICE", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "TYPE", narrow: Narrow::Cut(10), missable: 1 },
    Column { heading: "WILL", narrow: Narrow::Wrapped(20), missable: 0 },
];

const FAULTS: [Column; 3] = [
    Column { heading: "FAULT", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "FINDING", narrow: Narrow::Whole, missable: 0 },
    Column { heading: "THE DEVICE", narrow: Narrow::Wrapped(20), missable: 0 },
];

fn persona_row(it: &Persona) -> [String; 3] {
    [it.name.clone(), it.device_type.clone(), it.does()]
}

fn fault_row(it: &Fault) -> [String; 3] {
    [it.name(), it.code().as_str(), it.does()].map(str::to_owned)
}

fn list(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let personas = Persona::built_in();
    let rows: Vec<_> = personas.iter().map(persona_row).collect();
    let faults: Vec<_> = Fault::ALL.iter().map(fault_row).collect();
    let columns = context.ui.columns();
    let tables = [lines(&PERSONAS, &rows, columns), lines(&FAULTS, &faults, columns)];
    for line in tables.join(&String::new()) {
        context.ui.result(&line)?;
    }
    let persona = |it: &Persona| {
        json!({ "device": it.name, "brand": it.brand, "model": it.model, "type": it.device_type,
                "does": it.does() })
    };
    let fault =
        |it: &Fault| json!({ "fault": it.name(), "code": it.code().as_str(), "does": it.does() });
    let details = Map::from_iter([
        ("devices".to_owned(), personas.iter().map(persona).collect()),
        ("faults".to_owned(), Fault::ALL.iter().map(fault).collect()),
    ]);
    context.ui.json_now(None, &Body::done("listed", Exit::Done, details))?;
    Ok(Exit::Done)
}

impl From<DeviceError> for CliError {
    fn from(error: DeviceError) -> Self {
        match error {
            DeviceError::Start(error) => error.into(),
            DeviceError::Mdns(error) => error.into(),
            DeviceError::Kept(error) => error.into(),
            DeviceError::Port(_) => Self::new(Exit::LocalIo, error.to_string())
                .because_of(&error)
                .hint("choose another address with --bind"),
            DeviceError::Identity(_) | DeviceError::Papers(_) => Self::bug(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::output::table::tests::fits;

    #[test]
    fn what_a_device_will_do_and_its_pin_are_whole_in_every_terminal() {
        let will =
            "trusts whoever asks, wants the PIN 1234abcd, its link drops 60 s after each handshake";
        let ski = "5555aaaaffff1111cccc3333eeeedddd99992222";
        let rows = [["heatpump", ski, "38488", "i:46925_u:heatpump", will].map(str::to_owned)];
        fits(&DEVICES, &rows, &["1234abcd", "handshake", "heatpump", ski]);
    }

    #[test]
    fn the_lists_lose_nothing_in_any_terminal() {
        let rows: Vec<_> = Persona::built_in().iter().map(persona_row).collect();
        let names =
            |rows: &[[String; 3]]| rows.iter().map(|row| row[0].clone()).collect::<Vec<_>>();
        fits(&PERSONAS, &rows, &names(&rows));
        let rows: Vec<_> = Fault::ALL.iter().map(fault_row).collect();
        fits(&FAULTS, &rows, &names(&rows));
    }
}
