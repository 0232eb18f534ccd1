//! What everything in the lab shares: simulated devices, and an mDNS world on loopback.

use std::{
    future::pending,
    net::{IpAddr, Ipv4Addr},
    sync::LazyLock,
    thread,
};

use shipctl::devices::{Device, Network, Persona};
use tokio::{
    runtime::{Builder, Handle},
    sync::mpsc,
};

use super::{mdns::World, table::Cause};

/// Where the simulated devices run: a thread of their own.
pub static RUNTIME: LazyLock<Handle> = LazyLock::new(|| {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let handle = runtime.handle().clone();
    thread::spawn(move || runtime.block_on(pending::<()>()));
    handle
});

/// Where records are announced.
pub static WORLD: LazyLock<World> = LazyLock::new(World::new);

/// Starts the device of a cause, if it is one, on loopback and without a record.
pub fn device(cause: Cause) -> Option<Device> {
    let persona = match cause {
        Cause::Device(fault) => Persona::with_fault(fault),
        Cause::Sound(name, _) => sound(name),
        _ => return None,
    };
    Some(start(persona, Some(Ipv4Addr::LOCALHOST.into())))
}

/// Starts the device built in that has this name.
pub fn sound_device(name: &str, bind: Option<IpAddr>) -> Device {
    start(sound(name), bind)
}

fn sound(name: &str) -> Persona {
    Persona::built_in().into_iter().find(|persona| persona.name == name).unwrap()
}

fn start(persona: Persona, bind: Option<IpAddr>) -> Device {
    let _entered = RUNTIME.enter();
    // Nobody listens to what the device tells.
    let (events, _) = mpsc::channel(1);
    Device::start(persona, &Network { mdns: None, bind, trace: None, keep: None }, events).unwrap()
}
