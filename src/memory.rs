//! Holds no more memory than what is under way needs: threads share what the allocator keeps for later,
//! and what a pass needed and what comes after does not is given back to the system.

/// Pools of free memory that the threads share.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const POOLS: i32 = 4;

/// Lets all threads share a few pools. Without that, glibc makes one for each thread, up to eight for each
/// processor, and each keeps megabytes of its own: a daemon that needed 7 MiB held 42 after an hour.
/// Called before there are threads.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "there is no safe way to ask for it; `.ci/nightly` shows what it saves"
)]
pub fn share() {
    // SAFETY: `mallopt` takes two numbers, may be called at any time, and changes no memory that is in use.
    unsafe {
        libc::mallopt(libc::M_ARENA_MAX, POOLS);
    }
}

/// Other allocators are asked for nothing.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn share() {}

/// Gives free memory back. The allocator of glibc keeps most of what was freed for later: after a
/// pass over 10,000 articles about 10 MiB, which a sidecar would hold for as long as it idles.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "there is no safe way to ask for it; `cargo bench --bench sync` shows what it saves"
)]
pub fn trim_memory() {
    // SAFETY: `malloc_trim` takes its own locks, may be called at any time from any thread, and
    // touches only memory that nobody owns.
    unsafe {
        libc::malloc_trim(0);
    }
}

/// Other allocators are asked for nothing.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn trim_memory() {}

/// How many items a long list gives back at once.
const PIECE: usize = 1 << 16;

/// The items of a list in their order. Its memory is given back on the way, so that what is made of
/// them does not stand beside an empty list of the same length.
pub fn drain<T>(mut items: Vec<T>) -> impl Iterator<Item = T> {
    items.reverse();
    std::iter::from_fn(move || {
        let item = items.pop();
        if items.len() % PIECE == PIECE - 1 {
            items.shrink_to_fit();
        }
        item
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_drained_in_their_order() {
        for count in [0, 1, 5, 3 * PIECE + 1] {
            let items: Vec<usize> = (0..count).collect();
            assert!(drain(items).eq(0..count));
        }
    }
}
