//! Our port, who has it, and the firewall before it.

use std::net::SocketAddr;

use super::Process;

/// Our port.
#[derive(Clone, Debug)]
pub struct Port {
    /// Its number; 0 for any that is free.
    pub number: u16,
    /// Who has it.
    pub state: PortState,
    /// The addresses it is, or would be, bound to.
    pub bound: Vec<SocketAddr>,
    /// Our own addresses it was dialled at, and what the system said where that failed.
    pub dialled: Vec<(SocketAddr, Option<String>)>,
}

/// Who has our port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PortState {
    /// Nobody: it could be opened.
    Free,
    /// A program of ours: the running hub, or whoever owns our state.
    Ours(u32),
    /// Somebody else, named as far as the system tells.
    Taken(Option<Process>),
    /// The system does not let us have it: what it said.
    Refused(String),
    /// The running hub takes nobody in.
    Closed,
}

/// The firewall of this computer.
#[derive(Clone, Debug)]
pub struct Firewall {
    /// The programs for it that are installed.
    pub tools: Vec<Tool>,
    /// What its rules say about our port.
    pub rules: Rules,
}

/// A program that opens ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// ufw.
    Ufw,
    /// firewall-cmd, for firewalld.
    Firewalld,
    /// nft.
    Nft,
    /// iptables.
    Iptables,
}

/// What the rules of the firewall say about our port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rules {
    /// They cannot be read, or not be understood.
    NotKnown,
    /// The firewall in use is this one, and is not to be read by this user.
    Unreadable(Tool),
    /// There is a rule that opens it.
    Open(Tool),
    /// There is none, and what is not opened is dropped.
    Shut(Tool),
}
