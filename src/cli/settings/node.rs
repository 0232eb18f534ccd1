//! What the settings mean for a node, before it starts and while it runs.

use std::sync::Arc;

use super::{Settings, table::Key};
use crate::{
    cli::tls,
    driver::{
        Adjustment, NodeSettings,
        listen::ListenSettings,
        tls::{KeyLog, TlsSettings},
    },
    hub::{DoubleConnection, Rules, Spine},
};

impl Settings {
    /// Puts what decides about connections where it counts. Port, mDNS and TLS are not among it.
    pub fn apply(&self, node: &mut NodeSettings) {
        node.hub.max_connections = self.max_connections();
        let Rules { double_connection, ask_access_methods, spine } = self.rules();
        node.hub.double_connection = double_connection;
        node.hub.ask_access_methods = ask_access_methods;
        node.hub.spine = spine;
        node.dial.messages.incoming = self.incoming();
        if let Some(listen) = &mut node.listen {
            self.limit(listen);
        }
    }

    /// The same for a port alone.
    pub fn limit(&self, listen: &mut ListenSettings) {
        listen.handshakes = self.number(Key::MaxHandshakes) as usize;
        listen.handshakes_per_address = self.number(Key::MaxHandshakesPerAddress) as usize;
        listen.messages.incoming = self.incoming();
    }

    /// The most connections at a time.
    pub fn max_connections(&self) -> usize {
        self.number(Key::MaxConnections) as usize
    }

    /// What a hub that runs can be told.
    pub fn rules(&self) -> Rules {
        Rules {
            double_connection: rule(self.text(Key::DoubleConnection)),
            ask_access_methods: self.switch(Key::AskAccessMethods),
            spine: self.switch(Key::Spine).then(Spine::default),
        }
    }

    /// What its node can be told; the keys are written where they were before.
    pub fn adjustment(&self, key_log: Option<Arc<KeyLog>>) -> Adjustment {
        Adjustment {
            tls: TlsSettings { key_log, ..tls::held(self) },
            handshakes: self.number(Key::MaxHandshakes) as usize,
            handshakes_per_address: self.number(Key::MaxHandshakesPerAddress) as usize,
            incoming: self.incoming(),
        }
    }

    /// The largest message taken, in bytes.
    fn incoming(&self) -> usize {
        self.number(Key::MaxMessageKib) as usize * 1024
    }
}

fn rule(name: Option<&str>) -> DoubleConnection {
    match name {
        Some("most-recent") => DoubleConnection::MostRecent,
        _ => DoubleConnection::Initiator,
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::identity::cert::Identity;

    #[test]
    fn the_defaults_are_those_of_the_library_but_for_spine() {
        let identity = Identity::generate(None, OffsetDateTime::UNIX_EPOCH).unwrap();
        let usual = NodeSettings::new(identity);
        let mut applied = usual.clone();
        Settings::default().apply(&mut applied);
        assert_eq!(applied.hub.spine, Some(Spine::default()));
        applied.hub.spine = None;
        assert_eq!(format!("{applied:?}"), format!("{usual:?}"));
        assert_eq!(Settings::default().number(Key::Port), u32::from(usual.listen.unwrap().port));
    }

    #[cfg(unix)]
    #[test]
    fn each_rule_for_double_connections_means_what_it_is_called() {
        use clap::ValueEnum;

        use crate::cli::args::DoubleConnection as Named;
        for named in Named::value_variants() {
            let word = named.to_possible_value().unwrap();
            assert_eq!(format!("{:?}", rule(Some(word.get_name()))), format!("{named:?}"));
        }
    }
}
