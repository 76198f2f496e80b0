//! User messages that are kept beside the articles, from their file to what the bot answers.

use crate::support::World;

const ARTICLES: &str =
    "id,question,answer\npay,How do I pay?,By card.\nship,When will it come?,In two days.\n";
const MESSAGES: &str = "message,article id,review\nwhich cards do you take,pay,ok\ncan i pay later,pay,\nWhere is my parcel?,ship,no\nHow do I pay?,pay,\n";

fn world() -> World {
    let world = World::with(|settings| {
        settings.variants("[[bot.variants]]\nfile = 'export/variants.csv'");
    });
    world.write("export/faq.csv", ARTICLES);
    world.write("export/variants.csv", MESSAGES);
    world
}

fn asked(world: &World, name: &str) -> String {
    world.live()[name].0.clone()
}

const PAY: &str = "How do I pay?|which cards do you take|can i pay later";

#[test]
fn each_message_goes_to_its_article_once() {
    let world = world();
    world.sync().exits(0);
    assert_eq!(world.live().len(), 2, "{:?}", world.live());
    assert_eq!(asked(&world, "pay"), PAY);
    assert_eq!(
        asked(&world, "ship"),
        "When will it come?|Where is my parcel?"
    );
    // Nothing is left to do, and a changed answer leaves the messages alone.
    assert_eq!(world.sync().exits(0).bot()["changed"], 0);
    world.write(
        "export/faq.csv",
        ARTICLES.replace("By card.", "By invoice."),
    );
    assert_eq!(world.sync().exits(0).bot()["changed"], 1);
    assert_eq!(asked(&world, "pay"), PAY);
    // A message that was taken out of the file goes.
    world.write(
        "export/variants.csv",
        MESSAGES.replace("can i pay later,pay,\n", ""),
    );
    world.sync().exits(0);
    assert_eq!(
        asked(&world, "pay"),
        "How do I pay?|which cards do you take"
    );
}

#[test]
fn what_cannot_be_read_takes_no_message_away() {
    let world = world();
    world.sync().exits(0);
    let damages = ["", "message,article id\n", "words,review\nwhat,ok\n"];
    for (number, damage) in damages.into_iter().enumerate() {
        let answer = format!("By way {number}.");
        world.write("export/variants.csv", damage);
        world.write("export/faq.csv", ARTICLES.replace("By card.", &answer));
        world.sync().exits(1).tells(&["stay until it can be read"]);
        assert_eq!(asked(&world, "pay"), PAY, "{damage:?}");
        // Answers go on changing.
        assert_eq!(world.live()["pay"].1, answer);
    }
    std::fs::remove_file(world.path("export/variants.csv")).unwrap();
    let run = world.sync().exits(1);
    run.tells(&["export/variants.csv", "stay until"]);
    assert_eq!(asked(&world, "pay"), PAY);
    // A row that may hide others keeps all messages, and the rest of the file counts.
    world.write(
        "export/variants.csv",
        format!("{MESSAGES}new one,pay,\n\"torn,pay\n"),
    );
    world.write("export/faq.csv", ARTICLES);
    world.sync().exits(3);
    assert_eq!(asked(&world, "pay"), format!("{PAY}|new one"));
    // A row without a message keeps those of its article, and holds no article back.
    world.write(
        "export/variants.csv",
        "message,article id\nfresh,ship\n,pay\n",
    );
    world.write("export/faq.csv", ARTICLES.replace("By card.", "By cheque."));
    world.sync().exits(3).tells(&["has no message"]);
    assert_eq!(asked(&world, "pay"), format!("{PAY}|new one"));
    assert_eq!(asked(&world, "ship"), "When will it come?|fresh");
    assert_eq!(world.live()["pay"].1, "By cheque.");
}

#[test]
fn an_id_that_nobody_has_is_told() {
    let world = world();
    world.write("export/variants.csv", format!("{MESSAGES}who?,kb-9,\n"));
    world.sync().exits(0);
    world
        .run(&["plan"])
        .tells(&["variants.csv:6", "is an id that no article has"]);
    world
        .run(&["check", "--offline"])
        .tells(&["5 rows of user messages", "is an id that no article has"]);
}

#[test]
fn a_sheet_of_messages_stands_beside_the_sheet_of_articles() {
    let world = World::with(|settings| {
        settings.variants("[[bot.variants]]\nfile = 'messages.json'\nid = 'step'");
    });
    world.write("export/faq.csv", ARTICLES);
    world.write(
        "messages.json",
        r#"[{"step": "pay", "message": ["one", "two"]}, {"step": "ship", "utterance": "three"}]"#,
    );
    world.sync().exits(0);
    assert_eq!(asked(&world, "pay"), "How do I pay?|one|two");
}
