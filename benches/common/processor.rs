//! The processor time of another process, as Linux tells it; nothing elsewhere.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// Ticks of a second in `/proc/PID/stat`: the same on every Linux since it is part of its interface.
const TICKS_PER_SECOND: u64 = 100;

/// What a process used so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Usage {
    /// All of it.
    pub(crate) total: Duration,
    /// Of it, in the kernel.
    pub(crate) kernel: Duration,
    /// By the name of its threads, numbers left out. What ended is not among them.
    pub(crate) threads: BTreeMap<String, Duration>,
}

impl Usage {
    /// Of the process with this id.
    pub(crate) fn of(process: u32) -> Option<Self> {
        let folder = format!("/proc/{process}");
        let stat = fs::read_to_string(format!("{folder}/stat")).ok()?;
        let (user, kernel) = ticks(&stat)?;
        let mut threads = BTreeMap::<String, Duration>::new();
        for task in fs::read_dir(format!("{folder}/task")).ok()?.flatten() {
            let read = |file| fs::read_to_string(task.path().join(file)).ok();
            let used = read("schedstat").and_then(|text| {
                let nanos = text.split(' ').next()?.parse().ok()?;
                Some(Duration::from_nanos(nanos))
            });
            let name = read("comm").unwrap_or_default();
            let name = name
                .trim_end()
                .trim_end_matches(|c: char| c.is_ascii_digit());
            *threads.entry(name.to_owned()).or_default() += used.unwrap_or_default();
        }
        let of = |ticks: u64| Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND);
        Some(Self {
            total: of(user + kernel),
            kernel: of(kernel),
            threads,
        })
    }

    /// What was used since `earlier`.
    pub(crate) fn since(&self, earlier: &Self) -> Self {
        let threads = self.threads.iter().map(|(name, used)| {
            let before = earlier.threads.get(name).copied().unwrap_or_default();
            (name.clone(), used.saturating_sub(before))
        });
        Self {
            total: self.total.saturating_sub(earlier.total),
            kernel: self.kernel.saturating_sub(earlier.kernel),
            threads: threads.collect(),
        }
    }
}

/// Ticks outside the kernel and in it. The name in parentheses may hold anything.
fn ticks(stat: &str) -> Option<(u64, u64)> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ').skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}
