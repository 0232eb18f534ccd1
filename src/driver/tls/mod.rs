//! TLS as SHIP wants it (SHIP 9): version 1.2, mutual, secp256r1, small records, no resumption.
//!
//! Trust is not decided here. A genuine unknown key completes the handshake; a certificate whose
//! SKI is not its key's does not, in either role (TC_SHIP_SEC_001/002).

mod error;
mod verify;

use std::{fmt, net::IpAddr, sync::Arc};

pub use error::TlsError;
use rustls::{
    ClientConfig, ServerConfig, SupportedCipherSuite,
    client::Resumption,
    crypto::{
        CryptoProvider,
        ring::{cipher_suite, default_provider, kx_group, sign::any_ecdsa_type},
    },
    pki_types::{PrivateKeyDer, ServerName},
    server::NoServerSessionStorage,
    sign::{CertifiedKey, SingleCertAndKey},
};
use tokio::net::TcpStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};
use verify::{Shared, Verifier};

use super::ws::Tls;
use crate::{
    identity::cert::{Identity, PeerCertificate},
    proto::Ski,
};

/// The cipher suites, in order of preference.
///
/// SHIP 9.2 makes ECDHE_ECDSA_WITH_AES_128_CBC_SHA256 (0xC023) mandatory and knows
/// ECDHE_ECDSA_WITH_AES_128_CCM_8 (0xC0AE); neither is in rustls, and their place is behind GCM.
const SUITES: &[SupportedCipherSuite] = &[cipher_suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];

/// Records of at most 1024 bytes of plaintext (SHIP 9.2); rustls counts its 5 bytes of header.
const MAX_FRAGMENT: usize = 1024 + 5;

/// Our side of every TLS connection, in both roles. Cheap to clone.
#[derive(Clone)]
pub struct TlsConfig {
    client: Arc<ClientConfig>,
    provider: Arc<CryptoProvider>,
    own: Arc<SingleCertAndKey>,
    ski: Ski,
}

/// Our own key or certificate does not suit TLS.
#[derive(Debug, thiserror::Error)]
#[error("our own key cannot be used for TLS: {0}")]
pub struct TlsSetupError(#[from] rustls::Error);

impl TlsConfig {
    /// The configuration for this identity. Errors when the key is not on secp256r1.
    pub fn new(identity: &Identity) -> Result<Self, TlsSetupError> {
        let provider = Arc::new(CryptoProvider {
            cipher_suites: SUITES.to_vec(),
            kx_groups: vec![kx_group::SECP256R1],
            ..default_provider()
        });
        let key = any_ecdsa_type(&PrivateKeyDer::Pkcs8(identity.key_der()))?;
        // Not `with_single_cert`: that would judge our own certificate more strictly than peers do.
        let certified = CertifiedKey::new(vec![identity.certificate_der().clone()], key);
        let own = Arc::new(SingleCertAndKey::from(certified));

        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[&rustls::version::TLS12])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Shared(Arc::default())))
            .with_client_cert_resolver(own.clone());
        client.max_fragment_size = Some(MAX_FRAGMENT);
        client.resumption = Resumption::disabled();
        client.enable_sni = false;
        Ok(Self { client: Arc::new(client), provider, own, ski: identity.ski() })
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
            .with_protocol_versions(&[&rustls::version::TLS12])?
            .with_client_cert_verifier(Arc::new(Shared(verifier)))
            .with_cert_resolver(self.own.clone());
        server.max_fragment_size = Some(MAX_FRAGMENT);
        server.session_storage = Arc::new(NoServerSessionStorage {});
        server.ignore_client_order = true;
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
}

impl Secured {
    fn new(stream: Tls, verifier: &Verifier) -> Result<Self, TlsError> {
        match verifier.seen() {
            Some(Ok(certificate)) => Ok(Self { stream, certificate: certificate.clone() }),
            Some(Err(error)) => Err(error.clone().into()),
            None => Err(TlsError::NoClientCertificate),
        }
    }
}
