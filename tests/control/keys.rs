//! A device that changes its key, through real TLS: announced, over a restart of the hub, and used.

use serde_json::{Value, json};

use crate::{
    kit::Home,
    support::tester::{Papers, Tester, run},
};

fn announcement(counter: u16, entries: &[(&str, &Papers)]) -> Value {
    let entry = |(state, papers): &(&str, &Papers)| {
        let ski = papers.ski.to_string().to_uppercase();
        json!([{ "currentState": state }, { "curve": 23 }, { "ski": ski }])
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect();
    json!({ "keyMaterialState": [{ "updateCounter": counter }, { "entry": entries }] })
}

#[test]
fn device_with_an_announced_key_is_connected_without_pairing() {
    let home = Home::new();
    let trace = home.temp.path().join("keys.trace");
    let mut hub = home.hub(&["--no-spine"]);
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    let (old, new) = (Papers::new(), Papers::new());
    let (old_ski, new_ski) = (old.ski.to_string(), new.ski.to_string());
    run(async {
        client.order(json!({ "do": "register", "ski": old_ski }));
        let address = hub.address().parse().unwrap();
        let mut device = Tester::dial(address, &old).await.complete().await;
        device.say(announcement(2, &[("current", &old), ("successor", &new)])).await;
        let answer = device.heard().await;
        assert_eq!(answer, json!({ "keyMaterialStateResponse": [{ "accept": true }] }));
        let told = client.wait_for("key_material");
        assert_eq!((&told["ski"], &told["trusted"]), (&json!(old_ski), &json!(new_ski)), "{told}");
        assert_eq!((&told["outcome"], &told["update_counter"]), (&json!("applied"), &json!(2)));
        // What is told is on disk.
        assert_eq!(home.trust().get(&old.ski).unwrap().also_trusted(), Some(new.ski));
        home.run(&["trust", "rename", &old_ski, "Garage"]).done();
    });
    let listed = home.run(&["trust", "list"]);
    let grouped = new.ski.grouped();
    assert!(listed.done().out.contains(&format!("SKI {grouped} is trusted for Garage, too")));
    let status = home.run(&["status"]);
    assert!(status.done().out.contains(&format!("Garage: SKI {grouped} is trusted for it, too")));
    hub.kill();

    let hub = home.hub(&["--no-spine", "--trace", trace.to_str().unwrap()]);
    let mut client = home.client();
    client.order(json!({ "do": "watch" }));
    run(async {
        let address = hub.address().parse().unwrap();
        let mut device = Tester::dial(address, &new).await.complete().await;
        let changed = client.wait_for("key_changed");
        assert_eq!((&changed["ski"], &changed["to"]), (&json!(old_ski), &json!(new_ski)));
        assert_eq!(client.wait_for("completed")["ski"], json!(new_ski));
        device.say(announcement(3, &[("predecessor", &old), ("current", &new)])).await;
        let told = client.wait_for("key_material");
        assert_eq!((&told["ski"], &told["dropped"]), (&json!(new_ski), &json!(old_ski)), "{told}");
        assert!(device.heard().await["keyMaterialStateResponse"].is_array());
    });
    let trust = home.trust();
    assert_eq!((trust.len(), trust.owner(&old.ski)), (1, None));
    assert_eq!(trust.get(&new.ski).unwrap().name.as_deref(), Some("Garage"));
    home.run(&["shutdown"]).done();
    hub.end();
    home.run(&["trace", "replay", trace.to_str().unwrap()]).done();
    let shown = home.run(&["trace", "show", trace.to_str().unwrap()]);
    let line = format!("keys, update 3: predecessor {old_ski}, current {new_ski}");
    assert!(shown.done().out.contains(&line), "{}", shown.out);
}
