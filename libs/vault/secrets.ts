import { fingerprintOf, isOrganisation, keyLength, randomBytes } from '@ardoise/format';
import type { Statements, VaultDatabase } from './database';
import { endedOrganisation, type GroupKeys, unknownOrganisation } from './groups';
import type { Lease, LeaseCache } from './lease';
import { VaultError } from './vault';
import { checkFingerprint, secretContext, unwrapKey, wrapKey } from './wrapping';

/** `naming` makes ids and command digests, `lookup` the digests of external ids. */
export type SecretPurpose = 'naming' | 'lookup';

const purposes: readonly SecretPurpose[] = ['naming', 'lookup'];

const attempts = 3;

/** An organisation's own keys, wrapped under its group key, kept under the same lease as unit keys. */
export class Secrets {
  constructor(
    private readonly database: VaultDatabase,
    private readonly groups: GroupKeys,
    private readonly lease: Lease,
    private readonly cache: LeaseCache<Buffer>,
  ) {}

  /** Makes an organisation's group and secrets in one transaction: whoever finds the group finds the secrets. */
  async admit(organisation: string): Promise<void> {
    if (!isOrganisation(organisation)) throw new RangeError('an organisation is one to 40 of a-z and 0-9');
    for (let attempt = 0; attempt < attempts; attempt++) if (await this.make(organisation)) return;
    throw new VaultError('key-encryption-failed', 'the key-encryption key is being rotated again and again');
  }

  /** False when the key-encryption key was rotated between drafting and storing. */
  private async make(organisation: string): Promise<boolean> {
    const group = await this.groups.draft({ organisation });
    const keys = purposes.map(() => randomBytes(keyLength));
    return this.database.transaction(async (statements) => {
      const inserted = await this.groups.insert(statements, [group]);
      if (inserted.length === 0) return lives(statements, organisation);
      await statements.query(
        `INSERT INTO vault.secrets (organisation, purpose, group_id, wrapped, fingerprint)
         SELECT $1, purpose, $2, wrapped, fingerprint
           FROM unnest($3::text[], $4::bytea[], $5::bytea[]) AS made(purpose, wrapped, fingerprint)`,
        [
          organisation,
          group.id,
          purposes,
          keys.map((key, i) => wrapKey(group.key, key, secretContext(organisation, purposes[i] ?? ''))),
          keys.map((key, i) => Buffer.from(fingerprintOf(key, purposes[i] ?? ''), 'hex')),
        ],
      );
      return true;
    });
  }

  /** @throws VaultError `organisation-unknown`, `organisation-ended` for one whose group was destroyed. */
  async load(organisation: string, purpose: SecretPurpose, again = true): Promise<Buffer> {
    const since = this.lease.read();
    const name = `${organisation}\0${purpose}`;
    const cached = this.cache.get(name);
    if (cached !== undefined) return cached;
    const generation = this.cache.generation;
    const [row] = await this.database.query<{ group_id: string; wrapped: Buffer; fingerprint: Buffer }>(
      `SELECT replace(group_id::text, '-', '') AS group_id, wrapped, fingerprint
         FROM vault.secrets WHERE organisation = $1 AND purpose = $2`,
      [organisation, purpose],
    );
    if (row === undefined) throw unknownOrganisation();
    const group = (await this.groups.load([row.group_id], since)).get(row.group_id);
    if (group === undefined) {
      // Rewrapped between the two looks, or ended.
      if (again) return this.load(organisation, purpose, false);
      throw endedOrganisation(organisation);
    }
    if (group instanceof VaultError) throw group;
    const what = `the ${purpose} names of ${organisation}`;
    const key = unwrapKey(group, row.wrapped, secretContext(organisation, purpose), what);
    checkFingerprint(key, purpose, row.fingerprint.toString('hex'), what);
    this.cache.put(name, key, since, generation);
    return key;
  }
}

/** False for one that was never made. @throws VaultError `organisation-ended`: its name stays taken. */
async function lives(statements: Statements, organisation: string): Promise<boolean> {
  const groups = await statements.query<{ state: string }>(
    'SELECT state FROM vault.groups WHERE organisation = $1 AND day IS NULL',
    [organisation],
  );
  if (groups.length > 0 && !groups.some(({ state }) => state === 'active')) throw endedOrganisation(organisation);
  return groups.length > 0;
}
