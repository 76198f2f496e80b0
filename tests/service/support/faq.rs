//! Steps as a test thinks of them, to write into an export and to compare with a bot.

use std::collections::BTreeMap;

/// Question and answer by name, variants joined as in the FAQ format.
pub(crate) type Faq = BTreeMap<String, (String, String)>;

/// Steps of these names, each with a question and an answer of its own.
pub(crate) fn faq(names: &[&str]) -> Faq {
    names
        .iter()
        .map(|name| {
            let question = format!("What is {name}?|Tell me about {name}");
            let answer = format!("This is {name}.<m>Anything else?");
            ((*name).to_owned(), (question, answer))
        })
        .collect()
}

/// Gives a step another answer.
pub(crate) fn edit(steps: &mut Faq, name: &str, answer: &str) {
    answer.clone_into(&mut steps.get_mut(name).unwrap().1);
}

/// What the steps look like as a FAQ CSV.
pub(crate) fn csv(steps: &Faq) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer
        .write_record(["node_name", "question", "answer"])
        .unwrap();
    for (name, (question, answer)) in steps {
        writer.write_record([name, question, answer]).unwrap();
    }
    writer.into_inner().unwrap()
}
