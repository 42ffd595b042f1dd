-- Schema version 3: the audit log. Its events are records of the chain, of the kind `audit`; this is
-- what they are found by, compared with them like the rows of version 1. `who` and `object` are empty
-- where there is none.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY REFERENCES records (seq),
    tenant TEXT NOT NULL,
    at     INTEGER NOT NULL,
    who    TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (tenant, at);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is not changed'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is not deleted'); END;
