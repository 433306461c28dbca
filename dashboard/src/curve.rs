//! A smooth line through points that never overshoots them: monotone cubic interpolation
//! (Fritsch and Carlson, 1980), so that the drawing has no peak that the data has not.

/// SVG path segments (`C …`), one between each two neighbours of `points`, which are ordered by x.
pub fn segments(points: &[(f64, f64)]) -> Vec<String> {
    let slopes: Vec<f64> = points.windows(2).map(slope).collect();
    let tangents: Vec<f64> = (0..points.len()).map(|at| tangent(&slopes, at)).collect();
    points
        .windows(2)
        .zip(tangents.windows(2))
        .filter_map(|(points, tangents)| {
            let ([from, to], [leaving, arriving]) = (points, tangents) else { return None };
            let third = (to.0 - from.0) / 3.0;
            Some(format!(
                "C{} {} {} {} {} {}",
                unit(from.0 + third),
                unit(from.1 + leaving * third),
                unit(to.0 - third),
                unit(to.1 - arriving * third),
                unit(to.0),
                unit(to.1)
            ))
        })
        .collect()
}

/// The start of a path.
pub fn start(point: (f64, f64)) -> String {
    format!("M{} {}", unit(point.0), unit(point.1))
}

/// A coordinate in whole units of the drawing area, which are finer than a pixel.
#[expect(clippy::cast_possible_truncation, reason = "coordinates stay within the drawing area")]
pub fn unit(coordinate: f64) -> i32 {
    coordinate.round() as i32
}

fn slope(pair: &[(f64, f64)]) -> f64 {
    match pair {
        [from, to] if to.0 > from.0 => (to.1 - from.1) / (to.0 - from.0),
        _ => 0.0,
    }
}

/// The harmonic mean of the slopes on both sides; flat where they differ in sign.
fn tangent(slopes: &[f64], at: usize) -> f64 {
    let before = at.checked_sub(1).and_then(|before| slopes.get(before));
    match (before, slopes.get(at)) {
        (Some(before), Some(after)) if before * after > 0.0 => 2.0 * before * after / (before + after),
        (Some(_), Some(_)) | (None, None) => 0.0,
        (Some(only), None) | (None, Some(only)) => *only,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plateau_stays_flat() {
        let drawn = segments(&[(0.0, 0.0), (3.0, 9.0), (6.0, 9.0)]);
        assert_eq!(drawn, ["C1 3 2 9 3 9", "C4 9 5 9 6 9"]);
    }

    #[test]
    fn one_point_has_no_line() {
        assert!(segments(&[(0.0, 1.0)]).is_empty());
        assert!(segments(&[]).is_empty());
    }
}
