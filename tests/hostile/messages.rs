//! Messages that are too large, too many, or not what they seem.

use std::net::SocketAddr;

use shipctl::identity::cert::Identity;

use crate::{
    arena::{Arena, MOST, identity},
    talking::*,
};

const MIB: usize = 1 << 20;

/// A hub that trusts the attacker as well.
fn trusting(attacker: &Identity) -> Arena {
    Arena::trusting(&[(attacker, None::<SocketAddr>)], &["--no-mdns"])
}

#[test]
fn messages_of_1_16_and_64_mib() {
    for size in [1, 16, 64] {
        let name = format!("a stranger's message of {size} MiB");
        Arena::new().judge(&name, "WS-05", MOST, async |arena| {
            let mut talker = Talker::hello(arena, &identity()).await;
            let _ =
                talker.begin_frame(true, 2, size * MIB).await && talker.fill(1, size * MIB).await;
            talker
        });
    }
}

#[test]
fn messages_of_16_mib_of_a_peer_that_is_trusted() {
    let attacker = identity();
    let name = "1 MiB 20 times and 16 MiB, of a trusted peer";
    trusting(&attacker).judge(name, "WS-05", MOST, async |arena| {
        let mut talker = Talker::complete(arena, &attacker).await;
        let data = r#"{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":""#;
        for _ in 0..20 {
            let text = format!("{data}{}\"}}]}}", "x".repeat(MIB - data.len() - 5));
            assert!(talker.say(2, &text).await);
        }
        let _ = talker.begin_frame(true, 2, 16 * MIB).await && talker.fill(1, 16 * MIB).await;
        talker
    });
}

#[test]
fn messages_in_fragments() {
    Arena::new().judge("a message without end, in fragments", "WS-05", MOST, async |arena| {
        let mut talker = Talker::hello(arena, &identity()).await;
        for n in 0..1024 {
            let opcode = if n == 0 { 2 } else { 0 };
            if !talker.begin_frame(false, opcode, 1 << 16).await || !talker.fill(1, 1 << 16).await {
                break;
            }
        }
        talker
    });
    Arena::new().judge("50 000 empty fragments", "MSG-03", MOST, async |arena| {
        let mut talker = Talker::open(arena, &identity()).await;
        for n in 0..50_000 {
            if !talker.begin_frame(false, if n == 0 { 2 } else { 0 }, 0).await {
                break;
            }
        }
        talker.hear_out().await;
    });
}

#[test]
fn data_before_completion() {
    Arena::new().judge("100 x 1 MiB of a stranger's data", "WS-05", MOST, async |arena| {
        let mut talker = Talker::hello(arena, &identity()).await;
        let text = "x".repeat(MIB - 1);
        for _ in 0..100 {
            if !talker.say(2, &text).await {
                break;
            }
        }
        talker
    });
    Arena::new().judge("100 x 200 KiB of a stranger's data", "WS-05", MOST, async |arena| {
        let mut talker = Talker::hello(arena, &identity()).await;
        let data = r#"{"data":[{"header":[{"protocolId":"ee1.0"}]},{"payload":""#;
        let text = format!("{data}{}\"}}]}}", "x".repeat(200 * 1024));
        for _ in 0..100 {
            assert!(talker.say(2, &text).await);
        }
        talker.say(1, r#"{"connectionHello":[{"phase":"aborted"}]}"#).await;
        talker.hear_out().await;
    });
}

#[test]
fn json_that_is_deep_wide_or_long() {
    let hello = r#"{"connectionHello":[{"phase":"ready"},{"waiting":"#;
    let deep = format!("{hello}{}{}}}]}}", "[".repeat(100_000), "]".repeat(100_000));
    let open = format!("{hello}{}", "[{\"a\":".repeat(30_000));
    let wide =
        |keys: usize| format!("{{\"connectionHello\":[{{{}\"a\":1}}]}}", "\"a\":1,".repeat(keys));
    let digits = format!("{hello}{}}}]}}", "9".repeat(10_000));
    for (name, code, text) in [
        ("JSON nested 100 000 deep", "DAT-04", deep),
        ("JSON nested 60 000 deep and never closed", "DAT-04", open),
        ("a million keys", "WS-05", wide(1_000_000)),
        ("40 000 keys", "DAT-04", wide(40_000)),
        ("a number of 10 000 digits", "DAT-04", digits),
    ] {
        Arena::new().judge(name, code, MOST, async |arena| {
            let mut talker = Talker::hello(arena, &identity()).await;
            for _ in 0..20 {
                if !talker.say(1, &text).await {
                    break;
                }
            }
            talker
        });
    }
}

#[test]
fn floods_before_completion() {
    let attacker = identity();
    Arena::new().judge("20 000 pings", "MSG-03", MOST, async |arena| {
        let mut talker = Talker::hello(arena, &identity()).await;
        for _ in 0..20_000 {
            if !talker.begin_frame(true, 9, 0).await {
                break;
            }
        }
        arena.finds("more than 500 messages, or pieces of them, within 10 s").await;
    });
    Arena::new().judge("20 000 prolongation requests", "MSG-03", MOST, async |arena| {
        let mut talker = Talker::hello(arena, &identity()).await;
        for _ in 0..20_000 {
            if !talker.say(1, MORE_TIME).await {
                break;
            }
        }
        arena.finds("more than 500 messages, or pieces of them, within 10 s").await;
    });
    trusting(&attacker).judge("20 000 accessMethodsRequest", "MSG-03", MOST, async |arena| {
        let mut talker = Talker::nearly(arena, &attacker).await;
        for _ in 0..20_000 {
            if !talker.say(1, ASK).await {
                break;
            }
        }
        arena.finds("more than 500 messages, or pieces of them, within 10 s").await;
    });
}

#[test]
fn a_trusted_peer_that_never_reads() {
    let attacker = identity();
    let name = "a trusted peer that asks and never reads";
    trusting(&attacker).judge(name, "WS-07", MOST, async |arena| {
        let mut talker = Talker::complete(arena, &attacker).await;
        // Many in one write: what counts is how much is asked for.
        let mut frames = Vec::new();
        for _ in 0..500 {
            frames.extend([0x82, 0x80 | (ASK.len() as u8 + 1), 0, 0, 0, 0, 1]);
            frames.extend(ASK.as_bytes());
        }
        while talker.raw(&frames).await {}
        arena.finds("does not read").await;
    });
}

#[test]
fn messages_out_of_order_and_again() {
    let attacker = identity();
    let arena = trusting(&attacker);
    let messages = [HELLO, ANNOUNCE, SELECT, PIN_STATE, ASK, METHODS];
    arena.judge("messages replayed and reordered", "MSG-01", MOST, async |arena| {
        for first in 0..messages.len() {
            let mut talker = Talker::hello(arena, &attacker).await;
            for turn in 0..2 * messages.len() {
                if !talker.say(1, messages[(first + 5 * turn) % messages.len()]).await {
                    break;
                }
            }
            talker.say(3, r#"{"connectionClose":[{"phase":"announce"}]}"#).await;
            talker.say(0, "\0").await;
            talker.hear_out().await;
        }
    });
}
