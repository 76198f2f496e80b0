//! Gives back to the system what a pass needed and the time until the next one does not.

/// Gives free memory back. The allocator of glibc keeps most of what was freed for later: after a
/// pass over 10,000 articles about 10 MiB, which a sidecar would hold for as long as it idles.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "there is no safe way to ask for it; `cargo bench --bench sync` shows what it saves"
)]
pub fn give_back() {
    // SAFETY: `malloc_trim` takes its own locks, may be called at any time from any thread, and
    // touches only memory that nobody owns.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators are asked for nothing.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn give_back() {}
