//! The text of an installation QR code: read, written, read as the same; a PIN is never shown.

#![no_main]

use libfuzzer_sys::fuzz_target;
use shipctl::proto::qr::InstallationQr;

const PIN: &str = "badcafe5";

fuzz_target!(|text: &str| {
    if let Ok(qr) = text.parse::<InstallationQr>()
        && let Ok(written) = qr.to_text()
    {
        let again: InstallationQr = written.parse().expect("what was written can be read");
        assert_eq!(again.remarks, []);
        assert_eq!(again, InstallationQr { remarks: Vec::new(), ..qr });
    }

    if !text.to_lowercase().contains(PIN) {
        let rest = text.strip_prefix("SHIP;").unwrap_or(text);
        let secret = format!("SHIP;PIN:{PIN};SPSEC:{PIN};{rest}");
        let shown = match secret.parse::<InstallationQr>() {
            Ok(qr) => format!("{qr:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!shown.to_lowercase().contains(PIN), "{shown}");
    }
});
