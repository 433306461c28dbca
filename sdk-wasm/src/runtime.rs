//! What a `no_std` module has to bring along: an allocator, an end, a place for its state.
//!
//! The only unsafe code of the crate. All of it rests on one fact: `wasm32-unknown-unknown`
//! without atomics has one thread.

use core::cell::UnsafeCell;

use lol_alloc::{AssumeSingleThreaded, FreeListAllocator};

use crate::outbox::Outbox;

// SAFETY: one thread, see above.
#[global_allocator]
static ALLOCATOR: AssumeSingleThreaded<FreeListAllocator> =
    unsafe { AssumeSingleThreaded::new(FreeListAllocator::new()) };

/// Never reached: panics are compiled to traps, which the loader catches.
#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The one outbox of a page load.
pub struct Slot(UnsafeCell<Outbox>);

// SAFETY: one thread, see above.
unsafe impl Sync for Slot {}

impl Slot {
    /// Holds an outbox.
    pub const fn new(outbox: Outbox) -> Self {
        Self(UnsafeCell::new(outbox))
    }

    /// Works on the outbox. `work` is one of its methods, none of which calls out of the module.
    pub fn with<R>(&self, work: impl FnOnce(&mut Outbox) -> R) -> R {
        // SAFETY: one thread, and no call into the module begins before the one before has ended: it imports nothing that
        // could call back. So this is the only reference.
        work(unsafe { &mut *self.0.get() })
    }
}
