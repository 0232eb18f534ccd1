//! The ladder of a probe: rung by rung from mDNS to the close, each with a verdict, its time and what
//! was seen there, and one conclusion from all of them. Pure.
//!
//! | room | what happens there |
//! |---|---|
//! | [`addresses`] | what came of each address, as the rungs from TCP to the WebSocket |
//! | [`climb`] | what the handshake tells, as the rungs above |
//! | [`known`] | what a hub knows of a connection it has, as rungs |
//! | [`last`] | what was last seen of a connection that was left |
//! | [`repeated`] | many probes summed up |

pub mod addresses;
pub mod climb;
pub mod known;
pub mod last;
pub mod repeated;

use std::{fmt, time::Duration};

use serde::{Serialize, Serializer};

use super::{Finding, Severity};
use crate::{
    hub::dial::{DialFailure, Stage},
    proto::{Phase, ProtocolState, handshake::End},
};

/// One row a rung: its name in Rust, for programs, for people, and the stage of an error there.
macro_rules! rungs {
    ($($rung:ident $key:literal $name:literal $stage:literal $about:literal;)+) => {
        /// A rung of the ladder; higher is greater.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rung {
            $(#[doc = $about] $rung),+
        }

        impl Rung {
            /// Every rung, from the lowest.
            pub const ALL: &'static [Self] = &[$(Self::$rung),+];

            /// Its name in JSON.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$rung => $key),+ }
            }

            /// Its name for people.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$rung => $name),+ }
            }

            /// The stage in the words every command uses.
            pub const fn stage(self) -> &'static str {
                match self { $(Self::$rung => $stage),+ }
            }
        }
    };
}

rungs! {
    Mdns "mdns" "mDNS" "discovery" "The device announces itself.";
    Name "name" "name" "name resolution" "Its name stands for addresses.";
    Tcp "tcp" "TCP" "TCP connection" "Something listens there.";
    Tls "tls" "TLS" "TLS handshake" "It speaks TLS as SHIP has it.";
    Certificate "certificate" "certificate" "SKI check" "It proves to be the device asked for.";
    WebSocket "websocket" "WebSocket" "WebSocket upgrade" "It opens a WebSocket for SHIP.";
    Cmi "cmi" "CMI" "connection mode initialisation" "It begins the connection.";
    Hello "hello" "hello" "hello" "Both sides trust each other.";
    Protocol "protocol" "protocol" "protocol handshake" "Version and format are agreed upon.";
    Pin "pin" "PIN" "PIN check" "No PIN is in the way.";
    Access "access_methods" "access methods" "access methods" "It tells its SHIP ID.";
    Close "close" "close" "data exchange" "It answers a ping, and closes in order.";
}

impl Rung {
    /// The rung of a stage of dialling.
    pub fn of_stage(stage: Stage) -> Self {
        match stage {
            Stage::Resolve => Self::Name,
            Stage::Tcp => Self::Tcp,
            Stage::Tls => Self::Tls,
            Stage::Ski => Self::Certificate,
            Stage::Upgrade => Self::WebSocket,
        }
    }

    /// The rung a state of the handshake belongs to; `None` for the state of a fault.
    pub fn of_state(state: ProtocolState) -> Option<Self> {
        match state.phase() {
            Phase::Init => Some(Self::Cmi),
            Phase::Hello => Some(Self::Hello),
            Phase::Protocol => Some(Self::Protocol),
            Phase::Pin => Some(Self::Pin),
            Phase::AccessMethods => Some(Self::Access),
            Phase::Data => Some(Self::Close),
            Phase::Fault => None,
        }
    }
}

impl fmt::Display for Rung {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Rung {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

/// What came of a rung.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It holds.
    Ok,
    /// It holds, and something about it is worth knowing.
    Remark,
    /// It does not hold.
    Failed,
    /// There was no need for it, or nobody wanted it.
    LeftOut,
    /// A lower rung failed, or we left before it.
    NotReached,
}

impl Verdict {
    /// Whether the rung carries.
    pub fn holds(self) -> bool {
        matches!(self, Self::Ok | Self::Remark)
    }
}

/// One rung with what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Which.
    pub rung: Rung,
    /// What came of it.
    pub verdict: Verdict,
    /// How long it took, where it was tried.
    pub took: Option<Duration>,
    /// What was seen, a sentence each.
    pub evidence: Vec<String>,
    /// What is to be said of it; where it failed, the last one tells why.
    pub findings: Vec<Finding>,
    /// Whether a running hub knows this, and nothing was tried.
    pub by_hub: bool,
}

impl Step {
    fn new(rung: Rung, verdict: Verdict, took: Option<Duration>) -> Self {
        Self { rung, verdict, took, evidence: Vec::new(), findings: Vec::new(), by_hub: false }
    }

    /// A rung that holds.
    pub fn ok(rung: Rung, took: Duration) -> Self {
        Self::new(rung, Verdict::Ok, Some(took))
    }

    /// A rung nobody needed.
    pub fn left_out(rung: Rung, why: impl Into<String>) -> Self {
        Self::new(rung, Verdict::LeftOut, None).saying(why)
    }

    /// A rung that does not hold.
    pub fn failed(rung: Rung, took: Duration, why: Finding) -> Self {
        Self::new(rung, Verdict::Failed, Some(took)).found(why)
    }

    /// The same with something that was seen.
    #[must_use]
    pub fn saying(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// The same with something found, which makes a rung that holds one with a remark.
    #[must_use]
    pub fn found(mut self, finding: Finding) -> Self {
        if self.verdict == Verdict::Ok {
            self.verdict = Verdict::Remark;
        }
        self.findings.push(finding);
        self
    }
}

/// Why a probe went no further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The device was not seen, and there is no address to dial.
    NotSeen,
    /// No address worked.
    Dial(DialFailure),
    /// The connection ended.
    End(End),
    /// Somebody has to do something first.
    Waits,
}

/// Every rung with what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ladder(Vec<Step>);

impl Default for Ladder {
    /// Nothing was tried yet.
    fn default() -> Self {
        Self(Rung::ALL.iter().map(|rung| Step::new(*rung, Verdict::NotReached, None)).collect())
    }
}

impl Ladder {
    /// Every rung, from the lowest.
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Takes what came of a rung.
    pub fn settle(&mut self, step: Step) {
        let place = step.rung as usize;
        self.0[place] = step;
    }

    /// What came of one rung.
    pub fn step(&self, rung: Rung) -> &Step {
        &self.0[rung as usize]
    }

    /// The rung that does not hold, if there is one.
    pub fn failed(&self) -> Option<&Step> {
        self.0.iter().find(|step| step.verdict == Verdict::Failed)
    }

    /// The highest rung that holds, the close aside: one may leave from any height.
    pub fn height(&self) -> Option<Rung> {
        let holds = |step: &&Step| step.verdict.holds() && step.rung != Rung::Close;
        self.0.iter().rev().find(holds).map(|step| step.rung)
    }

    /// The one thing to say of it all: why a rung failed; else the gravest remark, of equals the one
    /// furthest up; `None` if there is nothing to say.
    pub fn conclusion(&self) -> Option<(Rung, &Finding)> {
        if let Some(step) = self.failed()
            && let Some(why) = step.findings.last()
        {
            return Some((step.rung, why));
        }
        let all = self.0.iter().flat_map(|step| step.findings.iter().map(|it| (step.rung, it)));
        all.max_by_key(|(_, finding)| finding.severity)
    }

    /// What else needs doing, besides the conclusion: every other error and warning, each code once.
    pub fn also(&self) -> Vec<(Rung, &Finding)> {
        let said = self.conclusion().map(|(_, finding)| finding.code);
        let mut also: Vec<(Rung, &Finding)> = Vec::new();
        for step in &self.0 {
            let grave = step.findings.iter().filter(|it| it.severity > Severity::Info);
            for finding in grave.filter(|it| Some(it.code) != said) {
                if !also.iter().any(|(_, known)| known.code == finding.code) {
                    also.push((step.rung, finding));
                }
            }
        }
        also
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Code;

    fn finding(code: Code) -> Finding {
        Finding::new(code, "seen")
    }

    fn ladder(steps: impl IntoIterator<Item = Step>) -> Ladder {
        let mut ladder = Ladder::default();
        steps.into_iter().for_each(|step| ladder.settle(step));
        ladder
    }

    #[test]
    fn the_rung_that_failed_is_the_conclusion_whatever_was_remarked_below() {
        let certificate = Step::ok(Rung::Certificate, Duration::ZERO).found(finding(Code::Cert01));
        assert_eq!(certificate.verdict, Verdict::Remark);
        let hello = Step::failed(Rung::Hello, Duration::ZERO, finding(Code::Hel01));
        let ladder = ladder([certificate, hello]);
        let (rung, why) = ladder.conclusion().unwrap();
        assert_eq!((rung, why.code, why.severity), (Rung::Hello, Code::Hel01, Severity::Info));
        assert_eq!(ladder.height(), Some(Rung::Certificate));
        assert_eq!(ladder.step(Rung::Pin).verdict, Verdict::NotReached);
        let also: Vec<_> = ladder.also().iter().map(|(rung, it)| (*rung, it.code)).collect();
        assert_eq!(also, [(Rung::Certificate, Code::Cert01)]);
    }

    #[test]
    fn of_remarks_the_gravest_counts_and_of_equals_the_one_furthest_up() {
        let step = |rung, code| Step::ok(rung, Duration::ZERO).found(finding(code));
        let both = [step(Rung::Certificate, Code::Cert01), step(Rung::Hello, Code::Hel07)];
        assert_eq!(ladder(both).conclusion().unwrap().1.code, Code::Cert01);
        let equal = [step(Rung::Certificate, Code::Cert06), step(Rung::Access, Code::Acc02)];
        assert_eq!(ladder(equal).conclusion().unwrap().1.code, Code::Acc02);
        assert_eq!(ladder([Step::ok(Rung::Tcp, Duration::ZERO)]).conclusion(), None);
    }

    #[test]
    fn whoever_leaves_in_order_has_climbed_no_higher_by_it() {
        let steps = [Rung::Hello, Rung::Close].map(|rung| Step::ok(rung, Duration::ZERO));
        assert_eq!(ladder(steps).height(), Some(Rung::Hello));
    }

    #[test]
    fn every_state_has_the_rung_of_its_stage() {
        for &state in ProtocolState::ALL {
            let stage = crate::checks::judge::stage(state);
            match Rung::of_state(state) {
                Some(Rung::Access) => assert!(state.number() == 36 || state.number() == 37),
                Some(rung) => assert_eq!(rung.stage(), stage),
                None => assert_eq!(state, ProtocolState::Error),
            }
        }
    }
}
