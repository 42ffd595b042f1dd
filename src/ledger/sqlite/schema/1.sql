-- Schema version 1. Hashes are 32 bytes, times are seconds since 1970 in UTC. Every column that
-- holds a content is sealed: its salt, and all that is about a person, lies inside.

-- The chain of this ledger's one writer.
CREATE TABLE chain (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    chain_id TEXT NOT NULL
) STRICT;

-- The records of the chain: envelopes of every kind (decision, bundle, activation, layout,
-- resumption). `hash` covers the other columns and the chain's id.
CREATE TABLE records (
    seq         INTEGER PRIMARY KEY CHECK (seq > 0),
    kind        TEXT NOT NULL,
    tenant      TEXT NOT NULL,
    id          TEXT NOT NULL,
    previous    BLOB NOT NULL CHECK (length(previous) = 32),
    commitment  BLOB NOT NULL CHECK (length(commitment) = 32),
    recorded_at INTEGER NOT NULL,
    hash        BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- What the commitments commit to. Apart from the envelopes, so that a person's data can be
-- deleted on lawful request while the chain still verifies.
CREATE TABLE contents (
    seq     INTEGER PRIMARY KEY REFERENCES records (seq),
    content BLOB NOT NULL
) STRICT;

-- Sealed snapshots, each stored once. The hash that names one is pinned by the decisions on it.
CREATE TABLE snapshots (
    tenant  TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32),
    content BLOB NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT;

-- From here to `layouts`: rows by which records are found, one for each record of its kind. They
-- repeat what the contents say, can be made anew from them, and are compared with them.

CREATE TABLE decisions (
    seq             INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant          TEXT NOT NULL,
    id              TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    recorded_at     INTEGER NOT NULL,
    outcome         TEXT NOT NULL,
    rule_set        TEXT NOT NULL,
    application_id  TEXT NOT NULL,
    UNIQUE (tenant, id),
    UNIQUE (tenant, idempotency_key)
) STRICT;
CREATE INDEX decisions_by_time ON decisions (tenant, recorded_at);
CREATE INDEX decisions_by_outcome ON decisions (tenant, outcome, recorded_at);
CREATE INDEX decisions_by_rule_set ON decisions (tenant, rule_set, recorded_at);
CREATE INDEX decisions_by_application ON decisions (tenant, application_id, recorded_at);

-- Which decision rests on which snapshots, in the order of its pins.
CREATE TABLE decision_snapshots (
    seq      INTEGER NOT NULL REFERENCES records (seq),
    position INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    PRIMARY KEY (seq, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_snapshots_by_hash ON decision_snapshots (hash);

-- Published rule sets.
CREATE TABLE bundles (
    seq     INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant  TEXT NOT NULL,
    hash    BLOB NOT NULL,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    UNIQUE (tenant, hash),
    UNIQUE (tenant, name, version)
) STRICT;

-- Which rule set decides under its name: the latest row of that name.
CREATE TABLE activations (
    seq    INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    bundle BLOB NOT NULL,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX activations_by_name ON activations (tenant, name, seq);

-- How the decisions by a bundle are laid out.
CREATE TABLE layouts (
    seq       INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant    TEXT NOT NULL,
    bundle    BLOB NOT NULL,
    semantics INTEGER NOT NULL,
    UNIQUE (tenant, bundle, semantics)
) STRICT;

-- What was asked under which idempotency key and is not decided yet: no records of the chain, for
-- a key can be given back. `pending` says what a request waits for, once its caller was told so.
CREATE TABLE intakes (
    row             INTEGER PRIMARY KEY,
    tenant          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    decision_id     TEXT NOT NULL,
    request         BLOB NOT NULL,
    pending         BLOB,
    UNIQUE (tenant, idempotency_key)
) STRICT;
CREATE INDEX intakes_pending ON intakes (tenant, decision_id) WHERE pending IS NOT NULL;

-- Rows are added, never changed; these keep a stray statement from doing so.
CREATE TRIGGER records_are_not_changed BEFORE UPDATE ON records
BEGIN SELECT RAISE(ABORT, 'a record is not changed'); END;
CREATE TRIGGER records_are_not_deleted BEFORE DELETE ON records
BEGIN SELECT RAISE(ABORT, 'a record is not deleted'); END;
CREATE TRIGGER contents_are_not_changed BEFORE UPDATE ON contents
BEGIN SELECT RAISE(ABORT, 'a recorded content is not changed'); END;
CREATE TRIGGER snapshots_are_not_changed BEFORE UPDATE ON snapshots
BEGIN SELECT RAISE(ABORT, 'a snapshot is not changed'); END;
CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a recorded decision is not changed'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'a recorded decision is not deleted'); END;
CREATE TRIGGER bundles_are_not_changed BEFORE UPDATE ON bundles
BEGIN SELECT RAISE(ABORT, 'a published rule set is not changed'); END;
CREATE TRIGGER bundles_are_not_deleted BEFORE DELETE ON bundles
BEGIN SELECT RAISE(ABORT, 'a published rule set is not deleted'); END;
CREATE TRIGGER activations_are_not_changed BEFORE UPDATE ON activations
BEGIN SELECT RAISE(ABORT, 'what was active when is not changed'); END;
CREATE TRIGGER activations_are_not_deleted BEFORE DELETE ON activations
BEGIN SELECT RAISE(ABORT, 'what was active when is not deleted'); END;
CREATE TRIGGER layouts_are_not_changed BEFORE UPDATE ON layouts
BEGIN SELECT RAISE(ABORT, 'a layout is not changed'); END;
CREATE TRIGGER layouts_are_not_deleted BEFORE DELETE ON layouts
BEGIN SELECT RAISE(ABORT, 'a layout is not deleted'); END;
