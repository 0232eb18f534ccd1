//! `shipctl config`: what holds, and what is wrong with it.

use std::path::Path;

use serde_json::{Map, Value};

use crate::cli::{
    args,
    context::Context,
    error::CliError,
    exit::Exit,
    log,
    output::{
        json::Body,
        text::{count, padded, width},
    },
    settings::{
        Held, Origin, Settings,
        file::{self, Problem, Said},
        table::{Key, Setting},
    },
};

/// Runs it.
pub fn run(context: &mut Context<'_>, args: &args::Config) -> Result<Exit, CliError> {
    match args {
        args::Config::Show { origin } => show(context, *origin),
        args::Config::Check { file } => check(context, file.as_deref()),
        args::Config::Path => path(context),
    }
}

/// Every setting, as a file would say it: what has no value is a comment.
fn show(context: &mut Context<'_>, origin: bool) -> Result<Exit, CliError> {
    let settings = context.settings.clone();
    let rows: Vec<_> = settings.all().map(|(setting, held)| (line(setting, held), held)).collect();
    let longest = rows.iter().map(|(line, _)| width(line)).max().unwrap_or_default();
    for (line, held) in &rows {
        match origin {
            true => {
                context.ui.result(&format!("{}  # {}", padded(line, longest), held.origin))?;
            }
            false => context.ui.result(line)?,
        }
    }
    for (setting, held) in settings.all() {
        context.ui.json_now(None, &body(setting, held))?;
    }
    let details = whereabouts(context, &settings)?;
    context.ui.json_now(None, &Body::done("done", Exit::Done, details))?;
    Ok(Exit::Done)
}

fn line(setting: &Setting, held: &Held) -> String {
    match (&held.value, setting.default) {
        (Some(value), _) => format!("{} = {value}", setting.name),
        (None, words) => format!("# {}: {}", setting.name, words.unwrap_or_else(|words| words)),
    }
}

fn body(setting: &Setting, held: &Held) -> Body {
    let (mut path, mut line, mut variable, mut flag) = (None, None, None, None);
    match &held.origin {
        Origin::Default => {}
        Origin::File { path: file, line: number } => {
            (path, line) = (Some(file.clone()), Some(*number));
        }
        Origin::Environment(name) => variable = Some(name.clone()),
        Origin::Flag(name) => flag = Some(*name),
    }
    let (value, origin) = (held.value.clone(), held.origin.name());
    Body::Setting { name: setting.name, value, origin, path, line, variable, flag }
}

/// Which file it is, which profile, and which state.
fn whereabouts(context: &Context<'_>, settings: &Settings) -> Result<Map<String, Value>, CliError> {
    let place = settings.place();
    Ok(Map::from_iter([
        ("path".to_owned(), place.shown().into()),
        ("exists".to_owned(), place.file.as_deref().is_some_and(Path::exists).into()),
        ("profile".to_owned(), place.profile.clone().into()),
        ("state_dir".to_owned(), context.state_dir()?.path().display().to_string().into()),
    ]))
}

/// Everything that is wrong: with this file, or with what holds here.
fn check(context: &mut Context<'_>, file: Option<&Path>) -> Result<Exit, CliError> {
    let settings = context.settings.clone();
    let place = settings.place();
    let (path, required) = match file {
        Some(file) => (Some(file), true),
        None => (place.file.as_deref(), place.required),
    };
    let there = path.is_some_and(Path::exists);
    let shown = path.map_or_else(|| place.shown(), |path| path.display().to_string());
    let Said { set, problems } = path.map(|path| file::read(path, required)).unwrap_or_default();
    let problems = match file {
        Some(_) => problems,
        None => {
            let log = bad_log(context, &settings);
            let mut all = [settings.bad_variables(), &problems, log.as_slice()].concat();
            all.sort_by_key(|problem| problem.line);
            all
        }
    };
    for problem in &problems {
        tell(context, problem)?;
    }
    if file.is_none() {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        for stranger in file::strangers(names) {
            context.ui.warning(&stranger);
        }
    }
    let count_of = count(set.len() as u64, "setting");
    let bad = count(problems.len() as u64, "problem");
    context.ui.result(&match problems.is_empty() {
        true if there => format!("ok       {shown}: {count_of}"),
        true => format!("ok       {shown} is not there, and need not be"),
        false => format!("bad      {bad}"),
    })?;
    let details = Map::from_iter([
        ("path".to_owned(), shown.into()),
        ("exists".to_owned(), there.into()),
        ("settings".to_owned(), set.len().into()),
        ("problems".to_owned(), problems.len().into()),
    ]);
    if problems.is_empty() {
        context.ui.json_now(None, &Body::done("done", Exit::Done, details))?;
        return Ok(Exit::Done);
    }
    // People have read them by now.
    let mut error = CliError::new(Exit::Configuration, format!("the configuration has {bad}"));
    error.listed = problems.iter().map(ToString::to_string).collect();
    error.hint = problems.first().map(|problem| problem.advice.clone());
    context.ui.json_now(None, &Body::failed_with(&error, details))?;
    Ok(error.exit)
}

/// A log that cannot be written, as every command that wants to would find. Of a file that is not in
/// its place yet nobody knows who will write it, and where.
fn bad_log(context: &Context<'_>, settings: &Settings) -> Option<Problem> {
    let path = context.global.log_file.as_deref()?;
    let error = log::open(path).err()?;
    let (place, line) = match &settings.held(Key::LogFile).origin {
        Origin::File { path, line } => (path.clone(), Some(*line)),
        other => (other.to_string(), None),
    };
    let why = error.causes.join(": ");
    let what = format!("log_file {:?} cannot be written: {why}", path.display().to_string());
    let advice = "name a file in a directory that is there and that you may write to".to_owned();
    Some(Problem { place, line, what, advice })
}

fn tell(context: &mut Context<'_>, problem: &Problem) -> Result<(), CliError> {
    context.ui.result(&problem.to_string())?;
    context.ui.result(&format!("         {}", problem.advice))?;
    let Problem { place, line, what, advice } = problem.clone();
    context.ui.json_now(None, &Body::Problem { place, line, message: what, advice })
}

fn path(context: &mut Context<'_>) -> Result<Exit, CliError> {
    let settings = context.settings.clone();
    context.ui.result(&settings.place().shown())?;
    let details = whereabouts(context, &settings)?;
    context.ui.json_now(None, &Body::done("done", Exit::Done, details))?;
    Ok(Exit::Done)
}
