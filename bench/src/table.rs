//! Tables in Markdown.

/// The head of a table, and the rule below it.
pub fn head(columns: &[&str]) {
    println!("| {} |\n|{}", columns.join(" | "), "---|".repeat(columns.len()));
}

/// One row.
pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}

/// A whole number in groups of three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let groups = rest.as_bytes().chunks(3).map(|group| String::from_utf8_lossy(group).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(groups).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_stand_in_threes() {
        let written = [0, 7, 100, 1_000, 12_289, 1_000_000].map(grouped);
        assert_eq!(written, ["0", "7", "100", "1 000", "12 289", "1 000 000"]);
    }
}
