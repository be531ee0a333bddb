//! `adkb import`.

use std::{
    io::IsTerminal,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use migration::import::{ImportOptions, ImportSummary, Progress};

use super::Failure;
use crate::config::Database;

#[derive(Args)]
pub(super) struct Arguments {
    /// The folder of the dataset [default: the built-in dataset]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,

    #[command(flatten)]
    database: Database,

    /// The author of the revision
    #[arg(long, env = "ADKB_AUTHOR", default_value = "adkb import", value_name = "NAME")]
    author: String,

    /// The message of the revision: why the data changes [default: the dataset's name and version]
    #[arg(long, short, value_name = "TEXT")]
    message: Option<String>,

    /// Remove the records that are missing from the dataset; their history stays
    #[arg(long)]
    prune: bool,
}

pub(super) async fn import(arguments: Arguments) -> Result<(), Failure> {
    let dataset = super::dataset(arguments.folder.as_deref())?;
    let about = &dataset.about;
    let options = ImportOptions {
        author: arguments.author,
        message: arguments.message.unwrap_or_else(|| format!("{} {}", about.name, about.version)),
        prune: arguments.prune,
    };
    let db = super::open(&arguments.database).await?;
    let target = super::target(&arguments.database, &db);
    let outcome = migration::import::import(target, &dataset, &options, &*progress()).await?;
    super::close(db).await;
    super::print_line(&sentence(&outcome));
    Ok(())
}

/// The result of an import, in one line.
pub(super) fn sentence(outcome: &ImportSummary) -> String {
    let ImportSummary { revision, created, updated, removed, unchanged, absent } = outcome;
    let mut text = match revision {
        Some(revision) => format!(
            "revision {revision}: {created} records created, {updated} updated, {removed} removed, {unchanged} unchanged"
        ),
        None => format!("nothing changed: all {unchanged} records already match the dataset"),
    };
    if *absent > 0 {
        text += &format!(
            "; {absent} records that are missing from the dataset stayed, --prune removes them"
        );
    }
    text
}

/// A progress bar on a terminal, plain lines elsewhere. Both go to standard error.
pub(super) fn progress() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("importing {wide_bar} {pos}/{len} rows")
            .expect("the template is well-formed");
        Box::new(Bar(ProgressBar::hidden().with_style(style)))
    } else {
        Box::new(Lines { total: AtomicUsize::new(0), done: AtomicUsize::new(0) })
    }
}

struct Bar(ProgressBar);

impl Progress for Bar {
    fn begin(&self, rows: usize) {
        self.0.set_length(rows as u64);
        self.0.set_draw_target(indicatif::ProgressDrawTarget::stderr());
    }

    fn advance(&self, rows: usize) {
        self.0.inc(rows as u64);
    }

    fn end(&self) {
        self.0.finish_and_clear();
    }
}

/// Prints a line per quarter of the rows.
struct Lines {
    total: AtomicUsize,
    done: AtomicUsize,
}

impl Progress for Lines {
    fn begin(&self, rows: usize) {
        self.total.store(rows, Ordering::Relaxed);
        super::print_error(&format!("importing {rows} rows"));
    }

    fn advance(&self, rows: usize) {
        let total = self.total.load(Ordering::Relaxed).max(1);
        let before = self.done.fetch_add(rows, Ordering::Relaxed);
        if before * 4 / total < (before + rows) * 4 / total {
            super::print_error(&format!("imported {} of {total} rows", before + rows));
        }
    }

    fn end(&self) {}
}
