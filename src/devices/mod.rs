//! Simulated devices: real TLS, WebSockets and mDNS, each with an identity of its own, to try
//! things out on without hardware.
//!
//! | room | what happens there |
//! |---|---|
//! | [`persona`] | who a device is and how it behaves, and those built in |
//! | [`fault`] | what a device may do wrong, and the finding each fault gives |
//! | [`device`] | a device that runs |
//! | `sound` | a device that keeps to SHIP: one of our own nodes and a person in front of it |
//! | `faulty` | one that does not: a server made by hand |
//! | `papers` | what such a server shows in TLS |
//! | `talk` | the handshake of such a server, up to its fault |

pub mod device;
pub mod fault;
mod faulty;
mod papers;
pub mod persona;
mod sound;
mod talk;

pub use device::{Device, DeviceError, DeviceEvent, Happened, Network};
pub use fault::Fault;
pub use persona::Persona;
