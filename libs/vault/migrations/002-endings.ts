/**
 * A second record of every ending, which is only ever added to: without it a destroyed key whose bytes somebody put back
 * would be a living one, and a living key whose row somebody emptied would read as erased. `event` is the event of the
 * log that ended it, its receipt; null for an orphan, a key that nothing was ever sealed under.
 *
 * `processes` are the processes that may hold opened keys, by the database's clock; `marks` the counters that anchors
 * are compared with.
 */
export const endings = `
CREATE TABLE vault.endings (
  id           uuid PRIMARY KEY,
  organisation text NOT NULL,
  fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  event        uuid,
  ended_at     timestamptz NOT NULL
);

CREATE TABLE vault.processes (
  process            uuid PRIMARY KEY,
  lease_milliseconds integer NOT NULL CHECK (lease_milliseconds >= 0),
  seen_at            timestamptz NOT NULL
);

CREATE TABLE vault.marks (
  organisation text PRIMARY KEY,
  mark         bigint NOT NULL CHECK (mark > 0)
);

-- A fenced group seals nothing more, and opens until it is destroyed; the event that ended it is its receipt.
ALTER TABLE vault.groups DROP CONSTRAINT groups_state_check;
ALTER TABLE vault.groups ADD CONSTRAINT groups_state_check
  CHECK (state IN ('active', 'retired', 'fenced', 'destroyed'));
ALTER TABLE vault.groups ADD receipt uuid;
ALTER TABLE vault.groups ADD CONSTRAINT groups_receipt CHECK (receipt IS NULL OR state = 'destroyed');

CREATE FUNCTION vault.guard_ending() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  RAISE EXCEPTION 'what has ended stays on record' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER guard_ending BEFORE UPDATE OR DELETE ON vault.endings FOR EACH ROW EXECUTE FUNCTION vault.guard_ending();
CREATE TRIGGER guard_endings BEFORE TRUNCATE ON vault.endings EXECUTE FUNCTION vault.guard_ending();
REVOKE ALL ON FUNCTION vault.guard_ending() FROM PUBLIC;

REVOKE ALL ON vault.endings, vault.processes, vault.marks FROM PUBLIC;
GRANT SELECT, INSERT ON vault.endings TO ardoise_vault;
GRANT SELECT, INSERT, UPDATE (seen_at), DELETE ON vault.processes TO ardoise_vault;
GRANT SELECT, INSERT, UPDATE (mark) ON vault.marks TO ardoise_vault;
GRANT UPDATE (receipt) ON vault.groups TO ardoise_vault;
`;
