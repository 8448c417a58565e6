//! Whether cascades grow.

use super::chance::kendall_by_chance;
use super::imprint::Imprint;

/// With fewer incidents nothing is said: even a steady climb of four comes up by chance once in
/// twelve (two-sided), that of five once in sixty.
pub const FEWEST: usize = 5;
/// The latest incidents are looked at, at most so many: what was before says little of today,
/// and the exact distribution grows with the fourth power.
pub const MOST: usize = 60;
/// A trend is called one if chance alone shows it less often than this (two-sided).
pub const LEVEL: f64 = 0.05;

/// What of an incident has a size.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    /// Its id.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// Its unit.
    pub unit: &'static str,
    of: fn(&Imprint) -> Option<f64>,
}

/// The measures.
pub const MEASURES: &[Measure] = &[
    Measure {
        id: "harmed_share",
        title: "Share of entry requests harmed",
        unit: "share",
        of: Imprint::harmed_share,
    },
    Measure {
        id: "services_reached",
        title: "Services reached",
        unit: "services",
        of: |imprint| Some(imprint.services().len() as f64),
    },
];

/// Which way a series goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Larger and larger.
    Growing,
    /// Smaller and smaller.
    Shrinking,
    /// No more order than chance gives.
    Neither,
    /// Too few incidents to say.
    TooFew,
}

impl Direction {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Growing => "growing",
            Self::Shrinking => "shrinking",
            Self::Neither => "neither",
            Self::TooFew => "too_few",
        }
    }
}

/// The course of one measure over the incidents in order of onset.
#[derive(Clone, Debug, PartialEq)]
pub struct Trend {
    /// Id of the measure.
    pub measure: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its unit.
    pub unit: &'static str,
    /// Its value in each incident, the earliest first.
    pub values: Vec<f64>,
    /// Pairs of incidents of which the later is larger, less those of which it is smaller
    /// (Mann–Kendall's S).
    pub s: i64,
    /// Probability that chance alone orders them as much, either way.
    pub chance: f64,
    /// What that means.
    pub direction: Direction,
}

impl Trend {
    /// Pairs of incidents that differ in size.
    pub fn pairs(&self) -> usize {
        let ties: usize = ties(&self.values).iter().map(|n| n * (n - 1) / 2).sum();
        self.values.len() * self.values.len().saturating_sub(1) / 2 - ties
    }
}

/// The trend of every measure, over imprints in order of onset: the exact test of Mann
/// (Econometrica 1945) and Kendall.
pub fn trends(imprints: &[&Imprint]) -> Vec<Trend> {
    MEASURES.iter().map(|measure| trend(measure, imprints)).collect()
}

fn trend(measure: &Measure, imprints: &[&Imprint]) -> Trend {
    let latest = &imprints[imprints.len().saturating_sub(MOST)..];
    let values: Vec<f64> = latest.iter().filter_map(|imprint| (measure.of)(imprint)).collect();
    let mut s = 0;
    for (j, later) in values.iter().enumerate() {
        for earlier in &values[..j] {
            s += match later.total_cmp(earlier) {
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Greater => 1,
            };
        }
    }
    let by_chance = kendall_by_chance(&ties(&values));
    let as_much = by_chance.iter().filter(|(other, _)| other.abs() >= i64::abs(s));
    let chance = as_much.map(|(_, p)| p).sum::<f64>().min(1.0);
    let direction = match s {
        _ if values.len() < FEWEST => Direction::TooFew,
        1.. if chance < LEVEL => Direction::Growing,
        ..=-1 if chance < LEVEL => Direction::Shrinking,
        _ => Direction::Neither,
    };
    let Measure { id, title, unit, .. } = *measure;
    Trend { measure: id, title, unit, values, s, chance, direction }
}

/// How often each distinct value occurs.
fn ties(values: &[f64]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.chunk_by(|a, b| a.total_cmp(b).is_eq()).map(<[f64]>::len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn course(values: &[f64]) -> Trend {
        let measure = Measure { id: "x", title: "X", unit: "", of: |i| Some(i.harmed as f64) };
        let imprints: Vec<Imprint> = values
            .iter()
            .map(|value| {
                serde_json::from_value(serde_json::json!({
                    "verdict": "incident", "onset": 0, "until": 0, "requests": 1, "failed": null,
                    "harmed": *value as u64, "accused": [], "fell": [], "entries": [],
                    "templates": [], "nodes": [], "edges": [],
                }))
                .unwrap()
            })
            .collect();
        trend(&measure, &imprints.iter().collect::<Vec<_>>())
    }

    #[test]
    fn a_steady_climb_grows_and_four_are_too_few() {
        let five = course(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!((five.s, five.direction), (10, Direction::Growing));
        assert!((five.chance - 2.0 / 120.0).abs() < 1e-12);
        assert_eq!(course(&[1.0, 2.0, 3.0, 4.0]).direction, Direction::TooFew);
        assert_eq!(course(&[9.0, 8.0, 7.0, 3.0, 1.0]).direction, Direction::Shrinking);
        assert_eq!(course(&[1.0, 2.0, 3.0, 5.0, 4.0]).direction, Direction::Neither);
        assert_eq!(course(&[]).direction, Direction::TooFew);
    }

    #[test]
    fn equal_sizes_show_nothing() {
        let flat = course(&[2.0; 8]);
        assert_eq!((flat.s, flat.pairs(), flat.direction), (0, 0, Direction::Neither));
        assert!((flat.chance - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_long_series_is_told_by_its_end() {
        let long: Vec<f64> = (0..200).map(|i| f64::from(200 - i)).collect();
        assert_eq!(course(&long).values.len(), MOST);
    }
}
