//! The browser, or the app that shows the page.

use super::{Product, Text, after, number};

/// Marks and names, the most particular first. Where the version does not follow the mark, the third says after what.
const BROWSERS: &[(&str, &str, Option<&str>)] = &[
    // Apps that show pages themselves.
    ("Instagram ", "Instagram", None),
    ("Barcelona ", "Threads", None),
    ("FBAN/Messenger", "Messenger", Some("FBAV/")),
    ("FB_IAB/MESSENGER", "Messenger", Some("FBAV/")),
    ("FB_IAB/Orca", "Messenger", Some("FBAV/")),
    ("FBAN/", "Facebook", Some("FBAV/")),
    ("FBAV/", "Facebook", None),
    ("FB_IAB/", "Facebook", Some("FBAV/")),
    ("musical_ly_", "TikTok", None),
    ("BytedanceWebview/", "TikTok", Some("app_version/")),
    ("trill_", "TikTok", None),
    ("LinkedInApp", "LinkedIn", Some("LinkedInApp/")),
    ("Snapchat", "Snapchat", Some("Snapchat/")),
    ("Pinterest/", "Pinterest", None),
    ("Twitter for", "X", Some("Twitter for iPhone/")),
    ("TwitterAndroid", "X", Some("TwitterAndroid/")),
    ("Reddit/", "Reddit", Some("Reddit/Version ")),
    ("Telegram-Android/", "Telegram", None),
    ("WhatsApp/", "WhatsApp", None),
    ("MicroMessenger/", "WeChat", None),
    (" Line/", "LINE", None),
    ("KAKAOTALK", "KakaoTalk", Some("KAKAOTALK ")),
    ("NAVER(", "Naver", None),
    ("Slack", "Slack", Some("Slack/")),
    ("GSA/", "Google app", None),
    // Programs without a person before them.
    ("HeadlessChrome", "Headless Chrome", Some("HeadlessChrome/")),
    ("PhantomJS/", "PhantomJS", None),
    // Browsers that pretend to be another one.
    ("EdgA/", "Edge", None),
    ("EdgiOS/", "Edge", None),
    ("Edg/", "Edge", None),
    ("Edge/", "Edge", None),
    ("Opera Mini/", "Opera Mini", None),
    ("OPR/", "Opera", None),
    ("OPT/", "Opera", None),
    ("OPX/", "Opera", None),
    ("OPiOS/", "Opera", None),
    ("Opera", "Opera", Some("Version/")),
    ("SamsungBrowser/", "Samsung Internet", None),
    ("Vivaldi/", "Vivaldi", None),
    ("YaBrowser/", "Yandex Browser", None),
    ("DuckDuckGo/", "DuckDuckGo", None),
    ("Ddg/", "DuckDuckGo", None),
    ("Brave/", "Brave", None),
    ("Brave Chrome/", "Brave", None),
    ("UCBrowser/", "UC Browser", None),
    ("UBrowser/", "UC Browser", None),
    ("MiuiBrowser/", "Mi Browser", None),
    ("HuaweiBrowser/", "Huawei Browser", None),
    ("HeyTapBrowser/", "HeyTap Browser", None),
    ("VivoBrowser/", "Vivo Browser", None),
    ("MQQBrowser/", "QQ Browser", None),
    ("QQBrowser/", "QQ Browser", None),
    ("Whale/", "Whale", None),
    ("coc_coc_browser/", "Cốc Cốc", None),
    ("Ecosia", "Ecosia", None),
    ("Silk/", "Silk", None),
    ("Puffin/", "Puffin", None),
    ("Maxthon/", "Maxthon", None),
    ("Electron/", "Electron", None),
    ("QtWebEngine/", "QtWebEngine", None),
    // The large ones, under their names on each system.
    ("FxiOS/", "Firefox", None),
    ("Focus/", "Firefox Focus", None),
    ("PaleMoon/", "Pale Moon", None),
    ("SeaMonkey/", "SeaMonkey", None),
    ("Firefox/", "Firefox", None),
    ("CriOS/", "Chrome", None),
    ("Chromium/", "Chromium", None),
    ("; wv)", "Android WebView", Some("Chrome/")),
    ("Chrome/", "Chrome", None),
    ("Trident/", "Internet Explorer", Some("rv:")),
    ("MSIE ", "Internet Explorer", None),
    ("Konqueror/", "Konqueror", None),
    ("Epiphany/", "Epiphany", None),
];

/// Browsers whose user agent is Chrome's and whose brand tells them apart.
const BRANDS: &[(&str, &str)] =
    &[("\"Brave\";v=\"", "Brave"), ("\"DuckDuckGo\";v=\"", "DuckDuckGo"), ("\"Opera GX\";v=\"", "Opera GX")];

/// The browser that the brands of `sec-ch-ua` name, where the user agent does not.
pub fn of_brands(brands: &str) -> Option<Product> {
    BRANDS
        .iter()
        .find_map(|(mark, name)| after(brands, mark).map(|rest| Product { name, version: number(rest).to_owned() }))
}

/// The browser that the user agent names.
pub fn of_user_agent(user_agent: &Text<'_>) -> Product {
    let of =
        |name, version: Option<&str>| Product { name, version: version.map(number).unwrap_or_default().to_owned() };
    let listed = BROWSERS.iter().find_map(|(mark, name, version_after)| {
        let rest = user_agent.after(mark)?;
        Some(of(name, version_after.map_or(Some(rest), |mark| user_agent.after(mark))))
    });
    if let Some(listed) = listed {
        return listed;
    }
    // What is left is made by Apple, or is older than Chrome on Android.
    match user_agent.after("Version/") {
        Some(_) if user_agent.contains("Android") => of("Android Browser", None),
        Some(rest) if user_agent.contains("Safari/") => of("Safari", Some(rest)),
        None if user_agent.contains("AppleWebKit/") && user_agent.contains("Mobile/") => of("iOS WebView", None),
        _ => Product::default(),
    }
}
