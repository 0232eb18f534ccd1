//! The socket itself: who may use it, and what it does about those who misuse it.

use std::{
    fs,
    io::Write,
    os::unix::{
        fs::PermissionsExt,
        net::{UnixListener, UnixStream},
    },
    path::Path,
};

use serde_json::json;

use crate::kit::{Client, Home};

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn the_hub_greets_with_who_it_is_and_lets_nobody_else_in() {
    let home = Home::new();
    let hub = home.hub(&[]);
    let greeting = home.client().greeting;
    assert_eq!(greeting["protocol"], 1);
    assert_eq!(greeting["pid"], hub.child.id());
    assert_eq!(greeting["ski"], hub.ski);
    assert_eq!(greeting["port"], hub.port);
    assert_eq!(mode(&home.socket()), 0o600);
    assert_eq!(mode(&home.state()), 0o700);
}

#[test]
fn every_question_is_answered_as_the_schema_says() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut client = home.client();
    let hub = client.order(json!({ "do": "status", "history": true }))["hub"].clone();
    let identity = client.order(json!({ "do": "identity" }))["identity"].clone();
    assert_eq!(identity["ski"], hub["ski"]);
    assert!(identity["not_before"].as_i64() < identity["not_after"].as_i64(), "{identity}");
    let qr = identity["qr"].as_str().unwrap();
    let digits = qr.replace(' ', "").to_lowercase();
    assert!(digits.starts_with(&format!("ship;ski:{}", hub["ski"].as_str().unwrap())), "{qr}");
    let services = client.order(json!({ "do": "services" }));
    assert!(services["at_ms"].as_u64() >= hub["at_ms"].as_u64(), "{services}");
    client.order(json!({ "do": "register", "ski": SKI }));
    assert_eq!(client.order(json!({ "do": "peer", "ski": SKI }))["peer"]["ski"], SKI);
    assert!(client.order(json!({ "do": "metrics" }))["metrics"].is_object());
}

#[test]
fn each_client_is_told_the_name_it_gave() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut clients = [home.client(), home.client(), home.client()];
    clients[0].order(json!({ "do": "register", "ski": SKI }));
    let rename = |name: &str| json!({ "do": "rename", "ski": SKI, "name": name });
    for round in 0..20 {
        for (n, client) in clients.iter_mut().enumerate() {
            client.send(rename(&format!(" n{n} of {round} ")));
        }
        for (n, client) in clients.iter_mut().enumerate() {
            assert_eq!(client.line().unwrap()["name"], format!("n{n} of {round}"));
        }
    }
    let mut client = home.client();
    assert_eq!(client.order(rename(""))["name"], json!(null));
    for (name, says) in [("x".repeat(65), "has 65 characters"), ("a\u{1b}".to_owned(), "U+001B")] {
        let error = client.ask(rename(&name))["error"].clone();
        assert_eq!((&error["kind"], &error["exit"]), (&json!("bad_request"), &json!(2)));
        assert!(error["message"].as_str().unwrap().contains(says), "{error}");
    }
}

#[test]
fn garbage_is_answered_with_what_is_wrong_and_does_no_harm() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut client = home.client();
    let long = format!("{}\n", "x".repeat(100_000));
    for garbage in [&b"\n"[..], b"hello\n", b"\xff\xfe\x00\n", b"[1,2]\n", long.as_bytes()] {
        client.write(garbage);
        let answer = client.line().unwrap();
        assert_eq!(answer["error"]["kind"], "bad_request", "{answer}");
        assert!(answer["id"].is_null());
    }
    let answer = client.ask(json!({ "do": "dance" }));
    assert_eq!(answer["error"]["exit"], 2, "{answer}");
    // The end in the middle of a line, and a client that says goodbye before it is answered.
    UnixStream::connect(home.socket()).unwrap().write_all(b"{\"id\":1,\"do").unwrap();
    client.send(json!({ "do": "auto-accept", "seconds": 0 }));
    client.stream().shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.line().unwrap()["ok"], true);
    assert_eq!(client.line(), None);
    home.client().order(json!({ "do": "auto-accept", "seconds": 0 }));
}

#[test]
fn everybody_who_watches_sees_everything_that_happens() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut watchers = [home.client(), home.client()];
    for watcher in &mut watchers {
        watcher.order(json!({ "do": "watch" }));
    }
    let mut third = home.client();
    third.order(json!({ "do": "register", "ski": SKI }));
    third.order(json!({ "do": "unregister", "ski": SKI }));
    for watcher in &mut watchers {
        assert_eq!(watcher.wait_for("registered")["ski"], SKI);
        assert_eq!(watcher.wait_for("unregistered")["ski"], SKI);
        // Whoever watches may ask as well.
        watcher.order(json!({ "do": "auto-accept", "seconds": 0 }));
    }
}

#[test]
fn a_watcher_that_does_not_read_loses_events_is_told_how_many_and_holds_nobody_up() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut slow = home.client();
    slow.order(json!({ "do": "watch" }));
    let (mut busy, rounds) = (home.client(), 3000);
    for _ in 0..rounds {
        busy.order(json!({ "do": "auto-accept", "seconds": 60 }));
    }
    let (mut seen, mut lost) = (0, 0);
    while seen + lost < rounds {
        let event = slow.line().unwrap()["event"].take();
        match event["event"].as_str().unwrap() {
            "auto_accept" => seen += 1,
            "events_lost" => lost += event["count"].as_u64().unwrap(),
            other => panic!("{other}"),
        }
    }
    assert_eq!(seen + lost, rounds);
    assert!(lost > 0, "so many lines fit in no buffer");
}

#[test]
fn more_clients_than_there_is_room_for_are_told_so() {
    let home = Home::new();
    let _hub = home.hub(&[]);
    let mut clients: Vec<Client> = (0..64).map(|_| home.client()).collect();
    let refused = home.client().greeting;
    assert_eq!(refused["error"]["kind"], "busy", "{refused}");
    home.run(&["deny", SKI]).failed(75, "64 programs are connected to the hub already");
    clients.pop();
    // Its place is free as soon as the hub has noticed.
    while home.client().greeting["protocol"] != 1 {}
}

#[test]
fn the_socket_a_killed_hub_left_behind_is_replaced() {
    let home = Home::new();
    home.hub(&[]).kill();
    assert!(home.socket().exists());
    home.run(&["deny", SKI]).failed(66, "no hub runs");
    let hub = home.hub(&[]);
    assert_eq!(home.client().greeting["pid"], hub.child.id());
}

#[test]
fn a_second_hub_is_refused_with_the_process_of_the_first() {
    let home = Home::new();
    let hub = home.hub(&[]);
    let second = home.hub_command(&[]).output().unwrap();
    assert_eq!(second.status.code(), Some(73));
    let message = format!("a hub with this identity runs already (process {})", hub.child.id());
    assert!(String::from_utf8(second.stderr).unwrap().contains(&message));
    home.client().order(json!({ "do": "auto-accept", "seconds": 0 }));
}

#[test]
fn what_is_no_socket_of_a_hub_is_left_alone() {
    let home = Home::new();
    home.run(&["identity", "show"]).done();
    let file = home.write("control.socket", "mine");
    let run = |text: &str, code: i32| {
        let ran = home.hub_command(&[]).output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(code), "{err}");
        assert!(err.contains(text), "{err}");
    };
    run("is not a socket", 74);
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
    fs::remove_file(&file).unwrap();
    // Somebody listens and says nothing, or something else.
    let listener = UnixListener::bind(&file).unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let _ = stream.unwrap().write_all(b"220 mail\n");
        }
    });
    run("does not answer as a hub does", 74);
    assert!(file.exists());
}

#[test]
fn the_runtime_directory_is_preferred_if_nobody_else_can_enter_it() {
    let home = Home::new();
    let runtime = home.temp.path().join("run");
    fs::create_dir(&runtime).unwrap();
    let in_runtime = |mut command: std::process::Command| {
        command.env("XDG_RUNTIME_DIR", &runtime);
        command
    };
    let hub = crate::kit::Hub::start(in_runtime(home.hub_command(&[])));
    let socket = runtime.join("shipctl").join(format!("{}.socket", hub.ski));
    assert_eq!(mode(&runtime.join("shipctl")), 0o700);
    assert_eq!(mode(&socket), 0o600);
    let found = in_runtime(home.command(&["auto-accept", "0s"])).output().unwrap();
    assert!(found.status.success(), "{found:?}");
    // A job without a session does not know of that directory, and finds the hub all the same.
    assert_eq!(fs::read_link(home.socket()).unwrap(), socket);
    home.run(&["auto-accept", "0s"]).done();
    let second = home.hub_command(&[]).output().unwrap();
    let running = format!("process {}", hub.child.id());
    assert!(String::from_utf8(second.stderr).unwrap().contains(&running));
    // Killed, it leaves both behind, and the next one removes them.
    drop(hub);
    assert!(fs::symlink_metadata(home.socket()).is_ok() && socket.exists());
    home.run(&["auto-accept", "0s"]).failed(66, "no hub runs");
    let hub = crate::kit::Hub::start(in_runtime(home.hub_command(&[])));
    home.run(&["auto-accept", "0s"]).done();
    hub.signal("TERM");
    assert_eq!(hub.end().0, Some(0));
    assert!(fs::symlink_metadata(home.socket()).is_err() && !socket.exists());
    // Nor does a link that leads nowhere keep anybody.
    std::os::unix::fs::symlink(home.state().join("nowhere"), home.socket()).unwrap();
    drop(home.hub(&[]));
    fs::set_permissions(runtime.join("shipctl"), fs::Permissions::from_mode(0o755)).unwrap();
    let _hub = crate::kit::Hub::start(in_runtime(home.hub_command(&[])));
    assert!(home.socket().exists());
    let found = in_runtime(home.command(&["auto-accept", "0s"])).output().unwrap();
    assert!(found.status.success(), "{found:?}");
}
