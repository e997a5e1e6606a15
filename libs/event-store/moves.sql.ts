/**
 * The mark of a log that goes on elsewhere: `left_for` in the rows of the heads, which every append changes last. It is no
 * part of what is logged. A head with the mark takes no append, and beside one no organisation begins. A mark is set under a
 * lock of the table, which waits for all that are appending: what is behind it stands.
 *
 * What is put here while the log is marked, by a copy, takes the mark off and sets it again in one transaction.
 */
export const movesTables = `
ALTER TABLE log.heads ADD COLUMN left_for text;

CREATE OR REPLACE FUNCTION log.forward_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF OLD.left_for IS NOT NULL AND NEW.left_for IS NOT NULL THEN
    RAISE EXCEPTION 'log.heads: the log goes on elsewhere' USING ERRCODE = 'LM001';
  END IF;
  IF NEW.organisation = OLD.organisation
     AND (NEW.position > OLD.position OR (NEW.position = OLD.position AND NEW.left_for IS DISTINCT FROM OLD.left_for)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'log.heads is append-only: a position only grows' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION log.first_head() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.left_for IS NULL AND EXISTS (SELECT FROM log.heads WHERE left_for IS NOT NULL) THEN
    RAISE EXCEPTION 'log.heads: the log goes on elsewhere' USING ERRCODE = 'LM001';
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER not_left BEFORE INSERT ON log.heads FOR EACH ROW EXECUTE FUNCTION log.first_head();
ALTER TABLE log.heads ENABLE ALWAYS TRIGGER not_left;
`;
