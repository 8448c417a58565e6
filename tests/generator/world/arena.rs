//! Storage for things that come and go, whose ids are never mistaken for a later tenant's.

use std::marker::PhantomData;

/// The id of an item in an [`Arena`].
#[derive(Debug)]
pub struct Id<T> {
    slot: u32,
    generation: u32,
    item: PhantomData<fn() -> T>,
}

// Derives would ask the same of `T`.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.slot, self.generation) == (other.slot, other.generation)
    }
}
impl<T> Eq for Id<T> {}

/// Items in reusable slots.
#[derive(Debug)]
pub struct Arena<T> {
    slots: Vec<(u32, Option<T>)>,
    free: Vec<u32>,
}

impl<T> Arena<T> {
    /// An empty arena.
    pub fn new() -> Self {
        Self { slots: Vec::new(), free: Vec::new() }
    }

    /// Keeps an item.
    pub fn insert(&mut self, item: T) -> Id<T> {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push((0, None));
            (self.slots.len() - 1) as u32
        });
        let (generation, place) = &mut self.slots[slot as usize];
        *place = Some(item);
        Id { slot, generation: *generation, item: PhantomData }
    }

    /// The item, unless it has been removed.
    pub fn get(&self, id: Id<T>) -> Option<&T> {
        let (generation, item) = &self.slots[id.slot as usize];
        item.as_ref().filter(|_| *generation == id.generation)
    }

    /// The item, unless it has been removed.
    pub fn get_mut(&mut self, id: Id<T>) -> Option<&mut T> {
        let (generation, item) = &mut self.slots[id.slot as usize];
        item.as_mut().filter(|_| *generation == id.generation)
    }

    /// Removes an item; a second removal gives nothing.
    pub fn remove(&mut self, id: Id<T>) -> Option<T> {
        let (generation, item) = &mut self.slots[id.slot as usize];
        if *generation != id.generation {
            return None;
        }
        let item = item.take()?;
        *generation += 1;
        self.free.push(id.slot);
        Some(item)
    }

    /// The ids of all items for which `wanted` holds.
    pub fn ids_where(&self, wanted: impl Fn(&T) -> bool) -> Vec<Id<T>> {
        let slots = self.slots.iter().enumerate();
        let chosen = slots.filter(|(_, (_, item))| item.as_ref().is_some_and(&wanted));
        chosen
            .map(|(slot, (generation, _))| Id {
                slot: slot as u32,
                generation: *generation,
                item: PhantomData,
            })
            .collect()
    }
}
