//! How many of the things found may be chance.

/// For every test the smallest share of false discoveries at which it still counts as one
/// (Benjamini and Hochberg, JRSS B 1995), 0 to 1, in the order of the tests.
pub fn q_values(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut q = vec![1.0; p.len()];
    let mut least = 1.0_f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min(p[at] * p.len() as f64 / (rank + 1) as f64);
        q[at] = least;
    }
    q
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The step-up rule as its authors wrote it: reject up to the last p(i) ≤ i α / m.
    fn rejected(p: &[f64], level: f64) -> Vec<bool> {
        let mut sorted = p.to_vec();
        sorted.sort_by(f64::total_cmp);
        let share = |i: usize| (i + 1) as f64 * level / p.len() as f64;
        let last = (0..p.len()).rev().find(|&i| sorted[i] <= share(i));
        p.iter().map(|p| last.is_some_and(|i| *p <= sorted[i])).collect()
    }

    proptest! {
        #[test]
        fn a_q_value_is_the_level_at_which_a_test_is_rejected(
            p in prop::collection::vec(0.0_f64..1.0, 1..40), level in 0.001_f64..0.5
        ) {
            let q = q_values(&p);
            let wanted = rejected(&p, level);
            for (q, wanted) in q.iter().zip(wanted) {
                // Where both are equal but for rounding, either is right.
                prop_assert!((q - level).abs() < 1e-12 || (*q <= level) == wanted);
            }
        }
    }
}
