//! Limits while rule files are written: of editors, and of what an edit would change.

use std::time::Duration;

/// Largest message of an editor, in bytes: a rule file in JSON, in which a character takes up to six.
pub const EDITOR_MESSAGE_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes of what stands before a message of an editor.
pub const EDITOR_HEADER_BYTES_MAX: usize = 4_096;
/// Documents that an editor has open at once.
pub const EDITOR_DOCUMENTS_MAX: usize = 256;
/// Messages of an editor that wait to be read.
pub const EDITOR_MESSAGES_WAITING_MAX: usize = 64;
/// How long an editor must be quiet before what was written is checked.
pub const EDITOR_QUIET: Duration = Duration::from_millis(150);

/// Days of decisions that a preview is of, where nothing else is said: those up to the newest decision.
pub const PREVIEW_DAYS: u64 = 30;
/// Time between two looks whether a rule file was saved. One that was is read once it stays the same from one
/// look to the next.
pub const WATCH_LOOK_INTERVAL: Duration = Duration::from_millis(100);
