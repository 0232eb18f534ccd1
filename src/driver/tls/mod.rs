//! TLS as SHIP wants it (SHIP 9): version 1.2, mutual, secp256r1, small records, no resumption.
//!
//! | room | what happens there |
//! |---|---|
//! | `settings` | what may be set, and what was agreed upon |
//! | `suites` | the cipher suites, two of them our own |
//! | `verify` | who the peer proves to be |
//! | `keylog` | the keys in a file, for those who asked for it |
//! | `error` | why a handshake failed |
//!
//! Trust is not decided here. A genuine unknown key completes the handshake; a certificate whose
//! SKI is not its key's does not, in either role (TC_SHIP_SEC_001/002).

mod error;
mod keylog;
mod settings;
mod suites;
mod verify;

use std::{fmt, net::IpAddr, sync::Arc};

pub use error::TlsError;
pub use keylog::KeyLog;
use rustls::{
    ClientConfig, NoKeyLog, ServerConfig, SupportedProtocolVersion,
    client::Resumption,
    crypto::{
        CryptoProvider,
        ring::{default_provider, kx_group, sign::any_ecdsa_type},
    },
    pki_types::{PrivateKeyDer, ServerName},
    server::NoServerSessionStorage,
    sign::{CertifiedKey, SingleCertAndKey},
};
pub use settings::{Negotiated, TlsSettings, Version};
pub use suites::Suite;
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use verify::{Shared, Verifier};

use super::ws::Tls;
use crate::{
    identity::cert::{Identity, PeerCertificate},
    proto::Ski,
};

/// Records of at most 1024 bytes of plaintext (SHIP 9.2); rustls counts its 5 bytes of header.
const MAX_FRAGMENT: usize = 1024 + 5;

/// Our side of every TLS connection, in both roles. Cheap to clone.
#[derive(Clone)]
pub struct TlsConfig {
    client: Arc<ClientConfig>,
    provider: Arc<CryptoProvider>,
    versions: Arc<[&'static SupportedProtocolVersion]>,
    key_log: Arc<dyn rustls::KeyLog>,
    own: Arc<SingleCertAndKey>,
    ski: Ski,
}

/// Our own key, or what was set, does not suit TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsSetupError {
    /// The key is not on secp256r1, or damaged.
    #[error("our own key cannot be used for TLS: {0}")]
    Key(rustls::Error),
    /// No version, no suite for one of them, or a suite without its version.
    #[error("the versions and cipher suites of TLS that are set do not go together: {0}")]
    Settings(rustls::Error),
}

impl TlsConfig {
    /// The configuration for this identity, with everything else as SHIP has it.
    ///
    /// # Errors
    ///
    /// Those of [`TlsConfig::with`].
    pub fn new(identity: &Identity) -> Result<Self, TlsSetupError> {
        Self::with(identity, &TlsSettings::default())
    }

    /// The configuration for this identity with these settings.
    ///
    /// # Errors
    ///
    /// A key that is not on secp256r1; settings without a version, or without a suite for one.
    pub fn with(identity: &Identity, settings: &TlsSettings) -> Result<Self, TlsSetupError> {
        let provider = Arc::new(CryptoProvider {
            cipher_suites: settings.cipher_suites(),
            kx_groups: vec![kx_group::SECP256R1],
            ..default_provider()
        });
        let versions: Arc<[_]> = settings.protocol_versions().into();
        let key_log: Arc<dyn rustls::KeyLog> = match &settings.key_log {
            Some(keys) => keys.clone(),
            None => Arc::new(NoKeyLog),
        };
        let key = any_ecdsa_type(&PrivateKeyDer::Pkcs8(identity.key_der()))
            .map_err(TlsSetupError::Key)?;
        // Not `with_single_cert`: that would judge our own certificate more strictly than peers do.
        let certified = CertifiedKey::new(vec![identity.certificate_der().clone()], key);
        let own = Arc::new(SingleCertAndKey::from(certified));

        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .map_err(TlsSetupError::Settings)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Shared(Arc::default())))
            .with_client_cert_resolver(own.clone());
        client.max_fragment_size = Some(MAX_FRAGMENT);
        client.resumption = Resumption::disabled();
        client.enable_sni = false;
        client.key_log = key_log.clone();
        let (client, ski) = (Arc::new(client), identity.ski());
        Ok(Self { client, provider, versions, key_log, own, ski })
    }

    /// Our own SKI.
    pub fn ski(&self) -> Ski {
        self.ski
    }

    /// Does the handshake as a client. `ip` is only written down: SHIP knows no server names.
    pub(super) async fn connect(&self, tcp: TcpStream, ip: IpAddr) -> Result<Secured, TlsError> {
        let verifier = Arc::new(Verifier::default());
        let mut config = ClientConfig::clone(&self.client);
        config.dangerous().set_certificate_verifier(Arc::new(Shared(verifier.clone())));
        let connector = TlsConnector::from(Arc::new(config));
        match connector.connect(ServerName::IpAddress(ip.into()), tcp).await {
            Ok(stream) => Secured::new(stream.into(), &verifier),
            Err(error) => Err(TlsError::new(&error, &verifier)),
        }
    }

    /// Does the handshake as a server; the client must show a certificate.
    pub(super) async fn accept(&self, tcp: TcpStream) -> Result<Secured, TlsError> {
        let verifier = Arc::new(Verifier::default());
        let config = self
            .server_config(verifier.clone())
            .map_err(|error| TlsError::Other(error.to_string()))?;
        match TlsAcceptor::from(Arc::new(config)).accept(tcp).await {
            Ok(stream) => Secured::new(stream.into(), &verifier),
            Err(error) => Err(TlsError::new(&error, &verifier)),
        }
    }

    /// rustls lets nobody exchange the verifier of a server, so each handshake has its own.
    fn server_config(&self, verifier: Arc<Verifier>) -> Result<ServerConfig, rustls::Error> {
        let mut server = ServerConfig::builder_with_provider(self.provider.clone())
            .with_protocol_versions(&self.versions)?
            .with_client_cert_verifier(Arc::new(Shared(verifier)))
            .with_cert_resolver(self.own.clone());
        server.max_fragment_size = Some(MAX_FRAGMENT);
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.send_tls13_tickets = 0;
        server.ignore_client_order = true;
        server.key_log = self.key_log.clone();
        Ok(server)
    }
}

impl fmt::Debug for TlsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsConfig").field("ski", &self.ski).finish_non_exhaustive()
    }
}

/// A connection after its TLS handshake, with what the peer proved to be.
pub(super) struct Secured {
    pub(super) stream: Tls,
    pub(super) certificate: PeerCertificate,
    pub(super) negotiated: Negotiated,
}

impl Secured {
    fn new(stream: Tls, verifier: &Verifier) -> Result<Self, TlsError> {
        let certificate = match verifier.seen() {
            Some(Ok(certificate)) => certificate.clone(),
            Some(Err(error)) => return Err(error.clone().into()),
            None => return Err(TlsError::NoClientCertificate),
        };
        let negotiated = Negotiated::of(stream.get_ref().1).ok_or(TlsError::Version)?;
        Ok(Self { stream, certificate, negotiated })
    }
}
