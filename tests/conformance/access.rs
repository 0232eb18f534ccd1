//! Access methods.

use super::{cases::Case, device::Device, tester::run};

pub const CASES: [Case; 1] =
    [Case::new("TC_SHIP_AM_001", "tell its own SHIP ID in `accessMethods`", am_001)
        .timed(virtual_time::am_001)];

fn am_001() {
    run(async {
        let mut device = Device::start();
        let ship_id = device.ship_id();
        assert!(ship_id.is_string());
        for tester in device.both_roles().await {
            let mut tester = tester.complete().await;
            assert_eq!(tester.answers().await, ship_id);
        }
    });
}

/// The same with every limit to the millisecond.
mod virtual_time {
    use shipctl::proto::handshake::{Event, Role, Settings, Trust};

    use super::super::support::virtual_time::*;

    const ROLES: [Role; 2] = [Role::Client, Role::Server];

    fn trusting(role: Role) -> Settings {
        settings(role, Trust::Trusted)
    }

    pub fn am_001() {
        for role in ROLES {
            let mut bench = Bench::in_access(trusting(role));
            assert_eq!(bench.heard(), access_request());
            bench.say(access_request());
            assert_eq!(bench.heard(), own_access_methods());
            bench.say(access_methods("peer"));
            assert!(bench.log.numbers().ends_with(&[36, 37, 38]));
            assert!(bench.log.events.contains(&Event::PeerShipId(ship_id("peer"))));
            // At any later time too.
            bench.pass(secs(3600));
            bench.say(access_request());
            assert_eq!(bench.heard(), own_access_methods());
        }
    }
}
