//! What can be known of this side: gathered here, judged by [`checks::doctor`](crate::checks::doctor).
//!
//! | room | what is gathered there |
//! |---|---|
//! | `interfaces` | the interfaces, and what they are |
//! | `multicast` | what passes on each: queries sent, packets heard |
//! | `port` | who has our port, and whether it can be dialled |
//! | `firewall` | which programs open ports here, and what rules can be read |
//! | `ask` | what other programs of this computer know |
//! | `state` | identity, trust, the directory, copies of it, the clock |
//!
//! Nothing is changed: no file is written, no identity made, nothing announced. Our port is opened
//! for a moment where nobody has it.

mod ask;
mod clock;
mod firewall;
mod interfaces;
mod multicast;
mod port;
mod state;

use std::{collections::BTreeMap, net::IpAddr, time::Duration};

use listeners::{Listener, Protocol, SocketState};
use tokio::time::{Instant, timeout_at};

use self::interfaces::Present;
use crate::{
    checks::doctor::facts::{Facts, Hub, Kind, Look, Mdns as MdnsFacts, Process},
    driver::listen::ListenSettings,
    identity::disk::StateDir,
    mdns::{
        daemon::{Mdns, MdnsError, MdnsEvent},
        service::Service,
    },
};

/// What is to be looked at.
#[derive(Clone, Debug)]
pub struct Question {
    /// The interfaces by name; `None` for all but loopback.
    pub interfaces: Option<Vec<String>>,
    /// The UDP port of mDNS; `None` to leave mDNS alone.
    pub mdns_port: Option<u16>,
    /// How we would listen.
    pub listen: ListenSettings,
    /// Where our state is.
    pub state: StateDir,
    /// What a running hub told of itself.
    pub hub: Hub,
    /// How long all of it may take.
    pub within: Duration,
}

/// Gathers everything; to be called within a tokio runtime.
///
/// # Errors
///
/// The interfaces cannot be listed, or one that was named is not there.
pub async fn gather(question: Question) -> Result<Facts, MdnsError> {
    let Question { interfaces: named, mdns_port, listen, state, hub, within } = question;
    // The last moments are for what comes after the look.
    let until = Instant::now() + within.saturating_sub(within / 10);
    // What the hub uses is what counts while it runs, unless somebody asks for another look.
    let chosen = named.clone().or_else(|| match &hub {
        Hub::Runs(hub) if !hub.interfaces.is_empty() => Some(hub.interfaces.clone()),
        _ => None,
    });
    let present = interfaces::present(chosen.as_deref())?;
    let sockets: Vec<Listener> =
        listeners::get_all().map(|all| all.into_iter().collect()).unwrap_or_default();
    // A hub tells by itself who it is.
    let owner = if matches!(hub, Hub::Runs(_)) { None } else { state.owner() };
    let outward = present.iter().map(|it| &it.interface);
    let outward = outward.filter(|it| it.used && it.kind != Kind::Loopback);
    let outward: Vec<String> = outward.map(|it| it.name.clone()).collect();
    let (mdns, (port, firewall)) = tokio::join!(
        async {
            match mdns_port {
                Some(port) => look(&present, chosen, port, &hub, &sockets, until).await,
                None => Ok(MdnsFacts::Off),
            }
        },
        async {
            let port = port::gather(listen, &hub, owner, &present, &sockets).await;
            let firewall = firewall::gather(port.number, &outward).await;
            (port, firewall)
        },
    );
    let (state, mut clock) = state::gather(&state, owner);
    clock.synchronised = clock::synchronised().await;
    Ok(Facts {
        hub,
        interfaces: present.into_iter().map(|it| it.interface).collect(),
        named: named.is_some(),
        mdns: mdns?,
        port,
        firewall,
        state,
        clock,
    })
}

/// Looks by mDNS: raw packets for what passes, and the responder we use anyway for the devices.
async fn look(
    present: &[Present],
    chosen: Option<Vec<String>>,
    port: u16,
    hub: &Hub,
    sockets: &[Listener],
    until: Instant,
) -> Result<MdnsFacts, MdnsError> {
    let began = Instant::now();
    let holders = || {
        let hub = if let Hub::Runs(hub) = hub { hub.pid } else { 0 };
        holders(sockets, port, &[std::process::id(), hub])
    };
    let settings = crate::mdns::daemon::MdnsSettings { interfaces: chosen, port, own: None };
    let (mdns, mut events) = match Mdns::start(settings) {
        Ok(started) => started,
        Err(MdnsError::PortTaken { port, source }) => {
            return Ok(MdnsFacts::PortTaken { port, why: source.to_string(), holders: holders() });
        }
        Err(error @ (MdnsError::UnknownInterface { .. } | MdnsError::Interfaces(_))) => {
            return Err(error);
        }
        Err(error) => return Ok(MdnsFacts::Unusable(error.to_string())),
    };
    let own: Vec<IpAddr> =
        present.iter().flat_map(|it| it.interface.addresses.iter().copied()).collect();
    let services = async {
        let mut services: BTreeMap<String, Service> = BTreeMap::new();
        while let Ok(Some(event)) = timeout_at(until, events.recv()).await {
            match event {
                MdnsEvent::Seen(service) => {
                    services.insert(service.instance.clone(), *service);
                }
                MdnsEvent::Gone { instance } => {
                    services.remove(&instance);
                }
                MdnsEvent::Full { .. } | MdnsEvent::NameChanged { .. } => {}
            }
        }
        services.into_values().collect()
    };
    let (passages, services): (_, Vec<Service>) =
        tokio::join!(multicast::gather(present, &own, port, until), services);
    mdns.shutdown().await;
    let responders = holders();
    let listening = listening(sockets, &services);
    let lasted = began.elapsed();
    Ok(MdnsFacts::Looked(Look { lasted, port, passages, responders, services, listening }))
}

/// The programs that listen here on the TCP ports of these services.
fn listening(sockets: &[Listener], services: &[Service]) -> Vec<(u16, Process)> {
    let is_it = |it: &&Listener| {
        it.protocol == Protocol::TCP
            && it.state == SocketState::Listen
            && services.iter().any(|service| service.port == it.socket.port())
    };
    let listens = sockets.iter().filter(is_it);
    let mut found: Vec<_> = listens.map(|it| (it.socket.port(), process(it))).collect();
    found.sort();
    found.dedup();
    found
}

/// The programs with this UDP port open, but for our own.
fn holders(sockets: &[Listener], port: u16, own: &[u32]) -> Vec<Process> {
    let holds = |it: &&Listener| {
        it.protocol == Protocol::UDP && it.socket.port() == port && !own.contains(&it.process.pid)
    };
    let mut holders: Vec<Process> = sockets.iter().filter(holds).map(process).collect();
    holders.sort();
    holders.dedup();
    holders
}

fn process(of: &Listener) -> Process {
    Process { name: of.process.name.clone(), pid: of.process.pid }
}
