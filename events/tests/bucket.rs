//! Segments in a bucket of a real S3 server: moto, which `cargo xtask setup` installs and `cargo xtask test` names in
//! `MOTO_SERVER`.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

mod moto;

use std::io::{Read, Write};
use std::path::Path;

use tidemark_events::files::{Addressing, BucketSettings, FilesError, Secret, SegmentFiles, Transport};

use crate::moto::{BUCKET, Server};

fn settings(server: &Server) -> BucketSettings {
    BucketSettings {
        endpoint: Some(format!("http://{}", server.address)),
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        prefix: "history".to_owned(),
        access_key_id: "test".to_owned(),
        secret_access_key: Secret("test".to_owned()),
        addressing: Addressing::Path,
        transport: Transport::Plain,
    }
}

fn files(folder: &Path, settings: &BucketSettings) -> SegmentFiles {
    SegmentFiles::open_folder(&folder.join("segments"), &folder.join("cache"), 30 << 20, Some(settings)).unwrap()
}

fn write(files: &SegmentFiles, path: &str, bytes: &[u8]) -> Result<(), FilesError> {
    let mut upload = files.create(path)?;
    upload.write_all(bytes).unwrap();
    upload.complete()?;
    files.publish(path)
}

fn read(files: &SegmentFiles, path: &str) -> Result<Vec<u8>, FilesError> {
    let mut bytes = Vec::new();
    files.open(path)?.read_to_end(&mut bytes).unwrap();
    Ok(bytes)
}

#[test]
fn segments_live_in_the_bucket_and_are_fetched_when_asked_for() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &settings(&server));
    // One request, exactly a part, and several parts of which the last is small.
    let sizes = [(5usize, "a"), (8 << 20, "b"), ((20 << 20) + 7, "c")];
    for (size, name) in sizes {
        let path = format!("UA-1/2026-02-02/{name}.parquet");
        let bytes: Vec<u8> = (0..size).map(|at| (at * 31 % 251) as u8).collect();
        write(&files, &path, &bytes).unwrap();
        assert!(matches!(files.cool(&path, size as u64 + 1), Err(FilesError::Gone(_))));
        files.cool(&path, size as u64).unwrap();
        assert!(!files.is_local(&path));
        // From the bucket, then from the cache.
        assert_eq!(read(&files, &path).unwrap(), bytes);
        assert_eq!(read(&files, &path).unwrap(), bytes);
    }
    let paths = sizes.map(|(_, name)| format!("UA-1/2026-02-02/{name}.parquet"));
    assert_eq!(files.list_bucket().unwrap(), paths);
    // Below the prefix, where other programs look for them.
    let listing = server.request("GET", &format!("/{BUCKET}?prefix=history/UA-1/")).unwrap();
    assert_eq!(listing.matches("<Key>history/UA-1/2026-02-02/").count(), 3, "{listing}");
    files.remove(&paths[1]).unwrap();
    files.remove(&paths[1]).unwrap();
    assert!(matches!(files.open(&paths[1]), Err(FilesError::Gone(_))));
    assert_eq!(files.list_bucket().unwrap().len(), 2);
    // Another server over the same bucket, with an empty folder.
    let other = tempfile::tempdir().unwrap();
    assert_eq!(read(&self::files(other.path(), &settings(&server)), &paths[0]).unwrap().len(), 5);
}

#[test]
fn a_bucket_is_its_first_owners() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path(), &settings(&server));
    let is_owned =
        |claimed: Result<(), FilesError>, by: &str| matches!(claimed, Err(FilesError::Owned(owner)) if owner == by);
    files.claim("one").unwrap();
    files.claim("one").unwrap();
    assert!(is_owned(files.claim("other"), "one"));
    // It is no segment.
    assert_eq!(files.list_bucket().unwrap(), Vec::<String>::new());
    files.take_over("other").unwrap();
    assert!(is_owned(files.claim("one"), "other"));
    files.claim("other").unwrap();
    // Beside it there is room.
    let beside = BucketSettings { prefix: "beside".to_owned(), ..settings(&server) };
    let beside = self::files(tempfile::tempdir().unwrap().path(), &beside);
    // Of many at once it is one's.
    let claimed: Vec<bool> = std::thread::scope(|scope| {
        let claims: Vec<_> = (0..8)
            .map(|n| {
                scope.spawn({
                    let beside = &beside;
                    move || beside.claim(&format!("owner-{n}")).is_ok()
                })
            })
            .collect();
        claims.into_iter().map(|claim| claim.join().unwrap()).collect()
    });
    assert_eq!(claimed.iter().filter(|is_claimed| **is_claimed).count(), 1, "{claimed:?}");
    // A folder without a bucket is nobody's to claim; what only a bucket has is explained.
    let other = tempfile::tempdir().unwrap();
    let mut local =
        SegmentFiles::open_folder(&other.path().join("segments"), &other.path().join("cache"), 1, None).unwrap();
    local.claim("anybody").unwrap();
    assert!(matches!(local.open("s/d/a.parquet"), Err(FilesError::Gone(_))));
    local.explain_no_bucket("no bucket is set".to_owned());
    let said = local.open("s/d/a.parquet").unwrap_err().to_string();
    assert_eq!(said, "segment s/d/a.parquet is not in the folder, and no bucket is set");
}

#[test]
fn a_claim_says_when_the_bucket_cannot_be_asked() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let missing = BucketSettings { bucket: "no-such-bucket".to_owned(), ..settings(&server) };
    assert!(matches!(files(folder.path(), &missing).claim("one"), Err(FilesError::Store { .. })));
}

#[test]
fn what_the_bucket_does_not_take_is_an_error() {
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let missing = BucketSettings { bucket: "no-such-bucket".to_owned(), ..settings(&server) };
    let files_of_missing = files(folder.path(), &missing);
    assert!(matches!(write(&files_of_missing, "s/d/a.parquet", b"some"), Err(FilesError::Store { .. })));
    assert!(matches!(files_of_missing.cool("s/d/a.parquet", 4), Err(FilesError::Store { .. })));
    assert!(files_of_missing.is_local("s/d/a.parquet"));
    // TLS alone, unless it is said otherwise.
    let strict = BucketSettings { transport: Transport::Tls, ..settings(&server) };
    let other = tempfile::tempdir().unwrap();
    assert!(write(&files(other.path(), &strict), "s/d/a.parquet", b"some").is_err());
}
