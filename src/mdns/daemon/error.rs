//! Why mDNS cannot do what is asked.

use std::io;

use crate::{checks::Code, mdns::txt::TxtRemark};

/// Why mDNS cannot do what is asked.
#[derive(Debug, thiserror::Error)]
pub enum MdnsError {
    /// An interface was named that does not exist here.
    #[error("no network interface {given:?} with an address is here; there are: {}", list(.present))]
    UnknownInterface {
        /// The name given.
        given: String,
        /// Those that exist.
        present: Vec<String>,
    },
    /// No interface can be used.
    #[error(
        "no network interface here can be used for mDNS; there are: {} (loopback counts only when named)",
        list(.present)
    )]
    NoInterface {
        /// Those that exist.
        present: Vec<String>,
    },
    /// The interfaces could not be listed.
    #[error("the network interfaces cannot be listed: {0}")]
    Interfaces(#[source] io::Error),
    /// Somebody holds the port without sharing it (MDNS-13).
    #[error("UDP port {port} is held by another mDNS program that does not share it: {source}")]
    PortTaken {
        /// The port.
        port: u16,
        /// What the system said.
        source: io::Error,
    },
    /// Our own record breaks a rule of SHIP.
    #[error("other devices would refuse our announcement: {0}")]
    OwnRecord(TxtRemark),
    /// The mDNS library refused.
    #[error("the mDNS library refused: {0}")]
    Responder(#[from] mdns_sd::Error),
    /// The task behind the handle has ended, or too many commands wait for it.
    #[error("mDNS has stopped, or does not keep up")]
    NotRunning,
}

impl MdnsError {
    /// Its code in the catalogue of findings, where it has one.
    pub fn code(&self) -> Option<Code> {
        matches!(self, Self::PortTaken { .. }).then_some(Code::Mdns13)
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
