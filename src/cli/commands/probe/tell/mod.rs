//! The lines for people and for programs: who is probed, and each rung; `end` tells what it comes to.

mod end;

use std::time::{Duration, Instant};

pub(super) use self::end::{end, summary};
use super::{Probing, aim::Aim};
use crate::{
    checks::ladder::{Ladder, Rung, Step, Verdict},
    cli::{
        context::Context,
        error::CliError,
        output::{
            json::{Body, ms},
            text::{rough, safe, span, wrapped},
        },
        peer::Named,
    },
    driver::probe::{self, LEAVE, Told as Event},
    proto::{Ski, Target},
};

/// Who is probed, by whom, and how long it can take.
pub(super) fn heading(context: &mut Context<'_>, probing: &Probing) {
    let what = match &probing.aim {
        Aim::Device(Named::Prefix(prefix)) => format!("an SKI that begins with {prefix}"),
        Aim::Device(Named::Ski(ski)) => format!("SKI {}", ski.grouped()),
        Aim::Device(Named::Qr(qr)) => format!("SKI {}", qr.ski.grouped()),
        Aim::Place(place) => safe(&place.to_string()),
    };
    let (limit, whole) = (probing.args.timeout, ends_within(probing.args.timeout));
    let times = match probing.args.repeat {
        1 => String::new(),
        n => format!("; {n} times, {} between", rough(probing.args.pause)),
    };
    let ui = &mut *context.ui;
    ui.story(&format!("probe    {what}"));
    ui.story(&format!("this     SKI {}", probing.identity.ski().grouped()));
    ui.story(&format!("time     {} a rung; ends within {}{times}", span(limit), span(whole)));
    if let Some(hub) = &probing.hub {
        ui.story(&format!("hub      process {} runs with this identity", hub.pid));
    }
    ui.story("");
}

/// The most time one probe takes.
fn ends_within(limit: Duration) -> Duration {
    probe::whole(limit) + LEAVE
}

/// What is dialled, for programs.
pub(super) fn plan(
    context: &mut Context<'_>,
    run: u32,
    ski: Option<Ski>,
    targets: &[Target],
    limit: Duration,
) -> Result<(), CliError> {
    let body = Body::Probe {
        run,
        targets: targets.iter().map(ToString::to_string).collect(),
        rung_limit_ms: ms(limit),
        ends_within_ms: ms(ends_within(limit)),
    };
    context.ui.json_now(ski, &body)
}

/// Tells the rungs of one probe, each once and in their order.
pub(super) struct Told {
    run: u32,
    /// Whether people are told every rung; of many probes they are told a line each.
    each: bool,
    next: usize,
    began: Instant,
}

impl Told {
    pub(super) fn new(run: u32, each: bool) -> Self {
        Self { run, each, next: 0, began: Instant::now() }
    }

    pub(super) fn take(
        &mut self,
        context: &mut Context<'_>,
        ski: Option<Ski>,
        event: Event,
    ) -> Result<(), CliError> {
        match event {
            Event::Step(step) => self.step(context, ski, &step),
            Event::Reached { ski, target, remote } => {
                if let Some(trace) = context.ui.trace() {
                    trace.reached(ski, target, remote);
                }
                Ok(())
            }
            Event::Frame { sent, bytes } => {
                if let Some(trace) = context.ui.trace() {
                    trace.frame(sent, bytes);
                }
                Ok(())
            }
            Event::State(ski, state) => {
                if let Some(trace) = context.ui.trace() {
                    trace.state(ski, state);
                }
                Ok(())
            }
            Event::Trying(what) => {
                context.ui.transient(&safe(&format!("…      {what}")));
                Ok(())
            }
        }
    }

    /// Tells a rung; those below that were passed over were not reached.
    pub(super) fn step(
        &mut self,
        context: &mut Context<'_>,
        ski: Option<Ski>,
        step: &Step,
    ) -> Result<(), CliError> {
        let place = step.rung as usize;
        if place < self.next {
            return Ok(());
        }
        let passed = Ladder::default().steps()[self.next..place].to_vec();
        self.next = place + 1;
        for step in passed.iter().chain([step]) {
            context.ui.json_now(ski, &Body::rung(self.run, step))?;
            // Numbers have no name to look up.
            let is_empty = step.rung == Rung::Name && step.verdict == Verdict::LeftOut;
            if self.each && !is_empty {
                for line in rung(step, context.ui.columns()) {
                    context.ui.result(&line)?;
                }
            }
        }
        Ok(())
    }

    /// Tells what nobody told; of many probes, a line.
    pub(super) fn rest(
        &mut self,
        context: &mut Context<'_>,
        ski: Option<Ski>,
        ladder: &Ladder,
    ) -> Result<(), CliError> {
        if let Some(step) = ladder.steps().last() {
            self.step(context, ski, step)?;
        }
        if self.each {
            return Ok(());
        }
        let (verdict, what) = match ladder.conclusion() {
            Some((rung, why)) if ladder.failed().is_some() => {
                ("failed", format!("{} at {rung}: {}", why.code, safe(&why.seen)))
            }
            Some((rung, why)) => ("remark", format!("{} at {rung}: {}", why.code, safe(&why.seen))),
            None => ("ok", ladder.height().map_or_else(String::new, |it| format!("up to {it}"))),
        };
        let took = span(self.began.elapsed());
        let line = format!("run {:<4} {verdict:<7}{took:>8}  {what}", self.run);
        context.ui.result(&fitted(&line, context.ui.columns()))
    }
}

/// The lines of a rung.
fn rung(step: &Step, columns: Option<usize>) -> Vec<String> {
    let verdict = match step.verdict {
        Verdict::Ok => "ok",
        Verdict::Remark => "remark",
        Verdict::Failed => "failed",
        Verdict::LeftOut | Verdict::NotReached => "-",
    };
    let took = step.took.map(span).unwrap_or_default();
    let mut says: Vec<String> = step.evidence.iter().map(|it| safe(it)).collect();
    says.extend(step.findings.iter().map(|it| format!("{} {}", it.code, safe(&it.seen))));
    if step.verdict == Verdict::NotReached {
        says.push("not reached".to_owned());
    }
    if step.by_hub {
        match says.first_mut() {
            Some(first) => *first = format!("the hub knows: {first}"),
            None => says.push("the hub knows".to_owned()),
        }
    }
    let mut lines = Vec::new();
    let mut head = format!("{verdict:<6} {:<14}{took:>7}", step.rung.name());
    if says.is_empty() {
        lines.push(head.trim_end().to_owned());
    }
    for say in says {
        lines.push(fitted(&format!("{head}  {say}"), columns));
        head = " ".repeat(28);
    }
    lines
}

fn fitted(line: &str, columns: Option<usize>) -> String {
    match columns {
        Some(columns) => wrapped(line, columns),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::{Code, Finding, ladder::Rung};

    #[test]
    fn a_rung_has_its_evidence_and_findings_below_each_other() {
        let step = Step::ok(Rung::Certificate, Duration::from_millis(12))
            .saying("5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222")
            .found(Finding::new(Code::Cert06, "It has expired on 2020-01-01."));
        assert_eq!(
            rung(&step, Some(80)),
            [
                "remark certificate     12 ms  5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222",
                "                              CERT-06 It has expired on 2020-01-01.",
            ]
        );
        let [not_reached] = &rung(&Ladder::default().steps()[11].clone(), None)[..] else {
            panic!()
        };
        assert_eq!(not_reached, "-      close                  not reached");
    }

    #[test]
    fn times_are_span() {
        let times = [0, 999, 1000, 2500, 65_000].map(|ms| span(Duration::from_millis(ms)));
        assert_eq!(times, ["0 ms", "999 ms", "1 s", "2.5 s", "65 s"]);
    }
}
