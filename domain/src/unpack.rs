//! How a packed body becomes bytes: never more of them than its limit, whatever it would unpack to.

use std::io::Read;

use flate2::read::GzDecoder;

/// Why a packed body is not unpacked.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum UnpackError {
    /// It would unpack to more than is taken.
    #[error("the body is longer than {0} bytes")]
    TooLong(usize),
    /// Not gzip, or damaged.
    #[error("the body is not gzip: {0}")]
    NotGzip(String),
}

/// Unpacks gzip (RFC 1952) up to `bytes_max` and one byte more, which tells. Nothing beyond is unpacked or kept,
/// so a few bytes that stand for gigabytes cost as much as a body of the limit's length.
///
/// # Errors
/// [`UnpackError`] for what is longer, or is not gzip.
pub fn gzip(packed: &[u8], bytes_max: usize) -> Result<Vec<u8>, UnpackError> {
    let mut body = Vec::new();
    match GzDecoder::new(packed).take(bytes_max as u64 + 1).read_to_end(&mut body) {
        Ok(bytes) if bytes > bytes_max => Err(UnpackError::TooLong(bytes_max)),
        Ok(_) => Ok(body),
        Err(error) => Err(UnpackError::NotGzip(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).unwrap_or_default()
    }

    #[test]
    fn exactly_the_limit_is_unpacked() {
        assert_eq!(gzip(&packed(&[b' '; 1000]), 1000), Ok(vec![b' '; 1000]));
        assert_eq!(gzip(&packed(&[b' '; 1001]), 1000), Err(UnpackError::TooLong(1000)));
        assert_eq!(gzip(&packed(b""), 1000), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let whole = packed(b"a body");
        for cut in 0..whole.len() {
            let refused = gzip(whole.get(..cut).unwrap_or_default(), 1000);
            assert!(matches!(refused, Err(UnpackError::NotGzip(_))), "{cut} bytes: {refused:?}");
        }
    }
}
