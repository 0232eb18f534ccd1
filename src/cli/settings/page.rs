//! `docs/configuration.md`, made from the table.

use std::fmt::Write;

use super::table::{SETTINGS, Setting};

/// What stands before the table.
const BEFORE: &str = "\
<!-- Made from src/cli/settings/; UPDATE_GENERATED=1 cargo test --test generated -->

# Configuration

Nothing has to be configured. What is said counts in this order: a flag, an environment variable, the file,
the default. The flags that every command takes are in `shipctl --help`; those of a hub go with `hub run`, the dashboard
and whoever else starts one. The file and the environment count for all of them.

<!-- not run: three ways to look at it; tests/cli/config.rs tries each -->
```console
$ shipctl config path             # where the file is; it need not be there
$ shipctl config show --origin    # every setting, its value, and where that was said
$ shipctl config check            # every mistake in it, each with its line
```

`config show` prints a file that says the same: `shipctl config show > config.toml` is a beginning.
`config check FILE` looks at a file before it is put in its place. Exit code 78, there and of every other
command, means that something cannot be read; what it is stands there with its line, the rule and what to do. Only
`config`, `version`, `explain` and `report` go on all the same.
`config check` tells of variables as well that begin with `SHIPCTL_` and are no settings, and of a log that
cannot be written here.

## The file

TOML, without sections: `max_connections = 20`.

| what is said | state and identity | configuration |
|---|---|---|
| nothing | the platform's place; on Linux `~/.local/state/shipctl` | the platform's place; on Linux `~/.config/shipctl/config.toml` |
| `--profile NAME`, `SHIPCTL_PROFILE` | `profiles/NAME` beneath it | `profiles/NAME.toml` beneath it |
| `--state-dir DIR`, `SHIPCTL_STATE_DIR` | `DIR` | `DIR/config.toml` |
| `--config FILE`, `SHIPCTL_CONFIG` | | `FILE`, which must be there |

## Profiles

A profile is another shipctl on the same computer: with an identity (SKI and SHIP ID), trust, a control socket and a
configuration of its own. Nothing of it comes from what is outside of it. It begins to exist when it is used:

<!-- not run: the hub goes on until Ctrl-C; tests/cli/profiles.rs runs two side by side -->
```console
$ shipctl --profile bench identity show
$ shipctl --profile bench hub run --port 4713
```

Its name has 1 to 64 of `a-z`, `0-9`, `-` and `_`, a letter or digit first. Two hubs need two ports: `port` in the
profile's file sets it once. `--profile` and `--state-dir` exclude each other; where one of them is a flag and
the other a variable, the flag counts.

## Settings

The environment variable is `SHIPCTL_` and the name in capitals: `SHIPCTL_MAX_CONNECTIONS`. A list has commas there,
and true is also `yes`, `on` or `1`. An empty variable says nothing. Some settings have a flag; what is about one
call only (`--json`, `--quiet`, `--timeout`, `--trace`, `--keylog`) is a flag alone.

A hub that gets SIGHUP reads the file again; flags and variables stay. The last column says when a change counts
then, and the log names what waits for the next start. A file with a mistake changes nothing, and the log says
why.

";

/// The page.
pub fn page() -> String {
    let mut page = BEFORE.to_owned();
    page.push_str("| setting | flag | is | default | what it does | at SIGHUP |\n");
    page.push_str("|---|---|---|---|---|---|\n");
    for setting in &SETTINGS {
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{}", row(setting));
    }
    page
}

fn row(setting: &Setting) -> String {
    let flag = setting.flag.map_or(String::new(), |flag| format!("`{flag}`"));
    let default = match (setting.default_value(), setting.default) {
        (Some(value), _) => format!("`{value}`"),
        (None, words) => words.unwrap_or_else(|words| words).to_owned(),
    };
    format!(
        "| `{}` | {flag} | {} | {default} | {} | {} |",
        setting.name,
        setting.kind.rule(),
        setting.does,
        setting.at_hangup.words(),
    )
}
