//! What a device with a fault shows in TLS, and the little it knows of it.

use std::sync::Arc;

use rcgen::{CertificateParams, CustomExtension, KeyPair, PKCS_ECDSA_P384_SHA384, date_time_ymd};
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
    client::danger::HandshakeSignatureValid,
    crypto::{
        CryptoProvider,
        ring::{
            cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, default_provider,
            sign::any_ecdsa_type,
        },
    },
    pki_types::{CertificateDer, PrivateKeyDer, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use tokio_rustls::TlsAcceptor;

use super::{DeviceError, Fault};
use crate::{
    identity::cert::{self, Identity},
    proto::Ski,
};

/// A certificate, and the key that is used with it.
pub(super) type Papers = (CertificateDer<'static>, PrivateKeyDer<'static>);

/// What is shown in TLS, and the SKI that is announced.
pub(super) fn shown(fault: Fault, identity: &Identity) -> Result<(Papers, Ski), DeviceError> {
    let key = || PrivateKeyDer::Pkcs8(identity.key_der());
    let own = || (identity.certificate_der().clone(), key());
    let other = Ski::from_bytes(std::array::from_fn(|_| fastrand::u8(..)));
    Ok(match fault {
        Fault::WrongSki => (own(), other),
        Fault::ForgedSki => {
            (made(|params, _| params.custom_extensions = vec![names(other)])?.0, other)
        }
        Fault::NoSki => made(|_, _| {})?,
        Fault::Expired => made(|params, own| {
            params.custom_extensions = vec![own];
            params.not_before = date_time_ymd(2001, 1, 1);
            params.not_after = date_time_ymd(2011, 1, 1);
        })?,
        Fault::OddCertificate => made(|params, own| {
            params.custom_extensions = vec![own, critical(&[1, 2, 3], vec![5, 0])];
        })?,
        Fault::NotDer => {
            // The use of the key, critical: a boolean that DER writes as FF.
            let ((certificate, key), ski) = made(|params, own| {
                params.custom_extensions =
                    vec![own, critical(&[2, 5, 29, 15], vec![3, 2, 7, 0x80])];
            })?;
            ((with_boolean_01(&certificate), key), ski)
        }
        // The key is another one; nobody comes as far as to check its signature.
        Fault::OtherCurve => {
            let other = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).map_err(failed)?;
            let certificate = CertificateParams::default().self_signed(&other).map_err(failed)?;
            ((certificate.der().clone(), key()), identity.ski())
        }
        Fault::CutOff => {
            let cut = identity.certificate_der()[..100].to_vec();
            ((cut.into(), key()), identity.ski())
        }
        _ => (own(), identity.ski()),
    })
}

/// A fresh key with a certificate of its own, and its SKI. The certificate names no SKI unless it
/// is given the extension that names its own.
fn made(
    change: impl Fn(&mut CertificateParams, CustomExtension),
) -> Result<(Papers, Ski), DeviceError> {
    let key = KeyPair::generate().map_err(failed)?;
    let plain = CertificateParams::default().self_signed(&key).map_err(failed)?;
    let ski = cert::read(plain.der()).map_err(|error| DeviceError::Papers(error.to_string()))?.ski;
    let mut params = CertificateParams::default();
    change(&mut params, names(ski));
    let certificate = params.self_signed(&key).map_err(failed)?.der().clone();
    Ok(((certificate, PrivateKeyDer::Pkcs8(key.serialize_der().into())), ski))
}

/// The extension that names an SKI.
fn names(ski: Ski) -> CustomExtension {
    let value = [&[4, 20][..], ski.as_bytes()].concat();
    CustomExtension::from_oid_content(&[2, 5, 29, 14], value)
}

fn critical(oid: &[u64], value: Vec<u8>) -> CustomExtension {
    let mut extension = CustomExtension::from_oid_content(oid, value);
    extension.set_criticality(true);
    extension
}

/// The same certificate with the critical mark of its last extension written as 01.
fn with_boolean_01(certificate: &CertificateDer<'_>) -> CertificateDer<'static> {
    let mut der = certificate.to_vec();
    let mark = der.windows(3).rposition(|bytes| bytes == [1, 1, 0xFF]);
    if let Some(at) = mark {
        der[at + 2] = 1;
    }
    der.into()
}

/// Answers in TLS with these papers.
pub(super) fn acceptor(
    (certificate, key): Papers,
    fault: Fault,
) -> Result<TlsAcceptor, DeviceError> {
    let failed = |error: Error| DeviceError::Papers(error.to_string());
    let version = if fault == Fault::Tls13Only { &TLS13 } else { &TLS12 };
    let mut provider = default_provider();
    if fault == Fault::NoCommonSuite {
        provider.cipher_suites = vec![TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
    }
    let provider: Arc<CryptoProvider> = Arc::new(provider);
    let key = any_ecdsa_type(&key).map_err(failed)?;
    let shown = SingleCertAndKey::from(CertifiedKey::new(vec![certificate], key));
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .map_err(failed)?;
    let config = match fault {
        Fault::RefusesUs => config.with_client_cert_verifier(Arc::new(Refuses)),
        _ => config.with_no_client_auth(),
    };
    Ok(TlsAcceptor::from(Arc::new(config.with_cert_resolver(Arc::new(shown)))))
}

fn failed(error: rcgen::Error) -> DeviceError {
    DeviceError::Papers(error.to_string())
}

/// Refuses every certificate, whatever it is.
#[derive(Debug)]
struct Refuses;

type Checked = Result<HandshakeSignatureValid, Error>;

impl ClientCertVerifier for Refuses {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Err(rustls::CertificateError::UnknownIssuer.into())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Checked {
        Err(rustls::CertificateError::BadSignature.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Checked {
        self.verify_tls12_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}
