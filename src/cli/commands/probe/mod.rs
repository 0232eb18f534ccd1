//! `shipctl probe`: one device looked at rung by rung, and one conclusion.
//!
//! | room | what happens there |
//! |---|---|
//! | `aim` | who or where is meant |
//! | `look` | the rung mDNS, and the addresses to dial |
//! | `hub` | what a hub with our identity knows |
//! | `dials` | whether the device dials us |
//! | `tell` | the lines for people and for programs |

mod aim;
mod dials;
mod hub;
mod look;
mod tell;

use std::collections::BTreeSet;

use serde_json::Value;
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, sleep},
};

use self::{aim::Aim, dials::Dials, hub::HubView, look::Looked, tell::Told as Teller};
use crate::{
    checks::{
        Severity,
        ladder::{Failure, Ladder, Rung, known, repeated::Repeated},
    },
    cli::{
        args,
        context::{Context, read_pin},
        error::CliError,
        exit::Exit,
        outcome,
        signals::Signals,
    },
    driver::{
        node::StartError,
        probe::{self, Plan, Probed},
        tls::{TlsConfig, TlsSettings},
    },
    identity::{cert::Identity, trust::TrustStore},
    mdns::daemon::{Mdns, MdnsEvent, Names},
    proto::{Address, Pin, Ski, Target},
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Probe) -> Result<Exit, CliError> {
    let aim = Aim::read(context, &args)?;
    let pin = args.pin_file.as_deref().map(|path| read_pin(path, "--pin-file")).transpose()?;
    if pin.is_some() {
        aim.require_whole()?;
    }
    let (identity, trust) = who_we_are(context)?;
    aim.refuse_own(identity.ski())?;
    let tls = args.tls.settings(context)?;
    let mut signals = Signals::catch_with_hangup()?;
    let hub = HubView::ask(context).await?;
    aim.require_a_way(context, &args, &trust, hub.as_ref())?;
    let config = TlsConfig::with(&identity, &tls).map_err(StartError::from)?;
    let dials = Dials::watch(context, hub.as_ref(), config);
    let mut probing = Probing { args, aim, pin, identity, trust, tls, hub, dials };
    tell::heading(context, &probing);
    probing.run(context, &mut signals).await
}

/// Who we are and whom we trust, without taking the state from whoever owns it.
fn who_we_are(context: &mut Context<'_>) -> Result<(Identity, TrustStore), CliError> {
    let saved = context.state_dir()?.read()?;
    match saved.identity {
        Some(identity) => {
            context.remark(&saved.remarks)?;
            Ok((identity, saved.trust))
        }
        // The first start: a device must not be shown a key that is gone afterwards.
        None => {
            let state = context.open_state()?;
            Ok((state.identity.clone(), state.trust().clone()))
        }
    }
}

/// Everything a probe needs to know.
struct Probing {
    args: args::Probe,
    aim: Aim,
    pin: Option<Pin>,
    identity: Identity,
    trust: TrustStore,
    tls: TlsSettings,
    hub: Option<HubView>,
    dials: Dials,
}

/// What one probe came to.
struct Outcome {
    probed: Probed,
    exit: Exit,
    name: &'static str,
    error: Option<CliError>,
}

/// Our own mDNS, if a target has a `.local` name; its events are of no interest.
fn names(
    context: &Context<'_>,
    identity: &Identity,
    targets: &[Target],
) -> Result<Option<(Mdns, mpsc::Receiver<MdnsEvent>)>, CliError> {
    let is_local = |target: &Target| match &target.address {
        Address::Name(host, _) => Names::is_local(host),
        Address::Socket(_) => false,
    };
    let settings = context.mdns(Some(identity.ski())).filter(|_| targets.iter().any(is_local));
    Ok(settings.map(Mdns::start).transpose()?)
}

impl Probing {
    async fn run(
        &mut self,
        context: &mut Context<'_>,
        signals: &mut Signals,
    ) -> Result<Exit, CliError> {
        let mut all = Repeated::default();
        let mut outcomes: Vec<Outcome> = Vec::new();
        let mut interrupted = None;
        for run in 1..=self.args.repeat {
            if run > 1 {
                tokio::select! {
                    () = sleep(self.args.pause) => {}
                    exit = signals.next() => interrupted = Some(exit),
                }
            }
            if interrupted.is_none() {
                let (outcome, signal) = self.once(context, signals, run).await?;
                interrupted = signal;
                if signal.is_none() {
                    all.add(&outcome.probed.ladder);
                }
                outcomes.push(outcome);
            }
            if interrupted.is_some() {
                break;
            }
        }
        self.report(context, &all, outcomes, interrupted)
    }

    /// One probe; also the signal that cut it short.
    async fn once(
        &mut self,
        context: &mut Context<'_>,
        signals: &mut Signals,
        run: u32,
    ) -> Result<(Outcome, Option<Exit>), CliError> {
        let began = Instant::now();
        let mut teller = Teller::new(run, self.args.repeat == 1);
        // The end of what it may take, but for leaving.
        let until = began + probe::whole(self.args.timeout);
        let looked = tokio::select! {
            looked = look::look(context, self) => looked?,
            exit = signals.next() => {
                return Ok((self.outcome(Probed::default()), Some(exit)));
            }
        };
        let Looked { step, ski, targets, seen } = looked;
        tell::plan(context, run, ski, &targets, self.args.timeout)?;
        teller.step(context, ski, &step)?;
        if targets.is_empty() {
            let failure = Some(Failure::NotSeen);
            let mut probed = Probed { failure, ski, ..Probed::default() };
            probed.ladder.settle(step);
            teller.rest(context, ski, &probed.ladder)?;
            return Ok((self.outcome(probed), None));
        }
        let mdns = names(context, &self.identity, &targets)?;
        let plan = Plan {
            names: mdns.as_ref().map(|(mdns, _)| mdns.names()),
            identity: self.identity.clone(),
            tls: self.tls.clone(),
            targets,
            seen,
            expected: ski,
            trust: self.trust.clone(),
            leave_alone: self.leave_alone(),
            pin: self.pin.clone(),
            discoverable: !context.global.no_mdns,
            limit: self.args.timeout,
            until,
        };
        let (mut probed, signal) = climb(context, signals, &plan, &mut teller).await?;
        probed.ladder.settle(step);
        probed.ski = probed.ski.or(ski);
        if signal.is_none() {
            self.add_what_the_hub_knows(context, &mut teller, &mut probed).await?;
        }
        teller.rest(context, probed.ski, &probed.ladder)?;
        Ok((self.outcome(probed), signal))
    }

    /// Whose connection with our hub must not be put at risk.
    fn leave_alone(&self) -> BTreeSet<Ski> {
        match &self.hub {
            Some(hub) if !self.args.disturb => hub.connected(),
            _ => BTreeSet::new(),
        }
    }

    /// Where we went no further for the sake of a connection, it is told what that shows.
    async fn add_what_the_hub_knows(
        &self,
        context: &mut Context<'_>,
        teller: &mut Teller,
        probed: &mut Probed,
    ) -> Result<(), CliError> {
        let (Some(hub), Some(ski)) = (&self.hub, probed.ski) else { return Ok(()) };
        if !self.leave_alone().contains(&ski) || probed.failure.is_some() {
            return Ok(());
        }
        let Some(peer) = hub.peer(ski) else { return Ok(()) };
        for step in known::steps(peer, hub.now()) {
            if probed.ladder.step(step.rung).took.is_none() {
                teller.step(context, Some(ski), &step)?;
                probed.ladder.settle(step);
            }
        }
        Ok(())
    }

    fn outcome(&self, probed: Probed) -> Outcome {
        let conclusion = probed.ladder.conclusion();
        let error = match (&probed.failure, conclusion) {
            (Some(failure), Some((rung, why))) => Some(outcome::probe_failed(failure, rung, why)),
            _ => None,
        };
        let grave = conclusion.is_some_and(|(_, why)| why.severity > Severity::Info);
        let (exit, name) = match &error {
            Some(error) => (error.exit, error.exit.name()),
            None if grave => (Exit::Findings, Exit::Findings.name()),
            None => (Exit::Done, height(&probed.ladder)),
        };
        Outcome { probed, exit, name, error }
    }

    fn report(
        &mut self,
        context: &mut Context<'_>,
        all: &Repeated,
        outcomes: Vec<Outcome>,
        interrupted: Option<Exit>,
    ) -> Result<Exit, CliError> {
        let ips = outcomes.iter().flat_map(|it| &it.probed.reached).map(|it| it.address.ip());
        let ips: BTreeSet<_> = ips.collect();
        let ski = outcomes.iter().rev().find_map(|it| it.probed.ski);
        let dialled = self.dials.about(ski, &ips, self.hub.as_ref());
        let repeated = (self.args.repeat > 1).then_some(all);
        if let Some(repeated) = repeated {
            tell::summary(context, repeated)?;
        }
        // The run that stands for all: the first of those that came to what most came to.
        let most = all.conclusions().into_iter().next().map(|it| it.what);
        let stands = outcomes.into_iter().find(|it| {
            let what = it.probed.ladder.conclusion().map(|(rung, why)| (rung, why.code));
            let most = most.as_ref();
            interrupted.is_some()
                || most.is_none_or(|it| it.as_ref().map(|(rung, why)| (*rung, why.code)) == what)
        });
        let Some(stands) = stands else {
            let exit = interrupted.unwrap_or(Exit::Bug);
            tell::end(context, ski, exit, exit.name(), None, None, &dialled, repeated)?;
            return Ok(exit);
        };
        let mixed = all.conclusions().len() > 1;
        let (exit, name) = match interrupted {
            Some(exit) => (exit, exit.name()),
            None if mixed => (Exit::Findings, "mixed"),
            None => (stands.exit, stands.name),
        };
        let error = stands.error.as_ref().filter(|_| interrupted.is_none());
        let probed = interrupted.is_none().then_some(&stands.probed);
        tell::end(context, ski, exit, name, probed, error, &dialled, repeated)?;
        Ok(exit)
    }
}

/// How far a probe without a fault came.
fn height(ladder: &Ladder) -> &'static str {
    if ladder.step(Rung::Hello).by_hub {
        "connected"
    } else if ladder.height() == Some(Rung::Hello) {
        "not_paired"
    } else {
        "complete"
    }
}

/// Probes, telling every rung as it comes. The first signal makes it leave in order, the second
/// cuts it short.
async fn climb(
    context: &mut Context<'_>,
    signals: &mut Signals,
    plan: &Plan,
    teller: &mut Teller,
) -> Result<(Probed, Option<Exit>), CliError> {
    let (sender, mut told) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut probing = std::pin::pin!(probe::run(plan, sender, stopped));
    let mut signal = None;
    let probed = loop {
        tokio::select! {
            Some(it) = told.recv() => teller.take(context, plan.expected, it)?,
            probed = &mut probing => break probed.map_err(StartError::from)?,
            exit = signals.next() => {
                if signal.replace(exit).is_some() {
                    return Ok((Probed::default(), Some(exit)));
                }
                let _ = stop.send(true);
            }
        }
    };
    while let Ok(it) = told.try_recv() {
        teller.take(context, plan.expected, it)?;
    }
    Ok((probed, signal))
}

/// A list for JSON.
fn list<T>(items: impl IntoIterator<Item = T>, json: impl Fn(T) -> Value) -> Value {
    items.into_iter().map(json).collect()
}
