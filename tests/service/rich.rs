//! Answers with more than text, and articles of several steps, from the export to the bot.

use crate::support::World;

const EXPORT: &str = r#"id,title,body,link,replies
1,Refunds,"<p>See <a href=""https://help.acme.example/refunds"">the rules</a>.</p><img src=""https://help.acme.example/map.png""><h2>How long?</h2><p>A &lt;m&gt; week.</p>",https://help.acme.example/1,
2,Hours,<p>Now?</p>,https://help.acme.example/2,Yes|No
"#;

fn element(answer: &str) -> serde_json::Value {
    serde_json::from_str(answer).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn rich_answers_arrive_as_they_were_made() {
    let world = World::with(|settings| {
        settings.source("split = 'headings'");
        settings.source("links = 'buttons'");
        settings.source("images = 'carousel'");
        settings.source("read_more = 'Read more'");
        settings.source("fields = { url = 'link', quick_replies = 'replies' }");
    });
    world.write("export/articles.csv", EXPORT);
    world.sync().exits(0);
    let live = world.live();
    assert_eq!(
        live.keys().collect::<Vec<_>>(),
        ["1", "1#how-long", "2"],
        "{live:?}"
    );
    let answers: Vec<&str> = live["1"].1.split("<m>").collect();
    assert_eq!(answers.len(), 3);
    let button = element(answers[0]);
    assert_eq!(button["type"], "BUTTON");
    assert_eq!(button["text"], "See the rules.");
    assert_eq!(element(answers[1])["type"], "CAROUSEL");
    let more = element(answers[2]);
    let url = &more["data"]["items"][0]["payload"]["url"];
    assert_eq!(url, "https://help.acme.example/1");

    let (questions, answer) = &live["1#how-long"];
    assert_eq!(questions, "How long?|Refunds: How long?");
    assert_eq!(element(answer)["text"], "A ‹m› week.");
    let replies = element(&live["2"].1);
    assert_eq!(
        replies["text"],
        "Now?\n\nRead more (https://help.acme.example/2)"
    );
    assert_eq!(
        replies["data"]["quick_replies"][1]["payload"]["message"],
        "No"
    );

    // A second sync has nothing to do, and a heading that goes takes its step with it.
    assert_eq!(world.sync().exits(0).bot()["unchanged"], 3);
    let less = EXPORT.replace("<h2>How long?</h2>", "");
    world.write("export/articles.csv", less);
    assert_eq!(world.sync().exits(0).bot()["removed"], 1);
}

#[test]
fn a_split_that_would_remove_steps_is_held() {
    let mut world = World::new();
    world.write(
        "export/a.csv",
        "id,title,body\n1,Q,<h2>How?</h2><p>So.</p>\n",
    );
    world.sync().exits(0);
    world.reconfigure(|settings| settings.source("split = 'headings'"));
    let run = world.sync().exits(3);
    assert_eq!(run.bot()["held_removals"], 1);
    assert!(world.live().contains_key("1"));
}
