//! The exit codes: one table for the program, its help and the README.

use std::{fmt::Write, process::ExitCode};

/// One row a code: name, number, its name in JSON, what it means.
macro_rules! exits {
    ($($name:ident = $number:literal $json:literal $meaning:literal;)+) => {
        /// How a run of shipctl ends.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Exit {
            $(#[doc = $meaning] $name = $number),+
        }

        impl Exit {
            /// Every exit code, in the order of the numbers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name used as `outcome` in JSON, where nothing tells more.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $json),+ }
            }

            /// What it means, in a few words.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$name => $meaning),+ }
            }
        }
    };
}

exits! {
    Done = 0 "done" "done";
    Findings = 1 "findings" "ran, with findings";
    Usage = 2 "usage" "the command line is not understood or incomplete";
    PeerData = 65 "peer_data" "the device sent malformed data";
    NoHub = 66 "no_hub" "no hub runs with this identity, or it ended";
    NotFound = 68 "not_found" "no such device found";
    Unreachable = 69 "unreachable" "the device cannot be reached, or refuses the connection";
    Bug = 70 "bug" "a bug of shipctl";
    InUse = 73 "in_use" "another shipctl, such as a hub, uses this identity already";
    LocalIo = 74 "local_io" "a local port, network interface, file or disk fails";
    Pending = 75 "pending" "still pending, or out of time";
    Protocol = 76 "protocol" "TLS, WebSocket or SHIP failed";
    Denied = 77 "denied" "trust or PIN denied";
    Configuration = 78 "configuration" "our own identity or configuration is not usable";
    HungUp = 129 "hung_up" "the terminal or the session is gone (SIGHUP)";
    Interrupted = 130 "interrupted" "interrupted (Ctrl-C), or a question was not answered with yes";
    Terminated = 143 "terminated" "terminated (SIGTERM)";
}

impl Exit {
    /// The number.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Whether the run did what was asked: the code is its answer, and no failure.
    pub const fn is_answer(self) -> bool {
        matches!(self, Self::Done | Self::Findings)
    }

    /// Whether a signal ended the run.
    pub const fn is_signal(self) -> bool {
        matches!(self, Self::HungUp | Self::Interrupted | Self::Terminated)
    }

    /// The exit code with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|exit| exit.number() == number)
    }

    /// The table as text, for the help.
    pub fn table() -> String {
        let mut text = String::from("Exit codes:\n");
        for exit in Self::ALL {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {:>3}  {}", exit.number(), exit.meaning());
        }
        text
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_codes_are_those_promised() {
        let numbers: Vec<u8> = Exit::ALL.iter().map(|exit| exit.number()).collect();
        assert_eq!(numbers, [0, 1, 2, 65, 66, 68, 69, 70, 73, 74, 75, 76, 77, 78, 129, 130, 143]);
    }

    #[test]
    fn the_table_has_a_line_for_every_code() {
        let table = Exit::table();
        assert_eq!(table.lines().count(), Exit::ALL.len() + 1);
        assert!(table.contains("\n   77  trust or PIN denied\n"), "{table}");
    }
}
