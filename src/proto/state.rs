//! The two layers of state: 40 protocol states on the wire, 10 connection states for people.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! numbered {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $n:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$vmeta])* $variant = $n),+ }

        impl $name {
            /// Every state, in the order of its number.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The number used in logs, the same as ship-go's.
            pub const fn number(self) -> u8 {
                self as u8
            }

            /// The name used in logs and JSON.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// The state of that name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().find(|state| state.name() == name).copied()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            /// By its name.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = String::deserialize(deserializer)?;
                Self::named(&name).ok_or_else(|| de::Error::custom(format_args!("{name:?} is no state")))
            }
        }
    };
}

numbered! {
    /// Where one connection stands in the SHIP handshake (SHIP 13.4); the numbers are ship-go's.
    #[expect(missing_docs, reason = "the names are the specification's")]
    ProtocolState {
        CmiInitStart = 0,
        CmiClientSend = 1,
        CmiClientWait = 2,
        CmiClientEvaluate = 3,
        CmiServerWait = 4,
        CmiServerEvaluate = 5,
        Hello = 6,
        HelloReadyInit = 7,
        HelloReadyListen = 8,
        HelloReadyTimeout = 9,
        HelloPendingInit = 10,
        HelloPendingListen = 11,
        HelloPendingTimeout = 12,
        HelloOk = 13,
        HelloAbort = 14,
        HelloAbortDone = 15,
        HelloRemoteAbortDone = 16,
        HelloRejected = 17,
        ProtServerInit = 18,
        ProtClientInit = 19,
        ProtServerListenProposal = 20,
        ProtServerListenConfirm = 21,
        ProtClientListenChoice = 22,
        ProtTimeout = 23,
        ProtClientOk = 24,
        ProtServerOk = 25,
        PinCheckInit = 26,
        PinCheckListen = 27,
        PinCheckError = 28,
        PinCheckBusyInit = 29,
        PinCheckBusyWait = 30,
        PinCheckOk = 31,
        PinAskInit = 32,
        PinAskProcess = 33,
        PinAskRestricted = 34,
        PinAskOk = 35,
        AccessMethodsRequest = 36,
        Approved = 37,
        Complete = 38,
        Error = 39,
    }
}

numbered! {
    /// What a person sees of the connection to one peer.
    ConnectionState {
        /// No connection, and none wanted; or we refused.
        None = 0,
        /// Registered: waiting for a slot, a delay or the first sight of the peer.
        Queued = 1,
        /// A connection is being made.
        Initiated = 2,
        /// A peer we do not trust yet waits for our decision.
        ReceivedPairingRequest = 3,
        /// The hello phase runs.
        InProgress = 4,
        /// Both sides trust each other; the rest of the handshake runs.
        Trusted = 5,
        /// A PIN is being asked for or checked.
        Pin = 6,
        /// The handshake is complete; data may flow.
        Completed = 7,
        /// The peer refused to trust us.
        RemoteDeniedTrust = 8,
        /// The connection failed or was lost.
        Error = 9,
    }
}

/// The phases of a connection, in their order (SHIP 13.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Connection mode initialisation (SHIP 13.4.3).
    Init,
    /// Hello (SHIP 13.4.4.1).
    Hello,
    /// The protocol handshake (SHIP 13.4.4.2).
    Protocol,
    /// PIN verification (SHIP 13.4.4.3).
    Pin,
    /// Access methods, until the handshake counts as complete (SHIP 13.4.6).
    AccessMethods,
    /// Data exchange.
    Data,
    /// The state of a fault, which belongs to no phase.
    Fault,
}

impl ProtocolState {
    /// The phase this state belongs to: the one place that sorts them.
    pub const fn phase(self) -> Phase {
        match self.number() {
            0..=5 => Phase::Init,
            6..=17 => Phase::Hello,
            18..=25 => Phase::Protocol,
            26..=35 => Phase::Pin,
            36 | 37 => Phase::AccessMethods,
            38 => Phase::Data,
            _ => Phase::Fault,
        }
    }

    /// The connection state that goes with this protocol state.
    ///
    /// `pin_involved` tells whether either side of this connection really uses a PIN: without one
    /// the PIN states are passed through in [`ConnectionState::Trusted`].
    pub const fn connection_state(self, pin_involved: bool) -> ConnectionState {
        match self.number() {
            0 => ConnectionState::Queued,
            1..=5 => ConnectionState::Initiated,
            6..=10 | 12 => ConnectionState::InProgress,
            11 => ConnectionState::ReceivedPairingRequest,
            14 | 15 => ConnectionState::None,
            16 | 17 => ConnectionState::RemoteDeniedTrust,
            26..=35 if pin_involved => ConnectionState::Pin,
            13 | 18..=37 => ConnectionState::Trusted,
            38 => ConnectionState::Completed,
            _ => ConnectionState::Error,
        }
    }
}

impl ProtocolState {
    /// Whether a machine never rests in this state: what it means for a person follows from the
    /// state behind it, or from the end of the connection.
    pub const fn is_passed_through(self) -> bool {
        use ProtocolState::*;
        matches!(
            self,
            CmiInitStart
                | Hello
                | HelloReadyTimeout
                | HelloPendingInit
                | HelloPendingTimeout
                | HelloAbort
                | HelloAbortDone
                | HelloRemoteAbortDone
                | HelloRejected
                | Error
        )
    }
}

impl ConnectionState {
    /// What people call it; its [`name`](Self::name) is for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "idle",
            Self::Queued => "queued",
            Self::Initiated => "connecting",
            Self::ReceivedPairingRequest => "asks to pair",
            Self::InProgress => "hello",
            Self::Trusted => "trusted",
            Self::Pin => "PIN",
            Self::Completed => "connected",
            Self::RemoteDeniedTrust => "denied us",
            Self::Error => "failed",
        }
    }

    /// Whether a peer may go from this state to `next`; anything else is a bug of ours.
    pub const fn may_become(self, next: Self) -> bool {
        use ConnectionState::*;
        matches!(
            (self, next),
            (_, None)
                | (None, Queued | Initiated)
                | (Queued, Initiated)
                | (Initiated, ReceivedPairingRequest | InProgress)
                | (ReceivedPairingRequest, InProgress)
                | (InProgress, Trusted)
                | (Trusted, Pin | Completed)
                | (Pin, Trusted)
                | (InProgress | ReceivedPairingRequest, RemoteDeniedTrust)
                | (
                    Initiated | ReceivedPairingRequest | InProgress | Trusted | Pin | Completed,
                    Error
                )
                | (Error | Completed, Queued)
        )
    }

    /// Whether a connection exists or is being made.
    pub const fn is_in_flight(self) -> bool {
        use ConnectionState::*;
        matches!(self, Initiated | ReceivedPairingRequest | InProgress | Trusted | Pin | Completed)
    }
}
