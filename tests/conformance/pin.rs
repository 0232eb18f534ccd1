//! PIN.

use super::{
    cases::Case,
    device::Device,
    tester::{access_request, no_pin, run},
};

pub const CASES: [Case; 1] = [Case::new(
    "TC_SHIP_PIN_001",
    "without a PIN say `none`, and go on to access methods",
    pin_001,
)
.timed(virtual_time::pin_001)];

fn pin_001() {
    run(async {
        let mut device = Device::start();
        for mut tester in device.both_roles().await {
            tester.through_protocol().await;
            assert_eq!(tester.heard().await, no_pin());
            tester.say(no_pin()).await;
            assert_eq!(tester.heard().await, access_request());
        }
    });
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::{
        handshake::{Role, Settings, Trust},
        message::PinDemand,
    };

    use super::super::support::virtual_time::*;

    const ROLES: [Role; 2] = [Role::Client, Role::Server];

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn pin_001() {
        for role in ROLES {
            let mut bench = Bench::in_pin(trusting(role));
            assert_eq!(bench.heard(), pin_state(PinDemand::None, None));
            bench.say(pin_state(PinDemand::None, None));
            assert_eq!(bench.heard(), access_request());
            assert!(bench.log.numbers().ends_with(&[26, 27, 31, 36]));
        }
    }
}
