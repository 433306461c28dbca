use super::*;

/// Splitmix64.
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z ^ (z >> 27)
}

/// A page of these indices: some runs, and packed groups between them.
fn page(width: usize, indices: &[u32]) -> Vec<u8> {
    let mut page = vec![width as u8];
    for (number, some) in indices.chunks(40).enumerate() {
        if number % 3 == 2 && some.iter().all(|index| *index == some[0]) {
            page.push((some.len() << 1) as u8);
            page.extend(&some[0].to_le_bytes()[..width.div_ceil(8)]);
            continue;
        }
        let groups = some.len().div_ceil(GROUP);
        page.push((groups << 1 | 1) as u8);
        let mut packed = vec![0_u8; groups * width];
        for (at, bit) in (0..some.len()).flat_map(|at| (0..width).map(move |bit| (at, bit))) {
            let place = at * width + bit;
            packed[place / 8] |= ((some[at] >> bit & 1) as u8) << (place % 8);
        }
        page.extend(packed);
    }
    page
}

#[test]
fn a_page_is_read_the_same_by_every_way() {
    for width in 1..=20_usize {
        let end = 1_u64 << width;
        let mut all: Vec<u32> = (0..205).map(|at| (mix(at) % end.min(9)) as u32 + (end.max(9) - 9) as u32).collect();
        let same = all[80];
        all[80..120].fill(same);
        let page = page(width, &all);
        let mut read = Vec::new();
        indices(&page, all.len(), &mut read).unwrap();
        assert_eq!(read, all, "{width}");
        let some: Vec<u32> = (0..205).filter(|row| mix(*row).is_multiple_of(5)).map(|row| row as u32 + 1000).collect();
        let mut gathered = Vec::new();
        assert_eq!(gather(&page, all.len(), &some, 1000, &mut gathered), Ok(some.len()));
        assert!(gathered.iter().eq(some.iter().map(|row| &all[*row as usize - 1000])), "{width}");
        for passing in [vec![all[3]], vec![all[3], all[4], all[85]], vec![], vec![all[85]]] {
            let passes: Vec<bool> = (0..end as u32).map(|index| passing.contains(&index)).collect();
            let before: Vec<u8> = (0..205).map(|row| u8::from(!mix(row).is_multiple_of(3))).collect();
            let mut rows = before.clone();
            narrow(&page, &Passing::of(&passes), &mut rows).unwrap();
            let expect = before.iter().zip(&all).map(|(row, index)| row & u8::from(passing.contains(index)));
            assert!(rows.iter().copied().eq(expect), "{width} {passing:?}");
        }
        // Of the last group, what no row is of may be missing.
        for end in 0..page.len() - width {
            assert_eq!(indices(&page[..end], all.len(), &mut Vec::new()), Err(CUT), "{width} {end}");
        }
    }
}
