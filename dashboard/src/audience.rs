//! Who looks at a site's page.

/// Somebody, as far as the page differs for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A signed-in person.
    Person,
    /// Somebody who came by a shared link.
    Visitor(Extent),
}

/// How much of a site is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// What a filter lets through; what happens now is not among it.
    Part,
}
