//! Very many names in little memory, in their order.

/// Names in their order, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NameList {
    text: String,
    /// Where each one ends in the text.
    ends: Vec<u32>,
}

impl NameList {
    /// Puts one at the end. `false`: there is no room, or it is not behind the others.
    pub fn push(&mut self, name: &str) -> bool {
        let Ok(end) = u32::try_from(self.text.len() + name.len()) else {
            return false;
        };
        if self.last().is_some_and(|last| last >= name) {
            return false;
        }
        self.text.push_str(name);
        self.ends.push(end);
        true
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The one at this position.
    pub fn get(&self, at: usize) -> &str {
        let start = match at {
            0 => 0,
            at => self.ends[at - 1] as usize,
        };
        &self.text[start..self.ends[at] as usize]
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|at| self.get(at))
    }

    /// Where a name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.get(middle).cmp(name) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }

    /// The text of all, and where each one ends in it.
    pub(crate) fn parts(&self) -> (&str, &[u32]) {
        (&self.text, &self.ends)
    }

    /// From their parts; `None` where those do not belong together.
    pub(crate) fn of_parts(text: String, ends: Vec<u32>) -> Option<Self> {
        let ordered = ends.is_sorted() && ends.last().copied().unwrap_or(0) as usize == text.len();
        let whole = ends.iter().all(|end| text.is_char_boundary(*end as usize));
        (ordered && whole).then_some(Self { text, ends })
    }

    fn last(&self) -> Option<&str> {
        self.len().checked_sub(1).map(|at| self.get(at))
    }
}
