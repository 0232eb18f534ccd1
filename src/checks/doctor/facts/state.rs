//! What is kept of us, and the clock.

use crate::proto::{ShipId, Ski};

/// Our state directory.
#[derive(Clone, Debug)]
pub struct State {
    /// Its path.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
    /// Why it cannot be written, if so.
    pub not_writable: Option<String>,
    /// The process that has it open now, the hub aside.
    pub owner: Option<u32>,
    /// The bytes that are free on its disk.
    pub free: Option<u64>,
    /// Who we are.
    pub identity: Kept<Identity>,
    /// How many are trusted.
    pub trust: Kept<usize>,
    /// Permission bits and path of a key file that others may read.
    pub key_readable: Option<(u32, String)>,
    /// Damaged files that were set aside and lie there still.
    pub leftovers: Vec<String>,
    /// Other state directories that hold an identity, and which.
    pub others: Vec<(String, Ski)>,
}

/// A file of the state.
#[derive(Clone, Debug)]
pub enum Kept<T> {
    /// It is not there yet.
    Absent,
    /// It is whole.
    Whole(T),
    /// It cannot be used.
    Unusable {
        /// What is wrong.
        message: String,
        /// What to do.
        advice: String,
        /// Whether it is the disk or its permissions, rather than what was kept.
        io: bool,
    },
}

/// Our identity.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Our SKI. It is the SHA-1 of the key and what the certificate says, or reading it fails.
    pub ski: Ski,
    /// Our SHIP ID.
    pub ship_id: ShipId,
    /// The bytes of the certificate.
    pub certificate: usize,
    /// From when it is valid; seconds since the Unix epoch.
    pub not_before: Option<i64>,
    /// Until when it is valid; seconds since the Unix epoch.
    pub not_after: Option<i64>,
    /// What is odd about it: code of the finding, and what.
    pub remarks: Vec<(&'static str, String)>,
}

/// The clock of this computer.
#[derive(Clone, Debug)]
pub struct Clock {
    /// Seconds since the Unix epoch.
    pub now: i64,
    /// When files were last written, seconds since the Unix epoch: which, and when.
    pub written: Vec<(String, i64)>,
    /// Whether it is synchronised with others, if the system tells.
    pub synchronised: Option<bool>,
}
