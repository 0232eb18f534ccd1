//! Floor 0: SHIP on one connection, without I/O and without a clock.
//!
//! | room | what happens there |
//! |---|---|
//! | [`ski`], [`ship_id`], [`pin`], [`qr`], [`target`] | the names of the field |
//! | [`message`] | the messages as values |
//! | [`close_code`] | WebSocket close codes and texts, and their meaning |
//! | [`frame`] | the bytes of a message, which nothing prints |
//! | [`codec`] | EEBUS JSON and frames: bytes to messages and back |
//! | [`state`] | the 40 protocol states and the 10 connection states |
//! | [`handshake`] | the state machine of one connection |
//! | [`text`] | what a peer wrote, made safe to show |
//! | [`timer`] | the table of deadlines a machine keeps |

pub mod close_code;
pub mod codec;
pub mod frame;
pub mod handshake;
pub mod message;
pub mod pin;
pub mod qr;
pub mod ship_id;
pub mod ski;
pub mod state;
pub mod target;
pub mod text;
pub mod timer;

pub use frame::Frame;
pub use pin::{Pin, PinError};
pub use ship_id::{ShipId, ShipIdError};
pub use ski::{Ski, SkiError};
pub use state::{ConnectionState, Phase, ProtocolState};
pub use target::{Address, Target, TargetError};
