//! A hash that is the same on every machine, in every run and in every saved summary.

/// Mixes 128 bits into 64 with the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014).
///
/// Used where an order or a sample must not depend on the input's order: partitions and the
/// choice of traces kept as digests. Not a defence against chosen ids.
pub const fn stable_hash(high: u64, low: u64) -> u64 {
    mix(mix(high ^ 0x9e37_79b9_7f4a_7c15).wrapping_add(low))
}

/// [`stable_hash`] of a text, eight bytes at a time. Not a defence against chosen texts.
pub fn stable_text_hash(text: &str) -> u64 {
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    let words = words.iter().chain([&last]).map(|word| u64::from_le_bytes(*word));
    words.fold(text.len() as u64, stable_hash)
}

const fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
