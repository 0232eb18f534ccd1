//! Where the configuration and the state are: of the user, of a profile, or where somebody said.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, parser::ValueSource};
use directories::ProjectDirs;

use crate::{
    cli::{args::Global, error::CliError, exit::Exit},
    identity::disk::StateDir,
    proto::text::excerpt,
};

/// The name of the configuration.
const FILE: &str = "config.toml";

/// Where profiles are, beside what is without one.
const PROFILES: &str = "profiles";

/// The longest name of a profile.
const LONGEST: usize = 64;

/// Where the configuration and the state are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The profile, if there is one.
    pub profile: Option<String>,
    /// The state directory, where it is not the one of the user.
    pub state_dir: Option<PathBuf>,
    /// The configuration; `None` where a platform has no place for it.
    pub file: Option<PathBuf>,
    /// Whether it must be there: somebody named it.
    pub required: bool,
}

/// How a place was named: the later one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Named {
    Not,
    ByVariable,
    ByFlag,
}

impl Place {
    /// Of this command line. A flag counts before a variable.
    ///
    /// # Errors
    ///
    /// A profile and a state directory, both by flag or both by variable; a name that is none of a
    /// profile; no home directory for it.
    pub fn find(global: &Global, matches: &ArgMatches) -> Result<Self, CliError> {
        let how = |id: &str, is_empty: bool| match matches.value_source(id) {
            Some(ValueSource::CommandLine) if is_empty => Err(empty(id)),
            Some(ValueSource::CommandLine) => Ok(Named::ByFlag),
            Some(ValueSource::EnvVariable) if !is_empty => Ok(Named::ByVariable),
            _ => Ok(Named::Not),
        };
        let of_path =
            |path: &Option<PathBuf>| path.as_ref().is_none_or(|it| it.as_os_str().is_empty());
        let (state, profile) = (&global.state_dir, &global.profile);
        let state_how = how("state_dir", of_path(state))?;
        let profile_how = how("profile", profile.as_ref().is_none_or(String::is_empty))?;
        if profile_how == state_how && profile_how != Named::Not {
            return Err(both(profile_how));
        }
        let named = match how("config", of_path(&global.config))? {
            Named::Not => None,
            _ => global.config.clone(),
        };
        let place = match (profile, state) {
            (Some(profile), _) if profile_how > state_how => Self::of_profile(profile)?,
            (_, Some(state)) if state_how != Named::Not => Self {
                file: Some(state.join(FILE)),
                state_dir: Some(state.clone()),
                ..Self::default()
            },
            _ => Self { file: config_dir().map(|dir| dir.join(FILE)), ..Self::default() },
        };
        let (required, file) = (named.is_some(), named.or(place.file.clone()));
        Ok(Self { file: file.map(|it| std::path::absolute(&it).unwrap_or(it)), required, ..place })
    }

    fn of_profile(name: &str) -> Result<Self, CliError> {
        check(name)?;
        let state = StateDir::resolve(None)?.path().join(PROFILES).join(name);
        let file = config_dir().map(|dir| dir.join(PROFILES).join(format!("{name}.toml")));
        Ok(Self { profile: Some(name.to_owned()), state_dir: Some(state), file, required: false })
    }

    /// The error, with advice for this profile: its port is likely to be the one of another.
    pub fn advise(&self, error: CliError) -> CliError {
        match &self.profile {
            Some(name) if error.kind.as_deref() == Some("port_in_use") => error.hint(format!(
                "give the profile {name} a port of its own: `port = 4713` in {}, or --port",
                self.shown()
            )),
            _ => error,
        }
    }

    /// The configuration, to be shown.
    pub fn shown(&self) -> String {
        self.file.as_deref().unwrap_or(Path::new(FILE)).display().to_string()
    }
}

fn config_dir() -> Option<PathBuf> {
    Some(ProjectDirs::from("", "", "shipctl")?.config_dir().to_owned())
}

/// The profiles there are, by the state or the configuration they have.
pub fn profiles() -> Vec<String> {
    let state = StateDir::resolve(None).ok().map(|state| state.path().join(PROFILES));
    let directories = [state, config_dir().map(|dir| dir.join(PROFILES))];
    let names: BTreeSet<String> = directories
        .into_iter()
        .flatten()
        .filter_map(|directory| std::fs::read_dir(directory).ok())
        .flatten()
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            Some(name.strip_suffix(".toml").unwrap_or(&name).to_owned())
        })
        .filter(|name| check(name).is_ok())
        .collect();
    names.into_iter().collect()
}

fn empty(id: &str) -> CliError {
    let flag = id.replace('_', "-");
    CliError::usage(format!("--{flag} names nothing"))
        .hint(format!("name it, or leave --{flag} out"))
}

fn both(how: Named) -> CliError {
    let (profile, state) = match how {
        Named::ByFlag => ("--profile", "--state-dir"),
        _ => ("SHIPCTL_PROFILE", "SHIPCTL_STATE_DIR"),
    };
    CliError::usage(format!("{profile} and {state} both say where the state is")).hint(format!(
        "a profile has a state directory of its own: leave one of {profile} and {state} out"
    ))
}

/// What becomes the name of a file and of a directory on any platform.
fn check(name: &str) -> Result<(), CliError> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = name.len() <= LONGEST
        && name.starts_with(is_word)
        && name.chars().all(|c| is_word(c) || matches!(c, '-' | '_'));
    if fits {
        return Ok(());
    }
    let name = excerpt(name, LONGEST);
    Err(CliError::new(Exit::Usage, format!("{name:?} is no name of a profile")).hint(format!(
        "take 1 to {LONGEST} of a-z, 0-9, - and _, a letter or digit first, like `--profile home`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_profile_is_one_word_that_stays_where_it_is_put() {
        for name in ["home", "a", "7", "test-bench_2", &"x".repeat(64)] {
            assert!(check(name).is_ok(), "{name}");
        }
        let no = ["", ".", "..", "a/b", "a\\b", "/a", "-a", "_a", "Home", "a b", "ä", "a.b", "a\n"];
        for name in no.into_iter().chain([&*"x".repeat(65)]) {
            let error = check(name).unwrap_err();
            assert_eq!(error.exit, Exit::Usage, "{name}");
            assert!(error.hint.unwrap().contains("a-z"), "{name}");
        }
    }
}
