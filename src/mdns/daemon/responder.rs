//! The task that owns the mDNS library. Everything odd about that library stays here: it repeats itself
//! (see [`records`](crate::mdns::records)), closes a subscription that is not drained, takes
//! announcements that change while it still probes for a conflict with itself, and says goodbye twice
//! but stops before the second if not waited for.

use std::{
    collections::VecDeque,
    future::poll_fn,
    net::{SocketAddr, SocketAddrV6},
    task::Poll,
    time::Duration,
};

use if_addrs::Interface;
use mdns_sd::{
    DaemonEvent, IfKind, IfPredicate, Receiver, ResolvedService, ScopedIp, ServiceDaemon,
    ServiceEvent, ServiceInfo,
};
use socket2::Socket;
use tokio::{
    io::ReadBuf,
    net::UdpSocket,
    sync::mpsc,
    time::{Instant, sleep, sleep_until},
};

use super::{MdnsError, MdnsEvent, SERVICE_TYPE};
use crate::{
    mdns::{
        interfaces::reaches,
        packet::announced,
        records::Records,
        service::Service,
        txt::{OwnTxt, Txt},
    },
    proto::{Ski, text::visible},
    time::Time,
};

/// Commands, and events of its own, that may wait.
pub(super) const COMMANDS: usize = 64;
pub(super) const EVENTS: usize = 64;

/// What the handle asks of the task.
#[derive(Debug)]
pub(super) enum Command {
    Announce(Box<Own>),
    SetRegister(bool),
    Withdraw,
    Verify(String),
}

/// Between the two goodbyes of the library (120 ms), and a little.
const GOODBYE: Duration = Duration::from_millis(150);

/// The longest time a probe for our names may take; the library tells when it is done.
const PROBE: Duration = Duration::from_secs(3);

/// Until a command the library had no room for is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// How long to wait for an answer of an instance in doubt.
const VERIFY: Duration = Duration::from_secs(2);

/// Our own announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Own {
    pub(super) txt: OwnTxt,
    /// Where our socket listens: only addresses that reach it are announced.
    pub(super) listening: SocketAddr,
}

impl Own {
    /// The record for the library. The names are unique by the SKI, lower case (the library
    /// repeats no announcement of others), and never those of the machine, which belong to its own
    /// responder.
    pub(super) fn info(&self, probe: bool) -> Result<ServiceInfo, MdnsError> {
        let pairs = self.txt.pairs().map_err(MdnsError::OwnRecord)?;
        let ski = self.txt.ski.to_string();
        let instance = format!("shipctl-{}", &ski[..16]);
        let host = format!("shipctl-{}.local.", &ski[..8]);
        let mut info = ServiceInfo::new(
            SERVICE_TYPE,
            &instance,
            &host,
            "",
            self.listening.port(),
            &pairs[..],
        )?
        .enable_addr_auto();
        info.set_requires_probe(probe);
        let listening = self.listening.ip();
        let reached = move |it: &Interface| reaches(listening, it.ip());
        info.set_interfaces(vec![IfKind::Predicate(IfPredicate::new(reached))]);
        Ok(info)
    }
}

/// The task that owns the library: drains it always, and brings what is announced to what is
/// wanted.
pub(super) struct Responder {
    daemon: ServiceDaemon,
    monitor: Receiver<DaemonEvent>,
    browse: Receiver<ServiceEvent>,
    /// What the library keeps to itself: services without an address.
    ears: Vec<UdpSocket>,
    origin: Instant,
    records: Records,
    renames: VecDeque<MdnsEvent>,
    wanted: Option<Own>,
    announced: Option<Own>,
    /// No announcement before: a probe runs that it would collide with, or a goodbye is repeated
    /// that would cancel it.
    not_before: Instant,
}

impl Responder {
    pub(super) fn new(
        daemon: ServiceDaemon,
        own: Option<Ski>,
        ears: Vec<Socket>,
    ) -> Result<Self, mdns_sd::Error> {
        let ears = ears.into_iter().filter_map(|it| UdpSocket::from_std(it.into()).ok());
        Ok(Self {
            ears: ears.collect(),
            monitor: daemon.monitor()?,
            browse: daemon.browse(SERVICE_TYPE)?,
            daemon,
            origin: Instant::now(),
            records: Records::new(own),
            renames: VecDeque::new(),
            wanted: None,
            announced: None,
            not_before: Instant::now(),
        })
    }

    /// Runs until nobody is left to command it, and says goodbye.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        events: mpsc::Sender<MdnsEvent>,
    ) {
        let mut packet = vec![0; 9000];
        loop {
            self.reconcile();
            let wake = self.wake();
            tokio::select! {
                command = commands.recv() => match command {
                    Some(command) => self.obey(command),
                    None => break,
                },
                found = self.browse.recv_async() => {
                    if self.watch(found.ok()).is_err() {
                        break;
                    }
                }
                length = hear(&self.ears, &mut packet) => {
                    let now = self.now();
                    for (fullname, told) in announced(&packet[..length]) {
                        self.records.announced(&fullname, told, now);
                    }
                }
                Ok(notice) = self.monitor.recv_async() => self.note(notice),
                Ok(room) = events.reserve(), if self.has_event() => {
                    if let Some(event) = self.next_event() {
                        room.send(event);
                    }
                }
                () = sleep_until(wake.unwrap_or(self.origin)), if wake.is_some() => {
                    self.records.handle_timeout(self.now());
                }
            }
        }
        self.stop().await;
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Announce(own) => self.wanted = Some(*own),
            Command::SetRegister(register) => {
                if let Some(own) = &mut self.wanted {
                    own.txt.register = register;
                }
            }
            Command::Withdraw => self.wanted = None,
            Command::Verify(instance) => {
                if let Some(fullname) = self.records.fullname(&instance)
                    && let Err(error) = self.daemon.verify(fullname.to_owned(), VERIFY)
                {
                    tracing::debug!(%error, "verify is not possible now");
                }
            }
        }
    }

    /// Takes in what browsing told; without it, the subscription was closed for being full.
    fn watch(&mut self, found: Option<ServiceEvent>) -> Result<(), mdns_sd::Error> {
        let now = self.now();
        match found {
            Some(ServiceEvent::ServiceFound(_, fullname)) => self.records.found(&fullname, now),
            Some(ServiceEvent::ServiceResolved(found)) => {
                self.records.resolved(&found.fullname, service(&found), now);
            }
            Some(ServiceEvent::ServiceRemoved(_, fullname)) => self.records.removed(&fullname),
            Some(_) => {}
            None => {
                // The library tells all it knows to whoever browses anew: nothing is lost.
                self.browse = self.daemon.browse(SERVICE_TYPE)?;
            }
        }
        Ok(())
    }

    fn note(&mut self, notice: DaemonEvent) {
        match notice {
            DaemonEvent::Announce(..) if self.announced.is_some() => {
                self.not_before = Instant::now();
            }
            DaemonEvent::NameChange(change) => {
                let event = MdnsEvent::NameChanged { from: change.original, to: change.new_name };
                // Told once for each record type and interface.
                if !self.renames.contains(&event) && self.renames.len() < EVENTS {
                    self.renames.push_back(event);
                }
            }
            DaemonEvent::Error(error) => {
                tracing::warn!(%error, "the mDNS library reports an error")
            }
            other => tracing::trace!(?other, "mDNS responder"),
        }
    }

    fn has_event(&self) -> bool {
        !self.renames.is_empty() || self.records.has_event()
    }

    fn next_event(&mut self) -> Option<MdnsEvent> {
        self.renames.pop_front().or_else(|| self.records.poll_event())
    }

    fn wake(&self) -> Option<Instant> {
        let records = self.records.poll_timeout().map(|at| self.origin + at.since_origin());
        let announce = (self.wanted != self.announced).then_some(self.not_before);
        records.into_iter().chain(announce).min()
    }

    fn now(&self) -> Time {
        Time::after(self.origin.elapsed())
    }

    /// Brings what is announced nearer to what is wanted, as far as it may be done now.
    fn reconcile(&mut self) {
        let now = Instant::now();
        let done = match (&self.announced, &self.wanted) {
            (Some(old), wanted) if wanted.as_ref().is_none_or(|own| own.txt.ski != old.txt.ski) => {
                self.withdraw(now)
            }
            (old, Some(own)) if old.as_ref() != Some(own) && now >= self.not_before => {
                self.register(own.clone(), old.is_none(), now)
            }
            _ => Ok(()),
        };
        if let Err(error) = done {
            tracing::debug!(%error, "mDNS announcement is tried again");
            self.not_before = now + RETRY;
        }
    }

    fn register(&mut self, own: Own, probe: bool, now: Instant) -> Result<(), MdnsError> {
        self.daemon.register(own.info(probe)?)?;
        self.announced = Some(own);
        if probe {
            self.not_before = now + PROBE;
        }
        Ok(())
    }

    fn withdraw(&mut self, now: Instant) -> Result<(), MdnsError> {
        if let Some(own) = &self.announced {
            self.daemon.unregister(own.info(true)?.get_fullname())?;
            self.announced = None;
            self.not_before = now + GOODBYE;
        }
        Ok(())
    }

    async fn stop(mut self) {
        let announced = self.announced.is_some();
        if let Err(error) = self.withdraw(Instant::now()) {
            tracing::debug!(%error, "goodbye by shutdown only");
        }
        if announced {
            sleep(GOODBYE).await;
        }
        loop {
            match self.daemon.shutdown() {
                Ok(stopped) => break drop(stopped.recv_async().await),
                Err(mdns_sd::Error::Again) => sleep(RETRY).await,
                Err(_) => break,
            }
        }
    }
}

/// Waits for a packet at any of the sockets, and returns its length; for ever without a socket.
async fn hear(ears: &[UdpSocket], packet: &mut [u8]) -> usize {
    poll_fn(|cx| {
        let mut buffer = ReadBuf::new(packet);
        // After an error the next call waits again; an empty packet announces nothing.
        let heard = ears.iter().any(|it| it.poll_recv(cx, &mut buffer).is_ready());
        if heard { Poll::Ready(buffer.filled().len()) } else { Poll::Pending }
    })
    .await
}

/// An address of the library with a port. The scope is the interface the record came from: peers do not
/// tell one.
pub(super) fn socket(address: &ScopedIp, port: u16) -> Option<SocketAddr> {
    match address {
        ScopedIp::V4(v4) => Some(SocketAddr::new((*v4.addr()).into(), port)),
        ScopedIp::V6(v6) => {
            let scope = if v6.addr().is_unicast_link_local() { v6.scope_id().index } else { 0 };
            Some(SocketAddrV6::new(*v6.addr(), port, 0, scope).into())
        }
        _ => None,
    }
}

/// The library's record as ours, but for the instance name.
fn service(found: &ResolvedService) -> Service {
    let mut addresses = Vec::new();
    let mut interfaces = Vec::new();
    for address in &found.addresses {
        addresses.extend(socket(address, found.port));
        match address {
            ScopedIp::V4(v4) => {
                interfaces.extend(v4.interface_ids().iter().map(|id| id.name.clone()));
            }
            ScopedIp::V6(v6) => interfaces.push(v6.scope_id().name.clone()),
            _ => {}
        }
    }
    Service::sort_addresses(&mut addresses);
    addresses.dedup();
    interfaces.sort();
    interfaces.dedup();
    Service {
        instance: String::new(),
        host: visible(&found.host),
        port: found.port,
        addresses,
        interfaces,
        txt: Txt::read(found.txt_properties.iter().map(|pair| (pair.key(), pair.val()))),
    }
}
