//! Resources as they were written, by which one that comes again is known without being read.

use crate::model::ResourceId;

/// How many are remembered: the emitters behind one collector, as a rule.
const SLOTS: usize = 512;
/// Longer ones are not remembered, so that memory stays small.
const LONGEST: usize = 4096;

/// What was written, and which resource it is. One that shares the place of another takes it.
#[derive(Debug, Default)]
pub(super) struct Emitters {
    slots: Vec<Option<(Box<[u8]>, ResourceId)>>,
}

impl Emitters {
    /// The resource that was written like this before.
    pub(super) fn find(&self, written: &[u8]) -> Option<ResourceId> {
        match self.slots.get(slot(written))? {
            Some((known, resource)) if **known == *written => Some(*resource),
            _ => None,
        }
    }

    /// Remembers how a resource is written. It must be what any reader makes of the text.
    pub(super) fn keep(&mut self, written: &[u8], resource: ResourceId) {
        if written.len() <= LONGEST {
            self.slots.resize_with(SLOTS, || None);
            self.slots[slot(written)] = Some((Box::from(written), resource));
        }
    }
}

/// A hash of a word in every four, which is enough to tell names and ids apart.
fn slot(written: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, _) = written.as_chunks::<8>();
    let some = words.iter().step_by(4).take(LONGEST / 32);
    let hash = some.fold(written.len() as u64, |hash, word| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(FACTOR)
    });
    (hash >> 32) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_alike_to_the_byte_is_known() {
        let mut emitters = Emitters::default();
        let text =
            |n: u32| format!("{{\"attributes\":[service {n} of many, on a host of its own]}}");
        assert_eq!(emitters.find(text(0).as_bytes()), None);
        for n in 0..2000 {
            emitters.keep(text(n).as_bytes(), ResourceId(n));
            assert_eq!(emitters.find(text(n).as_bytes()), Some(ResourceId(n)));
        }
        for n in 0..2000 {
            let found = emitters.find(text(n).as_bytes());
            assert!(found.is_none_or(|found| found == ResourceId(n)));
        }
        let long = vec![b'x'; LONGEST + 1];
        emitters.keep(&long, ResourceId(1));
        assert_eq!(emitters.find(&long), None);
    }
}
