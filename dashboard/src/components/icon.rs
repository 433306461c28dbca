//! Line icons on a 24 × 24 grid: Lucide's (ISC), each as one path.

use leptos::prelude::*;

/// A picture: the path of its line. Each is a constant of its own, so that a part of the program carries those that it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Picture(&'static str);

impl Picture {
    /// Light theme (`sun`).
    pub const SUN: Self = Self(
        "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
    );
    /// Dark theme (`moon`).
    pub const MOON: Self = Self("M12 3a6 6 0 0 0 9 9 9 9 0 1 1-9-9z");
    /// The system's theme (`monitor`).
    pub const SCREEN: Self =
        Self("M4 3h16a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM8 21h8M12 17v4");
    /// Keyboard shortcuts (`keyboard`).
    pub const KEYBOARD: Self = Self(
        "M4 4h16a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2zM6 8h.01M10 8h.01M14 8h.01M18 8h.01M8 12h.01M12 12h.01M16 12h.01M7 16h10",
    );
    /// Sign out (`log-out`).
    pub const DOOR: Self = Self("M9 21H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h4M16 17l5-5-5-5M21 12H9");
    /// Earlier (`chevron-left`).
    pub const LEFT: Self = Self("M15 18l-6-6 6-6");
    /// Later (`chevron-right`).
    pub const RIGHT: Self = Self("M9 18l6-6-6-6");
    /// Choose (`chevron-down`).
    pub const DOWN: Self = Self("M6 9l6 6 6-6");
    /// Up (`chevron-up`).
    pub const UP: Self = Self("M18 15l-6-6-6 6");
    /// View as table (`table`).
    pub const TABLE: Self =
        Self("M5 3h14a2 2 0 0 1 2 2v14a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2zM3 9h18M3 15h18M12 3v18");
    /// View as chart (`chart-line`).
    pub const LINE: Self = Self("M3 3v16a2 2 0 0 0 2 2h16M19 9l-5 5-4-4-3 3");
    /// Take away (`x`).
    pub const CROSS: Self = Self("M18 6 6 18M6 6l12 12");
    /// Show only a part (`filter`).
    pub const FUNNEL: Self = Self("M22 3H2l8 9.5V19l4 2v-8.5z");
    /// A ranking in full (`maximize-2`).
    pub const EXPAND: Self = Self("M15 3h6v6M9 21H3v-6M21 3l-7 7M3 21l7-7");
    /// Somebody (`user`).
    pub const PERSON: Self = Self("M19 21v-2a4 4 0 0 0-4-4H9a4 4 0 0 0-4 4v2M12 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8");
    /// Done (`circle-check`).
    pub const CHECK: Self = Self("M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0M16 9l-5.5 5.5L8 12");
    /// Not yet (`circle`).
    pub const RING: Self = Self("M22 12a10 10 0 1 1-20 0 10 10 0 0 1 20 0");
    /// A note (`flag`).
    pub const FLAG: Self = Self("M5 21V4M5 4.6c4-2.4 9 2.4 14 0v9c-5 2.4-10-2.4-14 0");
    /// Take home (`download`).
    pub const DOWNLOAD: Self = Self("M12 4v11M7 10.5l5 5 5-5M4.5 20h15");
    /// Before all others (`pin`).
    pub const PIN: Self = Self(
        "M12 17v5M9 10.76a2 2 0 0 1-1.11 1.79l-1.78.9A2 2 0 0 0 5 15.24V16a1 1 0 0 0 1 1h12a1 1 0 0 0 1-1v-.76a2 2 0 0 0-1.11-1.79l-1.78-.9A2 2 0 0 1 15 10.76V7a1 1 0 0 1 1-1 2 2 0 0 0 0-4H8a2 2 0 0 0 0 4 1 1 0 0 1 1 1z",
    );
}

/// An icon; the words belong to the control that holds it, or to what it stands beside.
#[component]
pub fn Icon(
    /// Which one.
    picture: Picture,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path d=picture.0/>
        </svg>
    }
}
