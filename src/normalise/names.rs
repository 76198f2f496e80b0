//! Names steps by a template such as `{{ id }}`.

use minijinja::{AutoEscape, Environment, UndefinedBehavior, context};

use super::text;

const TEMPLATE: &str = "node_name";
const VARIABLES: [&str; 4] = ["id", "title", "source", "file"];
/// Far more than a name needs, far less than would keep a pass waiting.
const FUEL: u64 = 10_000;
const MAX_CHARACTERS: usize = 255;
/// What of them an id gets in a name that would be too long with all of it.
const MAX_ID: usize = 200;
/// Characters of the digest at its end.
const DIGEST: usize = 16;

/// The template of a bot's step names, compiled.
#[derive(Debug)]
pub struct NameTemplate {
    source: String,
    /// `None` for the template `{{ id }}`, which needs no engine.
    engine: Option<Environment<'static>>,
}

/// Why a template is of no use, or gives no name for an article.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The template cannot be compiled.
    #[error("node_name = {template:?} is not a template ({cause}); write it like \"{{{{ id }}}}\"")]
    Template {
        /// As the configuration has it.
        template: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The template uses a variable that there is not.
    #[error("node_name uses `{name}`, which there is not; there are id, title, source and file")]
    Variable {
        /// The unknown variable.
        name: String,
    },
    /// The template fails for this article.
    #[error(
        "cannot be named by the node_name template ({cause}); change the template or the article"
    )]
    Fails {
        /// What the template engine says.
        cause: String,
    },
    /// The template gives nothing.
    #[error("the node_name template gives an empty name; use {{{{ id }}}} in it")]
    Empty,
    /// The template gives too much.
    #[error(
        "the node_name template gives a name of {characters} characters, more than 255; use {{{{ id }}}} in it in place of long text"
    )]
    TooLong {
        /// The length of the name.
        characters: usize,
    },
}

crate::text::samples! {
    NameError {
        Template => [Self::Template { template: gap(), cause: gap() }],
        Variable => [Self::Variable { name: gap() }],
        Fails => [Self::Fails { cause: gap() }],
        Empty => [Self::Empty],
        TooLong => [Self::TooLong { characters: 1 }],
    }
}

impl NameTemplate {
    /// Compiles a template.
    pub fn new(template: &str) -> Result<Self, NameError> {
        let source = template.to_owned();
        if template == "{{ id }}" {
            return Ok(Self {
                source,
                engine: None,
            });
        }
        let mut engine = Environment::new();
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
        engine.set_auto_escape_callback(|_| AutoEscape::None);
        engine.set_fuel(Some(FUEL));
        let broken = |error: minijinja::Error| NameError::Template {
            template: template.to_owned(),
            cause: error.to_string(),
        };
        engine
            .add_template_owned(TEMPLATE, source.clone())
            .map_err(broken)?;
        let mut used: Vec<String> = engine
            .get_template(TEMPLATE)
            .map_err(broken)?
            .undeclared_variables(false)
            .into_iter()
            .collect();
        used.sort();
        let is_known = |name: &String| {
            VARIABLES.contains(&name.as_str()) || engine.globals().any(|(global, _)| global == name)
        };
        match used.into_iter().find(|name| !is_known(name)) {
            Some(name) => Err(NameError::Variable { name }),
            None => Ok(Self {
                source,
                engine: Some(engine),
            }),
        }
    }

    /// As the configuration has it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The name of the step of an article.
    pub(crate) fn name(
        &self,
        id: &str,
        title: &str,
        source: &str,
        file: &str,
    ) -> Result<String, NameError> {
        let mut name = self.written(id, title, source, file)?;
        let mut characters = name.chars().count();
        if characters > MAX_CHARACTERS {
            // An id may be a whole question. What is left of it is its own all the same.
            name = self.written(&short_id(id), title, source, file)?;
            characters = name.chars().count();
        }
        match characters {
            _ if text::is_blank(&name) => Err(NameError::Empty),
            1..=MAX_CHARACTERS => Ok(name),
            _ => Err(NameError::TooLong { characters }),
        }
    }

    fn written(
        &self,
        id: &str,
        title: &str,
        source: &str,
        file: &str,
    ) -> Result<String, NameError> {
        let Some(engine) = &self.engine else {
            return Ok(text::line(id));
        };
        let fails = |error: minijinja::Error| NameError::Fails {
            cause: error.to_string(),
        };
        let values = context! { id, title, source, file };
        let template = engine.get_template(TEMPLATE).map_err(fails)?;
        Ok(text::line(&template.render(values).map_err(fails)?))
    }
}

/// An id that leaves room for what else is in a name: what is too long ends in a digest of the whole.
fn short_id(id: &str) -> String {
    let id = text::line(id);
    if id.chars().count() <= MAX_ID {
        return id;
    }
    let kept: String = id.chars().take(MAX_ID - DIGEST - 1).collect();
    let digest = blake3::hash(id.as_bytes()).to_hex();
    format!("{}-{}", kept.trim_end(), &digest[..DIGEST])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_id_is_shortened_and_still_its_own() {
        let template = |template: &str| NameTemplate::new(template).unwrap();
        let long = |end: &str| "é".repeat(300) + end;
        for text in ["{{ id }}", "kb-{{ id }} of {{ source }}"] {
            let name = |id: &str| template(text).name(id, "q", "help", "a.md").unwrap();
            assert!(name(&long("a")).chars().count() <= MAX_CHARACTERS);
            assert_eq!(name(&long("a")), name(&long("a")));
            assert_ne!(name(&long("a")), name(&long("b")));
        }
        // What had room before has the name that it had.
        let just = "é".repeat(MAX_CHARACTERS);
        let found = template("{{ id }}").name(&just, "q", "help", "a.md");
        assert_eq!(found.unwrap(), just);
    }

    fn name(template: &str) -> Result<String, NameError> {
        NameTemplate::new(template)?.name("42", "How do I pay?", "help", "faq/a.csv")
    }

    #[test]
    fn names_by_template() {
        for (template, expected) in [
            ("{{ id }}", "42"),
            ("{{id}}", "42"),
            ("faq {{ id }}:\n {{ title|lower }}", "faq 42: how do i pay?"),
            (
                "{{ source }}/{{ file }}/{{ title[:3] }}",
                "help/faq/a.csv/How",
            ),
            ("<{{ \"a\" ~ '&' }}>", "<a&>"),
        ] {
            assert_eq!(name(template).unwrap(), expected, "{template}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_template_is_said() {
        for (template, part) in [
            ("{{ id", "is not a template"),
            ("{{ titel }}", "`titel`, which there is not"),
            ("{{ ' ' }}", "empty name"),
            ("", "empty name"),
            ("{{ title.x.y }}", "cannot be named"),
            (
                "{{ 'a' * 0 }}{% for a in range(5000) %}{% for b in range(5000) %}{% endfor %}{% endfor %}",
                "cannot be named",
            ),
            (
                "{% for a in range(256) %}{{ 'ä' }}{% endfor %}",
                "256 characters",
            ),
        ] {
            let error = name(template).unwrap_err().to_string();
            assert!(error.contains(part), "{template}: {error}");
        }
        assert!(name("{% for a in range(255) %}{{ 'ä' }}{% endfor %}").is_ok());
    }
}
