//! Dials and connections: begun, taken in, driven and let go of, as the hub wants it.

use std::time::Duration;

use tokio::{
    sync::mpsc::{self, error::TrySendError},
    task::AbortHandle,
};

use super::{Report, Task};
use crate::{
    driver::{
        dial::{self, Dialed},
        link::{self, LinkCommand, LinkEvent},
        listen::{InboundFailure, Incoming},
        node::{NodeEvent, report},
        recorder::Heard,
        tls::Negotiated,
        ws::WebSocket,
    },
    hub::{Input, LinkId, Opened},
    identity::cert::PeerCertificate,
    proto::{Ski, handshake::TransportEnd, target::Target},
    trace::Fact,
};

/// What exists outside for one link.
pub(super) enum Outside {
    /// A dial under way, or an upgrade being answered.
    Pending(AbortHandle),
    /// A peer that waits for the answer to its request.
    Asking(Box<Incoming>),
    /// An open connection.
    Open { commands: mpsc::Sender<LinkCommand> },
}

/// Commands kept for a link that does not keep up; it takes them promptly even when its peer does
/// not read, so a full queue means that it hangs.
const LINK_COMMANDS: usize = 256;

impl Task {
    /// A device dials us and has shown its certificate: the hub decides.
    pub(super) fn incoming(&mut self, incoming: Box<Incoming>) {
        let link = self.hub.new_link();
        let (ski, remote) = (incoming.ski, incoming.remote);
        self.tell_tls(&incoming.certificate, incoming.tls);
        let fingerprint = &incoming.certificate.fingerprint;
        if let Err(wrong) = self.hub.check_fingerprint(ski, fingerprint) {
            let failure = InboundFailure { remote, ski: Some(ski), cause: wrong.into() };
            let (link, what) = (link.number(), failure.to_string());
            let now = self.clock.now();
            self.record(now, || Heard::Fact(Fact::TurnedAway { link, ski, remote, what }));
            self.tell(NodeEvent::Inbound(failure));
            tokio::spawn(incoming.refuse_busy());
            return;
        }
        let facts =
            report::transport(incoming.tls, &incoming.path, &incoming.certificate, Vec::new());
        self.links.insert(link, Outside::Asking(incoming));
        self.handle(Input::Incoming { link, ski, remote, transport: Box::new(facts) });
    }

    pub(super) fn admitted(
        &mut self,
        link: LinkId,
        result: Result<Box<WebSocket>, InboundFailure>,
    ) {
        // Forgotten meanwhile: the socket closes by being dropped.
        let Some(Outside::Pending(_)) = self.links.get(&link) else { return };
        match result {
            Ok(ws) => {
                self.open(link, ws);
                self.handle(Input::Accepted { link });
            }
            Err(failure) => {
                self.links.remove(&link);
                let detail = failure.cause.to_string();
                self.tell(NodeEvent::Inbound(failure));
                self.handle(Input::Closed { link, how: TransportEnd::Error { detail } });
            }
        }
    }

    pub(super) fn dialled(
        &mut self,
        link: LinkId,
        ski: Ski,
        result: Result<Box<Dialed>, dial::DialFailure>,
    ) {
        let Some(Outside::Pending(_)) = self.links.remove(&link) else { return };
        let result = result.and_then(|dialed| self.check_dialed(dialed));
        let result: Result<Opened, _> = match result {
            Ok(dialed) => {
                self.tell_tls(&dialed.certificate, dialed.tls);
                let tried: Vec<_> = dialed.failures.iter().map(report::tried).collect();
                if !tried.is_empty() {
                    self.tell(NodeEvent::Detours { ski, tried: tried.clone() });
                }
                let Dialed { ws, ski: shown, certificate, tls, target, remote, via, .. } = *dialed;
                let facts = report::transport(tls, &target.path, &certificate, via);
                self.open(link, ws);
                let shown = (shown != ski).then_some(shown);
                Ok(Opened { ski: shown, remote, tried, transport: Box::new(facts) })
            }
            Err(failure) => {
                self.verify_records(ski, &failure);
                Err(report::dial_failure(failure))
            }
        };
        self.handle(Input::Dialled { link, result });
    }

    /// The certificate must be the one that the QR code names, if it names one.
    fn check_dialed(&self, dialed: Box<Dialed>) -> Result<Box<Dialed>, dial::DialFailure> {
        let Err(wrong) = self.hub.check_fingerprint(dialed.ski, &dialed.certificate.fingerprint)
        else {
            return Ok(dialed);
        };
        let Dialed { target, remote, mut failures, .. } = *dialed;
        let took = Duration::ZERO;
        failures.push(dial::TargetFailure::new(target, Some(remote), wrong.into(), took));
        Err(dial::DialFailure { failures })
    }

    /// Gives an established connection a task of its own.
    fn open(&mut self, link: LinkId, ws: Box<WebSocket>) {
        let (commands, queue) = mpsc::channel(LINK_COMMANDS);
        let wrap = move |event| Report::Link(link, event);
        tokio::spawn(link::run(ws, queue, self.reports.clone(), wrap, self.settings.link));
        self.links.insert(link, Outside::Open { commands });
    }

    pub(super) fn link_event(&mut self, link: LinkId, event: LinkEvent) {
        let Some(Outside::Open { .. }) = self.links.get(&link) else { return };
        match event {
            LinkEvent::Message(bytes) => self.handle(Input::Message { link, bytes }),
            LinkEvent::Text { .. } => self.handle(Input::Text { link }),
            LinkEvent::Pong => self.handle(Input::Pong { link }),
            LinkEvent::Closed(how) => {
                self.links.remove(&link);
                self.handle(Input::Closed { link, how });
            }
        }
    }

    pub(super) fn dial(&mut self, link: LinkId, ski: Ski, also: Option<Ski>, targets: Vec<Target>) {
        let tls = self.terms.borrow().tls.clone();
        let (limits, reports) = (self.settings.dial.clone(), self.reports.clone());
        let task = tokio::spawn(async move {
            let on_stage = |target: &Target, address, stage| {
                // In a flood of news how far a dial has come is the least.
                let _ = reports.try_send(Report::Stage(link, target.clone(), address, stage));
            };
            let expected: Vec<Ski> = [ski].into_iter().chain(also).collect();
            let dialling = dial::dial_telling(&targets, &expected, &tls, &limits, &on_stage);
            let result = dialling.await.map(Box::new);
            let _ = reports.send(Report::Dialled(link, ski, result)).await;
        });
        self.links.insert(link, Outside::Pending(task.abort_handle()));
    }

    pub(super) fn admit(&mut self, link: LinkId) {
        let Some(Outside::Asking(incoming)) = self.links.remove(&link) else { return };
        let reports = self.reports.clone();
        let task = tokio::spawn(async move {
            let _ = reports.send(Report::Admitted(link, incoming.admit().await)).await;
        });
        self.links.insert(link, Outside::Pending(task.abort_handle()));
    }

    pub(super) fn refuse(&mut self, link: LinkId) {
        if let Some(Outside::Asking(incoming)) = self.links.remove(&link) {
            // It has its own time limit, and nobody waits for it.
            tokio::spawn(incoming.refuse_busy());
        }
    }

    pub(super) fn on_link(&mut self, link: LinkId, command: LinkCommand) {
        let Some(Outside::Open { commands }) = self.links.get(&link) else { return };
        // Of one that has ended, what the peer said last and the end itself are on their way here.
        if let Err(TrySendError::Full(_)) = commands.try_send(command) {
            self.links.remove(&link);
            let detail = "the connection does not take what it is to send".to_owned();
            self.handle(Input::Closed { link, how: TransportEnd::Error { detail } });
        }
    }

    /// Lets go of whatever exists for a link. Dropping the commands of a connection kills it.
    pub(super) fn forget(&mut self, link: LinkId) {
        if let Some(Outside::Pending(task)) = self.links.remove(&link) {
            task.abort();
        }
    }

    fn tell_tls(&mut self, certificate: &PeerCertificate, tls: Negotiated) {
        let ski = certificate.ski;
        if !certificate.remarks.is_empty() {
            let remarks = certificate.remarks.clone();
            self.tell(NodeEvent::Certificate { ski, remarks });
        }
        if !tls.findings().is_empty() {
            self.tell(NodeEvent::Negotiated { ski, tls });
        }
    }
}
