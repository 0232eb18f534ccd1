//! What a trace is of: a command with a node of its own has the node write it; any other writes down
//! what it tells, and a probe its messages as well.

use serde_json::{Map, Value};

use super::{
    args::{Command, Global, TraceFlags},
    error::CliError,
    output::Ui,
};
use crate::{
    driver::{
        Clock, TraceSettings,
        recorder::{Recorder, TraceFile},
    },
    hub::LinkId,
    identity::disk::StateDir,
    proto::{Frame, ProtocolState, Ski, Target},
    time::Time,
    trace::{Fact, Header, fact::EventRecord, file::VERSION},
};

/// Where and how a node is to write its trace, as the flags say.
pub(super) fn settings(flags: &TraceFlags) -> Option<TraceSettings> {
    let TraceFlags { trace, trace_full: full, trace_limit: limit } = flags;
    trace.clone().map(|path| TraceSettings { path, full: *full, limit: *limit })
}

/// Has a command without a node, typed by this name, write down what it tells.
pub(super) fn begin(
    command: &Command,
    name: Option<&str>,
    global: &Global,
    ui: &mut Ui,
) -> Result<(), CliError> {
    let Some(settings) = settings(&global.trace).filter(|_| !has_node(command)) else {
        return Ok(());
    };
    let clock = Clock::start();
    let file = TraceFile::create(settings)?;
    let origin = clock.wall(Time::ORIGIN).unix_timestamp_nanos() / 1_000_000;
    // Who we are is worth knowing, and nothing fails for want of it.
    let directory = StateDir::resolve(global.state_dir.as_deref()).ok();
    let own = directory.and_then(|directory| directory.read_identity().ok()?);
    let header = Header {
        trace: VERSION,
        shipctl: env!("CARGO_PKG_VERSION").to_owned(),
        origin_unix_ms: i64::try_from(origin).unwrap_or_default(),
        at_ns: 0,
        ski: own.as_ref().map(|own| own.ski()),
        ship_id: own.as_ref().map(|own| own.ship_id().clone()),
        port: None,
        serials_redacted: file.redacts_serials(),
        start: None,
        of: name.map(str::to_owned),
        links: Vec::new(),
    };
    let recorder = file.begin(&header, Time::ORIGIN)?;
    ui.record(Record { recorder, clock, link: 0 });
    Ok(())
}

/// Whether it has a node, or uses the hub's, which writes a trace of all its connections.
fn has_node(command: &Command) -> bool {
    match command {
        Command::Discover(_) | Command::Pair(_) | Command::Listen(_) => true,
        // There it is one to put in.
        Command::Report(_) => true,
        #[cfg(all(unix, feature = "tui"))]
        Command::Tui(_) => true,
        #[cfg(unix)]
        Command::Demo(_) | Command::Hub(_) => true,
        _ => false,
    }
}

/// The trace of a command without a node.
pub(super) struct Record {
    recorder: Recorder,
    clock: Clock,
    /// The connection under way; they are numbered.
    link: u64,
}

impl Record {
    /// Something told, as the line of JSON that tells it.
    pub(super) fn told(&mut self, line: &str) {
        let Ok(Value::Object(mut told)) = serde_json::from_str(line) else { return };
        let mut text = |key: &str| told.remove(key)?.as_str().map(str::to_owned);
        let (event, ski) = (text("event"), text("ski"));
        let (Some(event), ski) = (event, ski.and_then(|ski| ski.parse().ok())) else { return };
        // They stand in every line of a trace, or say nothing there.
        ["schema", "ts", "kind", "at_ns"].iter().for_each(|key| _ = told.remove(*key));
        self.fact(Fact::Event(EventRecord { ski, event, told }));
    }

    /// A connection is made.
    pub(super) fn reached(&mut self, ski: Ski, target: Target, remote: std::net::SocketAddr) {
        self.link += 1;
        let (link, path) = (self.link, Some(target.path.clone()));
        self.fact(Fact::Dial { link, ski, also: None, targets: vec![target] });
        let transport = crate::hub::facts::TransportFacts { path, ..Default::default() };
        self.fact(Fact::Reached {
            link,
            ski: None,
            remote,
            tried: Vec::new(),
            transport: Box::new(transport),
        });
    }

    /// A message on it.
    pub(super) fn frame(&mut self, sent: bool, bytes: Frame) {
        let at = self.clock.now();
        self.recorder.frame(at, LinkId::from_number(self.link), sent, bytes);
    }

    /// A state of its handshake.
    pub(super) fn state(&mut self, ski: Ski, state: ProtocolState) {
        let told = Map::from_iter([
            ("state".to_owned(), serde_json::to_value(state).unwrap_or_default()),
            ("number".to_owned(), state.number().into()),
        ]);
        let event = "protocol".to_owned();
        self.fact(Fact::Event(EventRecord { ski: Some(ski), event, told }));
    }

    fn fact(&mut self, fact: Fact) {
        let at = self.clock.now();
        self.recorder.fact(at, fact);
    }
}
