//! `shipctl report`: all that a bug report needs, in one file that can be read before it is sent.
//!
//! | room | what happens there |
//! |---|---|
//! | `bundle` | what is in it, what was left out and why, and the page that says so |
//! | `hub` | what a hub with our identity tells |
//! | `redact` | PINs, serial numbers and the home directory become unreadable |
//! | `archive` | the zip file: whole or not at all, and never over another file |

mod archive;
mod bundle;
#[cfg(unix)]
mod hub;
mod redact;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use self::{bundle::Bundle, redact::Redaction};
use super::{doctor, probe, trace, version};
use crate::{
    checks::doctor::facts::Mdns,
    cli::{
        args::{self, Global, TraceFlags},
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            Said, Ui,
            json::Body,
            text::{count, rfc3339, rough},
        },
        peer::Named,
        session::unix,
        settings,
        signals::Signals,
        tls,
    },
    trace::file::redacted,
};

/// The most time for our own side.
const DOCTOR: Duration = Duration::from_secs(5);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Report) -> Result<Exit, CliError> {
    let mut signals = Signals::catch_with_hangup()?;
    let at = OffsetDateTime::now_utc();
    let file = args.output.clone().unwrap_or_else(|| usual_file(at));
    archive::refuse(&file)?;
    let redaction = Redaction::new(args.full, context.own_ski().ok().flatten());
    let gathering = Gathering { args, bundle: Bundle::new(), redaction };
    match gathering.run(context, &mut signals).await? {
        Err(exit) => interrupted(context, exit),
        Ok(Gathering { mut bundle, redaction, .. }) => {
            bundle.redact(&redaction);
            bundle.add_readme(at, args.full);
            let entries = bundle.entries.clone();
            let zipping = tokio::task::spawn_blocking(move || archive::zip(&entries, at));
            let bytes = tokio::select! {
                bytes = zipping => bytes.map_err(|_| stopped())??,
                exit = signals.next() => return interrupted(context, exit),
            };
            archive::write(&file, &bytes)?;
            written(context, &file, &bundle, bytes.len())
        }
    }
}

fn interrupted(context: &mut Context<'_>, exit: Exit) -> Result<Exit, CliError> {
    context.ui.story("nothing was written");
    context.ui.json_now(None, &Body::done(exit.name(), exit, Map::new()))?;
    Ok(exit)
}

/// A report, as far as it has come.
struct Gathering<'a> {
    args: &'a args::Report,
    bundle: Bundle,
    redaction: Redaction,
}

impl Gathering<'_> {
    /// Gathers all there is; or the signal that cut it short.
    async fn run(
        mut self,
        context: &mut Context<'_>,
        signals: &mut Signals,
    ) -> Result<Result<Self, Exit>, CliError> {
        // First what a mistake of the command line would be found in.
        tokio::select! {
            taken = self.given_trace(context) => taken?,
            exit = signals.next() => return Ok(Err(exit)),
        }
        if let Some(exit) = self.probe(context).await? {
            return Ok(Err(exit));
        }
        if let Some(exit) = self.doctor(context).await? {
            return Ok(Err(exit));
        }
        tokio::select! {
            () = self.hub(context) => {}
            exit = signals.next() => return Ok(Err(exit)),
        }
        self.configuration(context);
        self.trust(context);
        self.bundle.add_json("versions.json", Value::Object(version::versions()));
        self.bundle.add_findings();
        Ok(Ok(self))
    }

    /// The trace that was named.
    async fn given_trace(&mut self, context: &mut Context<'_>) -> Result<(), CliError> {
        let Some(path) = &self.args.trace else { return Ok(()) };
        let text = trace::text(path)?;
        let serials = !self.args.full;
        context.ui.story(&format!("trace    {}", path.display()));
        let text = tokio::task::spawn_blocking(move || redacted(&text, serials)).await;
        let text = text.map_err(|_| stopped())?;
        self.bundle.add("given.trace", text.map_err(|error| trace::no_trace(path, &error))?);
        Ok(())
    }

    /// The device that was named, rung by rung; the signal that cut it short.
    async fn probe(&mut self, context: &mut Context<'_>) -> Result<Option<Exit>, CliError> {
        let args = self.args;
        if args.device.is_empty() {
            self.bundle.leave_out("probe.txt, probe.jsonl", "no device was named");
            return Ok(None);
        }
        if let Ok(Named::Qr(qr)) = context.recognise(&args.device.join(" ")) {
            qr.pin.iter().for_each(|pin| self.redaction.pin(pin));
            qr.serial.iter().for_each(|serial| self.redaction.serial(serial));
        }
        // A new identity is made as loudly as ever. What is wrong with the state, the probe tells.
        if context.own_ski().is_ok_and(|own| own.is_none()) {
            let _ = context.open_state();
        }
        let within = crate::driver::probe::whole(args.timeout);
        context.ui.story(&format!(
            "probe    looking at the device rung by rung, for {} at most",
            rough(within)
        ));
        let wish = args::Probe {
            device: args.device.clone(),
            address: args.address.clone(),
            timeout: args.timeout,
            pin_file: None,
            repeat: 1,
            pause: Duration::ZERO,
            disturb: false,
            tls: tls::Flags::default(),
        };
        let mut ui = Ui::keeping();
        let ended = probe::run(&mut quietly(context, &mut ui), wish).await;
        self.kept("probe", ui, ended)
    }

    /// Our own side; the signal that cut it short.
    async fn doctor(&mut self, context: &mut Context<'_>) -> Result<Option<Exit>, CliError> {
        let timeout = self.args.timeout.min(DOCTOR);
        context.ui.story(&format!("doctor   looking at this side, for {} at most", rough(timeout)));
        let mut ui = Ui::keeping();
        let mut own = quietly(context, &mut ui);
        let ended = match doctor::look(&mut own, &args::Doctor { timeout }).await {
            Ok(Err(exit)) => return Ok(Some(exit)),
            Ok(Ok(facts)) => {
                if let Mdns::Looked(look) = &facts.mdns {
                    look.services.iter().for_each(|service| self.redaction.service(service));
                }
                doctor::tell(&mut own, &facts)
            }
            Err(error) => Err(error),
        };
        self.kept("doctor", ui, ended)
    }

    /// What a command said. A mistake of the command line ends the report; every other failure is
    /// what the report is about.
    fn kept(
        &mut self,
        name: &'static str,
        mut ui: Ui,
        ended: Result<Exit, CliError>,
    ) -> Result<Option<Exit>, CliError> {
        match ended {
            Ok(exit) if exit.is_signal() => return Ok(Some(exit)),
            Ok(_) => {}
            Err(error) if error.exit == Exit::Usage => return Err(error),
            Err(error) => {
                ui.error(&error);
                ui.json_now(error.ski, &Body::failed(&error))?;
            }
        }
        let Said { text, json } = ui.said();
        self.bundle.add_said(name, text, json);
        Ok(None)
    }

    /// What a hub tells, if one runs.
    #[cfg(unix)]
    async fn hub(&mut self, context: &Context<'_>) {
        let recording = match hub::status(context).await {
            Ok(Some(mut status)) => {
                hub::without_names(&mut status);
                self.redaction.learn(&status);
                self.bundle.find("hub", &status);
                let recording = status["node"]["recording"]["file"].as_str().map(PathBuf::from);
                self.bundle.add_json("status.json", status);
                recording.ok_or_else(|| "the hub that runs records none".to_owned())
            }
            Ok(None) => {
                self.bundle.leave_out("status.json", "no hub runs with this identity");
                Err("no hub runs that records one".to_owned())
            }
            Err(why) => {
                self.bundle.leave_out("status.json", why);
                Err("the hub does not tell whether it records one".to_owned())
            }
        };
        match recording {
            Err(why) => self.bundle.leave_out("hub.trace", why),
            Ok(path) => match hub::trace(path, !self.args.full).await {
                Ok(text) => self.bundle.add("hub.trace", text),
                Err(why) => self.bundle.leave_out("hub.trace", why),
            },
        }
    }

    /// What the configuration sets, without what else stands in it: people write into such files
    /// whatever they must not forget.
    fn configuration(&mut self, context: &Context<'_>) {
        let path = context.settings.place().file.as_deref();
        match path.and_then(settings::file::shown) {
            Some(text) => self.bundle.add("config.toml", text),
            None => self.bundle.leave_out("config.toml", "there is none"),
        }
    }

    /// There is no way to ask a hub here.
    #[cfg(not(unix))]
    async fn hub(&mut self, _context: &Context<'_>) {
        self.bundle.leave_out("status.json, hub.trace", "no hub can run here");
    }

    /// Who is trusted, without the names people gave.
    fn trust(&mut self, context: &Context<'_>) {
        let saved = context.state_dir().and_then(|directory| Ok(directory.read_trust()?));
        let trust = match saved {
            Ok(trust) => trust.unwrap_or_default(),
            Err(error) => return self.bundle.leave_out("trust.json", error.message),
        };
        let peers = trust.iter().map(|(ski, peer)| {
            json!({
                "ski": ski,
                "ship_id": peer.ship_id,
                "since": unix(peer.since),
                "last_seen": peer.last_seen.map(unix),
                "address": peer.address,
            })
        });
        let peers = Value::from_iter(peers);
        self.redaction.learn(&peers);
        self.bundle.add_json("trust.json", peers);
    }
}

/// The flags for a command that is listened to, and asks nobody.
fn quietly<'a>(context: &Context<'_>, ui: &'a mut Ui) -> Context<'a> {
    let trace = TraceFlags::default();
    let global = Global { json: false, no_input: true, trace, ..context.global.clone() };
    Context::new(global, context.settings.clone(), ui)
}

/// Where to write to if nothing is said.
fn usual_file(at: OffsetDateTime) -> PathBuf {
    let stamp: String = rfc3339(at).chars().take(19).filter(|c| !":".contains(*c)).collect();
    PathBuf::from(format!("shipctl-{}.zip", stamp.replace('T', "-")))
}

fn stopped() -> CliError {
    CliError::bug("the report was not finished")
}

/// The result.
fn written(
    context: &mut Context<'_>,
    file: &Path,
    bundle: &Bundle,
    size: usize,
) -> Result<Exit, CliError> {
    let files = count(bundle.entries.len() as u64, "file");
    context.ui.result(&format!(
        "written  {} · {files}, {} KiB",
        file.display(),
        size.div_ceil(1024)
    ))?;
    for entry in &bundle.entries {
        context.ui.result(&format!(
            "         {:<14}  {}",
            entry.name,
            bundle::about(entry.name)
        ))?;
    }
    for (name, why) in &bundle.left_out {
        context.ui.result(&format!("without  {name}: {why}"))?;
    }
    context
        .ui
        .hint("read it before you send it: README.txt in it says what is in it and what is not");
    let entry = |entry: &bundle::Entry| json!({ "name": entry.name, "bytes": entry.text.len() });
    let left_out = |(name, why): &(&str, String)| json!({ "name": name, "why": why });
    let details = Map::from_iter([
        ("file".to_owned(), file.display().to_string().into()),
        ("entries".to_owned(), bundle.entries.iter().map(entry).collect()),
        ("left_out".to_owned(), bundle.left_out.iter().map(left_out).collect()),
    ]);
    context.ui.json_now(None, &Body::done("written", Exit::Done, details))?;
    Ok(Exit::Done)
}
