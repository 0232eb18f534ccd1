//! Who we are and whom we trust: the certificate, the state directory, the trust store.

#[cfg(feature = "driver")]
pub mod cert;
#[cfg(feature = "driver")]
pub mod disk;
mod format;
pub mod trust;

pub use format::FormatError;
