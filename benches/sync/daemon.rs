//! A daemon that has nothing to do: how soon it is ready, and what it costs to have it.

use std::os::unix::net::UnixDatagram;
use std::time::{Duration, Instant};

use super::measure::{Figure, median, processor_time, row, status_kib, wake_ups};
use super::place::Place;

/// Prints what an idle daemon costs over a minute.
pub(crate) fn idle(place: &Place, what: &str) {
    let ready = median(5, || {
        let socket = UnixDatagram::bind(place.path("notify")).expect("a socket");
        let began = Instant::now();
        let daemon = place.daemon();
        let mut message = [0; 4096];
        loop {
            let length = socket.recv(&mut message).expect("a message");
            if String::from_utf8_lossy(&message[..length]).contains("READY=1") {
                break;
            }
        }
        let seconds = began.elapsed().as_secs_f64();
        std::fs::remove_file(place.path("notify")).expect("the socket");
        Figure {
            seconds,
            peak_kib: status_kib(daemon.id(), "VmHWM:"),
            calls: 0,
        }
    });
    row(&format!("{what}: ready after start"), &ready, None);
    let daemon = place.daemon();
    std::thread::sleep(Duration::from_secs(6));
    let (before, woken) = (processor_time(daemon.id()), wake_ups(daemon.id()));
    std::thread::sleep(Duration::from_mins(1));
    let busy = processor_time(daemon.id()).saturating_sub(before);
    let woken = wake_ups(daemon.id()) - woken;
    let figure = Figure {
        seconds: busy.as_secs_f64(),
        peak_kib: status_kib(daemon.id(), "VmRSS:"),
        calls: 0,
    };
    row(
        &format!("{what}: idle for a minute (processor, RSS)"),
        &figure,
        None,
    );
    println!("{:<52}{woken:>10}", "    wake-ups in that minute");
}
