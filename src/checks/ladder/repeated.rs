//! Many probes summed up: how many reached which rung, how long each took, what they came to.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;

use super::{Ladder, Rung};
use crate::checks::Finding;

/// What many probes came to.
#[derive(Clone, Debug, Default)]
pub struct Repeated {
    runs: usize,
    times: BTreeMap<Rung, Vec<Duration>>,
    held: BTreeMap<Rung, usize>,
    conclusions: Vec<Conclusion>,
}

/// One rung over all probes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Which.
    pub rung: Rung,
    /// How often it held.
    pub held: usize,
    /// The shortest, the middle and the longest time it took when it held.
    pub took: Option<[Duration; 3]>,
}

/// Something probes came to, and how many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// Where and what; `None` if there was nothing to say.
    pub what: Option<(Rung, Finding)>,
    /// How often.
    pub count: usize,
}

impl Repeated {
    /// Takes in one more probe.
    pub fn add(&mut self, ladder: &Ladder) {
        self.runs += 1;
        for step in ladder.steps().iter().filter(|step| step.verdict.holds()) {
            *self.held.entry(step.rung).or_default() += 1;
            self.times.entry(step.rung).or_default().extend(step.took);
        }
        let what = ladder.conclusion().map(|(rung, finding)| (rung, finding.clone()));
        let place = |what: &Option<(Rung, Finding)>| what.as_ref().map(|(at, it)| (*at, it.code));
        match self.conclusions.iter_mut().find(|it| place(&it.what) == place(&what)) {
            Some(known) => known.count += 1,
            None => self.conclusions.push(Conclusion { what, count: 1 }),
        }
    }

    /// How many probes there were.
    pub fn runs(&self) -> usize {
        self.runs
    }

    /// The rungs that held at least once, from the lowest.
    pub fn rows(&self) -> Vec<Row> {
        let row = |(rung, held): (&Rung, &usize)| {
            let mut times = self.times.get(rung).cloned().unwrap_or_default();
            times.sort_unstable();
            let took = match times[..] {
                [] => None,
                [first, ..] => Some([first, times[times.len() / 2], times[times.len() - 1]]),
            };
            Row { rung: *rung, held: *held, took }
        };
        self.held.iter().map(row).collect()
    }

    /// What they came to, the most frequent first.
    pub fn conclusions(&self) -> Vec<Conclusion> {
        let mut conclusions = self.conclusions.clone();
        conclusions.sort_by_key(|it| std::cmp::Reverse(it.count));
        conclusions
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Code, ladder::Step};

    #[test]
    fn rungs_are_counted_where_they_held_and_conclusions_by_rung_and_code() {
        let mut all = Repeated::default();
        for n in [3, 1, 2, 9] {
            let mut ladder = Ladder::default();
            ladder.settle(Step::ok(Rung::Tcp, Duration::from_millis(n)));
            if n == 9 {
                let why = Finding::new(Code::Tcp03, format!("seen after {n}"));
                ladder.settle(Step::failed(Rung::Tls, Duration::ZERO, why));
            }
            all.add(&ladder);
        }
        let took = Some([1, 3, 9].map(Duration::from_millis));
        assert_eq!(all.rows(), [Row { rung: Rung::Tcp, held: 4, took }]);
        let counts: Vec<_> = all
            .conclusions()
            .iter()
            .map(|it| (it.what.as_ref().map(|(_, finding)| finding.code), it.count))
            .collect();
        assert_eq!(counts, [(None, 3), (Some(Code::Tcp03), 1)]);
        assert_eq!(all.runs(), 4);
    }
}
