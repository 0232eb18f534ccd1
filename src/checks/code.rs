//! What the rows of the [`catalogue`](super::catalogue) become: codes, and what each one says.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::catalogue::Code;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Info,
    /// Tolerated here, but another device may refuse it, or it will fail later.
    Warning,
    /// It keeps the devices apart.
    Error,
}

/// A text that is no code of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is no code of a finding; codes look like HEL-02")]
pub struct UnknownCode {
    /// The text as given.
    pub given: String,
}

/// The codes of one layer, and who looks for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// What its codes begin with: `HEL`.
    pub prefix: &'static str,
    /// The layer.
    pub layer: &'static str,
    /// How shipctl finds them.
    pub found_by: &'static str,
}

macro_rules! families {
    ($($prefix:literal $layer:literal $found_by:literal;)+) => {
        &[$(Family { prefix: $prefix, layer: $layer, found_by: $found_by }),+]
    };
}

impl Family {
    /// Every family, in the order of the layers.
    pub const ALL: &'static [Self] = families! {
        "MDNS" "Discovery" "`shipctl discover` judges every record; `shipctl doctor` looks at our own side; the hub keeps what concerns its devices.";
        "DNS" "Names" "Whatever dials a device, when it looks up its name.";
        "TCP" "TCP" "Whatever dials a device or listens; `shipctl probe` tries every address.";
        "TLS" "TLS" "Every connection, whoever dialled, when TLS is agreed upon or fails.";
        "CERT" "Certificates" "Every connection, whoever dialled: the certificate of the device is read.";
        "WS" "WebSocket" "Whatever dials a device, at the upgrade; the connection, while it is open.";
        "CMI" "Connection mode initialisation" "The handshake, at its first message.";
        "HEL" "Hello" "The handshake, while it is found out who trusts whom; HEL-08 the hub, over several connections.";
        "PRO" "Protocol handshake" "The handshake, when version and format are agreed upon.";
        "PIN" "PIN" "The handshake, when a PIN is asked for.";
        "ACC" "Access methods" "The handshake, when both tell their SHIP ID; the hub compares it with the one announced.";
        "MSG" "Messages" "The handshake, in any of its stages.";
        "DAT" "Data" "The reader of messages, and the hub once a connection is complete.";
        "CLS" "The end of connections" "The hub, when a connection ends; CLS-02 and CLS-06 over several connections.";
        "OWN" "Our own side" "Any command that reads what is ours; `shipctl doctor`.";
    };
}

impl Code {
    /// The codes of the same layer.
    pub fn family(self) -> &'static Family {
        let prefix = self.as_str().split('-').next().unwrap_or_default();
        // A test holds that there is one for each code.
        Family::ALL.iter().find(|family| family.prefix == prefix).unwrap_or(&Family::ALL[0])
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

impl fmt::Display for Code {
    /// `HEL-02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    /// In any case.
    fn from_str(text: &str) -> Result<Self, UnknownCode> {
        Self::ALL
            .iter()
            .find(|code| code.as_str().eq_ignore_ascii_case(text.trim()))
            .copied()
            .ok_or_else(|| UnknownCode { given: text.to_owned() })
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

/// The text of a column that may be empty.
pub(super) const fn filled(text: &'static str) -> Option<&'static str> {
    if text.is_empty() { None } else { Some(text) }
}

/// One row a code: name, code, severity, title, reference; what is seen, its likely cause, what to
/// do.
macro_rules! catalogue {
    ($($name:ident $code:literal $severity:ident $title:literal $reference:literal
       $seen:literal $cause:literal $advice:literal;)+) => {
        /// The code of a finding. Displays as `HEL-02`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $seen] $name),+
        }

        impl Code {
            /// Every code, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The code as it is written: `HEL-02`.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code),+ }
            }

            /// How bad it usually is.
            pub const fn severity(self) -> $crate::checks::Severity {
                match self { $(Self::$name => $crate::checks::Severity::$severity),+ }
            }

            /// The same in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title),+ }
            }

            /// Where the rule stands, if there is one: `SHIP 13.4.4.1`.
            pub const fn reference(self) -> Option<&'static str> {
                match self { $(Self::$name => $crate::checks::code::filled($reference)),+ }
            }

            /// What is seen on the wire.
            pub const fn seen(self) -> &'static str {
                match self { $(Self::$name => $seen),+ }
            }

            /// The likely cause.
            pub const fn cause(self) -> &'static str {
                match self { $(Self::$name => $cause),+ }
            }

            /// What a person on site can do.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice),+ }
            }
        }
    };
}

pub(super) use catalogue;
