//! The dashboard: one screen of a hub, and a way to steer it.
//!
//! It is a client of the control socket, whether the hub runs in this process or in another one, and
//! so it can do nothing another program could not. Elm-shaped: a [`message`] comes in, `update`
//! changes the [`model`] and says what is to be done outside ([`effect`]), `view` draws the model.
//!
//! | room | what happens there |
//! |---|---|
//! | [`model`] | what is known of the hub, and what is looked at |
//! | `rows` | services and peers as one list: merged, filtered, sorted |
//! | `lane` | the timeline of a peer |
//! | `traffic` | the messages kept |
//! | [`message`], [`update`], [`effect`] | what comes in, what it changes, what goes out |
//! | `keymap` | every key: what it does, where, its help, and the command that does the same |
//! | `command` | the command line, with the grammar of `shipctl` |
//! | `line` | a line being typed |
//! | [`theme`], `text` | colours and glyphs; texts of others made harmless |
//! | [`view`] | the screen, one file a panel |
//! | `export` | what is shown, as text and as JSON |
//! | `terminal`, [`runtime`] | the only rooms with a terminal and a socket |

mod command;
pub mod effect;
mod export;
mod keymap;
mod lane;
mod line;
pub mod message;
pub mod model;
mod rows;
pub mod runtime;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;
mod traffic;
pub mod update;
pub mod view;
