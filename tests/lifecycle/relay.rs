//! A way between two nodes that can go dead without a word, as a cut cable or a device that hangs.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

/// Passes on everything between whoever connects to it and one address, until it is dead.
pub struct Relay {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    dead: AtomicBool,
    /// What the far end sent that never got through.
    lost: AtomicUsize,
}

impl Relay {
    pub async fn to(far: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, shared) = (listener.local_addr().unwrap(), Arc::<Shared>::default());
        let relay = Self { address, shared: shared.clone() };
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let Ok(far) = TcpStream::connect(far).await else { continue };
                let ((near_in, near_out), (far_in, far_out)) =
                    (near.into_split(), far.into_split());
                tokio::spawn(pass(near_in, far_out, shared.clone(), false));
                tokio::spawn(pass(far_in, near_out, shared.clone(), true));
            }
        });
        relay
    }

    /// From now on nothing gets through, and nothing closes.
    pub fn die(&self) {
        self.shared.dead.store(true, Ordering::SeqCst);
    }

    /// How many bytes the far end sent since then.
    pub fn lost(&self) -> usize {
        self.shared.lost.load(Ordering::SeqCst)
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, shared: Arc<Shared>, far: bool) {
    let mut bytes = vec![0; 4096];
    loop {
        let length = from.read(&mut bytes).await.unwrap_or(0);
        let dead = shared.dead.load(Ordering::SeqCst);
        if dead && far {
            shared.lost.fetch_add(length, Ordering::SeqCst);
        }
        if length == 0 && dead {
            return std::future::pending().await; // the other half stays open
        }
        if length == 0 || !dead && to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
    }
}
