//! Several files as one. They are stored as they are: what is downloaded from one's own server is quick to come, and code that
//! compresses would cost every reader more.

use std::io::Write;

use rawzip::ZipArchiveWriter;
use rawzip::time::UtcDateTime;

/// A zip of files by their names, made at a time in Unix seconds; none where one is larger than a zip can hold.
pub fn zip(files: &[(String, String)], at_s: i64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut archive = ZipArchiveWriter::new(&mut bytes);
    for (name, text) in files {
        let file = archive.new_file(name.as_str()).last_modified(UtcDateTime::from_unix(at_s));
        let (mut entry, config) = file.start().ok()?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(text.as_bytes()).ok()?;
        let (_, descriptor) = writer.finish().ok()?;
        entry.finish(descriptor).ok()?;
    }
    archive.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn files_are_found_again() {
        let files = [("a.csv", "page,visits\n/ü,3\n"), ("b — ü.csv", ""), ("c.csv", "x")];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let bytes = zip(&files, 1_770_000_000).unwrap();
        let archive = rawzip::ZipArchive::from_slice(&bytes).unwrap();
        let mut entries = archive.entries();
        for (name, text) in &files {
            let entry = entries.next_entry().unwrap().unwrap();
            assert_eq!(entry.file_path().try_normalize().unwrap().as_ref(), name);
            let local = archive.get_entry(entry.wayfinder()).unwrap();
            let mut found = String::new();
            local.verifying_reader(local.data()).read_to_string(&mut found).unwrap();
            assert_eq!(&found, text);
        }
        assert!(entries.next_entry().unwrap().is_none());
    }
}
