//! Who the peer proves to be: its certificate read leniently, its signature checked strictly.
//!
//! One verifier serves one handshake and remembers what it read, so that a certificate is read
//! once and a refusal keeps its reason. It decides nothing about trust (SHIP 13.4.4.1 does).

use std::sync::{Arc, OnceLock};

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible,
    SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::danger::{ClientCertVerified, ClientCertVerifier},
};

use time::OffsetDateTime;

use crate::identity::cert::{self, CertError, CertRemark, PeerCertificate};

/// What the peer of one handshake showed.
#[derive(Debug, Default)]
pub(super) struct Verifier {
    seen: OnceLock<Result<PeerCertificate, CertError>>,
}

impl Verifier {
    /// What the peer showed in this handshake so far, and what is wrong with it.
    pub(super) fn seen(&self) -> Option<&Result<PeerCertificate, CertError>> {
        self.seen.get()
    }

    /// Reads the certificate; refuses one without usable key, and a forged SKI. `more` certificates
    /// came after it.
    fn read(&self, der: &CertificateDer<'_>, more: usize, now: UnixTime) -> Result<(), Error> {
        let seen = self.seen.get_or_init(|| {
            let mut certificate = cert::read(der)?;
            let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
            let now = OffsetDateTime::from_unix_timestamp(now).ok();
            certificate.remarks.extend(now.and_then(|now| certificate.expiry(now)));
            if more > 0 {
                certificate.remarks.push(CertRemark::Chain(more));
            }
            Ok(certificate)
        });
        match seen {
            Ok(_) => Ok(()),
            Err(refused) => Err(alerting(refused).into()),
        }
    }

    /// Checks that the peer holds the key it showed.
    fn check(
        &self,
        message: &[u8],
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let Some(Ok(certificate)) = self.seen.get() else {
            return Err(CertificateError::BadEncoding.into());
        };
        if signed.scheme != SignatureScheme::ECDSA_NISTP256_SHA256 {
            return Err(PeerIncompatible::NoSignatureSchemesInCommon.into());
        }
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &certificate.public_key)
            .verify(message, signed.signature())
            .map(|()| HandshakeSignatureValid::assertion())
            .map_err(|_| CertificateError::BadSignature.into())
    }
}

/// The rustls error that the peer sees as the right alert (RFC 5246 7.2.2).
fn alerting(refused: &CertError) -> CertificateError {
    match refused {
        // bad_certificate
        CertError::Malformed(_) | CertError::ForgedSki { .. } => CertificateError::BadEncoding,
        // unsupported_certificate
        CertError::NotP256(_) | CertError::NotUncompressed { .. } => {
            CertificateError::InvalidPurpose
        }
    }
}

/// The handle that rustls is given.
#[derive(Debug)]
pub(super) struct Shared(pub(super) Arc<Verifier>);

/// That the peer holds its key is checked in the same way, whichever role it has.
macro_rules! possession {
    () => {
        fn verify_tls12_signature(
            &self,
            message: &[u8],
            _: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.check(message, signed)
        }

        fn verify_tls13_signature(
            &self,
            message: &[u8],
            _: &CertificateDer<'_>,
            signed: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            self.0.check(message, signed)
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            vec![SignatureScheme::ECDSA_NISTP256_SHA256]
        }
    };
}

impl ServerCertVerifier for Shared {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.0.read(end_entity, more.len(), now).map(|()| ServerCertVerified::assertion())
    }

    possession!();
}

impl ClientCertVerifier for Shared {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.0.read(end_entity, more.len(), now).map(|()| ClientCertVerified::assertion())
    }

    possession!();
}
