//! What people noted about moments of a site: a launch, an outage, a mention.

use serde::{Deserialize, Serialize};

/// Notes of a site: one a working day for two years. With [`NOTE_TEXT_BYTES_MAX`] and an address of 254 bytes each, a site's
/// list is at most 0.4 MB.
pub const NOTES_MAX: usize = 500;

/// Bytes of a note's text: a sentence or two, which a chart can show.
pub const NOTE_TEXT_BYTES_MAX: usize = 280;

/// The last moment that can be noted, Unix milliseconds: the end of the year 9999, behind which no calendar here reaches.
pub const NOTE_AT_MS_MAX: u64 = 253_402_300_799_999;

/// Body of `POST /api/v1/sites/{tracking_id}/notes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// The moment, Unix milliseconds.
    pub at_ms: u64,
    /// What was then.
    pub text: String,
}

/// Body of `PATCH /api/v1/sites/{tracking_id}/notes/{note}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoteChange {
    /// Another moment, Unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_ms: Option<u64>,
    /// Another text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Number to change it by.
    pub note: i64,
    /// The moment, Unix milliseconds.
    pub at_ms: u64,
    /// What was then.
    pub text: String,
    /// Who wrote it: an address, `key 7`, `operator` or `command`. Not told to who came by a shared link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// When it was written, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// Answer of `GET /api/v1/sites/{tracking_id}/notes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notes {
    /// By the moments they are about.
    pub notes: Vec<Note>,
}
