//! wasm-bindgen's names end in hashes of sixteen hexadecimal digits, in the module and in the JavaScript alike, and hashes
//! do not compress. Here they become numbers: a name is as long as it was, so the module's bytes are replaced where they
//! stand. That takes a tenth off the JavaScript of a large program, and a hundredth off its module.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

/// Digits of a hash.
const DIGITS: usize = 16;

/// Numbers the names of a program's script and module, in place.
pub fn number_names(script: &Path, module: &Path) -> Result<()> {
    let (text, mut bytes) = (fs::read_to_string(script)?, fs::read(module)?);
    let names = numbered(&text);
    let replaced = replace(&mut bytes, &names);
    ensure!(
        replaced.len() == names.len(),
        "{}: of {} names of its script {} are in the module",
        module.display(),
        names.len(),
        replaced.len()
    );
    fs::write(script, renamed(&text, &names))?;
    fs::write(module, bytes)?;
    Ok(())
}

/// New names by the old ones: numbers by the order of names that differ in their hash alone.
fn numbered(text: &str) -> BTreeMap<&str, String> {
    let hashed: BTreeSet<&str> = text.split(|c| !is_of_name(c)).filter(|name| is_hashed(name)).collect();
    let mut before = BTreeMap::<&str, usize>::new();
    let number = |name| {
        let (stem, _) = parted(name)?;
        let number = before.entry(stem).or_default();
        *number += 1;
        Some((name, format!("{stem}{:0DIGITS$}", *number - 1)))
    };
    hashed.into_iter().filter_map(number).collect()
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '$'
}

/// A name without its hash, and the hash.
fn parted(name: &str) -> Option<(&str, &str)> {
    name.split_at_checked(name.len().checked_sub(DIGITS)?)
}

fn is_hashed(name: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    parted(name).is_some_and(|(stem, hash)| stem.starts_with('_') && stem.ends_with('_') && hash.bytes().all(is_digit))
}

fn renamed(text: &str, names: &BTreeMap<&str, String>) -> String {
    let mut result = String::with_capacity(text.len());
    for part in text.split_inclusive(|c| !is_of_name(c)) {
        let (name, rest) = part.split_at(part.find(|c| !is_of_name(c)).unwrap_or(part.len()));
        result.push_str(names.get(name).map_or(name, String::as_str));
        result.push_str(rest);
    }
    result
}

/// Replaces names wherever they stand, and answers which.
fn replace(bytes: &mut [u8], names: &BTreeMap<&str, String>) -> BTreeSet<usize> {
    let by_hash: BTreeMap<&[u8], Vec<(usize, &str, &String)>> =
        names.iter().enumerate().fold(BTreeMap::new(), |mut by_hash, (at, (old, new))| {
            if let Some((_, hash)) = parted(old) {
                by_hash.entry(hash.as_bytes()).or_insert_with(Vec::new).push((at, old, new));
            }
            by_hash
        });
    let mut replaced = BTreeSet::new();
    for end in DIGITS..=bytes.len() {
        let Some(named) = bytes.get(end - DIGITS..end).and_then(|hash| by_hash.get(hash)) else { continue };
        let found =
            named.iter().find(|(_, old, _)| bytes.get(..end).is_some_and(|head| head.ends_with(old.as_bytes())));
        if let Some((at, old, new)) = found
            && let Some(place) = bytes.get_mut(end - old.len()..end)
        {
            place.copy_from_slice(new.as_bytes());
            replaced.insert(*at);
        }
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_length_and_lose_their_hashes() {
        let script = "f.__wbg_new_0123456789abcdef(a.__wbg_new_fedcba9876543210, __wbg_of_0123456789abcdef); \
                      x0123456789abcdef; __wbg_new_0123456789abcde";
        let names = numbered(script);
        let expect = "f.__wbg_new_0000000000000000(a.__wbg_new_0000000000000001, __wbg_of_0000000000000000); \
                      x0123456789abcdef; __wbg_new_0123456789abcde";
        assert_eq!(renamed(script, &names), expect);
        // The length of a name stands before it, and may look like a part of it.
        let mut module = b"\x1a__wbg_new_fedcba9876543210\0A__wbg_of_0123456789abcdef\x000123456789abcdef".to_vec();
        let replaced = replace(&mut module, &names);
        assert_eq!(module, b"\x1a__wbg_new_0000000000000001\0A__wbg_of_0000000000000000\x000123456789abcdef");
        assert_eq!((names.len(), replaced.len()), (3, 2));
    }
}
