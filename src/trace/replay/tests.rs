use std::{net::SocketAddr, time::Duration};

use super::*;
use crate::{
    hub::{
        Command, Config, Input, Registration,
        dial::{DialFailure, Stage, Tried},
    },
    identity::trust::TrustStore,
    proto::{Frame, Ski, Target, codec::encode, handshake::TransportEnd, message::Message},
    trace::{Header, Redactor, Start, file::VERSION},
};

const US: Ski = Ski::from_bytes([1; 20]);
const PEER: Ski = Ski::from_bytes([2; 20]);

/// A hub whose trace is written as the driver does it.
struct Recorded {
    hub: Hub,
    now: Time,
    redactor: Redactor,
    text: String,
}

impl Recorded {
    fn new() -> Self {
        let config = Config::new(US, "i:1_u:us".parse().unwrap());
        let (trust, seed) = (TrustStore::default(), 4711);
        let mut redactor = Redactor::new(true);
        let start = Start::new(seed, &config, &trust, &mut redactor.pins);
        let header = Header {
            trace: VERSION,
            shipctl: "0.1.0".to_owned(),
            origin_unix_ms: 0,
            at_ns: 0,
            ski: Some(US),
            ship_id: None,
            port: Some(4712),
            serials_redacted: true,
            start: Some(start),
            of: None,
            links: Vec::new(),
        };
        let text = redactor.header(&header);
        let mut recorded =
            Self { hub: Hub::new(config, &trust, seed), now: Time::ORIGIN, redactor, text };
        recorded.write(&Fact::Begin {});
        recorded.hub.begin(recorded.now);
        recorded
    }

    fn write(&mut self, fact: &Fact) {
        self.text += &self.redactor.line(self.now, fact);
    }

    fn tell(&mut self, input: Input) -> Vec<Fact> {
        self.now += Duration::from_nanos(1_234_567);
        let fact = Fact::input(&input, &mut self.redactor.pins);
        self.write(&fact);
        self.hub.handle(self.now, input);
        self.drain()
    }

    fn order(&mut self, command: Command) -> Vec<Fact> {
        self.now += Duration::from_nanos(1_234_567);
        let fact = Fact::command(&command, &mut self.redactor.pins);
        self.write(&fact);
        let refused = self.hub.command(self.now, command).err().map(|error| error.to_string());
        self.write(&Fact::Answer { refused });
        self.drain()
    }

    fn drain(&mut self) -> Vec<Fact> {
        let mut facts = Vec::new();
        while let Some(output) = self.hub.poll_output() {
            facts.extend(Fact::output(&output, &mut self.redactor.pins));
        }
        facts.iter().for_each(|fact| self.write(fact));
        facts
    }

    /// Lets time pass until the next timer.
    fn wait(&mut self) -> Vec<Fact> {
        self.now = self.hub.poll_timeout().unwrap();
        self.tell(Input::Timeout)
    }

    fn end(mut self) -> String {
        self.write(&Fact::End { why: ENDED.to_owned() });
        self.text
    }
}

fn dialled(facts: &[Fact]) -> LinkId {
    let link = facts.iter().find_map(|fact| match fact {
        Fact::Dial { link, .. } => Some(*link),
        _ => None,
    });
    LinkId::from_number(link.unwrap())
}

fn init() -> Frame {
    Frame::from(encode(&Message::Init { head: 0 }))
}

/// A dial that fails, one that waits for a delay drawn at random and succeeds, a second connection
/// beside it, a request that is turned away, an end.
fn story() -> String {
    let mut hub = Recorded::new();
    let remote: SocketAddr = "10.0.0.7:4712".parse().unwrap();
    let target: Target = "10.0.0.7:4712/ship/".parse().unwrap();
    let pin = Some("BADCAFE5".parse().unwrap());
    let wish = Registration { targets: vec![target.clone()], pin, ..Registration::new(PEER) };
    let link = dialled(&hub.order(Command::Register(wish)));
    assert!(hub.order(Command::Connect { ski: US }).is_empty(), "it is refused");
    let tried = Tried {
        target,
        address: Some(remote),
        stage: Stage::Tcp,
        code: crate::checks::Code::Tcp01.as_str(),
        what: "refused".to_owned(),
        passing: true,
        took: Duration::from_millis(3),
        via: Vec::new(),
        announced: false,
    };
    let failure = DialFailure { tried: vec![tried], telling: 0 };
    hub.tell(Input::Dialled { link, result: Err(failure) });
    // One whose certificate is not the right one uses up a link.
    let (wrong, what) = (hub.hub.new_link().number(), "another certificate".to_owned());
    hub.write(&Fact::TurnedAway { link: wrong, ski: PEER, remote, what });
    let link = dialled(&hub.wait());
    assert_eq!(link.number(), wrong + 1);
    hub.tell(Input::Dialled { link, result: Ok(remote.into()) });
    hub.tell(Input::Message { link, bytes: init() });
    let second = hub.hub.new_link();
    let incoming = Input::Incoming { link: second, ski: PEER, remote, transport: Box::default() };
    let facts = hub.tell(incoming);
    assert!(facts.iter().any(|fact| super::super::show::kind(fact) == "two_connections"));
    hub.tell(Input::Accepted { link: second });
    hub.tell(Input::Message { link: second, bytes: init() });
    hub.tell(Input::Closed { link: second, how: TransportEnd::Eof });
    hub.order(Command::Shutdown);
    hub.end()
}

#[test]
fn a_trace_leads_a_new_hub_to_the_same_states_and_decisions() {
    let text = story();
    assert!(!text.contains("BADCAFE5"), "{text}");
    let replayed = replay(&Trace::read(&text).unwrap()).unwrap();
    assert_eq!((&replayed.difference, &replayed.stopped), (&None, &None), "{text}");
    assert!(replayed.states >= 8 && replayed.decisions >= 6, "{replayed:?}\n{text}");
    assert!(replayed.messages >= 2 && replayed.steps >= 12, "{replayed:?}");
}

#[test]
fn whatever_came_out_otherwise_is_the_first_difference() {
    let text = story();
    for (from, to) in [
        (r#""event":"delay_drawn","#, r#""event":"delay_drawn","more":1,"#),
        (r#""to":"Initiated""#, r#""to":"Completed""#),
        (r#""we_decide":false"#, r#""we_decide":true"#),
        (r#""seed":"4711""#, r#""seed":"4712""#),
    ] {
        assert!(text.contains(from), "{from} in {text}");
        let trace = Trace::read(&text.replacen(from, to, 1)).unwrap();
        let replayed = replay(&trace).unwrap();
        let difference = replayed.difference.unwrap_or_else(|| panic!("{to} is not noticed"));
        assert!(difference.recorded.is_some() && difference.replayed.is_some(), "{difference:?}");
    }
    let lines: Vec<&str> = text.lines().collect();
    let without_last_but_one = [&lines[..lines.len() - 2], &lines[lines.len() - 1..]].concat();
    let trace = Trace::read(&(without_last_but_one.join("\n") + "\n")).unwrap();
    assert_eq!(replay(&trace).unwrap().difference.unwrap().recorded, None);
}

#[test]
fn one_that_is_cut_is_replayed_as_far_as_it_goes() {
    let text = story();
    for end in (text.find('\n').unwrap() + 1..text.len()).step_by(97) {
        let Ok(trace) = Trace::read(&text[..end]) else { continue };
        assert_eq!(replay(&trace).unwrap().difference, None, "cut at {end}");
    }
}

#[test]
fn what_cannot_be_replayed_is_refused_with_its_reason() {
    let text = story();
    let lost = r#"{"at_ns":1,"kind":"lost","count":3}"#;
    let head = text.lines().take(3).collect::<Vec<_>>().join("\n");
    let trace = Trace::read(&format!("{head}\n{lost}\n")).unwrap();
    let (line, why) = replay(&trace).unwrap().stopped.unwrap();
    assert!(line == 4 && why.contains("lost"), "{line} {why}");
    let mut trace = Trace::read(&text).unwrap();
    trace.header.start = None;
    assert_eq!(replay(&trace).unwrap_err(), NoReplay::NoStart);
}

#[test]
fn a_trace_is_shown_as_lines_states_a_diagram_and_a_capture() {
    let trace = Trace::read(&story()).unwrap();
    let filter = |only: &str| super::super::show::Filter {
        kinds: vec![only.to_owned()],
        ..Default::default()
    };
    let shown = |only: &str| super::super::show::show(&trace, &filter(only));
    assert!(shown("messages").iter().all(|shown| shown.ski == Some(PEER)));
    assert!(shown("states").len() >= 8 && !shown("findings").is_empty());
    let says = &shown("two_connections")[0].says;
    assert!(says.contains("we dialled") && says.contains("the device decides"), "{says}");
    let mut none = filter("messages");
    none.skis = vec!["ff".to_owned()];
    assert!(super::super::show::show(&trace, &none).is_empty());

    let lanes = super::super::timeline::lanes(&trace);
    let [lane] = &lanes[..] else { panic!("{lanes:?}") };
    let states: Vec<&str> = lane.stays.iter().map(|stay| &*stay.state).collect();
    assert_eq!(&states[..3], ["Queued", "Initiated", "Error"], "{lane:?}");
    let whole: Duration = lane.stays.iter().map(|stay| stay.lasted).sum();
    assert_eq!(lane.stays[0].from + whole, trace.lines.last().unwrap().at);

    let diagram = super::super::diagram::diagram(&trace, |_| true);
    assert!(diagram.starts_with("sequenceDiagram\n"), "{diagram}");
    assert!(diagram.contains("U->>P02020202: init"), "{diagram}");

    let capture = super::super::pcapng::pcapng(&trace);
    assert_eq!(capture[..4], [0x0a, 0x0d, 0x0d, 0x0a]);
    assert!(capture.len().is_multiple_of(4));
    let late = Header { origin_unix_ms: i64::MAX, ..trace.header.clone() };
    let trace = Trace { header: late, ..trace };
    assert_eq!(super::super::pcapng::pcapng(&trace).len(), capture.len(), "a date without end");
}
