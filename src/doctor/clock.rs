//! Whether the clock of this computer is synchronised: as the kernel has it, whoever sets it, and as
//! chrony says.

use std::path::Path;

use super::ask::ask;

/// `None` where nobody tells.
pub(super) async fn synchronised() -> Option<bool> {
    // Only its presence tells: systemd-timesyncd makes it once it has the time.
    if Path::new("/run/systemd/timesync/synchronized").exists() {
        return Some(true);
    }
    // It asks the kernel (adjtimex), which every NTP program tells.
    let kernel = ask("timedatectl", &["show", "--property=NTPSynchronized", "--value"]).await;
    match kernel.as_deref().and_then(yes_or_no) {
        Some(true) => Some(true),
        // chrony does not tell the kernel where it is told to leave that clock alone.
        told => ask("chronyc", &["-c", "tracking"]).await.as_deref().and_then(tracking).or(told),
    }
}

fn yes_or_no(said: &str) -> Option<bool> {
    match said.trim() {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

/// The last field of chrony's line is the state of leap seconds, which says whether it has the time.
fn tracking(line: &str) -> Option<bool> {
    let leap = line.trim().rsplit(',').next()?;
    match leap {
        "Normal" | "Insert second" | "Delete second" => Some(true),
        "Not synchronised" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_chrony_and_the_kernel_say_is_understood() {
        let line = |leap: &str| {
            format!("C0A80101,192.168.1.1,3,1764258800.1,0.0,0.0,0.0,1,1,1,1,64.2,{leap}\n")
        };
        assert_eq!(tracking(&line("Normal")), Some(true));
        assert_eq!(tracking(&line("Not synchronised")), Some(false));
        assert_eq!(tracking("506 Cannot talk to daemon\n"), None);
        assert_eq!(
            (yes_or_no("yes\n"), yes_or_no("no"), yes_or_no("")),
            (Some(true), Some(false), None)
        );
    }
}
