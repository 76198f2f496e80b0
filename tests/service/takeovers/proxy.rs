//! A network between a daemon and its database that can fail: it goes silent, or is cut.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

const WORKS: u8 = 0;
const SILENT: u8 = 1;
const CUT: u8 = 2;

/// The network of one host.
pub(super) struct Proxy {
    pub(super) port: u16,
    mode: Arc<AtomicU8>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    /// A way to the database that listens there.
    pub(super) fn to(database: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let this = Self {
            port: listener.local_addr().unwrap().port(),
            mode: Arc::new(AtomicU8::new(WORKS)),
            streams: Arc::default(),
        };
        let (mode, streams) = (this.mode.clone(), this.streams.clone());
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if mode.load(Ordering::Relaxed) == CUT {
                    continue;
                }
                let Ok(server) = TcpStream::connect(&database) else {
                    continue;
                };
                let mut open = streams.lock().unwrap();
                for (from, to) in [(&client, &server), (&server, &client)] {
                    open.push(from.try_clone().unwrap());
                    let ends = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let mode = mode.clone();
                    thread::spawn(move || carry(ends, &mode));
                }
            }
        });
        this
    }

    /// Bytes are neither delivered nor lost until it works again.
    pub(super) fn silence(&self) {
        self.mode.store(SILENT, Ordering::Relaxed);
    }

    /// Connections break, and new ones do, too, until it works again.
    pub(super) fn cut(&self) {
        self.mode.store(CUT, Ordering::Relaxed);
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    pub(super) fn heal(&self) {
        self.mode.store(WORKS, Ordering::Relaxed);
    }
}

fn carry((mut from, mut to): (TcpStream, TcpStream), mode: &AtomicU8) {
    let mut bytes = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut bytes) {
        while mode.load(Ordering::Relaxed) == SILENT {
            thread::sleep(Duration::from_millis(10));
        }
        if to.write_all(&bytes[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
