//! One knowledge base for many bots, and many sources for one.

use crate::support::World;

const ARTICLES: &str = "id,title,body,language,labels\n\
    1,How?,So.,en-US,billing\n\
    2,Why?,Because.,en_us,\"account, vip\"\n\
    3,Wie?,So.,de,billing\n\
    4,When?,Now.,EN-US,\"billing, account\"\n";

/// Bots with their sources, each as lines of TOML.
fn configure(world: &World, bots: &[(&str, &str, &[&str])]) {
    let head = format!(
        "state_dir = 'state'\n[haptik]\nbase_url = '{}'\nclient_id = 'acme'\ntoken = {{ file = 'token' }}\ncalls_per_minute = 100000\npolling = {{ first = '5ms', max = '20ms', give_up_after = '20s' }}\n",
        world.url
    );
    let source = |source: &&str| format!("[[bot.source]]\nsettle = '0s'\n{source}\n");
    let bot = |(name, lines, sources): &(&str, &str, &[&str])| {
        let sources: Vec<String> = sources.iter().map(source).collect();
        let sources = sources.concat();
        format!("[[bot]]\ndomain_name = '{name}'\nupload_effect = 'merge'\n{lines}\n{sources}")
    };
    let bots: Vec<String> = bots.iter().map(bot).collect();
    let text = head + &bots.concat();
    world.write("config.toml", text);
}

fn live(world: &World, bot: &str) -> Vec<String> {
    world.live_of(bot).into_keys().collect()
}

#[test]
fn locale_and_label_route_articles_to_bots() {
    let world = World::new();
    world.write("export/articles.csv", ARTICLES);
    let english = "folder = 'export'\nlocale = 'en_US'\nlocale_field = 'language'\n";
    let billing = format!("{english}keep = {{ labels = 'billing' }}");
    let other = format!("{english}keep = {{ labels = ['account', 'none'] }}");
    let german = "folder = 'export'\nlocale = 'DE'\nlocale_field = 'language'";
    configure(
        &world,
        &[
            ("billing", "", &[&billing]),
            ("account", "", &[&other]),
            ("german", "", &[german]),
        ],
    );
    world.sync().exits(0);
    assert_eq!(live(&world, "billing"), ["1", "4"]);
    assert_eq!(live(&world, "account"), ["2", "4"]);
    assert_eq!(live(&world, "german"), ["3"]);

    // An article that gets another label moves.
    world.write(
        "export/articles.csv",
        ARTICLES.replace("So.,en-US,billing", "So.,en-US,account"),
    );
    world.sync().exits(0);
    assert_eq!(live(&world, "billing"), ["4"]);
    assert_eq!(live(&world, "account"), ["1", "2", "4"]);
}

#[test]
fn a_changed_filter_that_would_remove_steps_is_held() {
    let world = World::new();
    world.write("export/articles.csv", ARTICLES);
    configure(&world, &[("bot", "", &["folder = 'export'"])]);
    world.sync().exits(0);
    assert_eq!(live(&world, "bot").len(), 4);
    configure(
        &world,
        &[(
            "bot",
            "",
            &["folder = 'export'\nlocale = 'en-us'\nlocale_field = 'language'"],
        )],
    );
    let run = world.sync().exits(3);
    assert_eq!(run.bot()["held_removals"], 1);
    world
        .run(&["--sync-now"])
        .exits(3)
        .tells(&["which files and items count"]);
    assert_eq!(live(&world, "bot").len(), 4);
    world.run(&["approve", "bot"]).exits(0);
    world.sync().exits(0);
    assert_eq!(live(&world, "bot"), ["1", "2", "4"]);
}

#[test]
fn a_filter_that_keeps_nothing_counts_as_an_empty_export() {
    let world = World::new();
    world.write("export/articles.csv", ARTICLES);
    configure(&world, &[("bot", "", &["folder = 'export'"])]);
    world.sync().exits(0);
    configure(
        &world,
        &[(
            "bot",
            "",
            &["folder = 'export'\nkeep = { labels = 'no such' }"],
        )],
    );
    world.sync().exits(1);
    assert_eq!(live(&world, "bot").len(), 4);
}

#[test]
fn equal_ids_of_two_sources_do_not_collide() {
    let world = World::new();
    let article = |answer: &str| format!("id,title,body\n1,How?,{answer}\n");
    world.write("help/a.csv", article("Help."));
    world.write("shop/a.csv", article("Shop."));
    let sources = [
        "name = 'help'\nfolder = 'help'",
        "name = 'shop'\nfolder = 'shop'",
    ];
    configure(
        &world,
        &[("bot", "node_name = '{{ source }}-{{ id }}'", &sources)],
    );
    world.sync().exits(0);
    let answers = || -> Vec<String> {
        let live = world.live_of("bot");
        live.into_iter()
            .map(|(name, (_, answer))| format!("{name}: {answer}"))
            .collect()
    };
    assert_eq!(answers(), ["help-1: Help.", "shop-1: Shop."]);

    // Each is changed and removed by itself.
    world.write("help/a.csv", article("Better help."));
    let bot = world.sync().exits(0).bot();
    assert_eq!((&bot["changed"], &bot["unchanged"]), (&1.into(), &1.into()));
    world.write("shop/a.csv", "id,title,body\n2,Why?,So.\n");
    let bot = world.sync().exits(0).bot();
    assert_eq!((&bot["added"], &bot["removed"]), (&1.into(), &1.into()));
    assert_eq!(answers(), ["help-1: Better help.", "shop-2: So."]);
}

#[test]
fn equal_names_of_two_sources_are_told_and_nothing_is_mixed_up() {
    let world = World::new();
    world.write("help/a.csv", "id,title,body\n1,How?,Help.\n");
    configure(&world, &[("bot", "", &["folder = 'help'"])]);
    world.sync().exits(0);
    world.write("shop/a.csv", "id,title,body\n1,How?,Shop.\n2,Why?,So.\n");
    configure(
        &world,
        &[("bot", "", &["folder = 'help'", "folder = 'shop'"])],
    );
    world.sync().exits(3).tells(&["shop", "node_name"]);
    let live = world.live_of("bot");
    assert_eq!(live["1"].1, "Help.");
    assert_eq!(live["2"].1, "So.");
}
