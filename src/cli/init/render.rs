//! Writes answers out as a commented configuration. Pure.

use crate::config::UploadEffect;

/// What the questions brought.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// The export folder.
    pub(super) folder: String,
    /// The address of Haptik and what it asks for; `None`: the embedded sandbox.
    pub(super) haptik: Option<Account>,
    /// The bot.
    pub(super) domain_name: String,
    /// What its uploads do.
    pub(super) effect: UploadEffect,
    /// The columns, where their names do not say what they are.
    pub(super) fields: Option<Fields>,
}

/// An account at Haptik.
#[derive(Clone, Debug)]
pub(super) struct Account {
    pub(super) base_url: String,
    pub(super) client_id: String,
    /// The environment variable that holds the token.
    pub(super) token_env: String,
}

/// Which column is which.
#[derive(Clone, Debug)]
pub(super) struct Fields {
    pub(super) id: String,
    /// One or more, separated by commas.
    pub(super) question: String,
    pub(super) answer: String,
}

/// The configuration.
pub(super) fn render(answers: &Answers) -> String {
    let effect = match answers.effect {
        UploadEffect::Merge => "merge",
        UploadEffect::Replace => "replace",
    };
    format!(
        "# The configuration of kms-haptik-sync. What is commented out shows the default.\n\
         # docs/CONFIGURATION.md explains every key.\n\n\
         # The database and the lock; a path begins in the folder of this file.\n\
         # state_dir = \"state\"\n\n\
         {}\n\
         [[bot]]\n\
         domain_name = {}\n\n\
         # What one upload does to the steps that it does not name. Haptik can tell you.\n\
         #   \"merge\":   they stay. Uploads hold what changed, and each removal is a row of its own.\n\
         #   \"replace\": they go inactive. Every upload holds all steps.\n\
         upload_effect = \"{effect}\"\n\n\
         # More removals in one plan than both of these wait for `kms-haptik-sync approve`.\n\
         # max_removal_percent = 20\n\
         # max_removals = 5\n\n\
         [[bot.source]]\n\
         # The folder that the knowledge base exports into.\n\
         folder = {}\n\n\
         # Which files count; without it all known formats but Markdown and HTML.\n\
         # include = [\"**/*.csv\"]\n\n\
         {}",
        haptik(answers.haptik.as_ref()),
        quoted(&answers.domain_name),
        quoted(&answers.folder),
        fields(answers.fields.as_ref()),
    )
}

fn haptik(account: Option<&Account>) -> String {
    let Some(account) = account else {
        return "[haptik]\n\
                # A pretend Haptik inside the program, to try things out. For the real one, the URL that\n\
                # Haptik gave you, client_id, and token = { env = \"HAPTIK_TOKEN\" }.\n\
                base_url = \"sandbox\"\n"
            .to_owned();
    };
    format!(
        "[haptik]\n\
         # The URL that Haptik gave you; staging and production differ.\n\
         base_url = {}\n\
         client_id = {}\n\
         # Where the token is kept, never the token itself: env, file or credential.\n\
         token = {{ env = {} }}\n\
         # Calls in any 60 seconds, all bots, commands and restarts together.\n\
         # calls_per_minute = 100\n",
        quoted(&account.base_url),
        quoted(&account.client_id),
        quoted(&account.token_env),
    )
}

fn fields(fields: Option<&Fields>) -> String {
    let Some(fields) = fields else {
        return "# The columns have names that are recognised. Where they have others, say which is which:\n\
                # [bot.source.fields]\n\
                # id = \"article_id\"\n\
                # question = [\"title\", \"other_questions\"]\n\
                # answer = \"body\"\n"
            .to_owned();
    };
    let questions: Vec<_> = fields
        .question
        .split(',')
        .map(|column| quoted(column.trim()))
        .collect();
    format!(
        "# Column names, or JSON pointers such as \"/fields/title\".\n\
         [bot.source.fields]\n\
         id = {}\n\
         question = [{}]\n\
         answer = {}\n",
        quoted(&fields.id),
        questions.join(", "),
        quoted(&fields.answer),
    )
}

/// As a string of TOML, which takes those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    #[test]
    fn what_is_written_is_a_right_configuration() {
        let account = Account {
            base_url: "https://haptik.example.com".to_owned(),
            client_id: "acme".to_owned(),
            token_env: "HAPTIK_TOKEN".to_owned(),
        };
        let columns = Fields {
            id: "Nr".to_owned(),
            question: "Titel, Auch".to_owned(),
            answer: "Text\\Body".to_owned(),
        };
        for haptik in [None, Some(account)] {
            for fields in [None, Some(columns.clone())] {
                for effect in [UploadEffect::Merge, UploadEffect::Replace] {
                    let answers = Answers {
                        folder: "C:\\export".to_owned(),
                        haptik: haptik.clone(),
                        domain_name: "das \"büro\"".to_owned(),
                        effect,
                        fields: fields.clone(),
                    };
                    let text = render(&answers);
                    let nothing = Vec::<(String, String)>::new();
                    let config = Config::parse(&text, Path::new("config.toml"), nothing)
                        .unwrap_or_else(|problems| panic!("{problems}\n{text}"));
                    let bot = &config.bots[0];
                    assert_eq!(bot.domain_name, answers.domain_name);
                    assert_eq!(bot.upload_effect, effect);
                    assert_eq!(bot.sources[0].fields.is_some(), fields.is_some());
                }
            }
        }
    }
}
