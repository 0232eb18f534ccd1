//! The service as announced, the latest attempt, the connection and the certificate.

use ratatui::text::{Line, Span};

use super::super::{
    model::Model,
    text::{clean, exact, folded, gone, times},
    theme::Role,
};
use crate::{
    cli::output::{
        offers,
        text::{date_time, padded, wrapped},
    },
    hub::{
        facts::{CertificateFacts, ConnectionFacts},
        snapshot::{PeerSnapshot, ServiceSeen},
    },
    proto::ConnectionState,
    spine::Offers,
};

/// The longest text of a device that is shown whole, in columns.
const LONGEST: usize = 1000;

/// Lines under headings.
struct Sheet<'a> {
    model: &'a Model,
    width: usize,
    lines: Vec<Line<'static>>,
}

pub(super) fn lines(model: &Model, width: usize) -> Vec<Line<'static>> {
    let mut sheet = Sheet { model, width, lines: Vec::new() };
    if let Some(ski) = model.selected_ski() {
        sheet.row("SKI", &ski.grouped());
    }
    if let Some(peer) = model.selected_peer() {
        sheet.peer(peer);
    }
    match model.selected_service() {
        Some(service) => sheet.service(service),
        None => sheet.heading("announcement (mDNS): not seen now"),
    }
    sheet.lines
}

impl Sheet<'_> {
    fn heading(&mut self, text: &str) {
        self.lines.push(Line::styled(text.to_owned(), self.model.theme.heading()));
    }

    /// A value of ours or of the device, in as many lines as it needs; it is made harmless here.
    fn row(&mut self, label: &str, value: &str) {
        let room = self.width.saturating_sub(17).max(20);
        self.rows(label, folded(&clean(value, LONGEST), room));
    }

    /// The same for words, broken between them.
    fn words(&mut self, label: &str, value: &str) {
        let room = self.width.saturating_sub(17).max(20);
        let wrapped = wrapped(&clean(value, LONGEST), room);
        self.rows(label, wrapped.lines().map(str::to_owned).collect());
    }

    fn rows(&mut self, label: &str, lines: Vec<String>) {
        for (n, line) in lines.into_iter().enumerate() {
            let label = if n == 0 { label } else { "" };
            let label = format!("  {} ", padded(label, 14));
            let label = Span::styled(label, self.model.theme.style(Role::Faint));
            self.lines.push(Line::from(vec![label, Span::raw(line)]));
        }
    }

    fn maybe(&mut self, label: &str, value: Option<impl AsRef<str>>) {
        if let Some(value) = value {
            self.row(label, value.as_ref());
        }
    }

    fn peer(&mut self, peer: &PeerSnapshot) {
        let number = peer.protocol.map(|state| format!(", {} {state}", state.number()));
        self.row("state", &format!("{}{}", peer.state_word(), number.unwrap_or_default()));
        self.maybe("SHIP ID", peer.ship_id.as_ref().map(|id| id.as_str()));
        self.maybe("trusted since", peer.trusted_since.map(date_time));
        self.maybe("last connected", peer.last_seen.map(date_time));
        for target in &peer.targets {
            self.row("given address", &target.to_string());
        }
        if let Some(hello) = &peer.hello {
            let said = |trusts| if trusts { "ready" } else { "pending" };
            let peer = hello.peer_trusts.map_or("nothing yet", said);
            let more = match hello.prolongations_granted + hello.prolongations_asked {
                0 => String::new(),
                asked => format!(", more time {}", times(asked)),
            };
            let text = format!("we said {}, it said {peer}{more}", said(hello.we_trust));
            self.row("hello", &text);
        }
        if let Some(offers) = &peer.offers {
            self.offers(offers, peer.state == ConnectionState::Completed);
        }
        if let Some(attempt) = &peer.attempt {
            let ago = gone(self.model.hub_now().since(attempt.began));
            self.heading(&format!("attempt {}, {ago} ago", attempt.number));
            for tried in &attempt.tried {
                let how = match (&tried.what, tried.reached) {
                    (_, true) => "reached".to_owned(),
                    (Some(what), false) => what.clone(),
                    (None, false) => format!("stopped at {}", tried.stage),
                };
                let code = tried.code.map(|code| format!(" [{code}]")).unwrap_or_default();
                let text = format!("{} after {}: {how}{code}", tried.target, exact(tried.took));
                self.row("tried", &text);
            }
        }
        if let Some(connection) = &peer.connection {
            self.connection(connection);
        }
    }

    fn offers(&mut self, told: &Offers, now: bool) {
        self.heading(if now { "what it offers (SPINE)" } else { "what it offered last (SPINE)" });
        self.words("device", &offers::what(told));
        self.maybe("address", told.device.as_ref());
        match told.use_cases.as_deref() {
            None => self.row("use cases", "not told"),
            Some([]) => self.row("use cases", "none"),
            Some(some) => {
                for case in some {
                    self.words("use case", &offers::use_case(case));
                }
            }
        }
        for entity in &told.entities {
            let text = format!("{}: {}", offers::entity(entity), offers::features(entity));
            self.words("entity", &text);
        }
        if told.cut {
            self.row("", "and more than is kept");
        }
    }

    fn connection(&mut self, connection: &ConnectionFacts) {
        let who = if connection.we_dialled { "we dialled" } else { "it dialled" };
        let now = self.model.hub_now();
        let heading = match connection.until {
            None => format!("connection, open for {}", gone(now.since(connection.since))),
            Some(until) => format!("last connection, ended {} ago", gone(now.since(until))),
        };
        self.heading(&heading);
        self.row("with", &format!("{}, {who}", connection.remote));
        let transport = &connection.transport;
        let tls = [&transport.tls_version, &transport.cipher_suite];
        let tls: Vec<&str> = tls.into_iter().flatten().map(String::as_str).collect();
        self.maybe("TLS", (!tls.is_empty()).then(|| tls.join(", ")));
        let socket = [&transport.path, &transport.sub_protocol];
        let socket: Vec<&str> = socket.into_iter().flatten().map(String::as_str).collect();
        self.maybe("WebSocket", (!socket.is_empty()).then(|| socket.join(", ")));
        let agreed = [&connection.version, &connection.format];
        let agreed: Vec<&str> = agreed.into_iter().flatten().map(String::as_str).collect();
        self.maybe("SHIP", (!agreed.is_empty()).then(|| agreed.join(", ")));
        self.maybe("SHIP ID", connection.ship_id.as_ref().map(|id| id.as_str()));
        if let Some(certificate) = &transport.certificate {
            self.certificate(certificate);
        }
    }

    fn certificate(&mut self, certificate: &CertificateFacts) {
        self.heading("its certificate");
        self.maybe("subject", certificate.subject.as_deref());
        self.maybe("issuer", certificate.issuer.as_deref());
        let day = |at: Option<i64>| at.map_or_else(|| "?".to_owned(), date_time);
        let valid = format!("{} to {}", day(certificate.not_before), day(certificate.not_after));
        self.row("valid", &valid);
        self.row("key", &certificate.key);
        self.row("SKI in it", &certificate.ski.map_or("none".to_owned(), |ski| ski.grouped()));
        self.row("SHA-256", &certificate.fingerprint);
        for odd in &certificate.remarks {
            let code = odd.code.map(|code| format!(" [{code}]")).unwrap_or_default();
            self.row("odd", &format!("{}{code}", odd.what));
        }
    }

    fn service(&mut self, service: &ServiceSeen) {
        let ago = gone(self.model.hub_now().since(service.since));
        self.heading(&format!("announcement (mDNS), seen for {ago}"));
        self.row("name", &service.name);
        self.row("host", &format!("{}:{}", service.host, service.port));
        for address in &service.addresses {
            self.row("address", &address.to_string());
        }
        self.row("interfaces", &service.interfaces.join(" "));
        let category = |number: &u16| {
            let name = crate::mdns::txt::Category(*number).name();
            name.map_or_else(|| number.to_string(), |name| format!("{number} {name}"))
        };
        let categories: Vec<String> = service.categories.iter().map(category).collect();
        self.maybe("categories", (!categories.is_empty()).then(|| categories.join(", ")));
        self.heading("its TXT record");
        for (key, value) in &service.txt {
            self.row(&clean(key, 14), value);
        }
    }
}
