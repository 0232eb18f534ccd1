//! Peers made of plain rustls, with whatever certificate, that believe everything.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    SupportedProtocolVersion,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::ring::{default_provider, sign::any_ecdsa_type},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
};
use shipctl::{identity::cert::Identity, proto::Ski};

/// A certificate and its key, whatever is wrong with them.
pub(crate) struct Papers {
    pub(crate) certificate: CertificateDer<'static>,
    /// Certificates that are shown behind it.
    pub(crate) more: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Papers {
    pub(crate) fn of(identity: &Identity) -> Self {
        Self {
            certificate: identity.certificate_der().clone(),
            more: Vec::new(),
            key: PrivateKeyDer::Pkcs8(identity.key_der()),
        }
    }

    /// A fresh key with a certificate that claims the SKI of somebody else.
    pub(crate) fn forged(claimed: Ski) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        let value = [&[4, 20][..], claimed.as_bytes()].concat();
        params.custom_extensions = vec![CustomExtension::from_oid_content(&[2, 5, 29, 14], value)];
        Self {
            certificate: params.self_signed(&key).unwrap().der().clone(),
            more: Vec::new(),
            key: PrivateKeyDer::Pkcs8(key.serialize_der().into()),
        }
    }

    pub(crate) fn resolver(self) -> Arc<SingleCertAndKey> {
        let key = any_ecdsa_type(&self.key).unwrap();
        let chain = [vec![self.certificate], self.more].concat();
        Arc::new(SingleCertAndKey::from(CertifiedKey::new(chain, key)))
    }
}

/// A client that accepts every server and shows these papers, or none.
pub(crate) fn odd_client(
    papers: Option<Papers>,
    version: &'static SupportedProtocolVersion,
) -> ClientConfig {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Gullible));
    match papers {
        Some(papers) => builder.with_client_cert_resolver(papers.resolver()),
        None => builder.with_no_client_auth(),
    }
}

/// A server that accepts every client and shows these papers.
pub(crate) fn odd_server(
    papers: Papers,
    version: &'static SupportedProtocolVersion,
) -> ServerConfig {
    ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(Arc::new(Gullible))
        .with_cert_resolver(papers.resolver())
}

/// Believes everything.
#[derive(Debug)]
struct Gullible;

const SCHEMES: [SignatureScheme; 2] =
    [SignatureScheme::ECDSA_NISTP256_SHA256, SignatureScheme::ECDSA_NISTP384_SHA384];

type Checked = Result<HandshakeSignatureValid, Error>;

/// What both roles say to a signature.
macro_rules! believes_every_signature {
    () => {
        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Checked {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Checked {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            SCHEMES.to_vec()
        }
    };
}

impl ServerCertVerifier for Gullible {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    believes_every_signature!();
}

impl ClientCertVerifier for Gullible {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    believes_every_signature!();
}
