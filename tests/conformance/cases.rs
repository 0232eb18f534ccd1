//! The table: every case, what it demands and how it is tested.

use std::{env, time::Duration};

use super::{
    access, access_data, cmi, connections, discovery, hello, messages, pin, protocol, security,
    termination,
};

/// A case of the test specification.
#[derive(Clone, Copy)]
pub struct Case {
    /// Its name there.
    pub name: &'static str,
    /// What the device tested must do.
    pub requirement: &'static str,
    /// The setting of ours it is tested with; empty for the defaults.
    pub setting: &'static str,
    /// What else there is to know.
    pub remark: &'static str,
    pub verdict: Verdict,
    /// Against the program.
    pub black_box: fn(),
    /// Against the state machine.
    pub virtual_time: Option<fn()>,
}

impl Case {
    pub const fn new(name: &'static str, requirement: &'static str, black_box: fn()) -> Self {
        let (setting, remark, verdict) = ("", "", Verdict::Met);
        Self { name, requirement, setting, remark, verdict, black_box, virtual_time: None }
    }

    pub const fn timed(self, virtual_time: fn()) -> Self {
        Self { virtual_time: Some(virtual_time), ..self }
    }

    pub const fn with(self, setting: &'static str) -> Self {
        Self { setting, ..self }
    }

    pub const fn remark(self, remark: &'static str) -> Self {
        Self { remark, ..self }
    }

    pub const fn differs(self) -> Self {
        Self { verdict: Verdict::Differs, ..self }
    }
}

/// What it means that the functions of a case return.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The requirement is met.
    Met,
    /// With this setting it is not, on purpose: the functions show what happens instead.
    Differs,
}

/// The groups of the specification, and how many cases each has.
pub const GROUPS: [(&str, usize); 12] = [
    ("MDNS", 1),
    ("CONN", 1),
    ("ROLE", 3),
    ("SEC", 2),
    ("MSG", 3),
    ("CMI", 6),
    ("HELLO", 4),
    ("PROT", 6),
    ("PIN", 1),
    ("TERM", 1),
    ("AM", 1),
    ("AMDATA", 4),
];

/// Every case, in the order of [`GROUPS`].
pub fn all() -> Vec<Case> {
    let groups: [&[Case]; 11] = [
        &discovery::CASES,
        &connections::CASES,
        &security::CASES,
        &messages::CASES,
        &cmi::CASES,
        &hello::CASES,
        &protocol::CASES,
        &pin::CASES,
        &termination::CASES,
        &access::CASES,
        &access_data::CASES,
    ];
    groups.concat()
}

/// The names the specification has.
pub fn demanded() -> Vec<String> {
    let names = |(group, count)| (1..=count).map(move |n| format!("TC_SHIP_{group}_{n:03}"));
    GROUPS.into_iter().flat_map(names).collect()
}

/// Whether to wait for as long as the cases have it.
pub fn in_full() -> bool {
    env::var_os("UPDATE_GENERATED").is_some()
}

/// How long a case has something, cut where it is longer than the tests of every day may take.
pub fn at_most(short: u64, full: u64) -> Duration {
    Duration::from_secs(if in_full() { full } else { short })
}
