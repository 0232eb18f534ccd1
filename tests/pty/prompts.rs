//! What is asked and answered, and what the terminal looks like afterwards.

use std::{io::Write as _, net::TcpStream, process::Command};

use super::{
    program::{Beside, Shipctl},
    terminal::{INTERRUPT, Terminal},
};

const PIN: &str = "1234abcdef";
const WRONG: &str = "feedbeef99";

/// Where a program in a terminal listens.
fn address(terminal: &Terminal) -> String {
    let line = terminal.shows(" · port ");
    format!("127.0.0.1:{}", line.rsplit(' ').next().unwrap())
}

/// The question about a device, open as the last line on the screen and nowhere else.
#[track_caller]
fn asked(terminal: &Terminal, ski: &str) {
    let question = format!("accept SKI {}? [y/N]", grouped(ski));
    terminal.wait_for(&question, |lines| {
        let open = lines.iter().filter(|line| **line == question).count();
        (open == 1 && *lines.last()? == question).then_some(())
    });
}

fn grouped(ski: &str) -> String {
    let groups: Vec<&str> = ski.as_bytes().chunks(4).map(|g| str::from_utf8(g).unwrap()).collect();
    groups.join(" ").to_uppercase()
}

/// A device that dials what listens in the terminal.
fn dial(device: &Shipctl, ski: &str, address: &str) -> Beside {
    device.beside(&["pair", ski, "--address", address])
}

#[test]
fn each_device_is_asked_about_and_other_lines_leave_the_question_in_place() {
    let (us, first, second) = (Shipctl::new(), Shipctl::new(), Shipctl::new());
    let terminal = us.start(120, &["listen"]);
    let address = address(&terminal);
    let first_pairs = dial(&first, &us.ski, &address);
    asked(&terminal, &first.ski);

    // Somebody at the port who speaks no TLS is worth a line, another device several.
    TcpStream::connect(&address).unwrap().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    terminal.shows("remark");
    asked(&terminal, &first.ski);
    let second_pairs = second.start(120, &["pair", &us.ski, "--address", &address]);
    let short = format!("{} …", &grouped(&second.ski)[..9]);
    // Its hello is the last line for now: an answer typed while others come would lose its place.
    terminal.wait_for("the second hello", |lines| {
        lines.iter().find(|line| line.contains(&short) && line.contains("to trust it"))?;
        Some(())
    });
    asked(&terminal, &first.ski);

    terminal.type_in("yes\n");
    assert_eq!(first_pairs.end().0, 0);
    asked(&terminal, &second.ski);
    // An answer that comes at once may have been meant for the question before.
    let left = second_pairs.counts_down_to(59);
    second_pairs.counts_down_to(left - 2);
    terminal.type_in("n\n");
    assert_eq!(second_pairs.end().code, 77);
    terminal.type_in(INTERRUPT);
    let ended = terminal.end();
    assert_eq!(ended.code, 130);
    // What was answered stays, with its answer; what was not does not.
    let question = format!("accept SKI {}? [y/N]", grouped(&first.ski));
    assert_eq!(ended.count(&question), 1, "{:#?}", ended.lines);
    // What is typed is echoed by the kernel, perhaps before the blank behind the question is written.
    let answered =
        |line: &String| line.strip_prefix(&question).is_some_and(|it| it.trim() == "yes");
    assert!(ended.lines.iter().any(answered), "{ended:#?}");
    assert!(ended.lines.iter().all(|line| !line.ends_with("[y/N]")), "{:#?}", ended.lines);
    assert_eq!(ended.count("paired   SKI"), 1, "{:#?}", ended.lines);
}

#[test]
fn what_is_typed_ahead_answers_no_question_but_the_one_that_stands() {
    let (us, first, second) = (Shipctl::new(), Shipctl::new(), Shipctl::new());
    let terminal = us.start(120, &["listen"]);
    let address = address(&terminal);
    // Before there is any question.
    terminal.type_in("yes\n");
    terminal.shows("yes");
    let first_pairs = dial(&first, &us.ski, &address);
    asked(&terminal, &first.ski);
    let second_pairs = dial(&second, &us.ski, &address);
    let short = format!("{} …", &grouped(&second.ski)[..9]);
    terminal.wait_for("the second hello", |lines| {
        lines.iter().find(|line| line.contains(&short) && line.contains("to trust it"))?;
        Some(())
    });
    asked(&terminal, &first.ski);
    // Both lines are there before the first is read.
    terminal.type_in("yes\nn\n");
    assert_eq!(first_pairs.end().0, 0);
    asked(&terminal, &second.ski);
    terminal.type_in("yes\n");
    assert_eq!(second_pairs.end().0, 0);
    terminal.type_in(INTERRUPT);
    assert_eq!(terminal.end().count("paired   "), 2);
}

#[test]
fn a_question_goes_away_with_its_device() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let terminal = us.start(120, &["listen"]);
    let pairs = dial(&device, &us.ski, &address(&terminal));
    asked(&terminal, &device.ski);
    drop(pairs);
    terminal.shows("no longer waits");
    terminal.type_in(INTERRUPT);
    let ended = terminal.end();
    assert_eq!(ended.count("accept SKI"), 0, "{:#?}", ended.lines);
}

#[test]
fn in_a_narrow_terminal_the_question_is_short_and_stands_once() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let terminal = us.start(60, &["listen"]);
    let _pairs = dial(&device, &us.ski, &address(&terminal));
    let short = format!("{} …", &grouped(&device.ski)[..9]);
    terminal.wait_for("the hello", |lines| {
        let told = lines.iter().any(|line| line.contains("it waits for us"));
        (told && *lines.last()? == format!("accept {short}? [y/N]")).then_some(())
    });
    terminal.type_in(INTERRUPT);
    let ended = terminal.end();
    assert_eq!(ended.count(&format!("SKI {}", grouped(&device.ski))), 1, "{:#?}", ended.lines);
    assert_eq!(ended.count("accept"), 0, "{:#?}", ended.lines);
}

#[test]
fn who_is_named_by_a_prefix_is_shown_whole_before_he_is_trusted() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let trust = format!(r#"{{"version":1,"peers":{{"{}":{{"since":1}}}}}}"#, device.ski);
    let question = format!("pair with SKI {}? [y/N]", grouped(&device.ski));
    let declined = [("n\n", "answered with no"), ("maybe\n", "\"maybe\" is no yes")];
    let told = declined.map(|(answer, told)| (answer, 130, told));
    for (answer, code, told) in told.into_iter().chain([("y\n", 0, "paired   ")]) {
        us.file("state/trust.json", &trust);
        let mut listening = device.beside(&["listen", "--accept", &us.ski]);
        let address = format!("127.0.0.1:{}", listening.port());
        let terminal = us.start(120, &["pair", &device.ski[..8], "--address", &address]);
        terminal.wait_for(&question, |lines| (*lines.last()? == question).then_some(()));
        terminal.type_in(answer);
        let ended = terminal.end();
        assert_eq!(ended.code, code, "{:#?}", ended.lines);
        assert_eq!(ended.count("paired   "), usize::from(code == 0), "{:#?}", ended.lines);
        assert_eq!(ended.count(told), 1, "{:#?}", ended.lines);
        // To decide otherwise is no error, and what else happened is nobody's business.
        for word in ["error:", "hint:", "ended  "] {
            assert!(code == 0 || ended.count(word) == 0, "{word}: {:#?}", ended.lines);
        }
    }
}

/// A device that demands a PIN.
fn demand_pin(device: &Shipctl, port: u16, us: &Shipctl) -> Beside {
    let file = device.file("pin", PIN);
    let listen = ["listen", "--accept", &us.ski, "--once", "--require-pin-file", &file];
    device.beside_on(port, &listen)
}

/// We in a terminal pair with a device that demands a PIN.
fn pair_with_pin(us: &Shipctl, device: &Shipctl) -> (Beside, Terminal, u16) {
    let mut listening = demand_pin(device, 0, us);
    let port = listening.port();
    let address = format!("127.0.0.1:{port}");
    let terminal = us.start(120, &["pair", &device.ski, "--address", &address]);
    prompted(&terminal, device);
    (listening, terminal, port)
}

#[track_caller]
fn prompted(terminal: &Terminal, device: &Shipctl) {
    let prompt = format!("PIN of {} … (not shown while typing):", &grouped(&device.ski)[..9]);
    terminal.wait_for("PIN prompt", |lines| (lines.last()? == &prompt).then_some(()));
}

#[test]
fn a_pin_is_typed_unseen_and_asked_for_again_when_it_was_wrong() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (listening, terminal, _) = pair_with_pin(&us, &device);
    assert!(!terminal.echoes());
    terminal.type_in(&format!("{WRONG}\n"));
    terminal.shows("wrong PIN; it wants another one");
    prompted(&terminal, &device);
    assert!(!terminal.echoes());
    terminal.type_in(&format!("{PIN}\n"));
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{:#?}", ended.lines);
    assert!(ended.echoes);
    assert_eq!(ended.count("PIN of"), 2, "{:#?}", ended.lines);
    for pin in [PIN, WRONG] {
        assert!(!ended.raw.contains(pin), "{}", ended.raw);
    }
    assert_eq!(listening.end().0, 0);
}

#[test]
fn what_is_no_pin_at_all_is_told_and_asked_for_again() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (_listening, terminal, _) = pair_with_pin(&us, &device);
    terminal.type_in("123\n");
    terminal.shows("a PIN has 8 to 16 hex digits");
    prompted(&terminal, &device);
    terminal.type_in(&format!("{PIN}\n"));
    assert_eq!(terminal.end().code, 0);
}

#[test]
fn ctrl_c_in_the_prompt_gives_the_terminal_back_as_it_was() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (_listening, terminal, _) = pair_with_pin(&us, &device);
    assert!(!terminal.echoes());
    terminal.type_in(INTERRUPT);
    let ended = terminal.end();
    assert_eq!(ended.code, 130, "{:#?}", ended.lines);
    assert!(ended.echoes);
    assert_eq!(ended.count("PIN of"), 0, "{ended:#?}");
}

#[test]
fn a_device_that_hangs_up_takes_its_prompt_with_it_and_is_asked_for_anew() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let (listening, terminal, port) = pair_with_pin(&us, &device);
    terminal.type_in("1234");
    // What is typed takes its time to get through the terminal: the program hears of it before it
    // hears of anything that begins now.
    TcpStream::connect(address(&terminal)).unwrap().write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    terminal.shows("remark");
    prompted(&terminal, &device);
    drop(listening);
    terminal.wait_for("the end of the prompt", |lines| {
        lines.iter().all(|line| !line.contains("PIN of")).then_some(())
    });
    assert!(!terminal.echoes());
    // What is typed between the prompts answers nothing, nor does what the first one had so far.
    terminal.type_in("anything\n");
    let listening = demand_pin(&device, port, &us);
    prompted(&terminal, &device);
    assert!(!terminal.echoes());
    terminal.type_in(&format!("{PIN}\n"));
    let ended = terminal.end();
    assert_eq!(ended.code, 0, "{ended:#?}");
    assert!(ended.echoes && !ended.raw.contains("1234"), "{ended:#?}");
    assert_eq!(listening.end().0, 0);
}

#[test]
fn a_hub_at_the_pin_already_leads_to_the_question_and_no_pin_reaches_the_shell() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let mut listening = demand_pin(&device, 0, &us);
    let address = format!("127.0.0.1:{}", listening.port());
    let mut hub = us.beside(&["hub", "run", "--no-spine"]);
    hub.port();
    us.beside(&["register", &device.ski, "--address", &address]).end();
    hub.event("pin_wanted");

    // Somebody goes on typing while the pairing ends.
    let mut shell = Command::new("sh");
    let pair = us.command(&["pair", &device.ski], 0);
    shell.args(["-c", "\"$@\"; read -r left; echo \"left: $left.\"", "sh"]);
    shell.arg(pair.get_program()).args(pair.get_args());
    let terminal = Terminal::start(120, shell.into());
    prompted(&terminal, &device);
    terminal.type_in(&format!("{PIN}\n{WRONG}\n"));
    terminal.shows("paired   ");
    terminal.wait_for("the shell", |_| terminal.echoes().then_some(()));
    terminal.type_in("nothing\n");
    let ended = terminal.end();
    assert_eq!(ended.count("left: nothing."), 1, "{ended:#?}");
    for pin in [PIN, WRONG] {
        assert!(!ended.raw.contains(pin), "{}", ended.raw);
    }
}

#[test]
fn nothing_is_replaced_where_another_program_prints_what_we_tell() {
    let (us, device) = (Shipctl::new(), Shipctl::new());
    let mut listening = device.beside(&["listen", "--auto-accept"]);
    let address = format!("127.0.0.1:{}", listening.port());
    let probe = us.command(&["probe", &address], 0);
    let replaced = |terminal: Terminal| {
        let ended = terminal.end();
        assert!(ended.count("conclusion") == 1, "{ended:#?}");
        ended.raw.contains("\x1b[K")
    };
    assert!(replaced(us.start(120, &["probe", &address])), "progress, on a terminal");
    let mut piped = Command::new("sh");
    piped.args(["-c", "\"$@\" | cat", "sh"]).arg(probe.get_program()).args(probe.get_args());
    assert!(!replaced(Terminal::start(120, piped.into())));
}
