//! What goes to stdout, to stderr and to the log.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use super::kit::*;

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_an_error_and_a_closed_one_is_not() {
    let shipctl = Shipctl::new();
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let ran = shipctl.command(&["identity", "show"]).stdout(full).output().unwrap();
    Ran::of(ran).failed(74, "cannot write to stdout");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ran = shipctl.command(&["identity", "show"]).stdout(writer).output().unwrap();
    assert_eq!(Ran::of(ran).done().err, "");
}

#[test]
fn off_a_terminal_there_are_neither_colours_nor_cursor_movements() {
    let shipctl = Shipctl::new();
    let mut command = shipctl.command(&["identity", "qr"]);
    let ran = Ran::of(command.env_remove("NO_COLOR").output().unwrap());
    assert!(ran.done().out.starts_with("SHIP;SKI:"), "{ran:?}");
    assert_eq!(ran.out.lines().count(), 1);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{ran:?}");
}

#[test]
fn a_log_that_cannot_be_written_is_an_error() {
    let shipctl = Shipctl::new();
    let log = shipctl.path("nowhere/shipctl.log");
    shipctl.run(&["trust", "list", "--log-file", &log]).failed(74, "nowhere/shipctl.log");
}

/// A pipe whose reader has not read for so long that nothing more fits.
#[cfg(target_os = "linux")]
fn full_pipe() -> (std::io::PipeReader, std::io::PipeWriter) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    std::io::Write::write_all(&mut writer, &[b'\n'; 64 << 10]).unwrap();
    (reader, writer)
}

#[test]
#[cfg(target_os = "linux")]
fn a_reader_that_does_not_read_holds_up_neither_the_connections_nor_the_signals() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let (us, device) = (Shipctl::new(), Shipctl::new());
        let (own, ski) = (us.ski(), device.ski());
        let (_reader, writer) = full_pipe();
        let mut command = us.command(&[&NETWORK[..], &["listen", "--accept", &ski]].concat());
        let mut listening = command.stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let mut story = BufReader::new(listening.stderr.take().unwrap()).lines();
        let port = story.find_map(|line| Some(line.unwrap().split_once(" port ")?.1.to_owned()));
        device.net(&["pair", &own, "--address", &format!("127.0.0.1:{}", port.unwrap())]).done();
        crate::support::signal::send(listening.id(), signal);
        assert_eq!(listening.wait().unwrap().code(), Some(code));
        assert!(us.read_state("trust.json").contains(&ski), "it was served all the same");
    }
}

#[test]
#[cfg(unix)]
fn what_only_tells_ends_when_nobody_reads_any_more() {
    for flags in [&["--json"][..], &[]] {
        let shipctl = Shipctl::new();
        let (reader, writer) = std::io::pipe().unwrap();
        let listen = [&NETWORK[..], flags, &["listen", "--accept", SKI]].concat();
        let mut command = shipctl.command(&listen);
        let mut listening = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
        // It has an end of the pipe as well.
        drop(command);
        // `shipctl listen --json | head -1`
        let mut first = [0];
        if !flags.is_empty() {
            (&reader).read_exact(&mut first).unwrap();
        }
        drop(reader);
        assert_eq!(listening.wait().unwrap().code(), Some(0));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_result_waits_for_a_slow_reader() {
    let shipctl = Shipctl::new();
    let (mut reader, writer) = full_pipe();
    let mut command = shipctl.command(&["identity", "show", "--json"]);
    let mut showing = command.stdout(writer).stderr(Stdio::null()).spawn().unwrap();
    drop(command);
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    while !String::from_utf8_lossy(&read).contains(r#""event":"result""#) {
        let length = reader.read(&mut piece).unwrap();
        assert!(length > 0, "it ended without a result");
        read.extend(&piece[..length]);
    }
    drop(reader);
    assert_eq!(showing.wait().unwrap().code(), Some(0));
}
