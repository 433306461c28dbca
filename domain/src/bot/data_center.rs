//! Networks where servers are let, and people do not live.
//!
//! Left out are networks by which people browse: relays of browsers and telephones (Apple's leave by Akamai,
//! Cloudflare and Fastly), and hosts of which the large VPN services have much.

use std::sync::LazyLock;

/// Lines of network number and operator; kept by hand.
const LIST: &str = include_str!("../../data/data-centers.tsv");

/// Number and operator of each network, by number.
static NETWORKS: LazyLock<Vec<(u32, &'static str)>> = LazyLock::new(|| {
    let mut networks: Vec<_> = LIST.lines().filter_map(parse_line).collect();
    networks.sort_unstable();
    networks
});

/// Whether a network is on the list: by its number, or, if that is not told, by an operator's name that begins
/// with one listed. An operator may let servers in one network and serve homes in another.
pub fn holds(asn: Option<u32>, organization: &str) -> bool {
    let Some(asn) = asn else {
        return NETWORKS.iter().any(|(_, name)| begins_with(organization, name));
    };
    NETWORKS.binary_search_by_key(&asn, |(number, _)| *number).is_ok()
}

fn begins_with(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|beginning| beginning.eq_ignore_ascii_case(name))
}

fn parse_line(line: &'static str) -> Option<(u32, &'static str)> {
    let (asn, name) = line.split_once('\t')?;
    Some((asn.parse().ok()?, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(asn: Option<u32>, organization: &str, expect: bool) {
        assert_eq!(holds(asn, organization), expect, "{asn:?} {organization}");
    }

    #[test]
    fn every_line_but_comments_is_read() {
        let lines = LIST.lines().filter(|line| !line.starts_with('#'));
        for line in lines {
            let Some((asn, name)) = parse_line(line) else { panic!("{line}") };
            assert!(name.len() >= 3, "{line}");
            check(Some(asn), "", true);
            check(None, name, true);
        }
        let mut numbers: Vec<_> = NETWORKS.iter().map(|(asn, _)| *asn).collect();
        numbers.dedup();
        assert_eq!(numbers.len(), NETWORKS.len());
    }

    #[test]
    fn servers_are_told_from_people() {
        check(Some(16509), "AMAZON-02", true);
        check(Some(24940), "", true);
        check(None, "hetzner online gmbh", true);
        check(None, "DigitalOcean, LLC", true);
        // The same operator's lines to homes.
        check(Some(35540), "OVH SAS", false);
        check(None, "", false);
        check(Some(3320), "Deutsche Telekom AG", false);
        // Relays: people.
        check(Some(13335), "Cloudflare, Inc.", false);
        check(Some(54113), "Fastly, Inc.", false);
        check(Some(36183), "Akamai Technologies, Inc.", false);
        check(Some(20940), "Akamai International B.V.", false);
        check(Some(15169), "Google LLC", false);
        check(None, "Microsoft Corporation", false);
        check(None, "\u{fc}\u{fc}\u{fc}\u{fc}", false);
    }
}
