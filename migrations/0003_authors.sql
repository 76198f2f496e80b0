-- Authors get mails about their own articles: who wrote an article has to be known beside what it says, also while
-- its row is not parsed because nothing in it has changed. There are rows only where `fields.author` is set; nothing
-- is copied.
CREATE TABLE author (
    bot_id  INTEGER NOT NULL REFERENCES bot,
    source  TEXT    NOT NULL,
    article TEXT    NOT NULL,
    -- An email address in lower case.
    address TEXT    NOT NULL,
    PRIMARY KEY (bot_id, source, article)
) STRICT, WITHOUT ROWID;

-- When an author was last written to by a receiver with a `digest`, and what of it is still to be told only when
-- it changes, as a JSON list. An empty address: since when the receiver has a digest.
CREATE TABLE digest (
    receiver TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    told     TEXT    NOT NULL,
    PRIMARY KEY (receiver, address)
) STRICT, WITHOUT ROWID;

-- Whom a message is for, where its receiver has no readers of its own.
ALTER TABLE message ADD COLUMN recipient TEXT;
