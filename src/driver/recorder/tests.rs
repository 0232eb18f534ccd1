use super::*;
use crate::{
    hub::LinkId,
    proto::{
        Frame,
        codec::encode,
        message::{Control, Message},
    },
    trace::{Trace, USUAL_LIMIT, file::VERSION},
};

fn settings(path: PathBuf, limit: u64) -> TraceSettings {
    TraceSettings { path, full: false, limit }
}

fn header() -> Header {
    Header {
        trace: VERSION,
        shipctl: "0.1.0".to_owned(),
        origin_unix_ms: 0,
        at_ns: 0,
        ski: None,
        ship_id: None,
        port: None,
        serials_redacted: true,
        start: None,
        of: None,
        links: Vec::new(),
    }
}

fn read(path: &PathBuf) -> Trace {
    Trace::read(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn what_is_heard_stands_in_the_file_in_order_and_it_is_for_its_owner_only() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trace");
    let file = TraceFile::create(settings(path.clone(), USUAL_LIMIT)).unwrap();
    let mut recorder = file.begin(&header(), Time::ORIGIN).unwrap();
    let link = LinkId::from_number(3);
    let frame = encode(&Message::Control(Control::PinInput("BADCAFE5".parse().unwrap())));
    for n in 0..1000 {
        let at = Time::after(Duration::from_nanos(n));
        recorder.hear(at, Heard::Input(Input::Pong { link }));
    }
    let bytes = Frame::from(frame);
    recorder.hear(Time::ORIGIN, Heard::Output(Output::Transmit { link, bytes }));
    drop(recorder);
    let trace = read(&path);
    assert_eq!(trace.lines.len(), 1002);
    let at = |line: &crate::trace::Line| line.at.since_origin().as_nanos();
    assert!(trace.lines[..1000].iter().map(at).eq(0..1000));
    assert_eq!(trace.end(), Some("the recording was ended"));
    let text = std::fs::read_to_string(&path).unwrap().to_uppercase();
    assert!(!text.contains("BADCAFE5") && !text.contains("4241444341464535"), "{text}");
    #[cfg(unix)]
    {
        let mode = std::fs::metadata(&path).unwrap();
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&mode.permissions()) & 0o777, 0o600);
    }
    let again = TraceFile::create(settings(path.clone(), USUAL_LIMIT)).unwrap_err();
    assert!(matches!(again, RecordError::Exists(there) if there == path));
}

#[test]
fn a_file_at_its_limit_says_so_in_its_last_line_and_grows_no_further() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("trace");
    let file = TraceFile::create(settings(path.clone(), 2000)).unwrap();
    let mut recorder = file.begin(&header(), Time::ORIGIN).unwrap();
    for _ in 0..200 {
        recorder.fact(Time::ORIGIN, Fact::Timeout {});
    }
    drop(recorder);
    assert!(std::fs::metadata(&path).unwrap().len() <= 2000);
    let trace = read(&path);
    assert_eq!((trace.end(), trace.unreadable), (Some("the limit of its size is reached"), 0));
    assert!(trace.lines.len() > 10);
}

#[test]
fn what_the_disk_does_not_take_in_time_is_counted_where_it_is_missing() {
    let (facts, queue) = sync_channel(2);
    let (_told, done) = sync_channel(1);
    let mut recorder = Recorder {
        facts: Some(facts),
        done,
        shared: Arc::default(),
        lost: 0,
        path: PathBuf::new(),
        since: Time::ORIGIN,
    };
    for _ in 0..5 {
        recorder.fact(Time::ORIGIN, Fact::Timeout {});
    }
    let heard = || queue.try_iter().map(|(_, heard)| format!("{heard:?}")).collect::<Vec<_>>();
    assert_eq!(heard(), ["Fact(Timeout)", "Fact(Timeout)"]);
    recorder.fact(Time::ORIGIN, Fact::Timeout {});
    assert_eq!(heard(), ["Fact(Lost { count: 3 })", "Fact(Timeout)"]);
    // The weight of one message alone may be too much.
    recorder.shared.waiting.store(BYTES, Relaxed);
    recorder.fact(Time::ORIGIN, Fact::Timeout {});
    assert_eq!((heard().len(), recorder.lost), (0, 1));
    drop(_told);
}
