-- Schema version 5: what bundles beside those that decided would have decided. They are records of the
-- chain, of the kind `shadow`; this is what they are counted by, compared with them like the rows of
-- version 1. `result` is an outcome, or `failed:` and a code. Which bundle decides beside a name are
-- records of the kind `shadowing`: few, and found by their kind.
CREATE TABLE shadow_decisions (
    seq          INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant       TEXT NOT NULL,
    decision     TEXT NOT NULL,
    name         TEXT NOT NULL,
    live         BLOB NOT NULL,
    live_outcome TEXT NOT NULL,
    bundle       BLOB NOT NULL,
    result       TEXT NOT NULL
) STRICT;
CREATE INDEX shadow_decisions_by_bundles
    ON shadow_decisions (tenant, live, bundle);
CREATE INDEX records_of_shadowings ON records (kind, seq) WHERE kind = 'shadowing';

CREATE TRIGGER shadow_decisions_are_not_changed BEFORE UPDATE ON shadow_decisions
BEGIN SELECT RAISE(ABORT, 'what a shadow would have decided is not changed'); END;
CREATE TRIGGER shadow_decisions_are_not_deleted BEFORE DELETE ON shadow_decisions
BEGIN SELECT RAISE(ABORT, 'what a shadow would have decided is not deleted'); END;
