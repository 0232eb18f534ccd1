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
        // What was not used is kept, and so is the remark about it; nothing else is odd any more.
        assert!(again.remarks.iter().all(|remark| qr.remarks.contains(remark)));
        assert_eq!(again, InstallationQr { remarks: again.remarks.clone(), ..qr });
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
