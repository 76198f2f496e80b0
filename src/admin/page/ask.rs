//! What a bot answers to a message that somebody typed on its page.

use crate::config::Bot;
use crate::control::{
    Answered, CommandContext, CommandFailure, ControlCommand, Question, Questions, Reply, carry_out,
};
use crate::model::Verdict;
use crate::text::one_line;

/// Characters of a message, and of each bubble.
const SHOWN: usize = 1000;

/// Asks a bot; what came of it, in words.
pub(super) async fn answer(
    context: &CommandContext,
    bot: &Bot,
    message: &str,
) -> Result<String, CommandFailure> {
    let message = one_line(message, SHOWN);
    if message.is_empty() {
        return Err(CommandFailure::Usage(
            "There is no message. Write what a customer would write.".to_owned(),
        ));
    }
    let questions = Questions {
        bot: bot.domain_name.clone(),
        messages: vec![Question {
            message,
            expected: None,
        }],
    };
    let reply = Box::pin(carry_out(context, &ControlCommand::Ask(questions))).await?;
    let Reply::Ask(answers) = reply else {
        return Err(CommandFailure::System("the bot was not asked".to_owned()));
    };
    Ok(answers.answers.iter().map(words).collect())
}

/// In words. Pure.
fn words(answer: &Answered) -> String {
    if let Some(why) = &answer.not_asked {
        return format!("The bot was not asked: {why}.");
    }
    let said = |bubbles: &[String]| match bubbles {
        [] => "nothing".to_owned(),
        bubbles => {
            let bubbles = bubbles
                .iter()
                .map(|bubble| format!("\u{201c}{}\u{201d}", one_line(bubble, SHOWN)));
            bubbles.collect::<Vec<_>>().join(" ")
        }
    };
    let reply = format!(
        "To \u{201c}{}\u{201d} the bot says {}.",
        answer.message,
        said(&answer.reply)
    );
    let meant = answer.meant.as_deref().unwrap_or_default();
    let rest = match (answer.verdict, &answer.step) {
        (Some(Verdict::Verified), _) => {
            format!("That is step {meant}, as the knowledge base has it.")
        }
        (Some(verdict), _) => format!(
            "Step {meant} should answer, with {}: {}.",
            said(&answer.held),
            verdict.in_words()
        ),
        (None, Some(step)) => format!("That is step {step}, which does not have this message."),
        (None, None) => "No live step has this message, and none has this answer.".to_owned(),
    };
    format!("{reply} {rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_editor_reads_what_the_bot_says_and_what_it_should_say() {
        let answer = Answered {
            message: "Where?".into(),
            meant: Some("kb-1".into()),
            held: vec!["New.".into()],
            reply: vec!["Old.".into()],
            verdict: Some(Verdict::OldVersion),
            ..Answered::default()
        };
        assert_eq!(
            words(&answer),
            "To \u{201c}Where?\u{201d} the bot says \u{201c}Old.\u{201d}. Step kb-1 should answer, with \u{201c}New.\u{201d}: \
             the bot answers with an earlier version."
        );
        let verified = Answered {
            verdict: Some(Verdict::Verified),
            ..answer
        };
        assert!(words(&verified).ends_with("That is step kb-1, as the knowledge base has it."));
    }
}
