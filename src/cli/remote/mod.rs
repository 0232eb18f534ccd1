//! A hub that runs, asked over its control socket.

mod sightings;

use std::collections::{BTreeMap, BTreeSet};

pub use sightings::{sightings, sightings_with_age};

use serde_json::{Map, Value};

use super::{
    context::Context,
    error::CliError,
    exit::Exit,
    output::{json::Body, text::safe},
    peer::{Candidate, Named, choose},
    prompt,
    settings::table::Key,
};
use crate::{
    control::{Client, ClientError, Refusal, Wish, place::places, wire::Plain},
    proto::Ski,
};

/// The hub that runs with our identity, if one does.
pub async fn find(context: &Context<'_>) -> Result<Option<Client>, CliError> {
    match context.own_ski() {
        Ok(Some(own)) => Ok(Client::find(&places(own, &context.state_dir()?)).await?),
        // What is wrong with the state is told by whoever opens it, and sets aside what is damaged.
        Ok(None) | Err(_) => Ok(None),
    }
}

/// The same for a command that can do nothing without.
pub async fn need(context: &Context<'_>) -> Result<Client, CliError> {
    match find(context).await? {
        Some(client) => Ok(client),
        None => {
            context.own_ski()?;
            let directory = context.state_dir()?;
            let path = directory.path().display();
            Err(CliError::new(
                Exit::NoHub,
                format!("no hub runs with the identity in {path}"),
            )
            .hint(match &context.settings.place().profile {
                Some(profile) => format!(
                    "start one with `shipctl --profile {profile} hub run`, or name another profile"
                ),
                None => {
                    "start one with `shipctl hub run`, or name another with --state-dir".to_owned()
                }
            }))
        }
    }
}

/// Asks, and waits for the answer.
pub async fn ask(client: &mut Client, wish: Wish) -> Result<Map<String, Value>, CliError> {
    Ok(client.ask(wish).await??)
}

/// Says that the hub does what is asked for, and which.
pub fn say_so(context: &mut Context<'_>, client: &Client) {
    let hub = client.hub();
    context.ui.story(&format!("hub      process {} runs with this identity; it is asked", hub.pid));
}

/// Warns of what was said on the command line about a node of our own, by these settings or other
/// flags, where the hub does it all: it is as it was started.
pub async fn warn_of_flags(
    context: &mut Context<'_>,
    client: &mut Client,
    settings: &[Key],
    others: &[&'static str],
) -> Result<(), CliError> {
    let status = ask(client, Wish::Plain(Plain::Status { history: false })).await?;
    let its = status["hub"]["node"]["interfaces"].as_array().into_iter().flatten();
    let its: BTreeSet<&str> = its.filter_map(Value::as_str).collect();
    let global = &context.global;
    let has_it = |key| match key {
        Key::Interface => {
            global.interface.iter().map(String::as_str).collect::<BTreeSet<_>>() == its
        }
        Key::Port => [Some(0), client.hub().port].contains(&Some(global.port)),
        Key::Mdns => !client.hub().mdns,
        // Of the others the hub does not tell.
        _ => false,
    };
    let in_vain = settings.iter().filter(|key| !has_it(**key));
    let in_vain = in_vain.filter_map(|key| context.settings.flag(*key));
    let flags: Vec<&str> = in_vain.chain(others.iter().copied()).collect();
    if flags.is_empty() {
        return Ok(());
    }
    let (have, them) = if flags.len() == 1 { ("has", "it") } else { ("have", "them") };
    let flags = flags.join(", ");
    let message = format!("{flags} {have} no effect: the hub that runs goes by its own settings");
    let hint = format!("leave {them} out, or end the hub first with `shipctl shutdown`");
    context.ui.warning(&message);
    context.ui.hint(&hint);
    context.ui.json_now(None, &Body::Warning { message, code: None, advice: Some(hint) })
}

/// Who is meant and is to be trusted: a prefix takes somebody who looks at the whole SKI.
pub async fn resolve_to_trust(
    context: &mut Context<'_>,
    client: &mut Client,
    named: Named,
) -> Result<Ski, CliError> {
    named.require_whole_without(context.is_interactive())?;
    let is_whole = !matches!(named, Named::Prefix(_));
    let Candidate { ski, name } = candidate(context, client, named).await?;
    if is_whole {
        return Ok(ski);
    }
    context.ui.ask_about("trust", ski, name.as_deref());
    let answer = prompt::confirm();
    context.ui.answered();
    let answer = answer?;
    if answer.is_yes() { Ok(ski) } else { Err(answer.declined().about(ski)) }
}

/// Who is meant. The first digits stand for a device that is trusted, seen, or connected now.
pub async fn resolve(
    context: &Context<'_>,
    client: &mut Client,
    named: Named,
) -> Result<Ski, CliError> {
    Ok(candidate(context, client, named).await?.ski)
}

async fn candidate(
    context: &Context<'_>,
    client: &mut Client,
    named: Named,
) -> Result<Candidate, CliError> {
    let prefix = match named {
        Named::Ski(ski) => return Ok(Candidate { ski, name: None }),
        Named::Qr(qr) => return Ok(Candidate { ski: qr.ski, name: None }),
        Named::Prefix(prefix) => prefix,
    };
    let mut candidates: Vec<Candidate> =
        names(context).into_iter().map(|(ski, name)| Candidate { ski, name }).collect();
    let status = ask(client, Wish::Plain(Plain::Status { history: false })).await?;
    for list in ["services", "peers"] {
        for known in status["hub"][list].as_array().into_iter().flatten() {
            let ski = known["ski"].as_str().and_then(|ski| ski.parse().ok());
            let name = known["name"].as_str().map(safe);
            candidates.extend(ski.map(|ski| Candidate { ski, name }));
        }
    }
    choose(&prefix, &candidates)
}

/// The trusted devices and what they are called, as far as that can be read.
pub fn names(context: &Context<'_>) -> BTreeMap<Ski, Option<String>> {
    let saved = context.state_dir().ok().and_then(|directory| directory.read().ok());
    let trust = saved.map(|saved| saved.trust).unwrap_or_default();
    trust.iter().map(|(ski, peer)| (*ski, peer.name.as_deref().map(safe))).collect()
}

impl From<ClientError> for CliError {
    fn from(error: ClientError) -> Self {
        let (exit, kind, hint) = match &error {
            ClientError::NoHub { .. } => {
                (Exit::LocalIo, "not_a_hub", "end what has it open, then try again")
            }
            ClientError::Version { .. } => (
                Exit::Configuration,
                "hub_version",
                "restart the hub with this shipctl, or use the other one",
            ),
            ClientError::Busy(_) => {
                (Exit::Pending, "busy", "end one of the programs that watch the hub")
            }
            ClientError::Io { .. } => {
                (Exit::LocalIo, "control_socket", "run this as the user the hub runs as")
            }
            ClientError::ShutDown { .. } => {
                (Exit::NoHub, "hub_ended", "start it again with `shipctl hub run`")
            }
            ClientError::Lost { .. } => (
                Exit::NoHub,
                "hub_lost",
                "look into its log, and start it again with `shipctl hub run`",
            ),
        };
        Self::new(exit, error.to_string()).kind(kind).hint(hint)
    }
}

impl From<Box<Refusal>> for CliError {
    fn from(refusal: Box<Refusal>) -> Self {
        let refusal = *refusal;
        Self {
            exit: Exit::from_number(refusal.exit).unwrap_or(Exit::Bug),
            kind: Some(refusal.kind.into()),
            message: refusal.message,
            causes: Vec::new(),
            listed: refusal.causes,
            hint: refusal.hint,
            code: refusal.code.and_then(|code| code.parse().ok()),
            stage: refusal.stage,
            ski: None,
        }
    }
}

impl CliError {
    /// What a client is told: the error, and its kind for programs.
    pub fn into_refusal(self, kind: &str) -> Box<Refusal> {
        Box::new(Refusal {
            kind: kind.to_owned(),
            message: self.message,
            causes: [self.causes, self.listed].concat(),
            hint: self.hint,
            code: self.code.map(|code| code.as_str().to_owned()),
            stage: self.stage,
            exit: self.exit.number(),
        })
    }
}
