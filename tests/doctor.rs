//! What is known of our own side is judged rightly: nothing cries wolf, nothing is passed over.

use std::{net::IpAddr, time::Duration};

use shipctl::{
    checks::{
        Code, Severity,
        doctor::{
            Check, Verdict,
            facts::{
                Clock, Facts, Firewall, Heard, Hints, Hub, HubFacts, Identity, Interface, Kept,
                Kind, Look, Mdns, Passage, Port, PortState, Process, Rules, State, Tool,
            },
            first_to_do, judge,
        },
    },
    mdns::{service::Service, txt::Txt},
    proto::Ski,
};

const OWN: Ski = Ski::from_bytes([0x55; 20]);
const NOW: i64 = 1_800_000_000;
const DAY: i64 = 86_400;

#[test]
fn a_healthy_side_is_in_order() {
    let checks = judge(&healthy());
    assert!(checks.iter().all(|check| check.verdict == Verdict::Ok), "{checks:#?}");
    assert!(checks.iter().all(|check| check.finding.is_none()), "{checks:#?}");
    assert!(first_to_do(&checks).is_empty());
}

/// Changes one thing of a healthy side; the check of this name must then say this.
type Case = (&'static str, Verdict, &'static str, &'static str, fn(&mut Facts));

#[test]
fn each_trouble_has_its_verdict_its_code_and_its_evidence() {
    use Verdict::{Failed, Info, NotKnown, Ok, Warning};
    let cases: &[Case] = &[
        ("interfaces", Failed, "OWN-07", "but loopback", |it| it.interfaces.clear()),
        ("interfaces", Warning, "OWN-07", "169.254.7.7", |it| {
            it.interfaces[0].addresses = ips(&["169.254.7.7", "fe80::1"]);
        }),
        ("interfaces", Warning, "MDNS-03", "eth0 (container)", |it| {
            it.interfaces[0].kind = Kind::Container;
        }),
        ("interfaces", Info, "MDNS-04", "wlan0 (Wi-Fi)", |it| {
            it.interfaces.push(interface("wlan0", Kind::Wifi, &["10.0.0.5"]));
        }),
        ("interfaces", Ok, "", "wlan0", |it| {
            it.interfaces.push(interface("wlan0", Kind::Wifi, &["10.0.0.5"]));
            it.named = true;
        }),
        ("interfaces", Info, "", "this computer only", |it| {
            it.interfaces = vec![interface("lo", Kind::Loopback, &["127.0.0.1"])];
        }),
        ("multicast", Failed, "MDNS-01", "Network is unreachable", |it| {
            look(it).passages[0].sent = Err("Network is unreachable".into());
        }),
        ("multicast", Failed, "MDNS-01", "This computer drops", |it| {
            let passage = &mut look(it).passages[0];
            (passage.own_heard, passage.others) = (0, vec![]);
        }),
        ("multicast", Warning, "MDNS-01", "no other host heard", |it| {
            look(it).passages[0].others.clear();
        }),
        ("multicast", Info, "MDNS-01", "no other host heard", |it| {
            look(it).passages[0].others.clear();
            it.hub = hub(1, 0);
        }),
        ("multicast", Info, "MDNS-01", "no other host heard", |it| {
            look(it).passages[0].others.clear();
            it.interfaces[0].kind = Kind::Vpn;
        }),
        ("multicast", Ok, "", "no other program here heard", |it| {
            look(it).passages[0].others.clear();
            it.interfaces[0].kind = Kind::Loopback;
        }),
        ("multicast", Ok, "", "other programs here heard", |it| {
            let passage = &mut look(it).passages[0];
            (passage.neighbours, passage.others) = (true, vec![]);
            it.interfaces[0].kind = Kind::Loopback;
        }),
        ("multicast", Ok, "", "IPv6: cannot send", |it| {
            let ipv6 = Passage {
                ipv6: true,
                sent: Err("no route".into()),
                own_heard: 0,
                neighbours: false,
                others: vec![],
                interface: "eth0".into(),
            };
            look(it).passages.push(ipv6);
        }),
        ("multicast", Failed, "MDNS-13", "avahi-daemon (process 7)", |it| {
            it.mdns = Mdns::PortTaken {
                port: 5353,
                why: "address in use".into(),
                holders: vec![process("avahi-daemon", 7)],
            };
        }),
        ("multicast", Failed, "MDNS-01", "cannot run", |it| it.mdns = Mdns::Unusable("no".into())),
        ("multicast", Info, "", "--no-mdns", |it| it.mdns = Mdns::Off),
        ("responders", Ok, "", "avahi-daemon (process 7)", |it| {
            look(it).responders = vec![process("avahi-daemon", 7)];
        }),
        ("devices", Info, "MDNS-02", "_http._tcp", |it| look(it).services.clear()),
        ("devices", NotKnown, "", "nobody else was heard", |it| {
            look(it).services.clear();
            look(it).passages[0].others.clear();
        }),
        ("doubles", Failed, "MDNS-09", "shipctl-copy at 10.0.0.9:4712", |it| {
            look(it).services.push(service("shipctl-copy", OWN, "other", "10.0.0.9"));
        }),
        ("doubles", Ok, "", "nobody else", |it| {
            announced_here(it, 9);
            it.state.owner = Some(9);
        }),
        ("doubles", Ok, "", "nobody else", |it| {
            announced_here(it, 9);
            it.hub = hub(1, 0);
        }),
        (
            "doubles",
            Failed,
            "MDNS-09",
            "shipctl-5555 at 192.168.1.5:4712, by shipctl (process 8)",
            |it| {
                announced_here(it, 8);
                it.hub = hub(1, 0);
            },
        ),
        ("doubles", Failed, "MDNS-09", "by another program here", |it| announced_here(it, 8)),
        ("doubles", Failed, "MDNS-09", "shipctl-5555 at 192.168.1.5:4712.", |it| {
            announced_here(it, 8);
            look(it).listening.clear();
        }),
        ("devices", Ok, "", "2 SHIP devices seen", |it| announced_here(it, 8)),
        ("doubles", Warning, "MDNS-09", "shipctl-5555", |it| {
            let other = Ski::from_bytes([1; 20]);
            look(it).services.push(service("x", other, "shipctl-5555", "10.0.0.9"));
        }),
        ("hub", Ok, "", "3 of 10 connections", |it| it.hub = hub(3, 0)),
        ("hub", Info, "OWN-04", "10 of 10", |it| it.hub = hub(10, 0)),
        ("hub", Failed, "OWN-04", "2 devices wait", |it| it.hub = hub(10, 2)),
        ("hub", NotKnown, "", "busy", |it| it.hub = Hub::Silent("busy".into())),
        ("port", Failed, "TCP-05", "evcc (process 9)", |it| {
            it.port.state = PortState::Taken(Some(process("evcc", 9)));
        }),
        ("port", Failed, "TCP-05", "may not know", |it| it.port.state = PortState::Taken(None)),
        ("port", Failed, "TCP-05", "denied", |it| {
            it.port.state = PortState::Refused("permission denied".into());
        }),
        ("port", Ok, "", "process 9", |it| it.port.state = PortState::Ours(9)),
        ("inbound", Warning, "TCP-04", "127.0.0.1:4712 only", |it| {
            it.port.bound = vec!["127.0.0.1:4712".parse().unwrap()];
        }),
        ("inbound", Failed, "TCP-04", "silence", |it| {
            it.port.dialled[0].1 = Some("silence".into())
        }),
        ("firewall", Warning, "TCP-04", "no rule lets", |it| {
            it.firewall.rules = Rules::Shut(Tool::Ufw);
        }),
        ("firewall", NotKnown, "TCP-04", "ufw is on", |it| {
            it.firewall.rules = Rules::Unreadable(Tool::Ufw);
        }),
        ("firewall", NotKnown, "TCP-04", "cannot be read", |it| {
            it.firewall = Firewall { tools: vec![Tool::Nft], rules: Rules::NotKnown };
        }),
        ("identity", Info, "", "there is none yet", |it| it.state.identity = Kept::Absent),
        ("identity", Failed, "OWN-06", "is damaged", |it| {
            it.state.identity = Kept::Unusable {
                message: "/x/identity.json is damaged: it is not JSON".into(),
                advice: "put a good copy back".into(),
                io: false,
            };
        }),
        ("identity", Warning, "OWN-02", "mode 644", |it| {
            it.state.key_readable = Some((0o644, "/x/identity.json".into()));
        }),
        ("certificate", Warning, "CERT-06", "expired 2 days ago", |it| {
            own(it).not_after = Some(NOW - 2 * DAY);
        }),
        ("certificate", Warning, "CERT-06", "valid in 2 days", |it| {
            own(it).not_before = Some(NOW + 2 * DAY);
        }),
        ("certificate", Info, "TLS-04", "790 bytes", |it| own(it).certificate = 790),
        ("certificate", Info, "CERT-09", "authority", |it| {
            own(it).remarks = vec![("CERT-09", "it says that it is an authority".into())];
        }),
        ("trust", Failed, "OWN-06", "has version 9", |it| {
            it.state.trust = Kept::Unusable {
                message: "/x/trust.json has version 9".into(),
                advice: "use that newer shipctl".into(),
                io: false,
            };
        }),
        ("state", Failed, "OWN-06", "cannot be written", |it| {
            it.state.not_writable = Some("read-only file system".into());
        }),
        ("state", Failed, "OWN-06", "12 KiB", |it| it.state.free = Some(12 << 10)),
        ("state", Info, "OWN-06", "identity.json.damaged-1", |it| {
            it.state.leftovers = vec!["identity.json.damaged-1".into()];
        }),
        ("copies", Warning, "MDNS-09", "/y", |it| it.state.others = vec![("/y".into(), OWN)]),
        ("copies", Info, "OWN-01", "/y", |it| {
            it.state.others = vec![("/y".into(), Ski::from_bytes([1; 20]))];
        }),
        ("clock", Warning, "CERT-06", "3 d behind this program", |it| {
            it.clock.written = vec![("this program".into(), NOW + 3 * DAY)];
        }),
        ("clock", Ok, "", "not known", |it| it.clock.synchronised = None),
        ("clock", Info, "", "not synchronised", |it| it.clock.synchronised = Some(false)),
    ];
    for (name, verdict, code, evidence, change) in cases {
        let mut facts = healthy();
        change(&mut facts);
        let checks = judge(&facts);
        let told = |check: &Check| {
            let found = check.finding.as_ref().map_or("", |it| it.code.as_str());
            check.verdict == *verdict && found == *code && check.evidence.contains(evidence)
        };
        let named: Vec<&Check> = checks.iter().filter(|check| check.name == *name).collect();
        assert!(named.iter().any(|check| told(check)), "{name} {code} {evidence}: {named:#?}");
        // Whatever is serious has something to do, and what is not never changes the exit code.
        let serious: Vec<&Check> = checks.iter().filter(|check| check.is_serious()).collect();
        assert_eq!(serious.is_empty(), first_to_do(&checks).is_empty(), "{name} {code}");
        for finding in checks.iter().filter_map(|check| check.finding.as_ref()) {
            assert!(finding.seen.ends_with('.') || finding.severity == Severity::Info);
            assert!(finding.advice.ends_with('.'), "{finding}");
        }
    }
}

#[test]
fn interfaces_are_told_by_what_the_system_shows_and_by_names_programs_make() {
    let named = |name| Kind::of(Hints { name, ..Hints::default() });
    for (name, kind) in [
        ("eth0", Kind::Wired),
        ("enp3s0", Kind::Wired),
        ("br0", Kind::Wired),
        ("br-lan", Kind::Wired),
        ("br-0123456789ab", Kind::Container),
        ("docker0", Kind::Container),
        ("veth12ab", Kind::Container),
        ("wlan0", Kind::Wifi),
        ("wlp2s0", Kind::Wifi),
        ("wg0", Kind::Vpn),
        ("tun0", Kind::Vpn),
        ("tailscale0", Kind::Vpn),
    ] {
        assert_eq!(named(name), kind, "{name}");
    }
    let shown = Hints { name: "eth0", ..Hints::default() };
    assert_eq!(Kind::of(Hints { inside: true, ..shown }), Kind::Container);
    assert_eq!(Kind::of(Hints { wireless: true, ..shown }), Kind::Wifi);
    assert_eq!(Kind::of(Hints { tunnel: true, ..shown }), Kind::Vpn);
    assert_eq!(Kind::of(Hints { loopback: true, ..shown }), Kind::Loopback);
}

#[test]
fn a_silent_network_is_no_trouble_where_another_one_answers() {
    let mut facts = healthy();
    facts.interfaces.push(interface("eth1", Kind::Wired, &["10.0.0.5"]));
    let mut silent = look(&mut facts).passages[0].clone();
    (silent.interface, silent.others) = ("eth1".to_owned(), vec![]);
    look(&mut facts).passages.push(silent);
    assert!(first_to_do(&judge(&facts)).is_empty());
}

#[test]
fn only_the_commands_of_what_is_installed_are_shown() {
    let mut facts = healthy();
    let advice = |facts: &Facts| {
        let checks = judge(facts);
        let firewall = checks.into_iter().find(|it| it.name == "firewall").unwrap();
        firewall.finding.map(|it| it.advice.into_owned()).unwrap_or_default()
    };
    let with = |tools: &[Tool], rules| Firewall { tools: tools.to_vec(), rules };
    facts.firewall = with(&[Tool::Nft, Tool::Iptables], Rules::NotKnown);
    let both = advice(&facts);
    assert!(both.contains("nft insert rule inet filter input tcp dport 4712 accept"), "{both}");
    assert!(both.contains("iptables -I INPUT -p tcp --dport 4712 -j ACCEPT"), "{both}");
    assert!(!both.contains("ufw") && !both.contains("firewall-cmd"), "{both}");
    // Beside the one in use the others would only confuse.
    facts.firewall = with(&[Tool::Ufw, Tool::Nft], Rules::Shut(Tool::Ufw));
    assert_eq!(advice(&facts), "Open it: `sudo ufw allow 4712/tcp`.");
    facts.firewall = with(&[Tool::Firewalld], Rules::Unreadable(Tool::Firewalld));
    assert!(advice(&facts).contains("firewall-cmd --permanent --add-port=4712/tcp"));
    facts.firewall = with(&[], Rules::NotKnown);
    assert_eq!(advice(&facts), "");
    // Where our own query does not come back, the firewall is told to let mDNS in.
    facts.firewall = with(&[Tool::Nft], Rules::NotKnown);
    let passage = &mut look(&mut facts).passages[0];
    (passage.own_heard, passage.others) = (0, vec![]);
    assert!(first_to_do(&judge(&facts))[0].advice.contains("udp dport 5353 accept"));
}

#[test]
fn failures_come_first_and_one_cause_on_two_interfaces_once() {
    let mut facts = healthy();
    facts.state.key_readable = Some((0o644, "/x/identity.json".into()));
    facts.port.state = PortState::Taken(None);
    facts.interfaces.push(interface("eth1", Kind::Wired, &["10.0.0.5"]));
    look(&mut facts).passages[0].others.clear();
    let mut other = look(&mut facts).passages[0].clone();
    other.interface = "eth1".to_owned();
    look(&mut facts).passages.push(other);
    let checks = judge(&facts);
    let codes: Vec<Code> = first_to_do(&checks).iter().map(|it| it.code).collect();
    assert_eq!(codes, [Code::Tcp05, Code::Mdns01, Code::Own02]);
}

fn healthy() -> Facts {
    let heard = Heard { from: ip("192.168.1.20"), types: vec!["_http._tcp".into()] };
    let passage = Passage {
        interface: "eth0".into(),
        ipv6: false,
        sent: Ok(3),
        own_heard: 3,
        neighbours: false,
        others: vec![heard],
    };
    let wallbox = service("wallbox", Ski::from_bytes([0xAA; 20]), "wallbox", "192.168.1.20");
    Facts {
        hub: Hub::None,
        interfaces: vec![
            Interface { used: false, ..interface("lo", Kind::Loopback, &["127.0.0.1", "::1"]) },
            interface("eth0", Kind::Wired, &["192.168.1.5", "fe80::1"]),
        ]
        .into_iter()
        .rev()
        .collect(),
        named: false,
        mdns: Mdns::Looked(Look {
            lasted: Duration::from_secs(4),
            port: 5353,
            passages: vec![passage],
            responders: vec![],
            services: vec![wallbox],
            listening: vec![],
        }),
        port: Port {
            number: 4712,
            state: PortState::Free,
            bound: vec!["[::]:4712".parse().unwrap()],
            dialled: vec![("192.168.1.5:4712".parse().unwrap(), None)],
        },
        firewall: Firewall { tools: vec![Tool::Ufw], rules: Rules::Open(Tool::Ufw) },
        state: State {
            path: "/x".into(),
            exists: true,
            not_writable: None,
            owner: None,
            free: Some(1 << 30),
            identity: Kept::Whole(Identity {
                ski: OWN,
                ship_id: "shipctl-5555".parse().unwrap(),
                certificate: 347,
                not_before: Some(NOW - DAY),
                not_after: Some(NOW + 3650 * DAY),
                remarks: vec![],
            }),
            trust: Kept::Whole(2),
            key_readable: None,
            leftovers: vec![],
            others: vec![],
        },
        clock: Clock {
            now: NOW,
            written: vec![("this program".into(), NOW - DAY)],
            synchronised: Some(true),
        },
    }
}

/// Our SKI is announced on this computer, by this process.
fn announced_here(facts: &mut Facts, pid: u32) {
    let look = look(facts);
    look.services.push(service("shipctl-5555", OWN, "shipctl-5555", "192.168.1.5"));
    look.listening = vec![(4712, process("shipctl", pid))];
}

fn interface(name: &str, kind: Kind, addresses: &[&str]) -> Interface {
    Interface { name: name.into(), kind, addresses: ips(addresses), used: true }
}

fn service(instance: &str, ski: Ski, ship_id: &str, address: &str) -> Service {
    Service {
        instance: instance.into(),
        host: format!("{instance}.local."),
        port: 4712,
        addresses: vec![format!("{address}:4712").parse().unwrap()],
        interfaces: vec!["eth0".into()],
        txt: Txt { ski: Some(ski), ship_id: Some(ship_id.parse().unwrap()), ..Txt::default() },
    }
}

fn hub(connections: usize, waiting: usize) -> Hub {
    let interfaces = vec!["eth0".to_owned()];
    Hub::Runs(HubFacts { pid: 9, port: Some(4712), interfaces, connections, limit: 10, waiting })
}

fn look(facts: &mut Facts) -> &mut Look {
    match &mut facts.mdns {
        Mdns::Looked(look) => look,
        other => panic!("{other:?}"),
    }
}

fn own(facts: &mut Facts) -> &mut Identity {
    match &mut facts.state.identity {
        Kept::Whole(identity) => identity,
        other => panic!("{other:?}"),
    }
}

fn process(name: &str, pid: u32) -> Process {
    Process { name: name.into(), pid }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| ip(text)).collect()
}
