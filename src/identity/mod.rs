//! Who we are and whom we trust: the certificate, the state directory, the trust store.

pub mod trust;
