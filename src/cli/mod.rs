//! Floor 3, the command line.
//!
//! | room | what happens there |
//! |---|---|
//! | [`args`] | the flags, their help and examples |
//! | [`settings`] | the configuration: flags, environment, file, and which counts |
//! | [`context`] | what all that means here: terminal, state directory, network |
//! | [`peer`] | what a person names a device by |
//! | [`remote`] | a hub that runs, asked over its control socket |
//! | [`session`] | a running node, as long as a command needs it |
//! | [`outcome`] | what the events of a pairing come to, as an exit code |
//! | `persona_file` | simulated devices described in a file |
//! | [`commands`] | one file a command |
//! | [`output`] | lines for people, lines of JSON |
//! | [`completion`] | what a shell asks for where Tab is pressed |
//! | [`exit`], [`error`] | how a run ends |
//! | `misunderstood` | a command line that is not understood, in our words |
//! | `record` | what a trace is of |
//! | `new_file` | files that are made, and never written over one that is there |
//! | `log`, `prompt`, `signals` | the log, questions on the terminal, Ctrl-C |
//! | `toml_text` | files people write |

pub mod args;
pub mod commands;
pub mod completion;
pub mod context;
pub mod error;
pub mod exit;
pub mod linger;
mod log;
mod misunderstood;
mod new_file;
pub mod outcome;
pub mod output;
pub mod peer;
mod persona_file;
mod prompt;
mod record;
#[cfg(unix)]
pub mod remote;
pub mod session;
pub mod settings;
mod signals;
pub mod tls;
mod toml_text;

use std::{
    ffi::OsString,
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
};

use clap::{ArgMatches, CommandFactory, FromArgMatches, error::ErrorKind};

use self::{
    args::{Args, Command, Global},
    context::Context,
    error::CliError,
    exit::Exit,
    output::{Ui, json::Body},
    settings::{Settings, file::Problem, table::Key},
    signals::Signals,
};

/// Runs shipctl with these arguments, the name of the program first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    if let Some(answered) = completion::answer(&arguments) {
        return answered.into();
    }
    let json = arguments.iter().any(|argument| argument == "--json");
    let exit = match parse(&arguments) {
        Ok((args, matches)) => catch_unwind(AssertUnwindSafe(|| obey(args, &matches)))
            .unwrap_or_else(|_| panicked(json)),
        Err(error) => refuse(&error, &arguments, json),
    };
    exit.into()
}

/// What went wrong is on stderr already; programs get their last line all the same.
fn panicked(json: bool) -> Exit {
    if json {
        let error = CliError::bug("shipctl has a bug, and stopped; stderr says where");
        output::print_last(&Body::failed(&error));
    }
    Exit::Bug
}

/// What the command line says, and how each of it was said.
fn parse(arguments: &[OsString]) -> Result<(Args, ArgMatches), clap::Error> {
    let matches = Args::command().try_get_matches_from(arguments)?;
    let args = Args::from_arg_matches(&matches).map_err(|it| it.format(&mut Args::command()))?;
    Ok((args, matches))
}

fn obey(mut args: Args, matches: &ArgMatches) -> Exit {
    let loaded = Settings::load(&args.global, matches);
    if let Ok((settings, _)) = &loaded {
        settings.fill(&mut args);
    }
    // Without a thread to write in there is nothing to tell it with.
    let Ok(mut ui) = Ui::new(&args.global) else { return Exit::LocalIo };
    report_bugs(ui.is_plain());
    let ended = loaded.and_then(|loaded| start(args, matches.subcommand_name(), loaded, &mut ui));
    let exit = ended.unwrap_or_else(|error| tell(&mut ui, &error));
    match finish(&mut ui, exit) {
        Err(error) if exit == Exit::Done => {
            tell(&mut ui, &error);
            // Of no interest: it is the failure that was just told.
            let _ = ui.finish_soon();
            error.exit
        }
        _ => exit,
    }
}

/// Does what was said with what holds; a configuration that cannot be read ends most commands.
fn start(
    args: Args,
    name: Option<&str>,
    loaded: (Settings, Vec<Problem>),
    ui: &mut Ui,
) -> Result<Exit, CliError> {
    let command = command(args.command)?;
    let (settings, problems) = loaded;
    if let Some(error) = settings::refuse(&problems)
        && !command.bears_a_bad_configuration()
    {
        return Err(error);
    }
    // Lines on stderr would tear a screen apart.
    let verbose = if command.is_fullscreen() { 0 } else { args.global.verbose };
    let global = Global { verbose, ..args.global };
    let file = match global.log_file.as_deref().map(log::open).transpose() {
        // Where a setting is wrong, what helps then must not fail for it.
        Err(_) if !settings.is_flag(Key::LogFile) && command.bears_a_bad_configuration() => None,
        opened => opened.map_err(|error| error.hint(settings.change(Key::LogFile)))?,
    };
    log::start(&global, command.is_service(), ui.writer(), file);
    record::begin(&command, name, &global, ui)?;
    let place = settings.place().clone();
    dispatch(command, &mut Context::new(global, settings, ui)).map_err(|error| place.advise(error))
}

/// What was said to do; the dashboard if nothing was.
fn command(said: Option<Command>) -> Result<Command, CliError> {
    #[cfg(all(unix, feature = "tui"))]
    return Ok(said.unwrap_or_else(|| Command::Tui(Default::default())));
    #[cfg(not(all(unix, feature = "tui")))]
    said.ok_or_else(|| {
        CliError::usage("shipctl needs a command").hint("`shipctl --help` lists every command")
    })
}

fn tell(ui: &mut Ui, error: &CliError) -> Exit {
    ui.error(error);
    // Where stdout fails as well, the exit code still tells.
    let _ = ui.json_now(error.ski, &Body::failed(error));
    error.exit
}

/// Waits until everything is written. Where it is not read, a signal ends that; and whoever was
/// ended by a signal does not wait long.
fn finish(ui: &mut Ui, exit: Exit) -> Result<(), CliError> {
    ui.free_line();
    if exit.is_signal() {
        ui.hurry();
    }
    if let Some(finished) = ui.finish_soon() {
        return finished;
    }
    block_on(async {
        let mut signals = Signals::catch()?;
        tokio::select! {
            finished = ui.finish() => finished,
            _ = signals.next() => Ok(()),
        }
    })
}

fn dispatch(command: Command, context: &mut Context<'_>) -> Result<Exit, CliError> {
    // How the tests see what becomes of a bug.
    #[cfg(debug_assertions)]
    assert!(std::env::var_os("SHIPCTL_DEBUG_PANIC").is_none(), "SHIPCTL_DEBUG_PANIC is set");
    match command {
        #[cfg(all(unix, feature = "tui"))]
        Command::Tui(args) => block_on(commands::tui::run(context, &args)),
        Command::Discover(args) => block_on(commands::discover::run(context, args)),
        Command::Doctor(args) => block_on(commands::doctor::run(context, &args)),
        Command::Pair(args) => block_on(commands::pair::run(context, *args)),
        Command::Probe(args) => block_on(commands::probe::run(context, *args)),
        Command::Report(args) => block_on(commands::report::run(context, &args)),
        Command::Listen(args) => block_on(commands::listen::run(context, *args)),
        #[cfg(unix)]
        Command::Demo(args) => block_on(commands::demo::run(context, &args)),
        Command::Simulate(args) => block_on(commands::simulate::run(context, &args)),
        #[cfg(unix)]
        Command::Hub(args::Hub::Run(args)) => block_on(commands::hub::run(context, args)),
        #[cfg(unix)]
        Command::Status(args) => block_on(commands::status::run(context, &args)),
        #[cfg(unix)]
        Command::Accept(args) => block_on(commands::control::accept(context, &args)),
        #[cfg(unix)]
        Command::Metrics => block_on(commands::control::metrics(context)),
        #[cfg(unix)]
        Command::Register(args) => block_on(commands::control::register(context, args)),
        #[cfg(unix)]
        Command::Unregister(args) => block_on(commands::control::unregister(context, &args)),
        #[cfg(unix)]
        Command::Connect(args) => block_on(commands::control::connect(context, &args)),
        #[cfg(unix)]
        Command::Disconnect(args) => block_on(commands::control::disconnect(context, args)),
        #[cfg(unix)]
        Command::Cancel(args) => block_on(commands::control::cancel(context, &args)),
        #[cfg(unix)]
        Command::Limit(args) => block_on(commands::control::limit(context, &args)),
        #[cfg(unix)]
        Command::Deny(args) => block_on(commands::control::deny(context, &args)),
        #[cfg(unix)]
        Command::AutoAccept(args) => block_on(commands::control::auto_accept(context, &args)),
        #[cfg(unix)]
        Command::Shutdown => block_on(commands::control::shutdown(context)),
        Command::Explain(args) => commands::explain::run(context, &args),
        Command::Identity(args) => commands::identity::run(context, args),
        Command::Trust(args) => block_on(commands::trust::run(context, args)),
        Command::Config(args) => commands::config::run(context, &args),
        Command::Trace(args) => block_on(commands::trace::run(context, args)),
        Command::Version => commands::version::run(context),
    }
}

fn block_on<T>(command: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| CliError::new(Exit::LocalIo, "cannot start").because_of(&error))?;
    let ended = runtime.block_on(command);
    // A name that is still being resolved must not keep us.
    runtime.shutdown_background();
    ended
}

/// Help and version are results; anything else is an error of the command line.
fn refuse(error: &clap::Error, arguments: &[OsString], json: bool) -> Exit {
    let is_help = error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand && !json;
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) || is_help {
        // clap writes to stdout or stderr as it should; a closed pipe is no error.
        let _ = error.print();
        return if is_help { Exit::Usage } else { Exit::Done };
    }
    let told = misunderstood::told(error, arguments);
    let global = misunderstood::flags(arguments, json);
    match global.and_then(|global| Ui::new(&global).ok()) {
        Some(mut ui) => {
            let exit = tell(&mut ui, &told);
            // The exit code still tells.
            let _ = finish(&mut ui, exit);
        }
        None => _ = error.print(),
    }
    Exit::Usage
}

/// A panic is a bug of ours: it says so, and where. Never what a message or a file held.
fn report_bugs(plain: bool) {
    let theme =
        if plain { color_eyre::config::Theme::new() } else { color_eyre::config::Theme::dark() };
    // Fails only when it is installed already.
    let _ = color_eyre::config::HookBuilder::default()
        .theme(theme)
        .display_env_section(false)
        .panic_section("This is a bug of shipctl. Please report it with the lines above.")
        .install();
}
