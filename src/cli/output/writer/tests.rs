use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;

/// A reader that takes a text whenever it is told to.
struct Slow(Receiver<()>, Arc<Mutex<String>>);

impl Write for Slow {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
        self.1.lock().unwrap().push_str(str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn slow(json: bool) -> (Writer, Sender<()>, Arc<Mutex<String>>) {
    let (writer, (take, takes), read) = (Writer::new(json), channel(), Arc::default());
    let (shared, stdout) = (writer.0.clone(), Slow(takes, Arc::clone(&read)));
    thread::spawn(move || shared.write(stdout, io::sink()));
    (writer, take, read)
}

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_reader_that_does_not_read_loses_events_is_told_how_many_and_gets_every_result() {
    let (writer, take, read) = slow(true);
    let event = "e".repeat(KEPT / 4);
    for _ in 0..10 {
        writer.push(To::Stdout, Worth::Event, event.clone()).unwrap();
    }
    writer.push(To::Stdout, Worth::Result, "result".to_owned()).unwrap();
    assert!(!writer.wait(Duration::ZERO));
    (0..6).for_each(|_| take.send(()).unwrap());
    assert!(writer.wait(LONG));
    let read = read.lock().unwrap();
    let rest = read.trim_start_matches('e');
    assert_eq!(read.len() - rest.len(), KEPT);
    assert!(rest.contains(r#""event":"events_lost","ski":null,"count":6}"#), "{rest}");
    assert!(rest.ends_with("result"), "{rest}");
}

#[test]
fn once_nobody_reads_any_more_nothing_waits_for_him() {
    let (writer, take, _) = slow(false);
    drop(take);
    writer.push(To::Stdout, Worth::Result, "result".to_owned()).unwrap();
    assert!(writer.wait(LONG) && writer.is_closed());
    writer.push(To::Stdout, Worth::Result, "more".to_owned()).unwrap();
    assert!(writer.failure().is_none() && writer.0.lock().texts.is_empty());
}

#[tokio::test]
async fn in_a_hurry_nobody_waits_for_a_reader_that_reads_nothing() {
    let (writer, _take, _) = slow(false);
    writer.push(To::Stdout, Worth::Result, "result".to_owned()).unwrap();
    assert!(tokio::time::timeout(LONG, writer.finish(true)).await.is_ok());
    assert!(!writer.wait(Duration::ZERO));
}

#[test]
fn of_what_waits_only_results_are_kept_when_time_runs_out() {
    let (writer, take, read) = slow(true);
    for (worth, text) in [
        (Worth::Event, "first"),
        (Worth::Event, "second"),
        (Worth::Passing, "third"),
        (Worth::Result, "result"),
    ] {
        writer.push(To::Stdout, worth, text.to_owned()).unwrap();
    }
    // The first one is being written.
    while !writer.0.lock().writing {
        thread::yield_now();
    }
    writer.0.lock().keep_results();
    (0..3).for_each(|_| take.send(()).unwrap());
    assert!(writer.wait(LONG));
    let read = read.lock().unwrap();
    assert!(read.starts_with("firstresult{") && read.contains(r#""count":1}"#), "{read}");
}
