-- Grants and their revocations have no rows of their own: they are few, and found by their kind.
-- Nothing else is new: an older ledger is read without it.
CREATE INDEX records_of_grants ON records (kind, seq) WHERE kind IN ('grant', 'revocation');
