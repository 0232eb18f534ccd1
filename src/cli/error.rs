//! An error at the edge: an exit code, what happened, why, and what to do about it.

use std::{borrow::Cow, error::Error, io};

use super::{exit::Exit, outcome::denied_for_certificate, output::text::of_system};
use crate::{
    checks::{Code, Finding},
    driver::{listen::BindError, node::StartError, tls::TlsSetupError},
    hub::CommandError,
    identity::{
        disk::{StateError, StateErrorKind},
        trust::NameError,
    },
    mdns::daemon::MdnsError,
    proto::Ski,
};

/// Why a command did not do what was asked. Printed as `error: …: cause`, what is listed, and `hint: …`
/// on stderr, and with `--json` as the last line on stdout.
#[derive(Debug)]
pub struct CliError {
    /// How the run ends.
    pub exit: Exit,
    /// What kind of error, for programs, where the exit code does not tell it: the names of
    /// docs/json.md and docs/control-socket.md.
    pub kind: Option<Cow<'static, str>>,
    /// What happened.
    pub message: String,
    /// Why, from the nearest cause to the farthest.
    pub causes: Vec<String>,
    /// What there is several of, a line each: the devices that may be meant, the other addresses that
    /// failed. Programs find them among the causes.
    pub listed: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The finding it is, if it is one of the catalogue.
    pub code: Option<Code>,
    /// How far things had gone.
    pub stage: Option<String>,
    /// Which device it is about.
    pub ski: Option<Ski>,
}

impl CliError {
    /// An error without a hint yet.
    pub fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            kind: None,
            message: of_system(&message.into()),
            causes: Vec::new(),
            listed: Vec::new(),
            hint: None,
            code: None,
            stage: None,
            ski: None,
        }
    }

    /// The command line is wrong or incomplete.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A bug of ours.
    pub fn bug(message: impl Into<String>) -> Self {
        Self::new(Exit::Bug, message).hint("please report it, with what `shipctl report` writes")
    }

    /// A finding of the catalogue that ends the run.
    pub fn finding(exit: Exit, finding: Finding) -> Self {
        Self::new(exit, finding.seen).code(finding.code).hint(finding.advice)
    }

    /// What keeps our connections has ended, and nobody told it to.
    pub(super) fn stopped() -> Self {
        Self::bug("what keeps our connections stopped by itself")
    }

    /// The same with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with its kind for programs.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Cow<'static, str>>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// The same as a finding of the catalogue, whose advice it takes where it has none yet.
    #[must_use]
    pub fn code(mut self, code: Code) -> Self {
        self.code = Some(code);
        self.hint.get_or_insert_with(|| code.advice().to_owned());
        self
    }

    /// The same with how far things had gone.
    #[must_use]
    pub fn stage(mut self, stage: impl Into<String>) -> Self {
        self.stage = Some(stage.into());
        self
    }

    /// The same about this device.
    #[must_use]
    pub fn about(self, ski: Ski) -> Self {
        Self { ski: Some(ski), ..self }
    }

    /// The same with its causes.
    #[must_use]
    pub fn because_of(mut self, error: &dyn Error) -> Self {
        let mut cause = Some(error);
        while let Some(error) = cause {
            let told = of_system(&error.to_string());
            let before = self.causes.last().unwrap_or(&self.message);
            // Some errors tell their source themselves.
            if !before.ends_with(&told) {
                self.causes.push(told);
            }
            cause = error.source();
        }
        self
    }

    /// An error whose message is that of another one; the sources of that one are the causes.
    pub(super) fn from_error(exit: Exit, error: &dyn Error) -> Self {
        let this = Self::new(exit, error.to_string());
        match error.source() {
            Some(source) => this.because_of(source),
            None => this,
        }
    }
}

impl From<StateError> for CliError {
    fn from(error: StateError) -> Self {
        let exit = match error.kind() {
            StateErrorKind::Io => Exit::LocalIo,
            StateErrorKind::InUse => Exit::InUse,
            StateErrorKind::Configuration => Exit::Configuration,
        };
        // Its message already tells what the system said.
        let error = Self::new(exit, error.to_string()).hint(error.hint());
        if exit == Exit::InUse { error.kind("state_in_use") } else { error }
    }
}

impl From<MdnsError> for CliError {
    fn from(error: MdnsError) -> Self {
        let hint = |exit, hint: &str| Self::new(exit, error.to_string()).hint(hint);
        match &error {
            MdnsError::UnknownInterface { .. } => {
                hint(Exit::Usage, "name one of those with --interface")
            }
            MdnsError::NoInterface { .. } => hint(
                Exit::LocalIo,
                "connect this computer to the network of the device, or do without mDNS: \
                 --no-mdns with --address",
            ),
            MdnsError::PortTaken { .. } => {
                Self::new(Exit::LocalIo, error.to_string()).code(Code::Mdns13).kind("port_in_use")
            }
            MdnsError::OwnRecord(_) => {
                hint(Exit::Configuration, "make another identity with `shipctl identity new`")
            }
            MdnsError::Interfaces(_) | MdnsError::Responder(_) | MdnsError::NotRunning => {
                hint(Exit::LocalIo, "do without mDNS: --no-mdns with --address")
            }
        }
    }
}

impl From<StartError> for CliError {
    fn from(error: StartError) -> Self {
        match error {
            StartError::Bind(error @ BindError::InUse { .. }) => {
                Self::from_error(Exit::LocalIo, &error)
                    .hint(
                        "end the program that has it, or choose another port with --port \
                         (0 picks a free one)",
                    )
                    .code(Code::Tcp05)
                    .kind("port_in_use")
            }
            StartError::Bind(error @ BindError::Refused { .. }) => {
                Self::from_error(Exit::LocalIo, &error)
                    .hint("choose another port with --port, or another address with --bind")
            }
            StartError::Mdns(error) => error.into(),
            StartError::Trace(error) => error.into(),
            StartError::Tls(TlsSetupError::Settings(_)) => {
                Self::from_error(Exit::Configuration, &error)
                    .hint("check --tls-suites, --tls-versions and the configuration")
            }
            StartError::Tls(TlsSetupError::Key(_)) => Self::from_error(Exit::Configuration, &error)
                .hint("make another identity with `shipctl identity new`"),
        }
    }
}

impl From<CommandError> for CliError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::OwnSki(_) => Self::usage(error.to_string()).code(Code::Cert04),
            CommandError::OtherCertificate(wrong) => denied_for_certificate(&wrong),
            CommandError::BadName(error) => error.into(),
            CommandError::ShuttingDown => Self::stopped(),
            CommandError::NotStored(_) => Self::new(Exit::LocalIo, error.to_string())
                .hint("free some space or mend the permissions; nothing was changed")
                .stage("store"),
            _ => Self::bug(error.to_string()),
        }
    }
}

impl From<NameError> for CliError {
    fn from(error: NameError) -> Self {
        Self::usage(error.to_string()).hint("choose a shorter or plainer name")
    }
}

/// Writing to stdout failed; a pipe that was closed is no error and never gets here.
impl From<io::Error> for CliError {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::LocalIo, "cannot write to stdout")
            .because_of(&error)
            .hint("free some space, or write to another place")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_brings_its_advice_unless_there_is_a_better_one() {
        let error = CliError::new(Exit::Denied, "no").code(Code::Hel03);
        assert_eq!(error.hint.as_deref(), Some(Code::Hel03.advice()));
        let error = CliError::new(Exit::Denied, "no").hint("ask again").code(Code::Hel03);
        assert_eq!(error.hint.as_deref(), Some("ask again"));
    }

    #[test]
    fn a_port_in_use_names_the_process_and_the_flag() {
        let owner = Some(("evcc".to_owned(), 4711));
        let error = CliError::from(StartError::Bind(BindError::InUse { port: 4712, owner }));
        assert_eq!(error.exit, Exit::LocalIo);
        assert_eq!(error.code, Some(Code::Tcp05));
        assert_eq!(error.message, "port 4712 is in use by evcc (process 4711)");
        assert!(error.hint.unwrap().contains("--port"));
    }

    #[test]
    fn what_the_system_said_is_a_cause() {
        let denied = io::Error::from(io::ErrorKind::PermissionDenied);
        let address = "0.0.0.0:80".parse().unwrap();
        let error = StartError::Bind(BindError::Refused { address, source: denied });
        let error = CliError::from(error);
        assert_eq!(error.message, "cannot listen on 0.0.0.0:80");
        assert_eq!(error.causes, ["permission denied"]);
    }
}
