//! `ask`: what a bot answers now, which step that is, and how it differs from the knowledge base.

mod file;

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;

use super::Told;
use crate::cli::context::Context;
use crate::cli::run_command::run_command;
use crate::control::{
    Answered, Answers, CommandFailure, ControlCommand, Exit, Question, Questions,
};
use crate::model::Verdict;
use crate::text::{count, shown, shown_lines};

#[derive(Debug, clap::Args)]
pub(crate) struct AskArgs {
    /// The bot
    bot: String,
    /// What a customer would write
    #[arg(required_unless_present = "file", value_parser = NonEmptyStringValueParser::new())]
    message: Option<String>,
    /// A CSV of messages, each with the name of the step that should answer it
    #[arg(long, value_name = "PATH", conflicts_with = "message")]
    file: Option<PathBuf>,
}

pub(crate) fn ask(context: &Context, args: &AskArgs) -> Result<Exit, CommandFailure> {
    let messages = match (&args.file, &args.message) {
        (Some(path), _) => file::read(path)?,
        (None, message) => vec![Question {
            message: message.clone().unwrap_or_default(),
            expected: None,
        }],
    };
    let questions = Questions {
        bot: args.bot.clone(),
        messages,
    };
    run_command(context, &ControlCommand::Ask(questions))
}

pub(crate) fn told(answers: &Answers) -> Told {
    let all = answers.answers.len();
    let as_expected = answers.as_expected();
    let texts = answers.answers.iter().map(|answer| text(answer, all > 1));
    let mut text: String = texts.collect();
    if all > 1 {
        let messages = count(all as u64, "message", "messages");
        let _ = writeln!(
            text,
            "{}: {as_expected} of {messages} answered as expected",
            answers.bot
        );
    }
    Told {
        json: answers.as_json(),
        text,
        exit: if as_expected == all {
            Exit::InSync
        } else {
            Exit::Attention
        },
    }
}

/// One answer. Of many, those that are right take one line.
fn text(answer: &Answered, is_one_of_many: bool) -> String {
    let mut text = format!("{}: {}\n", shown(&answer.message), verdict(answer));
    if answer.not_asked.is_some() || (is_one_of_many && answer.is_as_expected()) {
        return text;
    }
    let mut said = |who: &str, bubbles: &[String]| {
        let _ = writeln!(text, "  {who}:");
        if bubbles.is_empty() {
            text.push_str("    nothing\n");
        }
        for bubble in bubbles {
            let _ = writeln!(text, "    {}", shown_lines(bubble, 4));
        }
    };
    said("the bot says", &answer.reply);
    if let (Some(meant), Some(verdict)) = (&answer.meant, answer.verdict)
        && verdict != Verdict::Verified
    {
        said(&format!("step \"{}\" says", shown(meant)), &answer.held);
    }
    text
}

fn verdict(answer: &Answered) -> String {
    if let Some(why) = &answer.not_asked {
        return format!("not asked: {}", shown(why));
    }
    let name = |name: &Option<String>| shown(name.as_deref().unwrap_or_default()).into_owned();
    match (answer.verdict, &answer.step) {
        (Some(Verdict::Verified), _) => format!("answered by step \"{}\"", name(&answer.meant)),
        (Some(Verdict::OldVersion), _) => {
            format!(
                "answered by an earlier version of step \"{}\"",
                name(&answer.meant)
            )
        }
        (Some(verdict), Some(_)) => format!(
            "answered by step \"{}\" in place of \"{}\" ({})",
            name(&answer.step),
            name(&answer.meant),
            verdict.in_words()
        ),
        (Some(verdict), None) => format!(
            "not answered by step \"{}\": {}",
            name(&answer.meant),
            verdict.in_words()
        ),
        (None, _) if answer.expected.is_some() => {
            format!("step \"{}\" is not live", name(&answer.expected))
        }
        (None, Some(_)) => format!(
            "answered by step \"{}\", which does not have this message",
            name(&answer.step)
        ),
        (None, None) => "no live step has this message, and none has this answer".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn answer(verdict: Option<Verdict>, step: Option<&str>) -> Answered {
        Answered {
            message: "Where?".into(),
            meant: verdict.map(|_| "kb-1".to_owned()),
            held: vec!["New.".into()],
            reply: vec!["Old.".into()],
            step: step.map(str::to_owned),
            verdict,
            ..Answered::default()
        }
    }

    #[test]
    fn an_answer_is_told_with_what_it_should_be() {
        let old = text(&answer(Some(Verdict::OldVersion), None), false);
        assert_eq!(
            old,
            "Where?: answered by an earlier version of step \"kb-1\"\n  the bot says:\n    Old.\n  step \"kb-1\" says:\n    New.\n"
        );
        for (verdict, step, words) in [
            (
                Some(Verdict::Verified),
                Some("kb-1"),
                "Where?: answered by step \"kb-1\"\n",
            ),
            (
                Some(Verdict::OtherStep),
                Some("kb-2"),
                "answered by step \"kb-2\" in place of \"kb-1\"",
            ),
            (
                Some(Verdict::NotUnderstood),
                None,
                "the bot does not understand it",
            ),
            (None, Some("kb-2"), "which does not have this message"),
            (None, None, "no live step has this message"),
        ] {
            let text = text(&answer(verdict, step), false);
            assert!(text.contains(words), "{text}");
        }
    }

    #[test]
    fn a_pipeline_sees_what_is_not_as_expected() {
        let answers = |answers: Vec<Answered>| Answers {
            bot: "acme".into(),
            answers,
        };
        let right = answer(Some(Verdict::Verified), Some("kb-1"));
        let wrong = answer(Some(Verdict::OtherStep), Some("kb-2"));
        let unknown = Answered {
            expected: Some("kb-9".into()),
            ..answer(None, None)
        };
        for (all, exit, as_expected) in [
            (vec![right.clone()], Exit::InSync, 1),
            (vec![answer(None, None)], Exit::InSync, 1),
            (vec![right.clone(), wrong], Exit::Attention, 1),
            (vec![right, unknown], Exit::Attention, 1),
        ] {
            let told = told(&answers(all));
            assert_eq!(
                (told.exit, &told.json["as_expected"]),
                (exit, &json!(as_expected))
            );
        }
    }
}
