//! Tab, pressed in the shells themselves. A shell that is not here is skipped with a notice.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use tempfile::TempDir;

use super::{
    skip::skip,
    terminal::{DEADLINE, Terminal},
};

const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

/// A state in which one device is trusted and called "Wallbox left".
struct Home(TempDir);

impl Home {
    fn new() -> Self {
        let temp = TempDir::new().unwrap();
        let peer = r#"{"since":1700000000,"name":"Wallbox left"}"#;
        let trust = format!(r#"{{"version":1,"peers":{{"{SKI}":{peer}}}}}"#);
        fs::write(temp.path().join("trust.json"), trust).unwrap();
        Self(temp)
    }

    /// A shell that finds our program, and nothing of whoever runs the tests.
    fn shell(&self, name: &str, args: &[&str]) -> Option<Command> {
        if let Err(error) = Command::new(name).arg("--version").output() {
            skip(format!("there is no {name}: {error}"));
            return None;
        }
        let program = Path::new(env!("CARGO_BIN_EXE_shipctl")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut shell = Command::new(name);
        shell.args(args).current_dir(self.0.path()).env_clear();
        shell.env("PATH", format!("{}:{path}", program.display())).env("HOME", self.0.path());
        shell.env("TERM", "xterm").env("LANG", "C.UTF-8").env("INPUTRC", "/dev/null");
        shell.env("SHIPCTL_STATE_DIR", self.0.path()).env("PS1", "> ");
        Some(shell)
    }
}

/// Types a line, again and again, until this shows: on a busy machine the program may come too late
/// for one Tab.
#[track_caller]
fn offers(terminal: &Terminal, typed: &str, line: &str) {
    terminal.type_until(&format!("\x15{typed}"), line, |lines| {
        lines.iter().any(|shown| shown.contains(line)).then_some(())
    });
}

/// A committed script.
fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

#[test]
fn bash_completes_commands_flags_names_and_skis() {
    let home = Home::new();
    let Some(shell) = home.shell("bash", &["--norc", "--noprofile", "-i"]) else { return };
    let terminal = Terminal::start(100, shell.into());
    terminal.shows(">");
    terminal.type_in(&format!("source {}\n", script("bash/shipctl").display()));
    let tab = |typed: &str, line: &str| offers(&terminal, typed, line);
    tab("shipctl unreg\t5555\t--qu\t", &format!("> shipctl unregister {SKI} --quiet"));
    // A name with a blank, begun in each way it can be typed.
    tab("shipctl connect Wall\t# 1", r"shipctl connect Wallbox\ left # 1");
    tab("shipctl connect 'Wall\t# 2", "shipctl connect 'Wallbox left' # 2");
    tab("shipctl connect Wallbox\\ l\t# 3", r"shipctl connect Wallbox\ left # 3");
    let here = format!("shipctl --state-dir=. connect {SKI} # 4");
    tab("shipctl --state-dir=. connect 55\t# 4", &here);
    tab("shipctl --state-dir=/nowhere connect 55\t# 5", "connect 55# 5");
    // The list tells what each of them is.
    tab("shipctl trust remove \t\t", &format!("{SKI}  (Wallbox left · trusted)"));
    terminal.type_in("\x15exit\n");
    terminal.end();
}

#[test]
fn zsh_completes_names_and_skis_from_its_fpath_with_what_they_are() {
    let home = Home::new();
    let Some(shell) = home.shell("zsh", &["-f", "-i"]) else { return };
    let terminal = Terminal::start(100, shell.into());
    terminal.shows(">");
    let directory = script("zsh");
    let load =
        format!("fpath=({} $fpath); autoload -U compinit; compinit -u -D", directory.display());
    terminal.type_in(&format!("{load}; print read''y\n"));
    terminal.shows("ready");
    // The first Tab loads the script, and is answered all the same.
    offers(&terminal, "shipctl connect 5555\t# 1", &format!("> shipctl connect {SKI} # 1"));
    offers(&terminal, "shipctl connect Wall\t# 2", r"> shipctl connect Wallbox\ left # 2");
    let about = format!("{SKI}  -- Wallbox left · trusted");
    offers(&terminal, "shipctl trust remove \t", &about);
    terminal.type_in("\x15exit\n");
    terminal.end();
}

#[test]
fn fish_completes_names_and_skis_with_what_they_are() {
    let home = Home::new();
    let ask = |line: &str| {
        let asking =
            format!("source {}; complete -C '{line}'", script("fish/shipctl.fish").display());
        let output = home.shell("fish", &["--no-config", "-c", &asking])?.output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        Some(String::from_utf8(output.stdout).unwrap())
    };
    let expected = format!("Wallbox left\t{SKI} · trusted\n{SKI}\tWallbox left · trusted\n");
    let end = Instant::now() + DEADLINE;
    loop {
        let Some(told) = ask("shipctl connect ") else { return };
        if told.starts_with(&expected) {
            break;
        }
        assert!(Instant::now() < end, "{told}");
    }
    assert_eq!(ask("shipctl unreg").unwrap().split('\t').next(), Some("unregister"));
    assert!(!ask("shipctl --state-dir=/nowhere connect 5").unwrap().contains(SKI));
}

#[test]
fn elvish_completes_commands_names_and_skis() {
    let home = Home::new();
    let Some(shell) = home.shell("elvish", &["-norc"]) else { return };
    let terminal = Terminal::start(100, shell.into());
    // Its prompt ends otherwise for root.
    terminal.shows("~");
    let load = format!("eval (slurp < {})", script("elvish/shipctl.elv").display());
    terminal.type_in(&format!("{load}; echo read''y\n"));
    terminal.shows("ready");
    // Ctrl-C begins a new line, whether a list is open or not.
    let tab = |typed: &str, line: &str| {
        terminal.type_until(&format!("\x03{typed}\t"), line, |lines| {
            lines.iter().any(|shown| shown.contains(line)).then_some(())
        });
    };
    tab("shipctl unreg", "shipctl unregister");
    tab("shipctl connect 555", &format!("shipctl connect {SKI}"));
    tab("shipctl connect Wall", "shipctl connect 'Wallbox left'");
    tab("shipctl trust remove ", "Wallbox left");
}
