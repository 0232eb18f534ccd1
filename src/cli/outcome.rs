//! What the events of a pairing come to: done, failed and with which exit code, or still going. Pure.

use std::time::Duration;

use super::{error::CliError, exit::Exit, output::text::safe};
use crate::{
    checks::{
        Code, Finding, dial, judge,
        ladder::{Failure, Rung},
    },
    driver::{
        NodeEvent,
        listen::{InboundCause, InboundFailure},
    },
    hub::{
        Event, EventKind, WrongFingerprint,
        backoff::Verdict,
        dial::{DialFailure, Stage},
    },
    proto::{
        ConnectionState, ProtocolState, Ski, Target,
        handshake::{Cause, Denial, End, Expectation, HelloStatus, Instead, Remark, Side},
        message::CloseReason,
    },
    time::Time,
};

/// How far the pairing with one device has come.
#[derive(Debug)]
pub struct Progress {
    peer: Ski,
    /// Whether the handshake is complete on a connection that still stands.
    pub completed: bool,
    /// Whether the device told its SHIP ID.
    pub identified: bool,
    /// Whether mDNS runs.
    mdns: bool,
    /// Whether the device was seen by mDNS.
    seen: bool,
    /// How many other SHIP services were seen.
    others: usize,
    hello: Option<HelloStatus>,
    /// Whether it waits for a PIN, and if so whether it takes none yet.
    pin_wanted: Option<PinWait>,
    /// How far the handshake has come on the connection that stands, and since when.
    handshake: Option<(ProtocolState, Time)>,
    /// What came last that was of no use, and the stage it came in.
    odd: Option<(&'static str, Instead)>,
    /// Where the attempt under way dials.
    dialling: Vec<Target>,
    /// The target it is at, and what it waits for there.
    waits_at: Option<(Target, Stage)>,
    /// A refusal so quick that it was taken for a stumble and tried once more.
    refused: Option<End>,
    last: Option<Last>,
}

/// What a device that wants a PIN waits for.
#[derive(Clone, Copy, Debug)]
enum PinWait {
    /// Somebody has to enter it.
    Entry,
    /// Its penalty for wrong ones has to be over.
    Penalty,
}

/// The last failure that another attempt was to mend.
#[derive(Debug)]
enum Last {
    Dial(DialFailure),
    End(End),
}

impl Progress {
    /// Nothing has happened yet; whether mDNS runs decides where a device may have stayed.
    pub fn new(peer: Ski, mdns: bool) -> Self {
        Self {
            peer,
            completed: false,
            identified: false,
            mdns,
            seen: false,
            others: 0,
            hello: None,
            pin_wanted: None,
            handshake: None,
            odd: None,
            dialling: Vec::new(),
            waits_at: None,
            refused: None,
            last: None,
        }
    }

    /// Notes a service that was seen before this pairing began.
    pub fn note_seen(&mut self, ski: Option<Ski>) {
        self.seen |= ski == Some(self.peer);
        self.others += usize::from(ski != Some(self.peer));
    }

    /// Takes in an event. Errors when the pairing has failed for good.
    pub fn take(&mut self, event: &Event) -> Result<(), CliError> {
        if event.ski != Some(self.peer) {
            self.others += usize::from(matches!(event.kind, EventKind::ServiceSeen(_)));
            return Ok(());
        }
        match &event.kind {
            EventKind::ServiceSeen(_) => self.seen = true,
            EventKind::AttemptStarted { targets, .. } => {
                (self.dialling, self.waits_at) = (targets.clone(), None);
            }
            EventKind::Dialling { target, stage, .. } => {
                self.waits_at = Some((target.clone(), *stage));
            }
            EventKind::Connected { .. } => self.dialling.clear(),
            EventKind::Protocol { state } => self.handshake = Some((*state, event.at)),
            EventKind::State { to: ConnectionState::Trusted, .. } => {
                self.refused = None;
                self.last = None;
            }
            EventKind::Remark(remark) => self.note(remark),
            EventKind::Hello(status) => self.hello = Some(*status),
            EventKind::PinWanted { busy, .. } => {
                self.pin_wanted = Some(if *busy { PinWait::Penalty } else { PinWait::Entry });
            }
            EventKind::PinAccepted => self.pin_wanted = None,
            EventKind::PeerShipId(_) => self.identified = true,
            EventKind::Completed { .. } => self.completed = true,
            EventKind::AttemptFailed { failure, verdict, .. } => {
                self.dialling.clear();
                // A dial that failed beside a connection is no failure.
                if *verdict == Verdict::Nothing {
                    return Ok(());
                }
                // That it cannot be reached any more tells less than that it refused before.
                if let Some(refused) = &self.refused {
                    return Err(ended(refused));
                }
                // One that another attempt would repeat is final, however often it went well before.
                if *verdict != Verdict::Retry || !failure.is_passing() {
                    return Err(dial_failed(failure));
                }
                self.last = Some(Last::Dial(failure.clone()));
            }
            EventKind::Ended { end, verdict } => {
                let end = end.clone();
                self.leave_connection();
                match (&self.refused, verdict) {
                    (Some(refused), _) if is_before_hello(end.during) => {
                        return Err(ended(refused));
                    }
                    (_, Verdict::Retry) => {}
                    (_, Verdict::RetryAtOnce) => self.refused = Some(end.clone()),
                    _ => return Err(ended(&end)),
                }
                self.last = Some(Last::End(end));
            }
            _ => {}
        }
        Ok(())
    }

    /// Why the time ran out.
    pub fn out_of_time(&self, now: Time, waited: Duration) -> CliError {
        let waited = waited.as_secs_f64();
        if let Some(finding) = self.hello.and_then(|status| judge::hello(&status, now)) {
            let error = CliError::finding(Exit::Pending, finding).stage("hello");
            return match error.code {
                // What was advice while we waited comes too late now.
                Some(Code::Hel01) => CliError {
                    message: format!(
                        "It was the turn of the peer's user in the stage hello: nobody trusted us \
                         there within {waited} s."
                    ),
                    ..error
                }
                .hint("Repeat it, and press Trust on the device while it waits; --timeout gives more time."),
                _ => error,
            };
        }
        if let Some(wait) = self.pin_wanted {
            let (message, code) = match wait {
                PinWait::Entry => ("the device still waits for its PIN", Code::Pin01),
                PinWait::Penalty => {
                    ("the device checks no PIN yet: its penalty for wrong ones runs", Code::Pin02)
                }
            };
            return CliError::new(Exit::Pending, message).code(code).stage("PIN check");
        }
        if let Some(refused) = &self.refused {
            return ended(refused);
        }
        if let Some((state, since)) = self.handshake
            && !(is_before_hello(state) && self.last.is_some())
        {
            return self.unfinished(state, now.since(since), waited);
        }
        match &self.last {
            Some(Last::Dial(failure)) => {
                let error = dial_failed(failure);
                CliError { exit: Exit::Unreachable, ..error }
            }
            Some(Last::End(end)) => ended(end),
            None if !self.dialling.is_empty() => self.no_answer(waited),
            None if self.seen => CliError::new(
                Exit::Pending,
                format!("the device is announced, but was not reached within {waited} s"),
            )
            .hint("try again with a longer --timeout, or give its address with --address")
            .stage("dial"),
            None => self.never_seen(waited),
        }
    }

    /// Why a handshake that still goes on is not complete yet.
    fn unfinished(&self, during: ProtocolState, silent: Duration, waited: f64) -> CliError {
        let Some(expected) = judge::due(during) else {
            let message = format!("the handshake was not complete after {waited} s");
            return CliError::new(Exit::Pending, message)
                .hint("try again with a longer --timeout")
                .stage(judge::stage(during));
        };
        let cause = Cause::TimedOut { expected, waited: silent };
        let stage = judge::stage(during);
        let odd = self.odd.as_ref().filter(|(came_in, _)| *came_in == stage);
        let instead = odd.map(|(_, instead)| instead.clone());
        let error = ended(&End { during, cause, completed: false, after: silent, instead });
        match error.exit {
            Exit::PeerData => error,
            _ => CliError { exit: Exit::Pending, ..error },
        }
    }

    fn note(&mut self, remark: &Remark) {
        let stage = self.handshake.map(|(state, _)| judge::stage(state));
        if let (Some(stage), Some(instead)) = (stage, Instead::of(remark)) {
            self.odd = Some((stage, instead));
        }
    }

    fn never_seen(&self, waited: f64) -> CliError {
        let peer = self.peer.grouped();
        if !self.mdns {
            let message = format!(
                "SKI {peer} did not dial us within {waited} s, and we have no address to dial"
            );
            return CliError::new(Exit::NotFound, message)
                .hint(
                    "give its address with --address, or let mDNS look for it (without --no-mdns)",
                )
                .stage("discovery");
        }
        let (code, others) = match self.others {
            0 => (Code::Mdns01, "no SHIP device at all was".to_owned()),
            1 => (Code::Mdns02, "one other SHIP device was".to_owned()),
            n => (Code::Mdns02, format!("{n} other SHIP devices were")),
        };
        CliError::new(
            Exit::NotFound,
            format!("SKI {peer} was not seen within {waited} s; {others}"),
        )
        .code(code)
        .stage("discovery")
    }

    /// The attempt under way got no answer, and what it waited for last.
    fn no_answer(&self, waited: f64) -> CliError {
        if let Some((target, stage)) = &self.waits_at {
            let target = safe(&target.to_string());
            let message = format!("{target}: no answer to the {stage} within {waited} s");
            return CliError::new(Exit::Unreachable, message)
                .code(dial::silence(*stage))
                .stage(stage.to_string());
        }
        let targets: Vec<String> = self.dialling.iter().map(Target::to_string).collect();
        let targets = safe(&targets.join(", "));
        CliError::new(Exit::Unreachable, format!("no answer from {targets} within {waited} s"))
            .code(Code::Tcp02)
            .stage("dial")
    }

    fn leave_connection(&mut self) {
        self.completed = false;
        self.handshake = None;
        self.odd = None;
        self.hello = None;
        self.pin_wanted = None;
    }
}

/// A dial that found no such device.
pub fn dial_failed(failure: &DialFailure) -> CliError {
    let Some(telling) = failure.most_telling() else {
        return CliError::new(Exit::Unreachable, "there is no address to dial")
            .hint("give its address with --address");
    };
    let exit = match telling.code {
        WrongFingerprint::CODE => Exit::Denied,
        _ if telling.passing => Exit::Unreachable,
        _ => Exit::Protocol,
    };
    let mut error = CliError::new(exit, safe(&format!("{}: {}", telling.target, telling.what)))
        .stage(telling.stage.to_string());
    let others = dial::worth_telling(&failure.tried).filter(|tried| *tried != telling);
    error.causes = others.map(|tried| safe(&format!("{}: {}", tried.target, tried.what))).collect();
    error.hint = dial::advice(telling).map(str::to_owned);
    match telling.code.parse::<Code>() {
        Ok(code) => error.code(code),
        Err(_) => error,
    }
}

/// A device that dialled us with another certificate than its QR code names: we deny it our trust.
pub fn wrong_certificate(of: Ski, event: &NodeEvent) -> Option<CliError> {
    match event {
        NodeEvent::Inbound(InboundFailure {
            ski: Some(ski),
            cause: InboundCause::WrongFingerprint(wrong),
            ..
        }) if *ski == of => Some(denied_for_certificate(wrong)),
        _ => None,
    }
}

/// The same, wherever it was found.
pub fn denied_for_certificate(wrong: &WrongFingerprint) -> CliError {
    CliError::new(Exit::Denied, wrong.to_string()).code(Code::Cert10).stage("SKI check")
}

/// Whether nothing but the init was due yet.
fn is_before_hello(state: ProtocolState) -> bool {
    state.number() <= ProtocolState::CmiServerEvaluate.number()
}

/// A connection that ended before it was of use.
pub fn ended(end: &End) -> CliError {
    let finding = judge::end(end).unwrap_or_else(|| {
        Finding::new(Code::Cls03, "the connection was closed in order").with_advice("try again")
    });
    CliError::finding(exit_of(end), finding).stage(judge::stage(end.during))
}

/// Why a probe went no further: the conclusion of its ladder, with the exit code every command has
/// for it.
pub fn probe_failed(failure: &Failure, rung: Rung, why: &Finding) -> CliError {
    let exit = match failure {
        Failure::NotSeen => Exit::NotFound,
        Failure::Dial(failure) => dial_failed(failure).exit,
        Failure::End(end) => exit_of(end),
        Failure::Waits => Exit::Pending,
    };
    CliError::finding(exit, why.clone()).stage(rung.stage())
}

fn exit_of(end: &End) -> Exit {
    match &end.cause {
        _ if end.instead.is_some() => Exit::PeerData,
        Cause::Denied { how: Denial::OutOfTime { .. }, .. }
        | Cause::TimedOut {
            expected: Expectation::PeerTrust | Expectation::ProlongationReply,
            ..
        } => Exit::Pending,
        Cause::Denied { .. }
        | Cause::PinMissing
        | Cause::PinRefused
        | Cause::Closed { by: Side::Peer, reason: CloseReason::RemovedConnection, .. } => {
            Exit::Denied
        }
        Cause::Violation { .. } | Cause::Flooded { .. } => Exit::PeerData,
        Cause::TimedOut { .. }
        | Cause::ProtocolError { .. }
        | Cause::ShipIdMismatch { .. }
        | Cause::ClosedWithCode { .. }
        | Cause::Closed { .. }
        | Cause::Dropped { .. }
        | Cause::NotReading { .. }
        | Cause::NoPong { .. }
        | Cause::Lost { .. } => Exit::Protocol,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        hub::dial::{Stage, Tried},
        proto::codec::DecodeError,
    };

    const PEER: Ski = Ski::from_bytes([0x55; 20]);
    const TIMEOUT: Duration = Duration::from_secs(120);

    fn event(kind: EventKind) -> Event {
        Event { at: Time::ORIGIN, ski: Some(PEER), kind }
    }

    fn end(cause: Cause) -> EventKind {
        let during = ProtocolState::HelloReadyListen;
        let after = Duration::from_secs(2);
        let end = End { during, cause, completed: false, after, instead: None };
        EventKind::Ended { end, verdict: Verdict::GiveUp }
    }

    fn dial(stage: Stage, code: &'static str, what: &str, passing: bool) -> EventKind {
        let target = "127.0.0.1:4712".parse().unwrap();
        let tried = Tried {
            target,
            address: None,
            stage,
            code,
            what: what.to_owned(),
            passing,
            took: Default::default(),
            via: Vec::new(),
        };
        let verdict = if passing { Verdict::Retry } else { Verdict::GiveUp };
        let failure = DialFailure { tried: vec![tried], telling: 0 };
        EventKind::AttemptFailed { number: 1, failure, verdict }
    }

    fn exit_after(kinds: Vec<EventKind>) -> (Exit, Option<Code>) {
        let mut progress = Progress::new(PEER, true);
        let failed = kinds.into_iter().find_map(|kind| progress.take(&event(kind)).err());
        let error = failed.unwrap_or_else(|| progress.out_of_time(Time::ORIGIN, TIMEOUT));
        (error.exit, error.code)
    }

    #[test]
    fn a_peer_that_denies_ends_with_77() {
        let denied = |how| end(Cause::Denied { by: Side::Peer, how });
        assert_eq!(exit_after(vec![denied(Denial::Aborted)]), (Exit::Denied, Some(Code::Hel03)));
        let closed = Denial::Closed { code: Some(4452), text: String::new() };
        assert_eq!(exit_after(vec![denied(closed)]).0, Exit::Denied);
        assert_eq!(exit_after(vec![end(Cause::PinRefused)]).0, Exit::Denied);
        assert_eq!(exit_after(vec![end(Cause::PinMissing)]), (Exit::Denied, Some(Code::Pin01)));
    }

    #[test]
    fn a_decision_that_never_came_is_pending_and_not_denied() {
        let waited = Duration::from_secs(60);
        let late = end(Cause::Denied { by: Side::Peer, how: Denial::OutOfTime { waited } });
        assert_eq!(exit_after(vec![late]).0, Exit::Pending);
        let late = end(Cause::TimedOut { expected: Expectation::PeerTrust, waited });
        assert_eq!(exit_after(vec![late]).0, Exit::Pending);
    }

    #[test]
    fn another_device_at_the_address_ends_at_once_with_76() {
        let failed = dial(Stage::Ski, "CERT-03", "another device answers", false);
        assert_eq!(exit_after(vec![failed]), (Exit::Protocol, Some(Code::Cert03)));
    }

    #[test]
    fn an_address_that_refuses_is_tried_until_the_time_is_over() {
        let failed = || dial(Stage::Tcp, "TCP-01", "refused", true);
        assert_eq!(exit_after(vec![failed(), failed()]), (Exit::Unreachable, Some(Code::Tcp01)));
    }

    #[test]
    fn an_address_that_stays_silent_is_unreachable() {
        let targets = vec!["127.0.0.1:4712".parse().unwrap()];
        let started = EventKind::AttemptStarted { number: 1, targets };
        assert_eq!(exit_after(vec![started]), (Exit::Unreachable, Some(Code::Tcp02)));
    }

    #[test]
    fn silence_is_told_by_what_was_waited_for() {
        let target: Target = "127.0.0.1:4712".parse().unwrap();
        for (stage, code) in [
            (Stage::Resolve, Code::Dns01),
            (Stage::Tcp, Code::Tcp02),
            (Stage::Tls, Code::Tcp03),
            (Stage::Upgrade, Code::Ws06),
        ] {
            let targets = vec![target.clone()];
            let started = EventKind::AttemptStarted { number: 1, targets };
            let reached = EventKind::Dialling { target: target.clone(), address: None, stage };
            assert_eq!(exit_after(vec![started, reached]), (Exit::Unreachable, Some(code)));
        }
    }

    fn refused_at_once() -> EventKind {
        let cause = Cause::Denied { by: Side::Peer, how: Denial::Aborted };
        let EventKind::Ended { end, .. } = end(cause) else { unreachable!() };
        EventKind::Ended { end, verdict: Verdict::RetryAtOnce }
    }

    #[test]
    fn a_refusal_is_told_even_if_the_device_is_gone_afterwards() {
        let refused = (Exit::Denied, Some(Code::Hel03));
        let gone = dial(Stage::Tcp, "TCP-01", "refused", true);
        assert_eq!(exit_after(vec![refused_at_once(), gone]), refused);
        let closed = dial(Stage::Tls, "TLS-04", "closed", false);
        assert_eq!(exit_after(vec![refused_at_once(), closed]), refused);
        let during = ProtocolState::CmiClientWait;
        let lost = Cause::Lost { detail: "reset".to_owned() };
        let after = Duration::ZERO;
        let end = End { during, cause: lost, completed: false, after, instead: None };
        let lost = EventKind::Ended { end, verdict: Verdict::Retry };
        assert_eq!(exit_after(vec![refused_at_once(), lost]), refused);
    }

    #[test]
    fn a_refusal_that_was_none_is_forgotten() {
        let trusted =
            EventKind::State { from: ConnectionState::InProgress, to: ConnectionState::Trusted };
        let late = end(Cause::ClosedWithCode { code: 4001, text: "close".to_owned() });
        let exit = exit_after(vec![refused_at_once(), trusted, late]);
        assert_eq!(exit, (Exit::Protocol, Some(Code::Cls03)));
    }

    #[test]
    fn a_handshake_that_goes_on_names_what_is_due() {
        for (state, code) in [
            (ProtocolState::CmiClientWait, Code::Cmi01),
            (ProtocolState::HelloReadyListen, Code::Msg02),
            (ProtocolState::ProtClientListenChoice, Code::Pro02),
            (ProtocolState::PinCheckListen, Code::Msg02),
        ] {
            let exit = exit_after(vec![EventKind::Protocol { state }]);
            assert_eq!(exit, (Exit::Pending, Some(code)), "{state:?}");
        }
    }

    #[test]
    fn what_cannot_be_read_tells_more_than_the_silence_after_it() {
        let state = ProtocolState::HelloReadyListen;
        let dropped = EventKind::Remark(Remark::Dropped(DecodeError::UnknownType(9)));
        let exit = exit_after(vec![EventKind::Protocol { state }, dropped]);
        assert_eq!(exit, (Exit::PeerData, Some(Code::Dat01)));
        let (message, state) = ("accessMethods", ProtocolState::HelloReadyListen);
        let ignored = EventKind::Remark(Remark::Ignored { message, state });
        let exit = exit_after(vec![EventKind::Protocol { state }, ignored]);
        assert_eq!(exit, (Exit::PeerData, Some(Code::Msg01)));
    }

    #[test]
    fn a_device_never_seen_is_not_found() {
        assert_eq!(exit_after(vec![]), (Exit::NotFound, Some(Code::Mdns01)));
    }

    #[test]
    fn without_mdns_nobody_is_told_to_mend_the_network() {
        let error = Progress::new(PEER, false).out_of_time(Time::ORIGIN, TIMEOUT);
        assert_eq!((error.exit, error.code), (Exit::NotFound, None));
        assert!(error.hint.unwrap().contains("--address"));
    }

    #[test]
    fn what_is_no_ship_is_the_peers_data() {
        let got = "text".to_owned();
        let violation = end(Cause::Violation { expected: Expectation::Init, got });
        assert_eq!(exit_after(vec![violation]).0, Exit::PeerData);
    }

    #[test]
    fn a_hello_still_waiting_at_the_end_names_whose_turn_it_is() {
        let status = HelloStatus {
            we_trust: true,
            peer_trusts: Some(false),
            we_wait_until: None,
            peer_waits_until: None,
            prolongations_granted: 0,
            prolongations_asked: 0,
        };
        let exit = exit_after(vec![EventKind::Hello(status)]);
        assert_eq!(exit, (Exit::Pending, Some(Code::Hel01)));
    }

    #[test]
    fn a_device_that_waits_for_a_pin_and_one_that_takes_none_yet_are_told_apart() {
        let wanted = |busy| EventKind::PinWanted { required: true, refused: false, busy };
        assert_eq!(exit_after(vec![wanted(false)]), (Exit::Pending, Some(Code::Pin01)));
        assert_eq!(exit_after(vec![wanted(true)]), (Exit::Pending, Some(Code::Pin02)));
        assert_eq!(exit_after(vec![wanted(true), wanted(false)]).1, Some(Code::Pin01));
    }

    #[test]
    fn what_happens_to_others_does_not_concern_us() {
        let mut progress = Progress::new(PEER, true);
        let other = Event { ski: Some(Ski::from_bytes([1; 20])), ..event(end(Cause::PinRefused)) };
        assert!(progress.take(&other).is_ok());
    }
}
