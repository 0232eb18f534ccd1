//! A second connection beside the peer's one: [`duplicate`](super::duplicate) says what to do, and
//! here it is done, each decision and its swap in one step.
//!
//! At most one other connection waits beside the one the peer has: an incoming one whose upgrade is
//! not answered yet ([`Phase::Asking`]), or one of ours whose handshake has not begun
//! ([`Phase::Parked`]). So there are never two a person or the peer could take for established.

use super::{
    EventKind, Hub, LinkId, Output, Owner, Refusal,
    duplicate::{Decision, Resolution, resolve},
    judging::{Double, Standing},
    link::{KeepAlive, Phase},
};
use crate::{
    proto::{
        ConnectionState, Ski,
        close_code::DOUBLE_CONNECTION,
        handshake::{Role, Side, TransportEnd, Trust},
    },
    time::Time,
};

impl Hub {
    /// What becomes of a new connection to a peer. With [`Resolution::New`] nothing is in its way
    /// any more.
    pub(super) fn make_way(&mut self, now: Time, ski: Ski, new: (LinkId, Role)) -> Resolution {
        let old = self.peers.get(&ski).and_then(|peer| peer.link);
        let Some((old, role)) = old.and_then(|old| Some((old, self.link_role(old)?))) else {
            return Resolution::New;
        };
        if self.links.get(&old).is_some_and(|link| link.leaving) {
            // It ends by itself; whoever comes anew need not wait for its transport.
            self.drop_rival(now, ski);
            self.transport_closed(now, old, TransportEnd::Eof);
            return Resolution::New;
        }
        let (rule, ours) = (self.config.double_connection, self.config.ski);
        let resolution = resolve(rule, ours, ski, role, new.1);
        let (old_one, we_decide) = ((old, role), ours > ski);
        let decision = Decision { old: old_one, new, rule, we_decide, resolution };
        self.report(now, Some(ski), EventKind::TwoConnections(decision));
        if resolution == Resolution::New {
            self.drop_rival(now, ski);
            // Whoever dials again has lost the older one: that is no matter of rules.
            if role != new.1 {
                self.doubled(now, ski, old, Side::We, false);
            }
            self.give_up(now, ski, old);
        }
        resolution
    }

    /// Lets a second connection wait beside the one the peer has.
    pub(super) fn keep_rival(&mut self, now: Time, ski: Ski, link: LinkId) {
        self.drop_rival(now, ski);
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        peer.rival = Some(link);
        let old = peer.link;
        match self.links.get_mut(&link) {
            Some(entry) if matches!(entry.phase, Phase::Asking) => {
                if let Some(old) = old {
                    self.probe(now, old);
                }
            }
            Some(entry) => {
                entry.keepalive.set(KeepAlive::Decide, now + self.config.decide_after);
                self.deadlines.set(Owner::Link(link), entry.deadline());
            }
            None => {}
        }
    }

    /// The peer had time to close one of two connections: asks both for a sign of life.
    pub(super) fn ask_both(&mut self, now: Time, rival: LinkId) {
        let Some(ski) = self.link_ski(rival) else { return };
        self.probe(now, rival);
        if let Some(entry) = self.links.get_mut(&rival) {
            entry.keepalive.set(KeepAlive::Settle, now + self.config.probe_within);
            self.deadlines.set(Owner::Link(rival), entry.deadline());
        }
        if let Some(old) = self.peers.get(&ski).and_then(|peer| peer.link) {
            self.probe(now, old);
        }
    }

    /// The peer, who was to decide, closed neither: the newer one survives (SHIP 12.2.3), whatever
    /// our rule.
    ///
    /// A peer that overlooked one of two has noted the last; and the newer one completes only after
    /// the end of the older, so that this end cannot be taken for its own.
    pub(super) fn settle(&mut self, now: Time, rival: LinkId) {
        let Some(ski) = self.link_ski(rival) else { return };
        let Some(old) = self.peers.get(&ski).and_then(|peer| peer.link) else { return };
        let silent = |link: &super::Link| {
            !matches!(link.phase, Phase::Open(_))
                || link.keepalive.get(KeepAlive::Pong).is_some_and(|due| due <= now)
        };
        if !self.links.get(&old).is_none_or(silent) {
            self.doubled(now, ski, old, Side::We, false);
        }
        self.give_up(now, ski, old);
        self.promote(now, ski, old);
    }

    /// The second connection is turned away for good.
    pub(super) fn old_one_stays(&mut self, now: Time, ski: Ski) {
        if let Some(peer) = self.peers.get(&ski)
            && let (Some(kept), Some(given_up)) = (peer.link, peer.rival)
        {
            self.report(now, Some(ski), EventKind::TwoConnectionsSettled { kept, given_up });
        }
        self.drop_rival(now, ski);
    }

    /// The peer's one connection lives: who came in beside it is turned away.
    pub(super) fn old_one_lives(&mut self, now: Time, ski: Ski) {
        let rival = self.peers.get(&ski).and_then(|peer| peer.rival);
        let asking = |link: LinkId| {
            self.links.get(&link).is_some_and(|link| matches!(link.phase, Phase::Asking))
        };
        if let Some(rival) = rival.filter(|rival| asking(*rival)) {
            self.doubled(now, ski, rival, Side::We, true);
            self.old_one_stays(now, ski);
        }
    }

    /// Another connection takes the place of one that is over, if there is one: then that was not
    /// the end of the peer, and how the peer is to be judged the other one will show.
    pub(super) fn is_succeeded(&mut self, now: Time, ski: Ski, old: LinkId) -> bool {
        let Some(peer) = self.peers.get(&ski).filter(|peer| peer.link.is_none()) else {
            return false;
        };
        let (rival, dial) = (peer.rival, peer.dial);
        if rival.is_none() && dial.is_none() {
            return false;
        }
        self.report(now, Some(ski), EventKind::Replaced { link: old });
        if rival.is_some() {
            self.set_state(now, ski, ConnectionState::None);
            self.promote(now, ski, old);
        } else {
            self.enter_initiated(now, ski);
        }
        true
    }

    /// Takes notice of one of two connections being closed for the sake of the other.
    pub(super) fn doubled(&mut self, now: Time, ski: Ski, link: LinkId, by: Side, newer: bool) {
        let Some(we_dialled) = self.link_role(link).map(|role| role == Role::Client) else {
            return;
        };
        let Some(peer) = self.peers.get_mut(&ski) else { return };
        let (with, double) =
            (Standing::with(&self.config, peer), Double { at: now, by, we_dialled, newer });
        if let Some(finding) = peer.record.judged.doubled(double, with) {
            self.found(now, ski, finding);
        }
    }

    /// Turns a waiting second connection away.
    pub(super) fn drop_rival(&mut self, now: Time, ski: Ski) {
        let Some(link) = self.peers.get_mut(&ski).and_then(|peer| peer.rival.take()) else {
            return;
        };
        let Some(entry) = self.links.remove(&link) else { return };
        self.deadlines.set(Owner::Link(link), None);
        match (entry.phase, entry.remote) {
            (Phase::Asking, Some(remote)) => {
                let why = Refusal::Duplicate;
                self.report(now, Some(ski), EventKind::Refused { remote, why });
                self.outputs.push_back(Output::Refuse { link });
            }
            _ => {
                self.report(now, Some(ski), EventKind::Replaced { link });
                self.outputs.push_back(Output::Forget { link });
            }
        }
    }

    /// Gives up the peer's connection for another one.
    fn give_up(&mut self, now: Time, ski: Ski, old: LinkId) {
        self.set_link(ski, None);
        self.report(now, Some(ski), EventKind::Replaced { link: old });
        self.leave(now, old, |connection| connection.drop_with(now, 1000, DOUBLE_CONNECTION));
        self.set_state(now, ski, ConnectionState::None);
    }

    /// The waiting connection becomes the peer's one.
    fn promote(&mut self, now: Time, ski: Ski, old: LinkId) {
        let Some(link) = self.peers.get_mut(&ski).and_then(|peer| peer.rival.take()) else {
            return;
        };
        let settled = EventKind::TwoConnectionsSettled { kept: link, given_up: old };
        self.report(now, Some(ski), settled);
        let Some(entry) = self.links.get_mut(&link) else { return };
        let remote = entry.remote;
        match (&entry.phase, remote) {
            (Phase::Asking, Some(remote)) => self.admit(now, link, ski, remote),
            (Phase::Parked, Some(remote)) => {
                entry.keepalive.clear();
                self.enter_initiated(now, ski);
                self.open(now, link, remote, Trust::Trusted, false);
            }
            _ => {}
        }
    }

    /// Asks a connection for a sign of life at once.
    pub(super) fn probe(&mut self, now: Time, link: LinkId) {
        let due = now + self.config.probe_within;
        let Some(entry) = self.links.get_mut(&link) else { return };
        if !matches!(entry.phase, Phase::Open(_) | Phase::Parked) {
            return;
        }
        entry.keepalive.stop(KeepAlive::Ping);
        let waited = entry.keepalive.get(KeepAlive::Pong);
        entry.keepalive.set(KeepAlive::Pong, waited.map_or(due, |pong| pong.min(due)));
        self.deadlines.set(Owner::Link(link), entry.deadline());
        self.outputs.push_back(Output::Ping { link });
    }
}
