//! Memory that a thread uses again, from block to block: what the system hands out anew costs more than to fill it.

use std::cell::RefCell;
use std::thread::LocalKey;

/// Lists that a thread keeps of each kind: a block has some ten columns.
const KEPT_MAX: usize = 16;

/// Numbers in a list that is worth keeping, at most: twice the rows of a row group, 2 MB.
const LENGTH_MAX: usize = 262_144;

type Kept<T> = RefCell<Vec<Vec<T>>>;

/// What lists are kept of.
pub trait Spare: Copy + 'static {
    /// The lists that this thread keeps.
    fn kept() -> &'static LocalKey<Kept<Self>>;
}

macro_rules! spare {
    ($($number:ty)*) => {$(
        impl Spare for $number {
            fn kept() -> &'static LocalKey<Kept<Self>> {
                thread_local!(static KEPT: Kept<$number> = const { RefCell::new(Vec::new()) });
                &KEPT
            }
        }
    )*};
}

spare!(u32 u64);

/// An empty list with room for so many.
pub fn list<T: Spare>(room: usize) -> Vec<T> {
    let mut list = T::kept()
        .with_borrow_mut(|kept| {
            let fits = kept.iter().position(|list| list.capacity() >= room);
            fits.map(|at| kept.swap_remove(at)).or_else(|| kept.pop())
        })
        .unwrap_or_default();
    list.reserve(room);
    list
}

/// Keeps a list that nobody needs any more.
pub fn keep<T: Spare>(mut list: Vec<T>) {
    if list.capacity() == 0 || list.capacity() > LENGTH_MAX {
        return;
    }
    list.clear();
    T::kept().with_borrow_mut(|kept| {
        if kept.len() < KEPT_MAX {
            kept.push(list);
        }
    });
}

/// Gives back all that this thread keeps.
pub fn clear() {
    u32::kept().take();
    u64::kept().take();
}
