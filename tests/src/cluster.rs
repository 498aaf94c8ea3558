//! A private PostgreSQL cluster: one in a temporary folder for all tests of a process, or one that
//! is kept, for measurements.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use migration::Migrator;
use sea_orm::{ConnectionTrait, Database};
use sea_orm_migration::MigratorTrait;
use tokio::sync::OnceCell;

/// A running PostgreSQL that goes with this process.
#[derive(Debug)]
pub struct Cluster {
    bin: PathBuf,
    folder: PathBuf,
    data: PathBuf,
    template: OnceCell<()>,
    databases: AtomicU32,
}

const TEMPLATE: &str = "deskwire_template";
const PORT: u16 = 5432;
/// Tests ask for speed and lose everything anyway.
const FOR_TESTS: [&str; 5] = [
    "fsync=off",
    "full_page_writes=off",
    "max_connections=400",
    "shared_buffers=128MB",
    "autovacuum_naptime=10s",
];

/// The cluster, or `None` where PostgreSQL is not installed: the test is skipped by name. With
/// `CI=true` that is a failure.
pub fn postgres_or_skip() -> Option<&'static Cluster> {
    static CLUSTER: OnceLock<Option<Cluster>> = OnceLock::new();
    let cluster = CLUSTER
        .get_or_init(|| binaries().map(|bin| Cluster::start(bin, None, &FOR_TESTS)))
        .as_ref();
    if cluster.is_none() {
        let name = std::thread::current().name().unwrap_or("a test").to_owned();
        assert!(
            std::env::var_os("CI").is_none(),
            "{name} needs PostgreSQL: apt-get install postgresql"
        );
        eprintln!("SKIPPED {name}: PostgreSQL is not installed (apt-get install postgresql)");
    }
    cluster
}

/// The newest installed server binaries.
fn binaries() -> Option<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.extend(std::env::var_os("PG_BIN").map(PathBuf::from));
    folders
        .into_iter()
        .rev()
        .find(|bin| bin.join("postgres").exists() && bin.join("initdb").exists())
}

/// PostgreSQL refuses to run as root: then it runs as `nobody`. It also ends with the thread that
/// started it, so that a test run that is killed leaves nothing behind.
fn unprivileged(program: &Path, dies_with_us: bool) -> Command {
    let mut command = Command::new("setpriv");
    if dies_with_us {
        command.arg("--pdeathsig=QUIT");
    }
    if is_root() {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command
        .arg("--")
        .arg(program)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| std::os::unix::fs::MetadataExt::uid(&this) == 0)
}

impl Cluster {
    /// A cluster whose databases stay in `data` from run to run; `None` where PostgreSQL is not
    /// installed. End it with [`Self::stop`], or it has to recover when it starts again.
    pub fn keep(data: &Path, settings: &[&str]) -> Option<Self> {
        let bin = binaries()?;
        fs::create_dir_all(data).unwrap();
        if is_root() {
            chown(data, Some(65534), Some(65534)).unwrap();
        }
        let enter = ["-c", "test -w \"$0\""];
        let mut can_enter = unprivileged(Path::new("sh"), false);
        let can_enter = can_enter.args(enter).arg(data).status().unwrap();
        assert!(
            can_enter.success(),
            "PostgreSQL does not run as root, and `nobody` cannot enter {}",
            data.display()
        );
        Some(Self::start(bin, Some(data), settings))
    }

    fn start(bin: PathBuf, data: Option<&Path>, settings: &[&str]) -> Self {
        // Outside the checkout, whose folders an unprivileged user may not be able to enter.
        let all = std::env::temp_dir();
        remove_left_over(&all);
        let folder = all.join(format!("deskwire-pg-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        if is_root() {
            chown(&folder, Some(65534), Some(65534)).unwrap();
        }
        let data = data.map_or_else(|| folder.join("data"), Path::to_owned);
        if !data.join("PG_VERSION").exists() {
            Self::make(&bin, &data);
        }
        let mut postgres = unprivileged(&bin.join("postgres"), true);
        postgres.arg("-D").arg(&data).arg("-k").arg(&folder);
        postgres.args(["-c", "listen_addresses="]);
        for setting in settings {
            postgres.args(["-c", setting]);
        }
        let log = fs::File::create(folder.with_extension("log")).unwrap();
        postgres.stdout(log.try_clone().unwrap()).stderr(log);
        // A thread that never ends: the server ends with it, that is, with this process.
        std::thread::spawn(move || {
            let _status = postgres.status();
            loop {
                std::thread::park();
            }
        });
        let socket = folder.join(format!(".s.PGSQL.{PORT}"));
        let ready = || {
            Command::new(bin.join("pg_isready"))
                .args(["-q", "-h"])
                .arg(&folder)
                .status()
                .is_ok_and(|status| status.success())
        };
        for _ in 0..600 {
            if socket.exists() && ready() {
                return Self {
                    bin,
                    folder,
                    data,
                    template: OnceCell::new(),
                    databases: AtomicU32::new(0),
                };
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!(
            "PostgreSQL did not start; see {}",
            folder.with_extension("log").display()
        );
    }

    fn make(bin: &Path, data: &Path) {
        let made = unprivileged(&bin.join("initdb"), false)
            .args([
                "--username=postgres",
                "--auth=trust",
                "--encoding=UTF8",
                "--no-sync",
                "-D",
            ])
            .arg(data)
            .output()
            .unwrap();
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
    }

    /// The URL of a database of this cluster.
    pub fn url(&self, database: &str) -> String {
        let folder = self.folder.to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@localhost:{PORT}/{database}?host={folder}")
    }

    /// A new, migrated database for one test.
    pub async fn database(&self) -> String {
        self.template.get_or_init(|| self.make_template()).await;
        let name = self.next_name();
        self.run(&format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
            .await;
        self.url(&name)
    }

    /// A new database without tables.
    pub async fn empty_database(&self) -> String {
        let name = self.next_name();
        self.run(&format!("CREATE DATABASE {name}")).await;
        self.url(&name)
    }

    fn next_name(&self) -> String {
        format!("test_{}", self.databases.fetch_add(1, Ordering::SeqCst))
    }

    async fn make_template(&self) {
        self.run(&format!("CREATE DATABASE {TEMPLATE}")).await;
        let db = Database::connect(self.url(TEMPLATE)).await.unwrap();
        Migrator::up(&db, None).await.unwrap();
        db.close().await.unwrap();
    }

    /// A program that came with this PostgreSQL, set to talk to it.
    pub fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.bin.join(name));
        command
            .env("PGHOST", &self.folder)
            .env("PGUSER", "postgres");
        command
    }

    /// The id of its first process, whose children serve the connections.
    pub fn pid(&self) -> u32 {
        let file = fs::read_to_string(self.data.join("postmaster.pid")).unwrap();
        file.lines().next().unwrap().trim().parse().unwrap()
    }

    /// Ends it in order.
    pub fn stop(&self) {
        let mut command = unprivileged(&self.bin.join("pg_ctl"), false);
        command
            .args(["stop", "-s", "-m", "fast", "-D"])
            .arg(&self.data);
        assert!(command.status().unwrap().success(), "pg_ctl stop");
    }

    /// Runs `sql` in the maintenance database.
    pub async fn run(&self, sql: &str) {
        let db = Database::connect(self.url("postgres")).await.unwrap();
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    }
}

/// Folders of processes that are no more.
fn remove_left_over(all: &Path) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let pid = name
            .to_str()
            .and_then(|name| name.strip_prefix("deskwire-pg-"));
        let pid = pid.and_then(|rest| rest.split('.').next());
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            let _still_there = fs::remove_dir_all(entry.path());
            let _not_a_file = fs::remove_file(entry.path());
        }
    }
}
