-- Schema version 4: which decision settles which, one row for each that does; compared with it like the
-- rows of version 1. A decision is settled once: where it was referred again, that later decision is
-- settled next.
CREATE TABLE resolutions (
    seq      INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant   TEXT NOT NULL,
    resolves TEXT NOT NULL,
    UNIQUE (tenant, resolves)
) STRICT;

CREATE TRIGGER resolutions_are_not_changed BEFORE UPDATE ON resolutions
BEGIN SELECT RAISE(ABORT, 'what a decision settles is not changed'); END;
CREATE TRIGGER resolutions_are_not_deleted BEFORE DELETE ON resolutions
BEGIN SELECT RAISE(ABORT, 'what a decision settles is not deleted'); END;
