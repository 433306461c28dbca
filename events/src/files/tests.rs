use std::io::{Read, Write};

use object_store::memory::InMemory;
use tempfile::TempDir;

use super::*;

fn folder() -> TempDir {
    tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"))
}

fn files(temporary: &TempDir) -> SegmentFiles {
    let (folder, cache) = (temporary.path().join("segments"), temporary.path().join("cache"));
    SegmentFiles::open_folder(&folder, &cache, 100, None).unwrap_or_else(|e| panic!("{e}"))
}

fn write(files: &SegmentFiles, path: &str, bytes: &[u8]) {
    let mut upload = files.create(path).unwrap_or_else(|e| panic!("{e}"));
    upload.write_all(bytes).unwrap_or_else(|e| panic!("{e}"));
    upload.complete().unwrap_or_else(|e| panic!("{e}"));
}

fn read(files: &SegmentFiles, path: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    files.open(path).ok()?.read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn listed(files: &SegmentFiles) -> Vec<String> {
    files.list().unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn sites_are_names_of_folders() {
    fn check(site: &str, expect: &str) {
        assert_eq!(path_of(site, 86_400_000, "0a"), format!("{expect}/1970-01-02/0a.parquet"));
    }
    check("UA-1_x.y", "UA-1_x.y");
    check(".", "~");
    check("..", "~.");
    check(".a", "~a");
}

#[test]
fn a_file_is_seen_when_it_is_complete() {
    let temporary = folder();
    let files = files(&temporary);
    let long = vec![7; PART_BYTES * 2 + 9];
    let mut upload = files.create("a/b/c.parquet").unwrap_or_else(|e| panic!("{e}"));
    assert!(upload.write_all(&long).is_ok());
    assert!(matches!(files.open("a/b/c.parquet"), Err(FilesError::Gone(_))));
    assert!(upload.complete().is_ok());
    assert_eq!(read(&files, "a/b/c.parquet"), Some(long));
    let mut broken_off = files.create("a/b/d.parquet").unwrap_or_else(|e| panic!("{e}"));
    assert!(broken_off.write_all(b"some").is_ok());
    drop(broken_off);
    assert_eq!(listed(&files), ["a/b/c.parquet"]);
    // Nor is anything left of one whose process is gone, once it is removed.
    let mut killed = files.create("a/b/d.parquet").unwrap_or_else(|e| panic!("{e}"));
    assert!(killed.write_all(&vec![7; PART_BYTES]).is_ok());
    std::mem::forget(killed);
    assert_eq!(listed(&files).len(), 2);
    assert!(files.remove("a/b/d.parquet").is_ok());
    assert_eq!(listed(&files), ["a/b/c.parquet"]);
}

#[test]
fn what_was_set_aside_can_be_read_until_it_is_removed() {
    let temporary = folder();
    let files = files(&temporary);
    write(&files, "a/b/c.parquet", b"one");
    assert!(files.set_aside("a/b/c.parquet").is_ok() && files.set_aside("a/b/c.parquet").is_ok());
    assert!(!files.is_local("a/b/c.parquet"));
    assert_eq!(read(&files, "a/b/c.parquet"), Some(b"one".to_vec()));
    assert_eq!(listed(&files), ["a/b/c.parquet"]);
    let mut open = files.open("a/b/c.parquet").unwrap_or_else(|e| panic!("{e}"));
    assert!(files.remove("a/b/c.parquet").is_ok() && files.remove("a/b/c.parquet").is_ok());
    assert_eq!((read(&files, "a/b/c.parquet"), listed(&files)), (None, Vec::new()));
    let mut bytes = Vec::new();
    assert!(open.read_to_end(&mut bytes).is_ok());
    assert_eq!(bytes, b"one");
    assert!(!temporary.path().join("segments/a").exists());
}

#[test]
fn the_cache_keeps_what_was_used_last() {
    let temporary = folder();
    let store = Arc::new(InMemory::new());
    let files = SegmentFiles { bucket: Some(Arc::clone(&store) as Arc<dyn ObjectStore>), ..files(&temporary) };
    for name in ["a", "b", "c"] {
        let path = format!("s/d/{name}.parquet");
        write(&files, &path, name.repeat(40).as_bytes());
        assert!(files.publish(&path).is_ok());
        assert!(files.cool(&path, 41).is_err() && files.is_local(&path));
        assert!(files.cool(&path, 40).is_ok() && !files.is_local(&path));
    }
    let cached = |name: &str| temporary.path().join(format!("cache/s/d/{name}.parquet")).is_file();
    for name in ["a", "b", "a", "c"] {
        assert_eq!(read(&files, &format!("s/d/{name}.parquet")), Some(name.repeat(40).into_bytes()));
    }
    assert_eq!((cached("a"), cached("b"), cached("c")), (true, false, true));
    assert!(files.remove("s/d/a.parquet").is_ok());
    assert!(!cached("a") && matches!(files.open("s/d/a.parquet"), Err(FilesError::Gone(_))));
    assert_eq!(files.list_bucket().ok(), Some(vec!["s/d/b.parquet".to_owned(), "s/d/c.parquet".to_owned()]));
}
