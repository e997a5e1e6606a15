/**
 * `log.append`: the only way into the log. It takes gathered appends of one organisation, at most one for a stream, as
 * parallel arrays: one element for an append in the first three, one for an event, in order, in the others.
 * `kinds`: 0 appended, 1 conflict, 2 repeated. `before`: the position before the first event appended.
 *
 * Each statement of a VOLATILE function sees what was committed before that statement: a row is locked in one and read
 * in a later one, since a statement that locks and reads would read what it saw before it waited for the lock.
 */
export const appendFunction = `
CREATE FUNCTION log.append(
  p_organisation text,
  p_streams text[], p_expected bigint[], p_counts int[],
  p_append int[], p_stream text[], p_version bigint[], p_command bytea[],
  p_header bytea[], p_sections bytea[], p_leaf bytea[],
  OUT kinds smallint[], OUT versions bigint[], OUT before bigint
) LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- The plans are made once for a session and always look rows up: made on an empty table they would read all of it.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
  repeated int[];
  skipped bigint[];
  total bigint;
BEGIN
  -- Lock: first the streams to be made, then those that exist, each in order. Whoever waits in the first step waits for
  -- a row that nobody can be waiting for in the second, for it is not visible before its lock is gone: no cycle.
  -- A stream made here is at version 0 only until the end of this transaction: no command stands in it, so its append
  -- is neither repeated nor in conflict.
  INSERT INTO log.streams (organisation, stream, version)
  SELECT p_organisation, a.stream, 0 FROM unnest(p_streams, p_expected) AS a (stream, expected)
  WHERE a.expected = 0 ORDER BY a.stream COLLATE "C"
  ON CONFLICT (organisation, stream) DO NOTHING;

  PERFORM FROM unnest(p_streams, p_expected) AS a (stream, expected)
  JOIN log.streams s ON s.organisation = p_organisation AND s.stream = a.stream
  WHERE a.expected > 0 ORDER BY s.stream FOR NO KEY UPDATE OF s;

  -- Read: what stands now stays until our commit.
  SELECT coalesce(array_agg(DISTINCT e.append), '{}') INTO repeated
  FROM unnest(p_append, p_stream, p_command) AS e (append, stream, command)
  JOIN log.commands c ON c.organisation = p_organisation AND c.stream = e.stream AND c.command = e.command;

  SELECT array_agg(o.kind ORDER BY o.n), array_agg(o.version ORDER BY o.n), array_agg(o.skipped ORDER BY o.n),
         coalesce(sum(o.count) FILTER (WHERE o.kind = 0), 0)
  INTO kinds, versions, skipped, total
  FROM (
    SELECT j.*, sum(CASE WHEN j.kind = 0 THEN 0 ELSE j.count END) OVER (ORDER BY j.n) AS skipped
    FROM (
      SELECT a.n, a.count, coalesce(s.version, 0) AS version,
        (CASE WHEN a.n = ANY (repeated) THEN 2 WHEN coalesce(s.version, 0) = a.expected THEN 0 ELSE 1 END)::smallint AS kind
      FROM unnest(p_streams, p_expected, p_counts) WITH ORDINALITY AS a (stream, expected, count, n)
      LEFT JOIN log.streams s ON s.organisation = p_organisation AND s.stream = a.stream
    ) j
  ) o;
  IF total = 0 THEN
    RETURN;
  END IF;

  UPDATE log.streams s SET version = a.expected + a.count
  FROM unnest(p_streams, p_expected, p_counts) WITH ORDINALITY AS a (stream, expected, count, n)
  WHERE kinds[a.n] = 0 AND s.organisation = p_organisation AND s.stream = a.stream;

  INSERT INTO log.commands (organisation, stream, command)
  SELECT DISTINCT p_organisation, e.stream, e.command
  FROM unnest(p_append, p_stream, p_command) AS e (append, stream, command)
  WHERE kinds[e.append] = 0;

  -- The organisation's head, last: from here to our commit no other append of the organisation can pass.
  UPDATE log.heads SET position = position + total WHERE organisation = p_organisation
  RETURNING position - total INTO before;
  IF NOT FOUND THEN
    INSERT INTO log.heads AS h (organisation, position) VALUES (p_organisation, total)
    ON CONFLICT (organisation) DO UPDATE SET position = h.position + excluded.position
    RETURNING h.position - total INTO before;
  END IF;

  INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
  SELECT p_organisation, before + e.n - skipped[e.append], e.stream, e.version, e.header, e.sections, e.leaf
  FROM unnest(p_append, p_stream, p_version, p_header, p_sections, p_leaf)
    WITH ORDINALITY AS e (append, stream, version, header, sections, leaf, n)
  WHERE kinds[e.append] = 0;
END $$;

REVOKE ALL ON FUNCTION log.append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append TO ardoise_log;
`;
