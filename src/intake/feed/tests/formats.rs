//! Files behind an address, and RSS and Atom.

use super::{Answer, Kms, answer};

fn file(kind: &'static str, body: &'static str) -> impl Fn(&super::Call, &str) -> Answer {
    move |call, _| {
        assert_eq!(call.path, "/export/faq");
        answer(200, kind, &[], body.to_owned())
    }
}

#[tokio::test]
async fn a_file_behind_an_address() {
    let cases = [
        ("csv", "text/csv", "id,question,answer\n1,q1,a\n2,q2,a\n"),
        (
            "csv",
            "application/octet-stream",
            "id;question;answer\n1;q1;a\n2;q2;a\n",
        ),
        (
            "tsv",
            "text/plain",
            "id\tquestion\tanswer\n1\tq1\ta\n2\tq2\ta\n",
        ),
        (
            "jsonl",
            "application/x-ndjson",
            "{\"id\":1,\"question\":\"q1\",\"answer\":\"a\"}\n{\"id\":2,\"question\":\"q2\",\"answer\":\"a\"}\n",
        ),
        (
            "json",
            "text/plain",
            "{\"faq\":[{\"id\":1,\"question\":\"q1\",\"answer\":\"a\"},{\"id\":2,\"question\":\"q2\",\"answer\":\"a\"}]}",
        ),
        (
            "yaml",
            "text/yaml",
            "- {id: 1, question: q1, answer: a}\n- {id: 2, question: q2, answer: a}\n",
        ),
    ];
    for (format, kind, body) in cases {
        let kms = Kms::start(file(kind, body)).await;
        let settings = format!("path = \"/export/faq\"\nformat = \"{format}\"");
        let outcome = kms.read(&settings).await.unwrap();
        assert_eq!(outcome.articles, ["1: q1", "2: q2"], "{format}");
        assert_eq!((outcome.pages, kms.calls().len()), (1, 1));
    }
}

#[tokio::test]
async fn a_bad_row_of_a_file_is_named_and_no_file_is_an_error() {
    let kms = Kms::start(file("text/csv", "id,question,answer\n1,q1,a\n2,q2,\n")).await;
    let settings = "path = \"/export/faq\"\nformat = \"csv\"";
    let outcome = kms.read(settings).await.unwrap();
    assert_eq!(outcome.ids(), ["1"]);
    assert!(
        outcome.rejections[0].starts_with("faq:3: has no answer"),
        "{:?}",
        outcome.rejections
    );
    for (kind, body, told) in [
        ("text/html", "<html>", "is it a login page?"),
        (
            "text/csv",
            "<!DOCTYPE html><html><body>Log in</body></html>",
            "is not a usable page",
        ),
    ] {
        let kms = Kms::start(file(kind, body)).await;
        let error = kms.read(settings).await.unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

const RSS: &str = "format = \"rss\"\nlists_all = true\n";

#[tokio::test]
async fn rss_of_every_age() {
    let cases = [
        "<?xml version=\"1.0\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel><title>t</title><link>https://k.test</link><description>d</description><item><guid isPermaLink=\"false\">1</guid><title>q1 &amp;amp; more</title><description>short</description><content:encoded><![CDATA[<p>a</p>]]></content:encoded><category>faq</category></item></channel></rss>",
        "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><title>t</title><link>https://k.test</link><description>d</description><item><guid>1</guid><title>q1 &amp;amp; more</title><description>&lt;p&gt;a&lt;/p&gt;</description><category>faq</category></item></channel></rss>",
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>f</id><title>t</title><updated>2026-01-02T03:04:05Z</updated><entry><id>1</id><title>q1 &amp;amp; more</title><updated>2026-01-02T03:04:05Z</updated><summary>s</summary><content type=\"html\">&lt;p&gt;a&lt;/p&gt;</content><category term=\"faq\"/></entry></feed>",
    ];
    for feed in cases {
        let kms = Kms::start(move |_, _| answer(200, "text/xml", &[], feed.to_owned())).await;
        let settings =
            format!("preset = \"rss\"\n{RSS}labels = \"/labels\"\nwith_labels = [\"faq\"]");
        let outcome = kms.read(&settings).await.unwrap();
        assert_eq!(outcome.ids(), ["1"], "{feed}");
        assert!(
            outcome.articles[0].starts_with("1: q1 &"),
            "{:?}",
            outcome.articles
        );
        assert_eq!(outcome.answers, ["<p>a</p>"], "{feed}");
    }
}

#[tokio::test]
async fn what_is_no_rss_and_what_has_no_id() {
    for (kind, body, told) in [
        ("text/html", "<html>", "is it a login page?"),
        (
            "text/xml",
            "<html><body>Log in</body></html>",
            "it is no RSS or Atom",
        ),
        ("application/json", "{}", "it is no RSS or Atom"),
        ("text/xml", "", "it is no RSS or Atom"),
    ] {
        let kms = Kms::start(move |_, _| answer(200, kind, &[], body.to_owned())).await;
        let error = kms.read(RSS).await.unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    let feed = "<rss version=\"2.0\"><channel><title>t</title><item><title>q</title><description>a</description></item></channel></rss>";
    let kms = Kms::start(move |_, _| answer(200, "text/xml", &[], feed.to_owned())).await;
    let outcome = kms.read(RSS).await.unwrap();
    assert_eq!((outcome.ids().len(), outcome.rejections.len()), (0, 1));
}
