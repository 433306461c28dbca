//! Where visits come from: other sites, and links of campaigns.

/// A way to a site.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    /// Address of the page with the link; empty for none that tells.
    pub referrer: &'static str,
    /// Campaign tags of the link, `?` included; empty for none.
    pub query: &'static str,
    /// Which page it leads to.
    pub leads_to: Lead,
    /// How often, beside the others.
    pub share: u32,
}

/// Which kind of page a link leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// The first page of the site.
    Home,
    /// One among many, by how much it is looked for.
    Any,
    /// What is newest.
    Newest,
    /// What sells: features, prices.
    Offer,
}

/// An origin in one line.
pub const fn from(referrer: &'static str, query: &'static str, leads_to: Lead, share: u32) -> Origin {
    Origin { referrer, query, leads_to, share }
}
