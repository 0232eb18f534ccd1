//! `shipctl pair`: listen, announce and dial at once, until both sides trust each other.
//!
//! | room | what happens there |
//! |---|---|
//! | `resolve` | who is meant |
//! | `pairing` | one pairing, from the first look to the last |
//! | `by_hub` | the same beside a hub that runs with our identity |

#[cfg(unix)]
mod by_hub;
mod pairing;
mod resolve;

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use self::{
    pairing::Pairing,
    resolve::{Resolved, resolve},
};
use crate::{
    checks::Code,
    cli::{
        args,
        context::{Context, read_pin},
        error::CliError,
        exit::Exit,
        output::{json::Body, story::Story, text::safe},
        peer::Named,
        session::{self, Session, Wishes},
    },
    hub::{Command, Registration},
    identity::{
        disk::State,
        trust::{TrustStore, given_name},
    },
    proto::{Pin, ShipId, Ski, handshake::PinPolicy},
};

/// Runs it.
pub async fn run(context: &mut Context<'_>, mut args: args::Pair) -> Result<Exit, CliError> {
    let wish = Wish::read(context, &args)?;
    // Before anything is done: a name that cannot be kept would be found out too late.
    args.name = args.name.as_deref().map(given_name).transpose()?.flatten();
    wish.named.require_whole_without(context.is_interactive())?;
    #[cfg(unix)]
    if let Some(hub) = crate::cli::remote::find(context).await? {
        return by_hub::run(context, args, wish, hub).await;
    }
    let mdns = !context.global.no_mdns;
    if !mdns && args.address.is_empty() {
        context.ui.hint("without --address and mDNS we only wait for the device to dial us");
    }
    let state = context.open_state()?;
    wish.refuse_own(&state)?;
    state.check_writable()?;
    let tls = args.tls.settings(context)?;
    let identity_is_new = state.identity_is_new;
    let (trust, trust_path) = (state.trust().clone(), state.directory().trust_path());
    let own = state.identity.ski();
    let wishes = Wishes {
        // It may dial us before we know that it is meant: then it waits, and is not refused.
        can_ask_for_trust: true,
        accept: BTreeSet::new(),
        can_ask_for_pin: context.is_interactive(),
        pin_for_trusted: None,
        pin_policy: PinPolicy::None,
        register: args.register,
        tls,
    };
    let deadline = session::deadline(args.timeout);
    let mut session = Session::start(context, state, wishes)?;
    let mut story = Story::of_nobody(own);
    let ended = match resolve(context, &mut session, &wish.named, &trust, deadline).await {
        Ok(Resolved::Ski(peer, before)) => {
            context.ui.story(&format!("device   SKI {}", peer.grouped()));
            story = Story::of(own, peer, mdns && args.address.is_empty());
            session.command(Command::Register(wish.registration(peer, &args))).await?;
            let mut pairing = Pairing::new(peer, &args, deadline, context);
            let ended = pairing.run(context, &mut session, &mut story, before).await;
            if let (Ok(_), true, Some(name)) = (&ended, pairing.ever_completed, &args.name) {
                let rename = Command::Rename { ski: peer, name: name.clone() };
                session.command(rename).await?;
                pairing.name = Some(name.clone());
            }
            if ended.is_err() && pairing.ever_completed && !trust.contains(&peer) {
                // What this run began to trust is trusted no more.
                session.command_if_present(Command::Unregister { ski: peer }).await?;
            }
            ended
                .map(|exit| (exit, Some(pairing)))
                .map_err(|error| wish.say_expectation(&args, error).about(peer))
        }
        Ok(Resolved::Signal(exit)) => Ok((exit, None)),
        Err(error) => Err(error),
    };
    let closed = session.end(context.ui, &mut story).await;
    let (exit, pairing) = ended?;
    let exit = closed?.signal.unwrap_or(exit);
    let stored = |it: &Pairing| it.ever_completed || trust.contains(&it.peer);
    if exit != Exit::Done && !pairing.as_ref().is_some_and(stored) {
        let but = if identity_is_new { " but our new identity" } else { "" };
        context.ui.story(&format!("{}; nothing was stored{but}", exit.name()));
    }
    let path = trust_path.display().to_string();
    report(context, exit, pairing.as_ref(), &trust, &path, &args)?;
    Ok(exit)
}

/// What was asked for on the command line.
pub(super) struct Wish {
    pub(super) named: Named,
    pub(super) pin: Option<Pin>,
    pub(super) ship_id: Option<ShipId>,
    pub(super) fingerprint: Option<String>,
}

impl Wish {
    fn read(context: &mut Context<'_>, args: &args::Pair) -> Result<Self, CliError> {
        let named = context.recognise(&args.device.join(" "))?;
        let file = args.pin_file.as_deref().map(|path| read_pin(path, "--pin-file")).transpose()?;
        let (pin, ship_id) = match &named {
            Named::Qr(qr) => (qr.pin.clone(), qr.ship_id.clone()),
            Named::Ski(_) | Named::Prefix(_) => (None, None),
        };
        if file.is_some() {
            named.require_whole()?;
        }
        if let Named::Qr(qr) = &named
            && let unused @ [_, ..] = &qr.unused()[..]
        {
            context.ui.hint(&format!("of the QR code, {} cannot be used yet", unused.join(", ")));
        }
        let fingerprint = named.fingerprint();
        let ship_id = args.ship_id.clone().or(ship_id);
        Ok(Self { named, pin: file.or(pin), ship_id, fingerprint })
    }

    /// Says of an expected SHIP ID where it comes from: what is stored is the last of three.
    pub(super) fn say_expectation(&self, args: &args::Pair, mut error: CliError) -> CliError {
        if error.code != Some(Code::Acc04) {
            return error;
        }
        let sentence = error.message.trim_end_matches('.').to_owned();
        if self.ship_id.is_none() {
            error.message = format!("{sentence}, which is stored for its SKI.");
            return error;
        }
        let (named, check) = match &args.ship_id {
            Some(_) => ("--ship-id names", "check --ship-id"),
            None => ("the QR code names", "check that the QR code is the one of this device"),
        };
        error.message = format!("{sentence}, which {named}.");
        let anew = "to pair all the same, give only the SKI";
        error.hint(format!("{check}; {anew}"))
    }

    /// Nobody pairs with himself; to say so needs no network.
    fn refuse_own(&self, state: &State) -> Result<(), CliError> {
        let own = state.identity.ski();
        match &self.named {
            Named::Ski(ski) if *ski == own => Err(crate::hub::CommandError::OwnSki(own).into()),
            Named::Qr(qr) if qr.ski == own => Err(crate::hub::CommandError::OwnSki(own).into()),
            _ => Ok(()),
        }
    }

    fn registration(&self, ski: Ski, args: &args::Pair) -> Registration {
        Registration {
            ship_id: self.ship_id.clone(),
            targets: args.address.clone(),
            pin: self.pin.clone(),
            fingerprint: self.fingerprint.clone(),
            remember_pin: args.remember_pin,
            ..Registration::new(ski)
        }
    }
}

/// The line that tells that a device is paired now.
pub(super) fn paired(name: Option<&str>, ski: Ski, path: &str) -> String {
    let called = name.map_or(String::new(), |name| format!("{name} · "));
    format!("paired   {called}SKI {} · stored in {path}", ski.grouped())
}

/// What follows from a PIN that is not remembered.
pub(super) fn remind_of_pin(context: &mut Context<'_>, ski: Ski) {
    let short = ski.to_string().chars().take(8).collect::<String>();
    context.ui.hint(&format!(
        "the device will ask for this PIN after every restart of the hub; \
         `shipctl pair {short} --remember-pin` keeps it"
    ));
}

/// The result on stdout.
fn report(
    context: &mut Context<'_>,
    exit: Exit,
    pairing: Option<&Pairing>,
    trust: &TrustStore,
    path: &str,
    args: &args::Pair,
) -> Result<(), CliError> {
    let Some(pairing) = pairing else {
        return context.ui.json_now(None, &Body::done(exit.name(), exit, Map::new()));
    };
    let peer = pairing.peer;
    let stored = trust.get(&peer).and_then(|peer| peer.name.as_deref()).map(safe);
    let name = args.name.clone().or(stored).or_else(|| pairing.name.clone());
    let mut details = Map::new();
    if pairing.ever_completed {
        context.ui.result(&paired(name.as_deref(), peer, path))?;
        if pairing.entered_pin && !args.remember_pin {
            remind_of_pin(context, peer);
        }
        let ship_id = pairing.ship_id.as_ref().map(ToString::to_string);
        let took = pairing.took.map(|took| took.as_millis() as u64);
        let offers = serde_json::to_value(&pairing.linger.offers).unwrap_or_default();
        details = Map::from_iter([
            ("name".to_owned(), Value::from(name)),
            ("ship_id".to_owned(), Value::from(ship_id)),
            ("took_ms".to_owned(), Value::from(took)),
            ("offers".to_owned(), offers),
            ("stored_in".to_owned(), Value::from(path)),
        ]);
    }
    let outcome = if exit == Exit::Done { "completed" } else { exit.name() };
    context.ui.json_now(Some(peer), &Body::done(outcome, exit, details))
}
