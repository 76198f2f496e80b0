//! The form in which a search for bad steps is kept in the state: with a version, and read back whole or
//! not at all. A search that is forgotten would send its bad steps again and lose those it had cleared.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Isolation;

/// The form. A new one whenever the fields of [`Isolation`] or their meaning change; [`KeptSearch::read`]
/// then says what becomes of older ones.
const VERSION: u64 = 2;

/// A search as it is kept.
#[derive(Serialize)]
pub struct KeptSearch<'a> {
    version: u64,
    search: &'a Isolation,
}

impl<'a> KeptSearch<'a> {
    /// The form of this search.
    pub fn of(search: &'a Isolation) -> Self {
        Self {
            version: VERSION,
            search,
        }
    }

    /// The search that was kept; `None` where this version cannot read it.
    pub fn read(text: &str) -> Option<Isolation> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Form {
            version: u64,
            search: Map<String, Value>,
        }
        let Form { version, search } = serde_json::from_str(text).ok()?;
        let search = match version {
            1 => of_the_first_form(search)?,
            VERSION => search,
            _ => return None,
        };
        let search: Isolation = serde_json::from_value(Value::Object(search)).ok()?;
        search.fits_its_base().then_some(search)
    }
}

/// The first form convicted a row as soon as it was named, and kept apart which rows stood before it.
fn of_the_first_form(mut search: Map<String, Value>) -> Option<Map<String, Value>> {
    let ran = search.remove("ran")?;
    let untried = search.get_mut("untried")?.as_array_mut()?;
    untried.extend(ran.as_array()?.iter().cloned());
    for (new, value) in [("accused", json!([])), ("texts_lie", json!(false))] {
        if search.insert(new.to_owned(), value).is_some() {
            return None;
        }
    }
    Some(search)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::isolation::{Named, TrialFailure, TrialRows};

    /// A search with something in every field.
    fn search() -> Isolation {
        let (mut search, _) = Isolation::begin(7, 6, None, Named::Nobody, "it rained");
        let tried = TrialRows::from([0, 1, 2]);
        let mut fail =
            |tried: &TrialRows, named, text| search.failed(TrialFailure { tried, named, text });
        fail(&tried, Named::Nobody, "it snowed");
        fail(&TrialRows::from([1]), Named::Nobody, "it snowed");
        fail(&TrialRows::from([2, 3, 4, 5]), Named::Row(4), "row 4");
        search
    }

    const KEPT: &str = r#"{"version":2,"search":{"base":7,"round":0,"size":6,"untried":[0,2,3,5],"suspects":[],"accused":[{"blame":{"row":4,"reason":"row 4"},"unbroken":true,"proven":false}],"texts_lie":false,"blamed":[{"blame":{"row":1,"reason":"it snowed"},"works":false}],"service_worked":false,"failures":3,"text":"it snowed","texts_differ":true,"service_fails":false}}"#;

    /// What the first version kept.
    const FIRST: &str = r#"{"version":1,"search":{"base":7,"round":0,"size":6,"untried":[0,5],"ran":[2,3],"suspects":[],"blamed":[{"blame":{"row":1,"reason":"it snowed"},"works":false}],"service_worked":false,"failures":3,"text":"it snowed","texts_differ":true,"service_fails":false}}"#;

    /// Where this fails, the form has changed: raise the version, say what becomes of searches that
    /// are under way, and then change the text here.
    #[test]
    fn what_is_kept_has_this_form_and_is_read_back() {
        let search = search();
        let kept = serde_json::to_string(&KeptSearch::of(&search)).unwrap();
        assert_eq!(kept, KEPT);
        assert_eq!(KeptSearch::read(KEPT), Some(search));
    }

    #[test]
    fn a_search_of_the_first_form_goes_on() {
        let read = KeptSearch::read(FIRST).unwrap();
        let kept = serde_json::to_string(&KeptSearch::of(&read)).unwrap();
        let accused = r#"{"blame":{"row":4,"reason":"row 4"},"unbroken":true,"proven":false}"#;
        assert_eq!(kept, KEPT.replace(accused, ""), "row 4 was convicted");
        for (from, to) in [
            ("\"ran\":[2,3]", "\"ran\":[2,6]"),
            ("\"ran\":[2,3],", ""),
            ("\"ran\":[2,3]", "\"ran\":null"),
            ("\"ran\":[2,3]", "\"ran\":[2,3],\"accused\":[]"),
        ] {
            let kept = FIRST.replacen(from, to, 1);
            assert_ne!(kept, FIRST);
            assert_eq!(KeptSearch::read(&kept), None, "{kept}");
        }
    }

    #[test]
    fn what_is_not_whole_is_no_search() {
        let mut keys = 0;
        for (at, _) in KEPT.match_indices("\":") {
            let mut renamed = KEPT.to_owned();
            renamed.insert(at, 'x');
            assert_eq!(KeptSearch::read(&renamed), None, "{renamed}");
            keys += 1;
        }
        assert!(keys > 15, "{keys}");
        let whole: serde_json::Value = serde_json::from_str(KEPT).unwrap();
        for key in whole["search"].as_object().unwrap().keys() {
            let mut less = whole.clone();
            less["search"].as_object_mut().unwrap().remove(key);
            assert_eq!(KeptSearch::read(&less.to_string()), None, "without {key}");
        }
        for (from, to) in [
            ("\"version\":2", "\"version\":0"),
            ("\"version\":2", "\"version\":1"),
            ("\"version\":2", "\"version\":3"),
            ("\"version\":2,", ""),
            // A row that its upload does not have.
            ("\"size\":6", "\"size\":3"),
            ("\"row\":4,", "\"row\":6,"),
            (KEPT, ""),
            (KEPT, "{}"),
            (KEPT, "null"),
        ] {
            let kept = KEPT.replacen(from, to, 1);
            assert_ne!(kept, KEPT, "{from}");
            assert_eq!(KeptSearch::read(&kept), None, "{kept}");
        }
    }
}
