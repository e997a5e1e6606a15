/**
 * The tables of the log. Stream versions and commands stand in tables of their own from the first day: a partitioned
 * `events` could not keep them unique. Byte strings are stored as they are (EXTERNAL: ciphertext does not compress, and
 * a substring needs no unpacking), and without statistics, which would keep values beyond their deletion.
 */
export const logTables = `
CREATE SCHEMA log;

-- The organisation's last position. Its row, locked last in an append and released by the commit, is what makes
-- positions gapless and commits ordered: nobody can get a later position before an earlier one is committed.
CREATE TABLE log.heads (
  organisation text COLLATE "C" PRIMARY KEY,
  position bigint NOT NULL CHECK (position > 0)
) WITH (fillfactor = 20);

CREATE TABLE log.streams (
  organisation text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  PRIMARY KEY (organisation, stream)
) WITH (fillfactor = 70);

CREATE TABLE log.commands (
  organisation text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  command bytea NOT NULL CHECK (octet_length(command) = 32),
  PRIMARY KEY (organisation, stream, command)
);

CREATE TABLE log.events (
  organisation text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL CHECK (version >= 0),
  header bytea NOT NULL CHECK (octet_length(header) BETWEEN 1 AND 65535),
  sections bytea NOT NULL,
  leaf bytea NOT NULL CHECK (octet_length(leaf) = 32),
  PRIMARY KEY (organisation, position),
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

-- ALWAYS: also for a session that calls itself a replica.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.commands
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON log.streams FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON log.heads FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
CREATE TRIGGER forward_only BEFORE UPDATE ON log.streams FOR EACH ROW
  WHEN (NEW.version <= OLD.version OR (NEW.organisation, NEW.stream) <> (OLD.organisation, OLD.stream))
  EXECUTE FUNCTION log.refuse();
CREATE TRIGGER forward_only BEFORE UPDATE ON log.heads FOR EACH ROW
  WHEN (NEW.position <= OLD.position OR NEW.organisation <> OLD.organisation)
  EXECUTE FUNCTION log.refuse();
ALTER TABLE log.events ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE log.commands ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE log.streams ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER forward_only;
ALTER TABLE log.heads ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER forward_only;

GRANT USAGE ON SCHEMA log TO ardoise_log;
GRANT SELECT ON ALL TABLES IN SCHEMA log TO ardoise_log;
`;
