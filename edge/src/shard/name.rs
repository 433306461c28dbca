//! What an object is called: `region:site#shard`. A named object is one in the whole world, so the region is
//! part of the name.

use std::fmt;
use std::str::FromStr;

/// The parts of an object's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// Region of the deployment.
    pub region: String,
    /// Tracking id of the site.
    pub site: String,
    /// Which part of the site's visitors, from 0.
    pub shard: u16,
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}#{}", self.region, self.site, self.shard)
    }
}

impl FromStr for Name {
    type Err = worker::Error;

    fn from_str(text: &str) -> Result<Self, worker::Error> {
        let parts = text.split_once(':').and_then(|(region, rest)| {
            let (site, shard) = rest.rsplit_once('#')?;
            Some((region, site, shard.parse().ok()?))
        });
        let (region, site, shard) = parts.ok_or("an object's name is region:site#shard")?;
        Ok(Self { region: region.to_owned(), site: site.to_owned(), shard })
    }
}
