-- Messages go to more than one receiver, tell how much they are about and name it, and may be about the
-- service as a whole: a message had to have a bot. Only messages that nobody has taken yet are copied, which
-- are few. Their numbers go on, since receivers know a repeat by them.
CREATE TABLE message_to (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver   TEXT    NOT NULL,
    bot_id     INTEGER REFERENCES bot,
    kind       TEXT    NOT NULL,
    is_over    INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    count      INTEGER NOT NULL,
    names      TEXT    NOT NULL,
    words      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due        INTEGER NOT NULL DEFAULT 0
) STRICT;

INSERT INTO sqlite_sequence (name, seq) SELECT 'message_to', seq FROM sqlite_sequence WHERE name = 'message';
INSERT INTO message_to (message_id, receiver, bot_id, kind, is_over, since, count, names, words, at, attempts, due)
    SELECT message_id, 'notify.url', bot_id, kind, is_over, since, 1 - is_over, '[]', words, at, attempts, due FROM message;
DROP TABLE message;
ALTER TABLE message_to RENAME TO message;
CREATE INDEX message_by_receiver ON message (receiver, message_id);

-- What stands against the service, and no bot alone.
CREATE TABLE service_cause (
    kind  TEXT PRIMARY KEY,
    since INTEGER NOT NULL,
    told  INTEGER
) STRICT, WITHOUT ROWID;
