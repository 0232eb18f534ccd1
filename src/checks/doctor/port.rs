//! The running hub, our port, and who can reach it.

use super::{
    super::{Code, Finding, Severity},
    Check,
    facts::{Facts, Firewall, Hub, Interface, Kind, PortState, Rules, Tool},
    some_of,
};

pub(super) fn judge(facts: &Facts) -> Vec<Check> {
    let mut checks = vec![hub(&facts.hub), port(facts)];
    checks.extend(inbound(facts));
    checks.extend(firewall(facts));
    checks
}

fn hub(hub: &Hub) -> Check {
    const NAME: &str = "hub";
    let hub = match hub {
        Hub::None => return Check::ok(NAME, "none runs on this state"),
        Hub::Silent(why) => return Check::not_known(NAME, format!("it cannot be asked: {why}")),
        Hub::Runs(hub) => hub,
    };
    let mdns = match &*hub.interfaces {
        [] => "without mDNS".to_owned(),
        interfaces => format!("mDNS on {}", some_of(interfaces)),
    };
    let used = format!("{} of {} connections", hub.connections, hub.limit);
    let seen = format!("process {} runs, {mdns}, {used}", hub.pid);
    if hub.waiting == 0 && hub.connections < hub.limit.max(1) {
        return Check::ok(NAME, seen);
    }
    let waits = match hub.waiting {
        0 => "The next device is turned away".to_owned(),
        1 => "1 device waits for a place".to_owned(),
        n => format!("{n} devices wait for a place"),
    };
    let finding = Finding::new(Code::Own04, format!("The hub has {used}. {waits}."));
    // A full house is no trouble as long as nobody stands outside.
    let severity = if hub.waiting == 0 { Severity::Info } else { Severity::Error };
    let more = (2 * hub.limit).max(10);
    let advice = format!(
        "Raise it with `shipctl limit {more}`, and for good with `shipctl hub run --max-connections {more}`."
    );
    Check::found(NAME, finding.with_severity(severity).with_advice(advice))
}

fn port(facts: &Facts) -> Check {
    const NAME: &str = "port";
    let port = &facts.port;
    match &port.state {
        PortState::Free if port.number == 0 => Check::ok(NAME, "any free one: there is one"),
        PortState::Free => Check::ok(NAME, format!("{} is free", port.number)),
        PortState::Closed => {
            Check::info(NAME, "the running hub does not listen: no device can dial it")
        }
        PortState::Ours(pid) => {
            Check::ok(NAME, format!("{} is ours: shipctl, process {pid}", port.number))
        }
        PortState::Taken(owner) => {
            let who = match owner {
                Some(process) => format!(" by {process}"),
                None => "; by whom, this user may not know".to_owned(),
            };
            let seen = format!("Port {} is in use{who}.", port.number);
            Check::found(NAME, Finding::new(Code::Tcp05, seen))
        }
        PortState::Refused(why) => {
            let seen = format!("Port {} cannot be opened: {why}.", port.number);
            let advice = "Choose another one with `--port`, or another address with `--bind`.";
            Check::found(NAME, Finding::new(Code::Tcp05, seen).with_advice(advice))
        }
    }
}

/// Who reaches our port as far as this computer decides it, its firewall aside.
fn inbound(facts: &Facts) -> Option<Check> {
    const NAME: &str = "inbound";
    let port = &facts.port;
    if port.bound.is_empty() {
        return None;
    }
    let home = |it: &&Interface| it.used && it.kind != Kind::Loopback;
    let is_local = port.bound.iter().all(|address| address.ip().is_loopback());
    let bound = some_of(&port.bound);
    if is_local && facts.interfaces.iter().any(|it| home(&it)) {
        let seen = format!("Our port is open on {bound} only: no device can dial it.");
        let advice = "Leave `--bind` out, or give it our address in the network of the device.";
        let finding = Finding::new(Code::Tcp04, seen).with_severity(Severity::Warning);
        return Some(Check::found(NAME, finding.with_advice(advice)));
    }
    let failed: Vec<String> = port
        .dialled
        .iter()
        .filter_map(|(at, why)| why.as_ref().map(|why| format!("{at} ({why})")))
        .collect();
    if !failed.is_empty() {
        let seen = format!(
            "Our port is open on {bound}, but this computer cannot dial itself at {}.",
            some_of(failed)
        );
        return Some(Check::found(NAME, Finding::new(Code::Tcp04, seen).with_advice(open(facts))));
    }
    let dialled = match port.dialled.len() {
        0 => "not dialled, so as not to disturb it".to_owned(),
        _ => {
            let at = some_of(port.dialled.iter().map(|(at, _)| at.ip()));
            format!("a connection from here to {at} succeeds")
        }
    };
    Some(Check::ok(NAME, format!("bound to {bound}; {dialled}")))
}

/// Whether the firewall lets devices in, as far as it lets itself be read.
fn firewall(facts: &Facts) -> Option<Check> {
    const NAME: &str = "firewall";
    if !facts.interfaces.iter().any(|it| it.used && it.kind != Kind::Loopback)
        || matches!(facts.port.state, PortState::Closed)
    {
        return None;
    }
    let port = facts.port.number;
    Some(match facts.firewall.rules {
        Rules::Open(tool) => Check::ok(NAME, format!("{} lets TCP port {port} in", tool.name())),
        Rules::Shut(tool) => {
            let seen = format!("{} is on, and no rule lets TCP port {port} in.", tool.name());
            let finding = Finding::new(Code::Tcp04, seen).with_severity(Severity::Warning);
            Check::found(NAME, finding.with_advice(open(facts)))
        }
        Rules::Unreadable(tool) => {
            Check::not_known(NAME, format!("{} is on; its rules cannot be read here", tool.name()))
                .with_advice(Code::Tcp04, if_nobody_comes(facts))
        }
        Rules::NotKnown if facts.firewall.tools.is_empty() => {
            Check::not_known(NAME, "no program for one is installed; its rules cannot be read")
        }
        Rules::NotKnown => Check::not_known(NAME, "its rules cannot be read here")
            .with_advice(Code::Tcp04, if_nobody_comes(facts)),
    })
}

fn open(facts: &Facts) -> String {
    match open_commands(&facts.firewall, facts.port.number, "tcp") {
        Some(commands) => format!("Open it: {commands}."),
        None => Code::Tcp04.advice().to_owned(),
    }
}

fn if_nobody_comes(facts: &Facts) -> String {
    match open_commands(&facts.firewall, facts.port.number, "tcp") {
        Some(commands) => format!("If a device says that it dials and none comes: {commands}."),
        None => Code::Tcp04.advice().to_owned(),
    }
}

/// The commands that open a port here; `None` where no program for it is installed, or the port is
/// a new one each time.
pub(super) fn open_commands(firewall: &Firewall, port: u16, protocol: &str) -> Option<String> {
    let in_use = match firewall.rules {
        Rules::Unreadable(tool) | Rules::Open(tool) | Rules::Shut(tool) => Some(tool),
        Rules::NotKnown => None,
    };
    let tools = match &in_use {
        Some(tool) => std::slice::from_ref(tool),
        None => &*firewall.tools,
    };
    let commands: Vec<String> = tools.iter().map(|it| it.open(port, protocol)).collect();
    (port != 0 && !commands.is_empty()).then(|| commands.join(" or "))
}

impl Tool {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ufw => "ufw",
            Self::Firewalld => "firewalld",
            Self::Nft => "nft",
            Self::Iptables => "iptables",
        }
    }

    /// Its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Firewalld => "firewall-cmd",
            other => other.name(),
        }
    }

    /// The command that opens a port.
    fn open(self, port: u16, protocol: &str) -> String {
        match self {
            Self::Ufw => format!("`sudo ufw allow {port}/{protocol}`"),
            Self::Firewalld => format!(
                "`sudo firewall-cmd --permanent --add-port={port}/{protocol} && sudo firewall-cmd --reload`"
            ),
            Self::Nft => {
                format!("`sudo nft insert rule inet filter input {protocol} dport {port} accept`")
            }
            Self::Iptables => {
                format!("`sudo iptables -I INPUT -p {protocol} --dport {port} -j ACCEPT`")
            }
        }
    }
}
