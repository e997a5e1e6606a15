/**
 * The events of all organisations in partitions by their position, so that the indexes that grow stay small, and what
 * is old can be moved elsewhere. Versions and commands are kept unique by tables of their own (`log.streams`,
 * `log.commands`); each partition's own unique key serves reading a stream and finds out a version given twice within it.
 *
 * What was written before becomes the first partition as it is: nothing is copied. It is read once, to know that it ends where
 * the partition does, while servers append: a transaction of its own, before the short one that changes the table.
 * `log.extend` makes the next partition when an append finds none; there is no other way that a table comes to this schema
 * while servers run.
 */
export const firstPartitionBound = `
-- How many positions a partition holds. Another number holds for partitions made from then on.
CREATE FUNCTION log.partition_size() RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 20000000::bigint';
REVOKE ALL ON FUNCTION log.partition_size FROM PUBLIC;

-- One size more than the longest log needs: a program of before this, which cannot make partitions, has room to go on.
DO $$
BEGIN
  EXECUTE format('ALTER TABLE log.events ADD CONSTRAINT events_1_bound CHECK (position < %s::bigint) NOT VALID',
    (SELECT (coalesce(max(position), 0) / log.partition_size() + 2) * log.partition_size() + 1 FROM log.heads));
END $$;
`;

/** Appends go on meanwhile. */
export const firstPartitionBoundValidated = 'ALTER TABLE log.events VALIDATE CONSTRAINT events_1_bound';

export const partitions = `
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

-- What is there is known to lie before the bound: nothing is read.
DO $$
BEGIN
  EXECUTE format('ALTER TABLE log.events ATTACH PARTITION log.events_1 FOR VALUES FROM (MINVALUE) TO (%s)',
    (SELECT (regexp_match(pg_get_constraintdef(oid), '(\\d+)'))[1] FROM pg_constraint
      WHERE conrelid = 'log.events_1'::regclass AND conname = 'events_1_bound'));
END $$;
ALTER TABLE log.events_1 DROP CONSTRAINT events_1_bound;

-- Makes partitions until there is one for the position; gives how many it made. Wider ones are for positions with gaps
-- (a log that came back from an engine that counts bytes), so that they hold as many events.
CREATE FUNCTION log.extend(p_through bigint, p_width bigint) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  made int := 0;
  number int;
  upper bigint;
  width bigint := greatest(p_width, log.partition_size());
  name text;
BEGIN
  -- One at a time; whoever waited here finds it done.
  PERFORM pg_advisory_xact_lock(4151702236);
  LOOP
    SELECT max((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \\(''?(\\d+)''?\\)'))[1]::bigint)
    INTO upper FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'log.events'::regclass;
    IF p_through < upper THEN
      RETURN made;
    END IF;
    -- Also of tables that were taken out of the log: a name is never given twice.
    SELECT max((regexp_match(relname, '^events_(\\d+)$'))[1]::int) INTO number
      FROM pg_class WHERE relnamespace = 'log'::regnamespace AND relkind = 'r' AND relname ~ '^events_\\d+$';
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

-- For servers: what is beyond the next size is nothing that an append can need.
CREATE FUNCTION log.extend(p_through bigint) RETURNS int LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF p_through > (SELECT coalesce(max(position), 0) FROM log.heads) + greatest(log.partition_size(), 1000000) THEN
    RAISE EXCEPTION 'log.extend: position % is beyond what can come next', p_through USING ERRCODE = 'invalid_parameter_value';
  END IF;
  RETURN log.extend(p_through, 0);
END $$;

REVOKE ALL ON FUNCTION log.extend(bigint), log.extend(bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.extend(bigint) TO ardoise_log;

-- A stream's row is written by every append to it: room is made again before a fifth of a long table is dead.
ALTER TABLE log.streams SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.05);
`;
