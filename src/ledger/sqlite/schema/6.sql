-- Schema version 6: what follows decisions. They are records of the chain, of the kinds `override`,
-- `loan_performance` and `notice`; this is what they are found by, compared with them like the rows of version 1.
-- `key` is the caller's name for one.
CREATE TABLE follow_ups (
    seq      INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant   TEXT NOT NULL,
    kind     TEXT NOT NULL,
    decision TEXT NOT NULL,
    key      TEXT NOT NULL,
    UNIQUE (tenant, kind, key)
) STRICT;
CREATE INDEX follow_ups_by_decision ON follow_ups (tenant, kind, decision, seq);
CREATE INDEX follow_ups_by_kind ON follow_ups (tenant, kind, seq);

CREATE TRIGGER follow_ups_are_not_changed BEFORE UPDATE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'what follows a decision is not changed'); END;
CREATE TRIGGER follow_ups_are_not_deleted BEFORE DELETE ON follow_ups
BEGIN SELECT RAISE(ABORT, 'what follows a decision is not deleted'); END;
