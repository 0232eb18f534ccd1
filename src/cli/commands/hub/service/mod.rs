//! The hub with its control socket, from its start to its end in order.
//!
//! | room | what happens there |
//! |---|---|
//! | `running` | the hub itself: started, told about, asked |
//! | `owner` | who may end it, beside the clients of its socket |

mod owner;
mod running;

use std::{collections::VecDeque, path::Path, pin::pin, time::Duration};

use sd_notify::NotifyState;
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep, timeout};

pub(super) use self::owner::Owner;
use self::running::{Running, next_message};
use super::{obey, pairing::Pairings, reload::Reload};
use crate::{
    cli::{
        context::Context,
        error::CliError,
        exit::Exit,
        output::{Ui, json::Body},
        tls,
    },
    control::{Ask, Wish, wire::Plain},
    driver::{Node, NodeEvent},
    hub::Command,
};

/// How long the shutdown may take in all. The hub itself needs at most 10 s; this is for one that
/// hangs.
const SHUTDOWN_WITHIN: Duration = Duration::from_secs(11);

/// How long the end waits for what is being done when somebody asks for it.
const A_MOMENT: Duration = Duration::from_millis(500);

/// A hub that runs until it is told to end.
pub(super) struct Service {
    serving: Serving,
    owner: Owner,
}

/// The hub and all it does by itself.
struct Serving {
    running: Running,
    pairings: Pairings,
    reload: Reload,
    /// What was asked for while something else was being done.
    behind: VecDeque<Ask>,
}

/// What there is to do next.
enum Next {
    Reload,
    Event(Box<NodeEvent>),
    Pairings,
    Ask(Ask),
}

/// Why it ends: somebody asked over the socket, or a signal came.
type End = Option<Ask>;

impl Service {
    pub(super) fn start(
        context: &mut Context<'_>,
        flags: &tls::Flags,
        owner: Owner,
    ) -> Result<Self, CliError> {
        let tls = flags.settings(context)?;
        let reload = Reload::new(context.settings.clone(), tls.key_log.clone());
        let running = Running::start(context, tls)?;
        let pairings = Pairings::new(reload.asks_offers());
        let serving = Serving { running, pairings, reload, behind: VecDeque::new() };
        Ok(Self { serving, owner })
    }

    /// Where it can be asked.
    pub(super) fn socket(&self) -> &Path {
        self.serving.running.server.path()
    }

    pub(super) async fn run(self, ui: &mut Ui) -> Result<Exit, CliError> {
        let Self { mut serving, mut owner } = self;
        owner.tell_manager(&[NotifyState::Ready]);
        let end = loop {
            let next = tokio::select! {
                ends = owner.signal() => match ends {
                    true => break None,
                    false => Next::Reload,
                },
                next = serving.next() => next?,
            };
            let reloads = matches!(next, Next::Reload);
            if reloads && let Ok(now) = NotifyState::monotonic_usec_now() {
                owner.tell_manager(&[NotifyState::Reloading, now]);
            }
            if let Some(end) = serving.take(ui, next, &mut owner).await {
                break end;
            }
            if reloads {
                owner.tell_manager(&[NotifyState::Ready]);
            }
        };
        owner.tell_manager(&[NotifyState::Stopping]);
        serving.end(ui, owner, end).await
    }
}

impl Serving {
    /// What there is to do next. It may be dropped and called again at any time.
    async fn next(&mut self) -> Result<Next, CliError> {
        if let Some(ask) = self.behind.pop_front() {
            return Ok(Next::Ask(ask));
        }
        loop {
            let Running { events, messages, server, .. } = &mut self.running;
            tokio::select! {
                seen = next_message(messages) => self.running.show(seen),
                event = events.recv() => return match event {
                    Some(event) => Ok(Next::Event(Box::new(event))),
                    None => Err(CliError::stopped()),
                },
                () = self.pairings.due() => return Ok(Next::Pairings),
                ask = server.next() => return Ok(Next::Ask(ask)),
            }
        }
    }

    /// Does what is next; tells if it is to end.
    async fn take(&mut self, ui: &mut Ui, next: Next, owner: &mut Owner) -> Option<End> {
        if let Next::Event(event) = &next {
            self.running.tell(ui, event);
        }
        let asked_by = match &next {
            Next::Ask(Ask { wish: Wish::Watch { messages: true }, .. }) => {
                self.running.watch_messages().await;
                None
            }
            Next::Ask(ask) => Some(ask.client),
            _ => None,
        };
        let Self { running, pairings, reload, behind } = self;
        let Running { node, identity, server, .. } = running;
        let (node, identity) = (&*node, &*identity);
        let doing = async {
            match next {
                Next::Reload => {
                    reload.run(node).await;
                    pairings.set_asks(reload.asks_offers());
                }
                Next::Event(event) => pairings.take(node, &event).await,
                Next::Pairings => pairings.look(node).await,
                Next::Ask(ask) => match &ask.wish {
                    Wish::Plain(Plain::Shutdown {}) => return Some(ask),
                    Wish::Pair { .. } => pairings.begin(node, ask).await,
                    _ => do_as_asked(node, identity, ask).await,
                },
            }
            None
        };
        let mut doing = pin!(doing);
        // It may wait for a disk that hangs. Who wants to end, or to know something, must not.
        let end = loop {
            tokio::select! {
                biased;
                shutdown = &mut doing => return shutdown.map(Some),
                () = owner.end() => break None,
                ask = server.next() => {
                    let is_first = asked_by != Some(ask.client)
                        && behind.iter().all(|other| other.client != ask.client);
                    match &ask.wish {
                        Wish::Plain(Plain::Shutdown {}) if is_first => break Some(ask),
                        wish if is_first && obey::only_asks(wish) => {
                            do_as_asked(node, identity, ask).await;
                        }
                        _ => behind.push_back(ask),
                    }
                }
            }
        };
        // What only needs a moment gets it.
        let _ = timeout(A_MOMENT, doing).await;
        Some(end)
    }

    /// Closes everything in order: exit code 0, or 1 where that took too long, or a second signal
    /// forced it.
    async fn end(self, ui: &mut Ui, mut owner: Owner, end: End) -> Result<Exit, CliError> {
        let Self { mut running, mut pairings, behind, .. } = self;
        let began = Instant::now();
        let mut limit = pin!(sleep(SHUTDOWN_WITHIN));
        if end.is_some() {
            tracing::info!("asked to shut down over the control socket");
        }
        pairings.end();
        let mut asked: Vec<Ask> = end.into_iter().collect();
        // A node that stopped by itself refuses; it tells its end all the same.
        let _ = running.node.command(Command::Shutdown).await;
        for ask in behind {
            running.while_it_ends(ask, &mut asked).await;
        }
        let forced = loop {
            let Running { node, events, messages, server, .. } = &mut running;
            tokio::select! {
                forced = node.ended() => break forced,
                () = &mut limit => {
                    tracing::error!("the shutdown took too long and was cut short");
                    break true;
                }
                () = owner.end() => {
                    tracing::warn!("a second signal: everything is cut at once");
                    break true;
                }
                Some(event) = events.recv() => running.tell(ui, &event),
                seen = next_message(messages) => running.show(seen),
                ask = server.next() => running.while_it_ends(ask, &mut asked).await,
            }
        };
        let Running { node, mut events, server, scrapes, mut teller, .. } = running;
        drop(scrapes);
        // A node that has not ended is cut by this.
        drop(node);
        while let Ok(event) = events.try_recv() {
            teller.tell(ui, &server, &event);
        }
        if forced {
            teller.cut(ui, &server, began.elapsed());
        }
        for ask in asked {
            ask.answer(Ok(Map::from_iter([("forced".to_owned(), forced.into())])));
        }
        server.close().await;
        let (exit, outcome) =
            if forced { (Exit::Findings, "forced") } else { (Exit::Done, "ended") };
        tracing::info!("{outcome}");
        ui.hurry();
        ui.json_now(None, &Body::done(outcome, exit, Map::new()))?;
        Ok(exit)
    }
}

/// Does what is asked for.
async fn do_as_asked(node: &Node, identity: &Map<String, Value>, ask: Ask) {
    let answer = obey::obey(node, identity, &ask.wish).await;
    if let Err(refusal) = &answer {
        tracing::info!("refused: {}", refusal.message);
    }
    ask.answer(answer);
}

#[cfg(test)]
mod tests;
