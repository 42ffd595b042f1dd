-- Schema version 2. Records of kinds that have no rows of their own (resumption, grant, revocation)
-- are found by their kind. Nothing else is new: a ledger of version 1 is read without it.
CREATE INDEX records_by_kind ON records (kind, seq) WHERE kind <> 'decision';
