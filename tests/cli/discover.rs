//! `discover` with real records on the loopback interface.

use std::process::Command;

use shipctl::mdns::daemon::MdnsEvent;

use super::{
    kit::*,
    mdns::{World, own},
};

const BROKEN: &[&[u8]] = &[b"txtvers=2", b"ski=12", b"brand=\x1b[31mred", b"register"];

/// Long enough for an answer on a busy machine.
const LOOK: [&str; 3] = ["discover", "--timeout", "3s"];

#[test]
fn a_service_is_listed_with_all_it_says() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let node = world.node();
    node.announce(own(SKI));
    // The table and the JSON, side by side.
    let table = world.start(&shipctl, &LOOK);
    let json = world.start(&shipctl, &[&LOOK[..], &["--json"]].concat());
    let ran = table.end();
    let lines: Vec<&str> = ran.done().out.lines().collect();
    assert_eq!(lines.len(), 2, "{ran:?}");
    let columns: Vec<&str> =
        lines[0].split("  ").filter(|it| !it.is_empty()).map(str::trim).collect();
    assert_eq!(
        columns,
        [
            "BRAND",
            "MODEL",
            "TYPE",
            "SKI",
            "TRUST",
            "SHIP ID",
            "ADDRESS",
            "INTERFACE",
            "REGISTER",
            "AGE"
        ],
        "{ran:?}"
    );
    for word in ["Demo", "EVSE", "wallbox", SKI, "i:46925_u:demo", "127.0.0.1:4712", "lo", "no"] {
        assert!(lines[1].contains(word), "{word}: {ran:?}");
    }
    let ran = json.end();
    let seen = ran.done().json().into_iter().find(|line| line["event"] == "service_seen").unwrap();
    assert_eq!((&seen["ski"], &seen["ship_id"]), (&SKI.into(), &"i:46925_u:demo".into()));
    assert_eq!((&seen["register"], &seen["findings"]), (&false.into(), &serde_json::json!([])));
    assert_eq!(seen["categories"][0]["name"], "e-mobility");
    assert_eq!((&ran.last()["outcome"], &ran.last()["services"]), (&"found".into(), &1.into()));
}

#[test]
fn a_broken_record_is_listed_with_its_codes_and_changes_the_exit_code() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let _announced = world.announce_by_hand("wallbox", BROKEN);
    let table = world.start(&shipctl, &LOOK);
    let json = world.start(&shipctl, &[&LOOK[..], &["--json"]].concat());
    let ran = table.end();
    assert_eq!(ran.code, 1, "{ran:?}");
    let row = ran.out.lines().nth(1).unwrap();
    assert!(row.ends_with("MDNS-06 MDNS-07 MDNS-08"), "{ran:?}");
    assert!(!ran.out.contains('\x1b') && !ran.err.contains('\x1b'), "{ran:?}");
    // One line, the most important: without a readable SKI nobody dials it.
    let told: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("MDNS-")).collect();
    assert!(matches!(told[..], [line] if line.starts_with("MDNS-08 ")), "{ran:?}");
    assert!(ran.err.contains("remarks more with -v"), "{ran:?}");
    let ran = json.end();
    let last = ran.last();
    assert_eq!((&last["outcome"], &last["exit"]), (&"found_with_findings".into(), &1.into()));
    let seen = ran.json().into_iter().find(|line| line["event"] == "service_seen").unwrap();
    let finding = &seen["findings"][0];
    for field in ["code", "severity", "seen", "advice"] {
        assert!(finding[field].is_string(), "{finding}");
    }
}

#[test]
fn discover_shows_a_record_without_an_address_and_the_trust() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let ski = format!("ski={SKI}");
    let txt: &[&[u8]] =
        &[b"txtvers=1", b"id=i:1_u:x", b"path=/ship/", ski.as_bytes(), b"register=false"];
    let _announced = world.announce_at("wallbox", txt, 4799, None);
    let json = world.start(&shipctl, &[&LOOK[..], &["--json"]].concat());
    let text = world.start(&shipctl, &LOOK);
    let probe = world.start(&shipctl, &["probe", SKI, "--timeout", "3s"]);
    let ran = json.end();
    let seen = ran.json().into_iter().find(|line| line["event"] == "service_seen").unwrap();
    let expected = (&SKI.into(), &4799.into(), &"i:1_u:x".into(), &false.into());
    assert_eq!((&seen["ski"], &seen["port"], &seen["ship_id"], &seen["trusted"]), expected);
    assert_eq!(seen["addresses"], serde_json::json!([]));
    let ran = text.end();
    for word in [SKI, "i:1_u:x", "wallbox.local.:4799", "without an address", "`--address IP:4799`"]
    {
        assert!(format!("{}{}", ran.out, ran.err).contains(word), "{word}: {ran:?}");
    }
    let ran = probe.end();
    assert!(ran.out.contains("without an address"), "{ran:?}");
    assert!(!ran.out.contains("Did you mean") && !ran.out.contains("seen instead"), "{ran:?}");
}

/// Twenty records as they are met: keys without a value, upper case, `txtvers` last, no `cat`, brands in
/// Latin-1.
#[test]
fn discover_has_at_most_one_remark_line_a_device_and_all_with_verbose() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let announced: Vec<_> = (0..20_u8)
        .map(|n| {
            let ski = format!("{n:02x}").repeat(20);
            let (ski, upper) = (format!("ski={ski}"), format!("SKI={}", ski.to_uppercase()));
            let kinds: [Vec<&[u8]>; 5] = [
                vec![b"txtvers=1", b"id=x", b"path=/ship/", ski.as_bytes(), b"register=false"],
                vec![b"register", b"id=x", b"path=/ship/", ski.as_bytes(), b"brand", b"txtvers=1"],
                vec![b"TXTVERS=1", b"ID=x", b"PATH=/ship/", upper.as_bytes(), b"REGISTER=true"],
                vec![
                    b"txtvers=1",
                    b"id=x",
                    b"path=/ship/",
                    ski.as_bytes(),
                    b"register=false",
                    b"brand=M\xfcller",
                ],
                vec![
                    b"txtvers=1",
                    b"id=x",
                    b"path=ship",
                    ski.as_bytes(),
                    b"model=Wallbox",
                    b"cat=",
                ],
            ];
            let port = 4700 + u16::from(n);
            let address = (n % 4 != 0).then_some(std::net::Ipv4Addr::LOCALHOST);
            world.announce_at(&format!("device-{n}"), &kinds[usize::from(n % 5)], port, address)
        })
        .collect();
    let (short, long) =
        (world.start(&shipctl, &LOOK), world.start(&shipctl, &[&["-v"], &LOOK[..]].concat()));
    let remarks = |ran: &Ran| ran.err.lines().filter(|it| it.starts_with("MDNS-")).count();
    let (short, long) = (short.end(), long.end());
    drop(announced);
    assert_eq!(short.out.lines().count(), 21, "{short:?}");
    assert!((5..=20).contains(&remarks(&short)), "{short:?}");
    let devices =
        short.err.lines().filter(|it| it.starts_with("MDNS-")).map(|it| it.split("): ").next());
    let devices: std::collections::BTreeSet<_> =
        devices.map(|it| it.map(|it| it[9..].to_owned())).collect();
    assert_eq!(devices.len(), remarks(&short), "one line a device: {short:?}");
    assert!(remarks(&long) > 40, "{long:?}");
    assert!(!long.err.contains("more with -v") && short.err.contains("more with -v"));
}

#[test]
fn probe_resolves_a_local_name_by_mdns_first() {
    let (world, shipctl, device) = (World::new(), Shipctl::new(), Shipctl::new());
    let mut listening = world.start(&device, &["listen", "--accept", SKI, "--json"]);
    let port = listening.wait_for("started")["port"].as_u64().unwrap() as u16;
    let txt: &[&[u8]] = &[b"txtvers=1"];
    let _named = world.announce_at("by-name", txt, port, Some(std::net::Ipv4Addr::LOCALHOST));
    let target = format!("By-Name.local:{port}");
    let ran = world.start(&shipctl, &["probe", &target]).end();
    assert!(ran.out.to_lowercase().contains("by-name.local is 127.0.0.1"), "{ran:?}");
    assert!(ran.out.replace(' ', "").to_lowercase().contains(&device.ski()), "{ran:?}");
    assert!(!ran.out.contains("DNS-01"), "{ran:?}");
}

#[test]
fn watching_shows_what_comes_changes_and_goes() {
    let (world, shipctl) = (World::new(), Shipctl::new());
    let mut people = world.start(&shipctl, &["discover", "--watch"]);
    let mut programs = world.start(&shipctl, &["discover", "--watch", "--json"]);
    let node = world.node();
    node.announce(own(SKI));
    let line = people.line().unwrap();
    assert!(line.contains("seen") && line.contains(SKI), "{line}");
    assert_eq!(programs.wait_for("service_seen")["register"], false);

    node.set_register(true);
    let line = people.line().unwrap();
    assert!(line.contains("changed") && line.contains("yes"), "{line}");
    programs.wait_until("the change", |line| line["register"] == true);

    node.leave();
    let line = people.line().unwrap();
    assert!(line.contains("gone") && line.contains(SKI), "{line}");
    assert_eq!(programs.wait_for("service_gone")["ski"], SKI);
    for watching in [people, programs] {
        watching.signal("INT");
        assert_eq!(watching.end().code, 130);
    }
}

#[test]
fn nothing_at_all_is_not_found() {
    let world = World::new();
    let looking = ["discover", "--timeout", "300ms", "--json"];
    let ran = world.start(&Shipctl::new(), &looking).end();
    ran.failed(68, "no SHIP device was seen");
    assert_eq!(
        (&ran.last()["code"], &ran.last()["stage"]),
        (&"MDNS-01".into(), &"discovery".into())
    );
}

#[test]
fn without_a_usable_interface_it_says_so() {
    let Some(unshared) = unshared("-rn") else { return };
    let shipctl = Shipctl::new();
    // In a new namespace there is only a loopback interface, and it is down.
    let within = |args: &[&str]| {
        let outside = shipctl.command(args);
        let mut command = Command::new(&unshared[0]);
        command.args(&unshared[1..]).arg(outside.get_program()).args(outside.get_args());
        Running::start(program(command)).end()
    };
    for args in [&["discover", "--json"][..], &["pair", SKI, "--port", "0", "--json"]] {
        let ran = within(args);
        ran.failed(74, "no network interface here can be used for mDNS");
        assert!(ran.last()["advice"].as_str().unwrap().contains("--no-mdns"), "{ran:?}");
    }
    within(&["discover", "--interface", "lo"]).failed(2, "there are: none");
}

#[test]
fn a_pairing_finds_its_device_by_mdns_and_says_goodbye() {
    let world = World::new();
    let (a, b) = (Shipctl::new(), Shipctl::new());
    let (a_ski, b_ski) = (a.ski(), b.ski());
    let mut watcher = world.node();
    let listening = world.start(&b, &["listen", "--accept", &a_ski, "--once", "--json"]);
    let ran = world.start(&a, &["pair", &b_ski, "--json"]).end();
    assert_eq!(ran.done().last()["ski"], b_ski);
    listening.end().done();
    // In whichever order.
    let mut staying = [a_ski, b_ski].map(|ski| format!("shipctl-{}", &ski[..16])).to_vec();
    while !staying.is_empty() {
        let gone = watcher.sees("a goodbye", |event| matches!(event, MdnsEvent::Gone { .. }));
        staying.retain(|it| !matches!(&gone, MdnsEvent::Gone { instance } if instance == it));
    }
}
