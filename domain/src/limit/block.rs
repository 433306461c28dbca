//! The neighbourhood of an address: what one sender can have all of.

use core::net::{IpAddr, Ipv6Addr};

/// The /24 of an IPv4 address, the /48 of an IPv6 address: family (4 or 6), then its bytes, filled with zeros.
/// It is hashed, counted by in memory, and not kept.
pub type AddressBlock = [u8; 7];

/// The block of an address. IPv4 mapped into IPv6 (`::ffff:192.0.2.1`) is IPv4. None if it is no address.
pub fn address_block(address: &str) -> Option<AddressBlock> {
    match address.trim().parse::<IpAddr>().ok()? {
        IpAddr::V4(address) => Some(of_v4(address.octets())),
        IpAddr::V6(address) => Some(address.to_ipv4_mapped().map_or_else(|| of_v6(address), |v4| of_v4(v4.octets()))),
    }
}

fn of_v4([a, b, c, _]: [u8; 4]) -> AddressBlock {
    [4, a, b, c, 0, 0, 0]
}

fn of_v6(address: Ipv6Addr) -> AddressBlock {
    let [a, b, c, d, e, f, ..] = address.octets();
    [6, a, b, c, d, e, f]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(address: &str, expect: Option<AddressBlock>) {
        assert_eq!(address_block(address), expect, "{address}");
    }

    #[test]
    fn neighbours_share_a_block() {
        let v4 = Some([4, 192, 0, 2, 0, 0, 0]);
        check("192.0.2.1", v4);
        check("192.0.2.255", v4);
        check(" 192.0.2.7 ", v4);
        check("::ffff:192.0.2.1", v4);
        check("::FFFF:c000:0201", v4);
        check("192.0.3.1", Some([4, 192, 0, 3, 0, 0, 0]));
        let v6 = Some([6, 0x20, 1, 0x0d, 0xb8, 0, 1]);
        check("2001:db8:1::", v6);
        check("2001:0DB8:0001:ffff:1:2:3:4", v6);
        check("2001:db8:2::1", Some([6, 0x20, 1, 0x0d, 0xb8, 0, 2]));
        check("::1", Some([6, 0, 0, 0, 0, 0, 0]));
        check("0.0.0.0", Some([4, 0, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn what_is_no_address_has_none() {
        for text in ["", "localhost", "192.0.2", "192.0.2.256", "192.0.2.1:80", "[::1]", "fe80::1%eth0", "1.2.3.4.5"] {
            check(text, None);
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_ends_in_an_answer(text in ".{0,60}", v4: [u8; 4], v6: [u8; 16]) {
            let _ = address_block(&text);
            let written = IpAddr::from(v4).to_string();
            proptest::prop_assert_eq!(address_block(&written), Some(of_v4(v4)));
            proptest::prop_assert!(address_block(&IpAddr::from(v6).to_string()).is_some());
        }
    }
}
