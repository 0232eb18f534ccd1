//! Every exit code, by a run of the program that ends with it. A code without one does not compile.

use std::net::TcpListener;

use shipctl::cli::exit::Exit;

use super::{
    kit::{Ran, Running, SKI, Shipctl},
    peer::{Instead, Peer, Stage},
};

/// A run that ends with this code, with `--json`.
fn run(exit: Exit) -> Ran {
    let shipctl = Shipctl::new();
    let pair =
        |peer: &Peer| shipctl.net(&["pair", &peer.ski, "--address", &peer.address, "--json"]);
    match exit {
        Exit::Done => shipctl.run(&["version", "--json"]),
        Exit::Findings => at_a_taken_port(&shipctl, &["doctor", "--timeout", "1s"]),
        Exit::Usage => shipctl.run(&["pair", "--json"]),
        Exit::PeerData => {
            shipctl.write_state("empty.trace", "");
            shipctl.run(&["trace", "show", &shipctl.path("state/empty.trace"), "--json"])
        }
        Exit::NotFound => shipctl.run(&["trust", "remove", SKI, "--json"]),
        Exit::NoHub => shipctl.run(&["status", "--json"]),
        Exit::Unreachable => {
            let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let address = closed.to_string();
            shipctl.net(&["pair", SKI, "--address", &address, "--timeout", "1s", "--json"])
        }
        Exit::InUse => {
            let mut first = shipctl.start(&["listen", "--accept", SKI]);
            first.wait_for("started");
            shipctl.net(&["listen", "--accept", SKI, "--json"])
        }
        Exit::Bug => {
            let mut command = shipctl.command(&["version", "--json"]);
            command.env("SHIPCTL_DEBUG_PANIC", "1");
            Running::start(command).end()
        }
        Exit::LocalIo => at_a_taken_port(&shipctl, &["listen", "--accept", SKI]),
        Exit::Pending => shipctl.net(&["listen", "--accept", SKI, "--timeout", "300ms", "--json"]),
        Exit::Protocol => pair(&Peer::answering("HTTP/1.1 404 Not Found\r\n\r\n")),
        Exit::Denied => pair(&Peer::ship(Stage::Hello, Instead::Aborted)),
        Exit::Configuration => {
            shipctl.write_state("identity.json", "{");
            shipctl.run(&["identity", "show", "--json"])
        }
        Exit::HungUp => signalled(&shipctl, "HUP"),
        Exit::Interrupted => signalled(&shipctl, "INT"),
        Exit::Terminated => signalled(&shipctl, "TERM"),
    }
}

fn at_a_taken_port(shipctl: &Shipctl, args: &[&str]) -> Ran {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let network = ["--no-mdns", "--bind", "127.0.0.1", "--port", &port, "--json"];
    shipctl.run(&[&network[..], args].concat())
}

fn signalled(shipctl: &Shipctl, signal: &str) -> Ran {
    let mut running = shipctl.start(&["listen", "--accept", SKI]);
    running.wait_for("started");
    running.signal(signal);
    running.end()
}

#[test]
fn every_exit_code_is_reached_and_told_in_the_result() {
    for exit in Exit::ALL {
        let ran = run(*exit);
        assert_eq!(ran.code, i32::from(exit.number()), "{exit:?}: {ran:?}");
        let last = ran.last();
        let failed = !matches!(exit, Exit::Done | Exit::Findings);
        if failed {
            assert_eq!(last["outcome"], exit.name(), "{last}");
        }
        assert_eq!(last["message"].is_string(), failed, "{last}");
        assert_eq!(last["causes"].is_array(), failed, "{last}");
    }
}

#[test]
fn a_bug_says_where_it_is_and_asks_for_a_report() {
    let ran = run(Exit::Bug);
    for word in ["SHIPCTL_DEBUG_PANIC", "src/cli/mod.rs", "This is a bug of shipctl"] {
        assert!(ran.err.contains(word), "{word} in {ran:?}");
    }
    assert!(ran.last()["advice"].as_str().unwrap().contains("shipctl report"), "{ran:?}");
}

/// A condition of this computer has its own `kind`: no program has to read the message.
#[test]
fn local_condition_has_its_own_kind_and_exit_code() {
    let shipctl = Shipctl::new();
    let is = |ran: &Ran, exit: Exit, kind: &str, code: Option<&str>| {
        let last = ran.last();
        assert_eq!(
            (ran.code, &last["kind"], last["code"].as_str()),
            (i32::from(exit.number()), &kind.into(), code),
            "{ran:?}"
        );
    };
    is(&shipctl.run(&["status", "--json"]), Exit::NoHub, "no_hub", None);
    let port = ["listen", "--accept", SKI];
    is(&at_a_taken_port(&shipctl, &port), Exit::LocalIo, "port_in_use", Some("TCP-05"));
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = taken.local_addr().unwrap().to_string();
    let run = ["hub", "run", "--json", "--metrics-listen", &metrics];
    is(&shipctl.net(&run), Exit::LocalIo, "metrics_port_in_use", Some("TCP-05"));

    let mut hub = shipctl.start(&["hub", "run"]);
    hub.wait_for("started");
    is(&shipctl.net(&["hub", "run", "--json"]), Exit::InUse, "hub_running", None);
    is(&shipctl.run(&["accept", SKI, "--json"]), Exit::NotFound, "nothing_to_accept", None);
    hub.signal("TERM");
    hub.end().done();
    let mut listening = shipctl.start(&["listen", "--accept", SKI]);
    listening.wait_for("started");
    is(&shipctl.net(&["hub", "run", "--json"]), Exit::InUse, "state_in_use", None);
}
