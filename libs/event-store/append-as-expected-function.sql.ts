/**
 * `log.append_as_expected`: the short way into the log, for gathered appends that all meet what they expect, as nearly
 * all do. All or none: where any stream has another version than expected, or any command stands in its stream, it fails
 * with an error, nothing has happened, and `log.append` is asked, which tells them apart. Arguments as there.
 *
 * The expected version is looked at by the statement that changes it, on the row as it is once its lock is had: after
 * a wait, as the other left it. Locks are taken in the order of `log.append`: streams that
 * are made, streams that exist, the organisation's head.
 */
export const appendAsExpectedFunction = `
CREATE FUNCTION log.append_as_expected(
  p_organisation text,
  p_streams text[], p_expected bigint[], p_counts int[],
  p_stream text[], p_version bigint[], p_command bytea[],
  p_header bytea[], p_sections bytea[], p_leaf bytea[]
) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- As in log.append: one plan for a session, perhaps made on an empty table. Rows of streams are reached by the conflict
-- with what is inserted, which can only go by the key.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  total bigint := cardinality(p_stream);
  made bigint := 0;
  moved bigint := 0;
  before bigint;
BEGIN
  IF 0 = ANY (p_expected) THEN
    INSERT INTO log.streams (organisation, stream, version, grown)
    SELECT p_organisation, a.stream, a.count, a.count FROM unnest(p_streams, p_expected, p_counts) AS a (stream, expected, count)
    WHERE a.expected = 0 ORDER BY a.stream COLLATE "C"
    ON CONFLICT (organisation, stream) DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
  END IF;

  IF made < cardinality(p_streams) THEN
    INSERT INTO log.streams AS s (organisation, stream, version, grown)
    SELECT p_organisation, a.stream, a.expected + a.count, a.count
    FROM unnest(p_streams, p_expected, p_counts) AS a (stream, expected, count)
    WHERE a.expected > 0 AND (SELECT true FROM log.streams x
      WHERE x.organisation = p_organisation AND x.stream = a.stream LIMIT 1)
    ORDER BY a.stream COLLATE "C"
    ON CONFLICT (organisation, stream) DO UPDATE SET version = excluded.version, grown = excluded.grown
    WHERE s.version = excluded.version - excluded.grown;
    GET DIAGNOSTICS moved = ROW_COUNT;
  END IF;
  IF made + moved < cardinality(p_streams) THEN
    RAISE EXCEPTION 'a stream has another version than expected' USING ERRCODE = 'triggered_action_exception';
  END IF;

  -- A command that stands in its stream fails here, by the key.
  INSERT INTO log.commands (organisation, stream, command)
  SELECT DISTINCT p_organisation, e.stream, e.command FROM unnest(p_stream, p_command) AS e (stream, command);

  UPDATE log.heads SET position = position + total WHERE organisation = p_organisation
  RETURNING position - total INTO before;
  IF NOT FOUND THEN
    INSERT INTO log.heads AS h (organisation, position) VALUES (p_organisation, total)
    ON CONFLICT (organisation) DO UPDATE SET position = h.position + excluded.position
    RETURNING h.position - total INTO before;
  END IF;

  INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
  SELECT p_organisation, before + e.n, e.stream, e.version, e.header, e.sections, e.leaf
  FROM unnest(p_stream, p_version, p_header, p_sections, p_leaf)
    WITH ORDINALITY AS e (stream, version, header, sections, leaf, n);
  RETURN before;
END $$;

REVOKE ALL ON FUNCTION log.append_as_expected FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_as_expected TO ardoise_log;
`;
