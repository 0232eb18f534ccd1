//! Who dials us while we look: the other direction, seen from our port. Nobody is let in.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{Instant, timeout},
};

use crate::{
    driver::{
        listen::{BindError, Inbound, ListenSettings, Listener},
        tls::TlsConfig,
    },
    proto::Ski,
};

/// Somebody who dialled us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// From where.
    pub remote: SocketAddr,
    /// Who, if that was shown.
    pub ski: Option<Ski>,
    /// How long after the beginning.
    pub after: Duration,
    /// How far it got.
    pub how_far: String,
}

/// Our port, as long as it lives.
#[derive(Debug)]
pub struct Ear {
    port: u16,
    began: Instant,
    dials: mpsc::UnboundedReceiver<Dial>,
    tasks: [JoinHandle<()>; 2],
}

impl Ear {
    /// Opens our port; to be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Somebody else has it, or the system refuses.
    pub fn open(settings: ListenSettings, tls: TlsConfig) -> Result<Self, BindError> {
        let listener = Listener::bind(settings)?;
        let (port, began) = (listener.port(), Instant::now());
        let (events, mut inbox) = mpsc::channel(16);
        let (sender, dials) = mpsc::unbounded_channel();
        let serving = tokio::spawn(listener.serve(tls, events, |inbound| inbound));
        let taking = tokio::spawn(async move {
            while let Some(inbound) = inbox.recv().await {
                let after = began.elapsed();
                let dial = match inbound {
                    Inbound::Request(request) => {
                        let (remote, ski) = (request.remote, Some(request.ski));
                        let how_far = "asked for a WebSocket, and was told that we are busy (503)";
                        // Whoever has gone already was not let in either.
                        let _ = timeout(Duration::from_secs(1), request.refuse_busy()).await;
                        Dial { remote, ski, after, how_far: how_far.to_owned() }
                    }
                    Inbound::Failed(failure) => {
                        let (remote, ski) = (failure.remote, failure.ski);
                        Dial { remote, ski, after, how_far: failure.cause.to_string() }
                    }
                };
                if sender.send(dial).is_err() {
                    return;
                }
            }
        });
        Ok(Self { port, began, dials, tasks: [serving, taking] })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// For how long it has been open.
    pub fn age(&self) -> Duration {
        self.began.elapsed()
    }

    /// Who dialled since this was last asked.
    pub fn dials(&mut self) -> Vec<Dial> {
        let mut dials = Vec::new();
        while let Ok(dial) = self.dials.try_recv() {
            dials.push(dial);
        }
        dials
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
