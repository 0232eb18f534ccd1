//! What comes in.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::{
    cli::exit::Exit,
    control::{Answer, wire::Happening},
    hub::{Snapshot, snapshot::PeerSnapshot},
    trace::MessageRecord,
};

/// Something that happened, to the terminal, to the hub or to us.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(KeyEvent),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// The terminal has another size: columns, lines.
    Resize(u16, u16),
    /// Time passed.
    Tick,
    /// A signal asks us to end, with this exit code.
    Signal(Exit),
    /// The hub at this moment.
    Status(Box<Snapshot>),
    /// One of its peers, with its history.
    Peer(Box<PeerSnapshot>),
    /// Something happened in the hub.
    Happening(Box<Happening>),
    /// A message was sent to a peer, or came from one.
    Transfer(Box<MessageRecord>),
    /// The answer to what was asked for with [`super::effect::Effect::Ask`].
    Answer {
        /// The number of the question.
        id: u64,
        /// What became of it.
        answer: Answer,
    },
    /// A file was written, or not.
    Exported(Result<PathBuf, String>),
    /// The hub is gone, and how.
    Gone(String),
}
