-- The state of kms-haptik-sync. Times are milliseconds since 1970 UTC; digests are 16 bytes.
--
-- What steps say is written once, as versions, when the upload that carries them is written down. What
-- is live, what was live before, and what an upload changed are questions to the versions: settling an
-- upload moves none of them. The content of every live step is there, not only its digest: where uploads
-- replace, the unchanged steps ride along in every upload, and a bot can be made whole from here alone.

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
    -- Where uploads replace: live steps that Haptik named when it refused the last good set, as a JSON
    -- list of [node_name, its words]. The next recovery goes up without them.
    accused        TEXT    NOT NULL DEFAULT '[]',
    -- The Haptik that its state speaks of: origin and path of the base URL, and the client id. NULL:
    -- nothing was sent anywhere yet.
    haptik         TEXT,
    client_id      TEXT,
    -- The last stored plan: its number (another one whenever a removal is held, waits or is released),
    -- when it was made, and what it left open. `pending` is a JSON list of [node_name, action].
    plan           INTEGER NOT NULL DEFAULT 0,
    planned_at     INTEGER,
    pending        TEXT    NOT NULL DEFAULT '[]',
    pending_count  INTEGER NOT NULL DEFAULT 0,
    -- A JSON object of reasons, each with the names of steps.
    unread         TEXT    NOT NULL DEFAULT '{}',
    unread_count   INTEGER NOT NULL DEFAULT 0,
    rejected_count INTEGER NOT NULL DEFAULT 0,
    -- A person said that its sources are complete as they are, once.
    incomplete_approved INTEGER NOT NULL DEFAULT 0,
    -- The last pass in which every source was read, and the last one that left nothing open.
    last_success   INTEGER,
    last_in_sync   INTEGER,
    last_error     TEXT,
    last_error_at  INTEGER,
    -- Since when a person has paused it, and until when (NULL: until `resume`): nothing is uploaded.
    paused_at      INTEGER,
    paused_until   INTEGER,
    paused_by      TEXT,
    paused_because TEXT,
    -- Since when a folder of its sources is another one than the last plan has read; NULL: none is known to be.
    moved_at       INTEGER
) STRICT;

-- The files of a bot's folders that hold live steps, as they were at the last reading.
CREATE TABLE source_file (
    file_id  INTEGER PRIMARY KEY,
    bot_id   INTEGER NOT NULL REFERENCES bot,
    source   TEXT    NOT NULL,
    relative TEXT    NOT NULL,
    -- Tells a file that was renamed into place from the one before.
    inode    INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    -- Whether it held articles then.
    held     INTEGER NOT NULL,
    -- Whether its text was UTF-8. NULL: there was nothing beyond ASCII in it to tell by.
    is_utf8  INTEGER,
    UNIQUE (bot_id, source, relative)
) STRICT;

-- The file of each source that says that an export is complete, as it was at the last reading, as JSON;
-- `null`: there was none.
CREATE TABLE source_marker (
    bot_id INTEGER NOT NULL REFERENCES bot,
    source TEXT    NOT NULL,
    marker TEXT    NOT NULL,
    PRIMARY KEY (bot_id, source)
) STRICT, WITHOUT ROWID;

-- As what those answers of a source were read at the last reading that could be read in two ways, as JSON.
CREATE TABLE source_body (
    bot_id INTEGER NOT NULL REFERENCES bot,
    source TEXT    NOT NULL,
    body   TEXT    NOT NULL,
    PRIMARY KEY (bot_id, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE upload (    upload_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    bot_id      INTEGER NOT NULL REFERENCES bot,
    -- `import` and `removed_by_hand` were never sent: a person said what is live.
    purpose     TEXT    NOT NULL CHECK (purpose IN ('change', 'trial', 'control', 'recovery', 'import', 'removed_by_hand')),
    effect      TEXT    NOT NULL CHECK (effect IN ('merge', 'replace')),
    -- `writing`: its rows are being written down, and it has not begun.
    state       TEXT    NOT NULL CHECK (state IN ('writing', 'prepared', 'sent', 'accepted', 'in_doubt', 'succeeded', 'failed')),
    -- Rows, bytes and digest of the CSV. The bytes are made again from the upload's versions (and, in
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
    -- Bytes of the versions that were over with it.
    past_bytes  INTEGER NOT NULL DEFAULT 0,
    -- POSTs of these bytes so far.
    submissions INTEGER NOT NULL DEFAULT 0,
    -- Haptik's last words about it.
    message     TEXT
) STRICT;

-- At most one upload under way per bot. Queries say it in the same words, so that they find this index,
-- and so that an upload whose state cannot be read passes for none that has ended.
CREATE UNIQUE INDEX upload_under_way ON upload (bot_id)
    WHERE state NOT IN ('writing', 'succeeded', 'failed');
CREATE INDEX upload_by_bot ON upload (bot_id, upload_id);
-- Whose versions say nothing of what is live yet.
CREATE INDEX upload_unsettled ON upload (upload_id) WHERE state NOT IN ('succeeded', 'failed');
-- What was not written down whole, and is to be swept away.
CREATE INDEX upload_unbegun ON upload (bot_id) WHERE state = 'writing';

-- What an upload says of a step. A removal has no content, and its digest is sixteen zero bytes.
CREATE TABLE version (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    upload_id INTEGER NOT NULL,
    -- Its place in the upload.
    row       INTEGER NOT NULL,
    -- Not by a list: SQLite looks three words up in a table that it makes for that, for each row.
    action    TEXT    NOT NULL CHECK (action = 'add' OR action = 'change' OR action = 'remove'),
    source    TEXT    NOT NULL,
    article   TEXT    NOT NULL,
    digest    BLOB    NOT NULL,
    -- Of question and answer, so that nobody has to look at them to know it.
    bytes     INTEGER NOT NULL,
    -- The file that its article was last read in; NULL: not known, or not from a file.
    file_id   INTEGER,
    -- The upload with which it was over: the one that brought the next version, or its own where it
    -- removes the step or has failed. NULL: it is live, or its upload is not settled yet.
    until     INTEGER,
    PRIMARY KEY (bot_id, node_name, upload_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX version_over ON version (bot_id, until) WHERE until IS NOT NULL;

-- What the versions say, in the order of the CSVs: the number is 2^32 times that of the upload, and the row.
-- Of a removal, empty texts.
CREATE TABLE content (
    content_id INTEGER PRIMARY KEY,
    -- The step's.
    name       TEXT NOT NULL,
    question   TEXT NOT NULL,
    answer     TEXT NOT NULL
) STRICT;

-- The snapshot: steps that a task ending in Success has confirmed.
CREATE VIEW step AS
    SELECT bot_id, node_name, source, article, digest, (upload_id << 32) + row AS content_id, bytes, upload_id, file_id
    FROM version WHERE until IS NULL
    AND upload_id NOT IN (SELECT upload_id FROM upload WHERE state NOT IN ('succeeded', 'failed'));

-- What an upload changes. The order of its CSV is that of `content_id`.
CREATE VIEW upload_row AS
    SELECT upload.upload_id, version.bot_id, version.row, version.action, version.node_name, version.source,
        version.article, version.digest, version.bytes, version.file_id, content.content_id, content.question, content.answer
    FROM upload
    CROSS JOIN content ON content_id BETWEEN upload.upload_id << 32 AND (upload.upload_id << 32) + 4294967295
    CROSS JOIN version ON version.bot_id = upload.bot_id AND version.node_name = content.name
        AND version.upload_id = upload.upload_id;

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
    -- The first upload that may have touched it; NULL where a person doubts what is live.
    upload_id INTEGER,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Removals that a person released.
CREATE TABLE approval (
    bot_id      INTEGER NOT NULL REFERENCES bot,
    node_name   TEXT    NOT NULL,
    approved_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Where a person has spoken against an article, until it says something else: its step is withdrawn from
-- the bot, or says again what an earlier upload brought.
CREATE TABLE step_override (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    article   TEXT    NOT NULL,
    -- What the article said then.
    digest    BLOB    NOT NULL,
    -- What is put back, its digest and the upload that brought it; NULL: the step is withdrawn.
    question  TEXT,
    answer    TEXT,
    put_back  BLOB,
    upload_id INTEGER,
    since     INTEGER NOT NULL,
    who       TEXT    NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Live steps whose articles are absent, and that are not removed yet: a guard holds them, their absence
-- is not confirmed, a person has to remove them, or an upload is to do it. As of the last stored plan.
CREATE TABLE open_removal (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    kind      TEXT    NOT NULL CHECK (kind IN ('held', 'waiting', 'manual', 'leaving')),
    reason    TEXT    NOT NULL,
    -- When it was first read as absent: the wall clock, and the time since a start of the machine with
    -- the name of that start, so that a clock that is set neither ends a wait nor makes it endless.
    since     INTEGER NOT NULL,
    since_up  INTEGER NOT NULL,
    boot      TEXT    NOT NULL,
    -- Readings that found it absent.
    reads     INTEGER NOT NULL,
    -- Its absence was once beyond doubt (the file was exchanged as a whole, or its marker was written).
    confirmed INTEGER NOT NULL,
    -- The marker of `complete_when` as it was when the article was last there; NULL: there was none.
    marker    TEXT,
    -- The first stored plan that had it.
    plan      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Additions and changes whose content a rule of `hold_lint` stopped. As of the last stored plan.
CREATE TABLE held_change (
    bot_id    INTEGER NOT NULL REFERENCES bot,
    node_name TEXT    NOT NULL,
    action    TEXT    NOT NULL CHECK (action IN ('add', 'change')),
    source    TEXT    NOT NULL,
    article   TEXT    NOT NULL,
    -- The content that is held.
    digest    BLOB    NOT NULL,
    -- The rules and where they found something; never what.
    found     TEXT    NOT NULL,
    -- The first stored plan that held this content.
    plan      INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Contents that a person has released although a rule of `hold_lint` stops them: one for each step.
CREATE TABLE released_change (
    bot_id      INTEGER NOT NULL REFERENCES bot,
    node_name   TEXT    NOT NULL,
    digest      BLOB    NOT NULL,
    released_at INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- Steps that were removed, for the guard that remembers 24 hours.
CREATE TABLE departure (
    bot_id      INTEGER NOT NULL REFERENCES bot,
    node_name   TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    up          INTEGER NOT NULL,
    boot        TEXT    NOT NULL,
    -- A person released it; it does not count.
    approved    INTEGER NOT NULL,
    -- Steps that were live before it.
    live_before INTEGER NOT NULL,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;

-- What people did: each command that changes something, and each reload of the configuration.
CREATE TABLE action (
    action_id   INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    -- Who, as far as the machine knows: the user of the command, or of the page.
    who         TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    -- NULL: it is about no bot alone.
    domain_name TEXT,
    -- The plan that was in front of them.
    plan        INTEGER,
    details     TEXT    NOT NULL
) STRICT;

-- When calls to Haptik were made, in milliseconds since the machine was started, for the budget; older
-- than a minute is swept, and what asked a bot after a day.
CREATE TABLE call (
    at   INTEGER NOT NULL,
    kind TEXT    NOT NULL CHECK (kind IN ('submit', 'status', 'conversation', 'ask'))
) STRICT;
CREATE INDEX call_by_time ON call (at);

-- What bots answered when they were asked for live steps, each as it was then: a row whose digest is not
-- that of the live step says nothing.
CREATE TABLE verification (
    bot_id         INTEGER NOT NULL REFERENCES bot,
    node_name      TEXT    NOT NULL,
    digest         BLOB    NOT NULL,
    -- Why it is asked for: it has changed, or its turn came.
    reason         TEXT    NOT NULL CHECK (reason IN ('change', 'sweep')),
    -- When its change was seen.
    since          INTEGER NOT NULL,
    -- What it came to last, the other step that answered, and when; NULL: nothing yet.
    verdict        TEXT    CHECK (verdict IN ('verified', 'old_version', 'other_step', 'not_understood', 'agent')),
    other          TEXT,
    at             INTEGER,
    verified_at    INTEGER,
    attempts       INTEGER NOT NULL,
    -- Replies one after the other that contradict it.
    contradictions INTEGER NOT NULL,
    -- Only its new messages are not understood.
    untrained      INTEGER NOT NULL,
    -- When it was uploaded again because the bot contradicts it.
    resent_at      INTEGER,
    -- When it is asked next; NULL: when its turn comes.
    next_at        INTEGER,
    PRIMARY KEY (bot_id, node_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX verification_due ON verification (bot_id, next_at) WHERE next_at IS NOT NULL;

-- How far the asking of each bot is.
CREATE TABLE asking (
    bot_id     INTEGER PRIMARY KEY REFERENCES bot,
    -- The last upload whose changes were taken up.
    listed     INTEGER NOT NULL DEFAULT 0,
    -- Nothing is asked before, because the bot handed a chat to an agent.
    not_before INTEGER,
    -- When a step was last asked whose turn it was.
    swept_at   INTEGER
) STRICT;

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

-- The time by which old content ages, and when it was that: the time since a start of the machine, and
-- the name of that start.
CREATE TABLE aged (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    wall INTEGER NOT NULL,
    up   INTEGER NOT NULL,
    boot TEXT    NOT NULL
) STRICT;
