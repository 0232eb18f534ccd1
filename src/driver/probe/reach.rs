//! One address: TCP, TLS, certificate, WebSocket, as far as it goes.

use std::{net::SocketAddr, time::Duration};

use time::OffsetDateTime;
use tokio::time::Instant;

use super::{Plan, suites};
use crate::{
    checks::{
        Finding,
        ladder::addresses::{Reached, Shown},
        route,
    },
    driver::{
        dial::{DialCause, TargetFailure, connect, within},
        node::report,
        route::interfaces_to,
        tls::{Secured, TlsConfig, TlsError},
        ws::{self, MessageLimits, WebSocket},
    },
    hub::dial::Stage,
    identity::cert::{CertRemark, PeerCertificate},
    proto::{Ski, Target, target::USUAL_PATH},
};

/// How far to go at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Until something answers.
    Tcp,
    /// All the way.
    WebSocket,
}

/// A connection that is open.
pub(super) struct Open {
    pub(super) ws: Box<WebSocket>,
    pub(super) ski: Ski,
}

/// What came of one address.
pub(super) struct Found {
    pub(super) reached: Reached,
    pub(super) failures: Vec<TargetFailure>,
    pub(super) open: Option<Open>,
    /// Who answered, as far as that is known.
    pub(super) ski: Option<Ski>,
    /// We went no further, so as not to disturb a connection.
    pub(super) left_alone: bool,
}

/// Tries the announced path and, where the server answers with an HTTP status, the usual ones.
pub(super) async fn reach(
    plan: &Plan,
    tls: &TlsConfig,
    target: &Target,
    address: SocketAddr,
    extent: Extent,
    trying: &(dyn Fn(Stage) + Sync),
) -> Found {
    let reached = Reached::new(target.clone(), address);
    let mut found =
        Found { reached, failures: Vec::new(), open: None, ski: None, left_alone: false };
    let mut paths = vec![target.path.clone()];
    for path in [USUAL_PATH, "/"] {
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
    for path in paths {
        let target = Target { address: target.address.clone(), path };
        let began = Instant::now();
        let attempt = Attempt { plan, tls, target: &target, address, extent, trying };
        match attempt.go(&mut found).await {
            Ok(open) => {
                found.reached.target = target;
                found.left_alone = open.is_none();
                found.open = open;
                break;
            }
            Err(mut cause) => {
                if worth_asking(&cause) {
                    let asked = suites::ask(plan, address, plan.left()).await;
                    found.reached.suites = asked.says;
                    cause = asked.why.map_or(cause, DialCause::Tls);
                }
                let other_path_may_work = cause.blames_path();
                let took = began.elapsed();
                let failure = TargetFailure::new(target, Some(address), cause, took);
                let mut tried = report::tried(&failure);
                route::explain_one(&mut tried, plan.seen.iter());
                found.reached.tried.push(tried);
                found.failures.push(failure);
                if !other_path_may_work {
                    break;
                }
            }
        }
    }
    found
}

/// Whether the versions and suites of the device tell why TLS failed.
fn worth_asking(cause: &DialCause) -> bool {
    match cause {
        DialCause::Tls(TlsError::Alert(name)) => {
            ["handshake_failure", "insufficient_security", "protocol_version"]
                .contains(&name.as_str())
        }
        DialCause::Tls(TlsError::Version | TlsError::NothingInCommon(_)) => true,
        _ => false,
    }
}

struct Attempt<'a> {
    plan: &'a Plan,
    tls: &'a TlsConfig,
    target: &'a Target,
    address: SocketAddr,
    extent: Extent,
    trying: &'a (dyn Fn(Stage) + Sync),
}

impl Attempt<'_> {
    /// `None` where we go no further so as not to disturb anybody.
    async fn go(&self, found: &mut Found) -> Result<Option<Open>, DialCause> {
        let Self { plan, tls, address, trying, .. } = *self;
        trying(Stage::Tcp);
        let began = Instant::now();
        let tcp = connect(address, plan.left()).await?;
        found.reached.tcp = Some(began.elapsed());
        found.reached.detour =
            route::detour(address.ip(), &interfaces_to(address), plan.seen.iter());
        if self.extent == Extent::Tcp {
            return Ok(None);
        }
        trying(Stage::Tls);
        let began = Instant::now();
        let secured = within(plan.left(), Stage::Tls, tls.connect(tcp, address.ip())).await??;
        let Secured { stream, certificate, negotiated } = secured;
        found.reached.tls = Some(began.elapsed());
        found.reached.negotiated = Some(negotiated.to_string());
        found.reached.remarks = negotiated.findings();
        found.reached.certificate = Some(shown(&certificate));
        let actual = certificate.ski;
        match plan.expected {
            _ if actual == tls.ski() => return Err(DialCause::OwnSki),
            Some(expected) if actual != expected => {
                return Err(DialCause::WrongSki { expected, actual });
            }
            _ => found.ski = Some(actual),
        }
        if plan.leave_alone.contains(&actual) {
            return Ok(None);
        }
        trying(Stage::Upgrade);
        let began = Instant::now();
        let upgrade =
            ws::request(stream, &self.target.address, &self.target.path, MessageLimits::default());
        let ws = within(plan.left(), Stage::Upgrade, upgrade).await??;
        found.reached.upgrade = Some(began.elapsed().max(Duration::from_micros(1)));
        Ok(Some(Open { ws, ski: actual }))
    }
}

/// What a certificate shows.
fn shown(certificate: &PeerCertificate) -> Shown {
    let mut says = vec![certificate.ski.grouped()];
    says.extend(certificate.common_name.as_ref().map(|name| format!("subject {name}")));
    let date = |at: OffsetDateTime| at.date().to_string();
    if let (Some(from), Some(until)) = (certificate.not_before, certificate.not_after) {
        says.push(format!("valid from {} until {}", date(from), date(until)));
    }
    let mut remarks: Vec<Finding> = Vec::new();
    for remark in &certificate.remarks {
        match finding(remark) {
            Some(finding) => remarks.push(finding),
            None => says.push(remark.to_string()),
        }
    }
    Shown { ski: certificate.ski, says, remarks }
}

fn finding(remark: &CertRemark) -> Option<Finding> {
    Some(Finding::new(remark.code().parse().ok()?, format!("The certificate: {remark}.")))
}
