-- Schema version 2. Decisions that wait for the banks, from the moment their callers were told so
-- until they are recorded.
CREATE TABLE pending (
    tenant          TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    since           INTEGER NOT NULL,
    until           INTEGER NOT NULL,
    -- JSON: the accounts to decide on, each with the position of the applicant whose it is.
    accounts        TEXT NOT NULL,
    PRIMARY KEY (tenant, idempotency_key),
    FOREIGN KEY (tenant, idempotency_key) REFERENCES intakes (tenant, idempotency_key)
) STRICT;
