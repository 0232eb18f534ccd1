use std::time::Duration;

use super::*;
use crate::{
    hub::dial::{DialFailure, Stage, Tried},
    mdns::txt::Txt,
    proto::{
        ProtocolState,
        handshake::{Cause, Denial, Side},
    },
};

const OWN: Ski = Ski::from_bytes([0x9C; 20]);
const PEER: Ski = Ski::from_bytes([0x55; 20]);

fn at(ms: u64) -> Time {
    Time::after(Duration::from_millis(ms))
}

fn told(story: &mut Story, ms: u64, kind: Kind) -> Vec<String> {
    let event = Event { at: at(ms), ski: Some(PEER), kind };
    story.tell(&event).iter().map(|said| said.line(event.at)).collect()
}

fn service() -> Service {
    let txt = [
        ("txtvers", "1"),
        ("id", "demo"),
        ("path", "/ship/"),
        ("ski", &PEER.to_string()),
        ("register", "false"),
        ("brand", "Demo"),
        ("model", "Wall\x1b[1mbox"),
        ("cat", "3"),
    ];
    Service {
        instance: "demo".to_owned(),
        host: "demo.local.".to_owned(),
        port: 4712,
        addresses: vec!["192.168.1.20:4712".parse().unwrap()],
        interfaces: vec!["eth0".to_owned()],
        txt: Txt::read(txt.iter().map(|(key, value)| (*key, Some(value.as_bytes())))),
    }
}

fn hello(we: bool, peer: Option<bool>, until: u64, granted: u32) -> Kind {
    Kind::Hello(HelloStatus {
        we_trust: we,
        peer_trusts: peer,
        we_wait_until: Some(at(until)),
        peer_waits_until: Some(at(until)),
        prolongations_granted: granted,
        prolongations_asked: 0,
    })
}

#[test]
fn each_wrong_pin_is_told_once_and_the_end_of_a_penalty_as_such() {
    let mut story = Story::of(OWN, PEER, true);
    let mut pin = |wrong, busy| {
        let kind = Kind::PinWanted { required: true, refused: wrong > 0, wrong, busy };
        told(&mut story, 0, kind).concat().split_once("pin").unwrap().1.trim().to_owned()
    };
    assert_eq!(pin(0, false), "it wants its PIN");
    assert_eq!(pin(1, false), "wrong PIN; it wants another one");
    assert_eq!(pin(2, true), "wrong PIN; its penalty runs, the next one is checked later");
    assert_eq!(pin(2, false), "it takes a PIN again, and wants another one");
    assert_eq!(pin(3, false), "wrong PIN; it wants another one");
}

#[test]
fn a_pairing_is_told_stage_by_stage() {
    let mut story = Story::of(OWN, PEER, true);
    let state = |from, to| Kind::State { from, to };
    use ConnectionState::{InProgress, None, Queued, Trusted};
    let mut lines = Vec::new();
    lines.extend(told(&mut story, 0, state(None, Queued)));
    lines.extend(told(&mut story, 820, Kind::ServiceSeen(service())));
    lines.extend(told(
        &mut story,
        830,
        Kind::AttemptStarted {
            number: 1,
            targets: vec!["192.168.1.20:4712/ship/".parse().unwrap()],
        },
    ));
    lines.extend(told(&mut story, 860, hello(true, Some(false), 60_860, 0)));
    lines.extend(told(&mut story, 12_400, hello(true, Some(false), 119_400, 1)));
    lines.extend(told(&mut story, 14_020, hello(true, Some(true), 119_400, 1)));
    lines.extend(told(&mut story, 14_020, state(InProgress, Trusted)));
    assert_eq!(
        lines,
        [
            "   0.00 s  queued      not seen by mDNS yet; waiting for it, or for it to dial us",
            "   0.82 s  found       Demo Wall\u{FFFD}[1mbox (wallbox) at 192.168.1.20:4712 on eth0",
            "   0.83 s  initiated   attempt 1: dialling 192.168.1.20:4712/ship/",
            "   0.86 s  hello       we trust it · its turn, 60 s left: accept SKI 9C9C 9C9C … on the device",
            "  12.40 s  hello       it asked for more time, granted: 107 s left",
            "  14.02 s  trusted     both sides trust each other",
        ]
    );
}

#[test]
fn a_record_seen_again_unchanged_is_no_news() {
    let mut story = Story::of(OWN, PEER, true);
    assert!(!told(&mut story, 1, Kind::ServiceSeen(service())).is_empty());
    assert!(told(&mut story, 2, Kind::ServiceSeen(service())).is_empty());
}

#[test]
fn other_devices_are_no_part_of_the_story() {
    let mut story = Story::of(OWN, OWN, true);
    assert!(told(&mut story, 1, Kind::ServiceSeen(service())).is_empty());
}

#[test]
fn the_hellos_of_two_devices_are_not_taken_for_one() {
    let mut story = Story::of_all(OWN);
    let mut tell = |ski, kind| story.tell(&Event { at: at(0), ski: Some(ski), kind });
    let asked = tell(PEER, hello(true, Some(false), 60_000, 1));
    assert!(asked[0].text.contains("asked for more time"), "{asked:?}");
    tell(Ski::from_bytes([7; 20]), hello(true, Some(false), 60_000, 0));
    assert_eq!(tell(PEER, hello(true, Some(true), 60_000, 1)), [], "nothing more was granted");
}

#[test]
fn the_hello_is_counted_down_while_a_person_must_act() {
    let mut story = Story::of(OWN, PEER, true);
    told(&mut story, 0, hello(true, Some(false), 60_000, 0));
    assert!(story.countdown(at(20_000)).unwrap().text.contains("its turn, 40 s left"));
    told(&mut story, 21_000, hello(true, Some(true), 60_000, 0));
    assert_eq!(story.countdown(at(21_000)), None);
}

#[test]
fn a_failed_attempt_names_every_address_and_what_to_do() {
    let tried = Tried {
        target: "192.168.1.20:4712".parse().unwrap(),
        address: None,
        stage: Stage::Tcp,
        code: "TCP-01",
        what: "the connection was refused".to_owned(),
        passing: true,
        took: Default::default(),
        via: Vec::new(),
        announced: false,
    };
    let failure = DialFailure { tried: vec![tried], telling: 0 };
    let lines = told(
        &mut Story::of(OWN, PEER, false),
        1000,
        Kind::AttemptFailed { number: 1, failure, verdict: Verdict::Retry },
    );
    assert_eq!(
        lines[0],
        "   1.00 s  failed      192.168.1.20:4712/ship/: the connection was refused [TCP-01]"
    );
    assert!(lines[1].starts_with("   1.00 s              → "), "{}", lines[1]);
}

#[test]
fn an_end_tells_who_ended_it_and_when() {
    let end = End {
        during: ProtocolState::HelloReadyListen,
        cause: Cause::Denied { by: Side::Peer, how: Denial::Aborted },
        completed: false,
        after: Duration::from_secs(3),
        instead: None,
    };
    let verdict = Verdict::PeerRefused;
    let lines = told(&mut Story::of(OWN, PEER, false), 3000, Kind::Ended { end, verdict });
    assert!(lines[0].contains("[HEL-03]"), "{lines:?}");
}
