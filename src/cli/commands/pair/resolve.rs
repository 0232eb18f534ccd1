//! Who is meant: the first digits of an SKI are compared with what is seen meanwhile.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::{
    cli::{
        context::Context,
        error::CliError,
        exit::Exit,
        output::text::safe,
        peer::{self, Candidate, Named, choose},
        prompt,
        session::{Happening, Session, deadline as after},
    },
    driver::NodeEvent,
    hub::{Event, EventKind},
    identity::trust::TrustStore,
    proto::Ski,
};

/// How long services are gathered before a prefix is taken to be unique.
const GATHER: Duration = Duration::from_secs(3);

pub(super) enum Resolved {
    /// This one, and what has happened meanwhile.
    Ski(Ski, Vec<NodeEvent>),
    Signal(Exit),
}

/// Who is meant. A prefix is compared with what is trusted and what is seen meanwhile.
pub(super) async fn resolve(
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
    context.ui.story(&format!("device   looking for an SKI that begins with {prefix}"));
    let until = deadline.min(after(GATHER));
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
                    Ok(Ok(answer)) if answer.is_yes() => Ok(Resolved::Ski(ski, before)),
                    Ok(Ok(answer)) => Err(answer.declined().about(ski)),
                    Ok(Err(error)) => Err(error.into()),
                    Err(_) => Err(CliError::bug("nobody waits for the answer").about(ski)),
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
