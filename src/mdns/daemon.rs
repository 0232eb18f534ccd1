//! Announcing ourselves and watching the network: the boundary to `mdns-sd`.
//!
//! The handle is here, what it drives in `responder`. The library is silent about ports and interfaces
//! it cannot use, so those are tried out before it starts (see `interfaces`).

mod error;
mod responder;

use std::{net::SocketAddr, time::Duration};

use mdns_sd::{HostnameResolutionEvent, IfKind, ServiceDaemon};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout_at},
};

pub use self::error::MdnsError;
use self::responder::{COMMANDS, Command, EVENTS, Own, Responder};
pub use super::records::MdnsEvent;
use super::{interfaces, service::Service, txt::OwnTxt};
use crate::proto::Ski;

/// The service type of SHIP (SHIP 7.2).
pub const SERVICE_TYPE: &str = "_ship._tcp.local.";

/// The port of mDNS (RFC 6762).
pub const MDNS_PORT: u16 = mdns_sd::MDNS_PORT;

/// Where mDNS runs and which record is ours.
#[derive(Clone, Debug)]
pub struct MdnsSettings {
    /// The interfaces by name; `None` for all but loopback, which has to be named.
    pub interfaces: Option<Vec<String>>,
    /// The UDP port. Another than [`MDNS_PORT`] makes an mDNS world of its own.
    pub port: u16,
    /// Our own SKI: its records are never reported.
    pub own: Option<Ski>,
}

/// Asks for the addresses of `.local` names, as long as the responder it is of runs.
#[derive(Clone)]
pub struct Names(ServiceDaemon);

impl std::fmt::Debug for Names {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    /// Whether mDNS is in charge of this name (RFC 6762 3).
    pub fn is_local(host: &str) -> bool {
        host.trim_end_matches('.').to_ascii_lowercase().ends_with(".local")
    }

    /// The addresses of a `.local` name in the order of dialling, link-local IPv6 with its scope; empty
    /// for other names, or if no answer came in time.
    pub async fn resolve(&self, host: &str, port: u16, limit: Duration) -> Vec<SocketAddr> {
        /// IPv4 and IPv6 answer in packets of their own.
        const MORE: Duration = Duration::from_millis(100);
        if !Self::is_local(host) {
            return Vec::new();
        }
        let host = format!("{}.", host.trim_end_matches('.').to_ascii_lowercase());
        let Ok(answers) = self.0.resolve_hostname(&host, None) else { return Vec::new() };
        let mut found: Vec<SocketAddr> = Vec::new();
        let mut until = Instant::now() + limit;
        while let Ok(Ok(event)) = timeout_at(until, answers.recv_async()).await {
            if let HostnameResolutionEvent::AddressesFound(_, addresses) = event {
                found.extend(addresses.iter().filter_map(|it| responder::socket(it, port)));
                until = until.min(Instant::now() + MORE);
            }
        }
        // A responder that has ended asks no more.
        let _ = self.0.stop_resolve_hostname(&host);
        Service::sort_addresses(&mut found);
        found.dedup();
        found
    }
}

/// The handle on a running mDNS responder. Dropping it says goodbye as well, but nobody waits.
#[derive(Debug)]
pub struct Mdns {
    commands: mpsc::Sender<Command>,
    interfaces: Vec<String>,
    names: Names,
    task: JoinHandle<()>,
}

impl Mdns {
    /// Starts watching for SHIP services; to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// An unknown interface, none that can be used, or a port that is not shared.
    pub fn start(settings: MdnsSettings) -> Result<(Self, mpsc::Receiver<MdnsEvent>), MdnsError> {
        let named = settings.interfaces.as_deref();
        let interfaces = interfaces::usable(named, settings.port)?;
        let daemon = ServiceDaemon::new_with_port(settings.port)?;
        match named {
            Some(named) => {
                daemon.disable_interface(IfKind::All)?;
                daemon.enable_interface(named.iter().map(IfKind::from).collect::<Vec<_>>())?;
            }
            None => daemon.disable_interface(vec![IfKind::LoopbackV4, IfKind::LoopbackV6])?,
        }
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (events, event_queue) = mpsc::channel(EVENTS);
        let ears = interfaces::ears(&interfaces, settings.port);
        let names = Names(daemon.clone());
        let responder = Responder::new(daemon, settings.own, ears)?;
        let task = tokio::spawn(responder.run(command_queue, events));
        Ok((Self { commands, interfaces, names, task }, event_queue))
    }

    /// Asks it for the addresses of `.local` names.
    pub fn names(&self) -> Names {
        self.names.clone()
    }

    /// The names of the interfaces it started on. Others that come up later are joined too, unless
    /// interfaces were named.
    pub fn interfaces(&self) -> &[String] {
        &self.interfaces
    }

    /// Announces us, or changes what is announced: the addresses of this host that reach a socket bound
    /// to `listening`, now and whenever the addresses of the host change. Returns whether there is any
    /// such address on the interfaces of mDNS now; without one, nothing is announced.
    ///
    /// # Errors
    ///
    /// A record that peers would refuse.
    pub fn announce(&self, txt: OwnTxt, listening: SocketAddr) -> Result<bool, MdnsError> {
        let own = Own { txt, listening };
        own.info(true)?;
        self.send(Command::Announce(Box::new(own)))?;
        Ok(interfaces::any_reaches(listening.ip(), &self.interfaces))
    }

    /// Changes `register` of the announcement, if there is one.
    ///
    /// # Errors
    ///
    /// [`MdnsError::NotRunning`].
    pub fn set_register(&self, register: bool) -> Result<(), MdnsError> {
        self.send(Command::SetRegister(register))
    }

    /// Says goodbye and goes on watching.
    ///
    /// # Errors
    ///
    /// [`MdnsError::NotRunning`].
    pub fn withdraw(&self) -> Result<(), MdnsError> {
        self.send(Command::Withdraw)
    }

    /// Asks whether an instance still lives, after a dial failed: if nobody answers within 2 s,
    /// [`MdnsEvent::Gone`] follows.
    ///
    /// # Errors
    ///
    /// [`MdnsError::NotRunning`].
    pub fn verify(&self, instance: &str) -> Result<(), MdnsError> {
        self.send(Command::Verify(instance.to_owned()))
    }

    /// Says goodbye, twice as it should be, and stops. Takes about 150 ms if something was
    /// announced.
    pub async fn shutdown(self) {
        drop(self.commands);
        if let Err(error) = self.task.await {
            tracing::error!(%error, "mDNS broke down");
        }
    }

    fn send(&self, command: Command) -> Result<(), MdnsError> {
        self.commands.try_send(command).map_err(|_| MdnsError::NotRunning)
    }
}
