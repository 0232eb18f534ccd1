//! Other programs of this computer, asked for what they know.

use std::{
    env,
    ffi::OsString,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::{task::spawn_blocking, time::timeout};

/// The longest any of them may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a program says; `None` where it is not there, refuses, or takes too long.
pub(super) async fn ask(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(program);
    command.args(args).env("PATH", path()).env("LC_ALL", "C");
    command.stdin(Stdio::null()).stderr(Stdio::null());
    let output = timeout(PATIENCE, spawn_blocking(move || command.output())).await;
    let output = output.ok()?.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Programs for the administrator are often not in the path of a user.
fn path() -> OsString {
    let mut path = env::var_os("PATH").unwrap_or_default();
    path.push(":/usr/sbin:/sbin:/usr/local/sbin");
    path
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_tells_refuses_or_is_not_there() {
        assert_eq!(ask("echo", &["yes"]).await.as_deref(), Some("yes\n"));
        assert_eq!(ask("false", &[]).await, None);
        assert_eq!(ask("no-such-program-here", &[]).await, None);
    }
}
