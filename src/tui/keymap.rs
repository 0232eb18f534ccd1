//! Every key there is, one row each. What is obeyed, the footer and the help come from these rows.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::model::Tab;

/// Where a key means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// Wherever no popup is open and nothing is being typed.
    Anywhere,
    /// Also while a popup is open.
    Always,
    /// While the timeline is shown.
    Timeline,
    /// While a device asks to be paired.
    Request,
    /// While a PIN is typed.
    Pin,
    /// While a question is open.
    Question,
    /// A popup to read.
    Reader,
    /// One that shows a message.
    Record,
    /// While the command line or a filter is typed.
    Typing,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Up,
    Down,
    PageUp,
    PageDown,
    First,
    Last,
    NextPane,
    PreviousPane,
    Show(Tab),
    Open,
    Close,
    Filter,
    Command,
    /// The command line, begun so.
    Begin(&'static str),
    /// A name for the device.
    Name,
    /// What this line of the command line does.
    Do(&'static str),
    EnterPin,
    Sort,
    Follow,
    Freeze,
    ExportText,
    ExportJson,
    Copy,
    OwnQr,
    Help,
    Raw,
    Closer,
    Farther,
    Past,
    Future,
    Fit,
    Accept,
    Deny,
    Later,
    Yes,
    Complete,
    Suspend,
    Quit,
    QuitNow,
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binding {
    pub(super) key: KeyCode,
    /// Another key for the same.
    pub(super) also: Option<KeyCode>,
    pub(super) ctrl: bool,
    pub(super) context: Context,
    pub(super) action: Action,
    /// One word for the footer; empty if it does not stand there.
    pub(super) word: &'static str,
    pub(super) help: &'static str,
}

const fn row(
    key: KeyCode,
    context: Context,
    action: Action,
    word: &'static str,
    help: &'static str,
) -> Binding {
    Binding { key, also: None, ctrl: false, context, action, word, help }
}

impl Binding {
    const fn or(self, key: KeyCode) -> Self {
        Self { also: Some(key), ..self }
    }

    const fn with_ctrl(self) -> Self {
        Self { ctrl: true, ..self }
    }

    /// The command line of `shipctl` that does the same, if one does; `SKI` stands for the device.
    pub(super) fn line(&self) -> Option<&'static str> {
        match self.action {
            Action::Do(line) | Action::Begin(line) => Some(line),
            Action::Accept => Some("accept SKI"),
            Action::Deny => Some("deny SKI"),
            Action::Name => Some("trust rename SKI"),
            Action::OwnQr => Some("identity qr"),
            _ => None,
        }
    }

    /// The first of its keys as it is written.
    pub(super) fn first_name(&self) -> String {
        Self { also: None, ..*self }.name()
    }

    /// Its keys as they are written.
    pub(super) fn name(&self) -> String {
        let one = |code: KeyCode| match code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(c) if self.ctrl => format!("Ctrl-{}", c.to_ascii_uppercase()),
            KeyCode::Char(c) => c.to_string(),
            KeyCode::Up => "↑".to_owned(),
            KeyCode::Down => "↓".to_owned(),
            KeyCode::Left => "←".to_owned(),
            KeyCode::Right => "→".to_owned(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            other => other.to_string(),
        };
        match self.also {
            Some(also) => format!("{} {}", one(self.key), one(also)),
            None => one(self.key),
        }
    }
}

use Action::*;
use Context::*;
use KeyCode::Char;

/// How many columns the help has for what a key does, with the gap behind it.
pub(super) const HELP_WIDTH: usize = 42;

/// The rows, in the order of the help.
pub(super) const KEYS: &[Binding] = &[
    row(Char('?'), Anywhere, Help, "help", "this help").or(KeyCode::F(1)),
    row(KeyCode::Enter, Anywhere, Open, "", "open the details, or the message"),
    row(
        Char('a'),
        Anywhere,
        Do("accept SKI"),
        "accept",
        "let the device in that asks to be paired",
    ),
    row(Char('d'), Anywhere, Do("deny SKI"), "deny", "refuse it, or give up its pairing"),
    row(Char('r'), Anywhere, Do("register SKI"), "trust", "trust the device and connect to it"),
    row(
        Char('u'),
        Anywhere,
        Do("unregister SKI"),
        "untrust",
        "trust it no longer and disconnect it",
    ),
    row(Char('c'), Anywhere, Do("connect SKI"), "connect", "connect to it now"),
    row(
        Char('x'),
        Anywhere,
        Do("disconnect SKI"),
        "disconnect",
        "disconnect it until told to connect",
    ),
    row(Char('X'), Anywhere, Do("disconnect --all"), "", "disconnect every device"),
    row(Char('C'), Anywhere, Do("cancel SKI"), "", "give up a pairing that never completed"),
    row(Char('p'), Anywhere, EnterPin, "PIN", "enter the PIN the device wants"),
    row(Char('n'), Anywhere, Name, "", "give it a name"),
    row(Char('y'), Anywhere, Copy, "", "copy its SKI to the clipboard"),
    row(Char('/'), Anywhere, Filter, "filter", "show only what has these words"),
    row(Char(':'), Anywhere, Command, "command", "type a command; Tab completes"),
    row(Char('1'), Anywhere, Show(Tab::Timeline), "", "timeline"),
    row(Char('2'), Anywhere, Show(Tab::Messages), "", "messages"),
    row(Char('3'), Anywhere, Show(Tab::Service), "", "service and connection"),
    row(Char('4'), Anywhere, Show(Tab::Findings), "", "findings, and what to do"),
    row(KeyCode::Tab, Anywhere, NextPane, "pane", "next pane"),
    row(KeyCode::BackTab, Anywhere, PreviousPane, "", "previous pane"),
    row(KeyCode::Up, Anywhere, Up, "", "up").or(Char('k')),
    row(KeyCode::Down, Anywhere, Down, "", "down").or(Char('j')),
    row(KeyCode::PageUp, Anywhere, PageUp, "", "a page up"),
    row(KeyCode::PageDown, Anywhere, PageDown, "", "a page down"),
    row(KeyCode::Home, Anywhere, First, "", "to the first").or(Char('g')),
    row(KeyCode::End, Anywhere, Last, "", "to the last, and stay there").or(Char('G')),
    row(Char('+'), Timeline, Closer, "zoom", "timeline: closer").or(Char('=')),
    row(Char('-'), Timeline, Farther, "", "timeline: farther away"),
    row(KeyCode::Left, Timeline, Past, "", "timeline: to the past").or(Char('h')),
    row(KeyCode::Right, Timeline, Future, "", "timeline: to the present").or(Char('l')),
    row(Char('0'), Timeline, Fit, "all", "timeline: all of it, up to now"),
    row(Char('s'), Anywhere, Sort, "sort", "sort the devices by something else"),
    row(Char('f'), Anywhere, Follow, "follow", "always select the device something happens to"),
    row(Char(' '), Anywhere, Freeze, "freeze", "freeze the screen; the hub goes on"),
    row(Char('A'), Anywhere, Do("auto-accept 2m"), "", "let in whoever asks, for two minutes"),
    row(Char('L'), Anywhere, Begin("limit "), "", "set how many connections there may be"),
    row(Char('o'), Anywhere, OwnQr, "", "our own QR code, for other devices"),
    row(Char('e'), Anywhere, ExportText, "", "write what is shown to a text file"),
    row(Char('E'), Anywhere, ExportJson, "", "write all that is known to a JSON file"),
    row(Char('w'), Anywhere, Do("trace start"), "", "record a trace, to a new file here"),
    row(Char('W'), Anywhere, Do("trace stop"), "", "end the trace"),
    row(Char('S'), Anywhere, Do("shutdown"), "", "end the hub in order"),
    row(KeyCode::Esc, Anywhere, Close, "", "take the filter away"),
    row(Char('q'), Anywhere, Quit, "quit", "quit; asks where that ends connections"),
    row(Char('c'), Always, QuitNow, "", "quit without asking; again: at once").with_ctrl(),
    row(Char('z'), Always, Suspend, "", "suspend; `fg` comes back").with_ctrl(),
    row(Char('a'), Request, Accept, "accept", "let it in"),
    row(Char('d'), Request, Deny, "deny", "refuse it"),
    row(KeyCode::Esc, Request, Later, "later", "decide later").or(Char('l')),
    row(Char('?'), Request, Help, "", "every key; the request comes back"),
    row(Char('q'), Request, Quit, "quit", "quit; asks where that ends connections"),
    row(KeyCode::Enter, Pin, Yes, "send", "send the PIN"),
    row(KeyCode::Esc, Pin, Close, "not now", "do not enter it now"),
    row(Char('y'), Question, Yes, "yes", "do it"),
    row(Char('n'), Question, Close, "no", "do not").or(KeyCode::Esc),
    row(Char('x'), Record, Raw, "raw/JSON", "the bytes, or the JSON"),
    row(KeyCode::Up, Reader, Up, "", "up").or(Char('k')),
    row(KeyCode::Down, Reader, Down, "", "down").or(Char('j')),
    row(KeyCode::PageUp, Reader, PageUp, "", "a page up"),
    row(KeyCode::PageDown, Reader, PageDown, "more", "a page down").or(Char(' ')),
    row(KeyCode::Home, Reader, First, "", "to the beginning").or(Char('g')),
    row(KeyCode::End, Reader, Last, "", "to the end").or(Char('G')),
    row(KeyCode::Esc, Reader, Close, "close", "close").or(Char('q')),
    row(KeyCode::Enter, Typing, Yes, "do it", "do it"),
    row(KeyCode::Tab, Typing, Complete, "complete", "complete"),
    row(KeyCode::Esc, Typing, Close, "cancel", "never mind"),
];

/// What a key does where these contexts hold; the first of them that knows it decides.
pub(super) fn action(contexts: &[Context], key: KeyEvent) -> Option<Action> {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    if key.modifiers.contains(KeyModifiers::ALT) {
        return None;
    }
    let hit =
        |row: &&Binding| row.ctrl == ctrl && (row.key == key.code || row.also == Some(key.code));
    contexts.iter().find_map(|context| {
        KEYS.iter().filter(|row| row.context == *context).find(hit).map(|row| row.action)
    })
}

/// The rows of these contexts that stand in the footer, the most important first; to quit comes last,
/// for it always has to be seen.
pub(super) fn footer(contexts: &[Context]) -> impl Iterator<Item = &'static Binding> {
    let shown = |context: Context| {
        KEYS.iter().filter(move |row| row.context == context && !row.word.is_empty())
    };
    let mut rows: Vec<_> = contexts.iter().copied().flat_map(shown).collect();
    // To look closer can wait.
    rows.sort_by_key(|row| (row.action == Quit, row.context == Timeline));
    rows.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for (n, row) in KEYS.iter().enumerate() {
            for other in &KEYS[n + 1..] {
                let keys = |row: &Binding| [Some(row.key), row.also];
                let same =
                    keys(row).into_iter().flatten().any(|key| keys(other).contains(&Some(key)));
                let both = row.context == other.context && row.ctrl == other.ctrl;
                assert!(!(both && same), "{row:?} {other:?}");
            }
        }
    }

    #[test]
    fn every_key_is_explained_and_a_gap_is_left_before_its_command() {
        assert!(KEYS.iter().all(|row| !row.help.is_empty()));
        let with_command = KEYS.iter().filter(|row| row.line().is_some());
        for row in with_command {
            assert!(row.help.chars().count() < HELP_WIDTH, "{:?}", row.help);
        }
    }

    #[test]
    fn the_nearest_context_decides() {
        let key = KeyEvent::new(KeyCode::Char('a'), KeyModifiers::NONE);
        assert_eq!(action(&[Request], key), Some(Accept));
        assert_eq!(action(&[Anywhere], key), Some(Do("accept SKI")));
        let ctrl = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(action(&[Always, Anywhere], ctrl), Some(QuitNow));
    }
}
