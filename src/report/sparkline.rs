//! A course in time as one short word.

/// Eighths of a column of text.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Nothing was called: a gap that is no zero.
const NONE: char = '·';

/// Shares between 0 and 1 as `width` bars, the mean share of each stretch.
///
/// The scale is that of shares, not of the course: two lines can be compared.
pub fn sparkline(shares: &[Option<f32>], width: usize) -> String {
    let width = width.min(shares.len());
    let bar = |i: usize| {
        let stretch = &shares[i * shares.len() / width..(i + 1) * shares.len() / width];
        let called = stretch.iter().flatten().count();
        if called == 0 {
            return NONE;
        }
        let mean = stretch.iter().flatten().map(|s| f64::from(*s)).sum::<f64>() / called as f64;
        BARS[((mean * 8.0).ceil() as usize).clamp(1, 8) - 1]
    };
    (0..width).map(bar).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_not_zeros() {
        assert_eq!(sparkline(&[Some(0.0), None, Some(0.5), Some(1.0)], 10), "▁·▄█");
        assert_eq!(sparkline(&[Some(0.0), Some(1.0), None, None], 2), "▄·");
        assert_eq!(sparkline(&[], 8), "");
        assert_eq!(sparkline(&[Some(f32::NAN), Some(7.0)], 2).chars().count(), 2);
    }
}
