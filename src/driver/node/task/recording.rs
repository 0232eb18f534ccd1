//! What is written into a trace of this node: all that the hub is told, and all that it does.

use tokio::sync::oneshot;

use super::Task;
use crate::{
    checks::{dial, judge},
    driver::{
        Clock,
        node::{NodeEvent, NodeSettings},
        recorder::{Heard, RecordError, Recorder, TraceFile, note},
    },
    hub::snapshot::Recording,
    identity::trust::TrustStore,
    mdns::daemon::MdnsEvent,
    time::Time,
    trace::{Header, Start, file::VERSION},
};

/// Records everything, from before the hub begins.
pub(in crate::driver::node) fn from_start(
    mut file: TraceFile,
    settings: &NodeSettings,
    clock: Clock,
    seed: u64,
    trust: &TrustStore,
    port: Option<u16>,
) -> Result<Recorder, RecordError> {
    let origin = clock.wall(Time::ORIGIN).unix_timestamp_nanos() / 1_000_000;
    let start = Start::new(seed, &settings.hub, trust, file.pins());
    let header = Header {
        trace: VERSION,
        shipctl: env!("CARGO_PKG_VERSION").to_owned(),
        origin_unix_ms: i64::try_from(origin).unwrap_or_default(),
        at_ns: 0,
        ski: Some(settings.hub.ski),
        ship_id: Some(settings.hub.ship_id.clone()),
        port,
        serials_redacted: file.redacts_serials(),
        start: Some(start),
        of: None,
        links: Vec::new(),
    };
    file.begin(&header, Time::ORIGIN)
}

impl Task {
    /// Writes something down, if anything is recorded.
    pub(super) fn record(&mut self, at: Time, heard: impl FnOnce() -> Heard) {
        if let Some(recorder) = self.recorder.as_mut().filter(|recorder| !recorder.is_over()) {
            recorder.hear(at, heard());
        }
    }

    /// Records from now on. What the hub knows already is not in the file.
    pub(super) fn start_recording(
        &mut self,
        file: TraceFile,
        answer: oneshot::Sender<Result<(), RecordError>>,
    ) {
        if let Some(recorder) = self.recorder.as_ref().filter(|recorder| !recorder.is_over()) {
            let path = recorder.path.clone();
            tokio::task::spawn_blocking(|| file.discard());
            let _ = answer.send(Err(RecordError::Recording(path)));
            return;
        }
        let now = self.clock.now();
        let snapshot = self.snapshot();
        let header = Header {
            trace: VERSION,
            shipctl: env!("CARGO_PKG_VERSION").to_owned(),
            origin_unix_ms: self.facts.origin_unix_ms.unwrap_or_default(),
            at_ns: u64::try_from(now.since_origin().as_nanos()).unwrap_or(u64::MAX),
            ski: Some(snapshot.ski),
            ship_id: Some(snapshot.ship_id),
            port: self.facts.port,
            serials_redacted: file.redacts_serials(),
            start: None,
            of: None,
            links: snapshot.links,
        };
        let begun = file.begin(&header, now).map(|recorder| self.recorder = Some(recorder));
        let _ = answer.send(begun);
    }

    /// Ends the recording; the disk is waited for elsewhere. Answers with what was recorded.
    pub(super) fn stop_recording(&mut self, answer: oneshot::Sender<Option<Recording>>) {
        let recording = self.recording();
        let recorder = self.recorder.take();
        tokio::task::spawn_blocking(move || {
            drop(recorder);
            let _ = answer.send(recording);
        });
    }

    /// What is being recorded.
    pub(super) fn recording(&self) -> Option<Recording> {
        let recorder = self.recorder.as_ref().filter(|recorder| !recorder.is_over())?;
        let Recorder { path, since, .. } = recorder;
        Some(Recording { file: path.display().to_string(), since: *since })
    }

    /// Writes down what is told beside the hub.
    pub(super) fn record_notes(&mut self, event: &NodeEvent) {
        if self.recorder.is_none() {
            return;
        }
        let at = self.clock.now();
        for heard in notes(event) {
            self.record(at, || heard);
        }
    }
}

fn notes(event: &NodeEvent) -> Vec<Heard> {
    match event {
        NodeEvent::Hub(_) => Vec::new(),
        NodeEvent::Inbound(failure) => {
            vec![note(failure.ski, Some(failure.cause.code()), failure.to_string())]
        }
        NodeEvent::Certificate { ski, remarks } => {
            let one = |it: &crate::identity::cert::CertRemark| {
                note(Some(*ski), Some(it.code()), format!("its certificate: {it}"))
            };
            remarks.iter().map(one).collect()
        }
        NodeEvent::Negotiated { ski, tls } => {
            let findings = tls.findings().into_iter();
            findings.map(|it| note(Some(*ski), Some(it.code.as_str()), it.seen)).collect()
        }
        NodeEvent::Detours { ski, tried } => {
            let told = |it: &crate::hub::dial::Tried| {
                note(Some(*ski), Some(it.code), format!("{}: {}", it.target, it.what))
            };
            dial::worth_telling(tried).map(told).collect()
        }
        NodeEvent::Mdns(MdnsEvent::Full { kept }) => {
            let flood = judge::flood(*kept);
            vec![note(None, Some(flood.code.as_str()), flood.seen)]
        }
        NodeEvent::Mdns(MdnsEvent::NameChanged { from, to }) => {
            let told = format!("mDNS: another host has our name {from:?}; ours is {to:?} now");
            vec![note(None, None, told)]
        }
        // The hub hears of these.
        NodeEvent::Mdns(MdnsEvent::Seen(_) | MdnsEvent::Gone { .. }) => Vec::new(),
        NodeEvent::StoreFailed { error, .. } => {
            vec![note(
                None,
                None,
                format!("what is trusted cannot be written to the disk: {error}"),
            )]
        }
        NodeEvent::StoreRecovered => {
            vec![note(None, None, "what is trusted is on the disk again".to_owned())]
        }
        NodeEvent::Lost(count) => vec![note(None, None, format!("{count} events went untold"))],
    }
}
