use super::*;

const SMALL: Bounds = Bounds { depth: 4, values: 16 };

fn check(bytes: &[u8], expect: Result<(), ScanError>) {
    assert_eq!(messagepack(bytes, SMALL), expect, "{bytes:02x?}");
}

#[test]
fn whole_values_pass() {
    check(&[0xc0], Ok(()));
    check(&[0x93, 1, 2, 3], Ok(()));
    check(&[0x81, 0xa1, b'a', 0x80], Ok(()));
    check(&[0xd9, 2, b'h', b'i'], Ok(()));
    check(&[0xc7, 1, 5, 9], Ok(()));
    check(&[0xcb, 0, 0, 0, 0, 0, 0, 0, 0], Ok(()));
}

#[test]
fn lies_about_length_are_refused() {
    for marker in [0xc4u8, 0xc5, 0xc6, 0xd9, 0xda, 0xdb, 0xdc, 0xdd, 0xde, 0xdf, 0xc9] {
        check(&[marker, 0xff, 0xff, 0xff, 0xff], Err(ScanError::Truncated(5)));
    }
    check(&[0x92, 1], Err(ScanError::Truncated(2)));
    check(&[0xa5, b'a'], Err(ScanError::Truncated(2)));
    check(&[], Err(ScanError::Truncated(0)));
    check(&[0xcf, 1], Err(ScanError::Truncated(2)));
}

#[test]
fn depth_count_and_rest_are_bounded() {
    check(&[0x91, 0x91, 0x91, 0x91, 1], Ok(()));
    check(&[0x91, 0x91, 0x91, 0x91, 0x91, 1], Err(ScanError::TooDeep(4)));
    check(&[&[0xdc, 0, 16][..], &[1; 16]].concat(), Err(ScanError::TooMany(16)));
    check(&[1, 1], Err(ScanError::Trailing(1)));
    check(&[0xc1], Err(ScanError::BadByte(0)));
}

#[test]
fn a_deep_document_costs_no_stack() {
    let bounds = Bounds { depth: 1 << 20, values: 1 << 21 };
    let mut deep = vec![0x91; 1_000_000];
    deep.push(1);
    assert_eq!(messagepack(&deep, bounds), Ok(()));
    assert_eq!(messagepack(&deep, SMALL), Err(ScanError::TooDeep(4)));
}

#[test]
fn json_nesting_ignores_brackets_in_text() {
    assert_eq!(json(br#"{"a":"[[[[[[\"[[["}"#, SMALL), Ok(()));
    assert_eq!(json(b"[[[[[]]]]]", SMALL), Err(ScanError::TooDeep(4)));
    assert_eq!(json(b"[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]", SMALL), Err(ScanError::TooMany(16)));
}

/// Containers of one child have no separators, and count all the same.
#[test]
fn json_values_are_counted_as_the_decoder_counts_them() {
    let check = |text: &str, values: usize| {
        for limit in [values - 1, values] {
            let scanned = json(text.as_bytes(), Bounds { depth: 4, values: limit });
            let expect = if limit < values { Err(ScanError::TooMany(limit)) } else { Ok(()) };
            assert_eq!(scanned, expect, "{text}");
        }
    };
    check("[1]", 2);
    check("[[[1]]]", 4);
    check("[[1],[2],[[3]]]", 8);
    check(r#"{"a":{"b":[1,"[,:"]}}"#, 7);
}

#[test]
fn a_field_is_found_by_its_whole_name() {
    let map =
        [0x82, 0xa7, b'x', b'e', b'v', b'e', b'n', b't', b's', 1, 0xa6, b'e', b'v', b'e', b'n', b't', b's', 0x92, 7, 8];
    let found = field(&map, "events", SMALL).ok().flatten();
    assert_eq!(found, Some(17..20));
    assert_eq!(elements(&map, 17..20, SMALL), Ok(Some(vec![18..19, 19..20])));
    assert_eq!(field(&map, "event", SMALL), Ok(None));
}
