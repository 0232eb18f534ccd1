//! What came of each address, as the rungs from TCP to the WebSocket.

use std::{net::SocketAddr, time::Duration};

use super::{Rung, Step};
use crate::{
    checks::{Code, Finding, Severity, dial},
    hub::dial::{DialFailure, Stage, Tried},
    proto::{Ski, Target, text::visible},
};

/// What came of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// What was dialled.
    pub target: Target,
    /// The address behind it.
    pub address: SocketAddr,
    /// How long TCP took, if it got through.
    pub tcp: Option<Duration>,
    /// What is to be said of the route to it.
    pub detour: Option<Finding>,
    /// How long TLS took, if it got through.
    pub tls: Option<Duration>,
    /// What TLS agreed upon.
    pub negotiated: Option<String>,
    /// What is to be said of that.
    pub remarks: Vec<Finding>,
    /// Which versions and suites each side has, where that was found out.
    pub suites: Vec<String>,
    /// The certificate, if one was read.
    pub certificate: Option<Shown>,
    /// How long the upgrade took, if it got through.
    pub upgrade: Option<Duration>,
    /// What failed: the paths tried before the one that works, or what ended it.
    pub tried: Vec<Tried>,
}

/// What a certificate shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Who it is.
    pub ski: Ski,
    /// What it says, a sentence each.
    pub says: Vec<String>,
    /// What is odd about it.
    pub remarks: Vec<Finding>,
}

impl Reached {
    /// An address nothing is known of yet.
    pub fn new(target: Target, address: SocketAddr) -> Self {
        Self {
            target,
            address,
            tcp: None,
            detour: None,
            tls: None,
            negotiated: None,
            remarks: Vec::new(),
            suites: Vec::new(),
            certificate: None,
            upgrade: None,
            tried: Vec::new(),
        }
    }

    /// Whether there is a WebSocket.
    pub fn is_open(&self) -> bool {
        self.upgrade.is_some()
    }

    /// What ended it, if it is not open.
    pub fn failure(&self) -> Option<&Tried> {
        if self.is_open() { None } else { self.tried.last() }
    }

    /// In a few words, for an address beside the one that counts: `TCP, TLS and WebSocket hold`.
    pub fn in_short(&self) -> String {
        match self.failure() {
            Some(tried) => format!("{}: {} [{}]", self.address, visible(&tried.what), tried.code),
            None => format!("{}: TCP, TLS and WebSocket hold", self.address),
        }
    }
}

/// The rung at which an address failed. Who is refused for its certificate has spoken TLS till then.
fn rung_of(tried: &Tried) -> Rung {
    match Rung::of_stage(tried.stage) {
        Rung::Tls if tried.code.starts_with("CERT") => Rung::Certificate,
        rung => rung,
    }
}

/// The rungs from TCP to the WebSocket, as far as they were tried: by the address that works, or
/// else by the one that tells most about why none does.
pub fn steps(reached: &[Reached], failure: Option<&DialFailure>) -> Vec<Step> {
    let open = reached.iter().find(|it| it.is_open());
    let telling = failure.and_then(DialFailure::most_telling);
    let leads = open.or_else(|| {
        let telling = telling?;
        reached.iter().find(|it| it.tried.contains(telling))
    });
    let Some(leads) = leads else { return Vec::new() };
    let highest = match (open, telling) {
        (None, Some(telling)) => rung_of(telling),
        _ => Rung::WebSocket,
    };
    let rungs = [Rung::Tcp, Rung::Tls, Rung::Certificate, Rung::WebSocket];
    let mut steps: Vec<Step> = rungs
        .into_iter()
        .filter(|rung| *rung <= highest)
        .map(|rung| match telling {
            Some(telling) if open.is_none() && rung == highest => {
                Step::failed(rung, telling.took, why(telling))
            }
            _ => holds(leads, rung),
        })
        .collect();
    for step in &mut steps {
        tell(step, leads);
        let rung = step.rung;
        let others = reached.iter().filter(|it| !std::ptr::eq(*it, leads));
        let failed = others.filter_map(Reached::failure).filter(|it| rung_of(it) == rung);
        for tried in failed {
            let (target, what) = (&tried.target, visible(&tried.what));
            if step.verdict.holds() && open.is_some() {
                let finding = Finding::new(code(tried), format!("{target}: {what}."));
                *step = step.clone().found(eased(finding, tried.stage));
            } else {
                step.evidence.push(format!("{target}: {what} [{}]", tried.code));
            }
        }
    }
    steps
}

/// The rungs of an address where we went no further, so as not to disturb a connection.
pub fn left_alone(reached: &Reached) -> Vec<Step> {
    let mut steps = vec![holds(reached, Rung::Tcp)];
    if reached.tls.is_some() {
        steps.extend([Rung::Tls, Rung::Certificate].map(|rung| holds(reached, rung)));
    }
    steps.iter_mut().for_each(|step| tell(step, reached));
    steps
}

/// Another address works: one that does not even answer is no trouble, one that answers otherwise
/// may be. A forgery stays what it is.
fn eased(finding: Finding, stage: Stage) -> Finding {
    match (finding.code, stage) {
        (Code::Cert02, _) => finding,
        (_, Stage::Resolve | Stage::Tcp) => finding
            .with_severity(Severity::Info)
            .with_advice("Nothing has to be done: another of its addresses works."),
        _ => finding.with_severity(Severity::Warning),
    }
}

fn holds(leads: &Reached, rung: Rung) -> Step {
    let took = match rung {
        Rung::Tcp => leads.tcp,
        Rung::Tls => leads.tls,
        Rung::WebSocket => leads.upgrade,
        _ => None,
    };
    Step { took, ..Step::ok(rung, Duration::ZERO) }
}

/// What the address that counts shows at a rung.
fn tell(step: &mut Step, leads: &Reached) {
    match step.rung {
        Rung::Tcp if step.verdict.holds() => {
            step.evidence.push(leads.address.to_string());
            if let Some(detour) = &leads.detour {
                *step = step.clone().found(detour.clone());
            }
        }
        Rung::Tls => {
            step.evidence.extend(leads.negotiated.clone());
            step.evidence.extend(leads.suites.iter().cloned());
            for remark in &leads.remarks {
                *step = step.clone().found(remark.clone());
            }
        }
        Rung::Certificate => {
            for shown in leads.certificate.iter() {
                step.evidence.extend(shown.says.iter().cloned());
                // Where it failed, the reason stays last.
                let why = if step.verdict.holds() { None } else { step.findings.pop() };
                for remark in &shown.remarks {
                    *step = step.clone().found(remark.clone());
                }
                step.findings.extend(why);
            }
        }
        Rung::WebSocket if step.verdict.holds() => {
            step.evidence.push(format!("path {}, sub-protocol ship", visible(&leads.target.path)));
            for tried in &leads.tried {
                let seen = format!("{}: {}.", tried.target, visible(&tried.what));
                *step = step.clone().found(eased(Finding::new(code(tried), seen), tried.stage));
            }
        }
        _ => {}
    }
}

fn code(tried: &Tried) -> Code {
    tried.code.parse().unwrap_or(Code::Tcp03)
}

fn why(tried: &Tried) -> Finding {
    let finding = Finding::new(code(tried), format!("{}: {}.", tried.target, visible(&tried.what)));
    match dial::advice(tried) {
        Some(advice) => finding.with_advice(advice),
        None => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::ladder::Verdict;

    const MS: Duration = Duration::from_millis(1);

    fn at(address: &str, tried: Option<(Stage, &'static str)>) -> Reached {
        let target: Target = address.parse().unwrap();
        let mut reached = Reached::new(target.clone(), address.parse().unwrap());
        let stage = tried.map_or(Stage::Upgrade, |(stage, _)| stage);
        reached.tcp = (stage > Stage::Tcp).then_some(MS);
        reached.tls = (stage > Stage::Tls).then_some(2 * MS);
        match tried {
            None => reached.upgrade = Some(3 * MS),
            Some((stage, code)) => reached.tried.push(Tried {
                target,
                address: address.parse().ok(),
                stage,
                code,
                what: "it did not work".to_owned(),
                passing: true,
                took: 4 * MS,
                via: Vec::new(),
                announced: false,
            }),
        }
        reached
    }

    fn verdicts(steps: &[Step]) -> Vec<(Rung, Verdict)> {
        steps.iter().map(|step| (step.rung, step.verdict)).collect()
    }

    #[test]
    fn an_address_that_fails_beside_one_that_works_is_a_remark() {
        let both = [at("127.0.0.1:1", Some((Stage::Tcp, "TCP-01"))), at("127.0.0.2:1", None)];
        let steps = steps(&both, None);
        assert_eq!(verdicts(&steps)[..2], [(Rung::Tcp, Verdict::Remark), (Rung::Tls, Verdict::Ok)]);
        assert_eq!(steps.len(), 4);
        let found = &steps[0].findings[0];
        assert_eq!((found.code, found.severity), (Code::Tcp01, Severity::Info));
        assert_eq!(steps[0].evidence, ["127.0.0.2:1"]);
        assert!(found.seen.contains("127.0.0.1:1"), "{found}");
    }

    #[test]
    fn where_none_works_the_most_telling_one_decides_and_the_others_are_told() {
        let both = [
            at("127.0.0.1:1", Some((Stage::Tcp, "TCP-01"))),
            at("127.0.0.2:1", Some((Stage::Tls, "TLS-01"))),
        ];
        let tried = both.iter().flat_map(|it| it.tried.clone()).collect();
        let steps = steps(&both, Some(&DialFailure { tried, telling: 1 }));
        let expected = [(Rung::Tcp, Verdict::Ok), (Rung::Tls, Verdict::Failed)];
        assert_eq!(verdicts(&steps), expected);
        assert_eq!(steps[1].findings[0].code, Code::Tls01);
        assert!(steps[0].evidence[1].contains("127.0.0.1:1"), "{steps:?}");
    }

    #[test]
    fn a_forged_certificate_fails_at_the_certificate() {
        let forged = [at("127.0.0.1:1", Some((Stage::Tls, "CERT-02")))];
        let failure = DialFailure { tried: forged[0].tried.clone(), telling: 0 };
        let steps = steps(&forged, Some(&failure));
        assert_eq!(verdicts(&steps).last(), Some(&(Rung::Certificate, Verdict::Failed)));
    }
}
