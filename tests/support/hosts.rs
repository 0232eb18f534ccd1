//! Where a program runs: here, or in one of two hosts on a network of their own.
//!
//! The hosts are network namespaces joined by a cable. They see multicast, port 5353 and each other
//! as hosts in a house do; nothing of it reaches the network of this machine.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use super::skip::skip;

/// Where a program runs.
#[derive(Clone, Debug)]
pub enum Place {
    /// On this machine.
    Here,
    /// On the host of this name, in the namespaces of this process.
    Host { name: &'static str, holder: u32 },
}

impl Place {
    /// A command that runs the program there.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        match self {
            Self::Here => Command::new(program.as_ref()),
            Self::Host { name, holder } => {
                let mut command = Command::new("nsenter");
                command
                    .args(["--target", &holder.to_string()])
                    .args(["--user", "--preserve-credentials", "--net", "--mount", "--"])
                    .args(["ip", "netns", "exec", name])
                    // Peers announce the name of the host, so each needs its own.
                    .args(["unshare", "--uts", "--", "sh", "-c", NAMED, name])
                    .arg(program.as_ref());
                command
            }
        }
    }
}

const NAMED: &str = r#"echo "$0" > /proc/sys/kernel/hostname && exec "$@""#;

/// Two hosts, `left` (10.77.0.1 on `va`) and `right` (10.77.0.2 on `vb`), as long as it lives.
pub struct Network {
    holder: Child,
}

impl Network {
    pub const LEFT_INTERFACE: &str = "va";
    pub const RIGHT_INTERFACE: &str = "vb";

    /// `None`, with a notice, where the system does not allow it.
    pub fn start() -> Option<Self> {
        Self::start_with("")
    }

    /// The same, with more lines of its setup.
    pub fn start_with(more: &str) -> Option<Self> {
        let started = Self::try_start(&format!("{SETUP}{more}\n{STAY}"));
        match started {
            Ok(network) => Some(network),
            Err(why) if std::env::var_os("SHIPCTL_REQUIRE_FOREIGN_PEERS").is_none() => {
                skip(format!("no network namespaces here: {why}"));
                None
            }
            Err(why) => panic!("no network namespaces here: {why}"),
        }
    }

    pub fn left(&self) -> Place {
        Place::Host { name: "left", holder: self.holder.id() }
    }

    pub fn right(&self) -> Place {
        Place::Host { name: "right", holder: self.holder.id() }
    }

    fn try_start(setup: &str) -> Result<Self, String> {
        let mut holder = Command::new("unshare")
            .args(["--map-root-user", "--net", "--mount", "sh", "-ec", setup])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare: {error}"))?;
        let mut first = String::new();
        let told = BufReader::new(holder.stdout.take().unwrap()).read_line(&mut first);
        if told.is_ok() && first == "ready\n" {
            return Ok(Self { holder });
        }
        let mut why = String::new();
        let _ = holder.stderr.take().unwrap().read_to_string(&mut why);
        let _ = holder.wait();
        Err(why)
    }
}

impl Drop for Network {
    /// The end of its input ends the holder, and the namespaces end with it and their programs.
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        let _ = self.holder.wait();
    }
}

/// Without `accept_dad` an address of its own would only be usable seconds later.
const SETUP: &str = "
mount -t tmpfs tmpfs /run
ip netns add left
ip netns add right
ip link add va type veth peer name vb
ip link set va netns left
ip link set vb netns right
ip netns exec left sh -c 'echo 0 > /proc/sys/net/ipv6/conf/va/accept_dad'
ip netns exec right sh -c 'echo 0 > /proc/sys/net/ipv6/conf/vb/accept_dad'
ip -n left addr add 10.77.0.1/24 dev va
ip -n right addr add 10.77.0.2/24 dev vb
for host in left right; do ip -n $host link set lo up; done
ip -n left link set va up
ip -n right link set vb up
";

/// Waits for the end of the input.
const STAY: &str = "
echo ready
read -r _ || true
";
