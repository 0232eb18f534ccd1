//! What flags and settings mean here: the terminal, the state directory, the network.

use std::{
    fs,
    io::{self, IsTerminal, Read},
    net::{IpAddr, Ipv4Addr},
    path::Path,
};

use time::OffsetDateTime;
use zeroize::Zeroizing;

use super::{
    args::Global,
    error::CliError,
    exit::Exit,
    output::{Ui, json::Body, text::clause},
    peer::{self, Named},
    settings::Settings,
};
use crate::{
    checks::Code,
    driver::listen::ListenSettings,
    identity::{
        cert::Identity,
        disk::{State, StateDir, StateRemark},
    },
    mdns::{daemon::MdnsSettings, txt::OwnTxt},
    proto::{Pin, Ski, target::USUAL_PATH},
};

/// What every command is given.
pub struct Context<'a> {
    /// The flags every command understands; what they do not say, the settings say.
    pub global: Global,
    /// What holds.
    pub settings: Settings,
    /// Where to say things.
    pub ui: &'a mut Ui,
}

impl<'a> Context<'a> {
    /// As the flags and the settings say.
    pub fn new(global: Global, settings: Settings, ui: &'a mut Ui) -> Self {
        Self { global, settings, ui }
    }

    /// Whether somebody can be asked.
    pub fn is_interactive(&self) -> bool {
        !self.global.no_input
            && !self.global.json
            && io::stdin().is_terminal()
            && io::stderr().is_terminal()
    }

    /// Where the state is.
    pub fn state_dir(&self) -> Result<StateDir, CliError> {
        Ok(StateDir::resolve(self.global.state_dir.as_deref())?)
    }

    /// Opens the state as its owner; at the first start makes an identity, and says so loudly.
    pub fn open_state(&mut self) -> Result<State, CliError> {
        let state = self.state_dir()?.open(OffsetDateTime::now_utc())?;
        if state.identity_is_new {
            let path = state.directory().identity_path();
            self.warn(
                Code::Own01.as_str(),
                &format!("a new identity was made: SKI {}", state.identity.ski().grouped()),
                &format!(
                    "devices know us by it, and whatever was paired before must pair again; \
                     keep {} safe",
                    path.display()
                ),
            )?;
        }
        self.remark(&state.remarks)?;
        Ok(state)
    }

    /// What is wrong with the state and yet no reason to stop.
    pub fn remark(&mut self, remarks: &[StateRemark]) -> Result<(), CliError> {
        for remark in remarks {
            self.warn(remark.code(), &remark.to_string(), &remark.hint())?;
        }
        Ok(())
    }

    /// Who we are, if that is decided already.
    pub fn own_ski(&self) -> Result<Option<Ski>, CliError> {
        Ok(self.state_dir()?.read()?.identity.map(|identity| identity.ski()))
    }

    /// Who is meant by what was given, names of trusted devices included.
    pub fn recognise(&self, text: &str) -> Result<Named, CliError> {
        peer::recognise(text, || {
            Ok(peer::trusted(&self.state_dir()?.read_trust()?.unwrap_or_default()))
        })
    }

    /// A warning, for people and programs.
    pub fn warn(&mut self, code: &str, message: &str, hint: &str) -> Result<(), CliError> {
        self.ui.warning(&format!("{} [{code}]", clause(message)));
        self.ui.hint(hint);
        let body = Body::Warning {
            message: message.to_owned(),
            code: Some(code.to_owned()),
            advice: Some(hint.to_owned()),
        };
        self.ui.json_now(None, &body)
    }

    /// Where mDNS runs; `None` with `--no-mdns`.
    pub fn mdns(&self, own: Option<Ski>) -> Option<MdnsSettings> {
        let named = &self.global.interface;
        (!self.global.no_mdns).then(|| MdnsSettings {
            interfaces: (!named.is_empty()).then(|| named.clone()),
            port: self.global.mdns_port,
            own,
        })
    }

    /// Where to listen. Whoever names only loopback interfaces wants to be seen by nobody else.
    pub fn listen(&self) -> ListenSettings {
        let loopback = || self.is_loopback_only().then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let mut listen = ListenSettings {
            port: self.global.port,
            bind: self.global.bind.or_else(loopback),
            ..ListenSettings::default()
        };
        self.settings.limit(&mut listen);
        listen
    }

    fn is_loopback_only(&self) -> bool {
        let named = &self.global.interface;
        let Ok(present) = if_addrs::get_if_addrs() else { return false };
        let is_loopback =
            |name: &String| present.iter().any(|it| it.name == *name && it.is_loopback());
        !named.is_empty() && named.iter().all(is_loopback)
    }
}

/// What we announce, and what our QR code says: an energy manager, in SRIP's words.
pub fn own_txt(identity: &Identity, register: bool) -> OwnTxt {
    OwnTxt {
        ship_id: identity.ship_id().clone(),
        ski: identity.ski(),
        path: USUAL_PATH.to_owned(),
        register,
        brand: "shipctl".to_owned(),
        model: "shipctl".to_owned(),
        device_type: "EnergyManagementSystem".to_owned(),
        serial: format!("{:.8}", identity.ski().to_string()),
        categories: vec![2],
    }
}

/// Reads a PIN from the first line of a file; `-` is stdin.
pub fn read_pin(path: &Path, flag: &str) -> Result<Pin, CliError> {
    /// Longer than any PIN with its spaces.
    const MOST: u64 = 1024;
    let mut text = Zeroizing::new(String::with_capacity(MOST as usize));
    let read = match path.to_str() {
        Some("-") => io::stdin().lock().take(MOST).read_to_string(&mut text),
        _ => fs::File::open(path).and_then(|file| file.take(MOST).read_to_string(&mut text)),
    };
    read.map_err(|error| {
        CliError::new(Exit::LocalIo, format!("cannot read the PIN from {}", path.display()))
            .because_of(&error)
            .hint(format!("check the path given with {flag}"))
    })?;
    text.lines().next().unwrap_or_default().parse().map_err(|error: crate::proto::PinError| {
        CliError::usage(format!("{}: {error}", path.display()))
            .hint("the PIN is printed beside the SKI, or part of the QR code")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_pin_file_holds_the_pin_in_its_first_line() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "1234 abcd\nanything").unwrap();
        let pin = read_pin(file.path(), "--pin-file").unwrap();
        assert!(pin.matches(&"1234ABCD".parse().unwrap()));
    }

    #[test]
    fn an_error_about_a_pin_does_not_repeat_it() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        writeln!(file, "12345").unwrap();
        let error = read_pin(file.path(), "--pin-file").unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert!(!format!("{error:?}").contains("12345"), "{error:?}");
        let error = read_pin(Path::new("/nowhere/pin"), "--pin-file").unwrap_err();
        assert_eq!(error.exit, Exit::LocalIo);
    }

    #[test]
    fn what_we_announce_is_allowed() {
        let identity = Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap();
        assert!(own_txt(&identity, false).pairs().is_ok());
    }
}
