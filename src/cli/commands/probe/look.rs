//! The rung mDNS: whether the device announces itself, what is wrong with its record, and where to
//! dial it.

use std::time::Duration;

use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{Probing, aim::Aim};
use crate::{
    checks::{
        Code, Finding, Severity, judge,
        ladder::{Rung, Step},
        unseen::Others,
    },
    cli::{
        context::Context,
        error::CliError,
        output::{story::describe, text::safe},
        peer::{self, Candidate, Named, choose},
    },
    mdns::{
        daemon::{Mdns, MdnsEvent},
        service::Service,
    },
    proto::{Ski, Target},
};

/// How long to look where nothing else tells the address, where something does, and for a prefix,
/// which must mean one device.
const LOOK: Duration = Duration::from_secs(5);
const GLANCE: Duration = Duration::from_secs(2);
const GATHER: Duration = Duration::from_secs(3);

/// How long to go on once it is seen: its other records come together.
const MORE: Duration = Duration::from_millis(250);

/// What the look came to.
pub(super) struct Looked {
    /// The rung.
    pub(super) step: Step,
    /// Who is meant, if that is known by now.
    pub(super) ski: Option<Ski>,
    /// Where to dial, in order; empty if that is not known.
    pub(super) targets: Vec<Target>,
    /// Its records.
    pub(super) seen: Vec<Service>,
}

/// Looks.
pub(super) async fn look(context: &Context<'_>, probing: &Probing) -> Result<Looked, CliError> {
    let given = &probing.args.address;
    let named = match &probing.aim {
        Aim::Place(place) => {
            let targets = [place.clone()].into_iter().chain(given.iter().cloned()).collect();
            let ski = probing.hub.as_ref().and_then(|hub| hub.at(place));
            let step = Step::left_out(Rung::Mdns, "an address was given");
            return Ok(Looked { step, ski, targets, seen: Vec::new() });
        }
        Aim::Device(named) => named,
    };
    let began = Instant::now();
    let seen = match sightings(context, probing).await? {
        Some((_mdns, events)) => Some(gather(probing, named, events).await),
        None => None,
    };
    let took = began.elapsed();
    let ski = match probing.aim.ski() {
        Some(ski) => ski,
        None => chosen(probing, named, seen.as_deref().unwrap_or_default())?,
    };
    let (its, others): (Vec<Service>, Vec<Service>) =
        seen.iter().flatten().cloned().partition(|service| service.txt.ski == Some(ski));
    let targets = targets(probing, ski, &its);
    let step = match (&seen, targets.is_empty()) {
        (None, _) => Step::left_out(Rung::Mdns, "--no-mdns: nobody is looked for"),
        (Some(_), _) if !its.is_empty() => seen_step(took, &its),
        (Some(_), true) => Step::failed(Rung::Mdns, took, not_seen(ski, took, &others)),
        (Some(_), false) => Step::ok(Rung::Mdns, took).found(
            not_seen(ski, took, &others)
                .with_severity(Severity::Info)
                .with_advice("Nothing has to be done: the address is known."),
        ),
    };
    Ok(Looked { step, ski: Some(ski), targets, seen: its })
}

/// What is seen, by a hub of ours or by ourselves; `None` where nobody looks.
async fn sightings(
    context: &Context<'_>,
    probing: &Probing,
) -> Result<Option<(Option<Mdns>, mpsc::Receiver<MdnsEvent>)>, CliError> {
    if let Some(hub) = &probing.hub
        && let Some(events) = hub.sightings(context).await?
    {
        return Ok(Some((None, events)));
    }
    match context.mdns(Some(probing.identity.ski())) {
        Some(settings) => {
            let (mdns, events) = Mdns::start(settings)?;
            Ok(Some((Some(mdns), events)))
        }
        None => Ok(None),
    }
}

/// Every service seen until the one meant is.
async fn gather(
    probing: &Probing,
    named: &Named,
    mut events: mpsc::Receiver<MdnsEvent>,
) -> Vec<Service> {
    let most = match named {
        Named::Prefix(_) => GATHER,
        _ if !probing.args.address.is_empty() => GLANCE,
        _ => LOOK,
    };
    let mut until = Instant::now() + most.min(probing.args.timeout);
    let mut seen: Vec<Service> = Vec::new();
    loop {
        let event = tokio::select! {
            () = sleep_until(until) => return seen,
            event = events.recv() => event,
        };
        match event {
            Some(MdnsEvent::Seen(service)) => {
                seen.retain(|known| known.instance != service.instance);
                let is_it = service.txt.ski.is_some() && service.txt.ski == probing.aim.ski();
                if is_it && !service.addresses.is_empty() {
                    until = until.min(Instant::now() + MORE);
                }
                seen.push(*service);
            }
            Some(MdnsEvent::Gone { instance }) => seen.retain(|known| known.instance != instance),
            Some(_) => {}
            None => return seen,
        }
    }
}

/// Whom the first digits mean.
fn chosen(probing: &Probing, named: &Named, seen: &[Service]) -> Result<Ski, CliError> {
    let Named::Prefix(prefix) = named else {
        return Err(CliError::usage("no device was named"));
    };
    let seen = seen.iter().filter_map(|service| {
        Some(Candidate { ski: service.txt.ski?, name: Some(safe(&service.name())) })
    });
    let candidates: Vec<Candidate> =
        peer::trusted(&probing.trust).into_iter().chain(seen).collect();
    choose(prefix, &candidates).map(|candidate| candidate.ski)
}

/// Where to dial: what was given, then what is announced, then what is remembered.
fn targets(probing: &Probing, ski: Ski, its: &[Service]) -> Vec<Target> {
    let announced = its.iter().flat_map(|service| {
        let all = service.targets();
        let dialable = service.dialable().next().is_some();
        // Its `.local` name is no news beside its addresses.
        all.into_iter().filter(move |target| {
            !dialable || matches!(target.address, crate::proto::Address::Socket(_))
        })
    });
    let stored = probing.trust.get(&ski).and_then(|peer| peer.address.as_ref()?.parse().ok());
    let hub = probing.hub.iter().flat_map(|hub| hub.addresses(ski));
    let all = probing.args.address.iter().cloned().chain(announced).chain(stored).chain(hub);
    let mut targets: Vec<Target> = Vec::new();
    for target in all {
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    targets
}

fn seen_step(took: Duration, its: &[Service]) -> Step {
    let mut step = Step::ok(Rung::Mdns, took);
    for service in its {
        step = step.saying(describe(service));
        step = judge::service(service).into_iter().fold(step, Step::found);
    }
    if its.len() > 1 {
        let names: Vec<&str> = its.iter().map(|service| service.instance.as_str()).collect();
        let seen = format!("It is announced {} times: {}.", its.len(), names.join(", "));
        step = step.found(Finding::new(Code::Mdns09, seen));
    }
    step
}

fn not_seen(ski: Ski, took: Duration, others: &[Service]) -> Finding {
    let mut seen = Others::default();
    others.iter().for_each(|service| seen.note(service.txt.ski, &service.name()));
    seen.unseen(ski, took)
}
