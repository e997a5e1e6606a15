import type { Migration } from '@ardoise/postgres';

/**
 * The profiles that were ever in use, as the bytes whose SHA-256 the log has in `policy-adopted`: of those before, nothing
 * else keeps the text. They belong to the log's part of a backup, for they say by what its events were kept.
 */
export const policyMigrations: readonly Migration[] = [
  {
    id: 'ledger-policies-001',
    statements: `
CREATE TABLE ledger.policies (
  organisation text COLLATE "C" NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  -- Canonical JSON (RFC 8785).
  canonical bytea NOT NULL CHECK (digest = sha256(canonical)),
  PRIMARY KEY (organisation, digest)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.policies
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse();
ALTER TABLE ledger.policies ENABLE ALWAYS TRIGGER append_only;
GRANT SELECT, INSERT ON ledger.policies TO ardoise_ledger;`,
  },
];
