"""What others need to compare an export with the one before: the yardstick of the table.

    peers.py PEER keep OLD.csv KEPT      writes down the digests of an export
    peers.py PEER plan NEW.csv KEPT      prints how many articles were added, changed and removed

PEER is `python` (the standard library alone), `duckdb` or `polars`. Exits with 3 where it is not installed.
"""

import sys


def python(work, export, kept):
    import csv
    import hashlib
    import sqlite3

    def digests():
        with open(export, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                text = "\x1f".join((row["title"], row["other_questions"], row["body"]))
                yield row["article_id"], hashlib.blake2b(text.encode(), digest_size=16).digest()

    database = sqlite3.connect(kept)
    if work == "keep":
        database.execute("CREATE TABLE article (id TEXT PRIMARY KEY, digest BLOB) WITHOUT ROWID")
        database.executemany("INSERT INTO article VALUES (?, ?)", digests())
        database.commit()
        return None
    before = dict(database.execute("SELECT id, digest FROM article"))
    added = changed = 0
    for article, digest in digests():
        known = before.pop(article, None)
        if known is None:
            added += 1
        elif known != digest:
            changed += 1
    return added, changed, len(before)


def duckdb(work, export, kept):
    import duckdb as engine

    database = engine.connect(kept)
    read = f"""SELECT article_id AS id, md5(concat_ws(chr(31), title, other_questions, body)) AS digest
               FROM read_csv('{export}', header = true, all_varchar = true)"""
    if work == "keep":
        database.execute(f"CREATE TABLE article AS {read}")
        return None
    return database.execute(
        f"""SELECT count(*) FILTER (old.id IS NULL), count(*) FILTER (old.digest <> new.digest),
                   count(*) FILTER (new.id IS NULL)
            FROM article AS old FULL JOIN ({read}) AS new USING (id)"""
    ).fetchone()


def polars(work, export, kept):
    import polars as engine

    # The hash is the same within one version of the library, which is all that is needed here.
    new = engine.scan_csv(export, infer_schema=False).select(
        engine.col("article_id").alias("id"),
        engine.struct("title", "other_questions", "body").hash().alias("digest"),
    )
    if work == "keep":
        new.collect().write_parquet(kept)
        return None
    both = engine.scan_parquet(kept).join(new, on="id", how="full", suffix="_new")
    return both.select(
        engine.col("id").is_null().sum().alias("added"),
        (engine.col("digest") != engine.col("digest_new")).sum().alias("changed"),
        engine.col("id_new").is_null().sum().alias("removed"),
    ).collect().row(0)


def main():
    peer, work, export, kept = sys.argv[1:]
    try:
        counts = {"python": python, "duckdb": duckdb, "polars": polars}[peer](work, export, kept)
    except ModuleNotFoundError:
        sys.exit(3)
    if counts:
        print("added {}, changed {}, removed {}".format(*counts))


if __name__ == "__main__":
    main()
