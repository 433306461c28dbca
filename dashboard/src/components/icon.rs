//! Line icons on a 24 × 24 grid.

use leptos::prelude::*;

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Picture {
    /// Light theme.
    Sun,
    /// Dark theme.
    Moon,
    /// The system's theme.
    Screen,
    /// Keyboard shortcuts.
    Keyboard,
    /// Sign out.
    Door,
    /// Earlier.
    Left,
    /// Later.
    Right,
    /// Choose.
    Down,
    /// View as table.
    Table,
    /// View as chart.
    Line,
    /// Take away.
    Cross,
    /// Show only a part.
    Funnel,
    /// A ranking in full.
    Expand,
}

impl Picture {
    fn path(self) -> &'static str {
        match self {
            Self::Sun => {
                "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4"
            }
            Self::Moon => "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
            Self::Screen => "M4 4h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1zM8 20h8M12 16v4",
            Self::Keyboard => {
                "M4 6h16a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H4a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10"
            }
            Self::Door => "M10 4H5a1 1 0 0 0-1 1v14a1 1 0 0 0 1 1h5M15 8l4 4-4 4M19 12H9",
            Self::Left => "M15 5l-7 7 7 7",
            Self::Right => "M9 5l7 7-7 7",
            Self::Down => "M6 9l6 6 6-6",
            Self::Table => "M4 5h16v14H4zM4 10h16M4 14.5h16M10 5v14",
            Self::Line => "M3 17l5-6 4 3 4-7 5 5",
            Self::Cross => "M18 6 6 18M6 6l12 12",
            Self::Funnel => "M3 5h18l-7 8v6l-4-2v-4z",
            Self::Expand => "M15 3h6v6M9 21H3v-6M21 3l-7 7M3 21l7-7",
        }
    }
}

/// An icon; the words belong to the control that holds it.
#[component]
pub fn Icon(
    /// Which one.
    picture: Picture,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path d=picture.path()/>
        </svg>
    }
}
