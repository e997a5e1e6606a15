/**
 * `log.append_one`: an append of one event that comes alone, without the arrays of a gathered one, at half their cost.
 * Gives the event's position; null, with nothing done, where the stream has another version than expected; fails where
 * the command stands in the stream already. Then `log.append` is asked, which tells the two apart.
 *
 * The expected version is looked at by the statement that changes it, on the row as it is once its lock is had: after
 * a wait, as the other left it.
 */
export const appendOneFunction = `
CREATE FUNCTION log.append_one(
  p_organisation text, p_stream text, p_expected bigint, p_command bytea, p_header bytea, p_sections bytea, p_leaf bytea
) RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
-- A plan is made once for a session, perhaps while a table has one page: it must not come to read all of it later.
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
  at bigint;
BEGIN
  IF p_expected = 0 THEN
    INSERT INTO log.streams (organisation, stream, version, grown) VALUES (p_organisation, p_stream, 1, 1)
    ON CONFLICT (organisation, stream) DO NOTHING;
  ELSE
    UPDATE log.streams SET version = p_expected + 1, grown = 1
    WHERE organisation = p_organisation AND stream = p_stream AND version = p_expected;
  END IF;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;

  INSERT INTO log.commands (organisation, stream, command) VALUES (p_organisation, p_stream, p_command);

  -- The organisation's head, last: from here to our commit no other append of the organisation can pass.
  UPDATE log.heads SET position = position + 1 WHERE organisation = p_organisation RETURNING position INTO at;
  IF NOT FOUND THEN
    INSERT INTO log.heads AS h (organisation, position) VALUES (p_organisation, 1)
    ON CONFLICT (organisation) DO UPDATE SET position = h.position + 1
    RETURNING h.position INTO at;
  END IF;

  INSERT INTO log.events (organisation, position, stream, version, header, sections, leaf)
  VALUES (p_organisation, at, p_stream, p_expected, p_header, p_sections, p_leaf);
  RETURN at;
END $$;

REVOKE ALL ON FUNCTION log.append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION log.append_one TO ardoise_log;
`;
