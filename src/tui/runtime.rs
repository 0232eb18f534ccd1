//! The loop between terminal, hub and model. It draws when something has changed, and once a second
//! while something counts by itself.

mod file;
mod signals;

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    io::{self, IsTerminal},
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use crossterm::event::{Event, EventStream};
use futures_util::StreamExt;
use rustix::process::{Signal, getpid, kill_current_process_group, kill_process};
use tokio::time::sleep_until;

use self::signals::{Caught, Signals};
use super::{
    effect::Effect, message::Message, model::Model, terminal::Terminal, theme::Theme,
    update::update,
};
use crate::{
    cli::{error::CliError, exit::Exit},
    control::{Answer, Client, Reply, Wish, wire::Plain},
    proto::Ski,
    time::Time,
};

/// The least time between two questions for the state of the hub.
const ASK_EVERY: Duration = Duration::from_millis(150);

/// What changes without an event, such as the failures of the last hour, is asked for so often.
const ASK_ANYWAY: Duration = Duration::from_secs(10);

/// The most messages taken in before the screen is drawn.
const AT_A_TIME: usize = 1000;

/// Shows the hub at the other end of `client` until somebody leaves.
///
/// # Errors
///
/// The terminal or the control socket fails.
pub async fn run(client: Client, embedded: bool, theme: Theme) -> Result<Exit, CliError> {
    let failed = |error: io::Error| {
        CliError::new(Exit::LocalIo, "the terminal cannot be used").because_of(&error)
    };
    let mut signals = Signals::catch().map_err(failed)?;
    let terminal = Terminal::take().map_err(failed)?;
    let size = terminal.size().map_err(failed)?;
    let model = Model::new(client.hub().clone(), embedded, theme, size);
    let now = Instant::now();
    let mut dashboard = Dashboard {
        model,
        terminal,
        client: Some(client),
        asked: BTreeMap::new(),
        origin: now,
        stale: true,
        asking: 0,
        last_asked: None,
        peer_of: None,
        blind: false,
        quit: None,
    };
    dashboard.watch().await;
    let mut keys = EventStream::new();
    let mut next_second = now;
    loop {
        dashboard.ask_what_is_stale().await;
        dashboard.draw().await.map_err(failed)?;
        if let Some(exit) = dashboard.quit {
            return Ok(exit);
        }
        if next_second <= Instant::now() {
            next_second = Instant::now() + Duration::from_secs(1);
        }
        let (counts, due) = (dashboard.model.counts(), dashboard.due());
        let asks = dashboard.wants_to_ask();
        tokio::select! {
            event = keys.next(), if dashboard.has_keys() => match event {
                Some(Ok(event)) => dashboard.event(event).await,
                Some(Err(_)) | None => dashboard.hang_up().await,
            },
            reply = next(&mut dashboard.client) => dashboard.reply(reply).await,
            () = sleep_until(next_second.into()), if counts => {
                dashboard.take(Message::Tick).await;
            }
            () = sleep_until(due.into()), if asks => {
                dashboard.stale = true;
            }
            caught = signals.next() => match caught {
                Caught::End(exit) => dashboard.take(Message::Signal(exit)).await,
                Caught::HangUp => dashboard.end_in_order().await,
                Caught::Stop => dashboard.stop(),
                Caught::Continue => dashboard.take_again().await.map_err(failed)?,
                // It is looked at before every picture.
                Caught::Resize => {}
            },
        }
        dashboard.take_what_is_there(&mut keys).await;
    }
}

/// What is between terminal, hub and model.
struct Dashboard {
    model: Model,
    terminal: Terminal,
    client: Option<Client>,
    /// The questions to the hub that are open, by the number of their request.
    asked: BTreeMap<u64, Question>,
    origin: Instant,
    /// Whether something has happened since the state was asked for.
    stale: bool,
    /// How many questions for the state are open.
    asking: usize,
    last_asked: Option<Instant>,
    /// Whose history was asked for last.
    peer_of: Option<Ski>,
    /// Whether the terminal has gone.
    blind: bool,
    quit: Option<Exit>,
}

/// What a request was for.
enum Question {
    Watch,
    Status,
    Peer,
    /// One of the model's, by its number.
    Model(u64),
}

impl Dashboard {
    async fn take(&mut self, message: Message) {
        let now = Time::after(self.origin.elapsed());
        for effect in update(&mut self.model, now, message) {
            self.carry_out(effect).await;
        }
    }

    async fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Ask { id, wish } => self.send(wish, Question::Model(id)).await,
            // A terminal that takes no clipboard is no reason to end.
            Effect::Copy(text) => drop(self.terminal.copy(&text)),
            Effect::Export { file, extension, text } => {
                let written = file::write(file, extension, &text);
                let now = Time::after(self.origin.elapsed());
                update(&mut self.model, now, Message::Exported(written));
            }
            // All that runs with us stops as well; our own signal comes back to us.
            Effect::Suspend => {
                let _ = kill_current_process_group(Signal::TSTP);
            }
            Effect::Quit(exit) => self.quit = Some(exit),
        }
    }

    async fn event(&mut self, event: Event) {
        let message = match event {
            Event::Key(key) => Message::Key(key),
            Event::Mouse(mouse) => Message::Mouse(mouse),
            Event::Paste(text) => Message::Paste(text),
            Event::Resize(columns, lines) => Message::Resize(columns, lines),
            Event::FocusGained | Event::FocusLost => return,
        };
        self.take(message).await;
    }

    /// Takes in what has come meanwhile, so that it is drawn together.
    async fn take_what_is_there(&mut self, keys: &mut EventStream) {
        for _ in 0..AT_A_TIME {
            if !self.has_keys() {
                return;
            }
            if let Some(Some(Ok(event))) = at_once(keys.next()).await {
                self.event(event).await;
            } else if let Some(reply) = at_once(next(&mut self.client)).await {
                self.reply(reply).await;
            } else {
                return;
            }
            if self.quit.is_some() {
                return;
            }
        }
    }

    async fn watch(&mut self) {
        self.send(Wish::Watch { messages: true }, Question::Watch).await;
    }

    async fn send(&mut self, wish: Wish, question: Question) {
        let Some(client) = &mut self.client else { return };
        // If it has ended, the stream says so after its last words.
        if let Ok(id) = client.send(wish).await {
            self.asked.insert(id, question);
        }
    }

    /// Asks for the state of the hub, and for the device looked at, where they may be old.
    async fn ask_what_is_stale(&mut self) {
        let selected = self.model.selected_ski();
        if selected != self.peer_of {
            self.peer_of = selected;
            if let Some(ski) = selected {
                self.ask_peer(ski).await;
            }
        }
        if !self.stale || self.asking > 0 || self.due() > Instant::now() {
            return;
        }
        self.stale = false;
        self.last_asked = Some(Instant::now());
        self.asking += 1;
        self.send(Wish::Plain(Plain::Status { history: false }), Question::Status).await;
        if let Some(ski) = selected {
            self.ask_peer(ski).await;
        }
    }

    async fn ask_peer(&mut self, ski: Ski) {
        self.send(Wish::Plain(Plain::Peer { ski }), Question::Peer).await;
    }

    fn wants_to_ask(&self) -> bool {
        self.asking == 0 && self.client.is_some()
    }

    /// When the state is to be asked for next.
    fn due(&self) -> Instant {
        let wait = if self.stale { ASK_EVERY } else { ASK_ANYWAY };
        self.last_asked.map_or(self.origin, |last| last + wait)
    }

    async fn reply(&mut self, reply: Result<Option<Reply>, String>) {
        match reply {
            Ok(Some(Reply::Event(happening))) => {
                self.stale = true;
                self.take(Message::Happening(Box::new(happening))).await;
            }
            Ok(Some(Reply::Message(message))) => self.take(Message::Transfer(message)).await,
            Ok(Some(Reply::Answer { id, answer })) => {
                if let Some(question) = id.and_then(|id| self.asked.remove(&id)) {
                    self.answer(question, answer).await;
                }
            }
            Ok(None) => self.gone("the hub has ended".to_owned()).await,
            Err(error) => self.gone(error).await,
        }
    }

    async fn answer(&mut self, question: Question, answer: Answer) {
        match question {
            Question::Watch => {}
            Question::Status => {
                self.asking = self.asking.saturating_sub(1);
                let hub = answer.ok().and_then(|mut fields| fields.remove("hub"));
                if let Some(hub) = hub.and_then(|hub| serde_json::from_value(hub).ok()) {
                    self.take(Message::Status(hub)).await;
                }
            }
            Question::Peer => {
                let peer = answer.ok().and_then(|mut fields| fields.remove("peer"));
                if let Some(peer) = peer.and_then(|peer| serde_json::from_value(peer).ok()) {
                    self.take(Message::Peer(peer)).await;
                }
            }
            Question::Model(id) => {
                self.stale = true;
                self.take(Message::Answer { id, answer }).await;
            }
        }
    }

    async fn gone(&mut self, how: String) {
        self.client = None;
        self.take(Message::Gone(how)).await;
    }

    /// Draws the model, as long as there is somewhere to draw it.
    async fn draw(&mut self) -> io::Result<()> {
        if self.blind {
            return Ok(());
        }
        // crossterm loses the news of a new size that comes together with a key.
        if let Ok(size) = self.terminal.size()
            && size != self.model.size
        {
            self.take(Message::Resize(size.0, size.1)).await;
        }
        let drawn = self.terminal.draw(&self.model);
        self.unless_gone(drawn).await
    }

    async fn take_again(&mut self) -> io::Result<()> {
        let taken = self.terminal.take_again();
        self.unless_gone(taken).await
    }

    /// A terminal that has gone is no error.
    async fn unless_gone(&mut self, done: io::Result<()>) -> io::Result<()> {
        if done.is_err() && !io::stdout().is_terminal() {
            self.hang_up().await;
            return Ok(());
        }
        done
    }

    /// Asked for a key, crossterm reads the end of a terminal that has gone over and over.
    fn has_keys(&self) -> bool {
        !self.blind && io::stdin().is_terminal()
    }

    /// The terminal has gone; the hub ends in order all the same.
    async fn hang_up(&mut self) {
        self.blind = true;
        self.end_in_order().await;
    }

    /// Ends, unless that is under way: a terminal that goes says so more than once, and means no hurry.
    async fn end_in_order(&mut self) {
        if self.model.ending.is_none() {
            self.take(Message::Signal(Exit::Terminated)).await;
        }
    }

    /// Stands still until somebody continues us, which the signal for that tells: this thread may run
    /// on for a moment.
    fn stop(&self) {
        self.terminal.give_back();
        let _ = kill_process(getpid(), Signal::STOP);
    }
}

/// What a future gives if it need not wait. Unlike `now_or_never` it leaves our own waker behind: the
/// stream of keys wakes only the first who asked.
async fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    poll_fn(|context| {
        Poll::Ready(match future.as_mut().poll(context) {
            Poll::Ready(value) => Some(value),
            Poll::Pending => None,
        })
    })
    .await
}

/// What the hub says next; forever nothing once it has gone.
async fn next(client: &mut Option<Client>) -> Result<Option<Reply>, String> {
    match client {
        Some(client) => client.next().await.map_err(|error| error.to_string()),
        None => std::future::pending().await,
    }
}
