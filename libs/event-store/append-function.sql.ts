/**
 * `log.append`: into the log with an outcome for each append; `log.append_as_expected` is the short way for those that
 * need none. There is no other way in. It takes gathered appends of one organisation, at most one for a stream, as
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
-- A plan is made once for a session, perhaps on an empty table. So no table of ours is ever joined to the arrays, which
-- the planner could do by reading all of it: rows are looked up by scalar subqueries, which can only go by the key.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
  made text[] := '{}';
  repeated int[];
  skipped bigint[];
  total bigint;
BEGIN
  -- Lock: first the streams to be made, then those that exist, each in order. Whoever waits in the first step waits for
  -- a row that nobody can be waiting for in the second, for it is not visible before its lock is gone: no cycle.
  -- A stream that is made here has its final version at once, for nothing can stand in the way of its append: no
  -- command is in it, and its version was 0. So none is ever left empty.
  IF 0 = ANY (p_expected) THEN
    WITH inserted AS (
      INSERT INTO log.streams (organisation, stream, version, grown)
      SELECT p_organisation, a.stream, a.count, a.count FROM unnest(p_streams, p_expected, p_counts) AS a (stream, expected, count)
      WHERE a.expected = 0 ORDER BY a.stream COLLATE "C"
      ON CONFLICT (organisation, stream) DO NOTHING RETURNING stream
    )
    SELECT coalesce(array_agg(i.stream), '{}') INTO made FROM inserted i;
  END IF;

  IF cardinality(made) = cardinality(p_streams) THEN
    kinds := array_fill(0::smallint, ARRAY[cardinality(p_streams)]);
    versions := '{}';
    skipped := array_fill(0::bigint, ARRAY[cardinality(p_streams)]);
    total := cardinality(p_append);
  ELSE
    PERFORM (SELECT true FROM log.streams s
             WHERE s.organisation = p_organisation AND s.stream = a.stream FOR NO KEY UPDATE)
    FROM (SELECT u.stream FROM unnest(p_streams, p_expected) AS u (stream, expected)
          WHERE u.expected > 0 ORDER BY u.stream COLLATE "C") a;

    -- Read: what stands now stays until our commit.
    SELECT coalesce(array_agg(DISTINCT e.append), '{}') INTO repeated
    FROM unnest(p_append, p_stream, p_command) AS e (append, stream, command)
    WHERE (SELECT true FROM log.commands c
           WHERE c.organisation = p_organisation AND c.stream = e.stream AND c.command = e.command LIMIT 1);

    SELECT array_agg(o.kind ORDER BY o.n), array_agg(o.version ORDER BY o.n), array_agg(o.skipped ORDER BY o.n),
           coalesce(sum(o.count) FILTER (WHERE o.kind = 0), 0)
    INTO kinds, versions, skipped, total
    FROM (
      SELECT j.*, sum(CASE WHEN j.kind = 0 THEN 0 ELSE j.count END) OVER (ORDER BY j.n) AS skipped
      FROM (
        SELECT l.*, (CASE WHEN l.n = ANY (repeated) THEN 2 WHEN l.version = l.expected THEN 0 ELSE 1 END)::smallint AS kind
        FROM (
          SELECT a.n, a.expected, a.count, CASE WHEN a.stream IN (SELECT unnest(made)) THEN 0
            ELSE coalesce((SELECT s.version FROM log.streams s
              WHERE s.organisation = p_organisation AND s.stream = a.stream LIMIT 1), 0) END AS version
          FROM unnest(p_streams, p_expected, p_counts) WITH ORDINALITY AS a (stream, expected, count, n)
          OFFSET 0
        ) l
      ) j
    ) o;
    IF total = 0 THEN
      RETURN;
    END IF;

    -- Every one of these rows exists and is locked: the conflict is the way to them.
    INSERT INTO log.streams (organisation, stream, version, grown)
    SELECT p_organisation, a.stream, a.expected + a.count, a.count
    FROM unnest(p_streams, p_expected, p_counts) WITH ORDINALITY AS a (stream, expected, count, n)
    WHERE kinds[a.n] = 0 AND a.expected > 0
    ON CONFLICT (organisation, stream) DO UPDATE SET version = excluded.version, grown = excluded.grown;
  END IF;

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
