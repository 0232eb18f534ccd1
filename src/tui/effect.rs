//! What goes out.

use std::path::PathBuf;

use crate::{cli::exit::Exit, control::Wish};

/// Something to be done outside.
#[derive(Debug)]
pub enum Effect {
    /// Ask the hub; the answer comes with this number.
    Ask {
        /// The number.
        id: u64,
        /// What.
        wish: Wish,
    },
    /// Put a text into the clipboard, by way of the terminal.
    Copy(String),
    /// Write a new file that only its owner can read.
    Export {
        /// Where; one of its own among the temporary files if `None`.
        file: Option<PathBuf>,
        /// How its name ends.
        extension: &'static str,
        /// What stands in it.
        text: String,
    },
    /// Give the terminal back and stop, until somebody continues us.
    Suspend,
    /// End.
    Quit(Exit),
}
