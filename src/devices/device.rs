//! A device that runs, whether it keeps to SHIP or not.

use std::{
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use time::OffsetDateTime;
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use super::{Persona, faulty::Faulty, persona::Dials, sound::Sound};
use crate::{
    driver::{NodeEvent, TraceSettings, node::StartError},
    identity::{
        cert::{Identity, IdentityError},
        disk::{StateDir, StateError},
    },
    mdns::{
        daemon::{MdnsError, MdnsSettings},
        txt::OwnTxt,
    },
    proto::{ShipId, Ski, target::USUAL_PATH},
};

/// Where devices are to be found.
#[derive(Clone, Debug)]
pub struct Network {
    /// Where they announce themselves; `None` if they are to be dialled by address.
    pub mdns: Option<MdnsSettings>,
    /// The address they listen on; `None` for every address. Each picks a free port.
    pub bind: Option<IpAddr>,
    /// Where those that are nodes of our own write traces: `FILE-wallbox.trace` beside the `FILE.trace`
    /// named here; one whose connection drops begins another each time, `FILE-wallbox-2.trace`.
    pub trace: Option<TraceSettings>,
    /// The directory in which each device keeps its identity, under its name, so that it is the same
    /// device at the next start; `None` if each start makes another.
    pub keep: Option<PathBuf>,
}

/// A simulated device that runs. Dropping it is pulling its plug; [`Device::stop`] ends it in order.
#[derive(Debug)]
pub struct Device {
    /// Its name here.
    pub name: Arc<str>,
    /// The SKI to pair with: the one it announces.
    pub ski: Ski,
    /// Its SHIP ID.
    pub ship_id: ShipId,
    /// The port it listens on, or claims to.
    pub port: u16,
    /// What it will do, for people.
    pub does: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Something that happened at a device.
#[derive(Debug)]
pub struct DeviceEvent {
    /// The name of the device.
    pub device: Arc<str>,
    /// Its SKI.
    pub ski: Ski,
    /// What happened.
    pub happened: Happened,
}

/// What happened.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "nearly every event is the large one")]
pub enum Happened {
    /// Its node tells something.
    Node(NodeEvent),
    /// Somebody, or the simulation, did something: a sentence without a full stop.
    Did(String),
}

/// Why a device cannot be simulated.
#[derive(Debug, thiserror::Error)]
pub enum DeviceError {
    /// Its node cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its record cannot be announced.
    #[error(transparent)]
    Mdns(#[from] MdnsError),
    /// Its port cannot be opened.
    #[error("no port can be opened for a simulated device")]
    Port(#[from] io::Error),
    /// Its certificate cannot be made.
    #[error("no certificate can be made for a simulated device")]
    Identity(#[from] IdentityError),
    /// Its identity cannot be read or kept.
    #[error("the identity of a simulated device cannot be kept")]
    Kept(#[from] StateError),
    /// Its certificate, with its fault, cannot be made or used.
    #[error("a certificate with this fault cannot be made: {0}")]
    Papers(String),
}

/// What a device reports by, without ever waiting for whoever reads it.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    device: Arc<str>,
    ski: Ski,
    events: mpsc::Sender<DeviceEvent>,
}

impl Teller {
    pub(super) fn tell(&self, happened: Happened) {
        let event = DeviceEvent { device: self.device.clone(), ski: self.ski, happened };
        // A reader that is too slow, or gone, misses something.
        let _ = self.events.try_send(event);
    }

    pub(super) fn did(&self, what: impl Into<String>) {
        self.tell(Happened::Did(what.into()));
    }
}

impl Device {
    /// Starts a device with a new identity, or the one it keeps; to be called within a tokio runtime. What happens at it
    /// goes to `events`, and is lost where that is full.
    ///
    /// # Errors
    ///
    /// An interface, port or record that cannot be used.
    pub fn start(
        persona: Persona,
        network: &Network,
        events: mpsc::Sender<DeviceEvent>,
    ) -> Result<Self, DeviceError> {
        let identity = match &network.keep {
            Some(directory) => kept(directory, &persona)?,
            None => identity(&persona)?,
        };
        let (stop, stopped) = oneshot::channel();
        let (name, does): (Arc<str>, _) = (persona.name.as_str().into(), persona.does());
        let ship_id = identity.ship_id().clone();
        let teller = |ski| Teller { device: name.clone(), ski, events };
        let (ski, port, task) = match persona.fault {
            Some(fault) => {
                let faulty = Faulty::prepare(fault, &persona, identity, network)?;
                let (ski, port) = (faulty.ski(), faulty.port());
                (ski, port, tokio::spawn(faulty.run(teller(ski), stopped)))
            }
            None => {
                let ski = identity.ski();
                let sound = Sound::start(persona, identity, network, teller(ski))?;
                (ski, sound.port(), tokio::spawn(sound.run(stopped)))
            }
        };
        Ok(Self { name, ski, ship_id, port, does, stop, task })
    }

    /// Ends it: connections are closed in order, and it says goodbye.
    pub async fn stop(self) {
        // One that has ended already does not mind.
        let _ = self.stop.send(());
        let _ = self.task.await;
    }
}

/// What a device announces.
pub(super) fn txt(persona: &Persona, ski: Ski, ship_id: &ShipId) -> OwnTxt {
    OwnTxt {
        ship_id: ship_id.clone(),
        ski,
        path: USUAL_PATH.to_owned(),
        register: false,
        brand: persona.brand.clone(),
        model: persona.model.clone(),
        device_type: persona.device_type.clone(),
        serial: persona.serial.clone(),
        categories: persona.categories.clone(),
    }
}

/// The identity a device has kept, made at its first start.
fn kept(directory: &Path, persona: &Persona) -> Result<Identity, DeviceError> {
    let legal = |c: char| if c.is_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = persona.name.chars().map(legal).collect();
    let directory = StateDir::resolve(Some(&directory.join(name)))?;
    if let Some(identity) = directory.read_identity()? {
        return Ok(identity);
    }
    let identity = identity(persona)?;
    directory.replace_identity(&identity)?;
    Ok(identity)
}

/// A new identity. The SHIP ID ends in chance, for the same device may be simulated twice.
fn identity(persona: &Persona) -> Result<Identity, IdentityError> {
    /// Of so many random SKIs one begins with `f` nearly always.
    const TRIES: usize = 100;
    let kept: String = persona.name.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    let ship_id = format!("i:46925_u:sim-{kept}-{:06x}", fastrand::u32(..1 << 24)).parse().ok();
    let mut identity = Identity::generate(ship_id.as_ref(), OffsetDateTime::now_utc())?;
    // Of two connections the one of the higher SKI survives: that it dials back is to be seen.
    let high = |identity: &Identity| identity.ski().as_bytes()[0] >= 0xF0;
    for _ in 0..TRIES {
        if persona.dials != Dials::Back || high(&identity) {
            break;
        }
        identity = Identity::generate(ship_id.as_ref(), OffsetDateTime::now_utc())?;
    }
    Ok(identity)
}
