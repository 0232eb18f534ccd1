//! The configuration of a hub that runs, read again at SIGHUP.

use std::sync::Arc;

use crate::{
    cli::settings::{
        Settings,
        table::{AtHangup, Key},
    },
    driver::{Node, tls::KeyLog},
    hub::Command,
};

/// What holds now, and what is told of it when it changes.
pub(super) struct Reload {
    /// What was read last.
    read: Settings,
    /// What it began with: some settings count with the next start only.
    began: Settings,
    key_log: Option<Arc<KeyLog>>,
}

impl Reload {
    pub(super) fn new(settings: Settings, key_log: Option<Arc<KeyLog>>) -> Self {
        Self { read: settings.clone(), began: settings, key_log }
    }

    /// Whether devices are asked what they offer.
    pub(super) fn asks_offers(&self) -> bool {
        self.read.switch(Key::Spine)
    }

    /// Reads it, has the node follow it, and tells what changed. What cannot be read changes nothing.
    pub(super) async fn run(&mut self, node: &Node) {
        let settings = match self.read.read_again() {
            Ok(settings) => settings,
            Err(error) => {
                tracing::error!("{}; the configuration stays as it was", error.message);
                return;
            }
        };
        if let Err(error) = node.adjust(settings.adjustment(self.key_log.clone())).await {
            tracing::error!("{error}; the configuration stays as it was");
            return;
        }
        // Both are refused only while we end.
        let _ = node.command(Command::Adjust(settings.rules())).await;
        let limit = settings.max_connections();
        let _ = node.command(Command::SetLimit { limit }).await;
        let told = tell(&settings, &self.read);
        tracing::info!("the configuration was read again: at most {limit} connections{told}");
        for (setting, held) in settings.differing(&self.began) {
            if setting.at_hangup == AtHangup::NextStart {
                let value =
                    held.value.as_ref().map_or("its default".to_owned(), ToString::to_string);
                tracing::warn!("{} = {value} counts with the next start", setting.name);
            }
        }
        self.read = settings;
    }
}

/// What else counts from now on.
fn tell(settings: &Settings, before: &Settings) -> String {
    let counts = |at| matches!(at, AtHangup::Counts | AtHangup::NewConnections);
    settings
        .differing(before)
        .filter(|(setting, _)| counts(setting.at_hangup) && setting.key != Key::MaxConnections)
        .filter_map(|(setting, held)| {
            Some(format!(", {} = {}", setting.name, held.value.as_ref()?))
        })
        .collect()
}
