//! The ends of connections: the cleanup behind each of them, always in the same order (registry,
//! timers, handshake state, report, reconnect), and what it leaves behind.

use super::{
    Config, EventKind, Hub, LinkId, Output, Owner,
    backoff::{Verdict, after_end},
    link::{Attempt, Link, Phase},
    peer::Peer,
};
use crate::{
    checks::judge,
    proto::{
        ConnectionState,
        handshake::{Cause, Denial, End, Side, TransportEnd},
    },
    time::Time,
};

impl Hub {
    /// The transport of a link is gone.
    pub(super) fn transport_closed(&mut self, now: Time, link: LinkId, how: TransportEnd) {
        let Some(entry) = self.links.get(&link) else { return };
        match entry.phase {
            // The upgrade failed: there never was a handshake to end.
            Phase::Admitted => self.never_opened(now, link),
            Phase::Asking | Phase::Parked => {
                let ski = entry.ski;
                if matches!(how, TransportEnd::Frame { .. }) {
                    self.doubled(now, ski, link, Side::Peer, true);
                }
                self.old_one_stays(now, ski);
            }
            Phase::Dialing(_) => {}
            Phase::Open(_) => {
                self.on_connection(now, link, |connection| connection.handle_closed(now, how));
            }
        }
    }

    /// The cleanup behind a connection.
    pub(super) fn ended(&mut self, now: Time, link: LinkId, end: End) {
        let Some(&Link { ski, role, .. }) = self.links.get(&link) else { return };
        let is_the_one = self.peers.get(&ski).is_some_and(|peer| peer.link == Some(link));
        let has_rival = self.peers.get(&ski).is_some_and(|peer| peer.rival.is_some());
        if is_the_one && has_rival && closed_by_peer(&end.cause) {
            self.doubled(now, ski, link, Side::Peer, false);
        }
        self.links.remove(&link);
        self.deadlines.set(Owner::Link(link), None);
        self.outputs.push_back(Output::Forget { link });
        if !is_the_one {
            return; // replaced: not the end of the peer
        }
        self.set_link(ski, None);
        if self.is_succeeded(now, ski, link) {
            return;
        }
        let stopping = self.shutdown.is_asked();
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let failed_probation = std::mem::take(&mut peer.on_probation) && !end.completed;
        if failed_probation {
            peer.forget();
        }
        let judged = after_end(&end, role, peer.ever_completed, peer.raced);
        let verdict = peer.follows(judged, stopping);
        match judged {
            Verdict::RetryAtOnce => peer.raced = true,
            Verdict::Retry => {}
            // Unless somebody asked for a connection while this one was closing, or for none.
            _ => peer.given_up = !peer.eager && !peer.held,
        }
        let (before, stays) = (peer.state, peer.registered && !stopping);
        let state = state_after(&end, judged, before, stays);
        let unseen = judge::not_listed(&end.cause).filter(|_| self.is_announced_as_closed(now));
        self.report(now, Some(ski), EventKind::Ended { end, verdict });
        if let Some(finding) = unseen {
            self.found(now, ski, finding);
        }
        if failed_probation {
            self.report(now, Some(ski), EventKind::Unregistered);
        }
        self.set_state(now, ski, state);
        if !stays {
            self.set_state(now, ski, ConnectionState::None);
        }
        match verdict {
            Verdict::RetryAtOnce => {
                self.set_state(now, ski, ConnectionState::Queued);
                self.dial(now, ski, Attempt::AfterRace);
            }
            Verdict::Retry | Verdict::PeerMayCome | Verdict::Held => self.requeue(now, ski),
            _ => {}
        }
        self.forget_if_idle(ski);
    }

    /// Whether mDNS announces us with `register=false`.
    fn is_announced_as_closed(&self, now: Time) -> bool {
        let Config { discoverable, register, .. } = self.config;
        discoverable && !register && self.auto_accept_until.is_none_or(|until| until <= now)
    }

    /// An admitted connection whose upgrade never went through, or is no longer wanted.
    pub(super) fn never_opened(&mut self, now: Time, link: LinkId) {
        let Some(Link { ski, .. }) = self.links.remove(&link) else { return };
        if self.peers.get(&ski).is_none_or(|peer| peer.link != Some(link)) {
            return;
        }
        self.set_link(ski, None);
        if self.is_succeeded(now, ski, link) {
            return;
        }
        self.set_state(now, ski, ConnectionState::None);
        self.requeue(now, ski);
        self.forget_if_idle(ski);
    }
}

impl Peer {
    /// What really follows a connection that ended, whatever its end alone would call for.
    fn follows(&self, judged: Verdict, stopping: bool) -> Verdict {
        let retries = matches!(judged, Verdict::Retry | Verdict::RetryAtOnce);
        let refused = matches!(judged, Verdict::PeerRefused | Verdict::WeRefused);
        match judged {
            _ if !self.registered || stopping => {
                if refused {
                    judged
                } else {
                    Verdict::Nothing
                }
            }
            _ if self.held => Verdict::Held,
            _ if self.eager && judged != Verdict::RetryAtOnce => Verdict::Retry,
            _ if retries && self.passive => Verdict::PeerMayCome,
            _ => judged,
        }
    }
}

/// Whether the peer closed it with a close frame.
fn closed_by_peer(cause: &Cause) -> bool {
    match cause {
        Cause::ClosedWithCode { .. } | Cause::Closed { by: Side::Peer, .. } => true,
        Cause::Denied { by: Side::Peer, how } => {
            matches!(how, Denial::Closed { code: Some(_), .. })
        }
        _ => false,
    }
}

/// The connection state a connection leaves behind.
fn state_after(
    end: &End,
    verdict: Verdict,
    before: ConnectionState,
    stays: bool,
) -> ConnectionState {
    let denied = ConnectionState::RemoteDeniedTrust;
    match verdict {
        _ if !stays && end.completed => ConnectionState::None,
        // A refusal of a peer that had trusted us already is a fault, or the end of the trust.
        Verdict::PeerRefused if before.may_become(denied) => denied,
        Verdict::WeRefused => ConnectionState::None,
        _ => match &end.cause {
            Cause::Closed { .. } if end.completed && verdict == Verdict::PeerRefused => {
                ConnectionState::None
            }
            Cause::Closed { .. } if end.completed => ConnectionState::Queued,
            Cause::Dropped { .. } | Cause::Closed { by: Side::We, .. } => ConnectionState::None,
            // A fault while we wait for the confirmation of our close changes nothing any more.
            _ if before.may_become(ConnectionState::Error) => ConnectionState::Error,
            _ => before,
        },
    }
}
