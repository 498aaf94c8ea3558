//! What makes PostgreSQL's transactions end in another order than they got their ids.

use sea_orm::{ConnectionTrait, Database};
use tokio::task::JoinHandle;

/// In some of the transactions that write events time passes before they commit.
const SLOW_COMMITS: &str = "
    CREATE FUNCTION take_your_time() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF random() < 0.3 THEN PERFORM pg_sleep(random() * 0.02); END IF;
        RETURN NULL;
    END $$;
    CREATE TRIGGER take_your_time AFTER INSERT ON event
        FOR EACH STATEMENT EXECUTE FUNCTION take_your_time();";

/// Transactions that have an id and nothing else to do; every second one is taken back.
const IDLE: [&str; 2] = ["COMMIT", "ROLLBACK"];

/// The disorder goes on until this is dropped.
#[derive(Debug)]
pub struct Disorder(JoinHandle<()>);

impl Disorder {
    /// Brings disorder into one database.
    pub async fn begin(url: &str) -> Self {
        let db = Database::connect(url).await.unwrap();
        db.execute_unprepared(SLOW_COMMITS).await.unwrap();
        let idle = async move {
            for end in IDLE.iter().cycle() {
                let hold = format!(
                    "BEGIN; SELECT pg_current_xact_id(); SELECT pg_sleep(random() * 0.02); {end}; \
                     SELECT pg_sleep(random() * 0.04)"
                );
                db.execute_unprepared(&hold).await.unwrap();
            }
        };
        Self(tokio::spawn(idle))
    }
}

impl Drop for Disorder {
    fn drop(&mut self) {
        self.0.abort();
    }
}
