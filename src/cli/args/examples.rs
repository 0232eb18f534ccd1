//! Examples of the commands whose help has nothing else below its flags.

macro_rules! examples {
    ($($(#[$meta:meta])* $name:ident = $text:literal;)+) => {
        $($(#[$meta])* pub(super) const $name: &str = concat!("Examples:\n", $text);)+
    };
}

examples! {
    #[cfg(unix)]
    UNREGISTER = "  shipctl unregister 5555aa";
    #[cfg(unix)]
    CONNECT = "  shipctl connect 5555aa";
    #[cfg(unix)]
    CANCEL = "  shipctl cancel 5555aa";
    #[cfg(unix)]
    ACCEPT = "  shipctl accept 5555 AAAA FFFF 1111 CCCC 3333 EEEE DDDD 9999 2222\n  \
              shipctl accept 5555aa                    and look at the whole SKI when asked";
    #[cfg(unix)]
    DENY = "  shipctl deny 5555aa";
    #[cfg(unix)]
    METRICS = "  shipctl metrics\n  \
               shipctl metrics --json";
    #[cfg(unix)]
    SHUTDOWN = "  shipctl shutdown";
    VERSION = "  shipctl version\n  \
               shipctl version --json";
    IDENTITY_SHOW = "  shipctl identity show\n  \
                     shipctl identity show --json";
    IDENTITY_QR = "  shipctl identity qr";
    TRUST_LIST = "  shipctl trust list\n  \
                  shipctl trust list --json";
    TRACE_TIMELINE = "  shipctl trace timeline pairing.trace\n  \
                      shipctl trace timeline pairing.trace --ski 5555aa";
    TRACE_DIAGRAM = "  shipctl trace diagram pairing.trace > pairing.mmd";
    #[cfg(unix)]
    TRACE_START = "  shipctl trace start\n  \
                   shipctl trace start /tmp/later.trace";
    #[cfg(unix)]
    TRACE_STOP = "  shipctl trace stop";
}

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use crate::cli::{args::Args, output::text::width};

    /// Every command below this one, and itself.
    fn all(command: Command) -> Vec<Command> {
        let below: Vec<Command> = command.get_subcommands().cloned().flat_map(all).collect();
        [command].into_iter().chain(below).collect()
    }

    /// Where a paragraph is broken that would have gone on: lines of one, the first far too short.
    fn broken(help: &str, columns: usize) -> Vec<String> {
        const SHORT: usize = 40;
        let indent = |line: &str| line.len() - line.trim_start().len();
        // Between a margin and the texts of flags stand lists.
        let is_prose = |line: &str| {
            let marks = ["- ", "[", "Usage:"];
            !line.trim().is_empty()
                && !(1..8).contains(&indent(line))
                && !marks.iter().any(|mark| line.trim().starts_with(mark))
        };
        let lines: Vec<&str> = help.lines().collect();
        let is_broken = |pair: &&[&str]| {
            let word = pair[1].split_whitespace().next().unwrap_or_default();
            pair.iter().all(|line| is_prose(line))
                && indent(pair[0]) == indent(pair[1])
                && width(pair[0].trim()) < SHORT
                && width(pair[0]) + 1 + width(word) <= columns
        };
        lines.windows(2).filter(is_broken).map(|pair| pair.join("\n")).collect()
    }

    #[test]
    fn no_help_text_is_broken_where_it_would_have_gone_on() {
        assert_eq!(broken("become\nstand-ins. It is", 80).len(), 1);
        for columns in [80, 100] {
            let mut shipctl = Args::command().term_width(columns);
            shipctl.build();
            for command in all(shipctl) {
                for help in [command.clone().render_help(), command.clone().render_long_help()] {
                    let help = help.to_string();
                    assert_eq!(broken(&help, columns), [""; 0], "{columns} columns:\n{help}");
                }
            }
        }
    }

    #[test]
    fn no_example_is_wider_than_a_usual_terminal() {
        for command in all(Args::command()) {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            let wide = help.lines().find(|line| line.starts_with("  ") && width(line) > 80);
            assert_eq!(wide, None, "{}", command.get_name());
        }
    }
}
