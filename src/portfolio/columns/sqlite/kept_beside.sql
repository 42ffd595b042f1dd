-- What the file is: its form, and the chain that it follows.
CREATE TABLE about (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Tenants by their numbers, each with the last of its decisions that was read, the hash of that record, and
-- up to which record it was read what is live when.
CREATE TABLE tenants (
    number        INTEGER PRIMARY KEY,
    tenant        TEXT NOT NULL UNIQUE,
    followed      INTEGER NOT NULL DEFAULT 0,
    followed_hash BLOB,
    live_through  INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Rule sets by their numbers.
CREATE TABLE rule_sets (
    number  INTEGER PRIMARY KEY,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    kind    TEXT NOT NULL,
    bundle  TEXT NOT NULL,
    UNIQUE (bundle, name, version, kind)
) STRICT;

-- Decisions of which nothing else is here, and why.
CREATE TABLE left_out (
    seq    INTEGER PRIMARY KEY,
    tenant INTEGER NOT NULL,
    id     TEXT NOT NULL,
    why    TEXT NOT NULL
) STRICT;

-- What was live, is, or is to be under a name: from one time until another.
CREATE TABLE rules_live (
    tenant       INTEGER NOT NULL,
    name         TEXT NOT NULL,
    position     INTEGER NOT NULL,
    version      TEXT,
    bundle       TEXT,
    live_from    INTEGER NOT NULL,
    live_until   INTEGER,
    activated_by TEXT NOT NULL,
    activated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, name, position)
) STRICT, WITHOUT ROWID;
