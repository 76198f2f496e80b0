-- The state of kms-haptik-sync. Times are milliseconds since 1970 UTC; digests are 16 bytes.
--
-- The snapshot keeps the content of every live step, not only its digest: where uploads replace,
-- the unchanged steps ride along in every upload, and a bot can be made whole from here alone.
--
-- Content is written once and then owned by one row after the other: that of an upload, that of the
-- live step, that of what was live before. Whoever lets go of it deletes it in the same transaction.

CREATE TABLE bot (
    bot_id         INTEGER PRIMARY KEY,
    domain_name    TEXT    NOT NULL UNIQUE,
    -- The configuration (as digests) under which the last plan held nothing back.
    fingerprint    TEXT,
    -- A person said that an empty export may empty this bot.
    empty_approved INTEGER NOT NULL DEFAULT 0,
    -- Where uploads replace: a task failed half-way, steps are missing until a recovery succeeds.
    needs_recovery INTEGER NOT NULL DEFAULT 0,
    -- The upload that a person went back to; the sources wait until `resume`.
    pinned_to      INTEGER,
    -- Old content is kept for the uploads after this one.
    kept_after     INTEGER NOT NULL DEFAULT 0,
    -- Another one after every change of the snapshot that no upload made; what is kept beside this
    -- file tells by it whether it belongs to it.
    mark           INTEGER NOT NULL DEFAULT 0,
    -- The search for bad steps that is under way, as JSON.
    isolation      TEXT,
    last_success   INTEGER,
    last_error     TEXT,
    last_error_at  INTEGER
) STRICT;

CREATE TABLE content (
    -- Never given twice.
    content_id INTEGER PRIMARY KEY AUTOINCREMENT,
    question   TEXT NOT NULL,
    answer     TEXT NOT NULL
) STRICT;

-- The snapshot: steps that a task ending in Success has confirmed.
CREATE TABLE step (
    bot_id       INTEGER NOT NULL REFERENCES bot,
    node_name    TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    article      TEXT    NOT NULL,
    digest       BLOB    NOT NULL,
    content_id   INTEGER NOT NULL,
    -- Of question and answer, so that nobody has to look at them to know it.
    bytes        INTEGER NOT NULL,
    upload_id    INTEGER NOT NULL,
    confirmed_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (
    upload_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id      INTEGER NOT NULL REFERENCES bot,
    purpose     TEXT    NOT NULL CHECK (purpose IN ('change', 'trial', 'control', 'recovery')),
    effect      TEXT    NOT NULL CHECK (effect IN ('merge', 'replace')),
    state       TEXT    NOT NULL CHECK (state IN ('prepared', 'sent', 'accepted', 'in_doubt', 'succeeded', 'failed')),
    -- Rows, bytes and digest of the CSV. The bytes are made again from upload_row (and, in
    -- replace, the snapshot, which does not move meanwhile); the digest proves them the same.
    rows        INTEGER NOT NULL,
    csv_bytes   INTEGER NOT NULL,
    csv_digest  BLOB    NOT NULL,
    added       INTEGER NOT NULL,
    changed     INTEGER NOT NULL,
    removed     INTEGER NOT NULL,
    task_id     TEXT,
    prepared_at INTEGER NOT NULL,
    sent_at     INTEGER,
    accepted_at INTEGER,
    -- When the question fell due whose answer was that the task has ended.
    asked_at    INTEGER,
    settled_at  INTEGER,
    -- Bytes of old content in `past`.
    past_bytes  INTEGER NOT NULL DEFAULT 0,
    -- POSTs of these bytes so far.
    submissions INTEGER NOT NULL DEFAULT 0,
    -- Haptik's last words about it.
    message     TEXT
) STRICT;

-- At most one upload under way per bot.
CREATE UNIQUE INDEX upload_under_way ON upload (bot_id)
    WHERE state IN ('prepared', 'sent', 'accepted', 'in_doubt');
CREATE INDEX upload_by_bot ON upload (bot_id, upload_id);
-- What was not written down whole, and is to be swept away.
CREATE INDEX upload_unbegun ON upload (bot_id) WHERE csv_bytes = 0;

-- What an upload changes, in the order of its CSV. A removal has no content.
CREATE TABLE upload_row (
    upload_id  INTEGER NOT NULL REFERENCES upload,
    row        INTEGER NOT NULL,
    action     TEXT    NOT NULL CHECK (action IN ('add', 'change', 'remove')),
    node_name  TEXT    NOT NULL,
    source     TEXT    NOT NULL,
    article    TEXT    NOT NULL,
    digest     BLOB    NOT NULL,
    content_id INTEGER,
    bytes      INTEGER,
    -- Its CSV carries the whole set.
    in_set     INTEGER NOT NULL,
    PRIMARY KEY (upload_id, row)
) STRICT, WITHOUT ROWID;

-- By this such an upload leaves its own steps out of the unchanged rest. Others need no second order
-- of their rows. Without statistics SQLite would take the primary key, so queries name this index.
CREATE INDEX upload_row_in_set ON upload_row (upload_id, node_name) WHERE in_set;

-- Steps that Haptik refused; left out of uploads until their content changes.
CREATE TABLE quarantine (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    article   TEXT    NOT NULL,
    -- The refused content; sixteen zero bytes where a removal was refused.
    digest    BLOB    NOT NULL,
    reason    TEXT    NOT NULL,
    upload_id INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Steps that a failed upload may have touched before it stopped: what the bot holds under these
-- names is not known until a later upload that names them succeeds.
CREATE TABLE uncertain (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    article   TEXT    NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Removals that a person released.
CREATE TABLE approval (
    bot_id      INTEGER NOT NULL REFERENCES bot,
    node_name   TEXT    NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- What was live under each name just before an upload changed it; NULL content: nothing was.
-- The first such row after an upload says what was live when that upload had succeeded.
CREATE TABLE past (
    bot_id     INTEGER NOT NULL REFERENCES bot,
    node_name  TEXT    NOT NULL,
    upload_id  INTEGER NOT NULL,
    source     TEXT,
    article    TEXT,
    digest     BLOB,
    content_id INTEGER,
    bytes      INTEGER,
    -- In the order of uploads: each one adds at the end, and pruning takes from the front.
    PRIMARY KEY (bot_id, upload_id, node_name)
) STRICT, WITHOUT ROWID;

-- When calls to Haptik were made, in milliseconds since the machine was started, for the budget; older
-- than a minute is swept.
CREATE TABLE call (
    at   INTEGER NOT NULL,
    kind TEXT    NOT NULL CHECK (kind IN ('submit', 'status', 'conversation'))
) STRICT;
CREATE INDEX call_by_time ON call (at);

-- What stands against a bot, and the count that people were last told (NULL: nothing yet).
CREATE TABLE cause (
    bot_id INTEGER NOT NULL REFERENCES bot,
    kind   TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    told   INTEGER,
    PRIMARY KEY (bot_id, kind)
) STRICT, WITHOUT ROWID;

-- Messages that nobody has taken yet; the oldest goes first.
CREATE TABLE message (
    message_id INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id     INTEGER NOT NULL REFERENCES bot,
    kind       TEXT    NOT NULL,
    is_over    INTEGER NOT NULL,
    since      INTEGER NOT NULL,
    words      TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    attempts   INTEGER NOT NULL DEFAULT 0,
    due        INTEGER NOT NULL DEFAULT 0
) STRICT;
