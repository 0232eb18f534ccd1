//! What a node has to know, what of it may change while it runs, and why it cannot start.

use crate::{
    driver::{
        dial::DialLimits,
        link::LinkLimits,
        listen::{BindError, ListenSettings},
        recorder::{RecordError, TraceSettings},
        tls::{TlsSettings, TlsSetupError},
    },
    hub,
    identity::cert::Identity,
    mdns::{
        daemon::{MdnsError, MdnsSettings},
        txt::OwnTxt,
    },
};

/// What a node has to know from the start.
#[derive(Clone, Debug)]
pub struct NodeSettings {
    /// Who we are.
    pub identity: Identity,
    /// The settings of the hub.
    pub hub: hub::Config,
    /// Where to listen; `None` if nobody may dial us.
    pub listen: Option<ListenSettings>,
    /// Where mDNS runs; `None` if nobody is looked for and nobody finds us.
    pub mdns: Option<MdnsSettings>,
    /// What mDNS announces; `None` if nobody finds us.
    pub announce: Option<OwnTxt>,
    /// The cipher suites and versions of TLS, and where its keys are written.
    pub tls: TlsSettings,
    /// The limits of dials.
    pub dial: DialLimits,
    /// The limits of connections.
    pub link: LinkLimits,
    /// How many events are kept for a reader that is slow; beyond it they are counted and lost.
    pub events_kept: usize,
    /// Where to write a trace, from the start; `None` for none.
    pub trace: Option<TraceSettings>,
}

impl NodeSettings {
    /// A node that listens on the usual port and uses no mDNS.
    pub fn new(identity: Identity) -> Self {
        Self {
            hub: hub::Config::new(identity.ski(), identity.ship_id().clone()),
            identity,
            listen: Some(ListenSettings::default()),
            mdns: None,
            announce: None,
            tls: TlsSettings::default(),
            dial: DialLimits::default(),
            link: LinkLimits::default(),
            events_kept: 1024,
            trace: None,
        }
    }
}

/// What of the settings of a node may change while it runs; for what the hub decides there is
/// [`Command::Adjust`](crate::hub::Command::Adjust).
#[derive(Clone, Debug)]
pub struct Adjustment {
    /// The cipher suites and versions of TLS, and where its keys are written.
    pub tls: TlsSettings,
    /// The most handshakes under way at a time at our port.
    pub handshakes: usize,
    /// The most of them from one address.
    pub handshakes_per_address: usize,
    /// The largest message taken, in bytes.
    pub incoming: usize,
}

/// Why a node cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Our port cannot be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// mDNS cannot run.
    #[error(transparent)]
    Mdns(#[from] MdnsError),
    /// Our own key or certificate, or the settings of TLS, cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsSetupError),
    /// No trace can be written where one is wanted.
    #[error(transparent)]
    Trace(#[from] RecordError),
}
