//! Floor 2, the outside: sockets, TLS and WebSockets.
//!
//! | room | what happens there |
//! |---|---|
//! | [`node`] | the one task that owns the hub, and the handle to it |
//! | [`clock`] | the one clock |
//! | [`tls`] | TLS 1.2 as SHIP wants it, and who the peer proves to be |
//! | [`ws`] | the WebSocket over it, and the HTTP upgrade |
//! | [`dial`] | one attempt to connect, over all addresses of a peer |
//! | [`listen`] | our port, and the peers that dial us |
//! | [`frames`] | how many WebSocket frames a peer sends |
//! | `route` | which interfaces the route to an address uses |
//! | `crowd` | who makes room when too many knock |
//! | [`link`] | the task of one established connection |
//! | [`probe`] | one device looked at rung by rung, with nothing changed at it |
//! | [`recorder`] | the file of a trace, and the thread that writes it |

pub mod clock;
mod crowd;
pub mod dial;
pub mod frames;
pub mod link;
pub mod listen;
pub mod node;
pub mod probe;
pub mod recorder;
mod route;
pub mod tls;
pub mod ws;

pub use clock::Clock;
pub use node::{Adjustment, Node, NodeEvent, NodeSettings, Observer, Seen};
pub use recorder::{RecordError, TraceSettings};
