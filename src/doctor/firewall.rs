//! Which programs open ports on this computer, and what of their rules can be read: from the files of
//! ufw, from the kernel by nft, from firewalld by its own program.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use super::ask::ask;
use crate::checks::doctor::{
    facts::{Firewall, Rules, Tool},
    nft,
};

/// Looks for the programs and their rules about this port, on these interfaces.
pub(super) async fn gather(port: u16, interfaces: &[String]) -> Firewall {
    let tools = [Tool::Ufw, Tool::Firewalld, Tool::Nft, Tool::Iptables];
    let tools: Vec<Tool> = tools.into_iter().filter(|it| is_installed(it.program())).collect();
    let mut rules = rules(&tools, Path::new("/"), port);
    let is_read = |rules| matches!(rules, Rules::Open(_) | Rules::Shut(_));
    if !is_read(rules) && tools.contains(&Tool::Nft) && !has_legacy_rules(Path::new("/")) {
        rules = of_the_kernel(port, interfaces).await.map_or(rules, |lets_in| match rules {
            // It is the program that wrote them which opens the port.
            Rules::Unreadable(tool) if lets_in => Rules::Open(tool),
            Rules::Unreadable(tool) => Rules::Shut(tool),
            _ if lets_in => Rules::Open(Tool::Nft),
            _ => Rules::Shut(Tool::Nft),
        });
    }
    if rules == Rules::Unreadable(Tool::Firewalld)
        && of_firewalld(port, interfaces).await == Some(true)
    {
        rules = Rules::Open(Tool::Firewalld);
    }
    Firewall { rules, tools }
}

/// What the rules in the kernel do with our port; `None` where this user may not read them, or they
/// ask for more than is known.
async fn of_the_kernel(port: u16, interfaces: &[String]) -> Option<bool> {
    let ruleset = ask("nft", &["-j", "list", "ruleset"]).await?;
    nft::lets_in(&serde_json::from_str(&ruleset).ok()?, port, interfaces)
}

/// The older tables of iptables are not among those nft lists.
fn has_legacy_rules(root: &Path) -> bool {
    let tables = fs::read_to_string(root.join("proc/net/ip_tables_names"));
    tables.is_ok_and(|names| names.lines().any(|name| name == "filter"))
}

/// Whether firewalld says that it opens the port in the zone of each interface. That it does not say
/// so proves nothing: a service or a rich rule may.
async fn of_firewalld(port: u16, interfaces: &[String]) -> Option<bool> {
    for interface in interfaces {
        let of = format!("--get-zone-of-interface={interface}");
        let zone = match ask("firewall-cmd", &[&of]).await {
            Some(zone) => zone,
            None => ask("firewall-cmd", &["--get-default-zone"]).await?,
        };
        let (zone, query) = (format!("--zone={}", zone.trim()), format!("--query-port={port}/tcp"));
        if ask("firewall-cmd", &[&zone, &query]).await?.trim() != "yes" {
            return Some(false);
        }
    }
    Some(!interfaces.is_empty())
}

/// Programs for the administrator are often not in the path of a user.
fn is_installed(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    let administrator = ["/usr/sbin", "/sbin", "/usr/local/sbin"].map(PathBuf::from);
    env::split_paths(&path).chain(administrator).any(|place| place.join(program).is_file())
}

fn rules(tools: &[Tool], root: &Path, port: u16) -> Rules {
    if tools.contains(&Tool::Ufw) && is_ufw_on(root) {
        return match fs::read_to_string(root.join("etc/ufw/user.rules")) {
            Ok(rules) if opens(&rules, port) => Rules::Open(Tool::Ufw),
            Ok(_) => Rules::Shut(Tool::Ufw),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Rules::NotKnown,
            Err(_) => Rules::Unreadable(Tool::Ufw),
        };
    }
    // Which of its zones counts, and what that one opens by ranges and names, only firewalld knows.
    if tools.contains(&Tool::Firewalld) && root.join("run/firewalld.pid").exists() {
        return Rules::Unreadable(Tool::Firewalld);
    }
    Rules::NotKnown
}

fn is_ufw_on(root: &Path) -> bool {
    let settings = fs::read_to_string(root.join("etc/ufw/ufw.conf")).unwrap_or_default();
    settings.lines().any(|line| line.trim().eq_ignore_ascii_case("ENABLED=yes"))
}

/// ufw notes each rule in a comment: `### tuple ### allow tcp 4712 0.0.0.0/0 any 0.0.0.0/0 in`. One
/// that speaks of ranges, of several ports or of everything counts as open: it may well be.
fn opens(rules: &str, port: u16) -> bool {
    let port = port.to_string();
    rules.lines().filter_map(|line| line.strip_prefix("### tuple ### ")).any(|rule| {
        let mut words = rule.split_whitespace();
        let allows = matches!(words.next(), Some("allow" | "limit"));
        let protocol = matches!(words.next(), Some("tcp" | "any"));
        let ports = words.next().unwrap_or_default();
        let fits = ports == "any" || ports.contains(':') || ports.split(',').any(|one| one == port);
        allows && protocol && fits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ufw_is_read_as_far_as_it_goes() {
        let root = tempfile::tempdir().unwrap();
        let ufw = root.path().join("etc/ufw");
        fs::create_dir_all(&ufw).unwrap();
        let rules = |port| rules(&[Tool::Ufw, Tool::Nft], root.path(), port);
        fs::write(ufw.join("ufw.conf"), "# on\nENABLED=no\n").unwrap();
        assert_eq!(rules(4712), Rules::NotKnown);
        fs::write(ufw.join("ufw.conf"), "ENABLED=yes\n").unwrap();
        assert_eq!(rules(4712), Rules::NotKnown);
        let text = "*filter\n### tuple ### allow tcp 4712 0.0.0.0/0 any 0.0.0.0/0 in\n\
                    ### tuple ### allow udp 99 0.0.0.0/0 any 0.0.0.0/0 in\n\
                    ### tuple ### deny tcp 98 0.0.0.0/0 any 0.0.0.0/0 in\n\
                    ### tuple ### allow any 80,81 0.0.0.0/0 any 0.0.0.0/0 in\n";
        fs::write(ufw.join("user.rules"), text).unwrap();
        for (port, expected) in [(4712, true), (81, true), (99, false), (98, false), (1, false)] {
            let found = if expected { Rules::Open(Tool::Ufw) } else { Rules::Shut(Tool::Ufw) };
            assert_eq!(rules(port), found, "{port}");
        }
    }

    #[test]
    fn older_tables_of_iptables_are_noticed() {
        let root = tempfile::tempdir().unwrap();
        assert!(!has_legacy_rules(root.path()));
        fs::create_dir_all(root.path().join("proc/net")).unwrap();
        fs::write(root.path().join("proc/net/ip_tables_names"), "nat\n").unwrap();
        assert!(!has_legacy_rules(root.path()));
        fs::write(root.path().join("proc/net/ip_tables_names"), "nat\nfilter\n").unwrap();
        assert!(has_legacy_rules(root.path()));
    }

    #[test]
    fn a_running_firewalld_is_not_guessed_at() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("run")).unwrap();
        fs::write(root.path().join("run/firewalld.pid"), "1").unwrap();
        assert_eq!(rules(&[Tool::Firewalld], root.path(), 1), Rules::Unreadable(Tool::Firewalld));
        assert_eq!(rules(&[], root.path(), 1), Rules::NotKnown);
    }
}
