-- The canary of each bot (docs/architecture/asking.md): a step by which two services on one bot find each other. It is
-- kept apart from the steps of the knowledge base, so that no count, guard or list has to leave it out. Rows come with
-- `haptik.ask.canary`; nothing is copied.
CREATE TABLE canary (
    bot_id         INTEGER PRIMARY KEY REFERENCES bot,
    -- Who uploads: random, and the same as long as the state is.
    owner          TEXT    NOT NULL,
    -- What the configuration says: present, absent, absent_by_hand.
    wish           TEXT    NOT NULL,
    -- The upload with which it was put on the bot; NULL: it is not there, as far as is known.
    revision       INTEGER,
    confirmed_at   INTEGER,
    -- The last upload that carried it; NULL: it is surely not there.
    tried          INTEGER,
    -- Haptik's words when it was refused although it went alone.
    refused        TEXT,
    refused_at     INTEGER,
    -- What the bot answered last: own, other, older, newer, missing; and when it was asked.
    reading        TEXT,
    at             INTEGER,
    -- When it last answered as it should.
    verified_at    INTEGER,
    contradictions INTEGER NOT NULL DEFAULT 0,
    next_at        INTEGER,
    -- Another service was found; nothing is uploaded once more until a person says so.
    stopped_at     INTEGER,
    stopped_by     TEXT
) STRICT;

-- What an upload does to the canary, beside its rows: put or remove. A control with one carries the canary alone.
ALTER TABLE upload ADD COLUMN canary TEXT;
