//! A library that a process is started with (`LD_PRELOAD`) and that kills it at its k-th step towards the world: each
//! change of a database file or of a segment of events, and each piece that goes out to or comes in from a network.
//!
//! Built by `rustc` when the crash tests begin; it has no dependencies, and allocates nothing, for it runs inside
//! another program's every write.
//!
//! | variable | meaning |
//! |---|---|
//! | `CRASH_AT` | the step to die at, from 1; without it, steps are only counted |
//! | `CRASH_HALF` | if set, half of that step's bytes are written first |
//! | `CRASH_LOG` | a file that gets a line for each step |

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
    fn getenv(name: *const c_char) -> *const c_char;
    fn getpid() -> c_int;
    fn kill(process: c_int, signal: c_int) -> c_int;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn readlink(path: *const c_char, text: *mut c_char, size: usize) -> isize;
}

const NEXT: *mut c_void = -1isize as *mut c_void;
const SIGKILL: c_int = 9;
const APPEND: c_int = 0o1 | 0o100 | 0o2000;

/// The system's own function of that name. Unsafe: it must have that signature.
macro_rules! real {
    ($name:literal, $kind:ty) => {{
        static FOUND: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
        let mut found = FOUND.load(Ordering::Relaxed);
        if found.is_null() {
            found = dlsym(NEXT, $name.as_ptr());
            FOUND.store(found, Ordering::Relaxed);
        }
        std::mem::transmute::<*mut c_void, $kind>(found)
    }};
}

type Write = unsafe extern "C" fn(c_int, *const c_void, usize) -> isize;
type WriteAt = unsafe extern "C" fn(c_int, *const c_void, usize, i64) -> isize;
type WriteMany = unsafe extern "C" fn(c_int, *const Piece, c_int) -> isize;
type Read = unsafe extern "C" fn(c_int, *mut c_void, usize) -> isize;
type Receive = unsafe extern "C" fn(c_int, *mut c_void, usize, c_int) -> isize;
type Send = unsafe extern "C" fn(c_int, *const c_void, usize, c_int) -> isize;
type Sync = unsafe extern "C" fn(c_int) -> c_int;
type Truncate = unsafe extern "C" fn(c_int, i64) -> c_int;
type Unlink = unsafe extern "C" fn(*const c_char) -> c_int;
type Rename = unsafe extern "C" fn(*const c_char, *const c_char) -> c_int;
type LinkAt = unsafe extern "C" fn(c_int, *const c_char, c_int, *const c_char, c_int) -> c_int;
type CopyRange = unsafe extern "C" fn(c_int, *mut i64, c_int, *mut i64, usize, c_uint) -> isize;
type UnlinkAt = unsafe extern "C" fn(c_int, *const c_char, c_int) -> c_int;

/// `struct iovec`.
#[repr(C)]
pub struct Piece {
    start: *const c_void,
    bytes: usize,
}

/// What a step does, and to what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// A file of a database, or a segment of events.
    Database,
    /// A connection.
    Network,
    /// Anything else: not counted.
    Elsewhere,
}

/// How this process is to end at this step.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    NotYet,
    Before,
    Halfway,
}

static STEPS: AtomicU64 = AtomicU64::new(0);

fn variable(name: &CStr) -> Option<&'static CStr> {
    // SAFETY: the name ends with a zero byte, and so does the value, which nobody changes.
    unsafe {
        let value = getenv(name.as_ptr());
        (!value.is_null()).then(|| CStr::from_ptr(value))
    }
}

fn place_of(fd: c_int, path: &mut [u8; 256]) -> Place {
    let mut link = *b"/proc/self/fd/\0\0\0\0\0\0\0\0\0\0\0\0";
    let mut digits = [0u8; 11];
    let (mut count, mut rest) = (0, fd.max(0) as c_uint);
    loop {
        digits[count] = b'0' + (rest % 10) as u8;
        (count, rest) = (count + 1, rest / 10);
        if rest == 0 {
            break;
        }
    }
    for at in 0..count {
        link[14 + at] = digits[count - 1 - at];
    }
    // SAFETY: both buffers are as long as said.
    let length = unsafe { readlink(link.as_ptr().cast(), path.as_mut_ptr().cast(), path.len() - 1) };
    let length = usize::try_from(length).unwrap_or_default();
    path[length] = 0;
    place(&path[..length])
}

fn place(path: &[u8]) -> Place {
    if path.starts_with(b"socket:") {
        Place::Network
    } else if path.windows(7).any(|part| part == b".sqlite") || path.windows(8).any(|part| part == b".parquet") {
        Place::Database
    } else {
        Place::Elsewhere
    }
}

/// Counts a step and answers what is to become of it.
fn step(what: &[u8], path: &[u8]) -> End {
    let number = STEPS.fetch_add(1, Ordering::SeqCst) + 1;
    let at = variable(c"CRASH_AT").and_then(|text| text.to_str().ok()?.parse::<u64>().ok());
    let is_last = at == Some(number);
    log(what, path, is_last);
    match (is_last, variable(c"CRASH_HALF")) {
        (false, _) => End::NotYet,
        (true, None) => End::Before,
        (true, Some(_)) => End::Halfway,
    }
}

/// One line: `x` where the process ends here, the call, and the file's name.
fn log(what: &[u8], path: &[u8], is_last: bool) {
    static FILE: AtomicU64 = AtomicU64::new(0);
    let Some(name) = variable(c"CRASH_LOG") else { return };
    let mut file = FILE.load(Ordering::Relaxed);
    if file == 0 {
        // SAFETY: the name ends with a zero byte.
        file = unsafe { open(name.as_ptr(), APPEND, 0o644 as c_uint) } as u64;
        FILE.store(file, Ordering::Relaxed);
    }
    let end = path.iter().position(|byte| *byte == 0).unwrap_or(path.len());
    let name = path[..end].rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let mut line = [0u8; 320];
    let mut length = 0;
    for part in [if is_last { b"x ".as_slice() } else { b". " }, what, b" ", name, b"\n"] {
        line[length..length + part.len()].copy_from_slice(part);
        length += part.len();
    }
    // SAFETY: the line is at least that long.
    unsafe { real!(c"write", Write)(file as c_int, line.as_ptr().cast(), length) };
}

fn die() -> ! {
    // SAFETY: no memory is involved. The signal ends this very call.
    unsafe { kill(getpid(), SIGKILL) };
    loop {
        std::hint::spin_loop();
    }
}

/// A write of `bytes`: killed before it, killed halfway, or done.
fn written(what: &[u8], fd: c_int, bytes: usize, write: impl Fn(usize) -> isize) -> isize {
    let mut path = [0; 256];
    if place_of(fd, &mut path) == Place::Elsewhere {
        return write(bytes);
    }
    match step(what, &path) {
        End::NotYet => write(bytes),
        End::Before => die(),
        End::Halfway => {
            write(bytes / 2);
            die()
        }
    }
}

/// Something without bytes, done to a database file: killed before it, or done.
fn changed(what: &[u8], place: Place, path: &[u8], change: impl Fn() -> c_int) -> c_int {
    if place == Place::Database && step(what, path) != End::NotYet {
        die();
    }
    change()
}

/// What came in from a network: killed before anybody looks at it.
fn received(what: &[u8], fd: c_int, bytes: isize) -> isize {
    let mut path = [0; 256];
    if bytes > 0 && place_of(fd, &mut path) == Place::Network && step(what, &path) != End::NotYet {
        die();
    }
    bytes
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, count: usize) -> isize {
    // SAFETY: the caller's arguments, or fewer bytes of them.
    written(b"write", fd, count, |count| unsafe { real!(c"write", Write)(fd, bytes, count) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(fd: c_int, bytes: *const c_void, count: usize, at: i64) -> isize {
    // SAFETY: the caller's arguments, or fewer bytes of them.
    written(b"write", fd, count, |count| unsafe { real!(c"pwrite64", WriteAt)(fd, bytes, count, at) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn send(fd: c_int, bytes: *const c_void, count: usize, flags: c_int) -> isize {
    // SAFETY: the caller's arguments, or fewer bytes of them.
    written(b"send", fd, count, |count| unsafe { real!(c"send", Send)(fd, bytes, count, flags) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, pieces: *const Piece, count: c_int) -> isize {
    let bytes = 2;
    written(b"send", fd, bytes, |part| {
        if part == bytes {
            // SAFETY: the caller's arguments.
            return unsafe { real!(c"writev", WriteMany)(fd, pieces, count) };
        }
        // SAFETY: half of the first piece is the caller's too.
        unsafe {
            let Some(first) = pieces.as_ref() else { return 0 };
            real!(c"write", Write)(fd, first.start, first.bytes / 2)
        }
    })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn read(fd: c_int, bytes: *mut c_void, count: usize) -> isize {
    // SAFETY: the caller's arguments.
    received(b"receive", fd, unsafe { real!(c"read", Read)(fd, bytes, count) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn recv(fd: c_int, bytes: *mut c_void, count: usize, flags: c_int) -> isize {
    // SAFETY: the caller's arguments.
    received(b"receive", fd, unsafe { real!(c"recv", Receive)(fd, bytes, count, flags) })
}

macro_rules! on_file {
    ($name:ident, $symbol:literal, $what:literal, $kind:ty $(, $argument:ident: $of:ty)*) => {
        /// # Safety
        /// As libc's.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn $name(fd: c_int $(, $argument: $of)*) -> c_int {
            let mut path = [0; 256];
            let place = place_of(fd, &mut path);
            // SAFETY: the caller's arguments.
            changed($what, place, &path, || unsafe { real!($symbol, $kind)(fd $(, $argument)*) })
        }
    };
}

on_file!(fsync, c"fsync", b"sync", Sync);
on_file!(fdatasync, c"fdatasync", b"sync", Sync);
on_file!(ftruncate, c"ftruncate", b"truncate", Truncate, length: i64);
on_file!(ftruncate64, c"ftruncate64", b"truncate", Truncate, length: i64);

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's path ends with a zero byte.
    let name = unsafe { CStr::from_ptr(path) }.to_bytes();
    // SAFETY: the caller's argument.
    changed(b"unlink", place(name), name, || unsafe { real!(c"unlink", Unlink)(path) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's path ends with a zero byte.
    let name = unsafe { CStr::from_ptr(path) }.to_bytes();
    // SAFETY: the caller's arguments.
    changed(b"unlink", place(name), name, || unsafe { real!(c"unlinkat", UnlinkAt)(folder, path, flags) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's path ends with a zero byte.
    let name = unsafe { CStr::from_ptr(to) }.to_bytes();
    // SAFETY: the caller's arguments.
    changed(b"rename", place(name), name, || unsafe { real!(c"rename", Rename)(from, to) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn linkat(
    of: c_int,
    from: *const c_char,
    folder: c_int,
    to: *const c_char,
    flags: c_int,
) -> c_int {
    // SAFETY: the caller's path ends with a zero byte.
    let name = unsafe { CStr::from_ptr(to) }.to_bytes();
    // SAFETY: the caller's arguments.
    changed(b"link", place(name), name, || unsafe { real!(c"linkat", LinkAt)(of, from, folder, to, flags) })
}

/// # Safety
/// As libc's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn copy_file_range(
    from: c_int,
    from_at: *mut i64,
    to: c_int,
    to_at: *mut i64,
    count: usize,
    flags: c_uint,
) -> isize {
    written(b"write", to, count, |count| {
        // SAFETY: the caller's arguments, or fewer bytes of them.
        unsafe { real!(c"copy_file_range", CopyRange)(from, from_at, to, to_at, count, flags) }
    })
}
