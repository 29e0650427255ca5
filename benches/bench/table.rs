//! Aligned text tables and the little statistics they show.

use std::time::Duration;

/// A table that is printed when all its rows are known.
pub struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// An empty table with its column headings.
    pub fn new(title: &str, headings: &[&str]) -> Self {
        let headings = headings.iter().map(|heading| heading.to_string()).collect();
        Self {
            title: title.to_string(),
            rows: vec![headings],
        }
    }

    /// Adds a row with as many cells as there are headings.
    pub fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// Prints the title and the aligned rows.
    pub fn print(&self) {
        println!("\n{}\n{}", self.title, self.text());
    }

    /// The first column is text and stands left, the figures stand right.
    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            });
            let line: Vec<String> = cells.collect();
            line.join("  ").trim_end().to_string()
        };
        let lines: Vec<String> = self.rows.iter().map(line).collect();
        lines.join("\n")
    }
}

/// The value below which the share `part` (0 to 1) of `values` lies: nearest rank; 0 for no values.
pub fn quantile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (part * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or(0.0)
}

/// The middle value; of two middle ones the lower.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

/// A duration in milliseconds.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// `ours / floor` as a cell.
pub fn ratio(ours: f64, floor: f64) -> String {
    if floor > 0.0 {
        format!("{:.2}", ours / floor)
    } else {
        "-".to_string()
    }
}

/// A whole number with commas between its thousands.
pub fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The aim and whether it was met, as a cell.
pub fn aim(text: &str, met: bool) -> String {
    format!("{text} {}", if met { "met" } else { "MISSED" })
}

#[cfg(test)]
mod tests {
    #[test]
    fn quantiles_are_of_the_nearest_rank() {
        let values = [4.0, 1.0, 3.0, 2.0];
        for (part, expected) in [(0.5, 2.0), (0.51, 3.0), (0.99, 4.0), (1.0, 4.0), (0.0, 1.0)] {
            assert_eq!(super::quantile(&values, part), expected, "{part}");
        }
        assert_eq!(super::median(&[]), 0.0);
        assert_eq!(super::median(&[7.0]), 7.0);
    }

    #[test]
    fn cells_are_written_for_people() {
        assert_eq!(super::count(1_234_567.4), "1,234,567");
        assert_eq!(super::count(999.0), "999");
        assert_eq!(super::ratio(3.0, 2.0), "1.50");
        assert_eq!(super::ratio(3.0, 0.0), "-");
        assert_eq!(super::aim("≤ 1.5", false), "≤ 1.5 MISSED");
    }

    #[test]
    fn columns_are_aligned() {
        let mut table = super::Table::new("Tea", &["pots", "ml"]);
        table.row(vec!["one".to_string(), "1,000".to_string()]);
        assert_eq!(table.text(), "pots     ml\none   1,000");
    }
}
