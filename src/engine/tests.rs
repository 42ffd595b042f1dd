//! What the engine makes of data that is late, or doubtful.

mod doubtful;
mod unsettled;
