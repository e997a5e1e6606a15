/**
 * The events of all organisations in partitions by their position, so that the indexes that grow stay small, and what
 * is old can be moved elsewhere (`ALTER TABLE … SET TABLESPACE`). Versions and commands are kept unique by tables of
 * their own (`log.streams`, `log.commands`); each partition's own unique key serves reading a stream and finds out a
 * version given twice within it.
 *
 * What was written before becomes the first partition as it is: nothing is copied. `log.extend` makes the next one when
 * an append finds none; there is no other way that a table comes to this schema while servers run.
 */
export const partitions = `
-- How many positions a partition holds. Another number holds for partitions made from then on.
CREATE FUNCTION log.partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 20000000::bigint';

ALTER TABLE log.events RENAME TO events_1;
ALTER TABLE log.events_1 RENAME CONSTRAINT events_pkey TO events_1_pkey;
ALTER TABLE log.events_1 RENAME CONSTRAINT events_organisation_stream_version_key TO events_1_stream_key;

CREATE TABLE log.events (LIKE log.events_1 INCLUDING STORAGE, PRIMARY KEY (organisation, position))
PARTITION BY RANGE (position);
ALTER TABLE log.events
  ALTER header SET STATISTICS 0, ALTER sections SET STATISTICS 0, ALTER leaf SET STATISTICS 0;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.events
  FOR EACH STATEMENT EXECUTE FUNCTION log.refuse();
ALTER TABLE log.events ENABLE ALWAYS TRIGGER append_only;

-- Whoever could read the table can read the log; a partition is nobody's to read by itself.
DO $$
DECLARE
  granted record;
BEGIN
  FOR granted IN
    SELECT r.rolname, x.privilege_type, string_agg(quote_ident(a.attname), ', ') AS columns
      FROM pg_attribute a CROSS JOIN aclexplode(a.attacl) x JOIN pg_roles r ON r.oid = x.grantee
     WHERE a.attrelid = 'log.events_1'::regclass AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1, 2
    UNION ALL
    SELECT r.rolname, x.privilege_type, NULL
      FROM pg_class c CROSS JOIN aclexplode(c.relacl) x JOIN pg_roles r ON r.oid = x.grantee
     WHERE c.oid = 'log.events_1'::regclass AND x.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT %s %s ON log.events TO %I', granted.privilege_type, coalesce('(' || granted.columns || ')', ''), granted.rolname);
    EXECUTE format('REVOKE %s %s ON log.events_1 FROM %I', granted.privilege_type, coalesce('(' || granted.columns || ')', ''), granted.rolname);
  END LOOP;
END $$;

-- To the end of the size that the longest log is in.
DO $$
BEGIN
  EXECUTE format('ALTER TABLE log.events ATTACH PARTITION log.events_1 FOR VALUES FROM (MINVALUE) TO (%s)',
    (SELECT (coalesce(max(position), 0) / log.partition_size() + 1) * log.partition_size() + 1 FROM log.heads));
END $$;

-- Makes partitions until there is one for the position; gives how many it made. Wider ones are for positions with gaps
-- (a log that came back from an engine that counts bytes), so that they hold as many events.
CREATE FUNCTION log.extend(p_through bigint, p_width bigint DEFAULT 0) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made int := 0;
  number int;
  upper bigint;
  width bigint := greatest(p_width, log.partition_size());
  name text;
BEGIN
  -- One at a time; whoever waited here finds it done.
  PERFORM pg_advisory_xact_lock(4151702219);
  LOOP
    SELECT count(*), max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''?(\\d+)''?\\)'))[1]::bigint)
    INTO number, upper FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'log.events'::regclass;
    IF p_through < upper THEN
      RETURN made;
    END IF;
    name := format('events_%s', number + 1);
    EXECUTE format('CREATE TABLE log.%I (LIKE log.events INCLUDING STORAGE,
      CONSTRAINT %I PRIMARY KEY (organisation, position), CONSTRAINT %I UNIQUE (organisation, stream, version)
      ) WITH (toast_tuple_target = 4080)', name, name || '_pkey', name || '_stream_key');
    EXECUTE format('ALTER TABLE log.%I ALTER header SET STATISTICS 0, ALTER sections SET STATISTICS 0, ALTER leaf SET STATISTICS 0', name);
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log.%I
      FOR EACH STATEMENT EXECUTE FUNCTION log.refuse()', name);
    EXECUTE format('ALTER TABLE log.%I ENABLE ALWAYS TRIGGER append_only', name);
    EXECUTE format('ALTER TABLE log.events ATTACH PARTITION log.%I FOR VALUES FROM (%s) TO (%s)',
      name, upper, upper + width);
    made := made + 1;
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION log.partition_size, log.extend FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.extend TO ardoise_log;

-- A stream's row is written by every append to it: room is made again before a fifth of a long table is dead.
ALTER TABLE log.streams SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
`;
