//! Who or where is meant.

use std::net::IpAddr;

use super::HubView;
use crate::{
    cli::{args, context::Context, error::CliError, exit::Exit, peer::Named},
    hub::CommandError,
    identity::trust::TrustStore,
    proto::{Ski, Target, TargetError},
};

/// Who or where is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// A device, by its name.
    Device(Named),
    /// Whoever is there.
    Place(Target),
}

impl Aim {
    /// Reads it from the command line.
    pub(super) fn read(context: &Context<'_>, args: &args::Probe) -> Result<Self, CliError> {
        Self::of(&args.device.join(" "), |text| context.recognise(text))
    }

    fn of(
        text: &str,
        recognise: impl FnOnce(&str) -> Result<Named, CliError>,
    ) -> Result<Self, CliError> {
        // A SKI in pairs of digits has colons as well.
        if text.parse::<Ski>().is_err()
            && let Ok(target) = text.parse()
        {
            return Ok(Self::Place(target));
        }
        // The digits of an IPv6 address would pass for those of an SKI.
        if text.contains("::")
            && let Some(error) = no_place(text)
        {
            return Err(error);
        }
        recognise(text).map(Self::Device).map_err(|error| match error.exit {
            Exit::Usage => no_place(text).unwrap_or(error),
            _ => error,
        })
    }

    /// The SKI, where it is known whole.
    pub(super) fn ski(&self) -> Option<Ski> {
        match self {
            Self::Device(Named::Ski(ski)) => Some(*ski),
            Self::Device(Named::Qr(qr)) => Some(qr.ski),
            Self::Device(Named::Prefix(_)) | Self::Place(_) => None,
        }
    }

    /// A PIN is a secret: it is for one device, and that must be named.
    pub(super) fn require_whole(&self) -> Result<(), CliError> {
        match self {
            Self::Device(named) => named.require_whole(),
            Self::Place(_) => {
                Err(CliError::usage("a PIN is sent only to a device whose SKI is given")
                    .hint("give all 40 digits, and the address with --address"))
            }
        }
    }

    /// To say that this is ourselves needs no network.
    pub(super) fn refuse_own(&self, own: Ski) -> Result<(), CliError> {
        match self.ski() {
            Some(ski) if ski == own => Err(CommandError::OwnSki(own).into()),
            _ => Ok(()),
        }
    }

    /// Without mDNS there has to be an address.
    pub(super) fn require_a_way(
        &self,
        context: &Context<'_>,
        args: &args::Probe,
        trust: &TrustStore,
        hub: Option<&HubView>,
    ) -> Result<(), CliError> {
        let has_address = !args.address.is_empty() || matches!(self, Self::Place(_));
        let known = |ski: Ski| {
            let stored = trust.get(&ski).and_then(|peer| peer.address.as_ref()).is_some();
            stored || hub.is_some_and(|hub| !hub.addresses(ski).is_empty())
        };
        let looks = !context.global.no_mdns || hub.is_some_and(HubView::looks);
        if has_address || looks || self.ski().is_some_and(known) {
            return Ok(());
        }
        Err(CliError::usage("without mDNS the address of the device has to be given")
            .hint("give it with --address host:port, or leave --no-mdns out"))
    }
}

/// What is wrong with a text that is meant as an address; `None` if it may be something else.
fn no_place(text: &str) -> Option<CliError> {
    let error = text.parse::<Target>().err()?;
    let host = text.split('/').next().unwrap_or_default();
    let is_meant = match &error {
        TargetError::NoPort(_) => {
            host.parse::<IpAddr>().is_ok() || host.starts_with('[') || host.ends_with(".local")
        }
        TargetError::BadPort(_, port) => port.chars().all(|c| c.is_ascii_digit()),
        TargetError::BadBrackets(_) => host.contains("::"),
        TargetError::NoHost(_) | TargetError::BadHost(_) => false,
    };
    is_meant.then(|| {
        CliError::usage(error.to_string())
            .hint("an address looks like 192.168.1.20:4712, wallbox.local:4712 or [fe80::1]:4712")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::Code;

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn of(text: &str) -> Result<Aim, CliError> {
        Aim::of(text, |text| crate::cli::peer::recognise(text, || Ok(Vec::new())))
    }

    #[test]
    fn a_device_and_a_place_are_told_apart() {
        let ski: Ski = SKI.parse().unwrap();
        assert_eq!(of(&ski.grouped().replace(' ', ":")).unwrap().ski(), Some(ski));
        assert_eq!(of("5555 aa").unwrap(), Aim::Device(Named::Prefix("5555aa".to_owned())));
        for text in ["192.168.1.20:4712", "wallbox.local:4712/ship/", "[fe80::1%eth0]:4712"] {
            assert_eq!(of(text).unwrap(), Aim::Place(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_told() {
        let error = of("i:46925_u:demo").unwrap_err();
        assert_eq!((error.exit, error.code), (Exit::Usage, Some(Code::Own03)));
    }

    #[test]
    fn an_address_without_its_port_is_not_taken_for_a_name_or_a_ski() {
        for (text, message) in [
            ("127.0.0.1", "\"127.0.0.1\" has no port; give host:port, the usual port is 4712"),
            (
                "wallbox.local",
                "\"wallbox.local\" has no port; give host:port, the usual port is 4712",
            ),
            ("[fe80::1]", "\"[fe80::1]\" has no port; give host:port, the usual port is 4712"),
            (
                "127.0.0.1:99999",
                "in \"127.0.0.1:99999\", \"99999\" is no port; a port is a number from 1 to 65535",
            ),
            ("wallbox:0", "in \"wallbox:0\", \"0\" is no port; a port is a number from 1 to 65535"),
            ("fe80::1", "\"fe80::1\" is not understood; an IPv6 address is written [address]:port"),
        ] {
            let error = of(text).unwrap_err();
            assert_eq!((error.exit, &*error.message), (Exit::Usage, message));
            assert!(error.hint.unwrap().contains("[fe80::1]:4712"));
        }
        assert!(of("Wallbox").unwrap_err().message.contains("no trusted device"));
    }

    #[test]
    fn a_pin_is_for_a_device_that_is_named() {
        assert!(of("192.168.1.20:4712").unwrap().require_whole().is_err());
        assert!(of("5555aa").unwrap().require_whole().is_err());
        assert!(of(SKI).unwrap().require_whole().is_ok());
    }
}
