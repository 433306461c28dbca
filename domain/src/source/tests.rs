use wire::limits::CAMPAIGN_BYTES_MAX;

use super::*;

fn source(url: &str, referrer: &str) -> Option<Source> {
    of(page::parse(url).as_ref(), Some(referrer))
}

#[test]
fn sources_are_told_from_tags_and_referrers() {
    fn check(url: &str, referrer: &str, expect: Option<(&str, Channel)>) {
        let source = source(url, referrer);
        let found = source.as_ref().map(|source| (source.name.as_str(), source.channel));
        assert_eq!(found, expect, "{url} {referrer}");
    }
    let shop = "https://shop.example/";
    check(shop, "", Some(("Direct", Channel::Direct)));
    check(shop, "not a url", Some(("Direct", Channel::Direct)));
    check(shop, "https://www.shop.example/cart", None);
    check(shop, "https://shop.example", None);
    check(shop, "http://shop.example/cart", None);
    check(shop, "https://SHOP.example:8443/cart?x#y", None);
    check("https://shop.example:8443/", "https://shop.example:8443/cart", None);
    check(shop, "https://shop.example.evil/", Some(("shop.example.evil", Channel::Referral)));
    check(shop, "https://shop.example@evil.example/", Some(("evil.example", Channel::Referral)));
    check(shop, "https://shop.example:99999/", Some(("Direct", Channel::Direct)));
    check("not a page", "https://www.google.com/", None);
    // Referrers.
    check(shop, "https://www.google.com/search?q=x", Some(("Google", Channel::OrganicSearch)));
    check(shop, "https://www.google.co.uk/", Some(("Google", Channel::OrganicSearch)));
    check(shop, "https://google.evil.example/", Some(("google.evil.example", Channel::Referral)));
    check(shop, "https://notgoogle.com/", Some(("notgoogle.com", Channel::Referral)));
    check(shop, "https://duckduckgo.com/", Some(("DuckDuckGo", Channel::OrganicSearch)));
    check(shop, "https://search.brave.com/", Some(("Brave", Channel::OrganicSearch)));
    check(shop, "https://ya.ru/", Some(("Yandex", Channel::OrganicSearch)));
    check(shop, "https://t.co/abc", Some(("X", Channel::Social)));
    check(shop, "https://tt.co/abc", Some(("tt.co", Channel::Referral)));
    check(shop, "https://old.reddit.com/r/rust", Some(("Reddit", Channel::Social)));
    check(shop, "https://l.instagram.com/", Some(("Instagram", Channel::Social)));
    check(shop, "https://www.threads.com/", Some(("Threads", Channel::Social)));
    check(shop, "https://news.ycombinator.com/", Some(("Hacker News", Channel::Social)));
    check(shop, "https://mail.google.com/", Some(("Gmail", Channel::Email)));
    check(shop, "https://mail.yahoo.com/", Some(("Yahoo Mail", Channel::Email)));
    check(shop, "https://outlook.live.com/", Some(("Outlook", Channel::Email)));
    check(shop, "https://chatgpt.com/", Some(("ChatGPT", Channel::Ai)));
    check(shop, "https://www.perplexity.ai/", Some(("Perplexity", Channel::Ai)));
    check(shop, "https://claude.ai/", Some(("Claude", Channel::Ai)));
    check(shop, "https://gemini.google.com/", Some(("Gemini", Channel::Ai)));
    check(shop, "https://copilot.microsoft.com/", Some(("Copilot", Channel::Ai)));
    check(shop, "https://docs.google.com/", Some(("Google", Channel::Referral)));
    check(shop, "https://googleads.g.doubleclick.net/", Some(("Google", Channel::Paid)));
    check(shop, "https://blog.example/post", Some(("blog.example", Channel::Referral)));
    check(shop, "android-app://com.google.android.gm/", Some(("Gmail", Channel::Email)));
    check(shop, "android-app://com.example.reader", Some(("com.example.reader", Channel::Referral)));
    check(shop, "android-app://<b>", Some(("Direct", Channel::Direct)));
    // Tags.
    check("https://shop.example/?utm_source=spring", "https://shop.example/", Some(("spring", Channel::Referral)));
    check("https://shop.example/?ref=producthunt", "", Some(("Product Hunt", Channel::Social)));
    check("https://shop.example/?utm_source=newsletter", "", Some(("newsletter", Channel::Email)));
    check("https://shop.example/?utm_source=spring&utm_medium=E-Mail", "", Some(("spring", Channel::Email)));
    check("https://shop.example/?utm_source=acme&utm_medium=social", "", Some(("acme", Channel::Social)));
    check("https://shop.example/?utm_source=google&utm_medium=CPC", "", Some(("Google", Channel::Paid)));
    check("https://shop.example/?utm_source=chatgpt.com", "", Some(("ChatGPT", Channel::Ai)));
    check("https://shop.example/?gclid=1", "https://www.google.com/", Some(("Google", Channel::Paid)));
    check("https://shop.example/?utm_source=", "", Some(("Direct", Channel::Direct)));
}

#[test]
fn a_campaign_is_read_from_its_tags() {
    let url = "https://shop.example/?utm_source=a&utm_medium=cpc&utm_campaign=Spring+sale&utm_content=b%20c&utm_term=%C3%BC&utm_source=z";
    let campaign = Campaign {
        source: "a".to_owned(),
        medium: "cpc".to_owned(),
        name: "Spring sale".to_owned(),
        content: "b c".to_owned(),
        term: "ü".to_owned(),
    };
    assert_eq!(source(url, "").map(|source| source.campaign), Some(campaign));
    assert_eq!(source("https://shop.example/", "").map(|source| source.campaign), Some(Campaign::default()));
    let long = format!("https://shop.example/?utm_campaign={}", "x".repeat(1_000));
    assert_eq!(source(&long, "").map(|source| source.campaign.name.len()), Some(CAMPAIGN_BYTES_MAX));
    assert_eq!(source("https://shop.example/?utm_campaign=x", "https://shop.example/"), None);
}
