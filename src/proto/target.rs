//! Where to dial: a host, a port and a path.

use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The path nearly every device announces, used where none is given.
pub const USUAL_PATH: &str = "/ship/";

/// One place to dial: `host:port/path`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// The host and the port.
    pub address: Address,
    /// The path of the WebSocket, with its leading `/`.
    pub path: String,
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// A name to resolve, or an IPv6 address whose scope is the name of an interface.
    Name(String, u16),
    /// An IP address, link-local IPv6 with its scope.
    Socket(SocketAddr),
}

/// Why a text is no target.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Nothing before the port.
    #[error("{0:?} has no host; give host:port")]
    NoHost(String),
    /// No port.
    #[error("{0:?} has no port; give host:port, the usual port is 4712")]
    NoPort(String),
    /// A port that is no number from 1 to 65535: the text, the port in it.
    #[error("in {0:?}, {1:?} is no port; a port is a number from 1 to 65535")]
    BadPort(String, String),
    /// An IPv6 address without brackets, or brackets without an IPv6 address.
    #[error("{0:?} is not understood; an IPv6 address is written [address]:port")]
    BadBrackets(String),
    /// A scheme or a character that no host has.
    #[error("{0:?} is no host name or IP address; expected host:port or host:port/path")]
    BadHost(String),
}

impl Target {
    /// A target at an IP address.
    pub fn socket(address: SocketAddr, path: impl Into<String>) -> Self {
        Self { address: Address::Socket(address), path: path.into() }
    }

    /// A target at a host name.
    pub fn name(host: impl Into<String>, port: u16, path: impl Into<String>) -> Self {
        Self { address: Address::Name(host.into(), port), path: path.into() }
    }
}

impl Address {
    /// The port.
    pub fn port(&self) -> u16 {
        match self {
            Self::Name(_, port) => *port,
            Self::Socket(address) => address.port(),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    /// `host:port[/path]`; the path defaults to [`USUAL_PATH`].
    fn from_str(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.contains("://") {
            return Err(TargetError::BadHost(text.to_owned()));
        }
        let (authority, path) = match text.find('/') {
            Some(slash) => text.split_at(slash),
            None => (text, USUAL_PATH),
        };
        Ok(Self { address: authority.parse()?, path: path.to_owned() })
    }
}

impl FromStr for Address {
    type Err = TargetError;

    /// `host:port`; IPv6 in brackets, its scope after `%` as a number or the name of an interface.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        if let Ok(address) = text.parse::<SocketAddr>() {
            return match address.port() {
                0 => Err(TargetError::BadPort(text.to_owned(), "0".to_owned())),
                _ => Ok(Self::Socket(address)),
            };
        }
        if text.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv4()) {
            return Err(TargetError::NoPort(text.to_owned()));
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => bracketed(text, rest)?,
            None if text.matches(':').count() > 1 => {
                return Err(TargetError::BadBrackets(text.to_owned()));
            }
            None => text.split_once(':').ok_or_else(|| TargetError::NoPort(text.to_owned()))?,
        };
        let bad_port = || TargetError::BadPort(text.to_owned(), port.to_owned());
        match port.parse() {
            _ if host.is_empty() => Err(TargetError::NoHost(text.to_owned())),
            _ if !is_host(host) => Err(TargetError::BadHost(text.to_owned())),
            _ if port.is_empty() => Err(TargetError::NoPort(text.to_owned())),
            // A number may have a sign elsewhere.
            _ if port.starts_with('+') => Err(bad_port()),
            Err(_) | Ok(0) => Err(bad_port()),
            Ok(port) => Ok(Self::Name(host.to_owned(), port)),
        }
    }
}

/// The host and the port of `[address%scope]:port`; `rest` is what follows the bracket.
fn bracketed<'a>(text: &str, rest: &'a str) -> Result<(&'a str, &'a str), TargetError> {
    let (host, port) =
        rest.split_once(']').ok_or_else(|| TargetError::BadBrackets(text.to_owned()))?;
    let ip = host.split_once('%').map_or(host, |(ip, _)| ip);
    if !ip.parse::<IpAddr>().is_ok_and(|ip| ip.is_ipv6()) {
        return Err(TargetError::BadBrackets(text.to_owned()));
    }
    match port.strip_prefix(':') {
        Some(port) => Ok((host, port)),
        None => Err(TargetError::NoPort(text.to_owned())),
    }
}

/// Whether a text may be a host name, or an IPv6 address with the name of an interface.
fn is_host(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || "-._:%".contains(c))
}

impl fmt::Display for Target {
    /// `host:port/path`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.address, self.path)
    }
}

impl Serialize for Target {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl fmt::Display for Address {
    /// `host:port`, IPv6 in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Socket(address) => address.fmt(f),
            Self::Name(host, port) if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Name(host, port) => write!(f, "{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_written_alike() {
        for text in [
            "wallbox.local:4712/ship/",
            "192.168.1.20:4712/ship/",
            "192.168.1.20:4712/",
            "[2001:db8::7]:4712/ship/",
            "[fe80::7%3]:4712/a/b?c",
            "[fe80::7%eth0]:4712/ship/",
        ] {
            assert_eq!(text.parse::<Target>().unwrap().to_string(), text);
        }
        assert_eq!("[fe80::7%eth0]:1".parse(), Ok(Target::name("fe80::7%eth0", 1, "/ship/")));
        let v4 = "127.0.0.1:80".parse().unwrap();
        assert_eq!("127.0.0.1:80/x".parse(), Ok(Target::socket(v4, "/x")));
    }

    #[test]
    fn the_path_defaults_to_the_usual_one() {
        assert_eq!(" wallbox:4712 ".parse(), Ok(Target::name("wallbox", 4712, USUAL_PATH)));
    }

    #[test]
    fn what_is_wrong_is_named() {
        use TargetError::*;
        let own = str::to_owned;
        for (text, error) in [
            ("wallbox", NoPort(own("wallbox"))),
            ("[fe80::0%2]:+4712", BadPort(own("[fe80::0%2]:+4712"), own("+4712"))),
            ("192.168.1.20", NoPort(own("192.168.1.20"))),
            ("wallbox:/ship/", NoPort(own("wallbox:"))),
            ("[fe80::1]", NoPort(own("[fe80::1]"))),
            (":4712", NoHost(own(":4712"))),
            ("", NoPort(own(""))),
            ("wallbox:http", BadPort(own("wallbox:http"), own("http"))),
            ("wallbox:0", BadPort(own("wallbox:0"), own("0"))),
            ("10.0.0.1:0", BadPort(own("10.0.0.1:0"), own("0"))),
            ("wallbox:65536", BadPort(own("wallbox:65536"), own("65536"))),
            ("fe80::1:4712", BadBrackets(own("fe80::1:4712"))),
            ("[wallbox]:4712", BadBrackets(own("[wallbox]:4712"))),
            ("wss://wallbox:4712", BadHost(own("wss://wallbox:4712"))),
            ("wall box:4712", BadHost(own("wall box:4712"))),
        ] {
            assert_eq!(text.parse::<Target>(), Err(error), "{text:?}");
        }
    }
}
