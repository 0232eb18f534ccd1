//! The probe's ear: whoever dials us while we look is told, and let in by nobody.

use shipctl::{
    driver::{
        dial::{DialLimits, dial},
        probe::dials::Ear,
    },
    proto::Target,
};

use super::kit::{identity, loopback, soon, tls};

#[tokio::test]
async fn a_device_that_dials_us_is_told_with_how_far_it_got() {
    let (us, device) = (identity(), identity());
    let mut ear = Ear::open(loopback(), tls(&us)).unwrap();
    let target = Target::socket(([127, 0, 0, 1], ear.port()).into(), "/ship/");
    let dialled =
        soon(dial(&[target], Some(us.ski()), &tls(&device), &DialLimits::default())).await;
    assert_eq!(dialled.unwrap_err().most_telling().unwrap().code(), "WS-03");
    let dials = soon(async {
        loop {
            let dials = ear.dials();
            if !dials.is_empty() {
                return dials;
            }
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(dials[0].ski, Some(device.ski()));
    assert!(dials[0].how_far.contains("503"), "{dials:?}");
}
