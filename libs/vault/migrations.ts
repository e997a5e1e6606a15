import type { Migration } from '@ardoise/postgres';
import { endings } from './migrations/002-endings';
import { ends } from './migrations/ends';
import { rotation } from './rotation/migration';

/**
 * The vault's own schema. What the database itself refuses, whatever code runs against it: a living unit without its
 * key, a destroyed one with anything left in it, a way back from destroyed, a unit's row going while its group lives.
 *
 * Identity columns have no statistics: the planner's sample keeps values after DELETE and VACUUM, and would be the one
 * place where the link from a dead unit to a person survives.
 */
const schema = `
CREATE SCHEMA vault;
REVOKE ALL ON SCHEMA vault FROM PUBLIC;

CREATE TABLE vault.groups (
  id           uuid PRIMARY KEY,
  organisation text NOT NULL,
  category     text,
  day          date,
  epoch        integer NOT NULL CHECK (epoch > 0),
  kek          text NOT NULL,
  wrapped      bytea,
  fingerprint  bytea CHECK (octet_length(fingerprint) = 32),
  state        text NOT NULL CHECK (state IN ('active', 'retired', 'destroyed')),
  created_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  CONSTRAINT groups_of_a_day CHECK ((category IS NULL) = (day IS NULL)),
  CONSTRAINT groups_key CHECK ((state = 'destroyed') = (wrapped IS NULL)),
  CONSTRAINT groups_fingerprint CHECK (state = 'destroyed' OR fingerprint IS NOT NULL),
  CONSTRAINT groups_end CHECK ((state = 'active') = (ended_at IS NULL))
);
-- One group per epoch whatever its state: the row of a day that ended keeps another from being made for that day.
CREATE UNIQUE INDEX groups_epoch ON vault.groups (organisation, epoch) WHERE day IS NULL;
CREATE UNIQUE INDEX groups_day_epoch ON vault.groups (organisation, day, category, epoch) WHERE day IS NOT NULL;
CREATE UNIQUE INDEX groups_active ON vault.groups (organisation) WHERE day IS NULL AND state = 'active';
CREATE UNIQUE INDEX groups_day_active ON vault.groups (organisation, day, category)
  WHERE day IS NOT NULL AND state = 'active';

CREATE TABLE vault.secrets (
  organisation text NOT NULL,
  purpose      text NOT NULL CHECK (purpose IN ('naming', 'lookup')),
  group_id     uuid NOT NULL REFERENCES vault.groups (id),
  wrapped      bytea NOT NULL,
  fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  PRIMARY KEY (organisation, purpose)
);

CREATE TABLE vault.persons (
  organisation text NOT NULL,
  person       text NOT NULL,
  stream       text,
  state        text NOT NULL CHECK (state IN ('active', 'fenced', 'erased')),
  alias_of     text CHECK (alias_of <> person),
  fenced_at    timestamptz,
  PRIMARY KEY (organisation, person),
  CONSTRAINT persons_fence CHECK ((state = 'active') = (fenced_at IS NULL))
);
CREATE INDEX persons_alias ON vault.persons (organisation, alias_of) WHERE alias_of IS NOT NULL;

CREATE TABLE vault.units (
  unit         uuid PRIMARY KEY,
  organisation text NOT NULL,
  -- No foreign key: it would cost a third of a unit's making. Groups are never deleted, and the making locks its own.
  group_id     uuid NOT NULL,
  person       text,
  stream       text,
  category     text,
  -- Empty for a unit that has no part; null only once destroyed, so that the dead never meet in the unique index.
  part         text,
  day          date,
  state        text NOT NULL CHECK (state IN ('active', 'held', 'fenced', 'destroyed', 'lost')),
  wrapped      bytea,
  fingerprint  bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
  ground       text,
  kept_until   timestamptz,
  created_at   timestamptz NOT NULL,
  ended_at     timestamptz,
  CONSTRAINT units_alive CHECK (
    state NOT IN ('active', 'held', 'fenced')
    OR num_nulls(wrapped, person, stream, category, part) = 0 AND ended_at IS NULL),
  CONSTRAINT units_destroyed CHECK (
    state <> 'destroyed'
    OR num_nonnulls(wrapped, person, stream, category, part, ground, kept_until) = 0 AND ended_at IS NOT NULL),
  CONSTRAINT units_lost CHECK (state <> 'lost' OR wrapped IS NULL AND ended_at IS NOT NULL),
  CONSTRAINT units_kept CHECK ((state = 'held') = (ground IS NOT NULL) AND (kept_until IS NULL OR state = 'held'))
);
-- Also finds a person's units. A stream has few, under an id that is random, so that a hash finds them as well as a
-- tree does, at less cost to each making.
CREATE UNIQUE INDEX units_identity ON vault.units (organisation, person, stream, category, part);
CREATE INDEX units_stream ON vault.units USING hash (stream);
CREATE INDEX units_day ON vault.units (group_id) WHERE day IS NOT NULL;

CREATE TABLE vault.lookups (
  organisation text NOT NULL,
  digest       bytea NOT NULL CHECK (octet_length(digest) = 32),
  person       text NOT NULL,
  unit         uuid NOT NULL,
  PRIMARY KEY (organisation, digest)
);
CREATE INDEX lookups_unit ON vault.lookups (unit);

ALTER TABLE vault.groups ALTER wrapped SET STATISTICS 0;
ALTER TABLE vault.secrets ALTER wrapped SET STATISTICS 0;
ALTER TABLE vault.persons ALTER person SET STATISTICS 0, ALTER stream SET STATISTICS 0, ALTER alias_of SET STATISTICS 0;
ALTER TABLE vault.units ALTER wrapped SET STATISTICS 0, ALTER person SET STATISTICS 0, ALTER stream SET STATISTICS 0,
  ALTER part SET STATISTICS 0, ALTER ground SET STATISTICS 0;
ALTER TABLE vault.lookups ALTER digest SET STATISTICS 0, ALTER person SET STATISTICS 0, ALTER unit SET STATISTICS 0;

CREATE FUNCTION vault.guard_unit() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF OLD.state = 'destroyed' AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'unit % is destroyed and stays so', OLD.unit USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF (NEW.unit, NEW.organisation, NEW.fingerprint) IS DISTINCT FROM (OLD.unit, OLD.organisation, OLD.fingerprint) THEN
    RAISE EXCEPTION 'unit % keeps its identity', OLD.unit USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_unit BEFORE UPDATE ON vault.units FOR EACH ROW EXECUTE FUNCTION vault.guard_unit();

-- A day's rows go only when every group of that day has ended: a header shows the day of a unit and not its category,
-- so a missing row reads as destroyed only when no unit of that day can be alive.
CREATE FUNCTION vault.guard_unit_row() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF EXISTS (SELECT FROM vault.groups g WHERE g.id = OLD.group_id AND g.state <> 'destroyed')
     OR EXISTS (SELECT FROM vault.groups g
                 WHERE g.organisation = OLD.organisation AND g.day = OLD.day AND g.state <> 'destroyed') THEN
    RAISE EXCEPTION 'unit % stays while its group lives', OLD.unit USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER guard_unit_row BEFORE DELETE ON vault.units FOR EACH ROW EXECUTE FUNCTION vault.guard_unit_row();

CREATE FUNCTION vault.guard_group() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'group % is never deleted', OLD.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF OLD.state = 'destroyed' AND NEW IS DISTINCT FROM OLD THEN
    RAISE EXCEPTION 'group % is destroyed and stays so', OLD.id USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_group BEFORE UPDATE OR DELETE ON vault.groups FOR EACH ROW EXECUTE FUNCTION vault.guard_group();

-- A person that was fenced never becomes active again: what is registered anew is another person.
CREATE FUNCTION vault.guard_person() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF (OLD.state <> 'active' AND NEW.state = 'active') OR (OLD.state = 'erased' AND NEW.state <> 'erased') THEN
    RAISE EXCEPTION 'person % stays %', OLD.person, OLD.state USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_person BEFORE UPDATE ON vault.persons FOR EACH ROW EXECUTE FUNCTION vault.guard_person();

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA vault FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA vault FROM PUBLIC;
GRANT USAGE ON SCHEMA vault TO ardoise_vault;
GRANT SELECT, INSERT ON vault.groups, vault.secrets, vault.persons, vault.units, vault.lookups TO ardoise_vault;
GRANT UPDATE (state, wrapped, ended_at) ON vault.groups TO ardoise_vault;
GRANT UPDATE (state, stream, alias_of, fenced_at) ON vault.persons TO ardoise_vault;
GRANT UPDATE (state, wrapped, person, stream, category, part, ground, kept_until, ended_at) ON vault.units
  TO ardoise_vault;
GRANT DELETE ON vault.units TO ardoise_vault;
GRANT UPDATE (unit), DELETE ON vault.lookups TO ardoise_vault;
`;

export const vaultMigrations: readonly Migration[] = [
  { id: 'vault-001-schema', statements: schema },
  { id: 'vault-002-endings', statements: endings },
  { id: 'vault-003-rotation', statements: rotation },
  { id: 'vault-ends-001-kept', statements: ends },
];
