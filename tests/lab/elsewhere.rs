//! A network in which the route to a device leads to another interface than the one it is seen on.

use std::{
    process::Command,
    sync::{LazyLock, Mutex},
};

use shipctl::proto::Ski;

use super::{
    board::Board,
    hub::{Home, Hub},
    kit::Running,
    network::{Network, Place},
    ways::behind,
};

/// The device is at the end of `va`, and packets to it go out by `wa`, behind which nothing is. By
/// IPv6 it would be reached all the same.
const OTHER_ROUTE: &str = "
ip -n right link set vb addrgenmode none
ip -n right -6 addr flush dev vb
ip link add wa type veth peer name wb
ip link set wa netns left
ip link set wb up
ip -n left addr add 10.88.0.1/24 dev wa
ip -n left link set wa up
ip -n left route add 10.77.0.2/32 dev wa
ip -n left neigh add 10.77.0.2 lladdr 02:00:00:00:00:02 dev wa
";

/// The network with a device in it, to the end of the tests.
struct World {
    network: Network,
    device: Running,
    ski: Ski,
}

static WORLD: LazyLock<Mutex<Option<World>>> = LazyLock::new(|| {
    let started = || {
        let network = Network::start_with(OTHER_ROUTE)?;
        let mut command = network.right().command(env!("CARGO_BIN_EXE_shipctl"));
        command.args(["--json", "--interface", Network::RIGHT_INTERFACE, "simulate", "wallbox"]);
        let mut device = Running::start(command);
        let ski = device.wait_for("device")["ski"].as_str().unwrap().parse().unwrap();
        Some(World { network, device, ski })
    };
    Mutex::new(started())
});

/// The device; `None`, with a notice, where this system allows no such network.
pub fn device() -> Option<Ski> {
    WORLD.lock().unwrap().as_ref().map(|world| world.ski)
}

/// A command on the other host.
pub fn here(command: &Command) -> Option<Command> {
    let place: Place = WORLD.lock().unwrap().as_ref()?.network.left();
    Some(behind(place.command("env"), command))
}

/// A hub there.
pub static HUB: LazyLock<Option<&'static Board>> = LazyLock::new(|| {
    let home = Home::new();
    let run = ["hub", "run", "--port", "0", "--json"];
    let hub = Hub::start(here(&home.command(&run))?);
    Some(Board::watch(home, hub))
});

/// Ends the device and its network.
pub fn end() {
    if let Some(world) = WORLD.lock().unwrap().take() {
        drop(world.device);
        drop(world.network);
    }
}
