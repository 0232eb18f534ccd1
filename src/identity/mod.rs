//! Who we are and whom we trust: the certificate, the state directory, the trust store.

#[cfg(feature = "driver")]
pub mod cert;
pub mod trust;
