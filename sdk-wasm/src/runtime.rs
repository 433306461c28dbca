//! What a `no_std` module has to bring along: an allocator, an end, a place for its state.
//!
//! The only unsafe code of the crate. All of it rests on one fact: `wasm32-unknown-unknown`
//! without atomics has one thread.

use alloc::string::String;
use alloc::vec::Vec;
use core::cell::UnsafeCell;

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

// SAFETY: one thread, see above.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

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
}

/// A text that came as the bytes of `TextEncoder`.
pub fn text(bytes: Vec<u8>) -> String {
    // SAFETY: `js/wasm-core.js` hands over nothing else, and that is UTF-8 whatever is encoded. wasm-bindgen trusts it alike.
    unsafe { String::from_utf8_unchecked(bytes) }
}
