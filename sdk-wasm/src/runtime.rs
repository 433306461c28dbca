//! What a `no_std` module has to bring along: an allocator, an end, a place for its state.
//!
//! The only unsafe code of the crate. All of it rests on one fact: `wasm32-unknown-unknown`
//! without atomics has one thread.

use core::cell::RefCell;

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
pub struct Slot<T>(RefCell<Option<T>>);

// SAFETY: one thread, see above.
unsafe impl<T> Sync for Slot<T> {}

impl<T> Slot<T> {
    /// Holds a value, or nothing yet.
    pub const fn new(value: Option<T>) -> Self {
        Self(RefCell::new(value))
    }

    /// Puts a value in.
    pub fn set(&self, value: T) {
        if let Ok(mut slot) = self.0.try_borrow_mut() {
            *slot = Some(value);
        }
    }

    /// Works on the value, unless there is none or it is being worked on further up the stack.
    pub fn with<R>(&self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.0.try_borrow_mut().ok()?.as_mut().map(work)
    }
}
