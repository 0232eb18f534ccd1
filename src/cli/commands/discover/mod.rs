//! `shipctl discover`: which SHIP services are announced on this network, and what is wrong with them;
//! `table` has a row of each.

mod table;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use ::time::OffsetDateTime;
use serde_json::{Map, Value};
use tokio::{sync::mpsc, time::sleep_until};

use self::table::{COLUMNS, in_a_line, row};
use crate::{
    checks::{Code, Finding, Severity, doubles, judge},
    cli::{
        args,
        context::Context,
        error::CliError,
        exit::Exit,
        output::{
            json::Body,
            story::short,
            table::lines,
            text::{count, elapsed, rough, safe},
        },
        record,
        session::deadline,
        signals::Signals,
    },
    driver::recorder::{Recorder, TraceFile},
    identity::trust::TrustStore,
    mdns::{
        daemon::{Mdns, MdnsEvent},
        service::Service,
    },
    proto::Ski,
    time::Time,
    trace::{Fact, Header, file::VERSION, input::ServiceRecord},
};

const LOOK: Duration = Duration::from_secs(5);

/// Runs it.
pub async fn run(context: &mut Context<'_>, args: args::Discover) -> Result<Exit, CliError> {
    // Our own record is not news; who we are may not be decided yet, or not be readable now.
    let own = context.state_dir().ok().and_then(|directory| directory.read().ok());
    let trust = own.as_ref().map(|saved| saved.trust.clone()).unwrap_or_default();
    let own = own.and_then(|saved| saved.identity).map(|identity| identity.ski());
    let settings = context.mdns(own).ok_or_else(|| {
        CliError::usage("there is nothing to discover without mDNS").hint("leave --no-mdns out")
    })?;
    let mut signals = Signals::catch_with_hangup()?;
    let (mdns, events) = match hub_sightings(context).await? {
        Some(events) => (None, events),
        None => {
            let (mdns, events) = Mdns::start(settings)?;
            context.ui.story(&format!("looking  on {}", mdns.interfaces().join(", ")));
            (Some(mdns), Events::Ours(events))
        }
    };
    let look = if args.watch { args.timeout } else { Some(args.timeout.unwrap_or(LOOK)) };
    let recorder = recorder(context, own)?;
    let (watch, services) = (args.watch, BTreeMap::new());
    let mut seen = Seen { watch, began: Instant::now(), services, trust, recorder };
    let ended = seen.gather(context, events, &mut signals, look).await;
    if let Some(mdns) = mdns {
        tokio::select! {
            () = mdns.shutdown() => {}
            _ = signals.next() => {}
        }
    }
    match ended? {
        Some(exit) => {
            context.ui.json_now(None, &Body::done(exit.name(), exit, seen.details()))?;
            Ok(exit)
        }
        None => seen.report(context),
    }
}

/// What a hub of ours that runs sees, if it looks. What it is said to look on counts then, and not
/// our flags.
#[cfg(unix)]
async fn hub_sightings(context: &mut Context<'_>) -> Result<Option<Events>, CliError> {
    use crate::cli::{remote, settings::table::Key};
    // A state that cannot be read must not keep anybody from looking.
    match remote::find(context).await {
        Ok(Some(mut hub)) if hub.hub().mdns => {
            remote::say_so(context, &hub);
            let settings = [Key::Interface, Key::MdnsPort];
            remote::warn_of_flags(context, &mut hub, &settings, &[]).await?;
            Ok(Some(Events::OfHub(remote::sightings_with_age(hub))))
        }
        Ok(_) => Ok(None),
        Err(error) => {
            tracing::info!("no hub is asked: {}", error.message);
            Ok(None)
        }
    }
}

#[cfg(not(unix))]
async fn hub_sightings(_context: &mut Context<'_>) -> Result<Option<Events>, CliError> {
    Ok(None)
}

/// What is seen, by us from now on or by the hub before.
enum Events {
    Ours(mpsc::Receiver<MdnsEvent>),
    #[cfg(unix)]
    OfHub(mpsc::Receiver<(MdnsEvent, Duration)>),
}

impl Events {
    /// The next, and how long ago the service was seen first.
    async fn next(&mut self) -> Option<(MdnsEvent, Duration)> {
        match self {
            Self::Ours(events) => Some((events.recv().await?, Duration::ZERO)),
            #[cfg(unix)]
            Self::OfHub(events) => events.recv().await,
        }
    }
}

struct Seen {
    watch: bool,
    began: Instant,
    services: BTreeMap<String, (Instant, Service)>,
    /// Who is trusted here.
    trust: TrustStore,
    /// The trace, if one is wanted.
    recorder: Option<Recorder>,
}

/// Begins a trace of what is seen.
fn recorder(context: &Context<'_>, own: Option<Ski>) -> Result<Option<Recorder>, CliError> {
    let Some(settings) = record::settings(&context.global.trace) else { return Ok(None) };
    let file = TraceFile::create(settings)?;
    let origin = OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000;
    let header = Header {
        trace: VERSION,
        shipctl: env!("CARGO_PKG_VERSION").to_owned(),
        origin_unix_ms: i64::try_from(origin).unwrap_or_default(),
        at_ns: 0,
        ski: own,
        ship_id: None,
        port: None,
        serials_redacted: file.redacts_serials(),
        start: None,
        of: Some("discover".to_owned()),
        links: Vec::new(),
    };
    Ok(Some(file.begin(&header, Time::ORIGIN)?))
}

impl Seen {
    /// Takes in what is seen until the time is over, nobody reads any more, or a signal comes,
    /// whose exit code it returns.
    async fn gather(
        &mut self,
        context: &mut Context<'_>,
        mut events: Events,
        signals: &mut Signals,
        look: Option<Duration>,
    ) -> Result<Option<Exit>, CliError> {
        let until = deadline(look.unwrap_or(Duration::MAX));
        loop {
            tokio::select! {
                exit = signals.next() => return Ok(Some(exit)),
                () = context.ui.closed() => return Ok(None),
                () = sleep_until(until) => return Ok(None),
                event = events.next() => match event {
                    Some((event, age)) => self.take(context, event, age)?,
                    None => return Err(CliError::new(Exit::LocalIo, "looking for devices stopped by itself")
                        .hint("try again; with -v it says why")),
                },
            }
        }
    }

    fn record(&mut self, event: &MdnsEvent) {
        let fact = match event {
            MdnsEvent::Seen(service) => Fact::Seen { service: ServiceRecord::new(service) },
            MdnsEvent::Gone { instance } => Fact::Gone { instance: instance.clone() },
            other => Fact::Note { ski: None, code: None, text: format!("mDNS: {other:?}") },
        };
        if let Some(recorder) = &mut self.recorder {
            recorder.fact(Time::after(self.began.elapsed()), fact);
        }
    }

    fn take(
        &mut self,
        context: &mut Context<'_>,
        event: MdnsEvent,
        age: Duration,
    ) -> Result<(), CliError> {
        self.record(&event);
        match event {
            MdnsEvent::Seen(service) => {
                let now = Instant::now();
                let since = now.checked_sub(age).unwrap_or(now);
                let known = self.services.get(&service.instance).map(|(since, _)| *since);
                let verb = if known.is_some() { "changed" } else { "seen" };
                if self.watch {
                    self.follow(context, verb, &service)?;
                    context.ui.json_now(service.txt.ski, &self.body(&service))?;
                }
                let instance = service.instance.clone();
                self.services.insert(instance, (known.unwrap_or(since), *service));
            }
            MdnsEvent::Gone { instance } => {
                if let Some((_, service)) = self.services.remove(&instance)
                    && self.watch
                {
                    self.follow(context, "gone", &service)?;
                    let ski = service.txt.ski;
                    context.ui.json_now(ski, &Body::ServiceGone { instance })?;
                }
            }
            MdnsEvent::Full { kept } => {
                let flood = judge::flood(kept);
                context.warn(flood.code.as_str(), &flood.seen, &flood.advice)?;
            }
            MdnsEvent::NameChanged { .. } => {}
        }
        Ok(())
    }

    /// A line of `--watch`.
    fn follow(
        &self,
        context: &mut Context<'_>,
        verb: &str,
        service: &Service,
    ) -> Result<(), CliError> {
        let time = elapsed(self.began.elapsed());
        context
            .ui
            .event(&format!("{time}  {verb:<8}  {}", in_a_line(service, self.is_trusted(service))))
    }

    /// The table, what is wrong, and the result.
    fn report(&self, context: &mut Context<'_>) -> Result<Exit, CliError> {
        let services = || self.services.values().map(|(_, service)| service);
        if self.services.is_empty() {
            let message = format!("no SHIP device was seen within {}", rough(self.began.elapsed()));
            return Err(CliError::new(Exit::NotFound, message)
                .hint(format!("{} {}", Code::Mdns02.advice(), Code::Mdns01.advice()))
                .code(Code::Mdns01)
                .stage("discovery"));
        }
        if !self.watch {
            for service in services() {
                context.ui.json_now(service.txt.ski, &self.body(service))?;
            }
            let rows: Vec<_> = self
                .services
                .values()
                .map(|(since, s)| row(s, self.is_trusted(s), Some(since.elapsed())))
                .collect();
            for line in lines(&COLUMNS, &rows, context.ui.columns()) {
                context.ui.result(&line)?;
            }
        }
        let all = context.global.verbose > 0;
        let hidden: usize = services().map(|service| tell(context, service, all)).sum();
        if hidden > 0 {
            context.ui.story(&format!("{} more with -v", count(hidden as u64, "remark")));
        }
        let doubles: Vec<Finding> =
            doubles::among(services()).into_iter().map(|double| double.finding).collect();
        for finding in &doubles {
            context.ui.story(&format!("{} {}", finding.code, safe(&finding.seen)));
            context.ui.json_now(None, &Body::Found { finding: finding.clone() })?;
        }
        let serious = services().flat_map(judge::service).chain(doubles).any(is_serious);
        let exit = if serious { Exit::Findings } else { Exit::Done };
        let outcome = if serious { "found_with_findings" } else { "found" };
        context.ui.json_now(None, &Body::done(outcome, exit, self.details()))?;
        Ok(exit)
    }

    /// Whether the device is trusted here; `None` if it does not say who it is.
    fn is_trusted(&self, service: &Service) -> Option<bool> {
        service.txt.ski.map(|ski| self.trust.get(&ski).is_some())
    }

    fn body(&self, service: &Service) -> Body {
        let mut body = Body::seen(service);
        if let Body::ServiceSeen { service: json } = &mut body {
            json.trusted = self.is_trusted(service);
        }
        body
    }

    fn details(&self) -> Map<String, Value> {
        Map::from_iter([("services".to_owned(), Value::from(self.services.len()))])
    }
}

fn is_serious(finding: Finding) -> bool {
    finding.severity > Severity::Info
}

/// What is wrong with one service, beneath the table: the most important finding, unless nothing has to
/// be done, or `all`. Returns how many were omitted.
fn tell(context: &mut Context<'_>, service: &Service, all: bool) -> usize {
    let ski = service.txt.ski.map_or(String::new(), |ski| format!(" ({})", short(ski)));
    let findings = judge::service(service);
    let shown = match findings.first() {
        _ if all => findings.len(),
        Some(first) => usize::from(first.severity > Severity::Info),
        None => 0,
    };
    for finding in &findings[..shown] {
        context.ui.story(&format!(
            "{:<9}{}{ski}: {} {}",
            finding.code.as_str(),
            safe(&service.name()),
            safe(&finding.seen),
            finding.advice
        ));
    }
    findings.len() - shown
}
