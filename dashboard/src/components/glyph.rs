//! Line icons of the pages beside the numbers, on a 24 × 24 grid. After Lucide (ISC).

use leptos::prelude::*;

/// Which picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Somebody.
    Person,
    /// Done.
    Check,
    /// Not yet.
    Ring,
    /// A note.
    Flag,
    /// Take home.
    Download,
}

impl Sign {
    fn path(self) -> &'static str {
        match self {
            Self::Person => "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 20.5c.8-3.6 3.9-5.5 8-5.5s7.2 1.9 8 5.5",
            Self::Check => "M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0M8.5 12.2l2.5 2.5 4.5-5",
            Self::Ring => "M20 12a8 8 0 1 1-16 0 8 8 0 0 1 16 0",
            Self::Flag => "M5 21V4M5 4.6c4-2.4 9 2.4 14 0v9c-5 2.4-10-2.4-14 0",
            Self::Download => "M12 4v11M7 10.5l5 5 5-5M4.5 20h15",
        }
    }
}

/// An icon; the words belong to what it stands beside.
#[component]
pub fn Glyph(
    /// Which one.
    sign: Sign,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
            <path d=sign.path()/>
        </svg>
    }
}
