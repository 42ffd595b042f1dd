-- Schema version 1. Hashes are lower-case hexadecimal, times are seconds since 1970 in UTC.
-- Rows are added, never changed; the triggers at the end keep a stray statement from doing so.

-- The chain of this ledger's one writer.
CREATE TABLE chain (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    chain_id TEXT NOT NULL
) STRICT;

-- Published rule sets.
CREATE TABLE bundles (
    tenant TEXT NOT NULL,
    hash   TEXT NOT NULL CHECK (length(hash) = 64),
    name   TEXT NOT NULL,
    bytes  BLOB NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT;

-- Which rule set decides under its name: the latest row of that name.
CREATE TABLE activations (
    id     INTEGER PRIMARY KEY,
    tenant TEXT NOT NULL,
    name   TEXT NOT NULL,
    hash   TEXT NOT NULL,
    at     INTEGER NOT NULL,
    FOREIGN KEY (tenant, hash) REFERENCES bundles (tenant, hash)
) STRICT;
CREATE INDEX activations_by_name ON activations (tenant, name);

-- What was asked under which idempotency key. Decided when `decisions` has the decision; from
-- then on the application is in `contents` only.
CREATE TABLE intakes (
    tenant          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash    BLOB NOT NULL CHECK (length(request_hash) = 32),
    decision_id     TEXT NOT NULL,
    bundle          TEXT NOT NULL,
    received_at     INTEGER NOT NULL,
    application     BLOB,
    PRIMARY KEY (tenant, idempotency_key),
    UNIQUE (tenant, decision_id),
    FOREIGN KEY (tenant, bundle) REFERENCES bundles (tenant, hash)
) STRICT;

-- The chain's envelopes. `hash` covers the columns down to `recorded_at` and the chain's id; the
-- others repeat what the body says, for lists, and are compared with it on every read.
CREATE TABLE decisions (
    seq            INTEGER PRIMARY KEY CHECK (seq > 0),
    tenant         TEXT NOT NULL,
    id             TEXT NOT NULL,
    previous       TEXT NOT NULL,
    commitment     TEXT NOT NULL,
    recorded_at    INTEGER NOT NULL,
    hash           TEXT NOT NULL,
    outcome        TEXT NOT NULL,
    rule_set       TEXT NOT NULL,
    application_id TEXT NOT NULL,
    bundle         TEXT NOT NULL,
    UNIQUE (tenant, id),
    FOREIGN KEY (tenant, bundle) REFERENCES bundles (tenant, hash)
) STRICT;
CREATE INDEX decisions_by_time ON decisions (tenant, recorded_at);
CREATE INDEX decisions_by_outcome ON decisions (tenant, outcome, recorded_at);
CREATE INDEX decisions_by_rule_set ON decisions (tenant, rule_set, recorded_at);
CREATE INDEX decisions_by_application ON decisions (tenant, application_id, recorded_at);

-- What the commitments commit to. Apart from the envelopes, so that a person's data can be
-- deleted on lawful request while the chain still verifies.
CREATE TABLE contents (
    seq         INTEGER PRIMARY KEY REFERENCES decisions (seq),
    salt        BLOB NOT NULL CHECK (length(salt) = 32),
    application BLOB NOT NULL,
    body        BLOB NOT NULL
) STRICT;

-- Sealed snapshots, each stored once.
CREATE TABLE snapshots (
    tenant TEXT NOT NULL,
    hash   TEXT NOT NULL CHECK (length(hash) = 64),
    salt   BLOB NOT NULL CHECK (length(salt) = 32),
    bytes  BLOB NOT NULL,
    PRIMARY KEY (tenant, hash)
) STRICT;

-- Which decision rests on which snapshots, in the order of its pins.
CREATE TABLE decision_snapshots (
    seq      INTEGER NOT NULL REFERENCES decisions (seq),
    position INTEGER NOT NULL,
    tenant   TEXT NOT NULL,
    hash     TEXT NOT NULL,
    PRIMARY KEY (seq, position),
    FOREIGN KEY (tenant, hash) REFERENCES snapshots (tenant, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX decision_snapshots_by_hash ON decision_snapshots (tenant, hash);

CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE ON decisions
BEGIN SELECT RAISE(ABORT, 'a recorded decision is not changed'); END;
CREATE TRIGGER decisions_are_not_deleted BEFORE DELETE ON decisions
BEGIN SELECT RAISE(ABORT, 'a recorded decision is not deleted'); END;
CREATE TRIGGER contents_are_not_changed BEFORE UPDATE ON contents
BEGIN SELECT RAISE(ABORT, 'a recorded decision is not changed'); END;
CREATE TRIGGER snapshots_are_not_changed BEFORE UPDATE ON snapshots
BEGIN SELECT RAISE(ABORT, 'a snapshot is not changed'); END;
CREATE TRIGGER bundles_are_not_changed BEFORE UPDATE ON bundles
BEGIN SELECT RAISE(ABORT, 'a published rule set is not changed'); END;
CREATE TRIGGER bundles_are_not_deleted BEFORE DELETE ON bundles
BEGIN SELECT RAISE(ABORT, 'a published rule set is not deleted'); END;
CREATE TRIGGER activations_are_not_changed BEFORE UPDATE ON activations
BEGIN SELECT RAISE(ABORT, 'what was active when is not changed'); END;
CREATE TRIGGER activations_are_not_deleted BEFORE DELETE ON activations
BEGIN SELECT RAISE(ABORT, 'what was active when is not deleted'); END;
