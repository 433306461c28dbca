//! The operating system.

use super::{Hints, Product, Text, number};

/// Windows by the kernel's version. `10.0` stands for 10 and 11 alike since user agents are frozen.
const WINDOWS: &[(&str, &str)] =
    &[("10.0", "10 or 11"), ("6.3", "8.1"), ("6.2", "8"), ("6.1", "7"), ("6.0", "Vista"), ("5.2", "XP"), ("5.1", "XP")];

/// The first version of `sec-ch-ua-platform-version` that is Windows 11, as Microsoft documents.
const WINDOWS_11_FROM: u32 = 13;

/// Safari's version has been that of iOS from here on, while its user agent stays at iOS 18.
const SAFARI_IS_IOS_FROM: u32 = 26;

/// Marks of the systems that say no version worth reading, the most particular first.
const UNVERSIONED: &[(&str, &str)] = &[
    ("CrOS ", "ChromeOS"),
    ("KAIOS", "KaiOS"),
    ("Tizen", "Tizen"),
    ("Web0S", "webOS"),
    ("PlayStation", "PlayStation"),
    ("Xbox", "Xbox"),
    ("Nintendo", "Nintendo"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("Ubuntu", "Ubuntu"),
    ("Fedora", "Fedora"),
    ("Linux", "Linux"),
    ("X11", "Linux"),
];

/// Tells the system; hints win where they name it.
pub fn of(user_agent: &Text<'_>, hints: &Hints<'_>) -> Product {
    let told = of_user_agent(user_agent);
    let Some(hinted) = of_hints(hints) else { return told };
    // The hint may leave out the version, and says `Linux` where the user agent knows which.
    let is_same = hinted.name == told.name || (hinted.name == "Linux" && matches!(told.name, "Ubuntu" | "Fedora"));
    if is_same && hinted.version.is_empty() { told } else { hinted }
}

fn of_hints(hints: &Hints<'_>) -> Option<Product> {
    let name = match hints.platform {
        "Android" => "Android",
        "Chrome OS" | "Chromium OS" => "ChromeOS",
        "iOS" => "iOS",
        "Linux" => "Linux",
        "macOS" => "macOS",
        "Windows" => "Windows",
        _ => return None,
    };
    let version = match name {
        "Windows" => match number(hints.platform_version).parse::<u32>() {
            Ok(kernel) if kernel >= WINDOWS_11_FROM => "11".to_owned(),
            // 1 to 10 are updates of Windows 10; 0 is 7 and 8, which the user agent tells apart.
            Ok(1..) => "10".to_owned(),
            _ => String::new(),
        },
        "macOS" => mac_version(hints.platform_version, '.'),
        "Android" | "iOS" => number(hints.platform_version).to_owned(),
        _ => String::new(),
    };
    Some(Product { name, version })
}

fn of_user_agent(user_agent: &Text<'_>) -> Product {
    let of = |name, version: &str| Product { name, version: version.to_owned() };
    if let Some(rest) = user_agent.after("Windows NT ") {
        let known = WINDOWS.iter().find(|(kernel, _)| rest.starts_with(kernel));
        return of(if user_agent.contains("Xbox") { "Xbox" } else { "Windows" }, known.map_or("", |(_, name)| name));
    }
    for (device, name) in [("iPad", "iPadOS"), ("iPhone", "iOS"), ("iPod", "iOS")] {
        if user_agent.contains(device) {
            return Product { name, version: ios_version(user_agent) };
        }
    }
    if let Some(rest) = user_agent.after("Windows Phone ") {
        return of("Windows Phone", number(rest.trim_start_matches("OS ")));
    }
    if let Some(rest) = user_agent.after("HarmonyOS") {
        return of("HarmonyOS", number(rest.trim_start()));
    }
    if let Some(rest) = user_agent.after("OpenHarmony ") {
        return of("HarmonyOS", number(rest));
    }
    if let Some(rest) = user_agent.after("Android") {
        let version = rest.trim_start();
        // The reduced form; whoever really has Android 10 names the model.
        return of("Android", if version.starts_with("10; K)") { "" } else { number(version) });
    }
    if let Some(rest) = user_agent.after("Mac OS X") {
        let version = rest.trim_start();
        return Product { name: "macOS", version: mac_version(version, if version.contains('_') { '_' } else { '.' }) };
    }
    let listed = UNVERSIONED.iter().find(|(mark, _)| user_agent.contains(mark));
    listed.map_or_else(Product::default, |(_, name)| of(name, ""))
}

/// `OS 18_5`; of Safari from 26 on, its own version.
fn ios_version(user_agent: &Text<'_>) -> String {
    let told = user_agent.after(" OS ").map(number).unwrap_or_default();
    let safari = user_agent.after("Version/").map(number).unwrap_or_default();
    let is_later = safari.parse::<u32>().is_ok_and(|version| version >= SAFARI_IS_IOS_FROM);
    if is_later && told == "18" { safari.to_owned() } else { told.to_owned() }
}

/// `10.15`, and from macOS 11 on the major version alone.
fn mac_version(text: &str, separator: char) -> String {
    let major = number(text);
    if major != "10" {
        return major.to_owned();
    }
    match text.split(separator).nth(1).map(number) {
        Some(minor) if !minor.is_empty() => format!("{major}.{minor}"),
        _ => major.to_owned(),
    }
}
