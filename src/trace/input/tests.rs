use super::*;
use crate::{
    hub::facts::TransportFacts,
    proto::{
        codec::encode,
        handshake::TransportEnd,
        message::{Control, Message},
    },
};

const SKI: Ski = Ski::from_bytes([9; 20]);

fn inputs() -> Vec<Input> {
    let link = LinkId::from_number(7);
    let remote: SocketAddr = "[fe80::1%3]:4712".parse().unwrap();
    let target: Target = "wallbox.local:4712/ship/".parse().unwrap();
    let ski = SKI.to_string();
    let pairs = [("txtvers", "1"), ("id", "i:1_u:a"), ("SKI", &ski), ("register", "maybe")];
    let service = Service {
        instance: "Wallbox".to_owned(),
        host: "wallbox.local.".to_owned(),
        port: 4712,
        addresses: vec![remote, "192.168.1.20:4712".parse().unwrap()],
        interfaces: vec!["eth0".to_owned()],
        txt: Txt::read(pairs.map(|(key, value)| (key, Some(value.as_bytes())))),
    };
    let tried = Tried {
        target: target.clone(),
        address: Some(remote),
        stage: Stage::Tls,
        code: Code::Tls01.as_str(),
        what: "nothing in common".to_owned(),
        passing: true,
        took: Duration::from_nanos(1_234_567_891),
        via: vec!["eth1".to_owned()],
        announced: false,
    };
    let transport = Box::new(TransportFacts {
        path: Some("/ship/".to_owned()),
        via: vec!["eth0".to_owned()],
        ..TransportFacts::default()
    });
    let bytes = encode(&Message::Control(Control::AccessMethodsRequest));
    let ends = [
        TransportEnd::Frame { code: 4452, text: "no".to_owned() },
        TransportEnd::Eof,
        TransportEnd::NoPong { waited: Duration::from_nanos(3_000_000_001) },
        TransportEnd::NoWebSocket { detail: "HTTP".to_owned() },
        TransportEnd::TooLarge { size: 9, limit: 8 },
        TransportEnd::Flooded { limit: 500, within: Duration::from_secs(10) },
        TransportEnd::NotReading { detail: "too much waits".to_owned() },
        TransportEnd::Error { detail: "reset".to_owned() },
    ];
    let (told, ski) = (vec![tried.clone()], Some(SKI));
    let opened = Opened { ski, remote, tried: told, transport: transport.clone() };
    let mut inputs = vec![
        Input::Seen(service),
        Input::Gone { instance: "Wallbox".to_owned() },
        Input::Incoming { link, ski: SKI, remote, transport },
        Input::Accepted { link },
        Input::Dialled { link, result: Ok(opened) },
        Input::Dialled { link, result: Err(DialFailure { tried: vec![tried], telling: 0 }) },
        Input::Dialling { link, target, address: Some(remote), stage: Stage::Upgrade },
        Input::Message { link, bytes: Frame::from(bytes) },
        Input::Message { link, bytes: Frame::from(vec![1, 0xff, 0]) },
        Input::Text { link },
        Input::Pong { link },
        Input::ListeningStopped,
        Input::Withdrawn,
        Input::Timeout,
    ];
    inputs.extend(ends.map(|how| Input::Closed { link, how }));
    inputs
}

#[test]
fn every_input_is_read_as_it_was_written() {
    for input in inputs() {
        let fact = Fact::input(&input, &mut Pins::default());
        let text = serde_json::to_string(&fact).unwrap();
        let read: Fact = serde_json::from_str(&text).unwrap();
        assert_eq!(read, fact, "{text}");
        assert!(read.is_step(), "{text}");
        let Some(Step::Input(back)) = read.step() else { panic!("{text}") };
        // Frames do not show their bytes.
        if let (Input::Message { bytes, .. }, Input::Message { bytes: back, .. }) = (&input, &*back)
        {
            assert_eq!(back, bytes);
        }
        assert_eq!(format!("{back:?}"), format!("{input:?}"));
    }
}

#[test]
fn a_finding_this_version_does_not_know_is_no_finding() {
    let tried = inputs().into_iter().find_map(|input| match input {
        Input::Dialled { result: Err(failure), .. } => failure.tried.into_iter().next(),
        _ => None,
    });
    let record = TriedRecord { code: "NEW-99".to_owned(), ..TriedRecord::new(&tried.unwrap()) };
    assert_eq!(record.tried().code, "");
}
