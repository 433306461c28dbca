//! What a `no_std` module has to bring along: an allocator, an end, places for its state; and texts without a check.
//!
//! The only unsafe code of the crate. All of it rests on one fact: `wasm32-unknown-unknown`
//! without atomics has one thread.

use core::alloc::{GlobalAlloc, Layout};
use core::cell::UnsafeCell;

/// There is nothing to allocate from: all that is held has a place of its own.
struct Nothing;

// SAFETY: no allocation is ever made.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

/// Never reached: panics are compiled to traps, which the loader catches.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// A place for a value of a page load.
pub struct Slot<T>(UnsafeCell<T>);

// SAFETY: one thread, see above.
unsafe impl<T> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// Holds a value.
    pub const fn new(value: T) -> Self {
        Self(UnsafeCell::new(value))
    }

    /// Works on the value. `work` does not call out of the module: what is called could call back, and come here again.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: one thread, and no call into the module begins while `work` runs. So this is the only reference.
        work(unsafe { &mut *self.0.get() })
    }

    /// The value, once nothing works on it any more.
    pub fn get(&self) -> &T {
        // SAFETY: see above.
        unsafe { &*self.0.get() }
    }
}

/// A text that came as the bytes of `TextEncoder`.
pub const fn text(bytes: &[u8]) -> &str {
    // SAFETY: `js/wasm-core.js` puts in nothing else, and that is UTF-8 whatever is encoded; the outbox adds ASCII, and cuts at
    // what it added. wasm-bindgen trusts it alike.
    unsafe { str::from_utf8_unchecked(bytes) }
}
