/**
 * The tables of the log. Stream versions and commands stand in tables of their own from the first day: a partitioned
 * `events` could not keep them unique. Byte strings are stored as they are (EXTERNAL: ciphertext does not compress, and
 * a substring needs no unpacking), and without statistics, which would keep values beyond their deletion.
 */
export const logTables = `
CREATE SCHEMA log;

-- Lengths are checked by types and not by constraints of the tables, and triggers have no WHEN: both of those are read
-- and prepared anew by every statement, which made an append of one event a third dearer.
CREATE DOMAIN log.header AS bytea CHECK (octet_length(VALUE) BETWEEN 1 AND 65535);
CREATE DOMAIN log.digest AS bytea CHECK (octet_length(VALUE) = 32);

-- The organisation's last position. Its row, locked last in an append and released by the commit, is what makes
-- positions gapless and commits ordered: nobody can get a later position before an earlier one is committed.
CREATE TABLE log.heads (
  organisation text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE log.streams (
  organisation text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  -- By how many events its last append grew it.
  grown int NOT NULL,
  PRIMARY KEY (organisation, stream)
) WITH (fillfactor = 70);

CREATE TABLE log.commands (
  organisation text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  command log.digest NOT NULL,
  PRIMARY KEY (organisation, stream, command)
);

CREATE TABLE log.events (
  organisation text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  header log.header NOT NULL,
  sections bytea NOT NULL,
  leaf log.digest NOT NULL,
  PRIMARY KEY (organisation, position),
  -- With the organisation, although a stream's id is enough: else a plan made before there are statistics looks through
  -- all of the organisation's positions as well.
  UNIQUE (organisation, stream, version)
) WITH (toast_tuple_target = 4080);

ALTER TABLE log.events
  ALTER header SET STORAGE EXTERNAL, ALTER header SET STATISTICS 0,
  ALTER sections SET STORAGE EXTERNAL, ALTER sections SET STATISTICS 0,
  ALTER leaf SET STORAGE PLAIN, ALTER leaf SET STATISTICS 0;
ALTER TABLE log.commands ALTER command SET STORAGE PLAIN, ALTER command SET STATISTICS 0;

CREATE FUNCTION log.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'log.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION log.forward_stream() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.version > OLD.version AND NEW.stream = OLD.stream AND NEW.organisation = OLD.organisation THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'log.streams is append-only: a version only grows' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION log.forward_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.position > OLD.position AND NEW.organisation = OLD.organisation THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'log.heads is append-only: a position only grows' USING ERRCODE = 'restrict_violation';
END $$;

-- ALWAYS: also for a session that calls itself a replica.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.commands
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON log.streams FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON log.heads FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER forward_only BEFORE UPDATE ON log.streams FOR EACH ROW EXECUTE FUNCTION log.forward_stream();
CREATE TRIGGER forward_only BEFORE UPDATE ON log.heads FOR EACH ROW EXECUTE FUNCTION log.forward_head();
ALTER TABLE log.events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE log.commands ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE log.streams ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER forward_only;
ALTER TABLE log.heads ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER forward_only;

GRANT USAGE ON SCHEMA log TO ardoise_log;
GRANT SELECT ON ALL TABLES IN SCHEMA log TO ardoise_log;
`;
