//! Settings that change while the node runs.

use super::Task;
use crate::driver::{
    listen::Terms,
    node::Adjustment,
    tls::{TlsConfig, TlsSetupError},
};

impl Task {
    /// Has connections to come follow these settings; where they are not usable, nothing changes.
    pub(super) fn adjust(&mut self, adjustment: &Adjustment) -> Result<(), TlsSetupError> {
        let Adjustment { tls, handshakes, handshakes_per_address, incoming } = adjustment;
        let tls = TlsConfig::with(&self.settings.identity, tls)?;
        self.settings.dial.messages.incoming = *incoming;
        let mut settings = self.terms.borrow().settings;
        settings.handshakes = *handshakes;
        settings.handshakes_per_address = *handshakes_per_address;
        settings.messages.incoming = *incoming;
        self.terms.send_replace(Terms { tls, settings });
        Ok(())
    }
}
