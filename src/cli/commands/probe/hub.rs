//! What a hub that runs with our identity knows, so that nobody fights it.

use std::collections::BTreeSet;

use tokio::sync::mpsc;

use crate::{
    checks::ladder::known,
    cli::{context::Context, error::CliError},
    hub::snapshot::{PeerSnapshot, Snapshot},
    mdns::daemon::MdnsEvent,
    proto::{Address, Ski, Target},
    time::Time,
};

/// A hub, as it was when it was asked.
pub(super) struct HubView {
    /// Its process.
    pub(super) pid: u32,
    snapshot: Snapshot,
}

impl HubView {
    /// Asks the hub with our identity, if one runs.
    #[cfg(unix)]
    pub(super) async fn ask(context: &mut Context<'_>) -> Result<Option<Self>, CliError> {
        use crate::{
            cli::{exit::Exit, remote, settings::table::Key},
            control::{Wish, wire::Plain},
        };
        let Some(mut client) = remote::find(context).await? else { return Ok(None) };
        let wish = Wish::Plain(Plain::Status { history: true });
        let mut status = remote::ask(&mut client, wish).await?;
        let hub = status.remove("hub").unwrap_or_default();
        let snapshot: Snapshot = serde_json::from_value(hub).map_err(|error| {
            CliError::new(Exit::Configuration, "what the running hub tells is not understood")
                .because_of(&error)
                .hint("restart the hub with this shipctl, or use the other one")
        })?;
        if snapshot.node.mdns {
            let settings = [Key::Interface, Key::MdnsPort];
            remote::warn_of_flags(context, &mut client, &settings, &[]).await?;
        }
        Ok(Some(Self { pid: client.hub().pid, snapshot }))
    }

    /// There is no way to ask a hub here.
    #[cfg(not(unix))]
    pub(super) async fn ask(_context: &mut Context<'_>) -> Result<Option<Self>, CliError> {
        Ok(None)
    }

    /// Whether it looks for devices.
    pub(super) fn looks(&self) -> bool {
        self.snapshot.node.mdns
    }

    /// The port it listens on.
    pub(super) fn port(&self) -> Option<u16> {
        self.snapshot.node.port
    }

    /// When this was.
    pub(super) fn now(&self) -> Time {
        self.snapshot.at
    }

    /// What it sees, if it looks.
    #[cfg(unix)]
    pub(super) async fn sightings(
        &self,
        context: &Context<'_>,
    ) -> Result<Option<mpsc::Receiver<MdnsEvent>>, CliError> {
        use crate::cli::remote;
        if !self.looks() {
            return Ok(None);
        }
        Ok(remote::find(context).await?.map(remote::sightings))
    }

    /// There is no way to ask a hub here.
    #[cfg(not(unix))]
    pub(super) async fn sightings(
        &self,
        _context: &Context<'_>,
    ) -> Result<Option<mpsc::Receiver<MdnsEvent>>, CliError> {
        Ok(None)
    }

    /// What it knows of a device.
    pub(super) fn peer(&self, ski: Ski) -> Option<&PeerSnapshot> {
        self.snapshot.peers.iter().find(|peer| peer.ski == ski)
    }

    /// The devices it has a connection with.
    pub(super) fn connected(&self) -> BTreeSet<Ski> {
        let connected = self.snapshot.peers.iter().filter(|it| known::connection(it).is_some());
        connected.map(|peer| peer.ski).collect()
    }

    /// Where it dials a device, and where one is that dialled it.
    pub(super) fn addresses(&self, ski: Ski) -> Vec<Target> {
        let Some(peer) = self.peer(ski) else { return Vec::new() };
        let dialled = known::connection(peer).filter(|it| it.we_dialled).map(|it| {
            let path = it.transport.path.clone();
            Target::socket(it.remote, path.unwrap_or_else(|| "/ship/".to_owned()))
        });
        peer.targets.iter().cloned().chain(dialled).collect()
    }

    /// Who is at this place, as far as it knows.
    pub(super) fn at(&self, place: &Target) -> Option<Ski> {
        let Address::Socket(address) = &place.address else { return None };
        let services = self.snapshot.services.iter();
        let seen = services.filter(|it| it.addresses.contains(address)).find_map(|it| it.ski);
        let dialled = |peer: &&PeerSnapshot| {
            known::connection(peer).is_some_and(|it| it.we_dialled && it.remote == *address)
        };
        seen.or_else(|| self.snapshot.peers.iter().find(dialled).map(|peer| peer.ski))
    }
}
