//! One device looked at rung by rung, from its name to the close. No trust is changed by it, on
//! neither side: a device that is not trusted here is left at the hello by an announced close.
//!
//! | room | what happens there |
//! |---|---|
//! | `reach` | one address: TCP, TLS, certificate, WebSocket |
//! | `suites` | which versions and suites the device takes, each offered alone |
//! | `old_tls` | the same of those that our TLS library does not know |
//! | `climb` | the handshake on the connection that works |
//! | [`dials`] | who dials us meanwhile |

mod climb;
pub mod dials;
pub mod old_tls;
mod reach;
mod suites;

use std::{collections::BTreeSet, time::Duration};

use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use self::reach::{Extent, Open};
use super::{
    dial::{self, DialFailure, TargetFailure},
    node::report,
    tls::{TlsConfig, TlsSettings, TlsSetupError},
};
use crate::{
    checks::{
        Code, Finding, Severity,
        ladder::{
            Failure, Ladder, Rung, Step,
            addresses::{self, Reached},
        },
        route,
    },
    hub::dial::Stage,
    identity::{cert::Identity, trust::TrustStore},
    mdns::{daemon::Names, service::Service},
    proto::{Address, Frame, Pin, ProtocolState, Ski, Target},
};

/// The most addresses tried.
const MOST_ADDRESSES: usize = 16;

/// The most time to leave in order: the announced close, the close frame, and a peer that reads
/// slowly.
pub const LEAVE: Duration = Duration::from_secs(5);

/// What a whole probe may take, in rungs: no device is slow at every one of them.
const RUNGS: u32 = 6;

/// The most time a probe takes where a rung may take `limit`, but for leaving.
pub fn whole(limit: Duration) -> Duration {
    limit.saturating_mul(RUNGS)
}

/// What to look at, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Who we are.
    pub identity: Identity,
    /// What holds for TLS.
    pub tls: TlsSettings,
    /// Where to dial, in order.
    pub targets: Vec<Target>,
    /// Its records, as they are seen.
    pub seen: Vec<Service>,
    /// Who it must be; without one any genuine device will do.
    pub expected: Option<Ski>,
    /// Who is trusted here: with those the handshake goes on behind the hello.
    pub trust: TrustStore,
    /// Who is connected with a hub of ours: with those nothing is begun that could displace it.
    pub leave_alone: BTreeSet<Ski>,
    /// The PIN to enter if one is wanted.
    pub pin: Option<Pin>,
    /// Whether to tell the device that we are found by mDNS.
    pub discoverable: bool,
    /// Whom to ask for `.local` names before the resolver of the system.
    pub names: Option<Names>,
    /// The most time for a rung.
    pub limit: Duration,
    /// When to begin leaving, however far it is.
    pub until: Instant,
}

/// What a probe tells while it goes on.
#[derive(Clone, Debug)]
pub enum Told {
    /// What came of a rung.
    Step(Step),
    /// What is being tried.
    Trying(String),
    /// There is a WebSocket, and the handshake begins.
    Reached {
        /// Who answers.
        ski: Ski,
        /// What was dialled.
        target: Target,
        /// The address behind it.
        remote: std::net::SocketAddr,
    },
    /// A message on it.
    Frame {
        /// Whether it is ours.
        sent: bool,
        /// As it travelled.
        bytes: Frame,
    },
    /// A state of its handshake.
    State(Ski, ProtocolState),
}

/// What came of a probe.
#[derive(Clone, Debug, Default)]
pub struct Probed {
    /// Every rung.
    pub ladder: Ladder,
    /// Why it went no further; `None` if all was seen that could be.
    pub failure: Option<Failure>,
    /// Who answered.
    pub ski: Option<Ski>,
    /// What came of each address.
    pub reached: Vec<Reached>,
}

/// Where a probe tells.
struct Teller {
    told: mpsc::UnboundedSender<Told>,
    probed: Probed,
}

impl Teller {
    fn step(&mut self, step: Step) {
        self.probed.ladder.settle(step.clone());
        // Nobody may listen any more.
        let _ = self.told.send(Told::Step(step));
    }

    fn trying(&self, what: String) {
        self.tell(Told::Trying(what));
    }

    fn tell(&self, told: Told) {
        // As above.
        let _ = self.told.send(told);
    }
}

/// Looks at one device. When `stop` becomes true it leaves in order, within [`LEAVE`].
///
/// # Errors
///
/// Our own key or the settings of TLS cannot be used.
pub async fn run(
    plan: &Plan,
    told: mpsc::UnboundedSender<Told>,
    mut stop: watch::Receiver<bool>,
) -> Result<Probed, TlsSetupError> {
    let tls = TlsConfig::with(&plan.identity, &plan.tls)?;
    let mut teller = Teller { told, probed: Probed::default() };
    let open = tokio::select! {
        open = find_open(plan, &tls, &mut teller) => open,
        _ = stop.wait_for(|stop| *stop) => None,
    };
    let Some((open, rest)) = open else { return Ok(teller.probed) };
    teller.probed.ski = Some(open.ski);
    if let Some(reached) = teller.probed.reached.last() {
        let (target, remote) = (reached.target.clone(), reached.address);
        teller.tell(Told::Reached { ski: open.ski, target, remote });
    }
    climb::climb(plan, open, &mut teller, &mut stop).await;
    if !*stop.borrow() {
        tokio::select! {
            () = look_at(plan, &tls, &mut teller, rest) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
    Ok(teller.probed)
}

/// A target and the address behind it.
type Place = (Target, std::net::SocketAddr);

/// Tries the addresses until one is open; gives it back with those not tried yet. Tells the rungs
/// from the name to the WebSocket.
async fn find_open(
    plan: &Plan,
    tls: &TlsConfig,
    teller: &mut Teller,
) -> Option<(Open, Vec<Place>)> {
    let (places, mut failures) = name(plan, teller).await;
    let mut places = places.into_iter();
    let mut open = None;
    for (target, address) in places.by_ref() {
        if plan.left().is_zero() {
            break;
        }
        let trying = |stage| teller.trying(format!("{target}: {stage}"));
        let found = reach::reach(plan, tls, &target, address, extent(plan), &trying).await;
        failures.extend(found.failures);
        teller.probed.ski = teller.probed.ski.or(found.ski);
        teller.probed.reached.push(found.reached);
        // Another address can show no more of a device that is left alone.
        if found.open.is_some() || found.left_alone {
            open = found.open;
            break;
        }
    }
    let reached = &teller.probed.reached;
    let held = |it: &Reached| it.is_open() || it.tried.is_empty();
    let failure = if reached.iter().any(held) || failures.is_empty() {
        None
    } else {
        let mut failure = report::dial_failure(DialFailure { failures });
        route::explain(&mut failure, plan.seen.iter());
        Some(failure)
    };
    let mut steps = addresses::steps(reached, failure.as_ref());
    if let (true, Some(it)) = (steps.is_empty(), reached.iter().find(|it| held(it))) {
        steps = addresses::left_alone(it);
    }
    steps.into_iter().for_each(|step| teller.step(step));
    teller.probed.failure = failure.map(Failure::Dial);
    open.map(|open| (open, places.collect()))
}

/// How far to go where it is known beforehand whom we would disturb.
fn extent(plan: &Plan) -> Extent {
    match plan.expected {
        Some(ski) if plan.leave_alone.contains(&ski) => Extent::Tcp,
        _ => Extent::WebSocket,
    }
}

/// Looks at the addresses beside the one that counts, one after the other.
async fn look_at(plan: &Plan, tls: &TlsConfig, teller: &mut Teller, places: Vec<Place>) {
    for (target, address) in places {
        if plan.left().is_zero() {
            return;
        }
        let trying = |stage| teller.trying(format!("{target}: {stage}"));
        let found = reach::reach(plan, tls, &target, address, extent(plan), &trying).await;
        if let Some(open) = found.open {
            climb::hang_up(open).await;
        }
        teller.probed.reached.push(found.reached);
    }
}

/// The addresses behind the targets, each once, and the names that stand for none.
async fn name(plan: &Plan, teller: &mut Teller) -> (Vec<Place>, Vec<TargetFailure>) {
    let began = Instant::now();
    let (mut places, mut failures): (Vec<Place>, Vec<TargetFailure>) = Default::default();
    let mut evidence = Vec::new();
    for target in &plan.targets {
        let asked = Instant::now();
        if let Address::Name(name, _) = &target.address {
            teller.trying(format!("{name}: {}", Stage::Resolve));
        }
        match dial::resolve(&target.address, plan.names.as_ref(), plan.left()).await {
            Ok(found) => {
                if let Address::Name(name, _) = &target.address {
                    let ips: Vec<String> = found.iter().map(|it| it.ip().to_string()).collect();
                    evidence.push(format!("{name} is {}", ips.join(", ")));
                }
                for address in found {
                    if !places.iter().any(|(_, known)| *known == address) {
                        places.push((target.clone(), address));
                    }
                }
            }
            Err(cause) => {
                failures.push(TargetFailure::new(target.clone(), None, cause, asked.elapsed()));
            }
        }
    }
    let took = began.elapsed();
    let names = plan.targets.iter().any(|it| matches!(it.address, Address::Name(..)));
    let seen = |failure: &TargetFailure| {
        let seen = format!("{}: {}.", failure.target, failure.cause);
        Finding::new(failure.code().parse().unwrap_or(Code::Dns01), seen)
    };
    let mut step = if !names {
        Step::left_out(Rung::Name, "the addresses are numbers")
    } else if places.is_empty() && !failures.is_empty() {
        let told = report::dial_failure(DialFailure { failures: failures.clone() });
        let why = crate::checks::dial::finding(&told);
        Step::failed(Rung::Name, took, why.unwrap_or_else(|| seen(&failures[0])))
    } else {
        let step = Step::ok(Rung::Name, took);
        failures
            .iter()
            .map(seen)
            .fold(step, |step, it| step.found(it.with_severity(Severity::Info)))
    };
    step.evidence.extend(evidence);
    if places.len() > MOST_ADDRESSES {
        step.evidence.push(format!("{MOST_ADDRESSES} of {} addresses are tried", places.len()));
        places.truncate(MOST_ADDRESSES);
    }
    teller.step(step);
    (places, failures)
}

impl Plan {
    /// The time left for the next rung.
    fn left(&self) -> Duration {
        self.limit.min(self.until.saturating_duration_since(Instant::now()))
    }
}
