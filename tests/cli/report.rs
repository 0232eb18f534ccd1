//! `report`: one file with everything, and nothing in it that is nobody else's business.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Read,
    net::TcpListener,
    time::Instant,
};

use serde_json::{Value, json};
use zip::ZipArchive;

use super::{kit::*, mdns::World};

const PIN: &str = "BADCAFE5";

/// The report at this path: its files by their names.
#[track_caller]
fn open(path: &str) -> BTreeMap<String, String> {
    let mut zip = ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut files = BTreeMap::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        files.insert(file.name().unwrap().into_owned(), text);
    }
    files
}

fn names(files: &BTreeMap<String, String>) -> Vec<&str> {
    files.keys().map(String::as_str).collect()
}

#[track_caller]
fn json(files: &BTreeMap<String, String>, name: &str) -> Value {
    serde_json::from_str(&files[name]).unwrap()
}

/// Nothing of these is in any file, in any case, as text or in hex.
#[track_caller]
fn holds_none_of<'a>(files: &BTreeMap<String, String>, secrets: impl IntoIterator<Item = &'a str>) {
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let secrets: Vec<&str> = secrets.into_iter().collect();
    assert!(!secrets.is_empty() && secrets.iter().all(|secret| secret.len() > 5));
    for (name, text) in files {
        let text = text.to_lowercase();
        for secret in &secrets {
            let (lower, upper) = (secret.to_lowercase(), secret.to_uppercase());
            for shape in [lower.clone(), hex(&lower), hex(&upper), hex(secret)] {
                assert!(!text.contains(&shape), "{secret} in {name}: {text}");
            }
        }
    }
}

/// The lines of a private key.
fn lines_of_key(shipctl: &Shipctl) -> Vec<String> {
    let identity: Value = serde_json::from_str(&shipctl.read_state("identity.json")).unwrap();
    let key = identity["key"].as_str().unwrap();
    let lines = key.lines().filter(|line| line.len() > 20 && !line.starts_with("---"));
    lines.map(str::to_owned).collect()
}

/// A hub in an mDNS world with a boiler that wants a PIN, and a trace with all serial numbers: every
/// file is there, and nothing of what is secret.
#[test]
fn a_report_has_everything_and_no_secret() {
    let (world, devices, us) = (World::new(), Shipctl::new(), Shipctl::new());
    us.ski();
    let file = devices.path("devices.toml");
    let device = format!(
        "[[device]]\nname = \"kettle\"\nlike = \"boiler\"\nserial = \"SN-98765-X\"\npin = \"{PIN}\"\n"
    );
    fs::write(&file, device).unwrap();
    let mut simulation = world.start(&devices, &["--json", "simulate", "--persona", &file]);
    let device = simulation.wait_for("device");
    let ski = device["ski"].as_str().unwrap();
    let (pin, trace) = (us.path("pin"), us.path("pairing.trace"));
    fs::write(&pin, PIN).unwrap();
    let recorded = ["--trace", &trace, "--trace-full"];
    let pair = ["pair", ski, "--pin-file", &pin];
    let other = Shipctl::new();
    other.run(&[&world.flags()[..], &recorded, &pair].concat()).done();
    us.write_state("config.toml", &format!("# {PIN}\nmax_connections = 3\n"));
    let later = us.path("hub.trace");
    let hub_args = ["--trace", &later, "--trace-full", "--json", "hub", "run"];
    let mut hub = world.start(&us, &hub_args);
    hub.wait_for("service_seen");
    // Its socket is there a moment after it tells that it runs.
    let register = ["register", ski, "--pin-file", &pin];
    let began = Instant::now();
    while us.run(&register).code != 0 {
        assert!(began.elapsed() < DEADLINE, "it takes no commands");
    }
    hub.wait_for("offers");
    us.run(&["trust", "rename", ski, "Grandma upstairs"]).done();

    let report = us.path("report.zip");
    let args = ["report", "-o", &report, ski, "--trace", &trace, "--timeout", "2s", "--json"];
    let ran = us.run(&[&world.flags()[..], &args].concat());
    let last = ran.done().last();
    assert_eq!((&last["outcome"], &last["file"]), (&"written".into(), &report.as_str().into()));
    assert_eq!(last["left_out"], json!([]));
    let files = open(&report);
    let all = [
        "README.txt",
        "config.toml",
        "doctor.jsonl",
        "doctor.txt",
        "findings.json",
        "given.trace",
        "hub.trace",
        "probe.jsonl",
        "probe.txt",
        "status.json",
        "trust.json",
        "versions.json",
    ];
    assert_eq!(names(&files), all);
    assert_eq!(last["entries"].as_array().unwrap().len(), all.len());

    // The traces held it before.
    assert!(fs::read_to_string(&trace).unwrap().contains("SN-98765-X"));
    assert!(fs::read_to_string(&later).unwrap().contains("SN-98765-X"));
    let key = [lines_of_key(&us), lines_of_key(&other)].concat();
    assert!(!key.is_empty());
    let secrets = ["SN-98765-X", "BEGIN PRIVATE"].into_iter().chain(key.iter().map(String::as_str));
    holds_none_of(&files, secrets);
    let mut but_for_traces = files.clone();
    but_for_traces.retain(|name, _| !name.ends_with(".trace"));
    holds_none_of(&but_for_traces, ["Grandma upstairs"]);
    holds_none_of(&files, [PIN]);

    for (name, part) in [
        ("README.txt", "hub.trace"),
        ("config.toml", "max_connections = 3\n"),
        ("doctor.txt", "SHA-1 of its key"),
        ("doctor.jsonl", r#""check":"identity""#),
        ("probe.txt", "the hub knows"),
        ("probe.jsonl", r#""event":"rung""#),
        ("given.trace", "connectionPinInput"),
        ("hub.trace", r#""event":"completed""#),
        ("trust.json", ski),
    ] {
        assert!(files[name].contains(part), "{part} in {name}: {}", files[name]);
    }
    let status = json(&files, "status.json");
    assert_eq!(status["peers"][0]["state"], "Completed", "{status}");
    let serial = &status["services"]
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["ski"] == ski)
        .unwrap()["serial"];
    assert!(serial.as_str().unwrap().starts_with("00000000"), "{serial}");
    assert_eq!(json(&files, "versions.json")["shipctl"], env!("CARGO_PKG_VERSION"));
    assert!(json(&files, "findings.json").is_array());
    let given = us.path("given.trace");
    fs::write(&given, &files["given.trace"]).unwrap();
    assert_eq!(us.run(&["trace", "replay", &given, "--json"]).done().last()["outcome"], "same");

    let full = us.path("full.zip");
    us.run(
        &[
            &world.flags()[..],
            &["report", "--full", "-o", &full, "--trace", &trace, "--timeout", "1s"],
        ]
        .concat(),
    )
    .done();
    let files = open(&full);
    assert!(
        files["given.trace"].contains("SN-98765-X") && files["status.json"].contains("SN-98765-X")
    );
    holds_none_of(&files, key.iter().map(String::as_str).chain([PIN]));
    us.run(&["shutdown"]).done();
    hub.end().done();
}

#[test]
fn a_device_that_cannot_be_reached_is_reported_all_the_same() {
    let us = Shipctl::new();
    us.ski();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let report = us.path("report.zip");
    let args = ["--interface", "lo", "report", "-o", &report, &free, "--timeout", "1s"];
    let ran = us.net(&args);
    assert!(ran.done().out.starts_with(&format!("written  {report} · 8 files, ")), "{ran:?}");
    assert!(
        ran.out.contains("without  status.json: no hub runs") && !ran.out.contains('\x1b'),
        "{ran:?}"
    );
    assert!(ran.err.contains("hint: read it before you send it"), "{ran:?}");
    let files = open(&report);
    let all = [
        "README.txt",
        "doctor.jsonl",
        "doctor.txt",
        "findings.json",
        "probe.jsonl",
        "probe.txt",
        "trust.json",
        "versions.json",
    ];
    assert_eq!(names(&files), all);
    assert!(files["README.txt"].contains("status.json: no hub runs with this identity"));
    let findings = json(&files, "findings.json");
    let refused = findings.as_array().unwrap().iter().find(|it| it["code"] == "TCP-01");
    assert_eq!(refused.unwrap_or_else(|| panic!("{findings}"))["from"], "probe");
    #[cfg(unix)]
    {
        let mode =
            std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&report).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}

/// What is broken is what a report is for.
#[test]
fn a_damaged_state_is_reported_and_stays_as_it_is() {
    let us = Shipctl::new();
    us.write_state("identity.json", "{\"12345678\"");
    us.write_state("trust.json", "nonsense");
    let before = contents(&us.state());
    let report = us.path("report.zip");
    let args = [
        "--interface",
        "lo",
        "report",
        "-o",
        &report,
        SKI,
        "--address",
        "127.0.0.1:1",
        "--timeout",
        "1s",
    ];
    us.net(&args).done();
    let files = open(&report);
    assert!(files["probe.txt"].contains("error: "), "{}", files["probe.txt"]);
    assert!(files["doctor.txt"].contains("OWN-06"), "{}", files["doctor.txt"]);
    assert!(files["README.txt"].contains("  trust.json: "), "{}", files["README.txt"]);
    holds_none_of(&files, ["12345678"]);
    assert_eq!(contents(&us.state()), before);
}

#[test]
fn a_file_that_is_there_is_never_overwritten_and_what_cannot_be_written_is_told_at_once() {
    let us = Shipctl::new();
    let report = us.path("report.zip");
    fs::write(&report, "mine").unwrap();
    let ran = us.net(&["report", "-o", &report, "--json"]);
    ran.failed(74, "report.zip").failed(74, "name another file");
    assert_eq!(fs::read_to_string(&report).unwrap(), "mine");
    us.net(&["report", "-o", &us.path("nowhere/report.zip")]).failed(74, "check the directory");
    let directory = us.path("");
    let ran = us.net(&["report", "-o", &directory]);
    ran.failed(74, "is a directory").failed(74, &format!("-o {directory}shipctl-report.zip"));
    assert_eq!(contents(us.dir.path()).len(), 1);
}

#[test]
fn a_mistake_of_the_command_line_writes_nothing() {
    let us = Shipctl::new();
    us.ski();
    let (report, no_trace) = (us.path("report.zip"), us.path("no.trace"));
    fs::write(&no_trace, "{}\n").unwrap();
    let elsewhere = ["--port", "0", "--interface", "nowhere0", "report", "-o", &report];
    us.run(&elsewhere).failed(2, "nowhere0");
    assert!(!std::path::Path::new(&report).exists());
    for (code, message, args) in [
        (2, "--address", &["--address", "127.0.0.1:1"][..]),
        (2, "is a SHIP ID", &["i:46925_u:demo"]),
        (2, "our own SKI", &[&us.ski()]),
        (65, "no trace of shipctl", &["--trace", &no_trace]),
        (74, "cannot read", &["--trace", &us.path("gone.trace")]),
    ] {
        us.net(&[&["report", "--timeout", "1s", "-o", &report], args].concat())
            .failed(code, message);
        assert!(!std::path::Path::new(&report).exists(), "{args:?}");
    }
}

/// What a QR code says besides the SKI is for the device only.
#[test]
fn the_pin_and_the_serial_number_of_a_qr_code_stay_out() {
    let us = Shipctl::new();
    us.ski();
    let report = us.path("report.zip");
    let qr = format!("SHIP;SKI:{SKI};PIN:{PIN};ID:i:1_u:kettle;SERIAL:SN-98765-X;ENDSHIP;");
    us.net(&[
        "--interface",
        "lo",
        "report",
        "-o",
        &report,
        &qr,
        "--address",
        "127.0.0.1:1",
        "--timeout",
        "1s",
    ])
    .done();
    let files = open(&report);
    assert!(files["probe.txt"].contains("5555 AAAA"), "{}", files["probe.txt"]);
    holds_none_of(&files, [PIN, "SN-98765-X"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_it_in_order_and_leaves_nothing() {
    for (signal, code, outcome) in [("INT", 130, "interrupted"), ("TERM", 143, "terminated")] {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap().to_string();
        let us = Shipctl::new();
        us.ski();
        let report = us.path("report.zip");
        let running =
            us.start(&["--interface", "lo", "report", "-o", &report, &address, "--timeout", "60s"]);
        // It is at the device.
        let _connection = silent.accept().unwrap();
        running.signal(signal);
        let ran = running.end();
        assert_eq!((ran.code, &ran.last()["outcome"]), (code, &outcome.into()), "{ran:?}");
        assert!(contents(us.dir.path()).is_empty(), "{ran:?}");
    }
}

#[test]
fn version_tells_what_a_bug_report_has_to_name() {
    let us = Shipctl::new();
    let ran = us.run(&["version"]);
    for label in ["shipctl", "platform", "tls", "suites", "catalogue", "quirks", "schemas"] {
        assert!(ran.done().out.contains(&format!("{label:<10} ")), "{label} in {ran:?}");
    }
    let last = us.run(&["version", "--json"]).done().last();
    assert_eq!(last["shipctl"], env!("CARGO_PKG_VERSION"));
    assert_eq!(last["tls"]["suites"], json!(["gcm", "ccm8", "cbc"]));
    assert_eq!(last["schemas"]["trace"], shipctl::trace::file::VERSION);
    assert_eq!(last["quirks"]["version"], shipctl::checks::quirks::QUIRKS_VERSION);
    assert_eq!(last["platform"]["os"], std::env::consts::OS);
    assert!(!us.state().exists());
}
