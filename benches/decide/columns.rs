//! Columns that are written behind the decisions.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use underwrite::ledger::SqliteLedger;
use underwrite::portfolio::columns::keep_following;

use crate::{Way, beside};

/// Tells the server by being there that columns are to be written: beside its answer.
fn wanted(folder: &Path) -> PathBuf {
    folder.join("columns")
}

pub(crate) async fn measure(folder: &Path, way: &Way, limit: Duration) {
    let wanted = wanted(folder);
    beside::measure("columns", way, limit, async |beside| {
        if beside {
            std::fs::write(&wanted, "").unwrap();
        } else {
            let _ = std::fs::remove_file(&wanted);
        }
        tokio::time::sleep(10 * LOOK).await;
    })
    .await;
}

const LOOK: Duration = Duration::from_millis(20);

/// Writes columns of the data beside the ledger while they are wanted.
pub(crate) async fn follow(folder: PathBuf, data: PathBuf) {
    let mut following = None;
    loop {
        match (following.take(), wanted(&folder).exists()) {
            (None, true) => {
                let ledger = SqliteLedger::open_read_only(&data.join("ledger.sqlite")).unwrap();
                let columns = data.join("columns.sqlite");
                following = Some(tokio::spawn(keep_following(columns, Arc::new(ledger))));
            }
            (Some(running), false) => running.abort(),
            (running, _) => following = running,
        }
        tokio::time::sleep(LOOK).await;
    }
}
