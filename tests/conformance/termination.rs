//! The end of trust.

use serde_json::json;

use super::{
    cases::Case,
    device::Device,
    tester::{field, run},
};

pub const CASES: [Case; 1] = [Case::new(
    "TC_SHIP_TERM_001",
    "when trust is revoked, announce a close with maxTime and reason; close at \
         most 2 s after maxTime even if nobody confirms",
    term_001,
)
.timed(virtual_time::term_001)
.remark("confirmed and unconfirmed, in both roles")];

fn term_001() {
    run(async {
        for confirms in [true, false] {
            let mut device = Device::start();
            for tester in device.both_roles().await {
                let mut tester = tester.complete().await;
                let ski = tester.ski.to_string();
                device.client.send(json!({ "do": "unregister", "ski": ski }));
                let announced = tester.heard_json(3).await;
                let told = |name| field(&announced, "connectionClose", name);
                assert_eq!(told("phase"), "announce");
                assert_eq!(told("reason"), "removedConnection");
                let most = told("maxTime").as_u64().expect("a time") as f64 / 1000.0;
                if confirms {
                    let confirm = json!({ "connectionClose": [{ "phase": "confirm" }] });
                    tester.say_json(3, confirm).await;
                }
                tester.is_closed().await;
                tester.took(0.0, most + 2.0);
            }
        }
    });
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        handshake::{Cause, Role, Settings, Side, Trust},
        message::{ClosePhase, CloseReason, ConnectionClose, Message},
    };

    use super::super::support::virtual_time::*;

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn term_001() {
        for confirmed in [true, false] {
            let mut bench = Bench::complete(trusting(Role::Server));
            bench.with(|dut, now| dut.close(now, CloseReason::RemovedConnection));
            assert_eq!(
                bench.heard(),
                Message::Close(ConnectionClose {
                    phase: ClosePhase::Announce,
                    max_time: Some(ms(500)),
                    reason: Some(CloseReason::RemovedConnection),
                })
            );
            assert_eq!(bench.log.closed, None);
            if confirmed {
                bench.say(closing(ClosePhase::Confirm));
            } else {
                bench.pass(ms(500));
            }
            assert_eq!(bench.log.closed, Some((4001, "close")));
            bench.close_frame(4001, "close");
            let reason = CloseReason::RemovedConnection;
            assert_eq!(bench.end().cause, Cause::Closed { by: Side::We, reason, confirmed });
            assert!(bench.end().completed);
        }
    }
}
