//! Authors get mails about their own articles: what went live, and what did not and why. Nobody else is written to,
//! whatever an export says.

use std::time::Duration;

use crate::notify_forms::{mail_server, refuse};
use crate::support::{World, until, within};

/// Of the authors one is in another domain, and one is none.
const ARTICLES: &str = "id,title,body,author\n\
    kb-1,How do I return it?,Within 30 days.,Anna@acme.com\n\
    kb-2,Where is my order?,On its way.,anna@acme.com\n\
    kb-3,Who pays?,We do.,ben@acme.com\n\
    kb-4,What is it?,A thing.,eve@evil.example\n\
    kb-5,Why?,Because.,Anna Meier\n";

fn world(port: u16, digest: &str) -> World {
    World::with(|settings| {
        settings.tables(&format!(
            "[admin]\nlisten = 'unix:admin.sock'\npublic_url = 'https://kms.acme.com'\n\
             [notify]\ninstallation = 'acme production'\n\
             [[notify.receiver]]\nname = 'authors'\nurl = 'smtp://127.0.0.1:{port}'\nformat = 'email'\n\
             from = 'kms@acme.com'\n{digest}\ndomains = ['acme.com']\n"
        ));
        settings.source("fields = { question = 'title', answer = 'body', author = 'author' }");
    })
}

/// The lines of a mail, without its encoding.
fn has_lines(mail: &str, lines: &[&str]) {
    let found: Vec<&str> = mail.lines().map(str::trim_end).collect();
    for line in lines {
        assert!(
            found.iter().any(|found| found.starts_with(line)),
            "{line} in\n{mail}"
        );
    }
}

#[test]
fn each_author_hears_of_their_own_articles_and_nobody_else_does() {
    let (port, mails) = mail_server();
    let world = world(port, "digest = '1d'");
    // The receiver begins here: what is live already is no news.
    world.write(
        "export/faq.csv",
        "id,title,body,author\nkb-0,Old?,Yes.,anna@acme.com\n",
    );
    world.sync().exits(0);
    assert_eq!(mails.lock().unwrap().len(), 0, "{mails:?}");

    refuse(&world, "kb-2", "too many words");
    let unreadable = "kb-6,No answer?,,ben@acme.com\n";
    world.write("export/more.csv", format!("{ARTICLES}{unreadable}"));
    world.sync().exits(3);
    let sent = mails.lock().unwrap().clone();
    assert_eq!(sent.len(), 2, "{sent:?}");
    let to = |address: &str| {
        let to = format!("RCPT TO:<{address}>");
        let mut of = sent.iter().filter(|mail| mail.contains(&to));
        let mail = of.next().unwrap_or_else(|| panic!("{to} in {sent:?}"));
        assert!(of.next().is_none(), "one mail to {address}");
        mail
    };
    let anna = to("anna@acme.com");
    has_lines(
        anna,
        &[
            "MAIL FROM:<kms@acme.com>",
            "Subject: Your articles: 1 live, 1 rejected",
            "- How do I return it? (kb-1, acme_support): since 2",
            "  https://kms.acme.com/steps/acme_support/kb-1",
            "Rejected by Haptik: change the article:",
            "- Where is my order? (kb-2, acme_support): ",
            "This mail was written by kms-haptik-sync (acme production)",
        ],
    );
    assert!(
        anna.contains("too many words") && !anna.contains("Who pays"),
        "{anna}"
    );
    let ben = to("ben@acme.com");
    has_lines(
        ben,
        &[
            "Subject: Your articles: 1 live, 1 skipped",
            "- Who pays? (kb-3, acme_support): since 2",
            "- kb-6 (acme_support): has no answer",
        ],
    );
    for foreign in ["evil.example", "What is it?", "Because"] {
        assert!(!sent.iter().any(|mail| mail.contains(foreign)), "{foreign}");
    }

    // Not again within the day, whatever happens.
    let edited = ARTICLES.replace("We do.", "You do.");
    world.write("export/more.csv", edited);
    world.sync().exits(3);
    assert_eq!(mails.lock().unwrap().len(), 2);
    let log = world.sync().exits(3).stderr;
    assert!(
        !log.contains("acme.com>") && !log.contains("anna@"),
        "{log}"
    );
}

#[test]
fn news_are_written_when_the_time_is_over_and_old_ones_are_not_repeated() {
    let (port, mails) = mail_server();
    let world = world(port, "digest = '1s'");
    world.write("export/faq.csv", ARTICLES);
    refuse(&world, "kb-2", "too many words");
    let daemon = world.daemon();
    let of_anna = || {
        let mails = mails.lock().unwrap();
        let to_anna = mails
            .iter()
            .filter(|mail| mail.contains("RCPT TO:<anna@acme.com>"));
        to_anna.cloned().collect::<Vec<String>>()
    };
    until("what is rejected is told", || {
        of_anna().iter().any(|mail| mail.contains("1 rejected"))
    });
    let first = of_anna().len();
    assert!(
        !within(Duration::from_secs(20), || of_anna().len() > first),
        "nothing new: {:?}",
        of_anna()
    );
    world.write(
        "export/faq.csv",
        ARTICLES.replace("Within 30 days.", "Within 14 days."),
    );
    until("the change is told", || of_anna().len() > first);
    has_lines(
        of_anna().last().unwrap(),
        &["Subject: Your articles: 1 live, 1 rejected"],
    );
    daemon.stop().exits(0);
}

#[test]
fn who_is_not_written_to_is_counted_by_check() {
    let mut world = world(9, "digest = '1d'");
    world.write("export/faq.csv", ARTICLES);
    world.run(&["check", "--offline"]).tells(&[
        "authors of acme_support/export",
        "3 articles with an author who gets a digest, 1 without an email address in author, 1 with one in another domain (evil.example)",
    ]);
    // Wherever it stands: in a list of a JSON file, and in the front matter of a page.
    world.write(
        "export/more.json",
        r#"[{"id": "kb-8", "title": "How?", "body": "So.", "author": "ben@acme.com"}]"#,
    );
    world
        .run(&["check", "--offline"])
        .tells(&["4 articles with an author who gets a digest, 1 without"]);
    world.write(
        "export/page.md",
        "---\nauthor: ben@acme.com\n---\n# Who else?\n\nEverybody.\n",
    );
    let mut pages = world.settings.clone();
    pages.source("include = ['**/*.md']");
    pages.source("fields = { author = 'author' }");
    let before = std::mem::replace(&mut world.settings, pages);
    world.reconfigure(|_| {});
    world
        .run(&["check", "--offline"])
        .tells(&["1 article with an author who gets a digest"]);
    world.settings = before;
    world.reconfigure(|settings| settings.tables(""));
    world
        .run(&["check", "--offline"])
        .tells(&["`author = \"author\"` is set, and nobody is written to"]);

    let receiver = |lines: &str| {
        format!(
            "[[notify.receiver]]\nurl = 'smtp://127.0.0.1:9'\nformat = 'email'\nfrom = 'kms@acme.com'\n{lines}\n"
        )
    };
    for (lines, told) in [
        ("digest = '1d'", "`domains` is missing"),
        (
            "digest = '1d'\ndomains = ['a b']",
            "`domains` holds what is no domain",
        ),
        (
            "digest = '1d'\ndomains = ['acme.com']\nto = ['ops@acme.com']",
            "`to` has no meaning beside `digest`",
        ),
        (
            "digest = '1d'\ndomains = ['acme.com']\nevents = ['held']",
            "`events` has no meaning beside `digest`",
        ),
        (
            "to = ['ops@acme.com']\ndomains = ['acme.com']",
            "`domains` is for a `digest` alone",
        ),
    ] {
        world.reconfigure(|settings| settings.tables(&receiver(lines)));
        world.run(&["plan"]).exits(2).tells(&[told]);
    }
    let tables = receiver("digest = '1d'\ndomains = ['acme.com']");
    world.reconfigure(|settings| {
        settings.tables(&tables);
        settings.source("fields = { question = 'title', answer = 'body' }");
    });
    world
        .run(&["check", "--offline"])
        .tells(&["no source of its bots says who wrote its articles, so nobody gets it"]);
}
