/**
 * Epochs of keys. `keks` are the key-encryption keys that were ever used: a group is stored only while its own is
 * active, so that none is wrapped under a key that is being destroyed. `rotations` say how far each has come, so that
 * one that was killed goes on. A group says by which rotation it was retired.
 */
export const rotation = `
CREATE TABLE vault.keks (
  id            text PRIMARY KEY,
  state         text NOT NULL CHECK (state IN ('active', 'retired', 'destroyed')),
  registered_at timestamptz NOT NULL,
  retired_at    timestamptz,
  destroyed_at  timestamptz,
  CONSTRAINT keks_retired CHECK ((state = 'active') = (retired_at IS NULL)),
  CONSTRAINT keks_destroyed CHECK ((state = 'destroyed') = (destroyed_at IS NOT NULL))
);
INSERT INTO vault.keks (id, state, registered_at)
SELECT kek, 'active', min(created_at) FROM vault.groups WHERE kek <> 'none' GROUP BY kek;

CREATE TABLE vault.rotations (
  organisation         text NOT NULL,
  -- The epoch that begins.
  epoch                integer NOT NULL CHECK (epoch > 1),
  state                text NOT NULL CHECK (state IN ('rewrapping', 'verifying', 'waiting', 'done')),
  -- The key-encryption key that is left, and its successor once that is made.
  after_kek            text NOT NULL,
  kek                  text,
  horizon_milliseconds bigint NOT NULL CHECK (horizon_milliseconds >= 0),
  begun_at             timestamptz NOT NULL,
  verified_at          timestamptz,
  -- The horizon: what is wrapped under the epoch before ends here.
  ends_at              timestamptz,
  done_at              timestamptz,
  units                bigint NOT NULL DEFAULT 0,
  -- Why it stopped, by code and id; nothing personal.
  problem              text,
  PRIMARY KEY (organisation, epoch),
  CONSTRAINT rotations_verified CHECK (state NOT IN ('waiting') OR (verified_at IS NOT NULL AND ends_at IS NOT NULL)),
  CONSTRAINT rotations_done CHECK ((state = 'done') = (done_at IS NOT NULL))
);
CREATE UNIQUE INDEX rotations_under_way ON vault.rotations (organisation) WHERE state IN ('rewrapping', 'verifying');

ALTER TABLE vault.groups ADD retired_by integer;
ALTER TABLE vault.groups ADD CONSTRAINT groups_retired CHECK (state <> 'retired' OR retired_by IS NOT NULL) NOT VALID;

-- A key-encryption key does not come back either.
CREATE FUNCTION vault.guard_kek() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NEW.id <> OLD.id OR OLD.state = 'destroyed' AND NEW IS DISTINCT FROM OLD
     OR OLD.state = 'retired' AND NEW.state = 'active' THEN
    RAISE EXCEPTION 'key-encryption key % stays %', OLD.id, OLD.state USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_kek BEFORE UPDATE ON vault.keks FOR EACH ROW EXECUTE FUNCTION vault.guard_kek();
REVOKE ALL ON FUNCTION vault.guard_kek() FROM PUBLIC;

REVOKE ALL ON vault.keks, vault.rotations FROM PUBLIC;
GRANT SELECT, INSERT, UPDATE (state, retired_at, destroyed_at) ON vault.keks TO ardoise_vault;
GRANT SELECT, INSERT, UPDATE (state, kek, verified_at, ends_at, done_at, units, problem) ON vault.rotations TO ardoise_vault;
GRANT UPDATE (retired_by) ON vault.groups TO ardoise_vault;
GRANT UPDATE (group_id) ON vault.units TO ardoise_vault;
GRANT UPDATE (group_id, wrapped) ON vault.secrets TO ardoise_vault;
`;
