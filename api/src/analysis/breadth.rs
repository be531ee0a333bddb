//! How widely a partner's contributions are spread across themes.

/// Breadth of a distribution over themes, by three measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breadth {
    /// Number of themes with at least one contribution.
    pub themes: usize,
    /// Shannon's entropy in bits, H = −Σ pᵢ log₂ pᵢ, from 0 (one theme) to log₂ of the number of
    /// themes (evenly spread). C. E. Shannon, A Mathematical Theory of Communication, Bell System
    /// Technical Journal 27 (1948). `None` without a theme.
    pub shannon_entropy: Option<f64>,
    /// The Herfindahl–Hirschman index, HHI = Σ pᵢ², from 1 over the number of themes (evenly
    /// spread) to 1 (one theme). A. O. Hirschman, The Paternity of an Index, American Economic
    /// Review 54 (1964). `None` without a theme.
    pub herfindahl_index: Option<f64>,
}

impl Breadth {
    /// The breadth of counts by theme. The shares pᵢ are relative to the sum of the counts.
    pub fn of(counts: impl IntoIterator<Item = i64>) -> Self {
        let mut counts: Vec<i64> = counts.into_iter().filter(|count| *count > 0).collect();
        // Sorted, so that equal distributions have bitwise equal results.
        counts.sort_unstable();
        let sum: i64 = counts.iter().sum();
        if sum == 0 {
            return Self { themes: 0, shannon_entropy: None, herfindahl_index: None };
        }
        let shares = || counts.iter().map(|count| *count as f64 / sum as f64);
        // A single theme would result in −0.
        let entropy = shares().map(|share| -share * share.log2()).sum::<f64>().max(0.0);
        Self {
            themes: counts.len(),
            shannon_entropy: Some(entropy),
            herfindahl_index: Some(shares().map(|share| share * share).sum()),
        }
    }
}
