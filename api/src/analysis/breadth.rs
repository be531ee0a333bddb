//! How widely what a partner gave is spread over themes.

/// Breadth of a distribution over themes, by three measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Breadth {
    /// In how many themes there is anything.
    pub themes: usize,
    /// Shannon's entropy in bits, H = −Σ pᵢ log₂ pᵢ, from 0 (one theme) to log₂ of the number of
    /// themes (evenly spread). C. E. Shannon, A Mathematical Theory of Communication, Bell System
    /// Technical Journal 27 (1948). None where there is no theme.
    pub shannon_entropy: Option<f64>,
    /// The Herfindahl–Hirschman index, HHI = Σ pᵢ², from 1 over the number of themes (evenly
    /// spread) to 1 (one theme). A. O. Hirschman, The Paternity of an Index, American Economic
    /// Review 54 (1964). None where there is no theme.
    pub herfindahl_index: Option<f64>,
}

impl Breadth {
    /// Of counts by theme. Shares pᵢ are of the sum of the counts.
    pub fn of(counts: impl IntoIterator<Item = i64>) -> Self {
        let mut counts: Vec<i64> = counts.into_iter().filter(|count| *count > 0).collect();
        // In one order, so that equal distributions give equal figures to the last bit.
        counts.sort_unstable();
        let sum: i64 = counts.iter().sum();
        if sum == 0 {
            return Self { themes: 0, shannon_entropy: None, herfindahl_index: None };
        }
        let shares = || counts.iter().map(|count| *count as f64 / sum as f64);
        // A single theme would give −0.
        let entropy = shares().map(|share| -share * share.log2()).sum::<f64>().max(0.0);
        Self {
            themes: counts.len(),
            shannon_entropy: Some(entropy),
            herfindahl_index: Some(shares().map(|share| share * share).sum()),
        }
    }
}
