//! Places in a database of PostgreSQL, which `POSTGRES_URL` names. With `STATE_IN_POSTGRES` beside it, each world has its
//! state in one of them, so that all tests say of a database what they say of a file.

#[cfg(feature = "postgres")]
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(feature = "postgres")]
use super::world::serve;

/// Whether each world has its state in a database.
fn is_for_each_world() -> bool {
    std::env::var_os("STATE_IN_POSTGRES").is_some()
}

/// Whether a test is left out, because it is about the file of a state and the state is in none.
pub(crate) fn is_about_files(test: &str) -> bool {
    if is_for_each_world() {
        eprintln!("{test} was left out: it is about a state in a file");
    }
    is_for_each_world()
}

#[cfg(not(feature = "postgres"))]
pub(super) fn for_each_world() -> Option<String> {
    assert!(!is_for_each_world(), "this needs the feature postgres");
    None
}

/// A state for a world, where each has one in a database.
#[cfg(feature = "postgres")]
pub(super) fn for_each_world() -> Option<String> {
    is_for_each_world().then(|| Database::new().expect("POSTGRES_URL names it").state)
}

/// A place in the database, empty at first.
#[cfg(feature = "postgres")]
pub(crate) struct Database {
    /// The server, with a user who may do everything.
    pub(crate) server: String,
    pub(crate) schema: String,
    /// What `state` is in a configuration.
    pub(crate) state: String,
}

#[cfg(feature = "postgres")]
impl Database {
    /// `None`: there is no server.
    pub(crate) fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("POSTGRES_URL").ok()?;
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("service_{}_{number}", std::process::id());
        let mark = if server.contains('?') { '&' } else { '?' };
        let this = Self {
            state: format!("{server}{mark}options=-csearch_path%3D{schema}"),
            server,
            schema: schema.clone(),
        };
        let create = format!("DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}");
        this.attempt(&create).unwrap();
        Some(this)
    }

    /// Says something to the server, in SQL.
    pub(crate) fn attempt(&self, sql: &str) -> Result<(), sqlx::Error> {
        use sqlx::Connection as _;

        let (server, sql) = (self.server.clone(), sql.to_owned());
        serve(async move {
            let mut admin = sqlx::postgres::PgConnection::connect(&server).await?;
            let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql));
            sql.execute(&mut admin).await.map(drop)
        })
    }
}
