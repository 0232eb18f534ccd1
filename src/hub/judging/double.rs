//! Two rules for double connections (SHIP 12.2.2, and what ship-go does), told apart by what each
//! side closed (CLS-02).

use std::collections::VecDeque;

use super::{super::DoubleConnection, Standing};
use crate::{
    checks::{Code, Finding},
    proto::handshake::Side,
    time::Time,
};

/// One of two connections to a peer was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::hub) struct Double {
    pub(in crate::hub) at: Time,
    /// Who closed it.
    pub(in crate::hub) by: Side,
    /// Whether we had dialled it.
    pub(in crate::hub) we_dialled: bool,
    /// Whether it was the newer of the two.
    pub(in crate::hub) newer: bool,
}

/// The closings of the last minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Doubles(VecDeque<Double>);

/// How many of them in [`WITHIN`] are still chance: both dial at the same moment.
const USUAL: usize = 3;
const WITHIN: std::time::Duration = std::time::Duration::from_secs(60);
/// The most that are looked at.
const KEPT: usize = 32;

impl Doubles {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The latest.
    pub(super) fn last(&self) -> Option<&Double> {
        self.0.back()
    }

    /// Notes a closing, and says whether there are too many by now.
    pub(super) fn add(&mut self, double: Double, with: Standing) -> Option<Finding> {
        self.0.push_back(double);
        while self.0.len() > KEPT
            || self.0.front().is_some_and(|first| double.at.since(first.at) > WITHIN)
        {
            self.0.pop_front();
        }
        (self.0.len() > USUAL).then(|| self.finding(with))
    }

    fn finding(&self, with: Standing) -> Finding {
        let by = |side| self.0.iter().filter(move |double| double.by == side);
        let (we, they) = (by(Side::We).count(), by(Side::Peer).count());
        let peers = self.rule_of_peer(with.we_decide);
        let seen = format!(
            "{} connections were closed as double within 60 s, {we} by us and {they} by the \
             device. Our rule: {}. The device: {}.",
            self.0.len(),
            ours(with),
            peers.in_words(),
        );
        let finding = Finding::new(Code::Cls02, seen);
        match (peers, with.rule) {
            (Habit::MostRecent, DoubleConnection::Initiator) => finding
                .with_advice(
                "Use the rule of the device here too: `shipctl hub run --double-connection most-recent`.",
            ),
            (Habit::Initiator, DoubleConnection::MostRecent) => finding
                .with_advice(
                "Use the rule of the device here too: `shipctl hub run --double-connection initiator`.",
            ),
            (Habit::DialsAgain, _) => finding.with_advice(
                "Update the firmware of the device: it need not dial while it is connected.",
            ),
            _ => finding,
        }
    }

    /// The rule that fits everything the peer closed. Where several do, the commoner one.
    fn rule_of_peer(&self, we_decide: bool) -> Habit {
        let closed: Vec<&Double> = self.0.iter().filter(|it| it.by == Side::Peer).collect();
        let all = |fits: Fits| closed.iter().all(|it| fits(it, we_decide));
        let rules: [(Habit, Fits); 4] = [
            // What the lower SKI dialled is closed.
            (Habit::Initiator, |it, we_decide| it.we_dialled != we_decide),
            (Habit::MostRecent, |it, _| !it.newer),
            (Habit::KeepsTheFirst, |it, _| it.newer),
            (Habit::KeepsItsOwn, |it, _| it.we_dialled),
        ];
        match rules.into_iter().find(|(_, fits)| all(*fits)) {
            _ if closed.is_empty() => Habit::DialsAgain,
            Some((habit, _)) => habit,
            None => Habit::None,
        }
    }
}

/// Whether a closing fits a rule; also told is whether we are to decide.
type Fits = fn(&Double, bool) -> bool;

/// What the peer does about double connections, as far as its closings show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Habit {
    Initiator,
    MostRecent,
    KeepsTheFirst,
    KeepsItsOwn,
    DialsAgain,
    None,
}

impl Habit {
    fn in_words(self) -> &'static str {
        match self {
            Self::Initiator => {
                "it keeps the connection dialled by the side with the higher SKI (initiator)"
            }
            Self::MostRecent => "it closes the older connection (most-recent)",
            Self::KeepsTheFirst => "it closes the newer connection, which is neither rule",
            Self::KeepsItsOwn => "it closes the connection we dialled, which is neither rule",
            Self::DialsAgain => "it closes none, but dials again although it is connected",
            Self::None => "it closes now the one, now the other, by no rule to be seen",
        }
    }
}

fn ours(with: Standing) -> String {
    let (rule, name) = match with.rule {
        DoubleConnection::Initiator => {
            ("the connection dialled by the side with the higher SKI survives", "initiator")
        }
        DoubleConnection::MostRecent => ("the most recent connection survives", "most-recent"),
    };
    let who =
        if with.we_decide { "ours is the higher SKI" } else { "the device has the higher SKI" };
    format!("{rule} ({name}; {who})")
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: std::time::Duration = std::time::Duration::from_secs(1);

    fn closed(second: u32, by: Side, we_dialled: bool, newer: bool) -> Double {
        Double { at: Time::after(second * SECOND), by, we_dialled, newer }
    }

    fn found(rule: DoubleConnection, we_decide: bool, closings: &[Double]) -> Option<Finding> {
        let mut doubles = Doubles::default();
        let with = Standing { rule, we_decide, ever_completed: true, limit: 10 };
        closings.iter().fold(None, |_, double| doubles.add(*double, with))
    }

    #[test]
    fn three_within_a_minute_are_chance_and_four_are_not() {
        let one = |second| closed(second, Side::We, true, false);
        let of = |seconds: &[u32]| {
            let closings: Vec<Double> = seconds.iter().map(|second| one(*second)).collect();
            found(DoubleConnection::Initiator, true, &closings)
        };
        assert_eq!(of(&[0, 1, 2]), None);
        assert_eq!(of(&[0, 1, 2, 3]).unwrap().code, Code::Cls02);
        assert_eq!(of(&[0, 20, 40, 61]), None, "not within one minute");
    }

    #[test]
    fn both_rules_are_named_by_what_each_side_closed() {
        use DoubleConnection::{Initiator, MostRecent};
        use Side::{Peer, We};
        // We keep the newest; the peer closes whatever it, the lower one, dialled.
        let cross = [
            closed(0, We, true, false),
            closed(1, Peer, false, true),
            closed(9, We, true, false),
            closed(10, Peer, false, false),
        ];
        let finding = found(MostRecent, true, &cross).unwrap();
        assert!(finding.seen.contains("2 by us and 2 by the device"), "{finding}");
        assert!(finding.seen.contains("the most recent connection survives (most-recent"));
        assert!(finding.seen.contains("higher SKI (initiator)"), "{finding}");
        assert!(finding.advice.contains("--double-connection initiator"), "{finding}");
        // The other way round: the peer, the higher one, closes the older, whoever dialled it.
        let cross = [
            closed(0, Peer, true, false),
            closed(1, Peer, false, false),
            closed(9, We, false, true),
            closed(10, Peer, false, false),
        ];
        let finding = found(Initiator, false, &cross).unwrap();
        assert!(finding.seen.contains("older connection (most-recent)"), "{finding}");
        assert!(finding.advice.contains("--double-connection most-recent"), "{finding}");
    }

    #[test]
    fn a_peer_that_only_dials_again_follows_no_rule() {
        let refused: Vec<Double> = (0..4).map(|n| closed(n, Side::We, false, true)).collect();
        let finding = found(DoubleConnection::Initiator, true, &refused).unwrap();
        assert!(finding.seen.contains("dials again although it is connected"), "{finding}");
    }
}
