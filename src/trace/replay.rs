//! A trace fed to a new hub: the same inputs and commands at the same times must lead to the same
//! states, decisions and messages.

use std::collections::VecDeque;

use serde_json::Value;

use super::{
    fact::Fact,
    file::{ENDED, Line, Trace},
    input::Step,
    pins::Pins,
    show::{is_decision, is_state},
};
use crate::{
    hub::{Hub, LinkId},
    proto::text::visible,
    time::Time,
};

/// What a replay came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many inputs and commands were fed.
    pub steps: usize,
    /// How many changes of state came out the same.
    pub states: usize,
    /// How many decisions: delays drawn, dials, admissions, refusals, closes, verdicts.
    pub decisions: usize,
    /// How many messages of ours.
    pub messages: usize,
    /// The first difference, if there is one: everything was the same before it.
    pub difference: Option<Difference>,
    /// Where and why it stopped before the end.
    pub stopped: Option<(usize, String)>,
}

/// The first thing that came out otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the trace.
    pub line: usize,
    /// When.
    pub at: Time,
    /// What the trace tells; `None` if nothing more.
    pub recorded: Option<String>,
    /// What the hub did now; `None` if nothing.
    pub replayed: Option<String>,
}

/// Why a trace cannot be replayed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoReplay {
    /// It began in the middle.
    #[error(
        "the recording began when the hub was running already, and what it knew then is not in it; \
         record from the start, with --trace"
    )]
    NoStart,
    /// It is of a command that has no hub.
    #[error(
        "this is a trace of `shipctl {0}`, which has no hub: there are no decisions to replay; \
         `shipctl trace show` tells what it says"
    )]
    NoHub(String),
    /// It is of a simulated device.
    #[error(
        "this is a trace of a simulated device, which answers SPINE by a model that is not in it; \
         replay the trace of the side that connected with it"
    )]
    Simulated,
    /// What the hub began with cannot be read.
    #[error(
        "the settings the hub began with cannot be read; replay it with the shipctl that wrote it"
    )]
    Settings,
}

/// Feeds a trace to a new hub.
///
/// # Errors
///
/// It does not tell what the hub began with.
pub fn replay(trace: &Trace) -> Result<Replayed, NoReplay> {
    let start = trace.header.start.as_ref().ok_or_else(|| match &trace.header.of {
        Some(command) => NoReplay::NoHub(visible(command)),
        None => NoReplay::NoStart,
    })?;
    let (seed, config, trust) = start.read().ok_or(match start.is_simulated() {
        true => NoReplay::Simulated,
        false => NoReplay::Settings,
    })?;
    let mut replay = Replay {
        hub: Hub::new(config, &trust, seed),
        last_link: 0,
        ahead: VecDeque::new(),
        answer: None,
        pins: Pins::of_a_trace(),
        so_far: Replayed::default(),
    };
    let mut last = (1, Time::ORIGIN);
    for line in &trace.lines {
        last = (line.number, line.at);
        if !replay.take(line) {
            return Ok(replay.so_far);
        }
    }
    // Of a recording that was cut off, or reached its limit, the last outputs may be missing.
    if trace.end() == Some(ENDED)
        && let Some(fact) = replay.ahead.pop_front()
    {
        let replayed = Some(shown(&fact));
        let (line, at) = last;
        replay.so_far.difference = Some(Difference { line, at, recorded: None, replayed });
    }
    Ok(replay.so_far)
}

struct Replay {
    hub: Hub,
    last_link: u64,
    /// What the hub did, and no line was compared with yet.
    ahead: VecDeque<Fact>,
    /// What it answered to the last command.
    answer: Option<Fact>,
    pins: Pins,
    so_far: Replayed,
}

impl Replay {
    /// Takes the next line; `false` if it is of no use to go on.
    fn take(&mut self, line: &Line) -> bool {
        let Some(fact) = &line.fact else {
            return self.stop(line, "this version does not know what this line tells");
        };
        match fact {
            Fact::Lost { .. } => self.stop(
                line,
                "lines were lost here: the disk was too slow while the trace was written",
            ),
            Fact::Note { .. } | Fact::End { .. } => true,
            fact if fact.is_step() => match fact.step() {
                Some(step) => {
                    self.feed(line.at, step);
                    true
                }
                None => self.stop(line, "what this line tells cannot be fed to a hub"),
            },
            recorded => self.compare(line, recorded),
        }
    }

    fn stop(&mut self, line: &Line, why: &str) -> bool {
        self.so_far.stopped = Some((line.number, why.to_owned()));
        false
    }

    fn feed(&mut self, at: Time, step: Step) {
        self.so_far.steps += 1;
        match step {
            Step::Begin => self.hub.begin(at),
            Step::TurnedAway(link) => self.use_up(link),
            Step::Input(input) => {
                if let crate::hub::Input::Incoming { link, .. } = &*input {
                    self.use_up(*link);
                }
                self.hub.handle(at, *input);
            }
            Step::Command(command) => {
                let refused = self.hub.command(at, *command).err().map(|error| error.to_string());
                self.answer = Some(Fact::Answer { refused });
            }
        }
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.hub.poll_output() {
            if let Some(Fact::Dial { link, .. }) = Fact::output(&output, &mut self.pins) {
                self.last_link = self.last_link.max(link);
            }
            self.ahead.extend(Fact::output(&output, &mut self.pins));
        }
    }

    /// Has the hub give out the numbers of links up to this one.
    fn use_up(&mut self, link: LinkId) {
        // A number far ahead is no number of this hub.
        let ahead = link.number().saturating_sub(self.last_link).min(1000);
        for _ in 0..ahead {
            self.last_link = self.hub.new_link().number();
            if self.last_link >= link.number() {
                return;
            }
        }
    }

    fn compare(&mut self, line: &Line, recorded: &Fact) -> bool {
        let replayed = match recorded {
            Fact::Answer { .. } => self.answer.take(),
            _ => self.ahead.pop_front(),
        };
        if replayed.as_ref().is_some_and(|replayed| same(replayed, recorded)) {
            self.count(recorded);
            return true;
        }
        self.so_far.difference = Some(Difference {
            line: line.number,
            at: line.at,
            recorded: Some(shown(recorded)),
            replayed: replayed.as_ref().map(shown),
        });
        false
    }

    fn count(&mut self, fact: &Fact) {
        match fact {
            fact if is_state(fact) => self.so_far.states += 1,
            fact if is_decision(fact) => self.so_far.decisions += 1,
            Fact::Frame(_) => self.so_far.messages += 1,
            _ => {}
        }
    }
}

/// Whether both tell the same; sentences for people may be worded otherwise by another version, or
/// hold a serial number that was redacted.
fn same(one: &Fact, other: &Fact) -> bool {
    let essence = |fact: &Fact| {
        let mut value = serde_json::to_value(fact).unwrap_or_default();
        if let Value::Object(fields) = &mut value {
            for words in ["text", "json", "seen", "message"] {
                fields.remove(words);
            }
        }
        value
    };
    one == other || essence(one) == essence(other)
}

fn shown(fact: &Fact) -> String {
    let text = serde_json::to_string(fact).unwrap_or_default();
    crate::proto::text::beginning(&text, 400).into_owned()
}

#[cfg(test)]
mod tests;
