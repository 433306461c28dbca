//! From nothing to the first event: `/sites/new`, `/sites/ID/install`.

mod checklist;
mod create;
mod install;
mod refused;
mod snippets;
mod test_event;

pub use create::Create;
pub use install::Install;
