//! The clients of the control socket: let in, read, written to, and turned away where there are too
//! many or they are another user's.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::AsyncWriteExt,
    net::{
        UnixListener, UnixStream,
        unix::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{
        Semaphore,
        broadcast::{
            self,
            error::{RecvError, TryRecvError},
        },
        mpsc, watch,
    },
    task::JoinSet,
};

use super::{Ask, MAX_CLIENTS};
use crate::control::{
    lines::{Line, Lines},
    wire::{BadRequest, Happening, MAX_REQUEST, Refusal, Reply, Request, Wish},
};

/// Requests of one client that may wait for their answers.
pub(super) const MAX_UNANSWERED: usize = 16;

/// What every client's task needs.
#[derive(Clone)]
pub(super) struct Clients {
    pub(super) greeting: Arc<str>,
    pub(super) asks: mpsc::Sender<Ask>,
    pub(super) events: broadcast::Sender<Arc<str>>,
    pub(super) messages: broadcast::Sender<Arc<str>>,
    pub(super) closing: watch::Receiver<bool>,
}

impl Clients {
    /// Takes clients in until the hub ends, then waits for those there are.
    pub(super) async fn accept(self, listener: UnixListener) {
        let places = Arc::new(Semaphore::new(MAX_CLIENTS));
        let mut tasks = JoinSet::new();
        let mut closing = self.closing.clone();
        let mut clients = 0;
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                Some(_) = tasks.join_next() => continue,
                _ = closing.changed() => break,
            };
            let stream = match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, most likely: some will be given back.
                    tracing::warn!(%error, "the control socket could not let a program in");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                }
            };
            if !is_same_user(&stream) {
                tracing::warn!("the control socket turned a program of another user away");
                continue;
            }
            match places.clone().try_acquire_owned() {
                Ok(place) => {
                    clients += 1;
                    let client = Client::new(&self, clients, stream);
                    let (greeting, closing) = (self.greeting.clone(), self.closing.clone());
                    tasks.spawn(async move {
                        // An error is the end of the client, and nobody else's matter.
                        let _ = client.serve(&greeting, closing).await;
                        drop(place);
                    });
                }
                Err(_) => {
                    let message = format!(
                        "{MAX_CLIENTS} programs are connected to the hub already, the most it takes"
                    );
                    let refusal =
                        Refusal::new("busy", 75, message, Some("end one of these programs"));
                    let line = Reply::Answer { id: None, answer: Err(Box::new(refusal)) }.line();
                    let _ = stream.try_write(line.as_bytes());
                }
            }
        }
        drop(listener);
        while tasks.join_next().await.is_some() {}
    }
}

fn is_same_user(stream: &UnixStream) -> bool {
    let own = rustix::process::geteuid().as_raw();
    stream.peer_cred().is_ok_and(|peer| peer.uid() == own)
}

/// One client.
struct Client {
    number: u64,
    lines: Lines<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    asks: mpsc::Sender<Ask>,
    /// For new requests; `None` once the client says nothing more.
    answer: Option<mpsc::Sender<Reply>>,
    answers: mpsc::Receiver<Reply>,
    all_events: broadcast::Sender<Arc<str>>,
    events: Option<broadcast::Receiver<Arc<str>>>,
    all_messages: broadcast::Sender<Arc<str>>,
    messages: Option<broadcast::Receiver<Arc<str>>>,
    hung_up: Arc<AtomicBool>,
}

impl Client {
    fn new(clients: &Clients, number: u64, stream: UnixStream) -> Self {
        let (reader, writer) = stream.into_split();
        let (answer, answers) = mpsc::channel(MAX_UNANSWERED);
        Self {
            number,
            lines: Lines::new(reader, MAX_REQUEST),
            writer,
            asks: clients.asks.clone(),
            answer: Some(answer),
            answers,
            all_events: clients.events.clone(),
            events: None,
            all_messages: clients.messages.clone(),
            messages: None,
            hung_up: Arc::default(),
        }
    }

    async fn serve(mut self, greeting: &str, mut closing: watch::Receiver<bool>) -> io::Result<()> {
        self.writer.write_all(greeting.as_bytes()).await?;
        loop {
            tokio::select! {
                line = self.lines.next(), if self.answer.is_some() => match line? {
                    Some(line) => self.take(line).await?,
                    None => self.hang_up(),
                },
                reply = self.answers.recv() => match reply {
                    Some(reply) => self.tell_answer(&reply).await?,
                    // It says nothing more, and everything is answered.
                    None => return Ok(()),
                },
                event = next_event(&mut self.events) => self.tell(event, "events_lost").await?,
                message = next_event(&mut self.messages) => {
                    self.tell(message, "messages_lost").await?;
                }
                _ = closing.changed() => break,
            }
        }
        self.say_the_rest().await
    }

    /// A client that says nothing more gets the answers it waits for.
    fn hang_up(&mut self) {
        self.hung_up.store(true, Ordering::Relaxed);
        self.answer = None;
        self.events = None;
        self.messages = None;
    }

    async fn take(&mut self, line: Line) -> io::Result<()> {
        let request = match &line {
            Line::TooLong => {
                let why =
                    format!("the line is longer than a request may be, {} KiB", MAX_REQUEST >> 10);
                Err(BadRequest { id: None, why })
            }
            Line::Whole(line) => Request::read(line),
        };
        let Request { id, wish } = match request {
            Ok(request) => request,
            Err(BadRequest { id, why }) => {
                let refusal =
                    Refusal::new("bad_request", 2, why, Some("see docs/control-socket.md"));
                return self.write(&Reply::Answer { id, answer: Err(Box::new(refusal)) }).await;
            }
        };
        if let Wish::Watch { messages } = wish {
            self.events.get_or_insert_with(|| self.all_events.subscribe());
            if messages {
                self.messages.get_or_insert_with(|| self.all_messages.subscribe());
            }
        }
        // The owner of the hub has to know of those who watch the messages.
        if matches!(wish, Wish::Watch { messages: false }) {
            return self
                .write(&Reply::Answer { id: Some(id), answer: Ok(Default::default()) })
                .await;
        }
        let place = self.answer.as_ref().map(|answer| answer.clone().try_reserve_owned());
        let Some(Ok(answer)) = place else {
            let why = format!(
                "{MAX_UNANSWERED} of your requests wait for their answers already, the most that may"
            );
            let refusal = Refusal::new(
                "busy",
                75,
                why,
                Some("wait for one of the answers before the next request"),
            );
            return self
                .write(&Reply::Answer { id: Some(id), answer: Err(Box::new(refusal)) })
                .await;
        };
        let ask = Ask { wish, client: self.number, id, answer, hung_up: self.hung_up.clone() };
        // Fails only when the hub is gone; then we are cut as well.
        let _ = self.asks.send(ask).await;
        Ok(())
    }

    /// Passes on an event or a message, or tells by this name how many were lost.
    async fn tell(
        &mut self,
        event: Result<Arc<str>, RecvError>,
        lost: &'static str,
    ) -> io::Result<()> {
        match event {
            Ok(line) => self.writer.write_all(line.as_bytes()).await,
            Err(RecvError::Lagged(count)) => {
                let event = serde_json::json!({ "schema": 1, "event": lost, "count": count });
                let event = Happening { event, say: Vec::new() };
                self.write(&Reply::Event(event)).await
            }
            Err(RecvError::Closed) => {
                (self.events, self.messages) = (None, None);
                Ok(())
            }
        }
    }

    /// What happened before an answer is told before it.
    async fn tell_answer(&mut self, reply: &Reply) -> io::Result<()> {
        self.tell_the_rest().await?;
        self.write(reply).await
    }

    async fn tell_the_rest(&mut self) -> io::Result<()> {
        while let Some(events) = &mut self.events {
            match events.try_recv() {
                Ok(line) => self.tell(Ok(line), "events_lost").await?,
                Err(TryRecvError::Lagged(count)) => {
                    self.tell(Err(RecvError::Lagged(count)), "events_lost").await?
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
            }
        }
        Ok(())
    }

    async fn say_the_rest(mut self) -> io::Result<()> {
        while let Ok(reply) = self.answers.try_recv() {
            self.tell_answer(&reply).await?;
        }
        self.tell_the_rest().await?;
        while let Some(Ok(line)) = self.messages.as_mut().map(broadcast::Receiver::try_recv) {
            self.writer.write_all(line.as_bytes()).await?;
        }
        self.writer.shutdown().await
    }

    async fn write(&mut self, reply: &Reply) -> io::Result<()> {
        self.writer.write_all(reply.line().as_bytes()).await
    }
}

impl Drop for Client {
    /// A client that was killed did not say goodbye.
    fn drop(&mut self) {
        self.hung_up.store(true, Ordering::Relaxed);
    }
}

async fn next_event(
    events: &mut Option<broadcast::Receiver<Arc<str>>>,
) -> Result<Arc<str>, RecvError> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}
