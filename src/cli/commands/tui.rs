//! `shipctl tui`: the dashboard, on the hub that runs or on one of its own.

use std::{
    io::{self, IsTerminal},
    time::Duration,
};

use tokio::{
    signal::unix::{SignalKind, signal},
    time::sleep,
};

use crate::{
    cli::{
        args::{self, Background, ColorWhen, Looks},
        commands::{
            hub::embedded::{Attached, attach},
            trace::steer,
        },
        context::Context,
        error::CliError,
        exit::Exit,
        remote,
    },
    control::Client,
    tui::{runtime, theme::Theme},
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: &args::Tui) -> Result<Exit, CliError> {
    require_terminal(context)?;
    let theme = theme(context, args.looks);
    let Attached { client, embedded } = attach(context, &args.hub).await?;
    let mut recording = None;
    if let (Some(file), None) = (&context.global.trace.trace, &embedded)
        && let Some(mut hub) = remote::find(context).await?
    {
        steer::begin(&mut hub, file, &context.global.trace).await?;
        recording = Some(hub);
    }
    // What is still to be written would be written over the screen.
    context.ui.finish().await?;
    let exit = show(client, embedded.is_some(), theme).await;
    if let Some(mut hub) = recording {
        // A hub that ended meanwhile has ended the file as well.
        let _ = steer::end(&mut hub).await;
    }
    match (exit, embedded) {
        (Err(error), Some(hub)) => {
            // A terminal that fails is no reason to cut connections.
            let _ = hub.shutdown().await;
            Err(error)
        }
        // The hub has ended already, is to be cut, or is not ours.
        (exit, _) => exit,
    }
}

/// Refuses to draw where nothing can be drawn.
pub(super) fn require_terminal(context: &Context<'_>) -> Result<(), CliError> {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    let both = io::stdin().is_terminal() && io::stdout().is_terminal();
    if both && !is_dumb && !context.global.json && !context.global.no_input {
        return Ok(());
    }
    Err(CliError::usage("the dashboard needs a terminal").hint(
        "for programs and pipes there is `shipctl status --watch --json`; see `shipctl --help` \
         for the other commands",
    ))
}

/// What the screen looks like in this terminal.
pub(super) fn theme(context: &Context<'_>, looks: Looks) -> Theme {
    let colour = match context.global.color {
        ColorWhen::Auto => None,
        ColorWhen::Always => Some(true),
        ColorWhen::Never => Some(false),
    };
    let light = looks.background.map(|background| background == Background::Light);
    Theme::of(|name| std::env::var(name).ok(), colour, light, looks.ascii)
}

/// The screen has a thread of its own: a terminal that takes nothing must not hold up a hub.
pub(super) async fn show(client: Client, embedded: bool, theme: Theme) -> Result<Exit, CliError> {
    let (sender, ended) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let ended = match runtime {
            Ok(runtime) => runtime.block_on(runtime::run(client, embedded, theme)),
            Err(error) => Err(CliError::new(Exit::LocalIo, "cannot start").because_of(&error)),
        };
        // Nobody waits only if the process ends.
        let _ = sender.send(ended);
    });
    tokio::select! {
        // A panic of the screen was told already.
        ended = ended => ended.unwrap_or(Ok(Exit::Bug)),
        () = terminal_gone() => Err(CliError::new(Exit::Terminated, "the terminal is gone")),
    }
}

/// Until the terminal has been gone for some time. The screen ends by itself then, unless it is
/// caught reading keys: crossterm reads the end of a terminal for ever.
async fn terminal_gone() {
    const TIME_TO_END: Duration = Duration::from_secs(2);
    match signal(SignalKind::hangup()) {
        Ok(mut hang_up) => {
            hang_up.recv().await;
            sleep(TIME_TO_END).await;
        }
        // The screen cannot listen for it either, and has said so.
        Err(_) => std::future::pending().await,
    }
}
