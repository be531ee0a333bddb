//! Earlier states of the knowledge base, each rebuilt from the history into a SQLite file that is
//! only read. Built once however many requests want it; the least recently used are deleted.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

use entities::revision;
use futures_util::{
    FutureExt, TryFutureExt,
    future::{BoxFuture, Shared},
};
use migration::history::{self, ContentHash, HistoryError};
use sea_orm::{EntityTrait, QueryOrder, QueryTrait};
use tempfile::TempDir;
use tokio::{
    runtime,
    sync::{Semaphore, oneshot},
};

use super::{
    ReadError, Store,
    connect::{self, ConnectError},
    database::ReadDatabase,
    read_pool::ReadPool,
    version::DataVersion,
};
use crate::{
    config::{Database, Pooler},
    counted::Counted,
};

/// The largest number of states that are kept.
pub const MAX_STATES: usize = 8;
/// How many states may wait to be built.
const MAX_WAITING: u32 = 8;

/// An earlier state.
#[derive(Debug)]
pub struct State {
    pub database: Arc<ReadDatabase>,
    pub version: DataVersion,
    file: StateFile,
}

/// A SQLite file, deleted on drop: open connections can still read it.
#[derive(Debug)]
struct StateFile {
    path: PathBuf,
    length: u64,
}

impl Drop for StateFile {
    fn drop(&mut self) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            // The folder of all states is deleted at the end of the program.
            let _ = fs::remove_file(name);
        }
    }
}

/// Why a state can't be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StateError {
    #[error("too many earlier states are being prepared")]
    Busy,
    #[error("the state can't be rebuilt from the history")]
    Failed(#[source] Arc<BuildError>),
}

/// Why a state can't be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error("the file of the state could not be written")]
    File(#[from] io::Error),
    #[error("the thread that builds the state ended")]
    Ended,
}

type Building = Shared<BoxFuture<'static, Result<Arc<State>, StateError>>>;

/// The states of a knowledge base.
pub struct States {
    origin: Database,
    statement_timeout: Duration,
    folder: TempDir,
    /// In bytes.
    max_bytes: u64,
    /// The most recently used last.
    kept: Mutex<Vec<(DataVersion, Building)>>,
    /// One state is built at a time.
    turn: Arc<Semaphore>,
    waiting: Arc<AtomicU32>,
}

impl States {
    /// States of a database, in a new folder within `parent`, or within the folder for temporary
    /// files.
    pub fn new(
        origin: &Database,
        statement_timeout: Duration,
        parent: Option<&Path>,
        max_bytes: u64,
    ) -> io::Result<Self> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("adkb-states-");
        let folder = match parent {
            Some(parent) => folder.tempdir_in(parent)?,
            None => folder.tempdir()?,
        };
        Ok(Self {
            origin: origin.clone(),
            statement_timeout,
            folder,
            max_bytes,
            kept: Mutex::default(),
            turn: Arc::new(Semaphore::new(1)),
            waiting: Arc::default(),
        })
    }

    /// The state of a version. Building it goes on if the caller stops waiting.
    pub async fn open(&self, version: DataVersion) -> Result<Arc<State>, StateError> {
        let building = self.building(version)?;
        let state = building.await;
        let mut kept = self.kept();
        match &state {
            Ok(_) => self.evict(&mut kept),
            Err(_) => kept.retain(|(of, _)| *of != version),
        }
        state
    }

    fn building(&self, version: DataVersion) -> Result<Building, StateError> {
        let mut kept = self.kept();
        if let Some(place) = kept.iter().position(|(of, _)| *of == version) {
            let (version, building) = kept.remove(place);
            kept.push((version, building.clone()));
            return Ok(building);
        }
        if self.waiting.load(Ordering::Relaxed) >= MAX_WAITING {
            return Err(StateError::Busy);
        }
        let building = self.build(version);
        kept.push((version, building.clone()));
        Ok(building)
    }

    /// Builds a state on a thread of its own: it computes for long.
    fn build(&self, version: DataVersion) -> Building {
        let (finished, building) = oneshot::channel();
        let waiting = Counted::new(&self.waiting);
        let (origin, turn) = (self.origin.clone(), self.turn.clone());
        let timeout = self.statement_timeout;
        let path =
            self.folder.path().join(format!("{}-{}.sqlite", version.revision, version.content));
        let work = async move {
            let _turn = turn.acquire().await;
            let started = std::time::Instant::now();
            let state = build(&origin, version, path, timeout).await;
            drop(waiting);
            tracing::info!(
                revision = version.revision,
                seconds = started.elapsed().as_secs_f32(),
                "rebuilt an earlier state"
            );
            // The receiver is kept with the states.
            let _ = finished.send(state);
        };
        let spawned =
            runtime::Builder::new_current_thread().enable_all().build().and_then(|runtime| {
                thread::Builder::new()
                    .name("adkb-state".to_owned())
                    .spawn(move || runtime.block_on(work))
            });
        let result = async move {
            spawned?;
            let state = building.await.map_err(|_| BuildError::Ended)??;
            Ok(Arc::new(state))
        };
        let failed = |error: BuildError| {
            tracing::error!(cause = ?error, "an earlier state can't be rebuilt");
            StateError::Failed(Arc::new(error))
        };
        result.map_err(failed).boxed().shared()
    }

    /// Forgets the least recently used states until the rest is small enough.
    fn evict(&self, kept: &mut Vec<(DataVersion, Building)>) {
        let length = |(_, building): &(DataVersion, Building)| match building.peek() {
            Some(Ok(state)) => state.file.length,
            _ => 0,
        };
        while kept.len() > 1
            && (kept.len() > MAX_STATES || kept.iter().map(length).sum::<u64>() > self.max_bytes)
        {
            drop(kept.remove(0));
        }
    }

    fn kept(&self) -> MutexGuard<'_, Vec<(DataVersion, Building)>> {
        self.kept.lock().expect("nothing panics while the lock is held")
    }
}

async fn build(
    origin: &Database,
    version: DataVersion,
    path: PathBuf,
    statement_timeout: Duration,
) -> Result<State, BuildError> {
    // Deleted if the build fails.
    let mut file = StateFile { path, length: 0 };
    let url = format!("sqlite:{}", file.path.display());
    let log = connect::connect_through(&origin.database_url, 1, origin.database_pooler).await?;
    let state = connect::connect(&url, 1).await?;
    history::rebuild(&log, version.revision, &state).await?;
    state.close().await?;
    log.close().await?;
    file.length = fs::metadata(&file.path)?.len();
    let database =
        ReadDatabase::new(&url, Pooler::None, statement_timeout).map_err(ConnectError::from)?;
    let version = Store::pooled(ReadPool::new(database.clone(), 1)).newest_version().await?;
    Ok(State { database, version, file })
}

/// A revision that a state can be asked for.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub version: DataVersion,
    pub dataset_version: Option<String>,
}

crate::heap_size::heap_size! {
    Recorded { dataset_version }
}

/// All revisions, oldest first.
pub async fn recorded(store: &Store) -> Result<Vec<Recorded>, ReadError> {
    let select = revision::Entity::find().order_by_asc(revision::Column::Id).into_query();
    let revisions: Vec<revision::Model> = store.models(select).await?;
    let recorded = |revision: revision::Model| Recorded {
        version: DataVersion::of(
            0,
            revision.id,
            revision.created_at,
            revision.content_hash.as_deref(),
        ),
        dataset_version: revision.dataset_version,
    };
    Ok(revisions.into_iter().map(recorded).collect())
}

/// Why two states can't be compared.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SpanError {
    #[error("there is no state `{name}`")]
    Unknown { argument: &'static str, name: String },
    #[error("`from` is a later state than `to`: swap them")]
    Swapped,
}

/// The revisions of two states; the later one is the newest revision if it has no name.
pub fn span(revisions: &[Recorded], from: &str, to: Option<&str>) -> Result<(i32, i32), SpanError> {
    let number = |argument, name: &str| match find(revisions, name) {
        Some(found) => Ok(found.version.revision),
        None => Err(SpanError::Unknown { argument, name: name.to_owned() }),
    };
    let from = number("from", from)?;
    let newest = revisions.last().map_or(0, |newest| newest.version.revision);
    let to = to.map_or(Ok(newest), |to| number("to", to))?;
    if from > to { Err(SpanError::Swapped) } else { Ok((from, to)) }
}

/// The revision with this number, dataset version or content hash. A version and a hash mean the
/// first revision of their content, so that their meaning never changes.
pub fn find<'r>(revisions: &'r [Recorded], name: &str) -> Option<&'r Recorded> {
    let first_with = |content: ContentHash| {
        revisions.iter().find(move |revision| revision.version.content == content)
    };
    if let Ok(number) = name.parse::<i32>() {
        return revisions.iter().find(|revision| revision.version.revision == number);
    }
    if let Ok(content) = name.parse::<ContentHash>() {
        return first_with(content);
    }
    let of_version = |revision: &&Recorded| revision.dataset_version.as_deref() == Some(name);
    // A database of an older program may have one version with several contents.
    let newest = revisions.iter().rfind(of_version)?;
    let same = |revision: &&Recorded| revision.version.content == newest.version.content;
    revisions.iter().filter(of_version).find(same)
}
