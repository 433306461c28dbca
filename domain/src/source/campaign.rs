//! What a link says of the campaign it belongs to.

use url::Url;
use wire::limits::CAMPAIGN_BYTES_MAX;

use crate::page;

/// Parameters that advertisers add to the links of paid clicks.
const PAID_CLICKS: &[&str] = &["gclid", "gbraid", "wbraid", "msclkid"];

/// Campaign tags of a URL, each empty or cut to [`CAMPAIGN_BYTES_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Campaign {
    /// `utm_source`
    pub source: String,
    /// `utm_medium`
    pub medium: String,
    /// `utm_campaign`
    pub name: String,
    /// `utm_content`
    pub content: String,
    /// `utm_term`
    pub term: String,
}

/// All that a URL's query says of where the visit came from.
pub struct Tags {
    /// The campaign.
    pub campaign: Campaign,
    /// `ref`: a source by a shorter name.
    pub reference: String,
    /// Whether an advertiser counted the click.
    pub is_paid_click: bool,
}

impl Tags {
    /// Reads the query; of a parameter that stands twice, the first counts.
    pub fn of(url: &Url) -> Self {
        let mut tags = Self { campaign: Campaign::default(), reference: String::new(), is_paid_click: false };
        for (key, value) in url.query_pairs() {
            let campaign = &mut tags.campaign;
            let field = match key.as_ref() {
                "utm_source" => &mut campaign.source,
                "utm_medium" => &mut campaign.medium,
                "utm_campaign" => &mut campaign.name,
                "utm_content" => &mut campaign.content,
                "utm_term" => &mut campaign.term,
                "ref" => &mut tags.reference,
                other => {
                    tags.is_paid_click |= PAID_CLICKS.contains(&other) && !value.is_empty();
                    continue;
                }
            };
            if field.is_empty() {
                *field = page::cut(value.trim(), CAMPAIGN_BYTES_MAX).to_owned();
            }
        }
        tags
    }
}
