//! The table of what was seen.

use std::time::Duration;

use crate::{
    checks::{Finding, judge},
    cli::output::{
        story::kind,
        table::{Column, Narrow},
        text::{rough, safe},
    },
    mdns::service::Service,
};

pub(super) const COLUMNS: [Column; 11] = {
    const fn column(heading: &'static str, narrow: Narrow, missable: u8) -> Column {
        Column { heading, narrow, missable }
    }
    [
        column("BRAND", Narrow::Cut(8), 2),
        column("MODEL", Narrow::Cut(8), 0),
        column("TYPE", Narrow::Cut(8), 3),
        column("SKI", Narrow::Whole, 0),
        column("TRUST", Narrow::Whole, 4),
        column("SHIP ID", Narrow::Cut(20), 5),
        column("ADDRESS", Narrow::Cut(16), 1),
        column("INTERFACE", Narrow::Cut(6), 6),
        column("REGISTER", Narrow::Whole, 8),
        column("AGE", Narrow::Whole, 9),
        column("REMARKS", Narrow::Whole, 7),
    ]
};

pub(super) fn row(service: &Service, trusted: Option<bool>, age: Option<Duration>) -> [String; 11] {
    let txt = &service.txt;
    let text = |text: Option<&str>| safe(text.unwrap_or_default());
    let address = match service.addresses.first() {
        Some(address) => address.to_string(),
        None => safe(&format!("{}:{}", service.host, service.port)),
    };
    let model = txt.model.as_deref().or(txt.brand.is_none().then_some(&*service.instance));
    [
        text(txt.brand.as_deref()),
        text(model),
        safe(kind(service)),
        txt.ski.map_or_else(|| "?".to_owned(), |ski| ski.to_string()),
        trusted.map_or("?", |trusted| if trusted { "yes" } else { "no" }).to_owned(),
        text(txt.ship_id.as_ref().map(|id| id.as_str())),
        address,
        safe(&service.interfaces.join(",")),
        txt.register.map_or("?", |register| if register { "yes" } else { "no" }).to_owned(),
        age.map(rough).unwrap_or_default(),
        remarks(&judge::service(service)),
    ]
}

/// The same in one line, where no heading says what a cell means.
pub(super) fn in_a_line(service: &Service, trusted: Option<bool>) -> String {
    let cells =
        row(service, trusted, None).into_iter().zip(&COLUMNS).filter(|(cell, _)| !cell.is_empty());
    let cells: Vec<String> = cells
        .map(|(cell, column)| match column.heading {
            "REGISTER" => format!("register {cell}"),
            "TRUST" if cell == "yes" => "trusted".to_owned(),
            "TRUST" => "not trusted".to_owned(),
            _ => cell,
        })
        .collect();
    cells.join(" · ")
}

/// The codes, each once.
fn remarks(findings: &[Finding]) -> String {
    let mut codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
    codes.sort_unstable();
    codes.dedup();
    codes.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{super::is_serious, *};
    use crate::{cli::output::table::tests::fits, mdns::txt::Txt};

    fn service(instance: &str, pairs: &[(&str, &str)]) -> Service {
        Service {
            instance: instance.to_owned(),
            host: "demo.local.".to_owned(),
            port: 4712,
            addresses: vec!["192.168.1.20:4712".parse().unwrap()],
            interfaces: vec!["eth0".to_owned()],
            txt: Txt::read(pairs.iter().map(|(key, value)| (*key, Some(value.as_bytes())))),
        }
    }

    const SKI: &str = "5555aaaaffff1111cccc3333eeeedddd99992222";

    fn whole(instance: &str, ski: &str) -> Service {
        service(
            instance,
            &[
                ("txtvers", "1"),
                ("id", "i:46925_u:demo"),
                ("path", "/ship/"),
                ("ski", ski),
                ("register", "true"),
                ("brand", "Demo"),
                ("model", "EVSE"),
                ("cat", "3"),
            ],
        )
    }

    #[test]
    fn a_row_tells_everything_a_record_says() {
        assert_eq!(
            row(&whole("demo", SKI), Some(true), Some(Duration::from_secs(3))),
            [
                "Demo",
                "EVSE",
                "wallbox",
                SKI,
                "yes",
                "i:46925_u:demo",
                "192.168.1.20:4712",
                "eth0",
                "yes",
                "3 s",
                "MDNS-11",
            ]
        );
    }

    #[test]
    fn a_line_says_of_what_there_is_a_yes_or_no() {
        assert_eq!(
            in_a_line(&whole("demo", SKI), Some(false)),
            format!(
                "Demo · EVSE · wallbox · {SKI} · not trusted · i:46925_u:demo · 192.168.1.20:4712 · eth0 · register yes · MDNS-11"
            )
        );
    }

    #[test]
    fn brand_model_and_ski_are_whole_in_every_terminal() {
        let mut other = whole("other", &"c0ffee00".repeat(5));
        other.txt.brand = Some("Example".to_owned());
        other.txt.model = Some("Charge 11".to_owned());
        other.interfaces = vec!["wlp0s20f3".to_owned()];
        let rows = [
            row(&whole("demo", SKI), Some(true), Some(Duration::from_secs(3))),
            row(&other, None, None),
        ];
        fits(&COLUMNS, &rows, &["Example", "Charge 11", SKI]);
    }

    #[test]
    fn a_broken_record_is_listed_with_what_is_wrong() {
        let row = row(&service("wall\x1bbox", &[("ski", "12")]), None, None);
        assert_eq!((&*row[1], &*row[3], &*row[8]), ("wall\\u{1b}box", "?", "?"));
        assert_eq!(row[10], "MDNS-06 MDNS-08");
    }

    #[test]
    fn only_what_may_keep_devices_apart_changes_the_exit_code() {
        assert!(!judge::service(&whole("demo", SKI)).into_iter().any(is_serious));
        assert!(judge::service(&service("demo", &[])).into_iter().any(is_serious));
    }
}
