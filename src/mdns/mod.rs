//! Discovery by mDNS (SHIP 7): what a record says, and the daemon that finds and announces them.
//!
//! | room | what happens there |
//! |---|---|
//! | [`txt`] | the TXT record, read leniently with remarks, written strictly |
//! | [`service`] | one discovered service and the order of its addresses |
//! | [`kind`] | the plain names of device types |
//! | [`packet`] | asking who is there, and hearing who answers |
//! | [`records`] | everything seen, and what of it to report |
//! | `daemon` | announcing and watching by `mdns-sd` (feature `driver`) |

#[cfg(feature = "driver")]
pub mod daemon;
#[cfg(feature = "driver")]
pub(crate) mod interfaces;
pub mod kind;
pub mod packet;
pub mod records;
pub mod service;
pub mod txt;
