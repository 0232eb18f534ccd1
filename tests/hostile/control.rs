//! Those who find the control socket.

use std::{
    fs,
    io::Write as _,
    os::unix::{fs::PermissionsExt as _, net::UnixStream},
    process::Command,
    time::Duration,
};

use serde_json::json;

use crate::{
    arena::{Arena, MOST},
    kit::Client,
};
