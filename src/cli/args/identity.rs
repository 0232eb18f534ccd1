//! Who we are, and whom we trust.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand};

use super::examples;
use crate::{cli::completion::devices, proto::ShipId};

/// `shipctl identity …`.
#[derive(Debug, Subcommand)]
pub enum Identity {
    /// Show SKI, SHIP ID, fingerprint, validity and files
    #[command(after_help = examples::IDENTITY_SHOW)]
    Show,
    /// Show the QR code other devices can scan
    #[command(after_help = examples::IDENTITY_QR)]
    Qr,
    /// Write certificate and key to files
    #[command(after_help = "\
Examples:
  shipctl identity export --cert ship.crt --key ship.key")]
    Export(Export),
    /// Take certificate and key from files; a different SKI must pair again
    #[command(after_help = "\
Examples:
  shipctl identity import --cert ship.crt --key ship.key")]
    Import(Import),
    /// Make a new identity; every device must pair again
    #[command(after_help = "\
Examples:
  shipctl identity new
  shipctl identity new --yes --ship-id i:46925_u:home-1")]
    New(New),
}

/// `shipctl identity export`.
#[derive(Debug, ClapArgs)]
#[group(required = true, multiple = true)]
pub struct Export {
    /// Where to write the certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub cert: Option<PathBuf>,
    /// Where to write the private key (PEM); keep it secret
    #[arg(long, value_name = "FILE")]
    pub key: Option<PathBuf>,
}

/// `shipctl identity import`.
#[derive(Debug, ClapArgs)]
pub struct Import {
    /// The certificate (PEM)
    #[arg(long, value_name = "FILE")]
    pub cert: PathBuf,
    /// Its private key (PEM)
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// Do not ask before the identity we have is replaced
    #[arg(long)]
    pub yes: bool,
}

/// `shipctl identity new`.
#[derive(Debug, ClapArgs)]
pub struct New {
    /// The SHIP ID [default: shipctl- and the first 8 digits of the SKI]
    #[arg(long, value_name = "ID")]
    pub ship_id: Option<ShipId>,
    /// Do not ask before the identity we have is replaced
    #[arg(long)]
    pub yes: bool,
}

/// `shipctl trust …`.
#[derive(Debug, Subcommand)]
pub enum Trust {
    /// List the trusted devices
    #[command(after_help = examples::TRUST_LIST)]
    List,
    /// Trust a device no longer
    #[command(after_help = "\
Examples:
  shipctl trust remove 5555aa")]
    Remove {
        /// The SKI, its first digits, or its name
        #[arg(required = true, value_name = "SKI", add = devices())]
        device: Vec<String>,
    },
    /// Give a trusted device a name of your own
    #[command(after_help = "\
Examples:
  shipctl trust rename 5555aa 'Wallbox left'")]
    Rename {
        /// The SKI, its first digits, or its name
        #[arg(value_name = "SKI", add = devices())]
        device: String,
        /// The name; an empty one takes it away
        name: String,
    },
    /// Forget the address that was given by hand for a trusted device, which goes on to be found by mDNS
    #[command(after_help = "\
Examples:
  shipctl trust forget-address 5555aa")]
    ForgetAddress {
        /// The SKI, its first digits, or its name
        #[arg(required = true, value_name = "SKI", add = devices())]
        device: Vec<String>,
    },
    /// Forget the PIN that is remembered for a trusted device
    #[command(after_help = "\
Examples:
  shipctl trust forget-pin 5555aa")]
    ForgetPin {
        /// The SKI, its first digits, or its name
        #[arg(required = true, value_name = "SKI", add = devices())]
        device: Vec<String>,
    },
}
