//! A map for the few rooms and people of one client: a list in the order of its keys.
//!
//! The standard library's B-tree is made for very many entries, and its code for splitting and
//! joining nodes would travel to every browser.

#[derive(Clone, Debug)]
pub(super) struct Map<K, V>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Copy + Ord, V> Map<K, V> {
    pub(super) fn get(&self, key: &K) -> Option<&V> {
        let at = self.find(key).ok()?;
        Some(&self.0[at].1)
    }

    pub(super) fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.find(key).ok()?;
        Some(&mut self.0[at].1)
    }

    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// Puts the value in, instead of the one that the key had.
    pub(super) fn insert(&mut self, key: K, value: V) {
        match self.find(&key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (key, value)),
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.find(key).ok()?;
        Some(self.0.remove(at).1)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// In the order of the keys.
    pub(super) fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    /// Where the key is, or else where it belongs.
    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by_key(key, |(key, _)| *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_the_order_of_their_keys_once_each() {
        let mut map = Map::default();
        for key in [3, 1, 2, 1] {
            map.insert(key, key * 10);
        }
        map.insert(3, 33);
        assert_eq!(map.values().collect::<Vec<_>>(), [&10, &20, &33]);
        assert_eq!((map.remove(&2), map.remove(&2)), (Some(20), None));
        assert_eq!((map.get(&1), map.get(&2)), (Some(&10), None));
    }
}
