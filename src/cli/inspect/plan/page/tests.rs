//! Pages of a plan, byte for byte.

use super::*;
use crate::model::{ArticleKey, Change, Step, StepRef};

fn change(action: Action, name: &str) -> Change<StepRef> {
    let is_removal = action == Action::Remove;
    let cell = |text: &str| {
        if is_removal {
            String::new()
        } else {
            text.to_owned()
        }
    };
    Change {
        action,
        key: ArticleKey {
            source: "faq".into(),
            article: name.into(),
        },
        step: Step {
            node_name: name.into(),
            question: cell("How?"),
            answer: cell("So."),
        }
        .into(),
        line: 0,
    }
}

fn bot(changes: Vec<Change<StepRef>>, unchanged: u64) -> BotPlan {
    let live: Vec<_> = changes
        .iter()
        .filter(|change| change.action != Action::Add)
        .map(|change| {
            let mut step = change.step.step().unwrap();
            step.question = "Why?".into();
            step.answer = "So.".into();
            let live = SnapshotStep {
                key: change.key.clone(),
                step,
                confirmed_at: 0,
            };
            (change.step.node_name.to_string(), live)
        })
        .collect();
    BotPlan {
        domain_name: "acme".into(),
        effect: UploadEffect::Merge,
        max_rows: 2,
        live: unchanged + live.len() as u64,
        contents: live.into_iter().collect(),
        preview: Preview {
            plan: Plan {
                changes,
                unchanged,
                ..Plan::default()
            },
            ..Preview::default()
        },
        refused: Vec::new(),
        under_way: None,
        paused: None,
        needs_recovery: false,
    }
}

fn plain(plan: &BotPlan, most: usize) -> String {
    anstream::adapter::strip_str(&plan.page(most).unwrap()).to_string()
}

fn some_of_each() -> Vec<Change<StepRef>> {
    vec![
        change(Action::Change, "kb-1"),
        change(Action::Add, "kb-2"),
        change(Action::Add, "kb-3"),
        change(Action::Remove, "kb-4"),
    ]
}

#[test]
fn counts_come_first_and_then_the_steps() {
    let steps = "~ kb-1
    question  [-Why?-]
    question  {+How?+}
+ kb-2
    question  How?
    answer    So.
+ kb-3
    question  How?
    answer    So.
- kb-4
    question  Why?
    answer    So.
";
    let mut plan = bot(some_of_each(), 28);
    let counts = "acme: 2 to add, 1 to change, 1 to remove, 28 unchanged\n";
    assert_eq!(
        plain(&plan, 30),
        format!("{counts}  4 rows in 2 uploads\n{steps}")
    );
    plan.effect = UploadEffect::Replace;
    plan.needs_recovery = true;
    assert_eq!(
        plain(&plan, usize::MAX),
        format!(
            "{counts}  the bot is incomplete: a failed upload left steps out; the last good set, 30 rows, goes up first
  the whole set goes up, 31 rows: in `replace` an upload switches off what it leaves out
{steps}"
        )
    );
}

#[test]
fn what_is_not_shown_is_said() {
    assert_eq!(
        plain(&bot(some_of_each(), 0), 1),
        "acme: 2 to add, 1 to change, 1 to remove, 0 unchanged
  4 rows in 2 uploads
~ kb-1
    question  [-Why?-]
    question  {+How?+}
+ kb-2
    question  How?
    answer    So.
  … and 1 more to add; `plan --all` shows them, --json has their names
- kb-4
    question  Why?
    answer    So.
"
    );
}

#[test]
fn nothing_to_do_is_one_line() {
    assert_eq!(
        plain(&bot(Vec::new(), 31), 30),
        "acme: 0 to add, 0 to change, 0 to remove, 31 unchanged\n"
    );
}

#[test]
fn what_wants_a_person_is_counted_in_the_first_line() {
    let mut plan = bot(Vec::new(), 3);
    plan.preview.errors.push("source \"faq\": gone".into());
    plan.preview.plan.manual.push("kb-8".into());
    plan.preview.plan.kept.push("kb-7".into());
    plan.refused.push(("kb-9".into(), "too long".into()));
    assert_eq!(
        plain(&plan, 30),
        "acme: 0 to add, 0 to change, 0 to remove, 3 unchanged; 1 source failed, 1 to remove by hand, 1 kept, 1 in quarantine
  error: source \"faq\": gone
  1 step to remove manually: remove in Haptik, then run `kms-haptik-sync approve acme --removed`
    kb-8
  1 step kept by a person, although the article is gone; to remove, run `kms-haptik-sync approve acme kb-7`
    kb-7
  1 step in quarantine: fix in the knowledge base, or run `kms-haptik-sync retry acme`
    kb-9: Haptik says: too long
"
    );
}

#[test]
fn a_first_upload_in_replace_says_what_it_switches_off() {
    let mut plan = bot(vec![change(Action::Add, "kb-1")], 0);
    assert!(!plain(&plan, 0).contains("made by hand"));
    plan.effect = UploadEffect::Replace;
    let page = plain(&plan, 0);
    assert!(page.contains("every step that was made by hand goes inactive"));
    plan.live = 1;
    assert!(!plain(&plan, 0).contains("made by hand"));
}
