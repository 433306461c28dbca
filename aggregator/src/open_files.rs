//! How many files the process may have open: each connection is one.

use nix::sys::resource::{Resource, getrlimit, rlim_t, setrlimit};

/// Files besides connections: the ledger, its readers, segments, and what the runtime needs.
const OTHERS: usize = 256;

/// Raises the soft limit as far as `connections` need, and the hard limit allows. Answers how many connections there may
/// be then.
pub fn raise(connections: usize) -> usize {
    let wanted = rlim_t::try_from(connections.saturating_add(OTHERS)).unwrap_or(rlim_t::MAX);
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return connections };
    if soft >= wanted {
        return connections;
    }
    let raised = wanted.min(hard);
    let soft = if setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() { raised } else { soft };
    if soft >= wanted {
        return connections;
    }
    let possible = usize::try_from(soft).unwrap_or(usize::MAX).saturating_sub(OTHERS).max(1);
    tracing::warn!(
        open_files = soft,
        connections_max = connections,
        possible,
        "the system allows too few open files for connections_max: no more than `possible` connections are accepted at \
         once; raise the hard limit (LimitNOFILE= in systemd, `ulimit -Hn`) or lower connections_max"
    );
    possible
}
