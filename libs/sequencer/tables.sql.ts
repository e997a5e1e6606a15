import { leaseTable } from '@ardoise/lanes';

/**
 * The tables of the ledger. Trees, checkpoints, cosignatures and timestamps are the truth: what was signed, and by whom.
 * Tiles and a tree's size follow from the log, and may be thrown away and made again. The role may add to the truth and
 * never change it; the triggers hold for the owner too.
 */
export const ledgerTables = `
CREATE SCHEMA ledger;

-- One tree for each organisation and incarnation. Its leaves are the log's events after \`after\`, in the log's order, up
-- to and with \`through\`; a tree without that is the organisation's newest, and grows. \`size\` and \`position\` say how far
-- its tiles go: so many leaves, the last of them at that position of the log.
CREATE TABLE ledger.trees (
  organisation text COLLATE "C" NOT NULL,
  incarnation int NOT NULL CHECK (incarnation >= 1),
  -- The name of the tree in every checkpoint (c2sp.org/tlog-checkpoint); kept as it was at the beginning, whatever the
  -- configuration says later: a tree of another name is another tree.
  origin text NOT NULL UNIQUE,
  after bigint NOT NULL CHECK (after >= 0),
  through bigint CHECK (through >= after),
  size bigint NOT NULL DEFAULT 0 CHECK (size >= 0),
  position bigint NOT NULL,
  PRIMARY KEY (organisation, incarnation),
  CHECK (position >= after)
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX one_tree_grows ON ledger.trees (organisation) WHERE through IS NULL;

-- Hash tiles (c2sp.org/tlog-tiles): 1 to 256 hashes of 32 bytes. A tile of level 0 says where the last of its leaves
-- stands in the log: that is how entries are found by their number, and numbers by their position.
CREATE TABLE ledger.tiles (
  organisation text COLLATE "C" NOT NULL,
  incarnation int NOT NULL,
  level smallint NOT NULL,
  index bigint NOT NULL,
  hashes bytea NOT NULL CHECK (octet_length(hashes) % 32 = 0 AND octet_length(hashes) BETWEEN 32 AND 8192),
  position bigint CHECK ((position IS NOT NULL) = (level = 0)),
  PRIMARY KEY (organisation, incarnation, level, index)
);
CREATE INDEX tiles_by_position ON ledger.tiles (organisation, incarnation, position) WHERE level = 0;
-- Hashes do not compress, and nobody looks for them by their value.
ALTER TABLE ledger.tiles ALTER hashes SET STORAGE EXTERNAL, ALTER hashes SET STATISTICS 0;

-- What was signed. A checkpoint is stored before anybody is given it, and one that is stored never goes.
CREATE TABLE ledger.checkpoints (
  organisation text COLLATE "C" NOT NULL,
  incarnation int NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  position bigint NOT NULL,
  root bytea NOT NULL CHECK (octet_length(root) = 32),
  -- The signed note with the log's own signatures (c2sp.org/signed-note), byte for byte as it was signed.
  note bytea NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (organisation, incarnation, size),
  FOREIGN KEY (organisation, incarnation) REFERENCES ledger.trees
);
CREATE INDEX checkpoints_by_position ON ledger.checkpoints (organisation, incarnation, position);
ALTER TABLE ledger.checkpoints ALTER root SET STATISTICS 0, ALTER note SET STATISTICS 0;

-- Lines that witnesses added (c2sp.org/tlog-cosignature): the first of each signer.
CREATE TABLE ledger.cosignatures (
  organisation text COLLATE "C" NOT NULL,
  incarnation int NOT NULL,
  size bigint NOT NULL,
  -- Name and key id, as "name+0011aabb".
  signer text NOT NULL,
  line text NOT NULL,
  PRIMARY KEY (organisation, incarnation, size, signer),
  FOREIGN KEY (organisation, incarnation, size) REFERENCES ledger.checkpoints
);

-- What timestamp authorities said of a checkpoint's text (RFC 3161, TimeStampResp in DER).
CREATE TABLE ledger.timestamps (
  organisation text COLLATE "C" NOT NULL,
  incarnation int NOT NULL,
  size bigint NOT NULL,
  token bytea NOT NULL,
  PRIMARY KEY (organisation, incarnation, size),
  FOREIGN KEY (organisation, incarnation, size) REFERENCES ledger.checkpoints
);
ALTER TABLE ledger.timestamps ALTER token SET STATISTICS 0;

${leaseTable('ledger.lanes')}

CREATE FUNCTION ledger.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'ledger.% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION ledger.forward_tree() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.organisation = OLD.organisation AND NEW.incarnation = OLD.incarnation AND NEW.origin = OLD.origin
     AND NEW.after = OLD.after AND (OLD.through IS NULL OR NEW.through <= OLD.through) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'ledger.trees: what a tree is never changes' USING ERRCODE = 'restrict_violation';
END $$;

-- Two that sign for one tree cannot both be right, whatever became of their leases: sizes and positions only grow, and a
-- tree that another has followed takes nothing more.
CREATE FUNCTION ledger.forward_checkpoint() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM ledger.checkpoints c WHERE c.organisation = NEW.organisation
               AND c.incarnation = NEW.incarnation AND (c.size >= NEW.size OR c.position >= NEW.position)) THEN
    RAISE EXCEPTION 'ledger.checkpoints: a checkpoint is larger than those before it' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- ALWAYS: also for a session that calls itself a replica.
CREATE TRIGGER kept BEFORE DELETE OR TRUNCATE ON ledger.trees FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER forward_only BEFORE UPDATE ON ledger.trees FOR EACH ROW EXECUTE FUNCTION ledger.forward_tree();
CREATE TRIGGER forward_only BEFORE INSERT ON ledger.checkpoints FOR EACH ROW EXECUTE FUNCTION ledger.forward_checkpoint();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.checkpoints
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.cosignatures
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.timestamps
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.trees ENABLE ALWAYS TRIGGER kept, ENABLE ALWAYS TRIGGER forward_only;
ALTER TABLE ledger.checkpoints ENABLE ALWAYS TRIGGER append_only, ENABLE ALWAYS TRIGGER forward_only;
ALTER TABLE ledger.cosignatures ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.timestamps ENABLE ALWAYS TRIGGER append_only;

GRANT USAGE ON SCHEMA ledger TO ardoise_ledger;
GRANT SELECT ON ALL TABLES IN SCHEMA ledger TO ardoise_ledger;
GRANT INSERT, UPDATE (through, size, position) ON ledger.trees TO ardoise_ledger;
GRANT INSERT, UPDATE, DELETE ON ledger.tiles TO ardoise_ledger;
GRANT INSERT ON ledger.checkpoints, ledger.cosignatures, ledger.timestamps TO ardoise_ledger;
GRANT INSERT, UPDATE ON ledger.lanes TO ardoise_ledger;
-- Of the log: the entries themselves, which are headers in clear. Never a section.
GRANT USAGE ON SCHEMA log TO ardoise_ledger;
GRANT SELECT (organisation, position, header) ON log.events TO ardoise_ledger;
`;
