//! Certificates that claim the SKI of somebody else.

use rustls::{AlertDescription, Error};
use serde_json::json;

use super::{
    cases::Case,
    device::Device,
    papers::Papers as Forged,
    tester::{Listener, Papers, Tester, dial_with, run},
};

pub const CASES: [Case; 2] = [
    Case::new(
        "TC_SHIP_SEC_001",
        "as server, abort TLS on a certificate whose SKI is not its key's, unknown or paired",
        sec_001,
    )
    .remark("alert `bad_certificate`"),
    Case::new(
        "TC_SHIP_SEC_002",
        "as client, abort TLS on a certificate whose SKI is not its key's, unknown or paired",
        sec_002,
    )
    .remark("alert `bad_certificate`"),
];

fn sec_001() {
    run(async {
        let mut device = Device::start();
        let paired = Papers::new();
        device.trusts(&paired);
        drop(Tester::dial(device.address, &paired).await.complete().await);
        for claimed in [Papers::new().ski, paired.ski] {
            let refused = dial_with(device.address, Forged::forged(claimed)).await;
            is_alert(&refused.unwrap_err());
        }
        // The one it was is still welcome.
        Tester::dial(device.address, &paired).await.complete().await;
    });
}

fn sec_002() {
    run(async {
        let mut device = Device::start();
        let unknown = Listener::new(Papers::new()).await;
        device.dials(unknown.papers.ski, unknown.address);
        let refused = unknown.accept_with(Forged::forged(unknown.papers.ski)).await;
        is_alert(&refused.unwrap_err());

        let paired = Listener::new(Papers::new()).await;
        device.dials(paired.papers.ski, paired.address);
        let tester = paired.accept().await.complete().await;
        device.order("disconnect", tester.ski, json!({}));
        drop(tester);
        device.order("connect", paired.papers.ski, json!({}));
        let refused = paired.accept_with(Forged::forged(paired.papers.ski)).await;
        is_alert(&refused.unwrap_err());
    });
}

fn is_alert(error: &std::io::Error) {
    let alert = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>());
    assert_eq!(alert, Some(&Error::AlertReceived(AlertDescription::BadCertificate)), "{error}");
}
