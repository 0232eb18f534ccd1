//! The flags about TLS, and what they mean.

use std::{path::PathBuf, sync::Arc};

use clap::{Args as ClapArgs, ValueEnum};

use super::{
    context::Context,
    error::CliError,
    exit::Exit,
    settings::{Settings, table::Key},
};
use crate::{
    checks::Code,
    driver::tls::{KeyLog, Suite, TlsSettings, Version},
};

/// Flags about TLS.
#[derive(Clone, Debug, Default, ClapArgs)]
#[command(next_help_heading = "TLS options")]
pub struct Flags {
    /// The cipher suites to offer and take, the preferred one first [default: gcm,ccm8,cbc]
    #[arg(
        long,
        value_enum,
        value_name = "SUITE",
        value_delimiter = ',',
        hide_short_help = true,
        long_help = "The cipher suites to offer and take, the preferred one first; cbc is the one \
                     every SHIP device has [default: gcm,ccm8,cbc]"
    )]
    pub tls_suites: Vec<SuiteName>,
    /// The versions of TLS; SHIP knows 1.2 only [default: 1.2]
    #[arg(long, value_enum, value_name = "VERSION", value_delimiter = ',', hide_short_help = true)]
    pub tls_versions: Vec<VersionName>,
    /// Append the keys of every connection to this file, for Wireshark; whoever has it can read all
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub keylog: Option<PathBuf>,
}

/// A cipher suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SuiteName {
    /// ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, the recommended one
    Gcm,
    /// ECDHE_ECDSA_WITH_AES_128_CCM_8, an optional one
    Ccm8,
    /// ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, the mandatory one
    Cbc,
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum VersionName {
    /// The one SHIP demands
    #[value(name = "1.2")]
    Tls12,
    /// One SHIP does not know
    #[value(name = "1.3")]
    Tls13,
}

impl Flags {
    /// Whether any was given.
    pub fn is_given(&self) -> bool {
        !self.tls_suites.is_empty() || !self.tls_versions.is_empty() || self.keylog.is_some()
    }

    /// What holds with them. Opens the key log, and warns of it.
    pub fn settings(&self, context: &mut Context<'_>) -> Result<TlsSettings, CliError> {
        Ok(TlsSettings { key_log: self.open_key_log(context)?, ..held(&context.settings) })
    }

    /// Opens the key log if one was asked for, and warns of it.
    fn open_key_log(&self, context: &mut Context<'_>) -> Result<Option<Arc<KeyLog>>, CliError> {
        let Some(path) = &self.keylog else { return Ok(None) };
        let keys = KeyLog::open(path).map_err(|error| {
            CliError::new(Exit::LocalIo, format!("cannot write the keys to {}", path.display()))
                .because_of(&error)
                .hint("check the path given with --keylog")
        })?;
        context.warn(
            Code::Own05.as_str(),
            &format!(
                "THE KEYS OF EVERY CONNECTION ARE WRITTEN TO {}: whoever has this file and a \
                 capture can read everything, PINs as well",
                path.display()
            ),
            "use it for diagnosis only, and delete the file when you are done",
        )?;
        Ok(Some(Arc::new(keys)))
    }
}

/// What holds for TLS, without a key log.
pub fn held(settings: &Settings) -> TlsSettings {
    let suite = |name| match name {
        SuiteName::Gcm => Suite::Gcm,
        SuiteName::Ccm8 => Suite::Ccm8,
        SuiteName::Cbc => Suite::Cbc,
    };
    let version = |name| match name {
        VersionName::Tls12 => Version::Tls12,
        VersionName::Tls13 => Version::Tls13,
    };
    TlsSettings {
        suites: settings.choices(Key::TlsSuites).into_iter().map(suite).collect(),
        versions: settings.choices(Key::TlsVersions).into_iter().map(version).collect(),
        key_log: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_on_the_command_line_is_the_name_in_the_driver() {
        let names = |all: Vec<clap::builder::PossibleValue>| -> Vec<String> {
            all.iter().map(|it| it.get_name().to_owned()).collect()
        };
        let suites = SuiteName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        let versions =
            VersionName::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        assert_eq!(names(suites.collect()), Suite::ALL.map(Suite::name));
        assert_eq!(names(versions.collect()), Version::ALL.map(Version::name));
    }

    #[test]
    fn the_defaults_are_those_of_the_driver() {
        let (held, default) = (held(&Settings::default()), TlsSettings::default());
        assert_eq!((held.suites, held.versions), (default.suites, default.versions));
    }
}
