//! A SHIP peer on the `eebus` crate, driven by shipctl's interoperability tests.
//!
//! Commands come in on stdin, one a line; events leave on stdout, one JSON object a line. The flags
//! and both languages are described in ../README.md and shared with the peer on ship-go.

mod bench;
mod commands;
mod discovery;
mod events;
mod identity;
mod link;
mod options;
mod payload;
mod peer;

use std::error::Error;
use std::process::ExitCode;

use options::Options;

/// Whatever stops the program; it ends as an `error` event.
type Fallible<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            events::error(error);
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Fallible {
    let options = Options::from_args(std::env::args().skip(1))?;
    events::set_verbose(options.verbose);
    if let Some(n) = options.self_bench {
        return bench::run(n).await;
    }
    let (peer, port) = peer::Peer::start(&options).await?;
    let mdns = if options.mdns { Some(discovery::start(&peer, &options, port)?) } else { None };
    events::ready(peer.ski(), &options.ship_id, port);
    if let Some(address) = &options.dial {
        peer.dial(address, options.remotes[0]);
    }
    commands::obey_stdin(&peer).await;
    drop(mdns); // withdraws the announcement
    peer.stop().await;
    Ok(())
}
