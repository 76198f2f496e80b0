//! What PostgreSQL writes otherwise than SQLite. Statements stand in the code as SQLite takes them, in the common
//! subset wherever it goes; this is all that is left. Functions that only have another name are in the migration.

use std::fmt::Write as _;

use super::query::COMMITTED_WITH_NEXT;

/// Words of statements, and what PostgreSQL says for them.
const WORDS: [(&str, &str); 8] = [
    // SQLite reads the tables in this order; PostgreSQL finds it out, and takes no condition here.
    ("CROSS JOIN", "JOIN"),
    // PostgreSQL has its statistics.
    (" INDEXED BY version_over", ""),
    // SQLite does not tell the letters of ASCII by their case.
    (" LIKE ", " ILIKE "),
    // An element of a list is a text, and no JSON.
    (
        "SELECT value FROM json_each(",
        "SELECT value #>> '{}' FROM json_each(",
    ),
    (
        "isolation ->> '$.search.base'",
        "(isolation::jsonb #>> '{search,base}')",
    ),
    // SQLite is told by the connection. This holds for the transaction, which the statement is.
    (
        COMMITTED_WITH_NEXT,
        "AND set_config('synchronous_commit', 'off', true) = 'off'",
    ),
    ("random()", "floor(random() * 9007199254740992)::bigint"),
    (
        "json_group_array(json_array(node_name, source, article, hex(digest), file_id))",
        "coalesce(json_agg(json_build_array(node_name, source, article, hex(digest), file_id)), '[]')::text",
    ),
];

/// By what a row takes the place of another one, and what else of it is forgotten then.
const KEYS: [(&str, &[&str], &[&str]); 10] = [
    ("aged", &["one"], &[]),
    ("approval", &["bot_id", "node_name"], &[]),
    ("departure", &["bot_id", "node_name"], &[]),
    ("digest", &["receiver", "address"], &[]),
    ("quarantine", &["bot_id", "node_name"], &[]),
    ("released_change", &["bot_id", "node_name"], &[]),
    ("step_override", &["bot_id", "node_name"], &[]),
    ("uncertain", &["bot_id", "node_name"], &["upload_id"]),
    ("verification", &["bot_id", "node_name"], &[]),
    ("version", &["bot_id", "node_name", "upload_id"], &["until"]),
];

/// A statement as PostgreSQL takes it.
pub(super) fn for_postgres(sql: &str) -> String {
    let mut sql = sql.to_owned();
    for (word, instead) in WORDS {
        if sql.contains(word) {
            sql = sql.replace(word, instead);
        }
    }
    if let Some(rest) = sql.strip_prefix("INSERT OR IGNORE ") {
        sql = format!("INSERT {rest} ON CONFLICT DO NOTHING");
    } else if let Some(rest) = sql.strip_prefix("INSERT OR REPLACE INTO ") {
        sql = format!("INSERT INTO {rest} {}", replacing(rest));
    }
    numbered(&with_bytes(&sql))
}

/// `x'00'` is `'\x00'::bytea`.
fn with_bytes(sql: &str) -> String {
    let mut parts = sql.split(" x'");
    let mut written = parts.next().unwrap_or("").to_owned();
    for part in parts {
        let (bytes, rest) = part.split_once('\'').unwrap_or((part, ""));
        // Writing to memory cannot fail.
        let _ = write!(written, " '\\x{bytes}'::bytea{rest}");
    }
    written
}

/// What a row does to the one that has its key. `rest` begins with the table and its columns.
fn replacing(rest: &str) -> String {
    let (table, rest) = rest.split_once(" (").unwrap_or((rest, ""));
    let columns = rest.split(')').next().unwrap_or("");
    let known = KEYS.iter().find(|(name, ..)| *name == table);
    let (_, keys, forgotten) = known.expect("the key of each table that is replaced in is known");
    let columns = columns.split(", ").filter(|column| !keys.contains(column));
    let columns = columns.map(|column| format!("{column} = excluded.{column}"));
    let nothing = |column: &&str| !rest_has(rest, column);
    let forgotten = forgotten.iter().filter(|column| nothing(column));
    let forgotten = forgotten.map(|column| format!("{column} = NULL"));
    let all: Vec<String> = columns.chain(forgotten).collect();
    format!(
        "ON CONFLICT ({}) DO UPDATE SET {}",
        keys.join(", "),
        all.join(", ")
    )
}

fn rest_has(rest: &str, column: &str) -> bool {
    let columns = rest.split(')').next().unwrap_or("");
    columns.split(", ").any(|one| one == column)
}

/// `?1` is `$1`, and the first `?` alone, too.
fn numbered(sql: &str) -> String {
    let mut numbered = String::with_capacity(sql.len() + 16);
    let mut alone = 0;
    let mut parts = sql.split('?');
    numbered.push_str(parts.next().unwrap_or(""));
    for part in parts {
        numbered.push('$');
        if !part.starts_with(|c: char| c.is_ascii_digit()) {
            alone += 1;
            // Writing to memory cannot fail.
            let _ = write!(numbered, "{alone}");
        }
        numbered.push_str(part);
    }
    numbered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_are_as_postgres_takes_them() {
        for (sqlite, postgres) in [
            (
                "SELECT a FROM t WHERE b = ?2 AND c = ?1",
                "SELECT a FROM t WHERE b = $2 AND c = $1",
            ),
            (
                "INSERT INTO t (a, b) VALUES (?,?),(?,?)",
                "INSERT INTO t (a, b) VALUES ($1,$2),($3,$4)",
            ),
            (
                "SELECT 1 FROM a CROSS JOIN b ON a.c = b.c WHERE n LIKE ?1",
                "SELECT 1 FROM a JOIN b ON a.c = b.c WHERE n ILIKE $1",
            ),
            (
                "DELETE FROM t WHERE a IN (SELECT value FROM json_each(?1))",
                "DELETE FROM t WHERE a IN (SELECT value #>> '{}' FROM json_each($1))",
            ),
            (
                &format!("UPDATE t SET a = 1 WHERE b = ?1 {COMMITTED_WITH_NEXT}"),
                "UPDATE t SET a = 1 WHERE b = $1 AND set_config('synchronous_commit', 'off', true) = 'off'",
            ),
            (
                "INSERT OR IGNORE INTO t (a) SELECT ?1",
                "INSERT INTO t (a) SELECT $1 ON CONFLICT DO NOTHING",
            ),
            (
                "INSERT OR REPLACE INTO approval (bot_id, node_name, approved_at) VALUES (?1, ?2, ?3)",
                "INSERT INTO approval (bot_id, node_name, approved_at) VALUES ($1, $2, $3) \
                 ON CONFLICT (bot_id, node_name) DO UPDATE SET approved_at = excluded.approved_at",
            ),
            (
                "INSERT INTO t VALUES (1, x'', x'0aff')",
                "INSERT INTO t VALUES (1, '\\x'::bytea, '\\x0aff'::bytea)",
            ),
            // What SQLite would have deleted with the row.
            (
                "INSERT OR REPLACE INTO uncertain (bot_id, node_name, source) VALUES (?1, ?2, ?3)",
                "INSERT INTO uncertain (bot_id, node_name, source) VALUES ($1, $2, $3) \
                 ON CONFLICT (bot_id, node_name) DO UPDATE SET source = excluded.source, upload_id = NULL",
            ),
        ] {
            assert_eq!(for_postgres(sqlite), postgres);
        }
    }
}
